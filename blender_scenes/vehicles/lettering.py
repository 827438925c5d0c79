"""Names on the walls of boxes and trailers, in block letters of the second paint."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from blender_scenes.vehicles.mesh import Builder

Rng = np.random.Generator
Span = tuple[float, float]

FONT = {
    "A": ".#.#.#####.##.#",
    "C": ".###..#..#...##",
    "D": "##.#.##.##.###.",
    "E": "####..##.#..###",
    "I": "###.#..#..#.###",
    "K": "#.##.###.#.##.#",
    "L": "#..#..#..#..###",
    "N": "##.#.##.##.##.#",
    "O": ".#.#.##.##.#.#.",
    "R": "##.#.###.#.##.#",
    "S": ".###...#...###.",
    "T": "###.#..#..#..#.",
    "U": "#.##.##.##.####",
    "V": "#.##.##.##.#.#.",
}
"""Letters of three columns and five rows, from the top."""
COLUMNS, ROWS = 3, 5
_VOWELS, _OTHERS = "AEIOU", "CDKLNRSTV"
_THICK = 0.006
"""Metres."""


def name(rng: Rng) -> str:
    """Two or three syllables."""
    syllables = int(rng.integers(2, 4))
    return "".join(_OTHERS[rng.integers(9)] + _VOWELS[rng.integers(5)] for _ in range(syllables))


def letter_walls(builder: Builder, text: str, span: Span, heights: Span, half: float) -> None:
    """Write on the walls at y = ±half, centred within both spans, to be read from outside.

    Args:
        span: x of the rear and the front end of the room for it.
        heights: z of its lower and upper end.
    """
    width = (COLUMNS + 1) * len(text) - 1
    cell = min((span[1] - span[0]) / width, (heights[1] - heights[0]) / ROWS)
    x, z = sum(span) / 2 - cell * width / 2, sum(heights) / 2 + cell * ROWS / 2
    for at, letter in enumerate(text):
        for column, top, rows in _strokes(FONT[letter]):
            left = x + cell * (at * (COLUMNS + 1) + column)
            stroke = (left, left + cell), (z - cell * (top + rows), z - cell * top)
            _stroke(builder, *stroke, -half)
            _stroke(builder, *stroke, half, about=sum(span))


def _strokes(letter: str) -> list[tuple[int, int, int]]:
    """Upright runs of cells: column, uppermost row, number of rows."""
    found = []
    for column in range(COLUMNS):
        row = 0
        for on, cells in groupby(letter[column::COLUMNS]):
            rows = len(list(cells))
            if on == "#":
                found.append((column, row, rows))
            row += rows
    return found


def _stroke(builder: Builder, x: Span, z: Span, y: float, about: float | None = None) -> None:
    """`about` turns x around, for the left wall, whose left end is that in front."""
    out = y + np.sign(y) * _THICK
    left, right = x if about is None else (about - x[1], about - x[0])
    builder.box((left, min(y, out), z[0]), (right, max(y, out), z[1]), "paint2")
