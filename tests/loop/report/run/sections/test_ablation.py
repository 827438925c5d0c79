"""The section on pictures without their vehicles: known figures, slices and pairs by rule."""

import re
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from analysis.slices.options import SliceTest
from loop.evaluation.evaluate import write_parquet
from loop.report.run import write_report
from loop.report.run.content.run import read_run
from loop.report.run.sections.ablation import ablation, chosen_pairs, highest_slices
from loop.run.folder import RunFolder
from tests.helpers.report import SIZE, make_run


def remove_vehicles(run: Path, number: int) -> pd.DataFrame:
    """Without the vehicle the true class of blue ones has 0.9, of all others 0.1; drops are 2 and 4."""
    path = run / f"rounds/{number:02d}" / "probe.parquet"
    table = pd.read_parquet(path)
    blue = (table["color"] == "b").to_numpy()
    table = table.assign(
        without=table["name"], residual=np.where(blue, 0.9, 0.1), drop=np.where(blue, 2.0, 4.0),
        part_drop_wheel=0.5,
    )  # fmt: skip
    table.loc[0, "residual"] = np.nan
    write_parquet(path, table)
    return table


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_run(tmp_path_factory.mktemp("ablation") / "run")
    tables = [remove_vehicles(folder, number) for number in (0, 1)]
    empty = RunFolder(folder).empty_scenes / "images"
    empty.mkdir(parents=True)
    for name in tables[0]["name"]:
        cv2.imwrite(str(empty / f"{name}.png"), np.full((SIZE, SIZE, 3), 90, np.uint8))
    return folder


def test_means_are_those_of_the_table(run: Path) -> None:
    found = ablation(read_run(run))
    assert found is not None
    table = pd.read_parquet(run / "rounds/01/probe.parquet")
    whole = found.rows[0]
    assert whole.residual[1].mean == pytest.approx(np.nanmean(table["residual"]))
    assert (whole.residual[1].n, whole.residual[1].missing) == (len(table) - 1, 1)
    assert whole.drop.mean == pytest.approx(table["drop"].mean())
    assert [row.label for row in found.rows[1:]] == ["bus", "sedan", "van"]
    for row in found.rows[1:]:
        assert row.residual[0].mean == pytest.approx(table[table["label"] == row.label]["residual"].mean())
    assert [(part, figure.mean) for part, figure in found.parts] == [("wheel", 0.5)]


def test_the_slice_that_stays_is_the_highest_and_significant(run: Path) -> None:
    found = ablation(read_run(run))
    assert found is not None
    rows = {row["slice"]: row for row in found.slices}
    assert all("color=b" in name for name in rows)
    assert found.slices[0]["mean"] == pytest.approx(0.9)
    blue = highest_slices(
        pd.read_parquet(run / "rounds/01/probe.parquet").query("correct == 1"), SliceTest()
    ).set_index("slice").loc["color=b"]  # fmt: skip
    assert blue["rest_mean"] == pytest.approx(0.1)
    assert blue["q"] < 0.001
    assert blue["weak"]


def test_pairs_are_the_highest_of_different_scenes() -> None:
    right = pd.DataFrame({
        "name": list("fedcba"), "without": ["1", "2", "2", "3", "4", "5"],
        "residual": [0.3, 0.9, 0.8, 0.9, np.nan, 0.1],
    })  # fmt: skip
    assert chosen_pairs(right)["name"].tolist() == ["c", "e", "f"]


def test_the_page_shows_pairs_once_for_each_and_says_why(run: Path) -> None:
    page = write_report(run).read_text()
    section = page[page.index('<section id="ablation">') :]
    section = section[: section.index("</section>")]
    assert len(re.findall("without the vehicle</span></figcaption>", section)) == 3
    assert "can prove it: see below" in page


def test_scenes_that_are_gone_or_elsewhere_are_not_shown(run: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    for number in (0, 1):
        table = remove_vehicles(folder, number).assign(without="../../../../secret")
        write_parquet(folder / f"rounds/{number:02d}" / "probe.parquet", table)
    found = ablation(read_run(folder))
    assert found is not None
    assert found.pairs == ()
    assert 'id="ablation"' in write_report(folder).read_text()


def test_chance_is_of_all_classes_of_the_network(run: Path) -> None:
    """Of a network of photographs most classes have no renders."""
    from loop.training.classifier import NetworkCard, fresh_classifier
    from loop.training.weights import save_classifier

    found = ablation(read_run(run))
    assert found is not None
    assert "guessing" not in found.answer, "the network's file is not there"
    card = NetworkCard("alexnet_gap", tuple("abcdefghij"), 32, (0.5,) * 3, (0.5,) * 3)
    save_classifier(fresh_classifier(card, 0, pretrained=False), run / "rounds/00/model.safetensors")
    found = ablation(read_run(run))
    assert found is not None
    assert found.answer.endswith("; guessing among 10 classes would give 10.0\u00a0%.")
    (run / "rounds/00/model.safetensors").unlink()


def test_without_residuals_there_is_no_section(tmp_path: Path) -> None:
    page = write_report(make_run(tmp_path / "run")).read_text()
    assert 'id="ablation"' not in page
    assert "set attribution.residual=true" in page
