"""`make bench-recognised JUDGE=…`: how many renders a judge of real photographs takes for vehicles.

    python -m benchmarks.recognised recognise.py

The judge is a Python file with a network trained on CIFAR-10's photographs: `load_judge()`,
`square_crop(image, mask)`, `to_input(image)` and `CLASSES`. It sees the pictures of configs/render.yaml,
then the same plan with all environments. Renders stay in `runs/bench` and are not made again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy import stats

from benchmarks.results import keep
from generator.dataset import read_image, read_mask, read_set
from generator.files import write_bytes
from generator.spec import ENVIRONMENTS, SHAPES, VIEWS
from loop.cli import render_pictures
from loop.config import RenderConfig, load

NATIVE = 224
"""Pixels of the judged renders."""
RUNS = Path("runs/bench")
CONFIG = Path("configs/render.yaml")
SETS = {
    "plain": [],
    "environments": ["pictures.count=640", f"scene.environment=[{', '.join(ENVIRONMENTS)}]"],
}
"""Set -> what it changes in the configuration."""
WORST = Path("docs/worst.jpg")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("judge", type=Path)
    judge = parser.parse_args().judge
    for name, changes in SETS.items():
        config = load(RenderConfig, CONFIG, changes)
        folder = RUNS / f"recognised-{name}"
        render_pictures(config, folder)
        table = read_set(folder)
        table["label"] = judged(judge, table)
        table["seen"] = table["label"].isin(["automobile", "truck"]).astype(float)
        keep_share(name, table, config.seed)
        if name == "plain":
            keep_worst(table, config.seed)


def keep_share(name: str, table: pd.DataFrame, seed: int) -> None:
    """Share seen, with its Wilson interval, by shape × view, and by every other attribute."""
    n, seen = len(table), int(table["seen"].sum())
    interval = stats.binomtest(seen, n).proportion_ci(method="wilson")
    slices = {shape: seen_by_view(table[table["shape"] == shape]) for shape in SHAPES}
    slices["all"] = seen_by_view(table)
    by = {
        attribute: {
            str(value): round(float(share), 4)
            for value, share in table.groupby(attribute)["seen"].mean().items()
        }
        for attribute in ("color", "angle", "environment", "finish")
    }
    keep(
        f"recognised_share_{name}_{NATIVE}",
        f"renders at {NATIVE} px seen as automobile or truck by a judge of real photographs, {WORDS[name]}",
        seen / n,
        "share",
        low=float(interval.low),
        high=float(interval.high),
        n=n,
        seed=seed,
        slices=slices,
        by=by,
        labels={str(label): int(count) for label, count in table["label"].value_counts().items()},
    )


WORDS = {"plain": "plain environments", "environments": "all environments"}


def keep_worst(table: pd.DataFrame, seed: int) -> None:
    """The worst slice of shape × view, and a picture of the three worst."""
    cells = table.groupby(["shape", "view"])["seen"].agg(["mean", "size"]).reset_index()
    cells = cells.sort_values("mean", kind="stable")
    first = cells.head(3)
    worst = list(zip(first["shape"], first["view"], first["mean"], strict=True))
    keep(
        f"recognised_worst_slice_{NATIVE}",
        "the same, the worst slice of shape × view",
        float(cells["mean"].iloc[0]),
        "share",
        n=int(cells["size"].iloc[0]),
        seed=seed,
        worst={f"{shape} {view}": round(share, 4) for shape, view, share in worst},
        below_85=int((cells["mean"] < 0.85).sum()),
        cells=len(cells),
    )
    rows = [
        table[(table["shape"] == shape) & (table["view"] == view)].sort_values("seen", kind="stable").head(8)
        for shape, view, _ in worst
    ]
    picture = np.vstack(
        [
            np.hstack([labelled(*each) for each in zip(row["image"], row["label"], strict=True)])
            for row in rows
        ]
    )
    _, jpeg = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    write_bytes(WORST, jpeg.tobytes())


def labelled(image: str, label: str, cell: int = 128) -> NDArray[np.uint8]:
    """A picture with what it was taken for."""
    picture = read_image(Path(image), cell)
    cv2.putText(
        picture, label, (4, cell - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA
    )
    return np.asarray(picture, np.uint8)


def seen_by_view(table: pd.DataFrame) -> dict[str, list[float]]:
    """View -> [share seen, number of pictures]."""
    found = {view: table.loc[table["view"] == view, "seen"] for view in VIEWS} | {"all": table["seen"]}
    return {view: [round(float(seen.mean()), 4), len(seen)] for view, seen in found.items()}


def judged(judge: Path, table: pd.DataFrame) -> Sequence[str]:
    """What the judge sees in the square around each mask."""
    spec = spec_from_file_location("judge", judge)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    network, labels = module.load_judge(), []
    for image, mask in zip(table["image"], table["mask"], strict=True):
        crop = module.square_crop(cv2.imread(image), read_mask(Path(mask), NATIVE))
        with torch.inference_mode():
            labels.append(module.CLASSES[int(network(module.to_input(crop)[None]).argmax())])
    return labels


if __name__ == "__main__":
    main()
