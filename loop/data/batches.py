"""From a training set to the batches of each step: their order, their changes, and the time they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from loop.data.augment import Augmentation
from loop.data.pictures import Batches

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Images (B, 3, S, S) uint8; labels (B,) or, mixed, (B, K); masks (B, 1 or 0, S, S) uint8; which pictures
are rendered (B,)."""


def mix(*numbers: int) -> int:
    """One 32-bit seed from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


class Stream(Sampler[list[int]]):
    """Batches from an endless chain of shuffled passes over the data, cut into epochs of equal length."""

    def __init__(self, pictures: int, batch_size: int, steps: int, seed: int) -> None:
        self.pictures, self.batch_size, self.steps, self.seed = pictures, batch_size, steps, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[list[int]]:
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
class Ticket:
    """What a batch is made from, also in another process."""

    step: int
    rank: int
    indices: list[int]


class BatchIndices(Sampler[Ticket]):
    """The stream with the number of each step; each of several devices takes its part of every batch."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def set_epoch(self, epoch: int) -> None:
        self.stream.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.stream)

    def __iter__(self) -> Iterator[Ticket]:
        several = torch.distributed.is_available() and torch.distributed.is_initialized()
        rank = torch.distributed.get_rank() if several else 0
        world = torch.distributed.get_world_size() if several else 1
        first = self.stream.epoch * self.stream.steps
        for number, indices in enumerate(self.stream):
            yield Ticket(first + number, rank, indices[rank::world])


class Feed(Dataset[Batch]):
    """Batches by ticket, changed as asked; the same ticket gives the same batch."""

    def __init__(self, data: Batches, augmentation: Augmentation, seed: int, *, masks: bool) -> None:
        self.data, self.augmentation, self.seed, self.wants_masks = data, augmentation, seed, masks

    def __getitem__(self, ticket: Ticket) -> Batch:
        images, labels = self.data[ticket.indices]
        masks = self.data.masks(ticket.indices) if self.wants_masks else images[:, :0]
        place = (ticket.rank,) if ticket.rank else ()
        seed = mix(self.seed, ticket.step, 1, *place)
        return (*self.augmentation(images, labels, masks, seed), self.data.rendered[ticket.indices])


class TimedLoader:
    """A loader that adds up how long it was waited for."""

    def __init__(self, feed: Feed, tickets: BatchIndices, workers: int) -> None:
        self.sampler = tickets  # Lightning tells it the epoch
        self.loader = DataLoader(
            feed, sampler=tickets, batch_size=None, num_workers=workers, pin_memory=torch.cuda.is_available(),
            persistent_workers=False, generator=torch.Generator().manual_seed(0),
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
