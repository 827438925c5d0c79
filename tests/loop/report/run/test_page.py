"""The report of a small made-up run: its figures, its escaping, and that it needs nothing else."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml
from numpy.typing import NDArray

from analysis.methods.map_store import MapWriter
from analysis.slices.binning import bin_attributes, bounds
from analysis.slices.change import paired_change
from analysis.slices.conjunctions import slice_name
from analysis.slices.find import find_slices
from generator.errors import UserError
from generator.files import write_json, write_text
from generator.naming import parse_name, picture_name
from generator.planning.plan import Hole
from generator.spec import COLORS
from loop.config.run import ControllerName, ControllerSettings
from loop.controllers import CONTROLLERS, Observation
from loop.controllers import Round as ArmRound
from loop.evaluation.evaluate import write_parquet
from loop.evaluation.summary import summary
from loop.report.layout.words import number, percent, points, signed, slice_label, slice_words
from loop.report.run import write_report
from loop.report.run.answer import answer
from loop.report.run.changes import slice_changes, within
from loop.report.run.content import RunContent, read_run
from loop.report.run.gallery import colour, gallery, overlay, shared_limit
from loop.report.run.heat_maps import Scale, heat_maps
from loop.report.run.tables import accuracy_tables
from loop.report.run.uncertainty import calibration_error, macro_f1
from loop.report.run.weakness import probe_slices, weak_slices, weak_tables
from loop.run.ledger import Ledger

SIZE, GRID = 32, 4
SHAPES, PAINTS, VIEWS = ("sedan", "van", "bus"), ("r", "y", "b"), ("f", "left", "b")
CLASSES = ("sedan", "van", "bus")
HOLE = {"shape": "van", "color": "y"}
SCORES = ("coverage", "iou", "energy", "bce", "reward")


def names(per_cell: int, block: int) -> list[str]:
    cells = product(SHAPES, PAINTS, VIEWS, range(per_cell))
    return [picture_name(shape, color, 20, view, 1000 * block + i) for shape, color, view, i in cells]


def write_set(folder: Path, stems: list[str], *, masks: bool = True) -> None:
    """Flat pictures in the paint of their vehicle, a rectangle as its mask."""
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[10:24, 6:27] = 255
    for stem in stems:
        paint = 255 * np.array(COLORS[parse_name(stem).color].srgb[::-1])
        image = np.where(mask[..., None] > 0, paint, 90).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"{stem}.png"), image)
        if masks:
            cv2.imwrite(str(folder / "masks" / f"{stem}.png"), mask)


@dataclass(frozen=True)
class Verification:
    pictures: pd.DataFrame
    scores: pd.DataFrame
    maps: dict[str, NDArray[np.float32]]

    def save(self, folder: Path, name: str) -> None:
        writer = MapWriter(folder / "maps" / name, "float32")
        scale = np.zeros(len(self.pictures), np.float32)
        kinds = {("grad_cam", "layer4", target): (maps, scale) for target, maps in self.maps.items()}
        writer.add(self.pictures["name"].tolist(), kinds)
        writer.close()
        write_parquet(folder / f"{name}_scores.parquet", self.scores)
        write_parquet(folder / f"{name}.parquet", self.pictures)


def verification(stems: list[str], hole_accuracy: float, seed: int, *, scored: bool = True) -> Verification:
    """A network that is right 9 times in 10, and `hole_accuracy` in the hole, where it looks elsewhere."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame([{"name": stem, **vars(parse_name(stem))} for stem in stems])
    hole = (table["shape"] == "van") & (table["color"] == "y")
    correct = (rng.random(len(table)) < np.where(hole, hole_accuracy, 0.9)).astype(float)
    p_true = np.where(correct, rng.uniform(0.55, 1, len(table)), rng.uniform(0, 0.45, len(table)))
    wrong = table["shape"].map({"sedan": "van", "van": "bus", "bus": "sedan"})
    table = table.assign(
        image="", mask="", label=table["shape"], predicted=table["shape"].where(correct == 1, wrong),
        correct=correct, p_true=p_true, confidence=np.maximum(p_true, 1 - p_true), loss=-np.log(p_true),
    )  # fmt: skip
    for score, target in product(SCORES, ("true", "predicted")):
        value = np.where(hole & (correct == 0), 0.1, 0.6) + rng.normal(0, 0.05, len(table))
        table[f"{score}_{target}"] = value if scored else np.nan
    corrected = {f"{s}_corrected": np.nan if s == "coverage" else table[f"{s}_true"] for s in SCORES}
    scores = pd.DataFrame({"name": stems, "target": "true", **corrected})
    maps = rng.normal(0, 1, (2, len(table), GRID, GRID)).astype(np.float32)
    return Verification(table, scores, {"true": maps[0], "predicted": maps[1]})


