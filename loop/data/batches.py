"""From a training set to the batches of each step: their order, their changes, and the time they take.

What the pictures are is in `loop.data.pictures`, how they are changed in `loop.data.augment`. Everything
random is a function of (seed, step), so that an interrupted training goes on with the same batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from loop.data.augment import Augmentation
from loop.data.pictures import Batches, in_threads
from loop.look.look import Look

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Images (B, 3, S, S) uint8; labels (B,) or, mixed, (B, K); masks (B, 1 or 0, S, S) uint8; which pictures
are rendered (B,)."""


def mix(*numbers: int) -> int:
    """One 32-bit seed from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


class Stream(Sampler[list[int]]):
    """Batches from an endless chain of shuffled passes over the data, cut into epochs of equal length.

    Args:
        pictures: number of pictures in the data.
        steps: batches in an epoch, whatever the number of pictures is.
    """

    def __init__(self, pictures: int, batch_size: int, steps: int, seed: int) -> None:
        self.pictures = pictures
        self.batch_size = batch_size
        self.steps = steps
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[int]]:
        # The chain of all passes is never made: of an epoch only the passes that it touches.
        length = self.steps * self.batch_size
        first = self.epoch * length
        passes = range(first // self.pictures, (first + length - 1) // self.pictures + 1)
        chain = np.concatenate(
            [np.random.default_rng([self.seed, p]).permutation(self.pictures) for p in passes]
        )
        start = first - passes[0] * self.pictures
        for at in range(start, start + length, self.batch_size):
            yield chain[at : at + self.batch_size].tolist()


@dataclass(frozen=True)
class BatchIndex:
    """What a batch is made from, in this process or in another."""

    step: int
    """Of the whole training, from 0."""
    rank: int
    """Of the device that takes the batch, 0 where there is one."""
    indices: list[int]
    """Rows of the pictures."""


class BatchIndices(Sampler[BatchIndex]):
    """The stream with the number of each step; each of several devices takes its part of every batch."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def set_epoch(self, epoch: int) -> None:
        self.stream.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.stream)

    def __iter__(self) -> Iterator[BatchIndex]:
        several = torch.distributed.is_available() and torch.distributed.is_initialized()
        rank = torch.distributed.get_rank() if several else 0
        world = torch.distributed.get_world_size() if several else 1
        first = self.stream.epoch * self.stream.steps
        for number, indices in enumerate(self.stream):
            yield BatchIndex(first + number, rank, indices[rank::world])


class AugmentedBatches(Dataset[Batch]):
    """Batches by their index, augmented; the same index gives the same batch.

    Args:
        masks: whether masks are read; else they have no channel.
        look: changes of the rendered pictures, made before they are augmented; None for none.
    """

    def __init__(
        self,
        data: Batches,
        augmentation: Augmentation,
        seed: int,
        *,
        masks: bool,
        look: Look | None = None,
    ) -> None:
        self.data = data
        self.augmentation = augmentation
        self.seed = seed
        self.wants_masks = masks
        self.look = look

    def __getitem__(self, index: BatchIndex) -> Batch:
        images, labels = self.data[index.indices]
        masks = self.data.masks(index.indices) if self.wants_masks else images[:, :0]
        place = (index.rank,) if index.rank else ()
        if self.look is not None:
            images, masks = self._with_look(self.look, index, images, masks)
        seed = mix(self.seed, index.step, 1, *place)  # 0 is the seed of dropout, 2 of the look
        return (*self.augmentation(images, labels, masks, seed), self.data.rendered[index.indices])

    def _with_look(
        self, look: Look, index: BatchIndex, images: Tensor, masks: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The batch with its renders changed; each has random numbers of its own."""
        places = torch.nonzero(self.data.rendered[index.indices])[:, 0].tolist()

        def changed(place: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
            rng = np.random.default_rng([self.seed, index.step, 2, index.rank, place])
            return look(*self.data.whole(index.indices[place]), rng)

        images, masks = images.clone(), masks.clone()
        for place, (picture, mask) in zip(places, in_threads(changed, places), strict=True):
            images[place] = torch.from_numpy(picture).permute(2, 0, 1)
            masks[place] = torch.from_numpy(mask).to(torch.uint8) * 255
        return images, masks


class TimedLoader:
    """A loader that adds up how long the training waited for it, in `waited`, seconds.

    Args:
        workers: processes that make batches; 0 to make them in this one.
    """

    def __init__(self, batches: AugmentedBatches, indices: BatchIndices, workers: int) -> None:
        self.sampler = indices  # Lightning sets its epoch
        self.loader = DataLoader(
            batches, sampler=indices, batch_size=None, num_workers=workers, persistent_workers=False,
            pin_memory=torch.cuda.is_available(), generator=torch.Generator().manual_seed(0),
        )  # fmt: skip
        self.waited = 0.0

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Batch]:
        batches = iter(self.loader)
        while True:
            start = perf_counter()
            batch = next(batches, None)
            self.waited += perf_counter() - start
            if batch is None:
                return
            yield batch
