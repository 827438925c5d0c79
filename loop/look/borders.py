"""Blending a vehicle into another background, so that its border tells nothing.

Pasting with several blendings: Dwibedi et al., "Cut, Paste and Learn", 2017.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from loop.config.look import Blending

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


def blended(front: Image, back: Image, mask: Mask, blending: Blending, width: float) -> Image:
    """The front picture where the mask is, the back one elsewhere.

    Args:
        front, back: (H, W, 3).
        width: distance from the mask's border, in pixels, beyond which both are as they were.
    """
    if blending == "poisson":
        return poisson(front, back, mask, width)
    weight = weights(mask, blending, width)[..., None]
    return np.asarray(weight * front + (1 - weight) * back, np.float32)


def weights(mask: Mask, blending: Blending, width: float) -> Image:
    """The front's share of each pixel (H, W), in [0, 1]."""
    if blending == "hard":
        return mask.astype(np.float32)
    if blending == "feathered":
        return np.asarray((signed_distance(mask) / (2 * width) + 0.5).clip(0, 1), np.float32)
    side = 2 * max(1, round(width)) + 1  # pixels that the blur reaches over
    return np.asarray(
        cv2.GaussianBlur(mask.astype(np.float32), (side, side), width / 2, borderType=cv2.BORDER_REPLICATE)
    )


def signed_distance(mask: Mask) -> Image:
    """Distance of each pixel from the mask's border, in pixels; negative outside."""
    inner, outer = (
        cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for side in (mask, ~mask)
    )
    return np.asarray(np.where(mask, inner - 0.5, 0.5 - outer), np.float32)


def poisson(front: Image, back: Image, mask: Mask, width: float) -> Image:
    """The front's gradients within a band along the border, the front inside of it, the back outside.

    In the band, the sum over a pixel's neighbours of (pixel - neighbour) is that of the front (Pérez et al.,
    "Poisson Image Editing", 2003). The whole vehicle is not cloned that way, since it would take on the
    background's colour, and a render's colour is one of its attributes.
    """
    hard = np.where(mask[..., None], front, back).astype(np.float32)
    band = np.abs(signed_distance(mask)) < max(width, 1)
    if not band.any() or band.all():
        return hard
    laplacian, fixed = _system(band, front.astype(np.float64), hard.astype(np.float64))
    hard[band] = splu(laplacian).solve(fixed).clip(0, 1)
    return hard


def _system(
    band: Mask, front: NDArray[np.float64], around: NDArray[np.float64]
) -> tuple[Any, NDArray[np.float64]]:
    """The equations of the band's pixels: a sparse matrix (N, N), and the right side (N, 3).

    At the edges of the picture a pixel has fewer neighbours.
    """
    count = int(band.sum())
    number = np.full(band.shape, -1)
    number[band] = np.arange(count)
    diagonal, right = np.zeros(count), np.zeros((count, 3))
    rows, cols = [], []
    ys, xs = np.nonzero(band)
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        y, x = ys + dy, xs + dx
        there = np.flatnonzero((y >= 0) & (y < band.shape[0]) & (x >= 0) & (x < band.shape[1]))
        y, x = y[there], x[there]
        diagonal[there] += 1
        right[there] += front[ys[there], xs[there]] - front[y, x]
        unknown = band[y, x]
        rows.append(there[unknown])
        cols.append(number[y[unknown], x[unknown]])
        right[there[~unknown]] += around[y[~unknown], x[~unknown]]
    row, col = np.concatenate(rows), np.concatenate(cols)
    off = sparse.coo_matrix((-np.ones(len(row)), (row, col)), (count, count))
    return (sparse.diags(diagonal) + off).tocsc(), right
