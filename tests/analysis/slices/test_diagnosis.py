"""Diagnoses of hand-made verifications, and of 200 simulated ones whose ills are planted."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.slices.conjunctions import inside, slice_name
from analysis.slices.diagnosis import diagnose
from analysis.slices.options import SliceTest
from analysis.slices.shortcuts import shortcut_slices
from generator.errors import UserError

VALUES: dict[str, list[str]] = {
    "shape": ["sedan", "suv", "van", "bus"],
    "color": list("rwyk"),
    "view": ["f", "left", "b", "right"],
    "environment": ["city", "snow", "night", "wet"],
}
MISSING = {"color": "y", "shape": "van"}
SHORTCUT = {"environment": "snow", "shape": "bus"}
BACK = {"view": "b"}
REPETITIONS = 200


def _table(seed: int, missing: dict[str, str], shortcut: dict[str, str], n: int = 1000) -> pd.DataFrame:
    """10-25 % wrong, the missing 60-75 % and its maps astray; vans are what an empty scene is called.

    Four of five pictures of the shortcut have the cue: they are right, and stay so without the vehicle.
    """
    rng = np.random.default_rng([seed, n])
    table = pd.DataFrame({name: rng.choice(np.array(v, dtype=object), n) for name, v in VALUES.items()})
    rare = inside(table, missing).to_numpy() & bool(missing)
    cue = inside(table, shortcut).to_numpy() & bool(shortcut) & (rng.random(n) < 0.8)
    error = np.where(rare, rng.uniform(0.6, 0.75), np.where(cue, 0.05, rng.uniform(0.10, 0.25)))
    wrong = rng.random(n) < error
    p_true = np.where(wrong, rng.beta(2, 8, n), rng.beta(8, 2, n))
    residual = np.where(cue, 0.8, np.where(table["shape"] == "van", 0.6, 0.1))
    energy = rng.normal(np.where(rare, 0.35, 0.55) - 0.05 * wrong, 0.2)
    ground = np.where(cue, 0.25, 0.08) * rng.uniform(0.5, 1.5, n)
    parts = {"area_body": 0.3, "area_shadow": 0.05, "area_rest": 0.65}
    on = {"on_body_true": 0.6 - ground, "on_shadow_true": ground, "on_rest_true": np.full(n, 0.4)}
    return table.assign(
        label=table["shape"], correct=1.0 - wrong, p_true=p_true, loss=-np.log(p_true), energy_true=energy,
        residual=rng.beta(3 * residual, 3 * (1 - residual)), **parts, **on,
    )  # fmt: skip


@cache
def _planted(seed: int = 0) -> pd.DataFrame:
    return _table(seed, MISSING, SHORTCUT)


def test_missing_data_by_its_figures_and_words() -> None:
    table = _planted()
    found = diagnose(table, MISSING)
    member = inside(table, MISSING)
    assert (found.kind, found.name, found.n, found.level) == (
        "missing data", "color=y & shape=van", member.sum(), 0.05,
    )  # fmt: skip
    right = table["correct"] == 1
    for figure, values in (
        (found.error, 1 - table["correct"]),
        (found.loss, table["loss"]),
        (found.alignment, table["energy_true"]),
        (found.off_vehicle, (1 - table["energy_true"]).where(right)),
    ):
        assert (figure.here, figure.rest) == pytest.approx((values[member].mean(), values[~member].mean()))
    vans = right & (table["shape"] == "van")
    assert found.residual.here == pytest.approx(table["residual"][vans & member].mean())
    assert found.residual.rest == pytest.approx(table["residual"][vans & ~member].mean())
    assert max(found.error.p, found.loss.p, found.alignment.p) <= 0.05
    assert found.sentence.startswith(
        f"color=y & shape=van: data are missing: {found.error.here:.0%} of {found.n} pictures are wrong, "
        f"{found.error.rest:.0%} of the rest; corrected energy of the true class's map on the vehicle "
        f"{found.alignment.here:.2f}, {found.alignment.rest:.2f} in the rest"
    )


def test_a_shortcut_by_its_residual_and_where_the_evidence_lies() -> None:
    found = diagnose(_planted(), SHORTCUT)
    assert (found.kind, found.elsewhere) == ("shortcut", "shadow")
    assert found.error.p > 0.05
    assert found.residual.p <= 0.05
    assert found.sentence == (
        f"environment=snow & shape=bus: a shortcut: {found.error.here:.0%} of {found.n} pictures are wrong, "
        f"{found.error.rest:.0%} of the rest, but without the vehicle the class keeps a probability of "
        f"{found.residual.here:.2f}, {found.residual.rest:.2f} in its other pictures, more than elsewhere on "
        "the ground under the vehicle"
    )


def test_the_class_that_an_empty_scene_is_called_is_no_shortcut() -> None:
    table = _planted()
    vans = diagnose(table, {"shape": "van"}, apart=[MISSING, SHORTCUT])
    assert not vans.residual.known
    assert vans.kind == "unclear"
    assert "no residual known" in vans.sentence
    some = diagnose(table, {"shape": "van", "view": "left"}, apart=[MISSING, SHORTCUT])
    assert some.residual.here > 0.5
    assert some.kind == "unclear"


def test_where_all_others_ail_they_are_the_rest() -> None:
    table = _planted()
    everywhere = [{"shape": shape} for shape in table["shape"].unique()]
    assert diagnose(table, MISSING, apart=everywhere).error == diagnose(table, MISSING).error


def test_without_residuals_the_evidence_off_the_vehicle_tells() -> None:
    table = _planted().drop(columns=["residual", "label"])
    near = diagnose(table, SHORTCUT)
    assert near.kind == "unclear"
    assert near.sentence.endswith("; no residual known")
    far = table.assign(energy_true=table["energy_true"] - 0.3 * inside(table, SHORTCUT))
    found = diagnose(far, SHORTCUT)
    assert found.kind == "shortcut"
    energy = f"where it is right corrected energy on the vehicle is {1 - found.off_vehicle.here:.2f}"
    assert energy in found.sentence
    assert found.sentence.endswith("on the ground under the vehicle; no residual known")
    # A residual that is known and ordinary weighs more.
    known = far.assign(label=table["shape"], residual=np.tile([0.1, 0.2], 500))
    assert diagnose(known, SHORTCUT).kind == "unclear"


def test_hard_pictures_whose_maps_lie_on_the_vehicle_are_unclear() -> None:
    table = _planted()
    hard = table.assign(energy_true=np.tile([0.4, 0.6], 500))
    assert diagnose(hard, MISSING).kind == "unclear"
    found = diagnose(table.drop(columns="energy_true"), MISSING)
    assert found.kind == "missing data"
    assert "; no map known" in found.sentence
    assert not found.alignment.known


def test_a_slice_that_fails_and_has_a_cue_is_unclear() -> None:
    table = _planted()
    half = inside(table, SHORTCUT) & (np.arange(len(table)) % 2 == 0)
    table = table.assign(correct=table["correct"].where(~half, 0.0))
    found = diagnose(table, SHORTCUT)
    assert found.kind == "unclear"
    assert found.residual.p <= 0.05
    assert "without the vehicle the class keeps" in found.sentence


def test_pictures_without_a_value_are_left_out_and_other_ill_slices_can_be() -> None:
    table = _planted()
    gaps = table.assign(residual=table["residual"].where(np.arange(1000) % 2 == 0))
    half = diagnose(gaps, SHORTCUT).residual
    assert 0 < half.n < diagnose(table, SHORTCUT).residual.n
    clean = diagnose(table, SHORTCUT, apart=[MISSING]).error
    fair = ~inside(table, SHORTCUT) & ~inside(table, MISSING)
    assert clean.rest == pytest.approx(1 - table["correct"][fair].mean())


def test_planted_ills_are_diagnosed_and_ordinary_slices_are_not() -> None:
    """At level 0.05, of ordinary slices that share no picture with the planted ones."""
    right, ill, ordinary = np.zeros(2), 0, 0
    for seed in range(REPETITIONS):
        table = _planted(seed)
        found = [diagnose(table, where, SliceTest(n_boot=10)).kind for where in (MISSING, SHORTCUT)]
        right += [found[0] == "missing data", found[1] == "shortcut"]
        rng = np.random.default_rng([seed, 1])
        for order in (1, 2, 2, 2):
            names = rng.choice(sorted(VALUES), order, replace=False)
            where = {str(name): str(rng.choice(VALUES[name])) for name in names}
            if not (inside(table, where) & (inside(table, MISSING) | inside(table, SHORTCUT))).any():
                ordinary += 1
                ill += (
                    diagnose(table, where, SliceTest(n_boot=10), apart=[MISSING, SHORTCUT]).kind != "unclear"
                )
    assert (right / REPETITIONS >= 0.9).all()
    assert ordinary > REPETITIONS
    assert ill / ordinary <= 0.05


def test_planted_shortcuts_are_named_by_residual_where_error_is_blind() -> None:
    found, false = np.zeros(2), 0.0
    for seed in range(REPETITIONS):
        table = _table(seed, {}, SHORTCUT if seed % 2 else BACK)
        named = set(shortcut_slices(table, list(VALUES), SliceTest(n_boot=100), max_slices=3)["slice"])
        name = slice_name(SHORTCUT if seed % 2 else BACK)
        found[seed % 2] += name in named
        false += len(named - {name}) / max(1, len(named))
    assert (found / (REPETITIONS / 2) >= 0.9).all()
    assert false / REPETITIONS <= 0.10


def test_without_a_shortcut_none_is_named_though_classes_differ() -> None:
    """At level 0.05; the Monte Carlo error over 200 tables is 0.015."""
    tables = (_table(seed, MISSING, {}, 600) for seed in range(REPETITIONS))
    named = sum(len(shortcut_slices(t, list(VALUES), SliceTest(n_boot=100), max_slices=1)) for t in tables)
    assert named / REPETITIONS <= 0.05 + 2 * 0.015


def test_a_shortcut_has_the_figures_of_its_residual() -> None:
    table = _planted()
    got = shortcut_slices(table, list(VALUES), max_slices=2)
    row = got.iloc[0]
    right = (table["correct"] == 1) & (table["shape"] == "bus")
    member = inside(table, SHORTCUT)
    assert (row["slice"], row["step"], row["n"]) == (slice_name(SHORTCUT), 1, (right & member).sum())
    assert row["residual"] == pytest.approx(table["residual"][right & member].mean())
    assert row["usual"] == pytest.approx(table["residual"][right & ~member].mean())
    assert row["low"] <= row["difference"] <= row["high"]
    assert pd.isna(row["color"])
    none = shortcut_slices(table.assign(residual=np.nan), list(VALUES), max_slices=2)
    assert (list(none.columns), len(none)) == (list(got.columns), 0)
    whole_class = table.assign(residual=np.where(table["shape"] == "bus", 1.0, 0.1))
    assert shortcut_slices(whole_class, list(VALUES), max_slices=2).empty


def test_mistakes_are_told() -> None:
    table = _planted()
    with pytest.raises(UserError, match="the evaluation: no column 'loss'"):
        diagnose(table.drop(columns="loss"), MISSING)
    with pytest.raises(UserError, match="no column 'label'"):
        diagnose(table.drop(columns="label"), MISSING)
    with pytest.raises(UserError, match="no column 'paint'"):
        diagnose(table, {"paint": "y"})
    with pytest.raises(UserError, match=r"shape=tram: 0 of 1000 pictures; nothing to compare"):
        diagnose(table, {"shape": "tram"})
    with pytest.raises(UserError, match="no column 'residual'"):
        shortcut_slices(table.drop(columns="residual"), list(VALUES), max_slices=1)
    with pytest.raises(UserError, match="max_slices is 0"):
        shortcut_slices(table, list(VALUES), max_slices=0)
    with pytest.raises(UserError, match="'usual' is a column of the result"):
        shortcut_slices(table.assign(usual=1), ["usual"], max_slices=1)
