"""What each arm of a study of holes learns from, and the last layer that comes of it."""

# ruff: noqa: N806 - names of arrays end in their axes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.config.holes import HolesConfig
from loop.training.last_layer import Floats, Moments, Samples, Space, Transfer, fit, invariance

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class PairFeatures:
    """Features of renders that differ in one attribute alone, row by row."""

    without: Floats
    """(P, D)."""
    with_: Floats
    """(P, D)."""

    def first(self, number: int) -> PairFeatures:
        """The first pairs; all where there are fewer."""
        return PairFeatures(self.without[:number], self.with_[:number])

    def __add__(self, other: PairFeatures) -> PairFeatures:
        return PairFeatures(
            np.concatenate([self.without, other.without]), np.concatenate([self.with_, other.with_])
        )


@dataclass(frozen=True)
class Layer:
    """A linear layer on features."""

    weight: Floats
    """(K, D)."""
    bias: Floats
    """(K,)."""

    def correct(self, samples: Samples) -> NDArray[np.bool_]:
        """Which samples it names right, (N,)."""
        predicted = (samples.features @ self.weight.T + self.bias).argmax(1)
        found: NDArray[np.bool_] = predicted == samples.labels
        return found


def learn(photographs: Samples, pairs: PairFeatures | None, config: HolesConfig) -> Layer:
    """A last layer from photographs, and from pairs of renders where there are any.

    Args:
        photographs: training photographs.
        pairs: differences between the two of each teach what the attribute changes.
    """
    space = Space(photographs.features, config.components)
    inside = Samples(space.photographs(photographs.features), photographs.labels)
    parts, shrink_CC = [(inside, 1.0)], np.eye(inside.features.shape[1], dtype=np.float32)
    if pairs is not None:
        anchor = Moments.of(pairs.without) if config.alignment == "moments" else None
        without, with_ = (space.renders(half, anchor) for half in (pairs.without, pairs.with_))
        shrink_CC = invariance(with_ - without, config.invariance)
        if config.transfer_weight:
            moved = Transfer(without, with_, config.ridge)(inside.features)
            parts.append((Samples(moved, inside.labels), config.transfer_weight))
    mapped = [(Samples(part.features @ shrink_CC, part.labels), weight) for part, weight in parts]
    weight_KC, bias_K = fit(mapped, len(config.classes), config.inverse_penalty)
    return Layer(*space.unfold(weight_KC @ shrink_CC.T, bias_K))
