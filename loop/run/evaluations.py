"""What a run verifies: its probe, its holdout and its real pictures with the network of each round.

Each answer is one file of the round's folder; where it is there it is not made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from generator.dataset.dataset import read_set
from generator.dataset.tables import write_parquet
from generator.errors import UserError
from generator.files import write_json
from loop.config.run import LoopConfig
from loop.data.pictures import RealData
from loop.evaluation.evaluate import evaluate, predict
from loop.evaluation.faithfulness import faithfulness
from loop.evaluation.residual import check_residual, with_residual
from loop.evaluation.summary import summary
from loop.progress import timed, track
from loop.run.decisions import TRAIN, round_folder
from loop.run.files import read_table
from loop.run.ledger import Ledger
from loop.training.classifier import Classifier, device

SETS = ("probe", "holdout")
METRICS = "metrics.json"
WITHOUT = "probe_without"
"""Where the probe's scenes lie without the vehicles, among the sets."""


def set_folder(config: LoopConfig, run: Path, name: str) -> Path:
    """Where a rendered set of a run lies."""
    if name == "probe" and config.probe.folder:
        return config.probe.folder
    return run / "sets" / name


class Evaluations:
    """The verifications of one run.

    Raises:
        UserError: a residual that cannot be measured.
    """

    def __init__(
        self, config: LoopConfig, folder: Path, classes: Sequence[str], real: RealData | None, ledger: Ledger
    ) -> None:
        self.config, self.folder, self.classes = config, folder, classes
        self.real, self.ledger = real, ledger
        check_residual(config)

    def evaluate(self, turn: int, classifier: Classifier) -> None:
        """Look at all sets, and tell; `METRICS` comes last."""
        folder, classifier = round_folder(self.folder, turn), classifier.to(device())
        with timed(self.folder, "verify", turn):
            metrics = {name: self._verify_set(turn, name, classifier) for name in SETS}
            if self.config.attribution.faithfulness:
                self._measure_faithfulness(folder, classifier)
            if self.real:
                metrics["test"] = self._test(turn, classifier, self.real)
        for name, found in metrics.items():
            self.ledger.write(turn, f"verify {name}", _in_words(found))
        write_json(folder / METRICS, metrics)

    def look_at_training(self, turn: int, rendered: pd.DataFrame, classifier: Classifier) -> None:
        """Verify the rendered training pictures too."""
        folder, step = round_folder(self.folder, turn), "look at training"
        look = self.config.attribution.model_copy(update={"layers": "last"})
        with timed(self.folder, step, turn), track(step, len(rendered)) as advance:
            evaluate(classifier.to(device()), rendered, self._labels(rendered), folder, TRAIN, look, advance)

    def _verify_set(self, turn: int, name: str, classifier: Classifier) -> dict[str, Any]:
        path = round_folder(self.folder, turn) / f"{name}.parquet"
        if not path.exists():
            pictures = self._set_folder(name)
            table = read_set(pictures)
            labels = self._labels(table)
            if name == "probe" and self.config.attribution.residual:
                without = self.folder / "sets" / WITHOUT
                table = with_residual(table, labels, classifier, self.config, pictures, without)
            with track(f"verify {name} round {turn}", len(table)) as advance:
                evaluate(classifier, table, labels, path.parent, name, self.config.attribution, advance)
        return self._summary(read_table(path), planted=True)

    def _measure_faithfulness(self, folder: Path, classifier: Classifier) -> None:
        table, maps = read_set(self._set_folder("probe")), folder / "maps" / "probe"
        measured = faithfulness(classifier, table, maps, self.config.attribution)
        write_parquet(folder / "probe_faithfulness.parquet", measured)

    def _test(self, turn: int, classifier: Classifier, real: RealData) -> dict[str, Any]:
        path = round_folder(self.folder, turn) / "test.parquet"
        if not path.exists():
            with track(f"test round {turn}", len(real.test)) as advance:
                write_parquet(path, predict(classifier, real.test, advance, tell=list(self.config.classes)))
        return self._summary(read_table(path), planted=False)

    def _labels(self, table: pd.DataFrame) -> list[int]:
        return labels_of(table, self.config, self.classes)

    def _summary(self, pictures: pd.DataFrame, *, planted: bool) -> dict[str, Any]:
        base = self.config.data.rendered
        holes = base.holes if base and planted else ()
        return summary(pictures, self.classes, holes, self.config.seed)

    def _set_folder(self, name: str) -> Path:
        return set_folder(self.config, self.folder, name)


def labels_of(table: pd.DataFrame, config: LoopConfig, classes: Sequence[str]) -> list[int]:
    """Class of each picture by its shape, or the one given for names that say no shape.

    Raises:
        UserError: a shape or a picture has none.
    """
    label = config.probe.label
    if table["shape"].isna().any() and label not in classes:
        name = table.loc[table["shape"].isna(), "name"].iloc[0]
        known = ", ".join(classes)
        raise UserError(f"probe.label: {name!r} says no shape; set it to the pictures' class, one of {known}")
    names = [config.class_of(shape) if shape else str(label) for shape in table["shape"]]
    return [classes.index(name) for name in names]


def _in_words(found: dict[str, Any]) -> str:
    accuracy = found["accuracy"]
    words = (
        f"accuracy {accuracy['mean']:.1%} [{accuracy['low']:.1%}, {accuracy['high']:.1%}] of {accuracy['n']}"
    )
    energy = found["alignment"].get("energy_true", {}).get("mean")
    return words if energy is None else f"{words}, corrected energy on the vehicle {energy:.2f}"
