"""What an evaluation adds to the pictures of the probe: is the class predicted without the vehicle too?

The scenes are rendered once a run (`loop.run.folder.RunFolder.probe_without`) and judged in each round, as
`loop.evaluation.ablation` does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import columns
from generator.dataset.dataset import SPECS, read_specs
from generator.errors import UserError
from generator.naming import spec_name
from loop.config.run import LoopConfig
from loop.evaluation.ablation import ablate, shared
from loop.progress import track
from loop.training.classifier import Classifier


def check_residual(config: LoopConfig) -> None:
    """Check that the probe can be rendered without its vehicles, where that is asked for.

    Raises:
        UserError: it is a folder of pictures whose specs are unknown.
    """
    folder = config.probe.folder
    if config.attribution.residual and folder is not None and not (folder / SPECS).is_file():
        raise UserError(
            f"attribution.residual: {folder} holds no {SPECS}, so its pictures cannot be rendered without "
            "their vehicles; give probe.render, or a set of `renforce render`, or set "
            "attribution.residual=false"
        )


def with_residual(
    table: pd.DataFrame,
    labels: Sequence[int],
    classifier: Classifier,
    config: LoopConfig,
    probe: Path,
    to: Path,
) -> pd.DataFrame:
    """Add the columns of `loop.evaluation.ablation.ablate` to a set.

    Args:
        table: the set as `generator.dataset.dataset.read_set` gives it.
        labels: class index of each row.
        probe: folder of the set.
        to: folder where the scenes without vehicles, and without each of `attribution.parts`, lie or are
            rendered.

    Raises:
        UserError: a picture without a spec, or scenes that cannot be rendered.
    """
    known = {spec_name(spec): spec for spec in read_specs(probe)}
    strange = sorted(set(table[columns.NAME]) - known.keys())
    if strange:
        raise UserError(
            f"attribution.residual: {probe / SPECS} holds no spec of {strange[0]!r}, one of {len(strange)} "
            "pictures; remove them from the folder or set attribution.residual=false"
        )
    specs, parts = [known[name] for name in table[columns.NAME]], config.attribution.parts
    images = [Path(image) for image in table["image"]]
    total = len(set(shared(specs))) + len(parts) * len(specs)
    with track("probe without vehicles", total) as advance:
        found = ablate(classifier, specs, images, labels, to, config.farm, parts, advance)
    return table.merge(found, on=columns.NAME, how="left", validate="one_to_one")
