"""Parts of data: some classes, stratified splits, pictures that are in two splits, a rendered fraction.

Where the data come from is in `loop.data.sources`.
"""

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
                f"data.classes: {name!r} is not a class of the data; one of {', '.join(data.classes)}"
            )
    new = {data.classes.index(name): label for label, name in enumerate(classes)}

    def kept(part: Labelled) -> Labelled:
        mine = part.at([i for i, label in enumerate(part.labels) if label in new])
        return replace(mine, labels=tuple(new[label] for label in mine.labels))

    return replace(
        data, classes=tuple(classes), train=kept(data.train), test=kept(data.test), valid=kept(data.valid)
    )


def split(classes: tuple[str, ...], data: Labelled, fraction: float, seed: int) -> RealData:
    """Of each class the fraction goes to the test pictures, chosen at random.

    Raises:
        UserError: a class has too few pictures for both.
    """
    rest, test = divide(data, fraction, seed)
    return RealData(classes, rest, test)


def set_aside(data: RealData, fraction: float, seed: int) -> RealData:
    """Of each class of the training pictures the fraction goes to the validation pictures.

    Raises:
        UserError: a class has too few pictures for both.
    """
    if not fraction:
        return data
    train, valid = divide(data.train, fraction, seed)
    return replace(data, train=train, valid=data.valid + valid)


def divide(data: Labelled, fraction: float, seed: int) -> tuple[Labelled, Labelled]:
    """Two parts of every class, at random: the rest, and the fraction (one picture at least).

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
        number = min(len(mine) - 1, max(1, round(fraction * len(mine))))
        chosen.update(int(i) for i in mine[:number])
    rest = [i for i in range(len(data)) if i not in chosen]
    return data.at(rest), data.at(sorted(chosen))


def drop_duplicates(data: RealData, what: Literal["keep", "report", "drop"]) -> RealData:
    """Find pictures that lie in two splits, equal pixel by pixel, and note it in the data.

    Args:
        what: `keep` does not look for them, `report` only notes them, `drop` removes them too, all but the
            one that is tested on.
    """
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
    """A hash of each picture's pixels as decoded, whatever its file is called and how it is compressed."""
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


def mixed(real: Labelled, rendered: Labelled, fraction: float | None, seed: int) -> Labelled:
    """Real pictures and as many rendered ones, chosen at random, as make the fraction of all.

    Args:
        fraction: in [0, 1); None for all rendered pictures.

    Raises:
        UserError: there are fewer rendered pictures than the fraction needs.
    """
    if fraction is None:
        return real + rendered
    # r rendered beside n real ones are the fraction f = r / (n + r).
    wanted = round(fraction / (1 - fraction) * len(real))
    if wanted > len(rendered):
        raise UserError(
            f"data.rendered_fraction: {fraction:g} beside {len(real)} real pictures needs {wanted} rendered "
            f"ones, there are {len(rendered)}; render more or lower the fraction"
        )
    chosen = np.random.default_rng(seed).permutation(len(rendered))[:wanted]
    return real + rendered.at(sorted(int(i) for i in chosen))
