"""Before and after, picture by picture."""

import numpy as np
import pandas as pd
import pytest

from analysis.slices.change import paired_change
from analysis.slices.options import SliceTest
from generator.errors import UserError


def _tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """20 pictures: red 4 of 10 right, then all; yellow 9 of 10 right, then 8."""
    names = [f"p{i:02d}" for i in range(20)]
    before = pd.DataFrame(
        {"name": names, "color": ["r"] * 10 + ["y"] * 10, "ok": [1.0] * 4 + [0.0] * 6 + [1.0] * 9 + [0.0]}
    )
    after = pd.DataFrame({"name": names[::-1], "ok": [0.0] + [0.0] + [1.0] * 18})
    return before, after


def test_by_hand() -> None:
    before, after = _tables()
    change = paired_change(before, after, "ok", ["color"])
    assert change["slice"].tolist() == ["all", "color=r", "color=y"]
    assert change["n"].tolist() == [20, 10, 10]
    np.testing.assert_allclose(change["before"], [0.65, 0.4, 0.9])
    np.testing.assert_allclose(change["after"], [0.9, 1.0, 0.8])
    np.testing.assert_allclose(change["difference"], [0.25, 0.6, -0.1])
    # Red: 6 changes, all up. Yellow: one down. All: 6 of 7 up.
    np.testing.assert_allclose(change["p"], [16 / 128, 2 / 64, 1.0])
    np.testing.assert_allclose(change["q"], [16 / 128, 4 / 64, 1.0])
    assert not change["better"].any()
    assert paired_change(before, after, "ok", ["color"], SliceTest(level=0.07))["better"].tolist() == [
        False,
        True,
        False,
    ]
    swapped = paired_change(
        after.merge(before[["name", "color"]]),
        before.drop(columns="color"),
        "ok",
        ["color"],
        SliceTest(level=0.07),
    )
    assert swapped["worse"].tolist() == [False, True, False]
    assert change["color"].isna().tolist() == [True, False, False]
    assert change.loc[1, "low"] == pytest.approx(0.3)


def test_pictures_without_a_partner_are_counted() -> None:
    before, after = _tables()
    before.loc[0, "ok"] = np.nan
    change = paired_change(before, after.iloc[2:], "ok", ["color"], SliceTest(min_n=1))
    overall = change.set_index("slice")
    assert overall["n"].to_dict() == {"all": 17, "color=r": 9, "color=y": 8}
    assert overall["n_missing"].to_dict() == {"all": 3, "color=r": 1, "color=y": 2}


def test_numbers_and_nothing_changed() -> None:
    rng = np.random.default_rng(0)
    before = pd.DataFrame(
        {"name": range(400), "angle": np.repeat([0, 60], 200), "loss": rng.normal(size=400)}
    )
    after = before.assign(
        loss=before["loss"] + rng.normal(0, 0.5, 400) + np.where(before["angle"] == 60, 0.3, 0)
    )
    change = paired_change(before, after, "loss", ["angle"], SliceTest(seed=1)).set_index("slice")
    assert change["better"].to_dict() == {"all": True, "angle=60": True, "angle=0": False}
    assert change.loc["angle=60", "angle"] == 60
    same = paired_change(before, before, "loss", ["angle"], SliceTest(seed=1))
    assert same["p"].tolist() == [1.0, 1.0, 1.0]
    assert not (same["better"] | same["worse"]).any()


def test_mistakes_are_told() -> None:
    before, after = _tables()
    with pytest.raises(UserError, match="after: picture 'p19' occurs twice"):
        paired_change(before, pd.concat([after, after.iloc[:1]]), "ok", ["color"])
    with pytest.raises(UserError, match="share no name"):
        paired_change(before, after.assign(name="x" + after["name"]).iloc[:3], "ok", ["color"])
    with pytest.raises(UserError, match="'p00': color is 'r' before and 'k' after"):
        paired_change(before, after.assign(color="k"), "ok", ["color"])
    with pytest.raises(UserError, match="before: no column 'shape'"):
        paired_change(before, after, "ok", ["shape"])
