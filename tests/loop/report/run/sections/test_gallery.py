"""Pictures of the weakest slices."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from loop.report.layout.maps import overlay
from loop.report.layout.numbers import number
from loop.report.run.content.run import read_run
from loop.report.run.sections.gallery import gallery


def test_maps_in_the_page_are_drawn_on_the_limit_that_is_printed(run: Path, page: str) -> None:
    content = read_run(run)
    found = gallery(content)
    assert found is not None
    shown = found.slices[0][2][0]
    for one, prediction in zip(content.rounds, shown.predictions, strict=True):
        pixels = cv2.imdecode(_decoded(prediction.overlay), cv2.IMREAD_UNCHANGED)
        assert pixels is not None
        expected = overlay(one.maps()[shown.name], found.side, found.limit)
        assert (pixels[..., 3] == expected[..., 3]).all()
        assert prediction.overlay in page
    assert f"+{number(found.limit, 3)}" in page


def _decoded(uri: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8)


def test_pictures_are_chosen_by_rule(run: Path) -> None:
    table = pd.read_parquet(run / "rounds" / "00" / "holdout.parquet")
    inside = table[(table["shape"] == "van") & (table["color"] == "y")].sort_values("p_true")
    found = gallery(read_run(run))
    assert found is not None
    _, n, shown = found.slices[0]
    assert n == len(inside) == 12
    assert [item.name for item in shown] == inside["name"].iloc[[0, 1, 2, 3, 5, 6]].tolist()
