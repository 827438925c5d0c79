"""Compare networks on the same data: train each, measure it along the way, and put it all into one table.

Which files that makes is listed in `loop.run.results_folder` and `loop.run.job_folder`. A job whose
`job.json` is there is done; another one goes on from its last whole epoch. So the same command goes on where
a kill left it and ends with the same figures.

Elsewhere: the table is made in `loop.comparison.results`, attributions are compared in
`loop.comparison.agreement`, and the report is written by `renforce.runs`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.zoo.size import network_size
from generator.dataset.dataset import read_set
from generator.dataset.manifest import blocks
from generator.errors import UserError
from loop.comparison.agreement import evaluate_rendered, rendered_table
from loop.comparison.results import write_results
from loop.config.comparison import CompareConfig, Job, Variant
from loop.data.pictures import Batches, Labelled, RealData, load_rendered
from loop.data.sources import load_real
from loop.data.splits import mixed
from loop.evaluation.judge import judge
from loop.evaluation.measures import large_batches, measure, pictures
from loop.progress import track
from loop.run.job_folder import JobFolder
from loop.run.preflight import check_attribution
from loop.run.results_folder import ComparisonFolder
from loop.training.classifier import Classifier
from loop.training.fit import fit, new_classifier, total_steps
from loop.training.module import History
from loop.training.precision import resolved
from loop.training.train import forget
from loop.training.weights import save_classifier

TRAIN_JUDGED = 1000
"""Training pictures, evenly spaced, on which the training accuracy is measured, at most."""


class Comparison:
    """One folder and what is to happen in it; `execute` does all that is not done yet.

    Args:
        folder: of the comparison; it exists.
        say: called with one line of text for each step.

    Raises:
        UserError: a network has no such layer, or there is no such method.
    """

    def __init__(self, config: CompareConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config = config
        self.folder = ComparisonFolder(folder)
        self.say = say
        for network in config.networks:
            check_attribution(network, config.data.image_size, config.attribution)

    def execute(self) -> None:
        """Do all that is not done yet, but for the report."""
        self._describe_data()
        jobs = self.config.jobs()
        for number, job in enumerate(jobs, 1):
            folder = self._folder(job)
            if not folder.job.exists():
                self._do(job, f"{number}/{len(jobs)}")
            forget(folder.checkpoint)  # of a job that was killed when all but this was done
        write_results(self.folder, self.config)

    # Data

    @cached_property
    def _data(self) -> dict[str, RealData]:
        """By variant: the same splits for all, since the seed is."""
        return {variant.name: self._load(variant) for variant in self.config.variants}

    def _load(self, variant: Variant) -> RealData:
        data = load_real(self.config.data_of(variant), self.config.seed)
        assert data is not None
        return data

    def _training(self, variant: Variant) -> Labelled:
        real = self._data[variant.name]
        if self.config.rendered is None:
            return real.train
        fraction = self.config.data_of(variant).rendered_fraction
        return mixed(real.train, self._rendered(real.classes), fraction, self.config.seed)

    def _rendered(self, classes: tuple[str, ...]) -> Labelled:
        rendered = self.config.rendered
        assert rendered is not None
        return load_rendered(rendered.folder, lambda shape: rendered.label_of(shape, classes))

    def _describe_data(self) -> None:
        if self.folder.data.exists():
            return
        described = {variant.name: self._description(variant) for variant in self.config.variants}
        self.folder.write_data(described)
        for name, found in described.items():
            counts = ", ".join(f"{found[part]} {part}" for part in ("train", "valid", "test"))
            self.say(f"{name}: {counts} pictures of {len(found['classes'])} classes")
            for note in found["notes"]:
                self.say(f"{name}: {note}")

    def _description(self, variant: Variant) -> dict[str, Any]:
        real, training = self._data[variant.name], self._training(variant)
        return {
            "classes": list(real.classes),
            "train": len(training),
            "rendered": len(training) - len(real.train),
            "valid": len(real.valid),
            "test": len(real.test),
            "notes": list(real.notes),
            **self._probe(real.classes),
        }

    def _probe(self, classes: tuple[str, ...]) -> dict[str, int]:
        """Read before anything is trained, so that mistakes are reported at once."""
        probe, rendered = self.config.probe, self.config.rendered
        if probe is None:
            return {}
        table, labels = rendered_table(probe, classes)
        if rendered and (shared := {*blocks(table)} & {*blocks(read_set(rendered.folder))}):
            raise UserError(
                f"probe.folder: {probe.folder} has vehicles or places of block {min(shared)}, as "
                "rendered.folder has; render one of them with another `block`"
            )
        return {"looks": len(labels)}

    # Jobs

    def _do(self, job: Job, number: str) -> None:
        """Train and measure; `job.json` is written when all else is, before the checkpoint is removed."""
        config = self.config
        folder = self._folder(job)
        settings = config.train_of(job.variant, job.network)
        size = config.data_of(job.variant).image_size
        real = self._data[job.variant.name]
        data = Batches(self._training(job.variant), size)
        sets = {"train": _few(data), "valid": Batches(real.valid, size), "test": Batches(real.test, size)}
        pretrained = config.weights != "scratch"
        classifier = new_classifier(job.network, real.classes, data, job.seed, pretrained=pretrained)
        amounts = config.amounts_of(job.variant, job.network)

        def at_epoch(epoch: int) -> None:
            if epoch in amounts[:-1]:
                self._measure(job, epoch, classifier, sets)

        def finish(history: History) -> None:
            self._measure(job, amounts[-1], classifier, sets)
            folder.write_job(_description(job, classifier, history))

        with track(f"{number} {job.place}", total_steps(len(data), settings)) as advance:
            history = fit(
                classifier, data, settings, seed=job.seed, checkpoint=folder.checkpoint,
                valid=sets["valid"] if len(real.valid) else None, advance=advance, at_epoch=at_epoch,
                before_saving=finish,
            )  # fmt: skip
        top1 = folder.read_measures(amounts[-1])["test"]["top1"]
        self.say(f"{number} {job.place}: test top-1 {top1:.1%}, {history.seconds:.0f} s")

    def _measure(self, job: Job, epoch: int, classifier: Classifier, sets: dict[str, Batches]) -> None:
        """In the precision of the training. Weights and test pictures first, measures last."""
        config, folder = self.config, self._folder(job)
        classes = classifier.card.classes
        precision = resolved(config.train_of(job.variant, job.network).precision)
        filled = {name: data for name, data in sets.items() if len(data)}
        judged = {name: judge(classifier, large_batches(data), precision) for name, data in filled.items()}
        found = {name: measure(judgement, classes) for name, judgement in judged.items()}
        found["test"]["pictures_per_second"] = len(sets["test"]) / judged["test"].seconds
        if config.keep == "all" or epoch == config.amounts_of(job.variant, job.network)[-1]:
            save_classifier(classifier, folder.weights(epoch))
        if config.probe:
            evaluate_rendered(classifier, config.probe, config.attribution, folder.attribution(epoch))
        folder.write_pictures(epoch, pictures(judged["test"], classes))
        folder.write_measures(epoch, found)

    def _folder(self, job: Job) -> JobFolder:
        return self.folder.job(job.variant.name, job.network, job.seed)


def _description(job: Job, classifier: Classifier, history: History) -> dict[str, Any]:
    """What `job.json` holds."""
    size = network_size(job.network, len(classifier.card.classes), classifier.card.image_size)
    return {
        "variant": job.variant.name,
        "network": job.network,
        "seed": job.seed,
        "epochs": list(history.epochs),
        **asdict(size),
        "seconds": history.seconds,
        "loader_share": history.loader_share,
        "train_pictures_per_second": history.pictures_per_second,
    }


def _few(data: Batches) -> Batches:
    """Evenly spaced pictures, at most `TRAIN_JUDGED`."""
    step = math.ceil(len(data) / TRAIN_JUDGED)
    return data if step == 1 else Batches(data.data.at(list(range(0, len(data), step))), data.size)
