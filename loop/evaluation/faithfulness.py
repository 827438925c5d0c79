"""Faithfulness: how well each method's map shows what the network uses, on some pictures of the probe.

The figures are those of `analysis.methods.faithful`; maps are the stored ones of the predicted class, at the
deciding layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from analysis import columns
from analysis.methods.faithful import confidence_changes, deletion_insertion
from analysis.methods.map_store import PICTURE, MapStore
from analysis.methods.table import find
from generator.dataset.pixels import read_image
from loop.config.controller import AttributionSettings
from loop.evaluation.evaluate import layers_of
from loop.training.classifier import Classifier

COLUMNS = [columns.NAME, columns.METHOD, columns.LAYER, "drop", "increase", "deletion", "insertion"]
"""Of the table; the last four are fractions of the confidence, see `analysis.methods.faithful`."""
MOST = 64
"""Pictures, evenly spaced over the set in the order of their names."""


def faithfulness(
    classifier: Classifier, table: pd.DataFrame, maps: Path, settings: AttributionSettings
) -> pd.DataFrame:
    """Measure every method of an evaluation.

    Args:
        table: `name` and `image` of the pictures that were evaluated.
        maps: folder of their maps.
        settings: methods and layers of the evaluation.

    Returns:
        One row a picture × method: `name`, `method`, `layer`, `drop`, `increase`, `deletion`, `insertion`.
        Methods that have no map at the layer are not there.
    """
    ordered = table.sort_values(columns.NAME, ignore_index=True)
    chosen = ordered.iloc[np.unique(np.linspace(0, len(ordered) - 1, MOST).round().astype(int))]
    size, device = classifier.card.image_size, classifier.mean.device
    pictures = np.stack([read_image(Path(path), size) for path in chosen["image"]])
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(device)
    found = [
        _measured(classifier, images, chosen[columns.NAME].tolist(), store_kind, maps)
        for store_kind in _kinds(classifier.card.network, settings, MapStore(maps))
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _kinds(network: str, settings: AttributionSettings, store: MapStore) -> Iterator[tuple[str, str, str]]:
    for method in settings.methods:
        layer = layers_of(network, settings)[-1] if find(method).by_layer else PICTURE
        kind = (method, layer, "predicted")
        if kind in store.kinds:
            yield kind


def _measured(
    classifier: Classifier, images: torch.Tensor, names: list[str], kind: tuple[str, str, str], folder: Path
) -> pd.DataFrame:
    classifier.eval()
    raw = MapStore(folder).read(kind, names)
    maps = torch.from_numpy(np.stack([raw[name] for name in names])).to(images.device)
    with torch.inference_mode():
        given = classifier.normalise(images)
        predicted = classifier(images).argmax(1)
        found = confidence_changes(classifier.network, given, maps, predicted)
        found |= deletion_insertion(classifier.network, given, maps, predicted)
    values = {name: value.double().cpu().numpy() for name, value in found.items()}
    return pd.DataFrame({columns.NAME: names, columns.METHOD: kind[0], columns.LAYER: kind[1], **values})
