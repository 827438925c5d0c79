"""Bins by hand: what they hold, how they read, and that pictures can be drawn from them again."""

import numpy as np
import pandas as pd
import pytest

from analysis.slices.binning import Bin, bin_attributes, binned, bounds, candidates
from analysis.slices.find import find_slices
from generator.draws import parse_draw
from generator.errors import UserError


def test_a_continuous_attribute_falls_into_quarters_with_round_edges() -> None:
    distance = np.linspace(4.02, 39.9, 400)
    table, bins = bin_attributes(pd.DataFrame({"distance": distance, "shape": "van"}), ["distance", "shape"])
    # Quartiles are 12.99, 21.96, 30.93: rounded by less than a fifth of the narrowest bin.
    assert [b.label for b in bins.of["distance"]] == ["4..13", "13..22", "22..31", "31..40"]
    assert list(bins.of) == ["distance"]
    expected = pd.cut(
        distance, [4, 13, 22, 31, 40], right=False, labels=["4..13", "13..22", "22..31", "31..40"]
    )
    assert table["distance"].tolist() == list(expected)
    assert table["distance"].value_counts().between(95, 105).all()


def test_narrow_ranges_keep_the_decimals_that_they_need() -> None:
    fill = np.linspace(0.29, 0.33, 101)
    _, bins = bin_attributes(pd.DataFrame({"fill": fill}), ["fill"])
    assert [b.label for b in bins.of["fill"]] == ["0.29..0.3", "0.3..0.31", "0.31..0.32", "0.32..0.33"]


@pytest.mark.parametrize("at", [0.0, 1e6, 1e9])
def test_ranges_far_from_zero_are_told_apart(at: float) -> None:
    table = pd.DataFrame({"x": at + np.arange(200) / 1000})
    binned, bins = bin_attributes(table, ["x"])
    assert binned["x"].nunique() == len(bins.of["x"]) == 4


def test_whole_numbers_do_not_share_an_edge() -> None:
    table, bins = bin_attributes(pd.DataFrame({"angle": np.arange(2, 42)}), ["angle"])
    assert [b.label for b in bins.of["angle"]] == ["2..11", "12..21", "22..31", "32..41"]
    assert table["angle"].value_counts().tolist() == [10] * 4
    assert parse_draw(bins.drawn({"angle": "12..21"})["angle"]).at(0.999, whole=True) == 21


def test_a_common_value_is_a_bin_of_its_own() -> None:
    haze = np.concatenate([np.zeros(50), np.linspace(0.1, 0.5, 50)])
    table, bins = bin_attributes(pd.DataFrame({"haze": haze}), ["haze"], count=2)
    assert [b.label for b in bins.of["haze"]] == ["0", "0.1..0.3", "0.3..0.5"]
    assert table["haze"].value_counts().to_dict() == {"0": 50, "0.1..0.3": 25, "0.3..0.5": 25}
    assert bins.drawn({"haze": "0", "view": "b"}) == {"haze": 0.0, "view": "b"}


def test_a_bin_is_a_range_to_draw_from() -> None:
    values = np.random.default_rng(0).uniform(0, 1, 500)
    table, bins = bin_attributes(pd.DataFrame({"haze": values}), ["haze"])
    for found in bins.of["haze"]:
        draw = parse_draw(bins.drawn({"haze": found.label})["haze"])
        drawn = pd.DataFrame({"haze": [draw.at(level) for level in (0, 0.5, 0.999)]})
        assert bins.apply(drawn)["haze"].tolist() == [found.label] * 3
        inside = values[table["haze"] == found.label]
        assert inside.min() >= found.low
        assert inside.max() <= found.high


def test_every_number_is_in_one_bin_and_the_missing_in_none() -> None:
    rng = np.random.default_rng(1)
    columns = {"a": rng.lognormal(0, 2, 300), "b": rng.integers(0, 2000, 300), "c": rng.normal(1e5, 1, 300)}
    table, bins = bin_attributes(pd.DataFrame(columns), list(columns))
    assert table.notna().all(axis=None)
    again = bins.apply(pd.DataFrame({"a": [np.nan, 1e9], "b": [-1, 5], "c": [0.0, np.nan]}))
    assert again.isna().sum().to_dict() == {"a": 2, "b": 1, "c": 2}


