"""Maps as layers on one scale."""

from __future__ import annotations

import numpy as np
import pytest

from loop.report.layout.maps import colour, overlay, shared_limit


def test_one_scale_for_all_maps() -> None:
    weak, strong = np.full((2, 2), 0.5, np.float32), np.full((2, 2), 0.5, np.float32)
    strong[0, 0] = 4.0
    limit, beyond = shared_limit([weak, strong])
    assert 0.5 < limit < 4.0
    assert beyond == pytest.approx(1 / 8)
    assert (overlay(weak, 8, limit)[-1, -1] == overlay(strong, 8, limit)[-1, -1]).all()
    assert (overlay(weak, 8, limit)[-1, -1] != overlay(strong, 8, limit)[0, 0]).any()
    zero, plus, minus, past = colour(np.array([0.0, 1.0, -1.0, 9.0]), 1.0)
    assert zero[3] == 0
    assert plus[0] > plus[2]
    assert minus[2] > minus[0]
    assert (past == plus).all()
