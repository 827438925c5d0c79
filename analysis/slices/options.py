"""The options of the slice test, in one place for all that find, select, compare or diagnose slices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SliceTest:
    """How slices are tested against the rest of the pictures, or before against after.

    >>> SliceTest(min_n=20)
    SliceTest(max_order=2, min_n=20, level=0.05, margin=0.0, seed=0, n_boot=1000)
    """

    max_order: int = 2
    """Most attributes in a slice. Slices of up to two share the discoveries that the level allows as one
    group, those of three are another."""
    min_n: int = 8
    """Fewest pictures with a value in a slice that is tested; smaller ones are not listed."""
    level: float = 0.05
    """False-discovery rate in (0, 1) at which a slice is called weak, better or worse."""
    margin: float = 0.0
    """How far below the rest a weak slice must lie, its interval included, in the unit of the value: with
    many pictures a test finds differences too small to matter."""
    seed: int = 0
    """Decides the bootstrap resamples, and the flips of a paired test."""
    n_boot: int = 1000
    """Number of bootstrap resamples."""


DEFAULTS = SliceTest()
