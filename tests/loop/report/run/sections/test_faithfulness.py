"""The table of faithfulness in the report, from figures that are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from analysis.methods.faithful import wins
from generator.dataset.tables import write_parquet
from loop.report.run import write_report
from loop.report.run.content.run import read_run
from loop.report.run.sections.faithfulness import faithfulness
from tests.helpers.report import make_run

DROPS = {"grad_cam": [0.1, 0.5, 0.3, np.nan], "cam": [0.2, 0.4, 0.3, 0.1], "lift_cam": [0.0, 0.0, 0.0, 0.0]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_run(tmp_path_factory.mktemp("faithfulness") / "run")
    figures = {"layer": "layer4", "increase": [1.0, 0, 0, 0], "deletion": 0.25, "insertion": 0.75}
    tables = [
        pd.DataFrame({"name": list("abcd"), "method": method, "drop": drops, **figures})
        for method, drops in DROPS.items()
    ]
    write_parquet(folder / "rounds/01/probe_faithfulness.parquet", pd.concat(tables))
    return folder


def test_each_figure_has_its_n_and_wins_are_those_of_the_library(run: Path) -> None:
    first, second, third = faithfulness(read_run(run))
    assert [row.method for row in (first, second, third)] == list(DROPS)
    assert first.figures["drop"].mean == pytest.approx(0.3)
    assert (first.figures["drop"].n, first.figures["drop"].missing) == (3, 1)
    assert "win" not in first.figures
    assert first.figures["increase"].mean == 0.25
    one, other = (torch.tensor(DROPS[name]) for name in ("cam", "grad_cam"))
    assert second.figures["win"].mean == pytest.approx(wins(one, other)) == 0.5
    assert (third.figures["win"].mean, third.figures["win"].n) == (1.0, 3)
    assert (third.figures["deletion"].low, third.figures["insertion"].high) == (0.25, 0.75)


def test_the_page_has_the_table_where_it_was_measured(run: Path, tmp_path: Path) -> None:
    assert "How faithful the maps are" in write_report(run).read_text()
    assert "How faithful the maps are" not in write_report(make_run(tmp_path / "other")).read_text()
