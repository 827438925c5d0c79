"""Features of pictures by a network trained on ImageNet, kept on disk.

A picture is cropped where it has a mask, resized as a whole to `HEIGHT` × `WIDTH` (its aspect is not kept),
and given to the network. Its features are the last stage pooled over the whole picture and over a grid of
2 × 3 cells: what the vehicle is, and roughly where its parts are. They are written batch by batch, so memory
does not grow with the number of pictures.
"""

# ruff: noqa: N806 - array names end in their shapes

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from analysis.methods.capture import keep_outputs
from analysis.zoo import build, entry, pretrain
from analysis.zoo.pretrained import IMAGENET_CLASSES
from generator.dataset.pixels import Array, read_mask, read_pixels
from generator.files import whole_folder
from loop.look.framing import Window, cut
from loop.photographs.folder import FeatureFolder

HEIGHT, WIDTH = 128, 192
"""Of the pictures that the network is given, pixels: most vehicles are wider than high."""
GRID = (2, 3)
"""Cells, down and across, that the last stage is pooled to besides the whole."""
MARGIN = 0.03
"""Of the box around a mask, as a fraction of its larger side."""
BATCH = 32
TOP = 5
"""Classes among which one has to be a road vehicle for a picture to look like one."""

ROAD_VEHICLES = (
    *(407, 436, 468, 511, 555, 569, 609, 627, 654, 656, 661, 675),
    *(717, 734, 751, 757, 779, 803, 817, 864, 867, 874),
)
"""Indices of ImageNet's classes of cars, vans, lorries and buses: ambulance, beach wagon, cab, convertible,
fire engine, garbage truck, jeep, limousine, minibus, minivan, Model T, moving van; pickup, police van, racer,
recreational vehicle, school bus, snowplow, sports car, tow truck, trailer truck, trolleybus."""

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Picture:
    """A file, and its mask where it is to be cropped to it."""

    path: Path
    mask: Path | None = None

    def read(self) -> NDArray[np.uint8]:
        """The picture (HEIGHT, WIDTH, 3), RGB.

        Raises:
            UserError: a file cannot be read.
        """
        pixels = read_pixels(self.path)[:, :, ::-1]
        if self.mask is not None:
            pixels = cropped(pixels, read_mask(self.mask))
        shrinks = pixels.shape[1] > WIDTH
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (WIDTH, HEIGHT), interpolation=how))


def pictures_of(table: pd.DataFrame) -> list[Picture]:
    """The pictures of a set, cropped where they have a mask.

    Args:
        table: as `generator.dataset.dataset.read_set` gives it.
    """
    files = zip(table["image"], table["mask"], strict=True)
    return [Picture(Path(image), Path(mask) if mask else None) for image, mask in files]


@dataclass(frozen=True)
class Features:
    """Of N pictures."""

    values: NDArray[np.float16]
    """Read from disk as it is used."""
    vehicle: NDArray[np.bool_]
    """Whether a road vehicle is among the first classes of ImageNet that the network names."""
    key: str
    """Names the pictures, by their content, and how their features were made."""

    @property
    def whole(self) -> NDArray[np.float32]:
        """Those that are pooled over the whole picture, as a network's own last layer takes them, (N, C)."""
        channels = self.values.shape[1] // (1 + GRID[0] * GRID[1])
        return np.asarray(self.values[:, :channels], np.float32)


class Extractor(nn.Module):
    """A network of the zoo with weights trained on ImageNet."""

    def __init__(self, name: str) -> None:
        """
        Raises:
            UserError: there is no such network, or there are no such weights of it.
        """
        super().__init__()
        self.name, self.layer = name, entry(name).cam_layer
        self.network = build(name, IMAGENET_CLASSES, entry(name).input_size)
        pretrain(name, self.network, entry(name).input_size)
        mean, deviation = entry(name).normalisation
        self.mean = 255 * torch.tensor(mean)[:, None, None]
        self.deviation = 255 * torch.tensor(deviation)[:, None, None]
        self.eval()

    def forward(self, image_BCHW: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803 - ends in its shape
        """Features (B, D) float16, and whether each looks like a road vehicle (B,), of uint8 pictures."""
        with keep_outputs(self.network, [self.layer]) as output:
            logits = self.network((image_BCHW - self.mean) / self.deviation)
            stage = output(self.layer)
        pooled = [F.adaptive_avg_pool2d(stage, cells).flatten(1) for cells in (1, GRID)]
        named = logits.topk(TOP).indices
        return torch.cat(pooled, 1).half(), torch.isin(named, torch.tensor(ROAD_VEHICLES)).any(1)


def features(
    pictures: Sequence[Picture], network: str, cache: Path, advance: Advance = lambda n: None
) -> Features:
    """The features of some pictures, made unless the cache has them.

    Args:
        pictures: at least one.
        network: a name of the zoo.
        cache: folder in which each set of pictures has one of its own.
        advance: called with the number of pictures of each batch once it is done.

    Raises:
        UserError: a picture cannot be read, or there is no such network or no weights of it.
    """
    key = _key(pictures, network)
    folder = FeatureFolder(cache / key)
    if not folder.path.exists():
        with whole_folder(folder.path) as aside:
            _extract(pictures, Extractor(network), FeatureFolder(aside), advance)
    else:
        advance(len(pictures))
    return Features(np.load(folder.values, mmap_mode="r"), np.load(folder.vehicle), key)


def cropped(pixels: Array, mask: NDArray[np.bool_]) -> Array:
    """What lies in the box around the mask, with a margin; beyond the picture its border is repeated.

    Args:
        pixels: (H, W, 3).
        mask: (H, W); a picture whose mask is empty stays whole.
    """
    if not mask.any():
        return pixels
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    edge = round(MARGIN * max(bottom - top, right - left))
    part = Window(left - edge, top - edge, right - left + 2 * edge, bottom - top + 2 * edge)
    return cut(pixels, part)


def _extract(
    pictures: Sequence[Picture], network: Extractor, folder: FeatureFolder, advance: Advance
) -> None:
    values, vehicle = None, np.zeros(len(pictures), bool)
    for start, image_BCHW in _batches(pictures):
        with torch.inference_mode():
            found, looks = (tensor.numpy() for tensor in network(image_BCHW))
        if values is None:
            shape = len(pictures), found.shape[1]
            values = np.lib.format.open_memmap(folder.values, "w+", np.float16, shape)
        values[start : start + len(found)], vehicle[start : start + len(found)] = found, looks
        advance(len(found))
    assert values is not None, "there is no picture"
    values.flush()
    np.save(folder.vehicle, vehicle)


def _batches(pictures: Sequence[Picture]) -> Iterator[tuple[int, Tensor]]:
    """Where each batch begins, and its pictures (B, 3, H, W) uint8; decoded in threads."""
    with ThreadPoolExecutor() as threads:
        for start in range(0, len(pictures), BATCH):
            read = list(threads.map(Picture.read, pictures[start : start + BATCH]))
            yield start, torch.from_numpy(np.stack(read)).permute(0, 3, 1, 2)


def _key(pictures: Sequence[Picture], network: str) -> str:
    settings = json.dumps([network, HEIGHT, WIDTH, GRID, MARGIN, TOP, ROAD_VEHICLES])
    digest = hashlib.sha256(settings.encode())
    for picture in pictures:
        for path in (picture.path, picture.mask):
            digest.update(hashlib.sha256(path.read_bytes() if path else b"").digest())
    return digest.hexdigest()[:16]
