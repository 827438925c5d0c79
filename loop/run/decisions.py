"""What happens between an evaluation and the next training: judge the round, decide, end or go on.

Each answer is one file of the round's folder (`loop.run.round_folder`), written whole; where it is there it
is read, not made again. How a controller decides is in `loop.controllers`; here is what it gets to see, where
its decision is kept, and what the ledger says about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from analysis.slices.binning import bin_attributes
from generator.dataset.manifest import with_family
from generator.spec import RenderSpec
from loop.config.run import LoopConfig
from loop.controllers import RenderRequest, Round, controller_named
from loop.controllers.base import describe_drawn
from loop.controllers.decide import decide, oversample, prune, renderable, requestable, specify, unlisted
from loop.controllers.gate import judge_round
from loop.run.folder import RunFolder
from loop.run.ledger import Ledger
from loop.run.round_folder import TRAIN, VALID, RoundFolder


class Decisions:
    """The decisions of one run.

    Args:
        photographs: attributes of the training photographs, where they are known.
    """

    def __init__(
        self,
        config: LoopConfig,
        folder: RunFolder,
        ledger: Ledger,
        photographs: pd.DataFrame | None = None,
    ) -> None:
        self.config = config
        self.photographs = photographs
        self.folder = folder
        self.ledger = ledger

    def judge(self, number: int) -> None:
        """Compare the probe with that of the last accepted round before, and write the gate; nothing to do in
        the first round."""
        if number == 0:
            return
        folder = self.folder.round(number)
        if not folder.gate.exists():
            before = self._accepted_probe(number - 1)
            after = self._probe(number)
            attributes = requestable(before, self.config)
            before, bins = bin_attributes(before, unlisted(attributes, self.config))
            settings, seed = self.config.controller, self.config.seed
            folder.write_gate(judge_round(before, bins.apply(after), attributes, settings, seed))
        self.ledger.write(number, "gate", folder.read_gate().describe())

    def added(self, number: int) -> list[RoundFolder]:
        """Folders of the rounds whose render requests the training of a round learns from."""
        # What a round requested was rolled back with the round that first learned from it.
        first = [n for n in range(number) if n + 1 == number or self.folder.round(n + 1).accepted]
        return [self.folder.round(n) for n in first]

    def ends(self, number: int) -> bool:
        """Whether to stop before another round, unless that has begun: no gain for long, or no time left."""
        if self.folder.round(number).decided:
            return False
        settings = self.config.controller
        spent = sum(entry["seconds"] for entry in self.folder.read_timings())
        if settings.hours is not None and spent > 3600 * settings.hours:
            self.ledger.write(number, "end", f"the {settings.hours:g} hours of controller.hours are spent")
            return True
        if settings.patience and self._without_gain(number, settings.patience):
            why = f"no significant gain in the last {settings.patience} rounds (controller.patience)"
            self.ledger.write(number, "end", why)
            return True
        return False

    def _without_gain(self, number: int, patience: int) -> bool:
        """Whether each of the last `patience` rounds was rolled back, or its gain is not significant."""
        last = range(max(1, number + 1 - patience), number + 1)
        gates = [self.folder.round(n).read_gate() for n in last]
        return len(gates) == patience and not any(gate.gained and gate.kept for gate in gates)

    def decided(self, number: int, trained_on: Callable[[], pd.DataFrame]) -> list[RenderSpec]:
        """What is to be rendered after a round; decided once, and written to the ledger.

        Args:
            trained_on: gives the rendered pictures that are learned from already.
        """
        folder = self.folder.round(number)
        if not folder.decided:
            self._decide(number, folder, trained_on())
        requests, specs = folder.read_requests(), folder.read_specs()
        self._report(number, requests)
        self._report_short(number, requests, specs)
        if pruned := folder.read_pruned():
            why = f"{len(pruned)} training pictures, correct and aligned, are pruned from the next training"
            self.ledger.write(number, "keep out", why)
        return specs

    def goes_on(self, number: int) -> bool:
        """Whether there is something to train with."""
        requests = self.folder.round(number).read_requests()
        return bool(requests) or controller_named(self.config.controller.name).goes_on

    def _decide(self, number: int, folder: RoundFolder, trained_on: pd.DataFrame) -> None:
        probe = self._accepted_probe(number)
        pictures = self._evidence(self.folder.last_accepted(number))
        training = None if self.photographs is None else pd.concat([self.photographs, trained_on])
        decision = decide([*map(self._past, range(number)), Round(pictures)], self.config, training)
        oversampled = oversample(decision.requests, trained_on, self.config.seed + number)
        specs = specify(decision.requests, self.config, number, probe)
        granted = {True: map(len, oversampled), False: map(len, specs)}
        requests = [replace(one, granted=next(granted[one.oversampled])) for one in decision.requests]
        folder.write_slices(decision.slices)
        folder.write_requests(requests)
        folder.write_oversampled([name for names in oversampled for name in names])
        folder.write_pruned(self._pruned(number, folder))
        folder.write_specs(spec for some in specs for spec in some)

    def _pruned(self, number: int, folder: RoundFolder) -> list[str]:
        settings = self.config.controller
        # Before the first renders there is no evaluation of them, and nothing to prune.
        if not (settings.prune and folder.evaluation(TRAIN).complete):
            return []
        return prune(folder.read_evaluation(TRAIN), settings, self.config.seed + number)

    # The ledger

    def _report(self, number: int, requests: Sequence[RenderRequest]) -> None:
        for request in requests:
            if not request.drawn:
                self._report_one(number, request)
        if drawn := [request for request in requests if request.drawn]:
            pictures = sum(request.count for request in drawn)
            self.ledger.write(number, "decide", describe_drawn(drawn), cells=len(drawn), pictures=pictures)
        if (candidates := self.config.controller.candidates) > 1 and requests:
            draws = f"of {candidates} draws for each picture"
            why = f"{draws} the one is rendered on which a failure is likeliest"
            self.ledger.write(number, "decide", why)
        if not requests:
            why = f"no pictures: {controller_named(self.config.controller.name).when_empty}"
            self.ledger.write(number, "decide", why)

    def _report_one(self, number: int, request: RenderRequest) -> None:
        slice_ = {"slice": dict(request.where)} if request.where else {}
        again = {"again": True} if request.oversampled else {}
        given = {"given": request.granted} if request.short else {}
        figures = {**slice_, "pictures": request.count, **given, **again}
        self.ledger.write(number, "decide", request.reason, **figures)

    def _report_short(
        self, number: int, requests: Sequence[RenderRequest], specs: Sequence[RenderSpec]
    ) -> None:
        new = [request for request in requests if not request.oversampled]
        short = sum(request.short for request in new)
        if short:
            why = f"{short} of them cannot be had: `reinforce` gives no more vehicles of those slices"
            instead = len(specs) - sum(request.count for request in new) + short
            more = f"; {instead} of anything come instead (controller.idle)" if instead else ""
            self.ledger.write(number, "decide", why + more)
        if repeated := sum(request.short for request in requests if request.oversampled):
            why = f"{repeated} of them cannot be repeated: no render of those slices is trained on"
            self.ledger.write(number, "decide", why)

    # What was seen

    def _past(self, number: int) -> Round:
        """A round that was decided in, with what came of it."""
        requests = tuple(self.folder.round(number).read_requests())
        before = self._evidence(self.folder.last_accepted(number))
        return Round(before, requests, self._evidence(number + 1))

    def _accepted_probe(self, number: int) -> pd.DataFrame:
        """The probe in the last accepted round up to this one."""
        return self._probe(self.folder.last_accepted(number))

    def _evidence(self, number: int) -> pd.DataFrame:
        """What slices are found weak on (`controller.evidence`)."""
        evidence = self.config.controller.evidence
        if evidence == "renders":
            return self._probe(number)
        photographs = renderable(self.folder.round(number).read_evaluation(VALID), self.config)
        if evidence == "photographs":
            return photographs
        return pd.concat([self._probe(number), photographs], ignore_index=True)

    def _probe(self, number: int) -> pd.DataFrame:
        return with_family(self.folder.round(number).read_evaluation("probe"))
