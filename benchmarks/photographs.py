"""`make bench-photographs DATA=…`: a network trained on renders alone tells real automobiles from trucks.

    python -m benchmarks.photographs FOLDER      FOLDER holds CIFAR-10 as train and test class folders

A ResNet-18 at 32 px is trained on the pictures of configs/photographs.yaml, on the photographs of both
classes in the train folder, and on both together, with the same augmentation and equally many steps; each
is tested on all photographs of both classes in the test folder. Renders are cropped to the square around
their mask first, since CIFAR-10's objects fill their frame.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from math import sqrt
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import stats
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from analysis.zoo import build
from benchmarks.results import keep
from generator.dataset import read_image, read_mask, read_set
from loop.cli import render_pictures
from loop.config import RenderConfig, load

CONFIG = Path("configs/photographs.yaml")
RENDERS = Path("runs/bench/photographs")
TRUCKS = ("boxtruck", "semi", "dumptruck", "bus", "schoolbus")
"""Shapes that count as CIFAR-10's truck; all others are automobiles."""
CLASSES = ("automobile", "truck")
NATIVE, SIDE = 48, 32
STEPS, BATCH, RATE = 100, 128, 0.05
SEEDS = [0, 1, 2]

Pixels = NDArray[np.uint8]
Pictures = list[tuple[Pixels, int]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--renders", type=Path, default=RENDERS, help="where the renders are, or go")
    args = parser.parse_args()
    render_pictures(load(RenderConfig, CONFIG), args.renders)
    rendered = renders(args.renders)
    real, test = (photographs(folder) for folder in _splits(args.data))
    arms = {"renders": rendered, "photographs": real, "both": [*rendered, *real]}
    for arm, pictures in arms.items():
        keep_accuracy(
            arm, len(pictures), [accuracy(trained(pictures, seed), test) for seed in SEEDS], len(test)
        )


def _splits(data: Path) -> list[Path]:
    return [
        next(path for path in sorted(data.iterdir()) if path.is_dir() and path.name.endswith(word))
        for word in ("train", "test")
    ]


def renders(folder: Path) -> Pictures:
    """Crops of `NATIVE` pixels and their class."""
    table = read_set(folder)
    labels = table["shape"].isin(TRUCKS).astype(int)
    paths = zip(table["image"], table["mask"], table["size"], labels, strict=True)
    return [(crop(read_image(Path(i), s), read_mask(Path(m), s)), label) for i, m, s, label in paths]


def photographs(folder: Path) -> Pictures:
    paths = [
        (path, label) for label, word in enumerate(CLASSES) for path in sorted((folder / word).iterdir())
    ]
    return [(read_image(path, SIDE), label) for path, label in paths]


def crop(image: Pixels, mask: NDArray[np.bool_], margin: float = 0.06) -> Pixels:
    """The square around the mask, `NATIVE` pixels wide; beyond the picture its border is repeated."""
    ys, xs = np.nonzero(mask)
    side = round((1 + 2 * margin) * max(np.ptp(xs), np.ptp(ys))) + 1
    x, y = (round((v.min() + v.max() + 1) / 2) - side // 2 for v in (xs, ys))
    padded = cv2.copyMakeBorder(image, side, side, side, side, cv2.BORDER_REPLICATE)
    found = padded[y + side : y + 2 * side, x + side : x + 2 * side]
    return np.asarray(cv2.resize(found, (NATIVE, NATIVE), interpolation=cv2.INTER_AREA), np.uint8)


class Augmented(Dataset[tuple[torch.Tensor, int]]):
    """Pictures cropped, flipped, recoloured, blurred and grained at random, as photographs differ."""

    def __init__(self, pictures: Pictures, seed: int, length: int) -> None:
        self.pictures, self.length = pictures, length
        self.order = balanced([label for _, label in pictures], length, seed)
        self.change = v2.Compose(
            [
                v2.RandomResizedCrop(SIDE, scale=(0.5, 1.0), ratio=(0.75, 1.33), antialias=True),
                v2.RandomHorizontalFlip(),
                v2.RandomApply([v2.GaussianBlur(3, (0.1, 1.0))], 0.4),
                v2.ColorJitter(0.4, 0.4, 0.5, 0.08),
                v2.RandomGrayscale(0.15),
                v2.ToDtype(torch.float32, scale=True),
                v2.GaussianNoise(sigma=0.03),
                v2.RandomErasing(0.3, scale=(0.02, 0.2), value="random"),
            ]
        )

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        pixels, label = self.pictures[self.order[index]]
        return self.change(torch.from_numpy(pixels).permute(2, 0, 1)), label


def balanced(labels: list[int], length: int, seed: int) -> NDArray[np.int64]:
    """Positions of pictures, shuffled, each class equally often however many pictures it has."""
    rng = np.random.default_rng(seed)
    share = -(-length // len(CLASSES))
    chosen = []
    for k in range(len(CLASSES)):
        members = np.flatnonzero(np.array(labels) == k)
        laps = [rng.permutation(members) for _ in range(-(-share // len(members)))]
        chosen.append(np.concatenate(laps)[:share])
    return np.stack(chosen, 1).reshape(-1)[:length]


def standardised(images: torch.Tensor) -> torch.Tensor:
    """Each picture (B, 3, S, S) with mean 0 and standard deviation 1: exposure and contrast tell nothing."""
    mean, spread = images.mean((1, 2, 3), keepdim=True), images.std((1, 2, 3), keepdim=True)
    return (images - mean) / spread.clamp(min=1e-3)


def trained(pictures: Pictures, seed: int) -> torch.nn.Module:
    """A ResNet-18 after `STEPS` steps of SGD with one cycle of the learning rate."""
    torch.manual_seed(seed)
    network = build("resnet18", len(CLASSES), SIDE, seed=seed)
    optimizer = torch.optim.SGD(network.parameters(), RATE, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    for images, labels in DataLoader(Augmented(pictures, seed, STEPS * BATCH), BATCH):
        with torch.autocast("cpu", torch.bfloat16):
            loss = F.cross_entropy(network(standardised(images)), labels, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network.eval()


@torch.inference_mode()
def accuracy(network: torch.nn.Module, test: Pictures) -> float:
    """Mean of both classes' accuracies."""
    images = torch.stack([torch.from_numpy(pixels).permute(2, 0, 1) for pixels, _ in test]) / 255
    labels = torch.tensor([label for _, label in test])
    seen = torch.cat([network(batch).argmax(1) for batch in torch.split(standardised(images), 200)])
    return float(torch.stack([(seen[labels == k] == k).float().mean() for k in range(len(CLASSES))]).mean())


def keep_accuracy(arm: str, pictures: int, values: Sequence[float], n: int) -> None:
    """Mean over seeds with its 95 % t interval."""
    mean = float(np.mean(values))
    reach = float(stats.t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1)) / sqrt(len(values))
    keep(
        "train_on_renders_test_on_real" if arm == "renders" else f"train_on_{arm}_test_on_real",
        f"real automobiles told from real trucks by a ResNet-18 trained on {pictures} {arm}",
        mean,
        "share",
        low=mean - reach,
        high=mean + reach,
        n=n,
        seed=SEEDS,
        values=list(values),
    )


if __name__ == "__main__":
    main()
