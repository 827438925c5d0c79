"""What happens between a verification and the next training: judge the round, decide, end or go on.

Each answer is one file of the round's folder, written whole; where it is there it is read, not made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.slices.binning import bin_attributes
from generator.dataset.dataset import SPECS, read_specs
from generator.dataset.manifest import with_family
from generator.dataset.tables import write_parquet
from generator.files import read_jsonl, write_json, write_jsonl
from generator.spec import RenderSpec
from loop.config.run import LoopConfig
from loop.controllers import CONTROLLERS, RenderRequest, Round
from loop.controllers.base import draw_words
from loop.controllers.decide import decide, orderable, repeat, specify, thin, unlisted
from loop.controllers.gate import Gate, judge_round
from loop.run.files import kept, read_table
from loop.run.ledger import Ledger

RENDERS = "renders"
ORDERS, AGAIN, KEPT_OUT, GATE = "orders.json", "again.json", "kept_out.json", "gate.json"
TRAIN = "train"
"""The verification of the rendered training pictures."""


def round_folder(run: Path, turn: int) -> Path:
    return run / "rounds" / f"{turn:02d}"


def standing(run: Path, turn: int) -> int:
    """The last round up to this one that was not rolled back."""
    return max(t for t in range(turn + 1) if kept(round_folder(run, t)))


def read_orders(folder: Path) -> list[RenderRequest]:
    """What a round ordered, as `loop.controllers` gives it."""
    return [RenderRequest(**order) for order in json.loads((folder / ORDERS).read_text())]


def read_again(folder: Path) -> list[str]:
    """Names of the training pictures that a round repeats."""
    names: list[str] = json.loads((folder / AGAIN).read_text())
    return names


def read_kept_out(folder: Path) -> list[str]:
    """Names of the training pictures that the next training goes without."""
    names: list[str] = json.loads((folder / KEPT_OUT).read_text())
    return names


class Decisions:
    """The decisions of one run."""

    def __init__(self, config: LoopConfig, folder: Path, ledger: Ledger) -> None:
        self.config, self.folder, self.ledger = config, folder, ledger

    def judge(self, turn: int) -> None:
        """Compare the probe with that of the round that stood before; nothing to do in the first."""
        path = self.round(turn) / GATE
        if turn == 0:
            return
        if not path.exists():
            before, after = self._probe(self.standing(turn - 1)), self._probe(turn)
            attributes = orderable(before, self.config)
            before, bins = bin_attributes(before, unlisted(attributes, self.config))
            settings, seed = self.config.controller, self.config.seed
            gate = judge_round(before, bins.apply(after), attributes, settings, seed)
            write_json(path, gate.plain())
        self.ledger.write(turn, "gate", self._gate(turn).words())

    def standing(self, turn: int) -> int:
        return standing(self.folder, turn)

    def added(self, turn: int) -> list[Path]:
        """Folders of the rounds whose orders the training of round `turn` learns from."""
        return [self.round(t) for t in range(turn) if t + 1 == turn or kept(self.round(t + 1))]

    def ends(self, turn: int) -> bool:
        """Whether to stop before another round, unless that is begun: no gain for long, or no time."""
        settings = self.config.controller
        if (self.round(turn) / SPECS).exists():
            return False
        spent = sum(entry["seconds"] for entry in read_jsonl(self.folder / "timings.jsonl"))
        if settings.hours is not None and spent > 3600 * settings.hours:
            self.ledger.write(turn, "end", f"the {settings.hours:g} hours of controller.hours are spent")
            return True
        late = range(max(1, turn + 1 - (settings.patience or 0)), turn + 1)
        if (
            settings.patience
            and len(late) == settings.patience
            and not any(self._gate(t).gained and self._gate(t).kept for t in late)
        ):
            why = f"no sure gain of the last {settings.patience} rounds stands (controller.patience)"
            self.ledger.write(turn, "end", why)
            return True
        return False

    def decided(self, turn: int, trained_on: Callable[[], pd.DataFrame]) -> list[RenderSpec]:
        """What is to be rendered after a round; decided once, and told.

        Args:
            trained_on: gives the rendered pictures that are learned from already.
        """
        folder = self.round(turn)
        if not (folder / SPECS).exists():
            self._decide(turn, folder, trained_on())
        orders, specs = read_orders(folder), read_specs(folder)
        self._tell(turn, orders)
        self._tell_lacking(turn, orders, specs)
        if left := read_kept_out(folder):
            why = f"{len(left)} training pictures, right and aligned, are kept out of the next training"
            self.ledger.write(turn, "keep out", why)
        return specs

    def goes_on(self, turn: int) -> bool:
        """Whether there is something to train with."""
        return bool(read_orders(self.round(turn))) or CONTROLLERS[self.config.controller.name].goes_on

    def _decide(self, turn: int, folder: Path, trained_on: pd.DataFrame) -> None:
        decision = decide([*map(self._past, range(turn)), Round(self._standing_probe(turn))], self.config)
        write_parquet(folder / "slices.parquet", decision.slices)
        again = repeat(decision.orders, trained_on, self.config.seed + turn)
        specs = specify(decision.orders, self.config, turn, self._standing_probe(turn))
        counts = {True: map(len, again), False: map(len, specs)}
        orders = [replace(order, given=next(counts[order.again])) for order in decision.orders]
        write_json(folder / ORDERS, [_plain(order) for order in orders])
        write_json(folder / AGAIN, [name for names in again for name in names])
        write_json(folder / KEPT_OUT, self._kept_out(turn, folder))
        write_jsonl(folder / SPECS, (spec.model_dump() for some in specs for spec in some))

    def _kept_out(self, turn: int, folder: Path) -> list[str]:
        settings, looked = self.config.controller, folder / f"{TRAIN}.parquet"
        if not (settings.prune and looked.exists()):  # before the first renders there are none to thin
            return []
        return thin(read_table(looked), settings, self.config.seed + turn)

    def _tell(self, turn: int, orders: Sequence[RenderRequest]) -> None:
        for order in (order for order in orders if not order.drawn):
            self._tell_one(turn, order)
        if drawn := [order for order in orders if order.drawn]:
            pictures = sum(order.count for order in drawn)
            self.ledger.write(turn, "decide", draw_words(drawn), cells=len(drawn), pictures=pictures)
        if (draws := self.config.controller.candidates) > 1 and orders:
            why = f"of {draws} draws for each picture the one is rendered on which a failure is likeliest"
            self.ledger.write(turn, "decide", why)
        if not orders:
            self.ledger.write(
                turn, "decide", f"no pictures: {CONTROLLERS[self.config.controller.name].when_empty}"
            )

    def _tell_one(self, turn: int, order: RenderRequest) -> None:
        slice_ = {"slice": dict(order.where)} if order.where else {}
        again = {"again": True} if order.again else {}
        given = {"given": order.given} if order.lacking else {}
        self.ledger.write(turn, "decide", order.why, **slice_, pictures=order.count, **given, **again)

    def _tell_lacking(self, turn: int, orders: Sequence[RenderRequest], specs: Sequence[RenderSpec]) -> None:
        new, again = (sum(o.lacking for o in orders if o.again == old) for old in (False, True))
        instead = len(specs) - sum(o.count for o in orders if not o.again) + new
        if new:
            why = f"{new} of them cannot be had: `reinforce` gives no more vehicles of those slices"
            more = f"; {instead} of anything come instead (controller.idle)" if instead else ""
            self.ledger.write(turn, "decide", why + more)
        if again:
            why = f"{again} of them cannot be repeated: no render of those slices is trained on"
            self.ledger.write(turn, "decide", why)

    def _past(self, turn: int) -> Round:
        return Round(self._standing_probe(turn), tuple(read_orders(self.round(turn))), self._probe(turn + 1))

    def _standing_probe(self, turn: int) -> pd.DataFrame:
        return self._probe(self.standing(turn))

    def _probe(self, turn: int) -> pd.DataFrame:
        return with_family(read_table(self.round(turn) / "probe.parquet"))

    def _gate(self, turn: int) -> Gate:
        found: dict[str, Any] = json.loads((self.round(turn) / GATE).read_text())
        return Gate(**{**found, "harmed": tuple(found["harmed"])})

    def round(self, turn: int) -> Path:
        return round_folder(self.folder, turn)


def _plain(order: RenderRequest) -> dict[str, Any]:
    return {**vars(order), "where": dict(order.where), "scene": dict(order.scene)}
