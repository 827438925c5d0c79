"""The slices that a controller finds weak."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from generator.files import write_text
from loop.config.controller import ControllerName, ControllerSettings
from loop.controllers import CONTROLLERS, Observation
from loop.controllers import Round as SeenRound
from loop.evaluation.evaluate import write_parquet
from loop.report.run.answer.answer import answer
from loop.report.run.content.run import read_run
from loop.report.run.content.weak_slices import probe_slices, weak_slices
from loop.report.run.sections.weak_slices import weak_tables
from tests.helpers.report import (
    HOLE,
    config,
    make_run,
)


@pytest.mark.parametrize(
    ("name", "first", "score"),
    [
        ("weak", HOLE, "probability of the true class"),
        ("error", HOLE, "accuracy"),
        ("oversample", HOLE, "accuracy"),
        ("alignment", {"color": "b", "shape": "bus"}, "energy of the true class’s map"),
        ("entropy", {"color": "r", "shape": "bus"}, "certainty of the prediction"),
        ("alignment+error", {"color": "b", "shape": "bus"}, "mean of the ranks"),
    ],
)
def test_weak_is_what_the_controller_finds_weak(
    tmp_path: Path, name: ControllerName, first: dict[str, str], score: str
) -> None:
    """By its own score: yellow vans are wrong, blue buses are looked past, red ones are the least certain."""
    run = make_run(tmp_path / "run")
    path = run / "rounds/00/probe.parquet"
    probe = pd.read_parquet(path)
    spread = np.linspace(0, 0.1, len(probe))
    blue, red = ((probe["shape"] == "bus") & (probe["color"] == color) for color in "br")
    probe = probe.assign(entropy=0.5 * red + spread, energy_true=0.8 - 0.7 * blue + spread)
    write_parquet(path, probe)
    settings = ControllerSettings(name=name, score="p_true", slices=4, margin=0.0)
    stated = config(1)
    stated["controller"] = settings.model_dump(mode="json")
    write_text(run / "config.yaml", yaml.safe_dump(stated, sort_keys=False))
    content = read_run(run)
    observation = Observation((SeenRound(probe),), ("shape", "color", "view"), settings, 0)
    requested = [dict(one.where) for one in CONTROLLERS[name].decide(observation)]
    assert requested[0] == first
    assert list(weak_slices(content, content.first)) == requested
    assert [row.selected for row in weak_tables(content)[0].rows if row.where == first] == [True]
    assert f"A slice counts as weak if its {score}" in dict(answer(content).facts)["Question"][2]


def test_what_would_be_weak_is_sought_in_the_attributes_of_the_decisions(low_sun: Path) -> None:
    content = read_run(low_sun)
    assert weak_slices(content, content.first) == content.chosen
    every = probe_slices(content, replace(content.first, slices=None))
    assert every["sun_elevation"].notna().any()
    controller = content.settings.controller.model_copy(update={"max_order": 1})
    settings = content.settings.model_copy(update={"controller": controller})
    single = probe_slices(replace(content, settings=settings), replace(content.first, slices=None))
    assert not single["slice"].str.contains("&").any()
    assert every["slice"].str.contains("&").any()
