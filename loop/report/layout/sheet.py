"""A sheet: a photograph with the raw map of every method beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from loop.report.layout.maps import Pixels, colour

TILE, GAP, TITLE = 192, 6, 34
"""Pixels: side of a tile, space between tiles, height of the caption above each."""
PERCENTILE = 99.5
"""The value at this percentile of a map's absolute values is drawn at full colour; the caption gives it."""
INK, QUIET = (30, 30, 30), (120, 120, 120)
LEGEND = "orange for, blue against"
"""`POSITIVE` and `NEGATIVE` of `loop.report.layout.maps` by name."""


def sheet(
    image: Pixels,
    rows: Sequence[tuple[str, Mapping[str, NDArray[np.float32] | str]]],
    mask: NDArray[np.bool_] | None = None,
) -> Pixels:
    """A page (H, W, 3) RGB: the picture, then rows of tiles.

    Args:
        image: (S, S, 3) RGB.
        rows: (heading, {title: raw map (h, w), or the reason why there is none}).
        mask: (S, S), drawn as an outline.

    Each tile has its own limit, given in its caption, because methods have different units.
    The hue is the sign, the opacity the raw value over the limit.
    """
    wide = max(len(tiles) for _, tiles in rows) + 1
    page = np.full((GAP + len(rows) * (TILE + TITLE + GAP), GAP + wide * (TILE + GAP), 3), 255, np.uint8)
    for r, (heading, tiles) in enumerate(rows):
        top = GAP + r * (TILE + TITLE + GAP)
        _put(page, top, 0, _outlined(_fitted(image), mask), [heading, LEGEND if r == 0 else ""])
        for c, (title, content) in enumerate(tiles.items(), 1):
            tile, caption = _tile(image, content, mask)
            _put(page, top, c, tile, [title, caption])
    return page


def _tile(
    image: Pixels, content: NDArray[np.float32] | str, mask: NDArray[np.bool_] | None
) -> tuple[Pixels, str]:
    if isinstance(content, str):
        return _refusal(content), "not defined"
    limit = float(np.percentile(np.abs(content), PERCENTILE)) or 1.0
    grown = cv2.resize(content.astype(np.float32), (TILE, TILE), interpolation=cv2.INTER_LINEAR)
    layer = colour(np.asarray(grown), limit)
    grey = cv2.cvtColor(_fitted(image), cv2.COLOR_RGB2GRAY)[..., None].repeat(3, 2)
    opacity = layer[..., 3:].astype(np.float64) / 255
    mixed = np.rint(grey * (1 - opacity) + layer[..., :3] * opacity).astype(np.uint8)
    return _outlined(mixed, mask), f"{content.shape[0]}x{content.shape[1]}, full at {limit:.2g}"


def _refusal(why: str) -> Pixels:
    tile = np.full((TILE, TILE, 3), 244, np.uint8)
    lines = [""]
    for word in why.split():
        if len(lines[-1]) + len(word) > 27:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    for i, line in enumerate(lines[: TILE // 15 - 1]):
        _write(tile, line, (6, 18 + 15 * i), QUIET)
    return tile


def _put(page: Pixels, top: int, column: int, tile: Pixels, caption: Sequence[str]) -> None:
    left = GAP + column * (TILE + GAP)
    for i, line in enumerate(caption):
        _write(page, line, (left, top + 12 + 15 * i), INK if i == 0 else QUIET)
    page[top + TITLE : top + TITLE + TILE, left : left + TILE] = tile


def _write(page: Pixels, line: str, at: tuple[int, int], ink: tuple[int, int, int]) -> None:
    line = line.replace("−", "-").encode("ascii", "replace").decode()
    cv2.putText(page, line, at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, ink, 1, cv2.LINE_AA)


def _fitted(image: Pixels) -> Pixels:
    return np.asarray(cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8)


def _outlined(tile: Pixels, mask: NDArray[Any] | None) -> Pixels:
    if mask is None:
        return tile
    grown = cv2.resize(mask.astype(np.uint8), (TILE, TILE), interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(grown, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    drawn = tile.copy()
    cv2.drawContours(drawn, contours, -1, (255, 255, 255), 3, cv2.LINE_AA)
    cv2.drawContours(drawn, contours, -1, (0, 0, 0), 1, cv2.LINE_AA)
    return drawn
