"""Names of slices in plain English."""

from __future__ import annotations

import pytest

from loop.report.layout.text import slice_label, slice_text


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({"color": "y", "shape": "van"}, "yellow vans"),
        ({"view": "bleft"}, "vehicles seen from the rear left"),
        ({"shape": "bus", "view": "b"}, "buses seen from the rear"),
        ({"color": "k", "angle": 20}, "black vehicles at 20° elevation"),
        ({"color": "y", "family": "minibus"}, "yellow vehicles of the family minibus"),
        ({"family": "usual"}, "vehicles of a shape without families"),
        (
            {"shape": "bus", "sun_elevation": "8..22", "haze": 0},
            "buses with sun elevation 8 to 22 and haze 0",
        ),
    ],
)
def test_slices_in_plain_english(where: dict[str, str | int], text: str) -> None:
    assert slice_text(where) == text
    assert slice_label(where).startswith(f"{text} (")
