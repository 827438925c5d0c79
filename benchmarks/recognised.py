"""`make bench-recognised JUDGE=FILE`: how many renders a classifier of photographs takes for vehicles.

    python -m benchmarks.recognised recognise.py [FOLDER]

`recognise.py` is a Python file of yours with a classifier trained on CIFAR-10's photographs, the judge:
`load_judge()`, `square_crop(image, mask)`, `to_input(image)` and `CLASSES`. FOLDER holds CIFAR-10's test
photographs, a folder for every class. Measured is the fraction that is classified as automobile or truck: of
the pictures of `configs/render.yaml`, of the same plan with all environments, and of the photographs of
automobiles and trucks, if FOLDER is given.

A slice of shape × view holds few pictures of the first plan, so that the worst of many is the worst mostly by
chance. Therefore the slices below `SUSPECT` are measured again on `RETRIED` new renders of other vehicles
each. Contrast and sharpness are those of the 32 px that the classifier sees: standard deviation of grey, and
mean absolute Laplacian. Renders stay in `runs/bench/recognised-*` and are not repeated. The figures go to
`benchmarks/results.json` (`recognised_*`), the three worst slices to `docs/worst.jpg`.
"""

from __future__ import annotations

import argparse
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy import stats

from benchmarks.results import keep
from generator.dataset.dataset import read_set
from generator.dataset.pixels import read_image, read_mask
from generator.files import write_bytes
from generator.spec import ENVIRONMENTS, SHAPES, VIEWS
from loop.config.load import load
from loop.config.run import RenderConfig
from renforce import render

NATIVE = 224
"""Side in pixels of the renders."""
RUNS = Path("runs/bench")
CONFIG = Path("configs/render.yaml")
SETS = {
    "plain": [],
    "environments": ["pictures.count=640", f"scene.environment=[{', '.join(ENVIRONMENTS)}]"],
}
"""Set -> what it changes in the configuration."""

SUSPECT = 0.9
"""Slices of which a smaller fraction is recognised are measured again."""

RETRIED = 48
"""Pictures of each of these slices."""

RETRY_BLOCK = 2
"""Block of vehicles from which they are drawn; the first plan has another."""

WORST = Path("docs/worst.jpg")

Pixels = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("judge", type=Path)
    parser.add_argument("photographs", type=Path, nargs="?")
    args = parser.parse_args()
    judge = Judge(args.judge)
    if args.photographs:
        keep_photographs(judge, args.photographs)
    for name, changes in SETS.items():
        config = load(RenderConfig, CONFIG, changes)
        table, crops = judged(judge, config, RUNS / f"recognised-{name}")
        keep_set(name, table, config.seed, appearance(crops))
        if name == "plain":
            retried, _ = judged(judge, retry(suspects(table)), RUNS / "recognised-again")
            keep_worst(retried, len(recognised_by_slice(table)), config.seed)


class Judge:
    """The classifier of a Python file, with its preparation of pictures."""

    def __init__(self, path: Path) -> None:
        spec = spec_from_file_location("judge", path)
        assert spec is not None
        assert spec.loader is not None
        self._module = module_from_spec(spec)
        spec.loader.exec_module(self._module)
        self._network = self._module.load_judge()

    def crop(self, image: Pixels, mask: NDArray[np.bool_]) -> Pixels:
        """The square around the mask, 32 pixels wide."""
        square = self._module.square_crop(image, mask)
        return np.asarray(cv2.resize(square, (32, 32), interpolation=cv2.INTER_AREA), np.uint8)

    @torch.inference_mode()
    def labels(self, images: list[Pixels]) -> list[str]:
        """The class of each picture (32, 32, 3)."""
        inputs = torch.stack([self._module.to_input(image) for image in images])
        return [self._module.CLASSES[int(k)] for k in self._network(inputs).argmax(1)]


def judged(judge: Judge, config: RenderConfig, folder: Path) -> tuple[pd.DataFrame, list[Pixels]]:
    """The set of a configuration with the class that the judge gives each picture, and the crops that it saw.

    The table has the columns `label`, and `recognised`: 1 where that is a vehicle, else 0.
    """
    render(config, folder)
    table = read_set(folder)
    masks = (read_mask(Path(mask), NATIVE) for mask in table["mask"])
    crops = [judge.crop(read(i), mask) for i, mask in zip(table["image"], masks, strict=True)]
    table["label"] = judge.labels(crops)
    table["recognised"] = table["label"].isin(VEHICLES).astype(float)
    return table, crops


def recognised_by_slice(table: pd.DataFrame) -> pd.DataFrame:
    """`shape`, `view`, `mean` (fraction recognised), `size` (number of pictures); the worst first."""
    slices = table.groupby(["shape", "view"])["recognised"].agg(["mean", "size"]).reset_index()
    return slices.sort_values("mean", kind="stable")


def suspects(table: pd.DataFrame) -> list[dict[str, str]]:
    """Slices of shape × view of which less than `SUSPECT` is recognised; the worst three at least."""
    slices = recognised_by_slice(table)
    count = max(3, int((slices["mean"] < SUSPECT).sum()))
    return [
        {"shape": shape, "view": view}
        for shape, view in zip(slices["shape"][:count], slices["view"][:count], strict=True)
    ]


