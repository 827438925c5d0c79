"""Parts of data: some classes, stratified splits, pictures that are in two splits, a rendered share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import numpy as np

from generator.dataset.pixels import read_pixels
from generator.errors import UserError
from loop.data.pictures import Labelled, RealData, Source


def subset(data: RealData, classes: Sequence[str] | None) -> RealData:
    """Only these classes, in this order, with labels that count from 0."""
    if classes is None:
        return data
    for name in classes:
        if name not in data.classes:
            raise UserError(
                f"data.classes: {name!r} is no class of the data; one of {', '.join(data.classes)}"
            )
    new = {data.classes.index(name): label for label, name in enumerate(classes)}

    def kept(part: Labelled) -> Labelled:
        mine = part.at([i for i, label in enumerate(part.labels) if label in new])
        return replace(mine, labels=tuple(new[label] for label in mine.labels))

    return replace(
        data, classes=tuple(classes), train=kept(data.train), test=kept(data.test), valid=kept(data.valid)
    )


def split(classes: tuple[str, ...], data: Labelled, share: float, seed: int) -> RealData:
    """Of each class the share goes to the test, chosen by a seeded shuffle."""
    rest, test = parted(data, share, seed)
    return RealData(classes, rest, test)


def set_aside(data: RealData, share: float, seed: int) -> RealData:
    """Of each class of the training pictures the share goes to the validation pictures."""
    if not share:
        return data
    train, valid = parted(data.train, share, seed)
    return replace(data, train=train, valid=data.valid + valid)


def parted(data: Labelled, share: float, seed: int) -> tuple[Labelled, Labelled]:
    """Two parts of every class: the rest, and the share (one picture at least), by a seeded shuffle.

    Raises:
        UserError: a class has too few pictures for both.
    """
    order = np.random.default_rng(seed).permutation(len(data))
    labels = np.array(data.labels)
    chosen: set[int] = set()
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        if len(mine) < 2:
            raise UserError(f"data: class {label} has {len(mine)} picture, too few to split; add some")
        chosen.update(int(i) for i in mine[: min(len(mine) - 1, max(1, round(share * len(mine))))])
    rest = [i for i in range(len(data)) if i not in chosen]
    return data.at(rest), data.at(sorted(chosen))


def drop_duplicates(data: RealData, what: Literal["keep", "report", "drop"]) -> RealData:
    """Find pictures that lie in two splits, pixel by pixel, and say so; `drop` keeps the one tested on."""
    if what == "keep":
        return data
    train, valid, test = (digests(part) for part in (data.train, data.valid, data.test))
    tested, held = set(test), {*valid, *test}
    in_valid = [i for i, digest in enumerate(valid) if digest in tested]
    in_train = [i for i, digest in enumerate(train) if digest in held]
    if not in_valid and not in_train:
        return data
    note = _counted(data, len(in_train), len(in_valid), what)
    if in_train:
        twin = (valid + test).index(train[in_train[0]])
        names = _name(data.train.sources[in_train[0]]), _name((data.valid + data.test).sources[twin])
        note = f"{note}; the first is {' = '.join(names)}"
    if what == "report":
        return replace(data, notes=(*data.notes, note))
    return replace(
        data,
        train=_without(data.train, in_train),
        valid=_without(data.valid, in_valid),
        notes=(*data.notes, note),
    )


def _counted(data: RealData, in_train: int, in_valid: int, what: str) -> str:
    done = "dropped" if what == "drop" else "kept"
    return (
        f"{in_train} of {len(data.train)} training pictures are in the validation or test pictures too, "
        f"{in_valid} of {len(data.valid)} validation pictures in the test pictures: {done}"
    )


def digests(data: Labelled) -> list[str]:
    """A hash of each picture's pixels as decoded, whatever its file is called and how it is packed."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_digest, data.sources))


def _digest(source: Source) -> str:
    pixels = source if isinstance(source, np.ndarray) else read_pixels(source)
    return hashlib.sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _name(source: Source) -> str:
    return "a picture in memory" if isinstance(source, np.ndarray) else str(source)


def _without(data: Labelled, indices: Sequence[int]) -> Labelled:
    gone = set(indices)
    return data.at([i for i in range(len(data)) if i not in gone])


def mixed(real: Labelled, rendered: Labelled, share: float | None, seed: int) -> Labelled:
    """Real pictures and as many rendered ones as make the share of all, by a seeded choice.

    Raises:
        UserError: there are fewer rendered pictures than the share needs.
    """
    if share is None:
        return real + rendered
    wanted = round(share / (1 - share) * len(real))
    if wanted > len(rendered):
        raise UserError(
            f"data.rendered_fraction: {share:g} beside {len(real)} real pictures needs {wanted} rendered "
            f"ones, there are {len(rendered)}; render more or lower the share"
        )
    chosen = np.random.default_rng(seed).permutation(len(rendered))[:wanted]
    return real + rendered.at(sorted(int(i) for i in chosen))
