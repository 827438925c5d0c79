"""A run: render the sets, then train, evaluate, decide and render the next pictures, round after round.

Which files that makes is listed in `loop.run.folder` and `loop.run.round_folder`. Each step ends with one
file that appears whole; a step whose file is there is done. So the same command goes on where a kill left it.

Elsewhere: what is learned from is in `loop.run.training_set`, the evaluations of a round in
`loop.run.evaluations`, what follows from them in `loop.run.decisions`, what can be refused beforehand in
`loop.run.preflight`. The report is written by `renforce.runs`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from generator.assets.card import digests
from generator.farm.bookkeeping import Advance
from generator.farm.render import render_if_missing
from generator.planning.grid import SetPlan
from generator.planning.plan import BASE, HOLDOUT, PROBE, plan_set
from generator.spec import RenderSpec
from loop.config.run import LoopConfig
from loop.config.training import TrainSettings
from loop.data.attributes import training_attributes
from loop.data.pictures import Batches, class_names
from loop.data.sources import load_real
from loop.progress import track
from loop.run.decisions import Decisions
from loop.run.evaluations import Evaluations, set_folder
from loop.run.folder import RunFolder
from loop.run.ledger import Ledger
from loop.run.preflight import check_photographs, check_run
from loop.run.round_folder import TRAIN
from loop.run.training_set import TrainingSet
from loop.training.classifier import Classifier, NetworkCard, fresh_card, fresh_classifier
from loop.training.fit import fit, total_steps
from loop.training.logit_adjustment import raise_logits
from loop.training.module import History
from loop.training.precision import resolved
from loop.training.train import check_validation
from loop.training.weights import Given, load_classifier, load_given, save_classifier


class Run:
    """One run folder and what is to happen in it; `execute` does all that is not done yet.

    Args:
        folder: of the run; it exists.
        say: called with each decision as one line of text.

    Raises:
        UserError: a later step is already known to be impossible.
    """

    def __init__(self, config: LoopConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config = config
        self.folder = RunFolder(folder)
        self.ledger = Ledger(self.folder.ledger, say)
        self.real = load_real(config.data, config.seed)
        check_photographs(config, self.real)
        known = training_attributes(self.real, config.data.root)
        self.decisions = Decisions(config, self.folder, self.ledger, known)
        self.classes = class_names(config, self.real)
        base = set_folder(config, self.folder, "base")
        self.training_set = TrainingSet(config, self.real, self.classes, base, self.decisions)
        self.evaluations = Evaluations(config, self.folder, self.classes, self.real, self.ledger)
        check_validation(config.train, self.training_set.valid)
        check_run(config, self.classes, trained=self.folder.round(0).weights.exists())

    def execute(self) -> None:
        """Do all that is not done yet, but for the report."""
        deque(self.rounds(), maxlen=0)

    def rounds(self) -> Iterator[int]:
        """The number of each round, once it is evaluated; what comes after it is done when the next one is
        asked for."""
        self._render_sets()
        for number in range(self.config.controller.rounds + 1):
            self._train(number)
            self._evaluate(number)
            self.decisions.judge(number)
            yield number
            if number == self.config.controller.rounds or not self._reinforce(number):
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
        self._render_specs(f"render {name}", set_folder(config, self.folder, name), specs, 0)

    def _render_specs(self, step: str, folder: Path, specs: Sequence[RenderSpec], number: int) -> None:
        @contextmanager
        def progress() -> Iterator[Advance]:
            with self.folder.timed(step, number), track(step, len(specs)) as advance:
                yield advance

        made = render_if_missing(folder, specs, self.config.farm, progress)
        if made is not None:
            self.ledger.write(number, step, made.summary(folder.relative_to(self.folder.path)))

    # Training

    def _train(self, number: int) -> None:
        """The network of a round: trained, or in the first round perhaps given."""
        weights = self.folder.round(number).weights
        if weights.exists():
            return
        given = None if number else self._given
        if given is None or not given.trained:
            self._fit(number, given.classifier if given else self._start(number))
            return
        path, card = self.config.network.weights, given.classifier.card
        self.ledger.write(number, "train", f"took {path}, nothing trained; {card.summary}")
        save_classifier(given.classifier, weights)

    @property
    def _given(self) -> Given | None:
        """What weights of the user's own make; None where there are none."""
        network = self.config.network
        if not isinstance(network.weights, Path):
            return None
        return load_given(network.weights, self._network_card, self.config.seed, network.classes)

    def _fit(self, number: int, classifier: Classifier) -> None:
        """Train; the ledger is written before the weights, so that a kill between them loses neither."""
        folder = self.folder.round(number)
        data = self.training_set.of(number)
        settings = self._settings(number)
        epoch_pictures = self.training_set.counted(number)
        total = total_steps(epoch_pictures, settings)

        def adjust(history: History) -> None:
            why = (
                f"{self.config.network.name} on {len(data)} pictures, {total} steps in "
                f"{resolved(settings.precision)}, last loss {history.losses[-1]:.3f}{self._taught(data)}"
            )
            if by := self._adjustment(number):
                raise_logits(classifier, self.config.reinforced, by)
                why += f"; then the logits of {', '.join(self.config.reinforced)} raised by {by:g}"
            self.ledger.write(number, "train", why, losses=[round(loss, 6) for loss in history.losses])

        with self.folder.timed("train", number), track(f"train round {number}", total) as advance:
            fit(
                classifier, data, settings, seed=self.config.seed, checkpoint=folder.checkpoint,
                epoch_pictures=epoch_pictures, valid=self.training_set.valid, weights=folder.weights,
                advance=advance, before_saving=adjust,
            )  # fmt: skip

    def _taught(self, data: Batches) -> str:
        """A warning where renders teach nothing, else nothing; see `loop.training.logit_adjustment`."""
        shown = [*{*data.labels[data.rendered].tolist()}]
        settings = self.config.train
        taught = not settings.logit_adjusted_loss or settings.attention_loss is not None
        if taught or len(shown) != 1 or bool(data.rendered.all()):
            return ""
        return f"; renders of {self.classes[shown[0]]} alone teach nothing (train.logit_adjusted_loss: true)"

    def _settings(self, number: int) -> TrainSettings:
        """Of a round's training: after the first, epochs and learning rate may be others."""
        settings = self.config.train
        later = {"epochs": settings.retrain_epochs, "learning_rate": settings.retrain_learning_rate}
        return settings.model_copy(update={key: value for key, value in later.items() if number and value})

    def _start(self, number: int) -> Classifier:
        """What a round's training begins with: fresh weights, the same in each round; or those of the last
        accepted round, their logits as they were trained."""
        if number and self.config.train.retrain == "finetune":
            accepted = self.folder.last_accepted(number - 1)
            classifier = self._classifier(accepted)
            if by := self._adjustment(accepted):
                raise_logits(classifier, self.config.reinforced, -by)
            return classifier
        return fresh_classifier(self._network_card, self.config.seed, pretrained=self._pretrained)

    def _adjustment(self, number: int) -> float:
        """By which the logits of the reinforced classes are raised in a round's network, in log-odds."""
        return self.config.train.retrain_logit_adjustment if number else 0.0

    @cached_property
    def _network_card(self) -> NetworkCard:
        network, size = self.config.network, self.config.data.image_size
        if network.mean and network.std:
            return NetworkCard(network.name, self.classes, size, network.mean, network.std)
        sample = self.training_set.sample
        return fresh_card(network.name, self.classes, size, sample, pretrained=self._pretrained)

    @property
    def _pretrained(self) -> bool:
        return self.config.network.pretrained

    def _classifier(self, number: int) -> Classifier:
        return load_classifier(self.folder.round(number).weights, self._network_card)

    def _evaluate(self, number: int) -> None:
        if not self.folder.round(number).evaluated:
            self.evaluations.evaluate(number, self._classifier(number))

    # Reinforcement

    def _reinforce(self, number: int) -> bool:
        """Decide, and render what was decided; False where the run ends here."""
        if self.decisions.ends(number):
            return False
        self._evaluate_training_set(number)
        with self.folder.timed("decide", number):
            specs = self.decisions.decided(number, lambda: self.training_set.rendered(number))
        if specs:
            self._render_specs("render reinforcement", self.folder.round(number).renders, specs, number)
        return self.decisions.goes_on(number)

    def _evaluate_training_set(self, number: int) -> None:
        """Its rendered pictures, where those that are correct and aligned are to be pruned."""
        if not self.config.controller.prune or self.folder.round(number).evaluation(TRAIN).complete:
            return
        if len(rendered := self.training_set.rendered(number)):
            classifier = self._classifier(self.folder.last_accepted(number))
            self.evaluations.evaluate_training_set(number, rendered, classifier)
