"""The feature space of a layer: nearest neighbours, and its map in the plane."""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from analysis.methods.maximal import activations
from generator.errors import UserError

Floats = NDArray[np.float32]


def features(model: nn.Module, batches: Iterable[Tensor], layer: str) -> Floats:
    """Mean of each channel over the grid, one row a picture: (N, C) float32; pictures are streamed."""
    found = [activations(model, image, layer).float().mean((-2, -1)).cpu().numpy() for image in batches]
    return np.concatenate(found)


def nearest(query_QC: Floats, known_NC: Floats, count: int = 5) -> tuple[NDArray[np.int64], Floats]:
    """The pictures most like each query by the cosine of their features.

    Returns:
        (places (Q, count) in `known_NC`, best first, ties by place; cosines (Q, count)). Where a query is
        itself among the known it comes first with cosine 1.
    """
    cosine_QN = _unit(query_QC) @ _unit(known_NC).T
    order = np.argsort(-cosine_QN, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(cosine_QN, order, axis=1)


def tsne(features_NC: Floats, *, perplexity: float = 30.0, seed: int = 0) -> Floats:
    """t-SNE of features (N, C) in the plane: (N, 2).

    van der Maaten & Hinton, JMLR 2008, by scikit-learn, started from the first two principal components.

    Raises:
        UserError: too few pictures for the perplexity.
    """
    from sklearn.manifold import TSNE

    if len(features_NC) <= perplexity:
        raise UserError(f"t-SNE: perplexity {perplexity:g} needs more than {len(features_NC)} pictures")
    placed = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(features_NC)
    return np.asarray(placed, np.float32)


def _unit(rows: Floats) -> Floats:
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norm, 1e-12), np.float32)
