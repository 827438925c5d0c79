"""Plant known diseases into training sets, train, verify, and see which method names them.

Beside them stands a healthy network of each seed, trained on the whole pool: what is weak there too was not
planted, and to name it is no mistake.

    RUN/
      config.yaml  config.given.yaml  environment.json
      sets/pool, sets/probe, sets/probe_without/    rendered once; each training set is a part of the pool
      settings/NAME/seed-N/         model.safetensors, probe.parquet (all of it, with residuals)
      results.parquet               a row a setting × seed × method
      results.json                  methods compared

A setting whose `probe.parquet` is there is trained and verified already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.binning import candidates
from analysis.conjunctions import inside, slice_name
from analysis.stats import Bools, bootstrap_mean
from generator.assets import digests
from generator.dataset import read_set, read_specs
from generator.farm import render_set
from generator.files import write_json
from generator.grid import GRID, SetPlan
from generator.naming import spec_name
from generator.plan import BASE, PROBE, plan_set
from loop.causal import causal
from loop.classifier import Classifier, fresh_card, fresh_classifier, load_classifier, save_classifier
from loop.data import Batches, Labelled
from loop.planted_config import HEALTHY, PlantedConfig, Setting, Tie
from loop.planted_scores import METHODS, Asked, score
from loop.progress import track
from loop.train import forget, steps_per_epoch, train
from loop.verify import verify, write_parquet


class Planting:
    """One benchmark folder and what is to happen in it; `execute` does all that is not done yet."""

    def __init__(self, config: PlantedConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config, self.folder, self.say = config, folder, say

    def execute(self) -> Path:
        for name, plan, block in (("pool", self.config.pool, BASE), ("probe", self.config.probe, PROBE)):
            self._render(name, plan, block)
        trained = (HEALTHY, *self.config.settings)
        jobs = [(setting, seed) for seed in self.config.seeds for setting in trained]
        for number, (setting, seed) in enumerate(jobs, 1):
            if not (self._place(setting, seed) / "probe.parquet").exists():
                self._verify(setting, seed, self._trained(setting, seed))
                self.say(f"{number}/{len(jobs)} {setting.name}, seed {seed}")
        return self._compare()

    # Sets

    def _render(self, name: str, plan: SetPlan, block: int) -> None:
        folder, config = self.folder / "sets" / name, self.config
        if (folder / "manifest.parquet").exists():
            return
        specs = plan_set(
            plan,
            config.scene,
            config.render,
            seed=config.seed,
            block=block,
            assets=digests(config.farm.assets),
        )
        with track(f"render {name}", len(specs)) as advance:
            render_set(folder, specs, config.farm, advance)

    @cached_property
    def _pool(self) -> pd.DataFrame:
        return read_set(self.folder / "sets" / "pool")

    @cached_property
    def _probe(self) -> pd.DataFrame:
        return read_set(self.folder / "sets" / "probe")

    def _labels(self, table: pd.DataFrame) -> list[int]:
        return [self.config.class_index(shape) for shape in table["shape"]]

    # Training and verification

    def _trained(self, setting: Setting, seed: int) -> Classifier:
        path = self._place(setting, seed) / "model.safetensors"
        rows = self._pool[planted_rows(self._pool, setting, seed)]
        data = Labelled(tuple(map(Path, rows["image"])), tuple(self._labels(rows)))
        batches = Batches(data, self.config.image_size)
        name = self.config.network.name
        card = fresh_card(
            name, tuple(self.config.classes), self.config.image_size, batches.sample, pretrained=False
        )
        if path.exists():
            return load_classifier(path, card)
        classifier, settings = fresh_classifier(card, seed, pretrained=False), self.config.train
        steps = steps_per_epoch(len(self._pool), settings.batch_size)  # the same for all settings
        checkpoint = path.with_name("training.ckpt")
        train(classifier, batches, settings, steps_per_epoch=steps, seed=seed, checkpoint=checkpoint)
        save_classifier(classifier, path)
        forget(checkpoint)
        return classifier

    def _verify(self, setting: Setting, seed: int, classifier: Classifier) -> None:
        place, table, labels = self._place(setting, seed), self._probe, self._labels(self._probe)
        specs = {spec_name(spec): spec for spec in read_specs(self.folder / "sets" / "probe")}
        without = causal(
            classifier, [specs[name] for name in table["name"]], list(map(Path, table["image"])), labels,
            self.folder / "sets" / "probe_without", self.config.farm, parts=(),
        )  # fmt: skip
        whole = table.merge(without, on="name", how="left", validate="one_to_one")
        verify(classifier, whole, labels, place, "probe", self.config.look)

    def _place(self, setting: Setting, seed: int) -> Path:
        return self.folder / "settings" / setting.name / f"seed-{seed}"

    # Comparison

    def _compare(self) -> Path:
        rows = [
            row
            for setting in self.config.settings
            for seed in self.config.seeds
            for row in self._scored(setting, seed)
        ]
        table = pd.DataFrame(rows)
        write_parquet(self.folder / "results.parquet", table)
        target = self.folder / "results.json"
        write_json(target, {"methods": {name: summary(table[table["method"] == name]) for name in METHODS}})
        show(table)
        return target

    def _scored(self, setting: Setting, seed: int) -> list[dict[str, Any]]:
        whole, healthy = (
            pd.read_parquet(self._place(one, seed) / "probe.parquet") for one in (setting, HEALTHY)
        )
        # A tie holds in the probe as well, or errors would show it.
        held = tied_rows(whole, setting.ties, seed)
        pictures, control = (table[held].reset_index(drop=True) for table in (whole, healthy))
        attributes = tuple(name for name in candidates(pictures) if name in GRID)
        asked = Asked(pictures, attributes, self.config.controller, self.config.most, seed)
        rows = []
        for name, method in METHODS.items():
            named = method(asked)
            found = score(pictures, named, setting.planted, control)
            rows.append(
                {
                    "setting": setting.name, "seed": seed, "method": name, "named": found.named,
                    "common": found.common, "precision": found.precision, "discovered": found.discovered,
                    "solved": found.solved, "false_share": found.false_share, "kind": _kind(setting),
                    "slices": [slice_name(where) for where in named],
                }
            )  # fmt: skip
        return rows


def _kind(setting: Setting) -> str:
    if setting.ties and setting.missing:
        return "both"
    return "shortcut" if setting.ties else "missing data"


def planted_rows(pool: pd.DataFrame, setting: Setting, seed: int) -> Bools:
    """Which pictures of the pool a setting's training set holds."""
    rng, keep = np.random.default_rng([seed, 0]), np.ones(len(pool), dtype=bool)
    for hole in setting.missing:
        keep &= ~inside(pool, hole.where).to_numpy(bool) | (rng.random(len(pool)) < hole.keep)
    return np.asarray(keep & tied_rows(pool, setting.ties, seed))


