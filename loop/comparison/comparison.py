"""Compare networks on the same data: train each, judge it along the way, and put it all into one table.

    RUN/
      config.yaml  config.given.yaml  environment.json
      data.json                     classes, pictures of each split and variant, what was found about them
      jobs/VARIANT/NETWORK/seed-N/
        training.ckpt               while it trains
        epoch-NN.json               measures on train, valid and test after so many epochs
        epoch-NN.parquet            every test picture after so many epochs
        epoch-NN.safetensors        the weights
        epoch-NN-looks*, maps/      where it looks after so many epochs, if there is a `probe`
        job.json                    curves, times; appears last
        logs/                       TensorBoard
      results.parquet, results.json one row a variant × network × amount × seed, and summaries
      report.html, done.json

A job whose `job.json` is there is done; another one goes on from its last whole epoch. So the same command
after a kill goes on where it stood and ends with the same figures.
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
from generator.dataset.tables import write_parquet
from generator.errors import UserError
from generator.files import write_json
from loop.comparison.agreement import look, rendered_table
from loop.comparison.results import write_results
from loop.config.comparison import CompareConfig, Job, Variant
from loop.data.pictures import Batches, Labelled, RealData, load_rendered
from loop.data.sources import load_real
from loop.data.splits import mixed
from loop.evaluation.measures import judge, measure, pictures
from loop.progress import track
from loop.report.comparison import write_comparison
from loop.run.preflight import check_look
from loop.training.classifier import Classifier, fresh_card, fresh_classifier, save_classifier
from loop.training.precision import resolved
from loop.training.train import History, forget, steps_per_epoch, train

JUDGED = 1000
"""Training pictures, evenly spaced, on which the training accuracy is measured, at most."""


class Comparison:
    """One run folder and what is to happen in it; `execute` does all that is not done yet.

    Raises:
        UserError: a network has no such layer, or there is no such method.
    """

    def __init__(self, config: CompareConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config, self.folder, self.say = config, folder, say
        for network in config.networks:
            check_look(network, config.data.image_size, config.attribution)

    def execute(self) -> Path:
        self._describe_data()
        jobs = self.config.jobs()
        for number, job in enumerate(jobs, 1):
            if not self._file(job, "job.json").exists():
                self._do(job, f"{number}/{len(jobs)}")
            forget(self._file(job, "training.ckpt"))
        write_results(self.folder, self.config)
        return write_comparison(self.folder)

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
        share = self.config.data_of(variant).rendered_fraction
        return mixed(real.train, self._rendered(real.classes), share, self.config.seed)

    def _rendered(self, classes: tuple[str, ...]) -> Labelled:
        rendered = self.config.rendered
        assert rendered is not None
        return load_rendered(rendered.folder, lambda shape: rendered.label_of(shape, classes))

    def _describe_data(self) -> None:
        path = self.folder / "data.json"
        if path.exists():
            return
        described = {variant.name: self._description(variant) for variant in self.config.variants}
        write_json(path, described)
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
        """Read before anything is trained, so that mistakes are told at once."""
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
        settings = self.config.train_of(job.variant, job.network)
        size = self.config.data_of(job.variant).image_size
        real = self._data[job.variant.name]
        data = Batches(self._training(job.variant), size)
        sets = {"train": _few(data), "valid": Batches(real.valid, size), "test": Batches(real.test, size)}
        classifier = self._fresh(job, data, real.classes)
        amounts = self.config.amounts_of(job.variant, job.network)
        steps = steps_per_epoch(len(data), settings.batch_size)
        checkpoint = self._file(job, "training.ckpt")

        def at_epoch(epoch: int) -> None:
            if epoch in amounts[:-1]:
                self._judge(job, epoch, classifier, sets)

        with track(f"{number} {job.place}", steps * settings.epochs) as advance:
            history = train(
                classifier, data, settings, steps_per_epoch=steps, seed=job.seed, checkpoint=checkpoint,
                valid=sets["valid"] if len(real.valid) else None, advance=advance, at_epoch=at_epoch,
            )  # fmt: skip
        found = self._judge(job, amounts[-1], classifier, sets)
        self._finish(job, classifier, history)
        self.say(f"{number} {job.place}: test top-1 {found['test']['top1']:.1%}, {history.seconds:.0f} s")

    def _fresh(self, job: Job, data: Batches, classes: tuple[str, ...]) -> Classifier:
        pretrained = self.config.weights == "DEFAULT"
        card = fresh_card(job.network, classes, data.size, data.sample, pretrained=pretrained)
        return fresh_classifier(card, job.seed, pretrained=pretrained)

    def _judge(
        self, job: Job, epoch: int, classifier: Classifier, sets: dict[str, Batches]
    ) -> dict[str, Any]:
        """In the precision of the training. Weights and test pictures first, measures last."""
        classes = classifier.card.classes
        precision = resolved(self.config.train_of(job.variant, job.network).precision)
        judged = {name: judge(classifier, data, precision) for name, data in sets.items() if len(data)}
        found = {name: measure(judgement, classes) for name, judgement in judged.items()}
        found["test"]["pictures_per_second"] = len(sets["test"]) / judged["test"].seconds
        if self.config.keep == "all" or epoch == self.config.amounts_of(job.variant, job.network)[-1]:
            save_classifier(classifier, self._file(job, f"epoch-{epoch:03d}.safetensors"))
        if self.config.probe:
            place = self._file(job, "")
            look(classifier, self.config.probe, self.config.attribution, place, f"epoch-{epoch:03d}-looks")
        write_parquet(self._file(job, f"epoch-{epoch:03d}.parquet"), pictures(judged["test"], classes))
        write_json(self._file(job, f"epoch-{epoch:03d}.json"), found)
        return found

    def _finish(self, job: Job, classifier: Classifier, history: History) -> None:
        size = network_size(job.network, len(classifier.card.classes), classifier.card.image_size)
        content = {
            "variant": job.variant.name,
            "network": job.network,
            "seed": job.seed,
            "epochs": list(history.epochs),
            **asdict(size),
            "seconds": history.seconds,
            "loader_share": history.loader_share,
            "train_pictures_per_second": history.pictures_per_second,
        }
        write_json(self._file(job, "job.json"), content)

    def _file(self, job: Job, name: str) -> Path:
        return self.folder / "jobs" / job.place / name


def _few(data: Batches) -> Batches:
    """Evenly spaced pictures, at most `JUDGED`."""
    step = math.ceil(len(data) / JUDGED)
    return data if step == 1 else Batches(data.data.at(list(range(0, len(data), step))), data.size)
