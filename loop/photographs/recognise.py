"""Recognising attributes of photographs: renders, features, a recogniser, each made unless it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.metrics.arrays import Floats
from generator.dataset.dataset import expect_finished, read_set
from generator.errors import UserError
from generator.farm.remote import render_to
from generator.planning.plan import plan_set
from loop.config.load import load
from loop.config.run import RenderConfig
from loop.photographs.attributes import KNOWN, read_labels, rendered_values
from loop.photographs.counts import Observed
from loop.photographs.features import Features, Picture, features, pictures_of
from loop.photographs.folder import CacheFolder
from loop.photographs.recogniser import FitOptions, Head, Moments, Recogniser, key_of
from loop.photographs.training import LabelledPhotographs, LabelsFor, Renders, train
from loop.progress import track

VERSION = 1
"""Rises whenever the same inputs would train another recogniser."""
CONFIG = "describe.yaml"
"""Configuration of the renders that are learned from where none are given; in `configs`."""
SHOWN = 3
"""Names of files in a message."""

Log = Callable[[str], None]


@dataclass(frozen=True)
class RecogniserOptions:
    """What is recognised, and how."""

    attributes: tuple[str, ...] = tuple(KNOWN)
    """Of `KNOWN`."""
    renders: Path | None = None
    """A rendered set; None for the one of `CONFIG`, which is rendered into the cache."""
    labels: Path | None = None
    """A table of attributes of some of the photographs."""
    random_labels: bool = False
    """Whether the labelled photographs were drawn at random from all; then they tell more."""
    labels_for: LabelsFor = "training"
    """Whether labelled photographs are learned from too, or only show what is confused."""
    network: str = "efficientnet_lite0"
    """Of the zoo, with weights trained on ImageNet."""
    align: bool | None = None
    """Whether the features of the photographs are brought to the mean and deviation of the renders'. That
    takes away what sets renders apart, but also what the photographs lack, so None is: where labelled
    photographs are learned from."""
    fit: FitOptions = field(default_factory=FitOptions)
    """How it is trained."""

    @property
    def aligns(self) -> bool:
        learns = self.labels is not None and self.labels_for == "training"
        return learns if self.align is None else self.align


@dataclass(frozen=True)
class Recognised:
    """What was recognised in N photographs."""

    heads: dict[str, Head]
    """Attribute -> what recognised it, with its confusions."""
    probabilities: dict[str, Floats]
    """Attribute -> (N, K)."""
    unlike: tuple[str, ...]
    """Photographs that do not look like a road vehicle."""
    renders: int

    def observed(self, attribute: str, options: RecogniserOptions) -> Observed:
        """The most probable value of each photograph, and how far that is to be trusted."""
        head, prior = self.heads[attribute], options.fit.prior
        truths = head.truths(prior) if options.random_labels and head.photographs.any() else None
        recognised = self.probabilities[attribute].argmax(1)
        return Observed(attribute, head.values, recognised, head.confusion(prior), truths)


def recognise(
    folder: Path, names: Sequence[str], cache: CacheFolder, options: RecogniserOptions, log: Log
) -> Recognised:
    """Recognise attributes of photographs.

    Args:
        folder: of the photographs.
        names: paths of the photographs from there.

    Raises:
        UserError: an attribute is unknown, a picture or table cannot be read or does not fit, or no
            photograph looks like a vehicle.
    """
    _check_attributes(options.attributes)
    if options.renders is None:
        _render(cache.renders, log)
    table = _read_renders(options.renders or cache.renders)
    observed = [rendered_values(table, attribute) for attribute in options.attributes]
    labels = _read_labels(names, observed, options)
    log(f"features of {len(names)} photographs")
    photographs = _features([Picture(folder / name) for name in names], "photographs", cache, options)
    unlike = _unlike(photographs, folder, names, log)
    log(f"features of {len(table)} renders")
    known = Renders(_render_features(table, cache, options).values, observed, _vehicles(table))
    moments = Moments.of(photographs.values) if options.aligns else None
    labelled = None if labels is None else _labelled(labels, photographs, moments, options)
    recogniser = _trained(known, labelled, cache, options, log)
    found = recogniser.probabilities(photographs.values, moments)
    return Recognised(dict(recogniser.heads), found, unlike, len(table))


def _check_attributes(attributes: Sequence[str]) -> None:
    for name in attributes:
        if name not in KNOWN:
            raise UserError(f"--recognise {name}: is not recognised; one of {', '.join(KNOWN)}")


def _features(
    pictures: Sequence[Picture], what: str, cache: CacheFolder, options: RecogniserOptions
) -> Features:
    with track(what, len(pictures)) as advance:
        return features(pictures, options.network, cache.features, advance)


def _render_features(table: pd.DataFrame, cache: CacheFolder, options: RecogniserOptions) -> Features:
    return _features(pictures_of(table), "renders", cache, options)


def _unlike(photographs: Features, folder: Path, names: Sequence[str], log: Log) -> tuple[str, ...]:
    """The photographs that do not look like a vehicle.

    Raises:
        UserError: none does.
    """
    unlike = tuple(name for name, looks in zip(names, photographs.vehicle, strict=True) if not looks)
    if len(unlike) == len(names):
        raise UserError(
            f"{folder}: none of its {len(names)} pictures looks like a road vehicle; give a folder of "
            "vehicles, each photograph cropped to its vehicle"
        )
    if unlike:
        more = " …" if len(unlike) > SHOWN else ""
        log(
            f"{len(unlike)} of {len(names)} photographs do not look like a road vehicle and are counted all "
            f"the same: {', '.join(unlike[:SHOWN])}{more}"
        )
    return unlike


def _render(folder: Path, log: Log) -> None:
    """The set of `CONFIG`; only what is missing of it is rendered."""
    with as_file(files("configs") / CONFIG) as path:
        config = load(RenderConfig, path, ())
    specs = plan_set(config.pictures, config.scene, config.render, seed=config.seed, block=config.block)
    log(f"renders to learn from: {len(specs)} pictures in {folder}")
    with track("render", len(specs)) as advance:
        render_to(str(folder), specs, config.farm, advance)


def _vehicles(table: pd.DataFrame) -> NDArray[np.int64]:
    """A number for each individual vehicle; of pictures made by hand each is its own."""
    if table["variant"].isna().any():
        return np.arange(len(table))
    _, number = np.unique(table["shape"] + "-" + table["variant"].astype(str), return_inverse=True)
    return np.asarray(number, np.int64)


def _read_renders(folder: Path) -> pd.DataFrame:
    expect_finished(folder)
    return read_set(folder)


def _read_labels(
    names: Sequence[str], observed: Sequence[Observed], options: RecogniserOptions
) -> list[Observed] | None:
    """What is labelled of each attribute of the renders; None without a table."""
    if options.labels is None:
        return None
    columns = read_labels(options.labels, names, {one.attribute: one.values for one in observed}).columns
    nothing = np.full(len(names), -1)
    return [columns.get(one.attribute, replace(one, index=nothing)) for one in observed]


def _labelled(
    labels: Sequence[Observed], photographs: Features, moments: Moments | None, options: RecogniserOptions
) -> LabelledPhotographs:
    """The photographs of which some attribute is labelled."""
    rows = np.flatnonzero((np.stack([one.index for one in labels]) >= 0).any(0))
    of_rows = [replace(one, index=one.index[rows]) for one in labels]
    return LabelledPhotographs(photographs.values[rows], of_rows, moments, options.labels_for)


def _trained(
    renders: Renders,
    labelled: LabelledPhotographs | None,
    cache: CacheFolder,
    options: RecogniserOptions,
    log: Log,
) -> Recogniser:
    """The recogniser of this material and these settings, from the cache where it is there."""
    inputs = [_digest(renders.features, renders.observed), renders.vehicle.tolist()]
    if labelled is not None:
        inputs += [_digest(labelled.features, labelled.observed), labelled.purpose, options.aligns]
        inputs += [] if labelled.moments is None else [labelled.moments.mean.tolist()]
    path = cache.recogniser(key_of(VERSION, options.network, asdict(options.fit), inputs))
    if path.exists():
        return Recogniser.load(path)
    log("training of the recogniser")
    trained = train(renders, labelled, options.fit)
    trained.save(path)
    return trained


def _digest(values: NDArray[Any], observed: Sequence[Observed]) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(values).tobytes())
    for one in observed:
        digest.update(f"{one.attribute} {one.values} {one.index.tolist()}".encode())
    return digest.hexdigest()
