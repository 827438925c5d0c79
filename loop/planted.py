"""Plant known diseases into training sets, train, verify, and see which method names them.

Beside them stands a healthy network of each seed, trained on the whole pool: what is weak there too was not
planted, and to name it is no mistake.

    RUN/
      config.yaml  config.given.yaml  environment.json
      sets/pool, sets/probe, sets/probe_without/    rendered once; each training set is a part of the pool
      settings/NAME/seed-N/         model.safetensors, probe.parquet (all of it, with residuals)
      results.parquet               a row a setting × seed × method
      results.json, report.html     methods compared

A setting whose `probe.parquet` is there is trained and verified already.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.report.planted import write_planted
from generator.assets import digests
from generator.dataset import read_set, read_specs
from generator.farm import render_set
from generator.grid import SetPlan
from generator.naming import spec_name
from generator.plan import BASE, PROBE, plan_set
from loop.causal import causal
from loop.classifier import Classifier, fresh_card, fresh_classifier, load_classifier, save_classifier
from loop.data import Batches, Labelled
from loop.planted_config import HEALTHY, PlantedConfig, Setting
from loop.planted_results import compared, show, write_results
from loop.planted_sets import planted_rows
from loop.progress import track
from loop.train import forget, steps_per_epoch, train
from loop.verify import verify


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
        table = compared(self.config, self._whole)
        write_results(self.folder, table)
        show(table)
        return write_planted(self.folder)

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

    def _whole(self, setting: Setting, seed: int) -> pd.DataFrame:
        return pd.read_parquet(self._place(setting, seed) / "probe.parquet")

    def _place(self, setting: Setting, seed: int) -> Path:
        return self.folder / "settings" / setting.name / f"seed-{seed}"
