"""Evaluate a network on a set of pictures: what it predicts, and on what in the picture that rests.

An evaluation is two tables and the raw maps (`loop.evaluation.files`); all but the first are streamed, so
memory stays flat:

- `NAME.parquet`, one row a picture: its attributes, what the network predicts, the scores of the first
  method's map at the last stage, corrected where the score can be, and where there are part masks, the
  fraction of the map's evidence on each part beside the fraction of the picture that the part covers;
- `NAME_scores.parquet`, one row a picture × method × layer × target: every score raw and corrected, IoU
  curves, raw evidence, and the reason where there is no score;
- `maps/NAME/`, signed raw maps of the true and the predicted class: `analysis.methods.map_store`.

Columns, units and ranges: `analysis.columns`. How logits become predictions is in `loop.evaluation.judge`,
how maps become scores in `loop.evaluation.scoring`; the figures of a table are in `loop.evaluation.summary`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from torch import Tensor

from analysis import columns
from analysis.columns import part_drop, probability_of
from analysis.methods.capture import true_and_predicted
from analysis.methods.map_store import PICTURE, MapWriter
from analysis.methods.table import Raw, explain, find
from analysis.scores.table import SCORES
from analysis.zoo import entry
from generator.dataset.tables import write_parquet
from loop.config.controller import AttributionSettings
from loop.data.pictures import Labelled
from loop.evaluation.files import EvaluationFiles
from loop.evaluation.judge import batches, judge, prediction_table
from loop.evaluation.scoring import Truth, by_part, scores_of, unscored, wide
from loop.training.classifier import Classifier

NUMBERS = (
    columns.CORRECT, columns.P_TRUE, columns.CONFIDENCE, columns.ENTROPY, columns.LOSS, columns.MASK_AREA,
    columns.RESIDUAL, columns.DROP,
)  # fmt: skip
"""Columns of numbers besides those of alignment and of parts."""
LOWER_IS_BETTER = (columns.ENTROPY, columns.LOSS, columns.RESIDUAL)
"""Those of them that measure how bad a prediction is."""

Advance = Callable[[int], None]


def evaluate(
    classifier: Classifier,
    table: pd.DataFrame,
    labels: Sequence[int],
    files: EvaluationFiles,
    settings: AttributionSettings | None = None,
    advance: Advance = lambda n: None,
) -> pd.DataFrame:
    """Evaluate a network on every picture of a set, and write the evaluation.

    Args:
        table: as `generator.dataset.dataset.read_set` gives it; pictures without a mask get no scores.
        labels: class index of each row.
        files: where the evaluation goes; the folder is made.
        settings: methods and layers of the attribution; None for the defaults.
        advance: called with the number of pictures of each batch once it is evaluated.

    Returns:
        The table of pictures. Its file comes last: where it is there, all of it is.

    Raises:
        UserError: an unknown method or layer.
    """
    card = classifier.card
    attribution = settings or AttributionSettings()
    data = Labelled(tuple(Path(image) for image in table["image"]), tuple(labels))
    parts = []
    with _Sink(files, attribution) as sink:
        for rows, images, label in batches(data, card.image_size):
            truth = Truth.read(table.iloc[rows], card.image_size, classifier.mean.device)
            logits, scored = _attribute(classifier, images, label, truth, attribution, sink)
            predicted = prediction_table(logits, label.tolist(), card.classes)
            parts.append(pd.concat([predicted, scored], axis=1))
            advance(len(images))
    # Without the files' places, so that the table is the same wherever the run lies.
    known = table.drop(columns=["image", "mask"]).reset_index(drop=True)
    pictures = pd.concat([known, pd.concat(parts, ignore_index=True)], axis=1)
    write_parquet(files.table, pictures)
    return pictures


def predict(
    classifier: Classifier,
    data: Labelled,
    advance: Advance = lambda n: None,
    *,
    probabilities: Sequence[str] = (),
) -> pd.DataFrame:
    """One row a picture, columns as in an evaluation, without attribution and attributes.

    Args:
        probabilities: classes whose probability has a column of its own, `probability_CLASS`.
    """
    classes = classifier.card.classes
    judged = judge(classifier, batches(data, classifier.card.image_size), advance=advance)
    chosen = [classes.index(name) for name in probabilities]
    values = judged.logits.double().softmax(1)[:, chosen].numpy()
    beside = pd.DataFrame(values, columns=[probability_of(name) for name in probabilities])
    return pd.concat([prediction_table(judged.logits, data.labels, classes), beside], axis=1)


def is_score(column: str) -> bool:
    """Whether an evaluation with all that can be asked of it has this column of numbers for each picture."""
    aligned = {columns.score_column(score, target) for score in SCORES for target in columns.TARGETS}
    of_parts = (columns.evidence_on("", "")[:-1], columns.area_of(""), part_drop(""))
    return column in {*NUMBERS, *aligned} or column.startswith(of_parts)


def layers_of(network: str, settings: AttributionSettings) -> tuple[str, ...]:
    """The layers that maps are made of, the deciding one last."""
    known = entry(network)
    if settings.layers == "last":
        return (known.cam_layer,)
    wanted = known.stages if settings.layers == "stages" else tuple(settings.layers)
    return (*(layer for layer in wanted if layer != known.cam_layer), known.cam_layer)


def deciding(network: str, settings: AttributionSettings) -> tuple[str, str]:
    """Method and layer whose map decides where a score is asked for without either."""
    method = settings.methods[0]
    return method, layers_of(network, settings)[-1] if find(method).by_layer else PICTURE


class _Sink:
    """Where scores and maps go as they come; files take their names when all is well."""

    def __init__(self, files: EvaluationFiles, settings: AttributionSettings) -> None:
        self.path = files.scores
        self.aside = files.scores.with_name(f".{files.scores.name}.part")
        files.folder.mkdir(parents=True, exist_ok=True)
        self.maps = MapWriter(files.maps, settings.maps)
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


def _attribute(
    classifier: Classifier,
    images: Tensor,
    label: Tensor,
    truth: Truth,
    settings: AttributionSettings,
    sink: _Sink,
) -> tuple[Tensor, pd.DataFrame]:
    """Logits (B, K) float32, and the columns of scores of the batch's pictures."""
    layers = layers_of(classifier.card.network, settings)
    found, refused, seen = explain(
        classifier.network,
        classifier.normalise(images.to(classifier.mean.device)),
        layers,
        true_and_predicted(label),
        settings.methods,
    )
    same = (seen.targets_TB[0] == seen.targets_TB[1]).cpu()
    tables = {at: scores_of(truth, at, raw, same) for at, raw in found.items()}
    tables |= {at: unscored(truth, at, why) for at, why in refused.items()}
    sink.scores(pd.concat(tables.values(), ignore_index=True))
    sink.maps.add(truth.names, dict(_stored(found)))
    main = deciding(classifier.card.network, settings)
    scored = [wide(tables[main], len(images)), by_part(found.get(main), truth)]
    return seen.logits_BK.float().cpu(), pd.concat(scored, axis=1)


def _stored(found: dict[tuple[str, str], Raw]) -> Iterator[tuple[tuple[str, str, str], tuple[Any, Any]]]:
    for (method, layer), raw in found.items():
        maps, scale = raw.maps.float().cpu().numpy(), raw.log_scale.float().cpu().numpy()
        for t, target in enumerate(columns.TARGETS):
            yield (method, layer, target), (maps[t], scale[t])