def test_few_values_and_words_stay() -> None:
    given = pd.DataFrame({"angle": [0, 30, 60] * 10, "color": list("rwykbgsonv") * 3})
    table, bins = bin_attributes(given, ["angle", "color"])
    pd.testing.assert_frame_equal(table, given)
    assert bins.of == {}


def test_slices_read_their_bins_and_their_figures_are_those_of_the_range() -> None:
    distance = np.linspace(4, 40, 200)
    table = pd.DataFrame({"distance": distance, "correct": (distance >= 13).astype(float)})
    binned, _ = bin_attributes(table, ["distance"])
    found = find_slices(binned, ["distance"], "correct").set_index("slice")
    assert found.loc["distance=4..13", ["mean", "n"]].tolist() == [0, (distance < 13).sum()]


def test_candidates_are_what_varies_and_can_be_drawn() -> None:
    table = pd.DataFrame(
        {
            "name": ["a", "b"], "shape": ["van", "van"], "color": ["r", "w"], "angle": [5, 20],
            "environment": ["city", "snow"], "elevation": [5.1, 20.3], "variant": [1, 2],
            "distance": [4.0, 9.0], "cut": [0.0, 0.0], "cut_side": ["left", "top"],
            "haze": [0.1, np.nan], "correct": [0.0, 1.0],
        }
    )  # fmt: skip
    assert candidates(table) == ("color", "angle", "environment", "distance")
    assert "cut_side" in candidates(table.assign(cut=[0.0, 0.3]))


def test_families_span_slices_where_each_has_enough_vehicles() -> None:
    table = pd.DataFrame(
        {
            "shape": ["van", "van", "sedan"] * 10,
            "variant": np.arange(30) // 3 % 5,
            "color": list("rwkrwk") * 5,
        }
    )
    table["family"] = ["minibus", "high-van", "usual"] * 10
    assert candidates(table) == ("shape", "color", "family")
    assert candidates(table.drop(columns="variant")) == ("shape", "color")
    table.loc[table["family"] == "minibus", "variant"] %= 4
    assert candidates(table) == ("shape", "color")


def test_columns_that_are_constant_are_left_out() -> None:
    table = pd.DataFrame(
        {"fill": np.linspace(0.5, 0.9, 41), "haze": 0.2, "shape": ["van", "bus", "suv"] * 13 + ["van"] * 2}
    )
    table["motion"] = 0.1 + 0.2 * (np.arange(41) > 20)
    got = binned(table.assign(color="r"), ["shape", "haze", "fill", "color", "motion"], 2)
    assert list(got) == ["shape", "fill", "motion"]
    assert got["fill"].value_counts().to_dict() == {"0.5..0.7": 20, "0.7..0.9": 21}
    assert got["motion"].tolist() == table["motion"].tolist()


@pytest.mark.parametrize(
    ("label", "ends"),
    [("0.70..0.78", (0.7, 0.78)), ("-5..-1.5", (-5, -1.5)), ("1e-05..2e-05", (1e-5, 2e-5)), ("30", (30, 30))],
)
def test_labels_say_their_ends(label: str, ends: tuple[float, float]) -> None:
    assert bounds(label) == ends


def test_every_label_parses_back() -> None:
    rng = np.random.default_rng(3)
    columns = {"a": rng.normal(0, 1e-6, 300), "b": rng.normal(-1e5, 1, 300), "c": rng.integers(-90, 90, 300)}
    _, bins = bin_attributes(pd.DataFrame(columns), list(columns))
    for found in (bin for of in bins.of.values() for bin in of):
        assert bounds(found.label) == (found.low, found.high)


def test_mistakes_are_told() -> None:
    table = pd.DataFrame({"haze": np.linspace(0, 1, 50)})
    _, bins = bin_attributes(table, ["haze"])
    with pytest.raises(UserError, match="no column 'fill'"):
        bin_attributes(table, ["fill"])
    with pytest.raises(UserError, match="count is 1"):
        bin_attributes(table, ["haze"], count=1)
    with pytest.raises(UserError, match=r"haze: '7' is not a bin; 0\.\.0\.2"):
        bins.find("haze", "7")
    with pytest.raises(UserError, match="no column 'haze'"):
        bins.apply(pd.DataFrame({"fill": [0.5]}))
    assert Bin(4, 9).label == "4..9"
    with pytest.raises(UserError, match="'snow' is not a bin"):
        bounds("snow")
