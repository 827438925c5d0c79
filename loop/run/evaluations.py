"""The evaluations of a run: its probe, its holdout and its photographs with the network of each round.

Each is one table of the round's folder; where it is there it is not made again. How a set is evaluated is in
`loop.evaluation.evaluate`, what is figured out of a table in `loop.evaluation.summary`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import columns
from generator.dataset.dataset import read_set
from generator.dataset.tables import write_parquet
from generator.errors import UserError
from loop.config.run import LoopConfig
from loop.data.attributes import attributes_of
from loop.data.pictures import Labelled, RealData
from loop.evaluation.evaluate import evaluate, predict
from loop.evaluation.faithfulness import faithfulness
from loop.evaluation.residual import check_residual, with_residual
from loop.evaluation.summary import summary
from loop.progress import track
from loop.run.folder import RunFolder
from loop.run.ledger import Ledger
from loop.run.round_folder import EVALUATED_SETS, TEST, TRAIN, VALID
from loop.training.classifier import Classifier, device


def set_folder(config: LoopConfig, run: RunFolder, name: str) -> Path:
    """Where a rendered set of a run lies: in the run's folder, or where a probe was given."""
    if name == "probe" and config.probe.folder:
        return config.probe.folder
    return run.rendered_set(name)


class Evaluations:
    """The evaluations of one run.

    Args:
        classes: in the order of the network's outputs.
        real: photographs, where there are any; their test part is evaluated too.

    Raises:
        UserError: scores without the vehicle are asked for and cannot be measured.
    """

    def __init__(
        self,
        config: LoopConfig,
        folder: RunFolder,
        classes: Sequence[str],
        real: RealData | None,
        ledger: Ledger,
    ) -> None:
        self.config = config
        self.folder = folder
        self.classes = classes
        self.real = real
        self.ledger = ledger
        check_residual(config)

    def evaluate(self, number: int, classifier: Classifier) -> None:
        """Evaluate the network of a round on all sets; write the figures to the ledger and, last, to the
        round's metrics."""
        classifier = classifier.to(device())
        with self.folder.timed("verify", number):
            metrics = {name: self._evaluate_set(number, name, classifier) for name in EVALUATED_SETS}
            if self.config.attribution.faithfulness:
                self._measure_faithfulness(number, classifier)
            if self.real:
                metrics[TEST] = self._evaluate_photographs(number, classifier, TEST, self.real.test)
                if self.real.attributes is not None and len(self.real.valid):
                    # Whatever the controller is: runs of a study share this round, and others may need it.
                    metrics[VALID] = self._evaluate_photographs(number, classifier, VALID, self.real.valid)
        for name, figures in metrics.items():
            self.ledger.write(number, f"verify {name}", _in_words(figures))
        self.folder.round(number).write_metrics(metrics)

    def evaluate_training_set(self, number: int, rendered: pd.DataFrame, classifier: Classifier) -> None:
        """Evaluate a network on rendered training pictures, with attribution at the last layer only.

        Args:
            rendered: as `generator.dataset.dataset.read_set` gives them.
        """
        folder, step = self.folder.round(number), "look at training"
        settings = self.config.attribution.model_copy(update={"layers": "last"})
        labels = self._labels(rendered)
        with self.folder.timed(step, number), track(step, len(rendered)) as advance:
            evaluate(classifier.to(device()), rendered, labels, folder.evaluation(TRAIN), settings, advance)

    def _evaluate_set(self, number: int, name: str, classifier: Classifier) -> dict[str, Any]:
        folder = self.folder.round(number)
        if not folder.evaluation(name).complete:
            pictures = self._set_folder(name)
            table = read_set(pictures)
            labels = self._labels(table)
            if name == "probe" and self.config.attribution.residual:
                without = self.folder.probe_without
                table = with_residual(table, labels, classifier, self.config, pictures, without)
            with track(f"verify {name} round {number}", len(table)) as advance:
                settings = self.config.attribution
                evaluate(classifier, table, labels, folder.evaluation(name), settings, advance)
        return self._summary(folder.read_evaluation(name), planted=True)

    def _measure_faithfulness(self, number: int, classifier: Classifier) -> None:
        folder = self.folder.round(number)
        table = read_set(self._set_folder("probe"))
        measured = faithfulness(classifier, table, folder.evaluation("probe").maps, self.config.attribution)
        write_parquet(folder.faithfulness, measured)

    def _evaluate_photographs(
        self, number: int, classifier: Classifier, name: str, data: Labelled
    ) -> dict[str, Any]:
        folder = self.folder.round(number)
        files = folder.evaluation(name)
        if not files.complete:
            with track(f"{name} round {number}", len(data)) as advance:
                table = predict(classifier, data, advance, probabilities=list(self.config.classes))
                known = self._attributes(data)
                beside = known.drop(columns=[name for name in known if name in table])
                write_parquet(files.table, pd.concat([table, beside], axis=1))
        return self._summary(folder.read_evaluation(name), planted=False)

    def _attributes(self, data: Labelled) -> pd.DataFrame:
        """Of photographs, a row each; without columns where they are not known."""
        assert self.real is not None
        if self.real.attributes is None:
            return pd.DataFrame(index=range(len(data)))
        return attributes_of(data, self.real.attributes, Path(str(self.config.data.root)))

    def _labels(self, table: pd.DataFrame) -> list[int]:
        return labels_of(table, self.config, self.classes)

    def _summary(self, pictures: pd.DataFrame, *, planted: bool) -> dict[str, Any]:
        base = self.config.data.rendered
        holes = base.holes if base and planted else ()
        return summary(pictures, self.classes, holes, self.config.seed)

    def _set_folder(self, name: str) -> Path:
        return set_folder(self.config, self.folder, name)


def labels_of(table: pd.DataFrame, config: LoopConfig, classes: Sequence[str]) -> list[int]:
    """Class index of each picture by its shape, or by `probe.label` for names that hold no shape.

    Raises:
        UserError: a shape or a picture has no class.
    """
    label = config.probe.label
    if table["shape"].isna().any() and label not in classes:
        name = table.loc[table["shape"].isna(), columns.NAME].iloc[0]
        known = ", ".join(classes)
        raise UserError(
            f"probe.label: {name!r} holds no shape; set it to the pictures' class, one of {known}"
        )
    names = [config.class_of(shape) if shape else str(label) for shape in table["shape"]]
    return [classes.index(name) for name in names]


def _in_words(figures: dict[str, Any]) -> str:
    accuracy = figures["accuracy"]
    interval = f"[{accuracy['low']:.1%}, {accuracy['high']:.1%}]"
    text = f"accuracy {accuracy['mean']:.1%} {interval} of {accuracy['n']}"
    energy = figures["alignment"].get(columns.score_column("energy", "true"), {}).get("mean")
    return text if energy is None else f"{text}, corrected energy on the vehicle {energy:.2f}"
