"""`make bench-photographs DATA=FOLDER`: a network trained on renders, tested on photographs.

    python -m benchmarks.photographs FOLDER [--renders runs/bench/photographs] [--sources renders photographs
    both]

A ResNet-18 at 32 px learns to distinguish automobiles from trucks: from the renders of
`configs/photographs.yaml`, from the photographs of both classes in FOLDER's `train`, and from both together,
with the same augmentation and the same number of steps, on three seeds. Each is tested on all photographs of
both classes in FOLDER's `test`. FOLDER holds CIFAR-10, a folder for every class. Renders are cropped to the
square around their mask first, since CIFAR-10's objects fill their frame, and some get another background.
The figures go to `benchmarks/results.json` (`train_on_*_test_on_real`).
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
from benchmarks.results import keep_mean
from generator.dataset.dataset import read_set
from generator.dataset.pixels import read_image, read_mask
from loop.look.backgrounds import backgrounds
from loop.look.framing import cut, window
from renforce import render

CONFIG = Path("configs/photographs.yaml")
RENDERS = Path("runs/bench/photographs")
TRUCKS = ("boxtruck", "semi", "dumptruck", "bus", "schoolbus")
"""Shapes that count as CIFAR-10's truck; all others are automobiles."""
CLASSES = ("automobile", "truck")
NATIVE = 48
"""Side in pixels of what networks learn from, before it is cropped at random."""
SIDE = 32
"""Side in pixels of what networks see."""
STEPS, BATCH, RATE = 300, 128, 1e-3
SEEDS = [0, 1, 2]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """What a network learns from, or is tested on."""

    images: Tensor
    """(N, 3, S, S), in [0, 1]; S is `NATIVE` to learn from, `SIDE` to test on."""
    masks: Tensor
    """(N, 1, S, S), the fraction of each pixel that the vehicle covers; 1 where no mask is known."""
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
        """(N,) height divided by width of what the masks cover."""
        lit = self.masks[:, 0] > 0.5
        return lit.any(2).sum(1) / lit.any(1).sum(1).clamp(min=1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--renders", type=Path, default=RENDERS, help="folder of the renders, made if missing"
    )
    parser.add_argument("--sources", nargs="+", choices=CAPTIONS, default=list(CAPTIONS))
    args = parser.parse_args()
    render(CONFIG, args.renders)
    rendered = renders(args.renders)
    train, test = _splits(args.data)
    real = photographs(train, NATIVE)
    tested = photographs(test, SIDE)
    sources = {"renders": rendered, "photographs": real, "both": rendered + real}
    for name in args.sources:
        networks = [trained(sources[name], seed) for seed in SEEDS]
        # Photographs on which nothing was tuned, where the network has not learned from them.
        more = {"other_photographs": mean(networks, photographs(train, SIDE))} if name == "renders" else {}
        keep_accuracies(
            name, len(sources[name]), [accuracies(network, tested) for network in networks], **more
        )


def _splits(data: Path) -> list[Path]:
    """The folders of training and test photographs."""
    return [
        next(path for path in sorted(data.iterdir()) if path.is_dir() and path.name.endswith(split))
        for split in ("train", "test")
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
    """The photographs of both classes in a folder, `size` pixels wide."""
    paths = [(path, k) for k, name in enumerate(CLASSES) for path in sorted((folder / name).iterdir())]
    images = _tensor([read_image(path, size) for path, _ in paths])
    return Pictures(images, torch.ones_like(images[:, :1]), np.array([k for _, k in paths]))


def _tensor(images: Sequence[Pixels]) -> Tensor:
    """Pictures (S, S, 3) or masks (S, S) of bytes as (N, C, S, S) in [0, 1]."""
    stacked = np.stack(images)
    return torch.from_numpy(stacked if stacked.ndim == 4 else stacked[..., None]).permute(0, 3, 1, 2) / 255


def crop(image: Pixels, mask: NDArray[np.bool_], margin: float = 0.06) -> tuple[Pixels, Pixels]:
    """The square around the mask, `NATIVE` pixels wide, and its mask, 255 where the vehicle is.

    Where the square extends beyond the picture, the picture's border is repeated.
    """
    layers = np.dstack([image, mask.astype(np.uint8) * 255])
    found = cut(layers, window(mask, margin, "square"))
    square = np.asarray(cv2.resize(found, (NATIVE, NATIVE), interpolation=cv2.INTER_AREA), np.uint8)
    return square[..., :3], square[..., 3]


def balanced(labels: NDArray[np.int64], length: int, seed: int) -> NDArray[np.int64]:
    """Positions of pictures, shuffled; every class equally often, whatever its number of pictures."""
    rng = np.random.default_rng(seed)
    of_class = -(-length // len(CLASSES))
    chosen = []
    for k in range(len(CLASSES)):
        members = np.flatnonzero(labels == k)
        passes = [rng.permutation(members) for _ in range(-(-of_class // len(members)))]
        chosen.append(np.concatenate(passes)[:of_class])
    return np.stack(chosen, 1).reshape(-1)[:length]


def trained(pictures: Pictures, seed: int) -> torch.nn.Module:
    """A ResNet-18 after `STEPS` steps of AdamW with one cycle of the learning rate."""
    network = build("resnet18", len(CLASSES), SIDE, seed=seed).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    rng = Randomness(seed)
    bank = torch.from_numpy(backgrounds(3000, NATIVE, seed))
    order = balanced(pictures.labels, STEPS * BATCH, seed)
    shapes = pictures.shapes()
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
    """Logits (B, 2) of standardised pictures, computed in bfloat16."""
    with torch.autocast("cpu", torch.bfloat16):
        found: Tensor = network(standardised(images).contiguous(memory_format=torch.channels_last))
    return found.float()


@torch.inference_mode()
def accuracies(network: torch.nn.Module, test: Pictures) -> list[float]:
    """Recall of each class; the pictures are `SIDE` pixels wide."""
    predicted = torch.cat(
        [logits(network, batch).argmax(1) for batch in torch.split(test.images, 200)]
    ).numpy()
    return [float((predicted[test.labels == k] == k).mean()) for k in range(len(CLASSES))]


def mean(networks: list[torch.nn.Module], test: Pictures) -> float:
    """Mean recall over networks and classes."""
    return float(np.mean([accuracies(network, test) for network in networks]))


def keep_accuracies(source: str, pictures: int, found: list[list[float]], **more: float) -> None:
    """Keep the mean recall of both classes over seeds, with its 95 % t interval."""
    keep_mean(
        f"train_on_{source}_test_on_real",
        f"accuracy on real automobiles and trucks, ResNet-18 trained on {pictures} {CAPTIONS[source]}",
        np.mean(found, 1).tolist(),
        "share",
        seeds=SEEDS,
        by_class=dict(zip(CLASSES, np.mean(found, 0).tolist(), strict=True)),
        **more,
    )


CAPTIONS = {"renders": "renders", "photographs": "photographs", "both": "renders and photographs"}

if __name__ == "__main__":
    main()
