"""`make bench-recognised JUDGE=…`: how many renders a judge of real photographs takes for vehicles.

    python -m benchmarks.recognised recognise.py [FOLDER]      FOLDER holds CIFAR-10's test as class folders

The judge is a Python file with a network trained on CIFAR-10's photographs: `load_judge()`,
`square_crop(image, mask)`, `to_input(image)` and `CLASSES`. It sees the pictures of configs/render.yaml,
then the same plan with all environments, and the photographs of automobiles and trucks, if there are any.
A slice of shape × view holds few pictures of the first plan, so that the worst of many is mostly bad luck:
the slices below `SUSPECT` are rendered again, `RETRIED` pictures of other vehicles each, and count as seen
there. Renders stay in `runs/bench` and are not made again. Contrast and sharpness are those of the 32 px
that it sees: standard deviation of grey, and mean absolute Laplacian.
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
from renforce.commands import render_pictures

NATIVE = 224
"""Pixels of the judged renders."""
RUNS = Path("runs/bench")
CONFIG = Path("configs/render.yaml")
SETS = {
    "plain": [],
    "environments": ["pictures.count=640", f"scene.environment=[{', '.join(ENVIRONMENTS)}]"],
}
"""Set -> what it changes in the configuration."""
SUSPECT, RETRIED, RETRY_BLOCK = 0.9, 48, 2
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
        keep_share(name, table, config.seed, look(crops))
        if name == "plain":
            again, _ = judged(judge, retry(suspects(table)), RUNS / "recognised-again")
            keep_worst(again, len(seen_by_cell(table)), config.seed)


class Judge:
    """The network of a Python file, and how it wants its pictures."""

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
        inputs = torch.stack([self._module.to_input(image) for image in images])
        return [self._module.CLASSES[int(k)] for k in self._network(inputs).argmax(1)]


def judged(judge: Judge, config: RenderConfig, folder: Path) -> tuple[pd.DataFrame, list[Pixels]]:
    """The set of a configuration with what the judge took each picture for, and the crops that it saw."""
    render_pictures(config, folder)
    table = read_set(folder)
    masks = (read_mask(Path(mask), NATIVE) for mask in table["mask"])
    crops = [judge.crop(read(i), mask) for i, mask in zip(table["image"], masks, strict=True)]
    table["label"] = judge.labels(crops)
    table["seen"] = table["label"].isin(VEHICLES).astype(float)
    return table, crops


def seen_by_cell(table: pd.DataFrame) -> pd.DataFrame:
    """Shape, view, share seen, number of pictures; the worst first."""
    cells = table.groupby(["shape", "view"])["seen"].agg(["mean", "size"]).reset_index()
    return cells.sort_values("mean", kind="stable")


def suspects(table: pd.DataFrame) -> list[dict[str, str]]:
    """Slices of shape × view that are seen less often than `SUSPECT`, or the worst three."""
    cells = seen_by_cell(table)
    count = max(3, int((cells["mean"] < SUSPECT).sum()))
    return [
        {"shape": shape, "view": view}
        for shape, view in zip(cells["shape"][:count], cells["view"][:count], strict=True)
    ]


def retry(slices: list[dict[str, str]]) -> RenderConfig:
    """The plan of the slices alone, of vehicles that the first plan did not show."""
    wanted = json.dumps([{"where": where, "budget": RETRIED} for where in slices])
    changes = ["pictures.count=null", f"pictures.slices={wanted}", f"block={RETRY_BLOCK}"]
    return load(RenderConfig, CONFIG, changes)


def read(path: str) -> Pixels:
    """(H, W, 3), blue first."""
    return np.asarray(cv2.imread(path), np.uint8)


def look(images: list[Pixels]) -> dict[str, float]:
    """Mean contrast and sharpness."""
    grey = np.stack(images).mean(3) / 255
    middle = grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    return {
        "contrast": round(float(grey.std((1, 2)).mean()), 4),
        "sharpness": round(float(abs(4 * middle - around).mean()), 4),
    }


def keep_photographs(judge: Judge, folder: Path) -> None:
    images = [read(str(path)) for word in VEHICLES for path in sorted((folder / word).iterdir())]
    seen = [label in VEHICLES for label in judge.labels(images)]
    keep_seen("photographs", sum(seen), len(seen), 0, **look(images))


def keep_seen(name: str, seen: int, n: int, seed: int, **more: Any) -> None:
    """Share seen, with its Wilson interval."""
    interval = stats.binomtest(seen, n).proportion_ci(method="wilson")
    what = f"seen as automobile or truck by a judge of real photographs: {WORDS[name]}"
    low, high = float(interval.low), float(interval.high)
    key = "recognised_share_photographs" if name == "photographs" else f"recognised_share_{name}_{NATIVE}"
    keep(key, what, seen / n, "share", low=low, high=high, n=n, seed=seed, **more)


def keep_share(name: str, table: pd.DataFrame, seed: int, found: dict[str, float]) -> None:
    """Share seen, by shape × view, and by every other attribute."""
    slices = {shape: seen_by_view(table[table["shape"] == shape]) for shape in SHAPES}
    slices["all"] = seen_by_view(table)
    by = {
        attribute: {
            str(value): round(float(share), 4)
            for value, share in table.groupby(attribute)["seen"].mean().items()
        }
        for attribute in ("color", "angle", "environment", "finish", "shape")
    }
    labels = {str(label): int(count) for label, count in table["label"].value_counts().items()}
    keep_seen(name, int(table["seen"].sum()), len(table), seed, **found, slices=slices, by=by, labels=labels)


VEHICLES = ("automobile", "truck")
WORDS = {
    "plain": f"renders at {NATIVE} px, plain environments",
    "environments": f"renders at {NATIVE} px, all environments",
    "photographs": "photographs of CIFAR-10's test set",
}


def keep_worst(table: pd.DataFrame, of: int, seed: int) -> None:
    """The worst slice of shape × view, and a picture of the three worst.

    Args:
        table: the suspected slices, rendered again.
        of: how many slices there were to suspect.
    """
    cells = seen_by_cell(table)
    interval = stats.binomtest(round(cells["mean"].iloc[0] * RETRIED), RETRIED).proportion_ci(method="wilson")
    first = cells.head(3)
    worst = list(zip(first["shape"], first["view"], first["mean"], strict=True))
    keep(
        f"recognised_worst_slice_{NATIVE}",
        "the same, the worst slice of shape × view",
        float(cells["mean"].iloc[0]),
        "share",
        low=float(interval.low),
        high=float(interval.high),
        n=int(cells["size"].iloc[0]),
        seed=seed,
        worst={f"{shape} {view}": round(share, 4) for shape, view, share in worst},
        below_85=int((cells["mean"] < 0.85).sum()),
        again=len(cells),
        cells=of,
    )
    rows = [
        table[(table["shape"] == shape) & (table["view"] == view)].sort_values("seen", kind="stable").head(8)
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
    """A picture with what it was taken for."""
    picture = read_image(Path(image), cell)
    cv2.putText(
        picture, label, (4, cell - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA
    )
    return np.asarray(picture, np.uint8)


def seen_by_view(table: pd.DataFrame) -> dict[str, list[float]]:
    """View, of which there are pictures -> [share seen, number of pictures]."""
    found = {view: table.loc[table["view"] == view, "seen"] for view in VIEWS} | {"all": table["seen"]}
    return {view: [round(float(seen.mean()), 4), len(seen)] for view, seen in found.items() if len(seen)}


if __name__ == "__main__":
    main()
