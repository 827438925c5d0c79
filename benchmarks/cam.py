"""`make bench-cam`: the cost of attribution maps, of their scores, and of the network in an evaluation.

    python -m benchmarks.cam [--repeats 21] [--pictures 1000] [--dry]

Measured are maps against a bare forward and backward pass, scores against maps, and the fraction of an
evaluation's time that the network takes. Needs no data: random weights and noise, 112 px, batches of 16, one
thread. Each repeat times, one after another: the bare passes back to the stem; Grad-CAM and Grad-CAM++ at
five stages, in one pass by `analysis`; five calls of captum's LayerGradCam. Ratios are taken within a repeat,
so that a machine that slows down slows all of them, and of processor time, so that other programs do not
count. The figures go to `benchmarks/results.json` (`cam_*`, `score_cost_share`, `verify_network_share`); with
`--dry` they are only printed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import pandas as pd
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn
from torchvision import models

import analysis.methods.table as table
from analysis.methods.capture import capture
from analysis.methods.grad_cam import grad_cam, grad_cam_pp
from analysis.scores.alignment import align
from benchmarks.results import keep_median
from generator.naming import picture_name
from loop.evaluation.evaluate import evaluate
from loop.evaluation.files import EvaluationFiles
from loop.training.classifier import Classifier, NetworkCard

SEED = 0
BATCH, SIZE = 16, 112
STAGES = {
    "resnet50": ("relu", "layer1", "layer2", "layer3", "layer4"),
    "vgg16": ("features.3", "features.8", "features.15", "features.22", "features.29"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--dry", action="store_true", help="print only, keep nothing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    for name in STAGES:
        maps_beside_bare_passes(name, args.repeats, dry=args.dry)
    scores_beside_maps(args.repeats, dry=args.dry)
    network_fraction(args.pictures, dry=args.dry)


def maps_beside_bare_passes(name: str, repeats: int, *, dry: bool) -> None:
    """Time of maps at all stages, divided by that of the bare passes; the first repeat only warms up."""
    model = network(name)
    image = pictures()
    targets = torch.arange(BATCH)[None] % 10
    works: list[Callable[[], object]] = [
        lambda: bare(model, image, targets[0], STAGES[name][0]),
        lambda: ours(model, image, targets, STAGES[name]),
    ]
    if name == "resnet50":
        works.append(lambda: captums(model, image, targets[0].tolist(), STAGES[name]))
    times = np.array([[seconds(work) for work in works] for _ in range(repeats + 1)])[1:]
    what = (
        f"time of Grad-CAM and Grad-CAM++ at five stages of {name}, "
        "relative to a bare forward and backward pass to the stem"
    )
    ratio = times[:, 1] / times[:, 0]
    note(
        f"cam_five_stages_ratio_{name}", what, ratio, "times", dry, bare_seconds=float(np.median(times[:, 0]))
    )
    if name == "resnet50":
        what = "time of five calls of captum's LayerGradCam on resnet50, relative to the same passes"
        note("cam_five_stages_captum_ratio", what, times[:, 2] / times[:, 0], "times", dry)


def scores_beside_maps(repeats: int, *, dry: bool) -> None:
    """Time of all bounded scores of one map, divided by that of the pass that makes the map."""
    model = network("resnet50")
    image = pictures()
    targets = torch.arange(BATCH)[None] % 10
    masks = discs()
    ratios = []
    for _ in range(repeats + 1):
        made = seconds(lambda: one_map(model, image, targets))
        maps = one_map(model, image, targets)
        scored = seconds(partial(align, maps, masks))
        ratios.append(scored / made)
    what = (
        "time of all bounded scores, raw and corrected, of a Grad-CAM map of resnet50's last stage, "
        "relative to making the map"
    )
    note("score_cost_share", what, np.array(ratios[1:]), "share", dry)


def network_fraction(count: int, *, dry: bool) -> None:
    """Fraction of the time of an evaluation of pictures on disk that passes and gradients take."""
    spent = 0.0

    def timed(*args: Any, **more: Any) -> Any:
        nonlocal spent
        start = process_time()
        result = capture(*args, **more)
        spent += process_time() - start
        return result

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows = written(place, count)
        card = NetworkCard("resnet18", ("a", "b", "c", "d"), SIZE, (0.5,) * 3, (0.25,) * 3)
        classifier = Classifier(card, SEED).eval()
        labels = [i % 4 for i in range(count)]
        with patch.object(table, "capture", timed):
            files = EvaluationFiles(place / "out", "probe")
            whole = seconds(lambda: evaluate(classifier, rows, labels, files))
    what = f"fraction of its time that an evaluation of {count} pictures spends in the network ({SIZE} px)"
    note("verify_network_share", what, np.array([spent / whole]), "share", dry, seconds=round(whole, 1))


def bare(model: nn.Module, image: Tensor, targets: Tensor, stem: str) -> None:
    """A forward and a backward pass to the stem: the least that gradient maps of all stages need."""
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        kept.append(output.detach().requires_grad_())
        return kept[0].clone()  # later layers may work in place

    with model.get_submodule(stem).register_forward_hook(keep):
        score = model(image).gather(1, targets[:, None]).sum()
    torch.autograd.grad(score, kept)


def ours(model: nn.Module, image: Tensor, targets: Tensor, layers: tuple[str, ...]) -> None:
    """Grad-CAM and Grad-CAM++ of all layers from one pass."""
    seen = capture(model, image, layers, targets)
    for layer in layers:
        grad_cam(seen.activations[layer], seen.gradients[layer])
        grad_cam_pp(seen.activations[layer], seen.gradients[layer])


def captums(model: nn.Module, image: Tensor, targets: list[int], layers: tuple[str, ...]) -> None:
    """Grad-CAM of each layer by a call of captum."""
    for layer in layers:
        LayerGradCam(model, model.get_submodule(layer)).attribute(image, target=targets)


def one_map(model: nn.Module, image: Tensor, targets: Tensor) -> Tensor:
    """Grad-CAM at the last stage of resnet50."""
    seen = capture(model, image, ["layer4"], targets)
    return grad_cam(seen.activations["layer4"], seen.gradients["layer4"])[0]


def network(name: str) -> nn.Module:
    """A torchvision network with random weights and ten classes."""
    torch.manual_seed(SEED)
    model: nn.Module = getattr(models, name)(weights=None, num_classes=10)
    return model.eval()


def pictures() -> Tensor:
    """A batch of noise."""
    return torch.randn(BATCH, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(SEED))


def discs() -> Tensor:
    """Masks (B, S, S): a disc in the middle, of another radius in each picture."""
    centre = (torch.arange(SIZE) + 0.5) / SIZE - 0.5
    reach = torch.linspace(0.15, 0.45, BATCH)[:, None, None]
    return centre[None, :, None] ** 2 + centre[None, None, :] ** 2 < reach**2


def written(folder: Path, count: int) -> pd.DataFrame:
    """A set of pictures of noise in the folder, each with a disc as its mask; one row a picture."""
    rng = np.random.default_rng(SEED)
    masks = discs().numpy()
    rows = []
    for kind in ("images", "masks"):
        (folder / kind).mkdir()
    for i in range(count):
        name = picture_name("sedan", "r", 20, "f", i)
        image, mask = (folder / kind / f"{name}.png" for kind in ("images", "masks"))
        cv2.imwrite(str(image), rng.integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8))
        cv2.imwrite(str(mask), 255 * masks[i % BATCH].astype(np.uint8))
        rows.append({"name": name, "image": str(image), "mask": str(mask)})
    return pd.DataFrame(rows)


def seconds(work: Callable[[], object]) -> float:
    """Processor time of a call."""
    start = process_time()
    work()
    return process_time() - start


def note(key: str, what: str, values: Any, unit: str, dry: bool, **more: Any) -> None:
    """Keep the median of repeated measurements, or only print it."""
    if dry:
        print(f"{key:38} {np.median(values):.3f} of {np.round(values, 3).tolist()} {more}", flush=True)  # noqa: T201
    else:
        keep_median(key, what, values, unit, seed=SEED, **more)


if __name__ == "__main__":
    main()
