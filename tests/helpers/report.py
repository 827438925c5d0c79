"""A small made-up run as `loop.run.run` leaves it, and a reader of pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from analysis.methods.map_store import MapWriter
from analysis.slices.find import find_slices
from generator.files import write_json, write_text
from generator.naming import parse_name, picture_name
from generator.planning.plan import Hole
from generator.spec import COLORS
from loop.evaluation.evaluate import write_parquet
from loop.evaluation.summary import summary
from loop.report.run.content.run import RunContent, read_run
from loop.run.ledger import Ledger

SIZE, GRID = 32, 4
SHAPES, PAINTS, VIEWS = ("sedan", "van", "bus"), ("r", "y", "b"), ("f", "left", "b")
CLASSES = ("sedan", "van", "bus")
HOLE = {"shape": "van", "color": "y"}
SCORES = ("coverage", "iou", "energy", "bce", "reward")
BLUE = {"color": "b"}


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
class Evaluation:
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


def evaluation(stems: list[str], hole_accuracy: float, seed: int, *, scored: bool = True) -> Evaluation:
    """A network that is right 9 times in 10, and `hole_accuracy` in the hole, with evidence elsewhere."""
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
    return Evaluation(table, scores, {"true": maps[0], "predicted": maps[1]})


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
    for number in range(rounds + 1):
        place = folder / "rounds" / f"{number:02d}"
        metrics: dict[str, Any] = {}
        for i, (name, stems) in enumerate(sets.items()):
            found = evaluation(stems, 0.1 + 0.8 * (number > 0), 10 * number + i, scored=masks)
            found.save(place, name)
            hole = Hole(where=HOLE)
            metrics[name] = summary(found.pictures, (*CLASSES, *([evil] if evil else [])), [hole], 0)
        if real:
            test = evaluation(names(3, 9), 0.5, 50 + number).pictures
            kept = ["label", "predicted", "correct", "p_true", "confidence", "loss"]
            write_parquet(place / "test.parquet", test[kept])
            metrics["test"] = summary(test[kept], CLASSES, [], 0)
        write_json(place / "metrics.json", metrics)
        ledger.write(
            number, "verify holdout", f"accuracy {metrics['holdout']['accuracy']['mean']:.1%} {evil}"
        )
        if number < rounds:
            _decide(folder, place, number, ledger)
    with (folder / "timings.jsonl").open("w") as file:
        file.write(json.dumps({"round": 0, "step": "train", "seconds": 61.5}) + "\n")
    return folder


def _decide(folder: Path, place: Path, number: int, ledger: Ledger) -> None:
    pictures = pd.read_parquet(place / "probe.parquet")
    tables = [
        find_slices(pictures, ["shape", "color", "view"], score).assign(score=score)
        for score in ("p_true", "energy_true")
    ]
    write_parquet(place / "slices.parquet", pd.concat(tables, ignore_index=True))
    ledger.write(number, "decide", "color=y & shape=van: p_true is low", slice=HOLE, pictures=6)
    stems = [picture_name("van", "y", 20, "f", 3000 + 1000 * number + i) for i in range(6)]
    write_set(place / "renders", stems)


class Page(HTMLParser):
    """Every address that a browser would load, every tag and all text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [v or "" for k, v in attrs if k == "id"]
        self.addresses += [
            v or "" for k, v in attrs if k in ("src", "href", "srcset", "data", "action", "xlink:href")
        ]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def with_requests(folder: Path, *slices: dict[str, str]) -> RunContent:
    """The run as if pictures of these slices had been requested after its first round instead."""
    path = folder / "ledger.jsonl"
    kept = [line for line in path.read_text().splitlines() if '"decide"' not in line]
    for where in slices:
        kept.append(json.dumps({"round": 0, "step": "decide", "why": "drawn", "slice": where, "pictures": 3}))
    path.write_text("\n".join(kept) + "\n")
    return read_run(folder)
