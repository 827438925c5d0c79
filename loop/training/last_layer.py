"""The last layer alone: a linear classifier on features of photographs and renders by a frozen network.

Photographs and renders are two domains: their features differ by more than by what is shown. So renders are
not mixed in as they are. Three ways to learn from them, which can be combined:

- *alignment* gives the renders' features the photographs' moments, measured on what both domains show (the
  anchor), and applies that to all renders (Sun et al. 2016 match the covariance too);
- *transfer* learns, from renders in pairs, how features change where one attribute of a vehicle changes and
  nothing else (another view, another colour), and applies that change to the photographs' own features: what
  is missing is hallucinated from what is there (Hariharan & Girshick 2017). Nothing of the renders' own look
  or shapes enters;
- a *weight* for renders or transferred features beside photographs of weight 1.
"""

# ruff: noqa: N803, N806 - names of arrays end in their axes

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

LEAST_STD = 1e-2
"""Bound below which a feature's standard deviation does not count: it would only amplify noise."""
NEVER = -1e4
"""Bias of a class that is never predicted."""
UNIT = 3.0
"""Standard deviation of the first component; sets the unit of the regularisation."""


@dataclass(frozen=True)
class Samples:
    """Features with their classes."""

    features: Floats
    """(N, D)."""
    labels: Whole
    """(N,)."""

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Samples:
        """Those of some rows."""
        return Samples(self.features[rows], self.labels[rows])


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation of each feature."""

    mean: Floats
    """(D,)."""
    std: Floats
    """(D,)."""

    @classmethod
    def of(cls, features_ND: Floats) -> Moments:
        """Of features (N, D)."""
        return cls(features_ND.mean(0), features_ND.std(0) + LEAST_STD)

    def remove(self, features_ND: Floats) -> Floats:
        """Features with mean 0 and deviation about 1."""
        removed: Floats = (features_ND - self.mean) / self.std
        return removed


class Space:
    """Principal components of photographs' standardised features, in which all is learned.

    Args:
        photographs_ND: features of the training photographs.
        components: at most so many are kept.
    """

    def __init__(self, photographs_ND: Floats, components: int) -> None:
        self.moments = Moments.of(photographs_ND)
        number = min(components, *photographs_ND.shape)
        self.pca = PCA(number, svd_solver="randomized", random_state=0)
        inside = self.pca.fit_transform(self.moments.remove(photographs_ND))
        self.scale = UNIT / float(inside[:, 0].std())

    def photographs(self, features_ND: Floats) -> Floats:
        """(N, D) -> (N, components)."""
        return self._inside(self.moments.remove(features_ND))

    def renders(self, features_ND: Floats, anchor: Moments | None) -> Floats:
        """The same for renders, aligned by their own moments on the anchor; None leaves them as they are."""
        return self._inside((anchor or self.moments).remove(features_ND))

    def _inside(self, removed_ND: Floats) -> Floats:
        found: Floats = (self.pca.transform(removed_ND) * self.scale).astype(np.float32)
        return found

    def unfold(self, weight_KC: Floats, bias_K: Floats) -> tuple[Floats, Floats]:
        """A linear layer on components as the same layer on the features of photographs: (K, D) and (K,)."""
        weight_KD = self.scale * weight_KC @ self.pca.components_ / self.moments.std
        shift_D = self.moments.mean + self.pca.mean_ * self.moments.std
        return weight_KD.astype(np.float32), (bias_K - weight_KD @ shift_D).astype(np.float32)


class Transfer:
    """How features change with an attribute: b ≈ a + c + (a − ā) W, a ridge regression over pairs of renders.

    Args:
        without_PC, with_PC: components of renders that differ in the attribute alone, row by row.
        ridge: regularisation, as a multiple of the components' mean variance; large leaves the mean change c.
    """

    def __init__(self, without_PC: Floats, with_PC: Floats, ridge: float) -> None:
        change_PC = with_PC - without_PC
        self.mean_C = without_PC.mean(0)
        self.change_C = change_PC.mean(0)
        centred_PC = without_PC - self.mean_C
        gram_CC = centred_PC.T @ centred_PC
        penalty = ridge * np.trace(gram_CC) / len(gram_CC)
        self.weight_CC = np.linalg.solve(
            gram_CC + penalty * np.eye(len(gram_CC)), centred_PC.T @ (change_PC - self.change_C)
        )

    def __call__(self, components_NC: Floats) -> Floats:
        """What the same pictures' components would be with the attribute."""
        moved: Floats = components_NC + self.change_C + (components_NC - self.mean_C) @ self.weight_CC
        return moved.astype(np.float32)


def invariance(change_PC: Floats, strength: float) -> Floats:
    """A map of components that shrinks the directions in which an attribute changes features.

    Trained on mapped components, a layer of the same penalty on its weights depends less on those directions:
    the penalty is that of a loss averaged over such changes (within-class covariance normalisation, Hatch et
    al. 2006, with a vehicle as the class).

    Args:
        change_PC: differences of pairs.
        strength: 0 leaves all as it is; at 1 a direction of mean change is shrunk by √2.

    Returns:
        (C, C), to be multiplied from the right.
    """
    covariance_CC = change_PC.T @ change_PC / len(change_PC)
    covariance_CC *= len(covariance_CC) / np.trace(covariance_CC)
    shrunk_CC = np.linalg.inv(np.eye(len(covariance_CC)) + strength * covariance_CC)
    return np.asarray(np.linalg.cholesky(shrunk_CC), np.float32)


def fit(parts: list[tuple[Samples, float]], classes: int, inverse_penalty: float) -> tuple[Floats, Floats]:
    """Multinomial logistic regression on weighted samples.

    Args:
        parts: samples in components, and the weight of each of them.
        classes: number of classes K; one without samples is never predicted.
        inverse_penalty: inverse strength of the L2 penalty on the weights (scikit-learn's C).

    Returns:
        Weights (K, C) and biases (K,).
    """
    features = np.concatenate([part.features for part, _ in parts])
    labels = np.concatenate([part.labels for part, _ in parts])
    weights = np.concatenate([np.full(len(part.labels), weight) for part, weight in parts])
    model = LogisticRegression(C=inverse_penalty, max_iter=500).fit(features, labels, sample_weight=weights)
    weight_KC, bias_K = rows_of(model, classes)
    return weight_KC.astype(np.float32), bias_K.astype(np.float32)


def rows_of(model: LogisticRegression, classes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (K, C) and biases (K,) of a fitted model for all K classes; what it did not see is never
    predicted."""
    seen = model.classes_
    weight_KC, bias_K = np.zeros((classes, model.coef_.shape[1])), np.full(classes, NEVER)
    if len(seen) == 2:  # scikit-learn keeps one row: the log-odds of the second class
        weight_KC[seen] = np.concatenate([-model.coef_, model.coef_]) / 2
        bias_K[seen] = np.concatenate([-model.intercept_, model.intercept_]) / 2
    else:
        weight_KC[seen], bias_K[seen] = model.coef_, model.intercept_
    return weight_KC, bias_K
