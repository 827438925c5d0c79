"""A whole run: render the sets, then train, verify, decide, render, and again; report.

    RUN/
      config.yaml          as resolved; config.given.yaml as the user wrote it
      environment.json     versions, device, command
      ledger.jsonl         every decision with its reason
      timings.jsonl        seconds of each step
      sets/                base/ (where it is rendered), probe/, holdout/: rendered sets; probe_without/:
                           the probe without vehicles, or without parts (`attribution.residual`)
      rounds/00/           model.safetensors, probe.parquet, holdout.parquet, *_scores.parquet,
                           probe_faithfulness.parquet (`attribution.faithfulness`), maps/, test.parquet
                           (real pictures), metrics.json, gate.json (what the round changed),
                           train.parquet (`controller.prune`), slices.parquet, orders.json,
                           again.json (training pictures to be repeated), kept_out.json (those to be
                           left out), specs.jsonl (what is to be rendered), renders/
      report.html, done.json

Each step ends with one file that appears whole; a step whose file is there is done. So the same
command after a kill goes on where it stood.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from generator.assets.card import digests
from generator.dataset.dataset import refuse_other
from generator.farm.render import render_set
from generator.planning.grid import SetPlan
from generator.planning.plan import BASE, HOLDOUT, PROBE, plan_set
from generator.spec import RenderSpec
from loop.config.run import LoopConfig
from loop.config.training import TrainSettings
from loop.data.pictures import Batches, class_names
from loop.data.sources import load_real
from loop.progress import timed, track
from loop.report.run import write_report
from loop.run.decisions import RENDERS, TRAIN, Decisions, round_folder
from loop.run.evaluations import METRICS, Evaluations, set_folder
from loop.run.ledger import Ledger
from loop.run.preflight import check_run
from loop.run.training_set import TrainingSet
from loop.training.classifier import (
    Card,
    Classifier,
    fresh_card,
    fresh_classifier,
    load_classifier,
    save_classifier,
)
from loop.training.logit_adjustment import raise_logits
from loop.training.precision import resolved
from loop.training.train import check_validation, forget, steps_per_epoch, train


class Run:
    """One run folder and what is to happen in it; `execute` does all that is not done yet."""

    def __init__(self, config: LoopConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config, self.folder = config, folder
        self.ledger = Ledger(folder / "ledger.jsonl", say)
        self.reinforcing = Decisions(config, folder, self.ledger)
        self.real = load_real(config.data, config.seed)
        self.classes = class_names(config, self.real)
        self.training_set = TrainingSet(
            config, self.real, self.classes, set_folder(config, folder, "base"), self.reinforcing
        )
        self.verifying = Evaluations(config, folder, self.classes, self.real, self.ledger)
        check_validation(config.train, self.training_set.valid)
        check_run(config, self.classes, trained=(self._round(0) / "model.safetensors").exists())

    def execute(self) -> Path:
        deque(self.turns(), maxlen=0)
        with timed(self.folder, "report", 0):
            return write_report(self.folder)

    def turns(self) -> Iterator[int]:
        """Each round, once it is verified; what comes after it is done when the next one is asked for."""
        self._render_sets()
        for turn in range(self.config.controller.rounds + 1):
            self._train(turn)
            self._verify(turn)
            self.reinforcing.judge(turn)
            yield turn
            if turn == self.config.controller.rounds or not self._reinforce(turn):
                break

    # Sets

    def _render_sets(self) -> None:
        self._render("base", self.config.data.rendered, BASE)
        self._render("probe", self.config.probe.render, PROBE)
        self._render("holdout", self.config.holdout, HOLDOUT)

    def _render(self, name: str, plan: SetPlan | None, block: int) -> None:
        if plan is None:
            return
        config = self.config
        assets = digests(config.farm.assets)
        seed = config.seed if block == BASE else config.rendering_seed
        specs = plan_set(plan, config.scene, config.render, seed=seed, block=block, assets=assets)
        self._render_specs(f"render {name}", set_folder(self.config, self.folder, name), specs, 0)

    def _render_specs(self, step: str, folder: Path, specs: Sequence[RenderSpec], turn: int) -> None:
        refuse_other(folder, specs, self.config.farm.without)
        if (folder / "manifest.parquet").exists():
            return
        with timed(self.folder, step, turn), track(step, len(specs)) as advance:
            made = render_set(folder, specs, self.config.farm, advance)
        taken = f", {made.cached} of them out of the cache" if made.cached else ""
        self.ledger.write(turn, step, f"{len(specs)} pictures in {folder.relative_to(self.folder)}{taken}")

    # Training

    def _train(self, turn: int) -> None:
        path = self._round(turn) / "model.safetensors"
        if path.exists():
            return
        given = self.config.network.weights
        if turn == 0 and isinstance(given, Path):
            classifier = load_classifier(given, self._card)
            self.ledger.write(turn, "train", f"took {given}, nothing trained; {classifier.card.words}")
            save_classifier(classifier, path)
            return
        data, settings = self.training_set.of(turn), self._settings(turn)
        steps = steps_per_epoch(self.training_set.counted(turn), settings.batch_size)
        checkpoint = path.with_name("training.ckpt")
        classifier = self._start(turn)
        total = steps * settings.epochs
        with timed(self.folder, "train", turn), track(f"train round {turn}", total) as advance:
            losses = train(
                classifier, data, settings, steps_per_epoch=steps, seed=self.config.seed,
                checkpoint=checkpoint, valid=self.training_set.valid, advance=advance,
            ).losses  # fmt: skip
        why = (
            f"{self.config.network.name} on {len(data)} pictures, {total} steps in "
            f"{resolved(settings.precision)}, last loss {losses[-1]:.3f}{self._in_vain(data)}"
        )
        if by := self._offset(turn):
            raise_logits(classifier, self.config.reinforced, by)
            why += f"; then the logits of {', '.join(self.config.reinforced)} raised by {by:g}"
        self.ledger.write(turn, "train", why, losses=[round(loss, 6) for loss in losses])
        save_classifier(classifier, path)
        forget(checkpoint)

    def _in_vain(self, data: Batches) -> str:
        """Says so where renders teach nothing, see `loop.training.logit_adjustment`."""
        shown = [*{*data.labels[data.rendered].tolist()}]
        settings = self.config.train
        taught = not settings.logit_adjusted_loss or settings.attention_loss is not None
        if taught or len(shown) != 1 or bool(data.rendered.all()):
            return ""
        return f"; renders of {self.classes[shown[0]]} alone teach nothing (train.logit_adjusted_loss: true)"

    def _settings(self, turn: int) -> TrainSettings:
        settings = self.config.train
        later = {"epochs": settings.retrain_epochs, "learning_rate": settings.retrain_learning_rate}
        return settings.model_copy(update={key: value for key, value in later.items() if turn and value})

    def _start(self, turn: int) -> Classifier:
        """Fresh weights, the same in each round; or those of the round before."""
        if turn and self.config.train.retrain == "finetune":
            standing = self.reinforcing.standing(turn - 1)
            classifier = self._classifier(standing)
            if by := self._offset(standing):
                raise_logits(classifier, self.config.reinforced, -by)
            return classifier
        return fresh_classifier(self._card, self.config.seed, pretrained=self._pretrained)

    def _offset(self, turn: int) -> float:
        """By which the logits of the reinforced classes are raised in a round's network."""
        return self.config.train.retrain_logit_adjustment if turn else 0.0

    @cached_property
    def _card(self) -> Card:
        name, mean, std = self.config.network.name, self.config.network.mean, self.config.network.std
        if mean and std:
            return Card(name, self.classes, self.config.data.image_size, mean, std)
        return fresh_card(
            name, self.classes, self.config.data.image_size, self.training_set.sample,
            pretrained=self._pretrained,
        )  # fmt: skip

    @property
    def _pretrained(self) -> bool:
        return self.config.network.weights == "DEFAULT"

    def _classifier(self, turn: int) -> Classifier:
        return load_classifier(self._round(turn) / "model.safetensors", self._card)

    def _verify(self, turn: int) -> None:
        if not (self._round(turn) / METRICS).exists():
            self.verifying.evaluate(turn, self._classifier(turn))

    # Reinforcement

    def _reinforce(self, turn: int) -> bool:
        """Decide, and render what was decided; False where the run ends here."""
        if self.reinforcing.ends(turn):
            return False
        self._look_at_training_set(turn)
        with timed(self.folder, "decide", turn):
            specs = self.reinforcing.decided(turn, lambda: self.training_set.rendered(turn))
        if specs:
            self._render_specs("render reinforcement", self._round(turn) / RENDERS, specs, turn)
        return self.reinforcing.goes_on(turn)

    def _look_at_training_set(self, turn: int) -> None:
        """Its rendered pictures, where those that are right and aligned are to be thinned."""
        if not self.config.controller.prune or (self._round(turn) / f"{TRAIN}.parquet").exists():
            return
        if len(rendered := self.training_set.rendered(turn)):
            classifier = self._classifier(self.reinforcing.standing(turn))
            self.verifying.look_at_training(turn, rendered, classifier)

    def _round(self, turn: int) -> Path:
        return round_folder(self.folder, turn)
