"""The expected calibration error: worked by hand, as torchmetrics has it, and under resampling."""

import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import binary_calibration_error

from analysis.metrics.calibration import BINS, calibration_error


def test_by_hand() -> None:
    """Two in one bin, right once at 0.95: 0.45 apart; one right at 0.5; one wrong at 1, in their bin."""
    confidence, correct = [0.95, 0.95, 0.5, 1.0], [1, 0, 1, 0]
    assert calibration_error(confidence[:2], correct[:2], np.ones((1, 2)))[0] == pytest.approx(0.45)
    whole = calibration_error(confidence, correct, np.ones((1, 4)))[0]
    assert whole == pytest.approx((abs(1 + 0 + 0 - 0.95 - 0.95 - 1.0) + 0.5) / 4)


def test_it_is_that_of_torchmetrics() -> None:
    rng = np.random.default_rng(0)
    confidence, correct = rng.uniform(0, 1, 5000), rng.integers(0, 2, 5000)
    known = binary_calibration_error(torch.tensor(confidence), torch.tensor(correct), n_bins=BINS)
    found = calibration_error(confidence, correct, np.ones((1, 5000)))
    assert found == pytest.approx([float(known)], abs=1e-6)


def test_a_weight_is_a_number_of_pictures() -> None:
    rng = np.random.default_rng(1)
    confidence, correct = rng.uniform(0, 1, 40), rng.integers(0, 2, 40)
    drawn = rng.integers(0, 4, (3, 40))
    expected = [
        calibration_error(np.repeat(confidence, row), np.repeat(correct, row), np.ones((1, row.sum())))[0]
        for row in drawn
    ]
    assert calibration_error(confidence, correct, drawn.astype(float)) == pytest.approx(expected)
    assert np.isnan(calibration_error(confidence, correct, np.zeros((1, 40)))).all()
