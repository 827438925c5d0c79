"""What was asked, and the limits of the answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml

from generator.files import write_text
from loop.report.run import write_report
from loop.report.run.answer.answer import answer
from loop.report.run.content.run import read_run
from tests.helpers.report import (
    make_run,
)


def test_raised_logits_are_named_among_the_limits(tmp_path: Path) -> None:
    content = read_run(make_run(tmp_path / "run"))
    assert "logits" not in " ".join(dict(answer(content).facts)["Limits"])
    train = content.settings.train.model_copy(update={"retrain_logit_adjustment": 0.3})
    raised = replace(content, settings=content.settings.model_copy(update={"train": train}))
    assert "raised by 0.3 (train.retrain_logit_adjustment)" in dict(answer(raised).facts)["Limits"][-2]


def test_a_set_planned_by_slices_is_counted(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    stated = yaml.safe_load((run / "config.yaml").read_text())
    parts = [{"where": {"view": "b"}, "budget": 30}, {"where": {"color": "y"}, "budget": 12}]
    stated["data"]["rendered"] |= {"count": None, "slices": parts}
    write_text(run / "config.yaml", yaml.safe_dump(stated))
    assert "42 rendered pictures" in write_report(run).read_text()
