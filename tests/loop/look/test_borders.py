"""Blendings: alike far from the border, and what each does at it."""

import cv2
import numpy as np
import pytest

from loop.config.look import Blending
from loop.look.borders import blended, poisson, signed_distance, weights

RNG = np.random.default_rng(0)
FRONT, BACK = (RNG.random((40, 40, 3)).astype(np.float32) for _ in range(2))
MASK = np.zeros((40, 40), bool)
MASK[12:28, 10:30] = True
KINDS: tuple[Blending, ...] = ("hard", "feathered", "gaussian", "poisson")


def far(distance: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Pixels at least so far inside and outside of the mask, by morphology."""
    kernel = np.ones((2 * distance + 1,) * 2, np.uint8)
    inner = cv2.erode(MASK.astype(np.uint8), kernel)
    outer = 1 - cv2.dilate(MASK.astype(np.uint8), kernel)
    return inner > 0, outer > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1.0, 3.0])
def test_far_from_the_border_nothing_changes(kind: Blending, width: float) -> None:
    found = blended(FRONT, BACK, MASK, kind, width)
    inner, outer = far(round(width) + 1)
    assert inner.any()
    np.testing.assert_allclose(found[inner], FRONT[inner], atol=1e-6)
    np.testing.assert_allclose(found[outer], BACK[outer], atol=1e-6)


def test_hard_is_the_mask() -> None:
    found = blended(FRONT, BACK, MASK, "hard", 3.0)
    np.testing.assert_array_equal(found, np.where(MASK[..., None], FRONT, BACK))


def test_weights_are_linear_or_smooth_across_the_border() -> None:
    row = weights(MASK, "feathered", 2.0)[20, 6:14]
    np.testing.assert_allclose(row, [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1])
    smooth = weights(MASK, "gaussian", 3.0)[20]
    assert (np.diff(smooth[4:16]) >= 0).all()
    assert smooth[9] + smooth[10] == pytest.approx(1, abs=1e-5)


def test_distances_are_from_the_border_between_pixels() -> None:
    assert signed_distance(MASK)[20, 8:12].tolist() == [-1.5, -0.5, 0.5, 1.5]


def test_poisson_keeps_the_gradients_of_the_front() -> None:
    """In the band the sum of differences to the four neighbours is the front's."""
    front = 0.4 + 0.1 * FRONT
    found = poisson(front, np.full_like(BACK, 0.5), MASK, 3.0)  # close enough that nothing is cut off
    kernel = np.float64([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    band = np.abs(signed_distance(MASK)) < 3
    laplacians = [cv2.filter2D(one.astype(np.float64), -1, kernel)[band] for one in (found, front)]
    np.testing.assert_allclose(*laplacians, atol=1e-5)


def test_poisson_of_equal_pictures_changes_nothing_even_at_the_edge() -> None:
    mask = np.zeros((40, 40), bool)
    mask[:15, :9] = True
    np.testing.assert_allclose(poisson(FRONT, FRONT, mask, 3.0), FRONT, atol=1e-6)
