"""Every column that an evaluation writes has a description, and composed names are told apart."""

import pytest

from analysis import columns
from generator.errors import UserError


@pytest.mark.parametrize(
    ("column", "described"),
    [
        ("correct", "correct"),
        ("p_true", "p_true"),
        ("energy_true", "SCORE_TARGET"),
        ("soft_iou_predicted", "SCORE_TARGET"),
        ("on_wheel_true", "on_PART_TARGET"),
        ("area_rest", "area_PART"),
        ("mask_area", "mask_area"),
        ("part_drop_lamp", "part_drop_PART"),
        ("probability_fire truck", "probability_CLASS"),
        ("probability_true", "probability_CLASS"),
    ],
)
def test_a_column_is_described_by_its_name(column: str, described: str) -> None:
    assert columns.describe(column).name == described


@pytest.mark.parametrize(
    ("column", "described"),
    [
        ("energy", "SCORE"),
        ("energy_corrected", "SCORE_corrected"),
        ("iou", "SCORE"),
        ("iou_50", "iou_PERCENT"),
        ("reason", "reason"),
    ],
)
def test_the_table_of_scores_has_its_own(column: str, described: str) -> None:
    assert columns.describe(column, columns.SCORES_TABLE).name == described


def test_an_unknown_column_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError, match="'Correct' is not a column of an evaluation; there are name, label"):
        columns.describe("Correct")


def test_names_are_composed_and_taken_apart() -> None:
    table = ["name", columns.area_of("wheel"), columns.evidence_on("wheel", "true"), "mask_area"]
    assert columns.parts_measured([*table, columns.area_of("rest")]) == ["wheel", "rest"]
    assert columns.parts_removed(["drop", columns.part_drop("shadow"), "residual"]) == ["shadow"]
