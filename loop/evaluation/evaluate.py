"""What a network makes of a set of pictures, and where it looks when it does.

A verification is two tables and the raw maps; all but the first are streamed, so memory stays flat:

- `NAME.parquet`, one row a picture: its attributes, `label` and `predicted` (class names), `correct`
  (0 or 1), `p_true`, `confidence`, `entropy` (of the prediction, nats), `loss`, `mask_area` (p), each score
  of the first method's map at the last stage as `energy_true`, `energy_predicted`, … (corrected where the
  score can be), and where part masks are, the share of its evidence `on_PART_true`, … beside the part's
  share of the picture, `area_PART`;
- `NAME_scores.parquet`, one row a picture × method × layer × target: every score raw and `_corrected`,
  `iou_10` … `iou_90`, raw evidence, and `reason` where there is none;
- `maps/NAME/`, signed raw maps of the `true` and the `predicted` class: `analysis.methods.map_store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from analysis.methods.capture import true_and_predicted
from analysis.methods.map_store import PICTURE, MapWriter
from analysis.methods.table import Raw, explain, find
from analysis.scores.alignment import SCORES
from analysis.zoo import entry
from generator.dataset.tables import write_parquet
from loop.config.run import AttributionSettings
from loop.data.pictures import Batches, Labelled
from loop.evaluation.scoring import TARGETS, Truth, by_part, scores_of, unscored, wide
from loop.training.classifier import Classifier

BATCH = 64
JUDGED = ("correct", "p_true", "confidence", "entropy", "loss", "mask_area", "residual", "drop")
"""Columns of numbers besides those of alignment and of parts."""
PART_DROP = "part_drop_"
"""What the columns of parts that are left out begin with, see `loop.evaluation.ablation`."""
LOWER_IS_BETTER = ("entropy", "loss", "residual")
"""Those of them that tell how bad a prediction is."""

Advance = Callable[[int], None]


def evaluate(
    classifier: Classifier,
    table: pd.DataFrame,
    labels: Sequence[int],
    folder: Path,
    name: str,
    look: AttributionSettings | None = None,
    advance: Advance = lambda n: None,
) -> pd.DataFrame:
    """Look at every picture of a set and write the verification `name` into a folder.

    Args:
        table: as `generator.dataset.dataset.read_set` gives it; pictures without a mask get no scores.
        labels: class index of each row.
        look: methods and layers; None for the defaults.

    Returns:
        The table of pictures. Its file comes last: where it is there, all of it is.

    Raises:
        UserError: an unknown method or layer.
    """
    card, settings = classifier.card, look or AttributionSettings()
    data = Labelled(tuple(Path(image) for image in table["image"]), tuple(labels))
    judged = []
    with _Sink(folder, name, settings) as sink:
        for rows, images, label in batches(data, card.image_size):
            truth = Truth.read(table.iloc[rows], card.image_size, classifier.mean.device)
            logits, scored = _look(classifier, images, label, truth, settings, sink)
            judged.append(pd.concat([judge(logits, label.tolist(), card.classes), scored], axis=1))
            advance(len(images))
    # Not the files' places: a verification says the same wherever the run lies.
    known = table.drop(columns=["image", "mask"]).reset_index(drop=True)
    pictures = pd.concat([known, pd.concat(judged, ignore_index=True)], axis=1)
    write_parquet(folder / f"{name}.parquet", pictures)
    return pictures


def predict(
    classifier: Classifier, data: Labelled, advance: Advance = lambda n: None, *, tell: Sequence[str] = ()
) -> pd.DataFrame:
    """One row a picture, as in `pictures`, without maps and attributes.

    Args:
        tell: classes whose probability has a column of its own, `probability_CLASS`.
    """
    classifier.eval()
    logits = []
    with torch.inference_mode():
        for _, images, _ in batches(data, classifier.card.image_size):
            logits.append(classifier(images.to(classifier.mean.device)).float().cpu())
            advance(len(images))
    whole, classes = torch.cat(logits), classifier.card.classes
    told = whole.double().softmax(1)[:, [classes.index(name) for name in tell]].numpy()
    beside = pd.DataFrame(told, columns=[probability_of(name) for name in tell])
    return pd.concat([judge(whole, data.labels, classes), beside], axis=1)


def is_score(column: str) -> bool:
    """Whether a verification with all that can be asked of it has this column of numbers for each picture."""
    aligned = {f"{score}_{target}" for score in SCORES for target in TARGETS}
    return column in {*JUDGED, *aligned} or column.startswith(("on_", "area_", PART_DROP))


def probability_of(name: str) -> str:
    """The column of a class's probability."""
    return f"probability_{name}"