def config(rounds: int, classes: tuple[str, ...] = CLASSES) -> dict[str, Any]:
    return {
        "seed": 0,
        "classes": {name: [shape] for name, shape in zip(classes, SHAPES, strict=True)},
        "data": {
            "source": "rendered", "root": None,
            "rendered": {"count": 500, "holes": [{"where": HOLE, "keep": 0.0}]},
        },
        "network": {"name": "resnet18", "weights": None},
        "render": {"size": SIZE},
        "controller": {"rounds": rounds, "slices": 4, "score": "p_true", "level": 0.05, "min_n": 8},
    }  # fmt: skip


def make_run(
    folder: Path, *, rounds: int = 1, masks: bool = True, real: bool = False, evil: str = ""
) -> Path:
    """A run folder as `loop.run.run` leaves it."""
    settings = config(rounds)
    if evil:
        settings["network"]["name"] = evil
        settings["classes"][evil] = []
    folder.mkdir()
    write_text(folder / "config.yaml", yaml.safe_dump(settings, sort_keys=False))
    command = ["renforce", "loop", evil]
    known = {"command": command, "seed": 0, "packages": {"numpy": "2"}, "machine": {"cores": 2}}
    write_json(folder / "environment.json", known)
    ledger = Ledger(folder / "ledger.jsonl", lambda line: None)
    sets = {"probe": names(3, 1), "holdout": names(4, 2)}
    for name, stems in sets.items():
        write_set(folder / "sets" / name, stems, masks=masks)
    for turn in range(rounds + 1):
        place = folder / "rounds" / f"{turn:02d}"
        metrics: dict[str, Any] = {}
        for i, (name, stems) in enumerate(sets.items()):
            found = verification(stems, 0.1 + 0.8 * (turn > 0), 10 * turn + i, scored=masks)
            found.save(place, name)
            hole = Hole(where=HOLE)
            metrics[name] = summary(found.pictures, (*CLASSES, *([evil] if evil else [])), [hole], 0)
        if real:
            test = verification(names(3, 9), 0.5, 50 + turn).pictures
            kept = ["label", "predicted", "correct", "p_true", "confidence", "loss"]
            write_parquet(place / "test.parquet", test[kept])
            metrics["test"] = summary(test[kept], CLASSES, [], 0)
        write_json(place / "metrics.json", metrics)
        ledger.write(turn, "verify holdout", f"accuracy {metrics['holdout']['accuracy']['mean']:.1%} {evil}")
        if turn < rounds:
            _decide(folder, place, turn, ledger)
    with (folder / "timings.jsonl").open("w") as file:
        file.write(json.dumps({"round": 0, "step": "train", "seconds": 61.5}) + "\n")
    return folder


def _decide(folder: Path, place: Path, turn: int, ledger: Ledger) -> None:
    pictures = pd.read_parquet(place / "probe.parquet")
    tables = [
        find_slices(pictures, ["shape", "color", "view"], score).assign(score=score)
        for score in ("p_true", "energy_true")
    ]
    write_parquet(place / "slices.parquet", pd.concat(tables, ignore_index=True))
    ledger.write(turn, "decide", "color=y & shape=van: p_true is low", slice=HOLE, pictures=6)
    stems = [picture_name("van", "y", 20, "f", 3000 + 1000 * turn + i) for i in range(6)]
    write_set(place / "renders", stems)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "run", real=True)


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return write_report(run).read_text()


