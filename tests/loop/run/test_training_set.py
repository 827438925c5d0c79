"""What is learned from, where only a share of what was rendered is."""

from pathlib import Path

import cv2
import numpy as np

from generator.files import write_json
from loop.config.run import LoopConfig
from loop.controllers import RenderRequest
from loop.controllers.decide import oversample
from loop.data.pictures import Labelled, RealData
from loop.run.decisions import Decisions
from loop.run.folder import RunFolder
from loop.run.ledger import Ledger
from loop.run.training_set import TrainingSet
from tests.helpers.runs import TWO_CLASSES


def test_pictures_that_the_share_leaves_out_are_not_repeated(tmp_path: Path) -> None:
    base = tmp_path / "base"
    for kind in ("images", "masks"):
        (base / kind).mkdir(parents=True)
        for number in range(20):
            cv2.imwrite(str(base / kind / f"sedan_y_5_f_{number:04d}.png"), np.full((32, 32), 255, np.uint8))
    photographs = Labelled((np.zeros((32, 32, 3), np.uint8),) * 6, (0, 1) * 3)
    data = {
        **TWO_CLASSES["data"],
        "source": "folder",
        "root": "photos",
        "rendered_fraction": 0.4,
        "image_size": 32,
    }
    config = LoopConfig.model_validate({**TWO_CLASSES, "data": data})
    decisions = Decisions(config, RunFolder(tmp_path), Ledger(tmp_path / "ledger.jsonl", lambda line: None))
    real = RealData(("sedan", "bus"), photographs, photographs)
    training_set = TrainingSet(config, real, real.classes, base, decisions)
    rendered = training_set.rendered(0)
    assert len(rendered) == 4, "0.4 of ten"
    learned = training_set.of(0).data
    assert {path.stem for path in learned.masks if path} == set(rendered["name"])
    (again,) = oversample([RenderRequest({"color": "y"}, 30, "yellow", oversampled=True)], rendered, seed=0)
    assert len(learned.named(again)) == 30


def test_what_a_round_orders_is_not_what_it_has_learned_from(tmp_path: Path) -> None:
    """Killed while it rendered, it looks at the same pictures again."""
    data = {**TWO_CLASSES["data"], "source": "folder", "root": "photos", "image_size": 32}
    config = LoopConfig.model_validate({**TWO_CLASSES, "data": {**data, "rendered": None}})
    decisions = Decisions(config, RunFolder(tmp_path), Ledger(tmp_path / "ledger.jsonl", lambda line: None))
    real = RealData(("sedan", "bus"), *[Labelled((np.zeros((32, 32, 3), np.uint8),) * 2, (0, 1))] * 2)
    training_set = TrainingSet(config, real, real.classes, tmp_path / "base", decisions)
    begun = RunFolder(tmp_path).round(0).renders / "images"
    begun.mkdir(parents=True)
    assert len(training_set.rendered(0)) == 0
    cv2.imwrite(str(begun / "sedan_y_5_f_3000.png"), np.full((32, 32), 255, np.uint8))
    assert len(training_set.rendered(0)) == 0
    gate = {"gain": 0, "low": 0, "high": 0, "harmed": [], "kept": True}
    write_json(RunFolder(tmp_path).round(1).gate, gate)
    assert list(training_set.rendered(1)["name"]) == ["sedan_y_5_f_3000"]