def layers_of(network: str, look: AttributionSettings) -> tuple[str, ...]:
    """The layers that are looked at, the one that decides last."""
    known = entry(network)
    if look.layers == "last":
        return (known.cam_layer,)
    wanted = known.stages if look.layers == "stages" else tuple(look.layers)
    return (*(layer for layer in wanted if layer != known.cam_layer), known.cam_layer)


def deciding(network: str, look: AttributionSettings) -> tuple[str, str]:
    """Method and layer whose map decides where a score is asked for without either."""
    method = look.methods[0]
    return method, layers_of(network, look)[-1] if find(method).by_layer else PICTURE


class _Sink:
    """Where scores and maps go as they come; files take their names when all is well."""

    def __init__(self, folder: Path, name: str, look: AttributionSettings) -> None:
        self.path = folder / f"{name}_scores.parquet"
        self.aside = folder / f".{name}_scores.parquet.part"
        folder.mkdir(parents=True, exist_ok=True)
        self.maps = MapWriter(folder / "maps" / name, look.maps)
        self.writer: Any = None

    def __enter__(self) -> _Sink:
        return self

    def scores(self, table: pd.DataFrame) -> None:
        rows = pa.Table.from_pandas(table, preserve_index=False)
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.aside, rows.schema)
        self.writer.write_table(rows)

    def __exit__(self, kind: object, *rest: object) -> None:
        if self.writer is not None:
            self.writer.close()
        if kind is None:
            self.maps.close()
            self.aside.replace(self.path)
        else:
            self.aside.unlink(missing_ok=True)


def _look(
    classifier: Classifier,
    images: Tensor,
    label: Tensor,
    truth: Truth,
    look: AttributionSettings,
    sink: _Sink,
) -> tuple[Tensor, pd.DataFrame]:
    """Logits, and the columns of scores of the batch's pictures."""
    layers = layers_of(classifier.card.network, look)
    found, refused, seen = explain(
        classifier.network,
        classifier.normalise(images.to(classifier.mean.device)),
        layers,
        true_and_predicted(label),
        look.methods,
    )
    same = (seen.targets_TB[0] == seen.targets_TB[1]).cpu()
    tables = {at: scores_of(truth, at, raw, same) for at, raw in found.items()}
    tables |= {at: unscored(truth, at, why) for at, why in refused.items()}
    sink.scores(pd.concat(tables.values(), ignore_index=True))
    sink.maps.add(truth.names, dict(_stored(found)))
    main = deciding(classifier.card.network, look)
    columns = [wide(tables[main], len(images)), by_part(found.get(main), truth)]
    return seen.logits_BK.float().cpu(), pd.concat(columns, axis=1)


def _stored(found: dict[tuple[str, str], Raw]) -> Iterator[tuple[tuple[str, str, str], tuple[Any, Any]]]:
    for (method, layer), raw in found.items():
        maps, scale = raw.maps.float().cpu().numpy(), raw.log_scale.float().cpu().numpy()
        for t, target in enumerate(TARGETS):
            yield (method, layer, target), (maps[t], scale[t])


def batches(data: Labelled, size: int) -> Iterator[tuple[list[int], Tensor, Tensor]]:
    """Rows, uint8 pictures and labels, `BATCH` at a time; no more than these are in memory."""
    for start in range(0, len(data), BATCH):
        rows = list(range(start, min(start + BATCH, len(data))))
        images, labels = Batches(data.at(rows), size)[list(range(len(rows)))]
        yield rows, images, labels


def judge(logits: Tensor, labels: Sequence[int], classes: Sequence[str]) -> pd.DataFrame:
    """`label`, `predicted`, `correct`, `p_true`, `confidence`, `entropy` and `loss` of logits (N, K)."""
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
            "entropy": torch.special.entr(log_p.exp()).sum(1).numpy(),
            "loss": loss.numpy(),
        }
    )