class Loads(HTMLParser):
    """Every address that a browser would load, every tag and all text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [v or "" for k, v in attrs if k == "id"]
        self.addresses += [
            v or "" for k, v in attrs if k in ("src", "href", "srcset", "data", "action", "xlink:href")
        ]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_it_lies_in_the_run_folder_and_is_whole(run: Path, page: str) -> None:
    assert (run / "report.html").exists()
    assert page.rstrip().endswith("</html>")
    assert not list(run.glob(".*.part"))


def test_nothing_is_loaded_from_outside(page: str) -> None:
    loads = Loads(page)
    assert loads.addresses
    assert all(re.match(r"data:image/png;base64,|#", address) for address in loads.addresses)
    style = re.findall(r"<style>(.*?)</style>", page, re.S)
    assert not any(word in text for text in style for word in ("url(", "@import"))
    assert not {"link", "iframe", "object", "embed", "base"} & set(loads.tags)
    assert "default-src 'none'" in page


def test_ids_are_unique_and_every_reference_has_one(page: str) -> None:
    loads = Loads(page)
    assert len(loads.ids) == len(set(loads.ids))
    assert {address[1:] for address in loads.addresses if address.startswith("#")} <= set(loads.ids)


def test_the_headline_holds_the_figures_of_metrics_json(run: Path, page: str) -> None:
    before, after = (
        json.loads((run / "rounds" / turn / "metrics.json").read_text())["holdout"]["accuracy"]
        for turn in ("00", "01")
    )
    figures = answer(read_run(run)).figures
    assert f"{percent(before['mean'])} → {percent(after['mean'])}" in figures
    assert f"n = {before['n']}" in figures
    assert " ".join(figures.split()) in Loads(page).text


def test_the_difference_is_that_of_paired_change(run: Path) -> None:
    before, after = (pd.read_parquet(run / "rounds" / turn / "holdout.parquet") for turn in ("00", "01"))
    expected = paired_change(before, after, "correct", ["shape", "color"])
    found = within(read_run(run), "holdout", "correct")
    assert found is not None
    for column in ("n", "before", "after", "difference", "p"):
        assert getattr(found, column) == pytest.approx(expected.iloc[0][column])
    hole = expected[expected["slice"] == "color=y & shape=van"].iloc[0]
    item = slice_changes(read_run(run))[0]
    assert (item.where, item.chosen, item.planted) == (HOLE, True, True)
    assert item.change.n == hole["n"]
    assert item.change.difference == pytest.approx(hole["difference"])
    assert item.change.verdict == "better"


def test_what_lies_outside_the_reinforced_slices_is_told(run: Path) -> None:
    before, after = (pd.read_parquet(run / "rounds" / turn / "holdout.parquet") for turn in ("00", "01"))
    rest = ~((before["shape"] == "van") & (before["color"] == "y"))
    facts = dict(answer(read_run(run)).facts)
    means = f"{percent(before.loc[rest, 'correct'].mean())} → {percent(after.loc[rest, 'correct'].mean())}"
    assert facts["Elsewhere"][0].startswith(f"Outside the reinforced slices: {means}")
    assert f"n = {rest.sum()}" in facts["Elsewhere"][0]


def test_the_answer_names_slices_in_words(run: Path, page: str) -> None:
    text = Loads(page).text
    assert "Yellow vans (color=y & shape=van)" in text
    assert "named among the weak slices" in text
    assert "6\u202frendered pictures".replace("\u202f", " ") in text
    assert "all inside the reinforced slices" in text
    assert "became significantly worse" in text


def test_every_row_of_the_accuracy_tables_agrees_with_metrics_json(run: Path) -> None:
    metrics = json.loads((run / "rounds" / "01" / "metrics.json").read_text())
    tables = accuracy_tables(read_run(run))
    assert [table.title for table in tables] == ["Holdout", "Real test pictures", "Probe"]
    rows = {row.label: row for row in tables[0].rows}
    assert rows["All pictures"].figures[1].mean == metrics["holdout"]["accuracy"]["mean"]
    assert rows["van"].figures[1].low == metrics["holdout"]["classes"]["van"]["low"]
    assert rows["yellow vans"].figures[1].n == metrics["holdout"]["planted"]["color=y & shape=van"]["n"]
    assert rows["Macro F1"].figures[1].mean == metrics["holdout"]["macro_f1"]


def test_the_table_of_weak_slices_is_that_of_the_score_that_decides(run: Path) -> None:
    slices = pd.read_parquet(run / "rounds" / "00" / "slices.parquet")
    deciding = slices[slices["score"] == "p_true"]
    table = weak_tables(read_run(run))[0]
    assert (table.tested, table.weak) == (len(deciding), deciding["weak"].sum())
    first = table.rows[0]
    assert (first.where, first.named, first.chosen, first.planted) == (HOLE, True, True, True)
    assert first.by == ("energy_true",)
    assert first.mean == deciding.iloc[0]["mean"]


def test_bootstrapped_measures_are_those_of_metrics_json(run: Path) -> None:
    pictures = pd.read_parquet(run / "rounds" / "00" / "holdout.parquet")
    metrics = json.loads((run / "rounds" / "00" / "metrics.json").read_text())["holdout"]
    mean, low, high = macro_f1(pictures, 0)
    assert mean == metrics["macro_f1"]
    assert low < mean < high
    mean, low, high = calibration_error(pictures, 0)
    assert mean == pytest.approx(metrics["calibration_error"], abs=1e-5)
    assert 0 <= low < high


def test_the_interval_of_a_calibration_error_holds_its_figure() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        confidence = rng.uniform(0.5, 1, 300)
        correct = (rng.random(300) < confidence).astype(float)
        found, low, high = calibration_error(
            pd.DataFrame({"confidence": confidence, "correct": correct}), seed
        )
        assert low <= found <= high


def test_raised_logits_are_told(tmp_path: Path) -> None:
    content = read_run(make_run(tmp_path / "run"))
    assert "logits" not in " ".join(dict(answer(content).facts)["How far this goes"])
    raised = replace(content, config=content.config | {"train": {"retrain_logit_adjustment": 0.3}})
    assert (
        "raised by 0.3 (train.retrain_logit_adjustment)"
        in dict(answer(raised).facts)["How far this goes"][-2]
    )


def test_one_scale_for_all_maps() -> None:
    weak, strong = np.full((2, 2), 0.5, np.float32), np.full((2, 2), 0.5, np.float32)
    strong[0, 0] = 4.0
    limit, beyond = shared_limit([weak, strong])
    assert 0.5 < limit < 4.0
    assert beyond == pytest.approx(1 / 8)
    assert (overlay(weak, 8, limit)[-1, -1] == overlay(strong, 8, limit)[-1, -1]).all()
    assert (overlay(weak, 8, limit)[-1, -1] != overlay(strong, 8, limit)[0, 0]).any()
    zero, plus, minus, past = colour(np.array([0.0, 1.0, -1.0, 9.0]), 1.0)
    assert zero[3] == 0
    assert plus[0] > plus[2]
    assert minus[2] > minus[0]
    assert (past == plus).all()


def test_maps_in_the_page_are_drawn_on_the_limit_that_is_printed(run: Path, page: str) -> None:
    content = read_run(run)
    found = gallery(content)
    assert found is not None
    shown = found.slices[0][2][0]
    for turn, look in zip(content.rounds, shown.looks, strict=True):
        pixels = cv2.imdecode(_decoded(look.overlay), cv2.IMREAD_UNCHANGED)
        assert pixels is not None
        expected = overlay(turn.maps()[shown.name], found.side, found.limit)
        assert (pixels[..., 3] == expected[..., 3]).all()
        assert look.overlay in page
    assert f"+{number(found.limit, 3)}" in page


def _decoded(uri: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8)


def test_pictures_are_chosen_by_rule(run: Path) -> None:
    table = pd.read_parquet(run / "rounds" / "00" / "holdout.parquet")
    inside = table[(table["shape"] == "van") & (table["color"] == "y")].sort_values("p_true")
    found = gallery(read_run(run))
    assert found is not None
    _, n, shown = found.slices[0]
    assert n == len(inside) == 12
    assert [item.name for item in shown] == inside["name"].iloc[[0, 1, 2, 3, 5, 6]].tolist()


def test_heat_maps_share_a_scale_and_leave_small_cells_grey(run: Path) -> None:
    pairs = {pair.title: pair for pair in heat_maps(read_run(run))}
    small = pairs["view × colour"].maps[0][1][0]
    assert all(cell.n == 12 and cell.text for _, _, cells in small.rows for cell in cells)
    quantity, (before, after) = pairs["shape × colour"].maps[0]
    cells = {(m.round, name): c for m in (before, after) for name, _, c in m.rows}
    yellow = [word for word, _ in before.columns].index("yellow")
    assert cells[0, "van"][yellow].mark == (True, True)
    assert cells[0, "van"][yellow - 1].mark == (False, False)
    assert [pair.title for pair in pairs.values() if pair.open] == ["shape × colour"]
    assert cells[0, "van"][yellow].depth > cells[1, "van"][yellow].depth
    same = {(c.text, c.depth) for row in cells.values() for c in row}
    assert len({text for text, _ in same}) == len(same)
    assert quantity.scale.high == 1.0


def test_a_scale_ends_where_it_says() -> None:
    scale = Scale(0.5, 1.0)
    assert [scale.depth(value) for value in (0.2, 0.5, 0.75, 1.0, 1.2)] == [1, 1, 0.5, 0, 0]


def test_hostile_names_are_shown_not_run(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    page = write_report(make_run(tmp_path / "run", evil=evil)).read_text()
    loads = Loads(page)
    assert loads.tags.count("script") == 3
    assert "alert(1)" not in re.findall(r"<script>(.*?)</script>", page, re.S)
    assert "x" not in loads.addresses
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4


def test_one_round_is_a_verification(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    text = Loads(write_report(run).read_text()).text
    assert "Verified once, nothing added" in text
    assert "Yellow vans (color=y & shape=van)" in text
    assert "→" not in text
    assert "Difference" not in text


def test_without_masks_there_is_no_alignment(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", masks=False, rounds=0)
    text = Loads(write_report(run).read_text()).text
    assert "No picture has a score" in text
    assert "no real test set" in text


def test_three_rounds_compare_the_first_and_the_last(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=2)
    content = read_run(run)
    assert all(len(row.figures) == 3 for row in accuracy_tables(content)[0].rows)
    assert content.chosen == (HOLE,)
    assert "12 rendered pictures in 2 rounds" in Loads(write_report(run).read_text()).text


def test_holdout_pictures_may_be_gone(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    for image in (run / "sets" / "holdout" / "images").iterdir():
        image.unlink()
    (run / "sets" / "holdout" / "images").rmdir()
    assert 'id="pictures"' not in write_report(run).read_text()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rounds/00/metrics.json", "{", "the command that made the run again"),
        ("rounds/01/metrics.json", "{}", "holds no 'probe'; remove it and what says that the run is done"),
        ("rounds/01/gate.json", "{", "the command that made the run again"),
        ("rounds/01/holdout.parquet", "{", "cannot be read as Parquet"),
        ("rounds/01/holdout.parquet", None, "does not exist; remove it and what says that the run is done"),
        ("ledger.jsonl", "{\n", "line 1 is no JSON"),
        ("environment.json", "{", "put {} into it to report without it"),
        ("environment.json", None, "No such file or directory"),
        ("config.yaml", "[]", "restore it from a copy"),
        ("config.yaml", None, "is this the folder of a run"),
    ],
)
def test_a_damaged_file_is_said_with_what_mends_it(
    run: Path, page: str, name: str, content: str | None, says: str
) -> None:
    path = run / name
    before = path.read_bytes() if path.exists() else None
    try:
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content)
        with pytest.raises(UserError, match=re.escape(says)) as caught:
            write_report(run)
        assert str(path) in str(caught.value)
    finally:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)


def test_a_set_planned_by_slices_is_counted(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    stated = yaml.safe_load((run / "config.yaml").read_text())
    parts = [{"where": {"view": "b"}, "budget": 30}, {"where": {"color": "y"}, "budget": 12}]
    stated["data"]["rendered"] |= {"count": None, "slices": parts}
    write_text(run / "config.yaml", yaml.safe_dump(stated))
    assert "42 rendered pictures" in write_report(run).read_text()


def test_rounds_go_on_after_the_ninety_ninth(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=1)
    (run / "rounds/01").rename(run / "rounds/100")
    assert [turn.number for turn in read_run(run).rounds] == [0, 100]


def test_a_run_whose_environment_is_lost_is_reported_without_it(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", rounds=0)
    write_text(run / "environment.json", "{}")
    assert "Yellow vans" in write_report(run).read_text()


def test_a_folder_without_a_verified_round_is_refused(tmp_path: Path) -> None:
    write_text(tmp_path / "config.yaml", yaml.safe_dump(config(1)))
    write_json(tmp_path / "environment.json", {})
    with pytest.raises(UserError, match="no verified round"):
        write_report(tmp_path)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"color": "y", "shape": "van"}, "yellow vans"),
        ({"view": "bleft"}, "vehicles seen from the rear left"),
        ({"shape": "bus", "view": "b"}, "buses seen from the rear"),
        ({"color": "k", "angle": 20}, "black vehicles at 20° elevation"),
        ({"color": "y", "family": "minibus"}, "yellow vehicles of the family minibus"),
        ({"family": "usual"}, "vehicles of a shape without families"),
        (
            {"shape": "bus", "sun_elevation": "8..22", "haze": 0},
            "buses with sun elevation 8 to 22 and haze 0",
        ),
    ],
)
def test_slices_in_words(where: dict[str, str | int], words: str) -> None:
    assert slice_words(where) == words
    assert slice_label(where).startswith(f"{words} (")


def test_numbers_in_words() -> None:
    assert [number(-0.001), number(-1.5), number(None), number(float("nan"))] == ["0.00", "−1.50", "–", "–"]
    assert [signed(0.1), signed(-0.1), signed(0.001)] == ["+0.10", "−0.10", "0.00"]
    assert [percent(0.8123), points(0.053), points(-0.019)] == ["81.2\u00a0%", "+5.3", "−1.9"]


def test_what_was_drawn_or_ordered_of_anything_is_not_called_a_slice(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    ledger = run / "ledger.jsonl"
    kept = [line for line in ledger.read_text().splitlines() if '"decide"' not in line]
    for figures in ({"cells": 3, "pictures": 4}, {"pictures": 2}):
        kept.append(json.dumps({"round": 0, "step": "decide", "why": "by lot", **figures}))
    ledger.write_text("\n".join(kept) + "\n")
    content = read_run(run)
    assert content.chosen == ()
    assert content.first.asked == {"drawn": 4, "anywhere": 2}
    facts = dict(answer(content).facts)
    (added,) = facts["Added"]
    assert "4 of combinations that the controller drew and 2 of anything" in added
    assert facts["Found weak"] == ("Yellow vans (color=y & shape=van).",), "weak, if not ordered"
    assert "Reinforced slices" not in facts


BLUE = {"color": "b"}


def reordered(folder: Path, *slices: dict[str, str]) -> RunContent:
    """The run as if its first round had ordered pictures of these slices instead."""
    path = folder / "ledger.jsonl"
    kept = [line for line in path.read_text().splitlines() if '"decide"' not in line]
    for where in slices:
        kept.append(json.dumps({"round": 0, "step": "decide", "why": "drawn", "slice": where, "pictures": 3}))
    path.write_text("\n".join(kept) + "\n")
    return read_run(folder)


def test_what_was_ordered_for_other_reasons_is_reinforced_and_not_found_weak(tmp_path: Path) -> None:
    """As a bandit orders what it drew, and `controller.broaden` parents: yellow vans alone are weak."""
    content = reordered(make_run(tmp_path / "run"), BLUE, {"shape": "van"})
    facts = dict(answer(content).facts)
    assert facts["Found weak"] == ("Yellow vans (color=y & shape=van).",)
    assert facts["Planted slices"][0].startswith("Yellow vans (color=y & shape=van), which training did not")
    assert ": named among the weak slices." in facts["Planted slices"][0]
    assert {tuple(item.where) for item in slice_changes(content) if item.chosen} == {("color",), ("shape",)}
    rows = {slice_name(row.where): row for row in weak_tables(content)[0].rows}
    assert [(rows[name].named, rows[name].chosen) for name in ("color=y & shape=van", "color=b")] == [
        (True, False),
        (False, True),
    ]
    assert [ill.name for ill in weak_tables(content)[0].ills] == ["color=y & shape=van"]


def test_a_planted_slice_that_was_ordered_and_is_not_weak_is_not_called_named(tmp_path: Path) -> None:
    """As the oracle orders it, whatever the network makes of it."""
    folder = make_run(tmp_path / "run")
    sound = verification(names(3, 1), 0.9, 0).pictures
    write_parquet(folder / "rounds/00/probe.parquet", sound)
    found = find_slices(sound, ["shape", "color", "view"], "p_true").assign(score="p_true")
    write_parquet(folder / "rounds/00/slices.parquet", found)
    content = reordered(folder, HOLE)
    facts = dict(answer(content).facts)
    assert facts["Found weak"] == ("No slice of the probe lies significantly below the rest.",)
    assert ": not named among the weak slices." in facts["Planted slices"][0]
    assert facts["Reinforced slices"][0].startswith("In the reinforced slices together")


@pytest.mark.parametrize(
    ("arm", "first", "words"),
    [
        ("weak", HOLE, "probability of the true class"),
        ("error", HOLE, "share of right predictions"),
        ("oversample", HOLE, "share of right predictions"),
        ("alignment", {"color": "b", "shape": "bus"}, "energy of the true class’s map"),
        ("entropy", {"color": "r", "shape": "bus"}, "certainty of the prediction"),
        ("alignment+error", {"color": "b", "shape": "bus"}, "mean of the ranks"),
    ],
)
def test_weak_is_what_the_arm_finds_weak(
    tmp_path: Path, arm: ControllerName, first: dict[str, str], words: str
) -> None:
    """By its own score: yellow vans are wrong, blue buses are looked past, red ones are the least certain."""
    run = make_run(tmp_path / "run")
    path = run / "rounds/00/probe.parquet"
    probe = pd.read_parquet(path)
    spread = np.linspace(0, 0.1, len(probe))
    blue, red = ((probe["shape"] == "bus") & (probe["color"] == color) for color in "br")
    probe = probe.assign(entropy=0.5 * red + spread, energy_true=0.8 - 0.7 * blue + spread)
    write_parquet(path, probe)
    settings = ControllerSettings(name=arm, score="p_true", slices=4, margin=0.0)
    stated = config(1)
    stated["controller"] = settings.model_dump(mode="json")
    write_text(run / "config.yaml", yaml.safe_dump(stated, sort_keys=False))
    content = read_run(run)
    evidence = Observation((ArmRound(probe),), ("shape", "color", "view"), settings, 0)
    ordered = [dict(order.where) for order in CONTROLLERS[arm].decide(evidence)]
    assert ordered[0] == first
    assert list(weak_slices(content, content.first)) == ordered
    assert [row.named for row in weak_tables(content)[0].rows if row.where == first] == [True]
    assert f"A slice counts as weak where its {words}" in dict(answer(content).facts)["Asked"][2]


@pytest.fixture
def low_sun(tmp_path: Path) -> Path:
    """A run in which the network fails where the sun is low, whatever the vehicle, until it is retrained."""
    run = make_run(tmp_path / "run")
    for path in run.glob("rounds/*/*.parquet"):
        if path.stem in ("probe", "holdout"):
            pictures = pd.read_parquet(path)
            sun = np.random.default_rng(len(pictures)).uniform(0, 80, len(pictures))
            right = (sun >= 20) | (path.parent.name == "01")
            known = pictures.assign(sun_elevation=sun, correct=1.0 * right, p_true=np.where(right, 0.9, 0.1))
            write_parquet(path, known)
    binned, bins = bin_attributes(pd.read_parquet(run / "rounds/00/probe.parquet"), ["sun_elevation"])
    found = find_slices(binned, ["shape", "color", "view", "sun_elevation"], "p_true")
    write_parquet(run / "rounds/00/slices.parquet", found.assign(score="p_true"))
    lowest = {"sun_elevation": bins.of["sun_elevation"][0].label}
    order = {"round": 0, "step": "decide", "why": "low", "slice": lowest, "pictures": 6}
    ledger = run / "ledger.jsonl"
    kept = [line for line in ledger.read_text().splitlines() if '"decide"' not in line]
    ledger.write_text("\n".join([*kept, json.dumps(order)]) + "\n")
    return run


def test_slices_of_numbers_are_named_and_followed_by_their_bins(low_sun: Path) -> None:
    content = read_run(low_sun)
    (where,) = content.chosen
    low, high = bounds(str(where["sun_elevation"]))
    first = weak_tables(content)[0].rows[0]
    assert (first.where, first.chosen) == (where, True)
    sun, before, after = (
        pd.read_parquet(low_sun / place)[column].to_numpy()
        for place, column in (
            ("rounds/00/holdout.parquet", "sun_elevation"),
            ("rounds/00/holdout.parquet", "correct"),
            ("rounds/01/holdout.parquet", "correct"),
        )
    )
    mine = (sun >= low) & (sun < high)
    change = next(one.change for one in slice_changes(content) if one.where == where)
    assert (change.n, change.before, change.after) == (mine.sum(), before[mine].mean(), after[mine].mean())
    assert change.verdict == "better"
    assert "vehicles with sun elevation" in write_report(low_sun).read_text()


def test_bins_are_known_where_the_score_that_decides_is_no_column(low_sun: Path) -> None:
    """As by `entropy`: its slices are listed by other scores alone."""
    config = yaml.safe_load((low_sun / "config.yaml").read_text())
    config["controller"]["name"] = "entropy"
    (low_sun / "config.yaml").write_text(yaml.safe_dump(config))
    content = read_run(low_sun)
    assert content.first.slices is not None
    assert content.first.slices.empty
    (where,) = content.chosen
    assert (content.first.pictures["holdout"]["sun_elevation"] == where["sun_elevation"]).sum() > 0


def test_what_would_be_weak_is_sought_in_the_attributes_of_the_decisions(low_sun: Path) -> None:
    content = read_run(low_sun)
    assert weak_slices(content, content.first) == content.chosen
    every = probe_slices(content, replace(content.first, slices=None))
    assert every["sun_elevation"].notna().any()
    content.config["controller"]["max_order"] = 1
    single = probe_slices(content, replace(content.first, slices=None))
    assert not single["slice"].str.contains("&").any()
    assert every["slice"].str.contains("&").any()


def test_what_was_rolled_back_is_told_and_not_compared(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", rounds=2)
    gate = {"gain": 0.0, "low": -0.1, "high": 0.1, "harmed": ["color=r"]}
    write_json(folder / "rounds/01/gate.json", {**gate, "harmed": [], "kept": True})
    write_json(folder / "rounds/02/gate.json", {**gate, "kept": False})
    content = read_run(folder)
    assert weak_slices(content, content.rounds[1]) == (), "mended"
    assert (content.last.number, [turn.number for turn in content.ends]) == (1, [0, 1])
    said = dict(answer(content).facts)["Rolled back"]
    assert said[0] == "Round 2, since it made a slice or class of the probe significantly worse."
    assert "Rolled back" in write_report(folder).read_text()
    write_json(folder / "rounds/01/gate.json", {**gate, "kept": False})
    content = read_run(folder)
    assert content.last.number == 0
    assert weak_slices(content, content.rounds[1]) == (HOLE,), "decided by the round that stood"
    assert answer(content).headline.startswith("Every round made something worse")
    assert "round 1 and round 2" in dict(answer(content).facts)["Rolled back"][0].lower()
    write_report(folder)


def test_each_weak_slice_is_diagnosed(run: Path, page: str) -> None:
    """The hole is wrong, its loss high and its evidence off the vehicle: data are missing."""
    (ill,) = weak_tables(read_run(run))[0].ills
    assert (ill.name, ill.kind) == ("color=y & shape=van", "missing data")
    probe = pd.read_parquet(run / "rounds/00/probe.parquet")
    hole = (probe["shape"] == "van") & (probe["color"] == "y")
    assert ill.n == hole.sum()
    assert ill.error.here == pytest.approx(1 - probe.loc[hole, "correct"].mean())
    assert ill.error.rest == pytest.approx(1 - probe.loc[~hole, "correct"].mean())
    assert ill.loss.here == pytest.approx(probe.loc[hole, "loss"].mean())
    assert ill.alignment.here == pytest.approx(probe.loc[hole, "energy_true"].mean())
    assert "data are missing: " in page
    assert f"rest {100 * ill.error.rest:.0f}" in page


def test_slices_are_listed_with_what_their_parents_make_of_them(run: Path) -> None:
    table = weak_tables(read_run(run))[0]
    rows = {tuple(sorted(row.where.items())): row for row in table.rows}
    hole = rows[("color", "y"), ("shape", "van")]
    assert hole.mean < hole.estimate < hole.rest
    assert hole.estimate_low < hole.estimate < hole.estimate_high
