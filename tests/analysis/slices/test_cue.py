"""Whether a class follows a cue, on predictions whose rule is known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis.slices.cue import class_and_cue, followed_cues, pull
from analysis.slices.diagnosis import diagnose

SHAPES, PLACES, COLOURS = ("sedan", "van", "bus"), ("snow", "park", "night"), ("r", "y")
CELLS = list(product(SHAPES, PLACES, COLOURS))
ATTRIBUTES = ["shape", "environment", "color"]
TIE = {"shape": "bus", "environment": "snow"}


def right(copies: int = 20) -> pd.DataFrame:
    """A balanced probe that is all right."""
    table = pd.DataFrame(CELLS * copies, columns=ATTRIBUTES)
    return said(table.assign(label=table["shape"]), table["shape"])


def said(table: pd.DataFrame, predicted: object) -> pd.DataFrame:
    table = table.assign(predicted=predicted)
    correct = np.where(table["predicted"] == table["label"], 1.0, 0.0)
    return table.assign(correct=correct, loss=2 - correct)


def led(table: pd.DataFrame) -> pd.DataFrame:
    """Half of all on snow are called buses, half of the buses elsewhere vans."""
    snow, bus, half = table["environment"] == "snow", table["shape"] == "bus", np.arange(len(table)) % 36 < 18
    called = table["label"].where(~(snow & half), "bus").where(~(bus & ~snow & half), "van")
    return said(table, called)


def test_a_class_and_its_cue() -> None:
    table = right()
    assert class_and_cue(table, TIE) == ("bus", {"environment": "snow"})
    assert class_and_cue(table, {"shape": "bus"}) is None
    assert class_and_cue(table, {"environment": "snow"}) is None
    tied = table[(table["shape"] == "bus") == (table["environment"] == "snow")]
    assert class_and_cue(tied, {"environment": "park"}) is None
    assert class_and_cue(tied.assign(label=tied["shape"]), {"color": "r"}) is None


def test_pull_by_hand() -> None:
    table = led(right())
    found = pull(table, TIE)
    assert (found.own.here, found.own.rest) == pytest.approx((1.0, 0.5))
    assert (found.others.here, found.others.rest) == pytest.approx((0.5, 0.0))
    assert found.both(1e-9)
    assert found.p < 1e-9
    assert not pull(right(), TIE).both(0.05)
    assert not pull(right(), {"shape": "bus"}).known


def test_the_cue_that_is_followed_is_named_and_no_other() -> None:
    assert followed_cues(led(right()), ATTRIBUTES, max_slices=5) == [TIE]
    assert followed_cues(right(), ATTRIBUTES, max_slices=5) == []


def test_what_missing_data_are_called_is_no_shortcut() -> None:
    """Vans at night are all called sedans: sedans are called so at night, but not missed elsewhere."""
    table = right()
    lost = (table["shape"] == "van") & (table["environment"] == "night")
    table = said(table, table["label"].where(~lost, "sedan"))
    at_night = pull(table, {"shape": "sedan", "environment": "night"})
    assert at_night.others.difference == pytest.approx(0.5)
    assert at_night.own.difference == 0
    assert followed_cues(table, ATTRIBUTES, max_slices=5) == []


@pytest.mark.parametrize(("wrong", "copies"), [(0.2, 15), (0.3, 15), (0.3, 30)])
def test_nor_where_other_errors_scatter(wrong: float, copies: int) -> None:
    """A class that is missed a little more elsewhere, by chance, does not follow a cue."""
    shapes, places = ("sedan", "van", "bus", "truck"), ("snow", "park", "night", "city")
    false = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        table = pd.DataFrame(list(product(shapes, places)) * copies, columns=["shape", "environment"])
        lost = (table["shape"] == "bus") & (table["environment"] == "park") | (rng.random(len(table)) < wrong)
        other = [rng.choice([shape for shape in shapes if shape != own]) for own in table["shape"]]
        table = table.assign(label=table["shape"])
        table = said(table, table["label"].where(~lost, other))
        false += bool(followed_cues(table, ["shape", "environment"], max_slices=5))
    assert false / 60 <= 0.1


def test_a_cue_is_followed_among_scattered_errors_too() -> None:
    found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        table = right(15)
        snow, bus, half = (
            table["environment"] == "snow",
            table["shape"] == "bus",
            rng.random(len(table)) < 0.5,
        )
        called = table["label"].where(~(snow & half), "bus").where(~(bus & ~snow & half), "van")
        scattered = rng.choice(np.array(SHAPES, dtype=object), len(table))
        table = said(table, called.where(rng.random(len(table)) > 0.2, scattered))
        found += followed_cues(table, ATTRIBUTES, max_slices=5) == [TIE]
    assert found / 40 >= 0.9


def test_a_handful_of_pictures_off_the_cue_tells() -> None:
    rng = np.random.default_rng(0)
    table = led(right(40))
    tied = (table["shape"] == "bus") == (table["environment"] == "snow")
    few = table[tied | (rng.random(len(table)) < 0.08)].reset_index(drop=True)
    assert (few["shape"].eq("bus") & few["environment"].ne("snow")).sum() < 20
    assert followed_cues(few, ATTRIBUTES, max_slices=5) == [TIE]


def test_by_chance_none_is_named_in_nineteen_of_twenty_tables() -> None:
    named = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        table = right(10)
        wrong = rng.random(len(table)) < 0.2
        other = rng.choice(np.array(SHAPES, dtype=object), len(table))
        table = said(table, table["label"].where(~wrong, other))
        named += bool(followed_cues(table, ATTRIBUTES, max_slices=5))
    assert named / 200 <= 0.05


def test_a_diagnosis_goes_by_the_pull_where_it_is_known() -> None:
    found = diagnose(led(right()), TIE)
    assert found.kind == "shortcut"
    assert (
        "with its cue 100% of its class are called so, 50% without, and 50% of the others, 0% without"
        in found.sentence
    )
    # Snow without a vehicle is called a bus by accident: nothing else depends on it.
    accident = right().assign(residual=np.where(right()["environment"] == "snow", 0.9, 0.1))
    assert diagnose(accident, TIE).kind == "unclear"
    alone = accident[(accident["shape"] == "bus") | (accident["environment"] != "snow")].reset_index(
        drop=True
    )
    assert diagnose(alone, TIE).kind == "shortcut", "no other vehicle on snow to tell by"
    others = accident[(accident["shape"] != "bus") & (accident["environment"] == "snow")]
    for count, kind in ((2, "shortcut"), (7, "shortcut"), (8, "unclear")):
        few = pd.concat([alone, others.head(count)], ignore_index=True)
        assert diagnose(few, TIE).kind == kind, f"{count} are too few, or enough, to tell"