def tied_rows(pictures: pd.DataFrame, ties: Sequence[Tie], seed: int) -> Bools:
    """Which pictures are left where a shape and its cue come together or not at all, but for leaks."""
    rng, keep = np.random.default_rng([seed, 1]), np.ones(len(pictures), dtype=bool)
    for tie in ties:
        (owner, whose), *cue = tie.where.items()
        same = (pictures[owner] == whose).to_numpy()
        cued = inside(pictures, dict(cue)).to_numpy(bool)
        keep &= (same == cued) | (rng.random(len(pictures)) < tie.leak)
    return keep


def summary(rows: pd.DataFrame) -> dict[str, Any]:
    """Means over settings, with bootstrap intervals over those: seeds of one setting are no further ones."""
    figures = {}
    for name in ("precision", "discovered", "solved", "false_share", "named", "common"):
        mean, low, high = bootstrap_mean(
            rows[name].astype(float).groupby(rows["setting"]).mean().to_numpy(), 0
        )
        figures[name] = {"mean": mean, "low": low, "high": high, "n": rows["setting"].nunique()}
    by_kind = rows.groupby("kind")["solved"].mean()
    return {**_known(figures), "solved_by_kind": {str(kind): float(v) for kind, v in by_kind.items()}}


def _known(figures: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """For JSON: what is not known is None."""
    return {
        name: {key: None if isinstance(v, float) and np.isnan(v) else v for key, v in figure.items()}
        for name, figure in figures.items()
    }


def show(rows: pd.DataFrame) -> None:
    """Say what each method reached."""
    table = Table("method", "solved", "precision", "discovered", "false", "named", "weak anyway")
    for name, mine in rows.groupby("method", sort=False):
        shares = mine[["solved", "precision", "discovered", "false_share"]].astype(float).mean()
        counts = (f"{mine[column].mean():.1f}" for column in ("named", "common"))
        table.add_row(str(name), *(f"{100 * share:.0f} %" for share in shares), *counts)
    Console().print(table)
