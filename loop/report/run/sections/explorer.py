"""Every holdout picture as a point: the probability of its class against the evidence on the vehicle.

The only chart to point at and zoom into, so the only one that plotly draws, in the browser.
"""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd
from plotly.offline import get_plotlyjs

from analysis.slices.conjunctions import inside
from loop.report.run.content.rounds import RoundContent
from loop.report.run.content.run import RunContent

X, Y = "p_true", "energy_true"
MOST = 2000
"""Points of a chart; of a larger set evenly spaced pictures are shown."""
GROUPS = ((False, False), (False, True), (True, False), (True, True))
"""(in a slice that is set apart, right): one trace each."""


@dataclass(frozen=True)
class Explorer:
    charts: tuple[dict[str, Any], ...]
    """One a round: `round`, `traces`, `n`, `shown`."""
    corrected: bool
    slices: str
    """Which slices are set apart: `reinforced`, `planted`, or none."""
    plotly: str
    script: str

    @property
    def hashes(self) -> str:
        """For the content security policy: these two scripts may run, and no other."""
        return " ".join(f"'sha256-{_digest(text)}'" for text in (self.plotly, self.script))


def explorer(run: RunContent) -> Explorer | None:
    """The charts of the first and last round; None where no picture has a score."""
    table = run.first.pictures["holdout"]
    if Y not in table or not table[Y].notna().any():
        return None
    slices = "reinforced" if run.chosen else "planted" if run.planted else ""
    script = files("loop.report").joinpath("templates", "explorer.js.j2").read_text()
    charts = tuple(_chart(run, one) for one in run.ends)
    corrected = run.first.corrected.get("energy", False)
    return Explorer(charts, corrected, slices, _safe(get_plotlyjs()), _safe(script))


def _chart(run: RunContent, one: RoundContent) -> dict[str, Any]:
    table = one.pictures["holdout"].dropna(subset=[X, Y])
    step = max(1, math.ceil(len(table) / MOST))
    shown = table.iloc[::step]
    special = pd.Series(False, index=shown.index)
    for where in run.chosen or run.planted:
        special |= inside(shown, where)
    right = shown["correct"] == 1
    traces = [_trace(shown[(special == s) & (right == r)]) for s, r in GROUPS]
    return {"round": one.number, "n": len(table), "shown": len(shown), "traces": traces}


def _trace(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "x": [round(value, 4) for value in rows[X].tolist()],
        "y": [round(value, 4) for value in rows[Y].tolist()],
        "name": rows["name"].tolist(),
        "predicted": rows["predicted"].tolist(),
    }


def _safe(script: str) -> str:
    """A script that can stand in a page unescaped: nothing in it ends it, and its hash stays valid."""
    assert "</script" not in script.lower()
    assert "<!--" not in script
    return script.replace("\r", "")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
