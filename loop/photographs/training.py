"""Training a recogniser on renders, and measuring what it confuses: on renders of vehicles that it has not
seen, and on labelled photographs."""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.metrics.arrays import Floats
from generator.errors import UserError
from loop.photographs.counts import Observed
from loop.photographs.recogniser import FitOptions, Head, Moments, Recogniser, Single, fit

LabelsFor = Literal["training", "calibration"]
"""Whether labelled photographs are learned from too, or only show what is confused."""


@dataclass(frozen=True)
class Renders:
    """What is learned from."""

    features: NDArray[Any]
    observed: Sequence[Observed]
    vehicle: NDArray[np.int64]
    """Which individual vehicle a render shows."""


@dataclass(frozen=True)
class LabelledPhotographs:
    """Photographs of which some attributes are known."""

    features: NDArray[Any]
    observed: Sequence[Observed]
    """One for each attribute of the renders, with the same values."""
    moments: Moments | None
    """Of the folder that they are of, where it is aligned to the renders."""
    purpose: LabelsFor


def train(renders: Renders, photographs: LabelledPhotographs | None, options: FitOptions) -> Recogniser:
    """Train a recogniser on all that there is, and measure its confusions on what others of its kind, trained
    on the rest, had not seen.

    Raises:
        UserError: the renders show fewer than two vehicles, so that none can be held out.
    """
    moments = Moments.of(renders.features)
    material = _Material.of(renders, photographs, moments, options)
    heads = material.fitted(material.fold >= 0, options)
    recognised = material.held_out(heads, options)
    confused = {
        one.attribute: material.with_confusions(heads[one.attribute], one, recognised[one.attribute])
        for one in material.observed
    }
    return Recogniser(moments, confused)


@dataclass(frozen=True)
class _Material:
    """Renders, then labelled photographs."""

    standardised: Single
    observed: list[Observed]
    rendered: NDArray[np.bool_]
    weight: Floats
    fold: NDArray[np.int64]
    """In which fold a picture is held out; -1 for photographs that are never learned from."""

    @classmethod
    def of(
        cls, renders: Renders, photographs: LabelledPhotographs | None, moments: Moments, options: FitOptions
    ) -> _Material:
        folds = _folds(renders.vehicle, options)
        parts = [moments.standardised(renders.features)]
        observed, n = list(renders.observed), len(folds)
        if photographs is None:
            return cls(parts[0], observed, np.ones(n, bool), np.ones(n), folds)
        m = len(photographs.features)
        parts.append((photographs.moments or moments).standardised(photographs.features))
        beside = {one.attribute: one.index for one in photographs.observed}
        joined = [replace(one, index=np.concatenate([one.index, beside[one.attribute]])) for one in observed]
        learned = photographs.purpose == "training"
        of_photographs = _folds(np.arange(m), options) if learned else np.full(m, -1)
        weights = np.concatenate([np.ones(n), np.full(m, options.label_weight)])
        rendered = np.arange(n + m) < n
        return cls(np.concatenate(parts), joined, rendered, weights, np.concatenate([folds, of_photographs]))

    def fitted(self, learned_N: NDArray[np.bool_], options: FitOptions) -> dict[str, Head]:
        """Heads that learn from these pictures alone."""
        observed = [replace(one, index=one.index[learned_N]) for one in self.observed]
        return fit(self.standardised[learned_N], observed, self.weight[learned_N], options)

    def held_out(self, heads: dict[str, Head], options: FitOptions) -> dict[str, NDArray[np.int64]]:
        """Attribute -> what each picture is recognised as by heads that have not learned from it.

        Args:
            heads: trained on all that is learned from; they judge what is not.
        """
        found = {one.attribute: np.full(len(self.fold), -1) for one in self.observed}
        for fold in np.unique(self.fold):
            judged = self.fold == fold
            judges = heads if fold < 0 else self.fitted(~judged & (self.fold >= 0), options)
            for name, head in judges.items():
                found[name][judged] = head.probabilities(self.standardised[judged]).argmax(1)
        return found

    def with_confusions(self, head: Head, observed: Observed, recognised_N: NDArray[np.int64]) -> Head:
        """A head with what was confused, on renders and on photographs."""
        size, true_N = len(observed.values), observed.index
        renders, photographs = (
            _confused(true_N[part_N], recognised_N[part_N], size)
            for part_N in (self.rendered, ~self.rendered)
        )
        return replace(head, renders=renders, photographs=photographs)


def _folds(group_N: NDArray[np.int64], options: FitOptions) -> NDArray[np.int64]:
    """A fold for each picture, the same for all of a group; groups are dealt out at random."""
    groups, place_N = np.unique(group_N, return_inverse=True)
    folds = min(options.folds, len(groups))
    if folds < 2:
        raise UserError(
            "renders: show a single vehicle, so that none can be held out to measure the confusions; "
            "raise pictures.variants"
        )
    order = np.random.default_rng(options.seed).permutation(len(groups))
    return np.asarray((order % folds)[place_N])


def _confused(true_N: NDArray[np.int64], recognised_N: NDArray[np.int64], size: int) -> Floats:
    known = true_N >= 0
    counts = np.bincount(true_N[known] * size + recognised_N[known], minlength=size * size)
    return counts.reshape(size, size).astype(np.float64)
