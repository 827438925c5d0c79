"""A recogniser of attributes: a linear layer on features of pictures, trained on renders.

Features are standardised and projected on their principal components, and each attribute has a multinomial
logistic regression on these. All of that is linear, so it is kept as one matrix on standardised features.
"""

# ruff: noqa: N803, N806 - array names end in their shapes

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from scipy.special import softmax
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from analysis.metrics.arrays import Floats
from generator.errors import UserError
from generator.files import write_bytes
from loop.photographs.counts import Observed
from loop.training.last_layer import rows_of

LEAST_DEVIATION = 1e-3
"""Of a feature: those that do not vary are not blown up."""
CHUNK = 1024
"""Pictures whose features are in memory as float32 at a time."""
MATRICES = ("weights", "bias", "renders", "photographs")

Single = NDArray[np.float32]


@dataclass(frozen=True)
class FitOptions:
    """How a recogniser is trained."""

    components: int = 256
    """Principal components at most."""
    strength: float = 1.0
    """Inverse of the regularisation of the logistic regressions (scikit-learn's C), on components of which
    the first has deviation 1."""
    folds: int = 5
    """Parts of the renders by turns held out, each with vehicles of its own, to measure the confusions."""
    label_weight: float = 3.0
    """Of a labelled photograph in training, against 1 of a render."""
    prior: float = 4.0
    """Labelled photographs of a value that the renders' confusions count as."""
    seed: int = 0


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation of each feature over a set, (D,)."""

    mean: Single
    deviation: Single

    @classmethod
    def of(cls, features: NDArray[Any]) -> Moments:
        total, squares = np.zeros((2, features.shape[1]))
        for part_ND in chunks(features):
            total += part_ND.sum(0, dtype=np.float64)
            squares += np.square(part_ND).sum(0, dtype=np.float64)
        mean = total / len(features)
        deviation = np.sqrt(np.maximum(0, squares / len(features) - mean**2))
        return cls(mean.astype(np.float32), np.maximum(deviation, LEAST_DEVIATION).astype(np.float32))

    def standardised(self, features: NDArray[Any]) -> Single:
        """Features less their mean, over their deviation."""
        return np.asarray((features.astype(np.float32) - self.mean) / self.deviation)


@dataclass(frozen=True)
class Head:
    """What tells the values of one attribute."""

    values: tuple[str, ...]
    weights: Single
    """(K, D), on standardised features."""
    bias: Single
    """(K,)."""
    renders: Floats
    """(K, K) pictures, [true, recognised], of renders of vehicles that were held out."""
    photographs: Floats
    """The same of labelled photographs; zeros where there are none."""

    def probabilities(self, standardised: Single) -> Floats:
        """(N, K), each row summing to 1."""
        return np.asarray(softmax(standardised @ self.weights.T + self.bias, axis=1), np.float64)

    def confusion(self, prior: float) -> Floats:
        """(K, K) pictures that the confusions rest on: labelled photographs, joined with as many as `prior`
        for each value that are confused as renders are; without any, the renders. Each row has one picture
        more, spread over all values, so that what was never confused is not taken as impossible."""
        smooth_KK = self.renders + 1 / len(self.values)
        if not self.photographs.any():
            return smooth_KK
        return self.photographs + prior * smooth_KK / smooth_KK.sum(1, keepdims=True)

    def truths(self, prior: float) -> Floats:
        """(K, K) labelled photographs, [recognised, true], joined with as many as `prior` for each value that
        are recognised as renders are, at the fractions of the labelled photographs."""
        labelled_K = self.photographs.sum(1) + 1 / len(self.values)
        smooth_KK = self.renders + 1 / len(self.values)
        joint_KK = labelled_K[:, None] * smooth_KK / smooth_KK.sum(1, keepdims=True)
        return self.photographs.T + prior * (joint_KK / joint_KK.sum(0)).T

    @property
    def accuracy(self) -> float:
        """Mean over values of the fraction of renders that is recognised as what it is."""
        return balanced(self.renders)


@dataclass(frozen=True)
class Recogniser:
    """Tells attributes of pictures by their features."""

    moments: Moments
    """Of the renders."""
    heads: Mapping[str, Head]

    def probabilities(self, features: NDArray[Any], moments: Moments | None = None) -> dict[str, Floats]:
        """Attribute -> probability of each value, (N, K).

        Args:
            features: features.
            moments: of the set that the pictures are of, where it is to be aligned to the renders.
        """
        by = moments or self.moments
        parts = [
            {name: head.probabilities(by.standardised(part)) for name, head in self.heads.items()}
            for part in chunks(features)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in self.heads}

    def save(self, path: Path) -> None:
        """Write one file of tensors, the names of attributes and values in its metadata."""
        tensors = {"mean": self.moments.mean, "deviation": self.moments.deviation}
        for name, head in self.heads.items():
            tensors |= {f"{name}.{part}": np.ascontiguousarray(getattr(head, part)) for part in MATRICES}
        values = {name: head.values for name, head in self.heads.items()}
        write_bytes(path, save(tensors, {"values": json.dumps(values)}))

    @classmethod
    def load(cls, path: Path) -> Recogniser:
        """
        Raises:
            UserError: the file is damaged.
        """
        try:
            with safe_open(path, framework="np") as file:
                values = json.loads((file.metadata() or {})["values"])
                found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
            heads = {
                name: Head(tuple(words), *(found[f"{name}.{part}"] for part in MATRICES))
                for name, words in values.items()
            }
            return cls(Moments(found["mean"], found["deviation"]), heads)
        except (SafetensorError, ValueError, KeyError) as error:
            raise UserError(
                f"{path}: is not a recogniser that can be read ({error}); remove it, and it is trained again"
            ) from None


def fit(
    standardised: Single, observed: Sequence[Observed], weight: Floats, options: FitOptions
) -> dict[str, Head]:
    """Attribute -> a head whose confusions are not measured yet.

    Args:
        standardised: features of the pictures to learn from, each set by its own moments or the renders'.
        observed: attributes of these pictures; a head learns from those of which something is said.
        weight: of each picture.
    """
    most = min(options.components, *standardised.shape)
    pca = PCA(most, svd_solver="randomized" if most < 500 else "auto", random_state=options.seed)
    components = pca.fit_transform(standardised)
    scale = float(components[:, 0].std()) or 1.0
    heads = {}
    for one in observed:
        known = one.index >= 0
        model = LogisticRegression(C=options.strength, class_weight="balanced", max_iter=500)
        model.fit(components[known] / scale, one.index[known], sample_weight=weight[known])
        heads[one.attribute] = _folded(model, one.values, pca, scale)
    return heads


def key_of(*parts: Any) -> str:
    """A name for what follows from these settings and inputs, all of which JSON can hold."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def balanced(counts_KK: Floats) -> float:
    """Mean over values of the fraction recognised; values without a picture are left out.

    >>> balanced(np.array([[8.0, 2.0], [0.0, 4.0]]))
    0.9
    """
    total_K = counts_KK.sum(1)
    there = total_K > 0
    return float((np.diag(counts_KK)[there] / total_K[there]).mean()) if there.any() else float("nan")


def chunks(features: NDArray[Any]) -> Iterator[Single]:
    """Parts of a large array as float32."""
    for start in range(0, len(features), CHUNK):
        yield np.asarray(features[start : start + CHUNK], np.float32)


def _folded(model: Any, values: tuple[str, ...], pca: Any, scale: float) -> Head:
    """One matrix on standardised features; values that nothing shows are never recognised."""
    rows, start = rows_of(model, len(values))
    weights = np.asarray(rows / scale @ pca.components_, np.float32)
    bias = np.asarray(start - weights @ pca.mean_, np.float32)
    unmeasured = np.zeros((len(values), len(values)))
    return Head(values, weights, bias, unmeasured, unmeasured)
