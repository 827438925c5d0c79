"""Plant known failures into training sets, train, evaluate, and see which finder names them.

Beside them a healthy network of each seed is trained on the whole pool: what is weak there too was not
planted, and to name it is not a mistake (`loop.slice_benchmark.scores`).

    RUN/
      config.yaml  config.given.yaml  environment.json
      sets/pool, sets/probe, sets/probe_without/    rendered once; each training set is a part of the pool
      settings/NAME/seed-N/         model.safetensors, probe.parquet (all of it, with residuals)
      results.parquet               a row a setting × seed × method
      results.json, report.html     finders compared
      done.json

A setting whose `probe.parquet` is there is trained and evaluated already.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import pandas as pd

from analysis.slices.binning import VEHICLES, candidates
from analysis.slices.conjunctions import inside, slice_name
from generator.assets.card import digests
from generator.dataset.dataset import read_set, read_specs
from generator.errors import UserError
from generator.farm.render import render_if_missing
from generator.naming import spec_name
from generator.planning.grid import FAMILY, SetPlan
from generator.planning.plan import BASE, PROBE, plan_set
from generator.spec import RenderSpec
from loop.config.slice_benchmark import HEALTHY, Setting, SliceBenchmarkConfig
from loop.controllers import finder_named
from loop.data.pictures import Batches, Labelled
from loop.evaluation.ablation import ablate, render_empty
from loop.evaluation.evaluate import evaluate
from loop.processes import workers
from loop.progress import track
from loop.run.preflight import check_attribution, check_scores
from loop.run.results_folder import BenchmarkFolder, SettingFolder
from loop.slice_benchmark.results import compared, show, write_results
from loop.slice_benchmark.sets import planted_rows
from loop.training.classifier import Classifier, device, fresh_card, fresh_classifier
from loop.training.fit import fit
from loop.training.train import check_validation
from loop.training.weights import load_classifier


class SliceBenchmark:
    """One benchmark folder and what is to happen in it; `execute` does all that is not done yet.

    Raises:
        UserError: there is no such network, method, layer, score or finder, or epochs are to be chosen, for
            which there is nothing to validate on.
    """

    def __init__(self, config: SliceBenchmarkConfig, folder: Path) -> None:
        self.config = config
        self.folder = BenchmarkFolder(folder)
        check_attribution(config.network.name, config.image_size, config.attribution)
        # The benchmark measures residuals whatever the configuration asks for.
        check_scores(config.controller, config.attribution.model_copy(update={"residual": True}))
        check_validation(config.train, None)
        for name in config.finders:
            finder_named(name)

    def execute(self, say: Callable[[str], None]) -> None:
        """Do all that is not done yet, but for the report."""
        self._check_probe()
        for name, plan, block in (("pool", self.config.pool, BASE), ("probe", self.config.probe, PROBE)):
            self._render(name, plan, block)
        render_empty(self._specs, self._without, self.config.farm)  # before processes share it
        trained = (HEALTHY, *self.config.settings)
        jobs = [Job(self, setting, seed) for seed in self.config.seeds for setting in trained]
        todo = [job for job in jobs if not self._evaluated(job.setting, job.seed).exists()]
        with workers(self.config.processes, self.config.threads) as do:
            for number, (job, spent) in enumerate(zip(todo, do(run, todo), strict=True), 1):
                say(f"{number}/{len(todo)} {job.setting.name}, seed {job.seed}: {spent:.0f} s")
        table = compared(self.config, self._whole)
        write_results(self.folder, table)
        show(table)

    # Sets

    def _render(self, name: str, plan: SetPlan, block: int) -> None:
        folder = self.folder.rendered_set(name)
        specs = self._planned(plan, block)
        render_if_missing(folder, specs, self.config.farm, partial(track, f"render {name}", len(specs)))

    def _planned(self, plan: SetPlan, block: int) -> list[RenderSpec]:
        config = self.config
        assets = digests(config.farm.assets)
        return plan_set(plan, config.scene, config.render, seed=config.seed, block=block, assets=assets)

    def _check_probe(self) -> None:
        """Raise a UserError where something is planted that the probe shows too little of."""
        shown = pd.DataFrame([spec.row() for spec in self._planned(self.config.probe, PROBE)])
        for setting in self.config.settings:
            for where in setting.planted:
                if (n := int(inside(shown, where).sum())) < self.config.controller.min_n:
                    raise UserError(
                        f"settings: {setting.name!r} plants {slice_name(where)}, of which the probe shows "
                        f"{n} pictures, fewer than controller.min_n {self.config.controller.min_n}, as named "
                        "slices have; let `probe` show more of it"
                    )
        if FAMILY in self.config.attributes and FAMILY not in candidates(shown):
            raise UserError(
                f"probe: a family is planted, and of some the probe shows fewer than {VEHICLES} vehicles, or "
                "of one alone; raise `variants` and `count`"
            )

    @property
    def _without(self) -> Path:
        """The probe's scenes without vehicles."""
        return self.folder.probe_without

    @property
    def _specs(self) -> list[RenderSpec]:
        """Of the probe, in the order of its table."""
        specs = {spec_name(spec): spec for spec in read_specs(self.folder.rendered_set("probe"))}
        return [specs[name] for name in self._probe["name"]]

    @cached_property
    def _pool(self) -> pd.DataFrame:
        return read_set(self.folder.rendered_set("pool"))

    @cached_property
    def _probe(self) -> pd.DataFrame:
        return read_set(self.folder.rendered_set("probe"))

    def _labels(self, table: pd.DataFrame) -> list[int]:
        return [self.config.class_index(shape) for shape in table["shape"]]

    # Training and evaluation

    def trained(self, setting: Setting, seed: int) -> Classifier:
        """The network of a setting, from its file where it is there."""
        path = self._place(setting, seed).weights
        rows = self._pool[planted_rows(self._pool, setting, seed)]
        images, masks = (tuple(map(Path, rows[kind])) for kind in ("image", "mask"))
        data = Labelled(images, tuple(self._labels(rows)), masks)
        batches = Batches(data, self.config.image_size)
        name = self.config.network.name
        card = fresh_card(
            name, tuple(self.config.classes), self.config.image_size, batches.sample, pretrained=False
        )
        if path.exists():
            return load_classifier(path, card)
        classifier = fresh_classifier(card, seed, pretrained=False)
        checkpoint = self._place(setting, seed).checkpoint
        fit(
            classifier, batches, self.config.train, seed=seed, checkpoint=checkpoint, weights=path,
            epoch_pictures=len(self._pool),  # the same for all settings
        )  # fmt: skip
        return classifier

    def evaluate(self, setting: Setting, seed: int, classifier: Classifier) -> None:
        """Evaluate the network of a setting on the probe, with its vehicles and without."""
        table = self._probe
        labels = self._labels(table)
        images = list(map(Path, table["image"]))
        without = ablate(classifier, self._specs, images, labels, self._without, self.config.farm, parts=())
        whole = table.merge(without, on="name", how="left", validate="one_to_one")
        evaluate(classifier, whole, labels, self._place(setting, seed).probe, self.config.attribution)

    def _whole(self, setting: Setting, seed: int) -> pd.DataFrame:
        return self._place(setting, seed).read_probe()

    def _evaluated(self, setting: Setting, seed: int) -> Path:
        """Comes last of a setting's files."""
        return self._place(setting, seed).probe.table

    def _place(self, setting: Setting, seed: int) -> SettingFolder:
        return self.folder.setting(setting.name, seed)


class Job(NamedTuple):
    """One network of a benchmark."""

    benchmark: SliceBenchmark
    setting: Setting
    seed: int


def run(job: Job) -> float:
    """Train and evaluate a setting's network; returns the seconds that took."""
    began = perf_counter()
    classifier = job.benchmark.trained(job.setting, job.seed)
    job.benchmark.evaluate(job.setting, job.seed, classifier.to(device()))
    return perf_counter() - began
