"""What a network makes of a set of pictures, and where it looks when it does.

A verification is two tables and the raw maps:

- `pictures`, one row a picture: its attributes, `label` and `predicted` (class names), `correct`
  (0 or 1), `p_true`, `confidence`, `loss`, each score of the last stage's map as `energy_true`,
  `energy_predicted`, … (corrected where the score can be);
- `scores`, one row a picture × method × layer × target: every score raw and `_corrected`, and `reason`
  where there is none;
- `maps`, signed raw maps (N, h, w) of the `true` and the `predicted` class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.alignment import SCORES, align, reason
from analysis.cam import METHODS
from analysis.capture import capture, true_and_predicted
from analysis.zoo import entry
from generator.dataset import read_mask
from generator.files import write_bytes
from loop.classifier import Classifier
from loop.data import Batches, Labelled

BATCH = 64
TARGETS = ("true", "predicted")
METHOD = "grad_cam"

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Verification:
    pictures: pd.DataFrame
    scores: pd.DataFrame
    maps: dict[str, NDArray[np.float32]]

    def save(self, folder: Path, name: str) -> None:
        """`NAME.parquet` comes last: where it is there, all of it is."""
        write_npz(folder / "maps" / f"{name}.npz", {"name": self.pictures["name"].to_numpy(str), **self.maps})
        write_parquet(folder / f"{name}_scores.parquet", self.scores)
        write_parquet(folder / f"{name}.parquet", self.pictures)


def verify(
    classifier: Classifier, table: pd.DataFrame, labels: Sequence[int], advance: Advance = lambda n: None
) -> Verification:
    """Look at every picture of a set.

    Args:
        table: as `generator.dataset.read_set` gives it; pictures without a mask get no scores.
        labels: class index of each row.
    """
    card = classifier.card
    data = Labelled(tuple(Path(image) for image in table["image"]), tuple(labels))
    layer = entry(card.network).cam_layer
    logits, maps, scores = [], [], []
    for rows, images, label in _batches(data, card.image_size):
        seen = capture(
            classifier.network,
            classifier.normalise(images.to(classifier.mean.device)),
            [layer],
            true_and_predicted(label),
        )
        raw = METHODS[METHOD](seen.activations[layer], seen.gradients[layer])
        masks = _masks(table["mask"].iloc[rows], card.image_size).to(raw.device)
        scores.append(_scores(table["name"].iloc[rows], layer, raw, masks))
        logits.append(seen.logits_BK.float().cpu())
        maps.append(raw.float().cpu())
        advance(len(images))
    # Not the files' places: a verification says the same wherever the run lies.
    known = table.drop(columns=["image", "mask"]).reset_index(drop=True)
    long = pd.concat(scores, ignore_index=True)
    pictures = pd.concat([known, _judged(torch.cat(logits), labels, card.classes)], axis=1)
    pictures = pictures.merge(_wide(long), on="name", validate="one_to_one")
    stacked = torch.cat(maps, dim=1).numpy()
    return Verification(pictures, long, dict(zip(TARGETS, stacked, strict=True)))


def predict(classifier: Classifier, data: Labelled, advance: Advance = lambda n: None) -> pd.DataFrame:
    """One row a picture, as in `pictures`, without maps and attributes."""
    classifier.eval()
    logits = []
    with torch.inference_mode():
        for _, images, _ in _batches(data, classifier.card.image_size):
            logits.append(classifier(images.to(classifier.mean.device)).float().cpu())
            advance(len(images))
    return _judged(torch.cat(logits), data.labels, classifier.card.classes)


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    write_bytes(path, table.to_parquet(None, index=False))


def write_npz(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.stem}.part.npz")
    np.savez_compressed(aside, **arrays)  # type: ignore[arg-type]  # its stub takes a flag among the arrays
    aside.replace(path)


def _batches(data: Labelled, size: int) -> Iterator[tuple[list[int], Tensor, Tensor]]:
    for start in range(0, len(data), BATCH):
        rows = list(range(start, min(start + BATCH, len(data))))
        batch = Batches(data.at(rows), size)
        images, labels = batch[list(range(len(rows)))]
        yield rows, images, labels


def _masks(paths: pd.Series[str], size: int) -> Tensor:
    """Masks (B, S, S), bool; empty where there is no mask."""
    empty = np.zeros((size, size), bool)
    return torch.from_numpy(np.stack([read_mask(Path(path), size) if path else empty for path in paths]))


def _scores(names: pd.Series[str], layer: str, raw: Tensor, masks: Tensor) -> pd.DataFrame:
    """Scores of maps (T, B, h, w) against masks (B, S, S)."""
    tables = []
    for target, maps in zip(TARGETS, raw, strict=True):
        values = {name: value.cpu().numpy() for name, value in align(maps, masks).items()}
        where = {"name": names.to_numpy(), "method": METHOD, "layer": layer, "target": target}
        tables.append(pd.DataFrame({**where, **values, "reason": reason(maps, masks)}))
    return pd.concat(tables, ignore_index=True)


def _judged(logits: Tensor, labels: Sequence[int], classes: Sequence[str]) -> pd.DataFrame:
    truth = torch.tensor(labels)
    log_p = logits.double().log_softmax(1)
    predicted = logits.argmax(1)
    loss = -log_p.gather(1, truth[:, None])[:, 0]
    return pd.DataFrame(
        {
            "label": [classes[i] for i in truth],
            "predicted": [classes[i] for i in predicted],
            "correct": (predicted == truth).double().numpy(),
            "p_true": (-loss).exp().numpy(),
            "confidence": log_p.exp().amax(1).numpy(),
            "loss": loss.numpy(),
        }
    )


def _wide(scores: pd.DataFrame) -> pd.DataFrame:
    """One column a score and target; corrected values where the score can be corrected."""
    columns = {"name": scores.loc[scores["target"] == TARGETS[0], "name"].to_numpy()}
    for target in TARGETS:
        rows = scores[scores["target"] == target]
        for score in SCORES:
            corrected = rows[f"{score}_corrected"]
            columns[f"{score}_{target}"] = (rows[score] if corrected.isna().all() else corrected).to_numpy()
    return pd.DataFrame(columns)
