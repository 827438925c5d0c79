"""Wilson intervals against scipy and against known means."""

import numpy as np
import pytest
from scipy.stats import binomtest

from analysis.metrics.intervals import wilson_mean


@pytest.mark.parametrize("ones", [0, 5, 13])
def test_wilson_of_binary_values_is_scipys(ones: int) -> None:
    found = wilson_mean([1.0] * ones + [0.0] * (13 - ones) + [np.nan])
    expected = binomtest(ones, 13).proportion_ci(method="wilson")
    assert found == pytest.approx((ones / 13, expected.low, expected.high))
    assert np.isnan(wilson_mean([np.nan])).all()


def test_wilson_covers_the_mean_of_shares() -> None:
    rng = np.random.default_rng(0)
    intervals = [wilson_mean(rng.beta(8, 1, size=13))[1:] for _ in range(400)]
    assert np.mean([low <= 8 / 9 <= high for low, high in intervals]) >= 0.95
