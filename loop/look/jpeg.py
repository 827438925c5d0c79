"""The quality by which a JPEG file was compressed, from its quantisation table."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

END_OF_HEADER, TABLES = 0xDA, 0xDB
"""Markers: the picture itself begins; quantisation tables follow."""


def quality(file: bytes) -> int | None:
    """1 to 100, by the scale of libjpeg: the one whose luminance table is closest; None of other formats."""
    found = _table_sum(file)
    if found is None:
        return None
    return min(_sums(), key=lambda candidate: (abs(_sums()[candidate] - found), -candidate))


@cache
def _sums() -> dict[int, int]:
    """Quality -> sum of the luminance table that libjpeg writes."""
    grey = np.zeros((8, 8), np.uint8)
    files = {q: cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, q])[1].tobytes() for q in range(1, 101)}
    return {q: _table_sum(file) or 0 for q, file in files.items()}


def _table_sum(file: bytes) -> int | None:
    """Of the 64 divisors of the first table; None where there is none."""
    if file[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 4 <= len(file) and file[at] == 0xFF and file[at + 1] != END_OF_HEADER:
        length = int.from_bytes(file[at + 2 : at + 4])
        if file[at + 1] == TABLES:
            wide = file[at + 4] >> 4  # divisors of two bytes instead of one
            table = np.frombuffer(file[at + 5 : at + 5 + 64 * (1 + wide)], ">u2" if wide else "u1")
            return int(table.sum())
        at += 2 + length
    return None
