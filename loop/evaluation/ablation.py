"""Ablation: the same pictures rendered without the vehicle, or without a part of it, and judged again.

Attribution says on what a network seems to rely; here what it relies on is measured, since nothing but the
vehicle or the part differs between two renders of a scene.

FOLDER/vehicle/   empty scenes, each rendered once and shared by pictures that differ in paint alone
FOLDER/wheel/ …   the pictures without that part, or without the `shadow`

What a run makes of it is in `loop.evaluation.residual`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from analysis import columns
from generator.errors import UserError
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings
from generator.naming import spec_name
from generator.spec import PARTS, RenderSpec
from loop.config.controller import PARTS_LEFT_OUT
from loop.data.pictures import Labelled
from loop.evaluation.judge import batches, judge
from loop.training.classifier import Classifier

PARTIAL = ("wheel", "lamp", "glass", "shadow")
"""Removed one at a time by default."""

Advance = Callable[[int], None]


def ablate(
    classifier: Classifier,
    specs: Sequence[RenderSpec],
    images: Sequence[Path],
    labels: Sequence[int],
    folder: Path,
    farm: FarmSettings,
    parts: Sequence[str] = PARTIAL,
    advance: Advance = lambda n: None,
) -> pd.DataFrame:
    """Render each picture without the vehicle and without parts, judge all, and compare.

    Args:
        specs, images, labels: of the whole pictures, in one order; labels are class indices.
        folder: for the sets that are rendered; the same call goes on where it was interrupted.
        parts: what to remove one at a time: `shadow` or names of `generator.spec.PARTS`.
        advance: called with the number of pictures that have become ready.

    Returns:
        One row a picture: `name`; `without`, the name of its empty scene in `folder`/vehicle; `residual`,
        the probability of the true class there, in [0, 1] (high: the class is read from something else);
        `drop`, how much the true class's logit loses without the vehicle, in logits, after the mean of all
        logits is subtracted; `part_drop_PART`, the same without a part.

    Raises:
        UserError: a part that does not exist, or pictures that cannot be rendered.
    """
    unknown = sorted(set(parts) - set(PARTS_LEFT_OUT))
    if unknown:
        raise UserError(f"parts: {unknown[0]!r} is not a part; use shadow or one of {', '.join(PARTS[1:])}")
    whole = _centred(_logits(classifier, images))
    rows = np.arange(len(labels)), np.asarray(labels)
    empty = shared(specs)
    places = render_empty(specs, folder, farm, advance)
    alone = _logits(classifier, [places[spec_name(spec)] for spec in empty])
    found: dict[str, Any] = {
        columns.NAME: [spec_name(spec) for spec in specs],
        columns.WITHOUT: [spec_name(spec) for spec in empty],
        columns.RESIDUAL: torch.from_numpy(alone).softmax(1).numpy()[rows],
        columns.DROP: (whole - _centred(alone))[rows],
    }
    for part in parts:
        places = _rendered(folder / part, specs, part, farm, advance)
        less = _logits(classifier, [places[spec_name(spec)] for spec in specs])
        found[columns.part_drop(part)] = (whole - _centred(less))[rows]
    return pd.DataFrame(found)


def render_empty(
    specs: Sequence[RenderSpec], folder: Path, farm: FarmSettings, advance: Advance = lambda n: None
) -> dict[str, Path]:
    """Name -> picture of each empty scene of `specs`, as `ablate` needs them; once they are there,
    processes may judge them side by side."""
    return _rendered(folder / "vehicle", list(dict.fromkeys(shared(specs))), "vehicle", farm, advance)


def shared(specs: Sequence[RenderSpec]) -> list[RenderSpec]:
    """For each spec the first of those that share its empty scene.

    That one is rendered for all of them, under its own name: names hold the paint and not the scene, so
    two scenes could have one name if the paint were taken out of it.
    """
    first: dict[RenderSpec, RenderSpec] = {}
    return [first.setdefault(bare(spec), spec) for spec in specs]


def bare(spec: RenderSpec) -> RenderSpec:
    """What decides the empty scene of a spec: paint does not show where there is no vehicle."""
    return spec.model_copy(update={"color": "w", "finish": "gloss"})


def _rendered(
    folder: Path, specs: Sequence[RenderSpec], what: str, farm: FarmSettings, advance: Advance
) -> dict[str, Path]:
    render_set(folder, specs, farm.model_copy(update={"without": (what,), "layers": ()}), advance)
    return {spec_name(spec): folder / "images" / f"{spec_name(spec)}.png" for spec in specs}


def _logits(classifier: Classifier, images: Sequence[Path]) -> Any:
    """(N, K) float64."""
    data = Labelled(tuple(images), (0,) * len(images))
    return judge(classifier, batches(data, classifier.card.image_size)).logits.double().numpy()


def _centred(logits: Any) -> Any:
    """Less their mean: a constant added to all logits changes no probability, so it may not change a drop."""
    return logits - logits.mean(1, keepdims=True)