def retry(slices: list[dict[str, str]]) -> RenderConfig:
    """A configuration of these slices alone, with vehicles that the first plan does not have."""
    wanted = json.dumps([{"where": where, "budget": RETRIED} for where in slices])
    changes = ["pictures.count=null", f"pictures.slices={wanted}", f"block={RETRY_BLOCK}"]
    return load(RenderConfig, CONFIG, changes)


def read(path: str) -> Pixels:
    """A picture (H, W, 3), channels in the order blue, green, red."""
    return np.asarray(cv2.imread(path), np.uint8)


def appearance(images: list[Pixels]) -> dict[str, float]:
    """Mean contrast and sharpness of pictures."""
    grey = np.stack(images).mean(3) / 255
    middle = grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    return {
        "contrast": round(float(grey.std((1, 2)).mean()), 4),
        "sharpness": round(float(abs(4 * middle - around).mean()), 4),
    }


def keep_photographs(judge: Judge, folder: Path) -> None:
    """Keep the fraction of photographs of automobiles and trucks that is recognised."""
    images = [read(str(path)) for name in VEHICLES for path in sorted((folder / name).iterdir())]
    recognised = [label in VEHICLES for label in judge.labels(images)]
    keep_recognised("photographs", sum(recognised), len(recognised), 0, **appearance(images))


def keep_recognised(name: str, count: int, n: int, seed: int, **more: Any) -> None:
    """Keep the fraction recognised, with its Wilson interval."""
    interval = stats.binomtest(count, n).proportion_ci(method="wilson")
    what = f"fraction classified as automobile or truck by a network trained on photographs: {CAPTIONS[name]}"
    low, high = float(interval.low), float(interval.high)
    key = "recognised_share_photographs" if name == "photographs" else f"recognised_share_{name}_{NATIVE}"
    keep(key, what, count / n, "share", low=low, high=high, n=n, seed=seed, **more)


def keep_set(name: str, table: pd.DataFrame, seed: int, found: dict[str, float]) -> None:
    """Keep the fraction of a set that is recognised, by shape × view and by every other attribute beside."""
    slices = {shape: recognised_by_view(table[table["shape"] == shape]) for shape in SHAPES}
    slices["all"] = recognised_by_view(table)
    by = {
        attribute: {
            str(value): round(float(fraction), 4)
            for value, fraction in table.groupby(attribute)["recognised"].mean().items()
        }
        for attribute in ("color", "angle", "environment", "finish", "shape")
    }
    labels = {str(label): int(count) for label, count in table["label"].value_counts().items()}
    count = int(table["recognised"].sum())
    keep_recognised(name, count, len(table), seed, **found, slices=slices, by=by, labels=labels)


VEHICLES = ("automobile", "truck")
CAPTIONS = {
    "plain": f"renders at {NATIVE} px, plain environments",
    "environments": f"renders at {NATIVE} px, all environments",
    "photographs": "photographs of CIFAR-10's test set",
}


def keep_worst(table: pd.DataFrame, of: int, seed: int) -> None:
    """Keep the worst slice of shape × view, and draw the three worst.

    Args:
        table: the slices that were measured again.
        of: how many slices of shape × view there are in all.
    """
    slices = recognised_by_slice(table)
    count = round(slices["mean"].iloc[0] * RETRIED)
    interval = stats.binomtest(count, RETRIED).proportion_ci(method="wilson")
    first = slices.head(3)
    worst = list(zip(first["shape"], first["view"], first["mean"], strict=True))
    keep(
        f"recognised_worst_slice_{NATIVE}",
        "fraction classified as automobile or truck in the worst slice of shape × view, plain environments",
        float(slices["mean"].iloc[0]),
        "share",
        low=float(interval.low),
        high=float(interval.high),
        n=int(slices["size"].iloc[0]),
        seed=seed,
        worst={f"{shape} {view}": round(fraction, 4) for shape, view, fraction in worst},
        below_85=int((slices["mean"] < 0.85).sum()),
        again=len(slices),
        cells=of,
    )
    rows = [
        table[(table["shape"] == shape) & (table["view"] == view)]
        .sort_values("recognised", kind="stable")
        .head(8)
        for shape, view, _ in worst
    ]
    picture = np.vstack([strip(row) for row in rows])
    _, jpeg = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    write_bytes(WORST, jpeg.tobytes())


def strip(row: pd.DataFrame, most: int = 8) -> Pixels:
    """Pictures side by side, black where there are fewer than `most`."""
    cells = [labelled(*each) for each in zip(row["image"], row["label"], strict=True)]
    return np.hstack([*cells, *[np.zeros_like(cells[0])] * (most - len(cells))])


def labelled(image: str, label: str, cell: int = 128) -> NDArray[np.uint8]:
    """A picture with the class that the judge gave it written on it."""
    picture = read_image(Path(image), cell)
    cv2.putText(
        picture, label, (4, cell - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA
    )
    return np.asarray(picture, np.uint8)


def recognised_by_view(table: pd.DataFrame) -> dict[str, list[float]]:
    """View -> [fraction recognised, number of pictures]; views without pictures are left out."""
    found = {view: table.loc[table["view"] == view, "recognised"] for view in VIEWS}
    found["all"] = table["recognised"]
    return {view: [round(float(one.mean()), 4), len(one)] for view, one in found.items() if len(one)}


if __name__ == "__main__":
    main()
