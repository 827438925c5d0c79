"""`make bench-photographs DATA=…`: a network trained on renders alone tells real automobiles from trucks.

    python -m benchmarks.photographs FOLDER      FOLDER holds CIFAR-10 as train and test class folders

A ResNet-18 at 32 px is trained on the pictures of configs/photographs.yaml, on the photographs of both
classes in the train folder, and on both together, with the same augmentation and equally many steps; each
is tested on all photographs of both classes in the test folder. Renders are cropped to the square around
their mask first, since CIFAR-10's objects fill their frame, and some stand before another background.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from analysis.zoo import build
from benchmarks.augment import Randomness, cropped, pasted, recoloured, standardised
from benchmarks.backgrounds import backgrounds
from benchmarks.results import keep_mean
from generator.dataset.dataset import read_set
from generator.dataset.pixels import read_image, read_mask
from loop.config.load import load
from loop.config.run import RenderConfig
from renforce.commands import render_pictures

CONFIG = Path("configs/photographs.yaml")
RENDERS = Path("runs/bench/photographs")
TRUCKS = ("boxtruck", "semi", "dumptruck", "bus", "schoolbus")
"""Shapes that count as CIFAR-10's truck; all others are automobiles."""
CLASSES = ("automobile", "truck")
NATIVE, SIDE = 48, 32
STEPS, BATCH, RATE = 300, 128, 1e-3
SEEDS = [0, 1, 2]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """What a network learns from, or is tested on."""

    images: Tensor
    """(N, 3, S, S), in [0, 1]; S is `NATIVE` to learn from, `SIDE` to test on."""
    masks: Tensor
    """(N, 1, S, S), the vehicle's share of each pixel; 1 where no mask is known."""
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def __add__(self, other: Pictures) -> Pictures:
        return Pictures(
            torch.cat([self.images, other.images]),
            torch.cat([self.masks, other.masks]),
            np.concatenate([self.labels, other.labels]),
        )

    def shapes(self) -> Tensor:
        """(N,) height by width of what the masks cover."""
        lit = self.masks[:, 0] > 0.5
        return lit.any(2).sum(1) / lit.any(1).sum(1).clamp(min=1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--renders", type=Path, default=RENDERS, help="where the renders are, or go")
    parser.add_argument("--arms", nargs="+", choices=WORDS, default=list(WORDS))
    args = parser.parse_args()
    render_pictures(load(RenderConfig, CONFIG), args.renders)
    rendered = renders(args.renders)
    train, test = _splits(args.data)
    real, tested = photographs(train, NATIVE), photographs(test, SIDE)
    arms = {"renders": rendered, "photographs": real, "both": rendered + real}
    for arm in args.arms:
        networks = [trained(arms[arm], seed) for seed in SEEDS]
        # Photographs on which nothing was tuned, where the network has not learned from them.
        more = {"other_photographs": mean(networks, photographs(train, SIDE))} if arm == "renders" else {}
        keep_accuracies(arm, len(arms[arm]), [accuracies(network, tested) for network in networks], **more)


def _splits(data: Path) -> list[Path]:
    return [
        next(path for path in sorted(data.iterdir()) if path.is_dir() and path.name.endswith(word))
        for word in ("train", "test")
    ]


def renders(folder: Path) -> Pictures:
    """A rendered set, each picture cropped to its vehicle."""
    table = read_set(folder)
    crops = [
        crop(read_image(Path(image), size), read_mask(Path(mask), size))
        for image, mask, size in zip(table["image"], table["mask"], table["size"], strict=True)
    ]
    images, masks = zip(*crops, strict=True)
    labels = table["shape"].isin(TRUCKS).to_numpy().astype(np.int64)
    return Pictures(_tensor(images), _tensor(masks), labels)


def photographs(folder: Path, size: int) -> Pictures:
    """Both classes of a folder."""
    paths = [(path, k) for k, word in enumerate(CLASSES) for path in sorted((folder / word).iterdir())]
    images = _tensor([read_image(path, size) for path, _ in paths])
    return Pictures(images, torch.ones_like(images[:, :1]), np.array([k for _, k in paths]))


def _tensor(images: Sequence[Pixels]) -> Tensor:
    stacked = np.stack(images)
    return torch.from_numpy(stacked if stacked.ndim == 4 else stacked[..., None]).permute(0, 3, 1, 2) / 255


def crop(image: Pixels, mask: NDArray[np.bool_], margin: float = 0.06) -> tuple[Pixels, Pixels]:
    """The square around the mask, `NATIVE` pixels wide, and its mask, 255 where the vehicle is.

    Beyond the picture its border is repeated.
    """
    ys, xs = np.nonzero(mask)
    side = round((1 + 2 * margin) * max(np.ptp(xs), np.ptp(ys))) + 1
    x, y = (round((v.min() + v.max() + 1) / 2) - side // 2 for v in (xs, ys))
    layers = np.dstack([image, mask.astype(np.uint8) * 255])
    padded = cv2.copyMakeBorder(layers, side, side, side, side, cv2.BORDER_REPLICATE)
    found = padded[y + side : y + 2 * side, x + side : x + 2 * side]
    square = np.asarray(cv2.resize(found, (NATIVE, NATIVE), interpolation=cv2.INTER_AREA), np.uint8)
    return square[..., :3], square[..., 3]


def balanced(labels: NDArray[np.int64], length: int, seed: int) -> NDArray[np.int64]:
    """Positions of pictures, shuffled, each class equally often however many pictures it has."""
    rng = np.random.default_rng(seed)
    share = -(-length // len(CLASSES))
    chosen = []
    for k in range(len(CLASSES)):
        members = np.flatnonzero(labels == k)
        laps = [rng.permutation(members) for _ in range(-(-share // len(members)))]
        chosen.append(np.concatenate(laps)[:share])
    return np.stack(chosen, 1).reshape(-1)[:length]


def trained(pictures: Pictures, seed: int) -> torch.nn.Module:
    """A ResNet-18 after `STEPS` steps of AdamW with one cycle of the learning rate."""
    network = build("resnet18", len(CLASSES), SIDE, seed=seed).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    rng, bank = Randomness(seed), torch.from_numpy(backgrounds(3000, NATIVE, seed))
    order, shapes = balanced(pictures.labels, STEPS * BATCH, seed), pictures.shapes()
    for chosen in torch.split(torch.from_numpy(order), BATCH):
        before = pasted(pictures.images[chosen], pictures.masks[chosen], bank, rng)
        images = recoloured(cropped(before, shapes[chosen], SIDE, rng), rng)
        labels = torch.from_numpy(pictures.labels)[chosen]
        loss = F.cross_entropy(logits(network, images), labels, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network.eval()


def logits(network: torch.nn.Module, images: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        found: Tensor = network(standardised(images).contiguous(memory_format=torch.channels_last))
    return found.float()


@torch.inference_mode()
def accuracies(network: torch.nn.Module, test: Pictures) -> list[float]:
    """Of the photographs of each class, `SIDE` pixels wide, the share told right."""
    seen = torch.cat([logits(network, batch).argmax(1) for batch in torch.split(test.images, 200)]).numpy()
    return [float((seen[test.labels == k] == k).mean()) for k in range(len(CLASSES))]


def mean(networks: list[torch.nn.Module], test: Pictures) -> float:
    """Accuracy over networks and classes."""
    return float(np.mean([accuracies(network, test) for network in networks]))


def keep_accuracies(arm: str, pictures: int, found: list[list[float]], **more: float) -> None:
    """Mean of both classes over seeds with its 95 % t interval."""
    keep_mean(
        "train_on_renders_test_on_real" if arm == "renders" else f"train_on_{arm}_test_on_real",
        f"real automobiles told from real trucks by a ResNet-18 trained on {pictures} {WORDS[arm]}",
        np.mean(found, 1).tolist(),
        "share",
        seeds=SEEDS,
        by_class=dict(zip(CLASSES, np.mean(found, 0).tolist(), strict=True)),
        **more,
    )


WORDS = {"renders": "renders", "photographs": "photographs", "both": "renders and photographs"}

if __name__ == "__main__":
    main()
