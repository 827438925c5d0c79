"""Every holdout picture as a point: how sure of its class, and how much of the evidence on the vehicle.

The one chart that is for pointing and zooming, so the one that plotly draws, in the browser.
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
from loop.report.run.content import Round, RunContent

X, Y = "p_true", "energy_true"
MOST = 2000
"""Points a chart; of a larger set evenly spaced pictures are shown."""
GROUPS = ((False, False), (False, True), (True, False), (True, True))
"""(in a slice of interest, right): one trace each."""


@dataclass(frozen=True)
class Explorer:
    charts: tuple[dict[str, Any], ...]
    """One a round: `round`, `traces`, `n`, `shown`."""
    corrected: bool
    slices: str
    """Which slices are set apart: `reinforced`, `planted`, or nothing."""
    plotly: str
    script: str

    @property
    def hashes(self) -> str:
        """For the content security policy: these two scripts may run, no other."""
        return " ".join(f"'sha256-{_digest(text)}'" for text in (self.plotly, self.script))


def explorer(run: RunContent) -> Explorer | None:
    """The charts of the first and last round; None where no picture has a score."""
    table = run.first.pictures["holdout"]
    if Y not in table or not table[Y].notna().any():
        return None
    slices = "reinforced" if run.chosen else "planted" if run.planted else ""
    script = files("loop.report").joinpath("templates", "explorer.js.j2").read_text()
    charts = tuple(_chart(run, turn) for turn in run.ends)
    corrected = run.first.corrected.get("energy", False)
    return Explorer(charts, corrected, slices, _safe(get_plotlyjs()), _safe(script))


def _chart(run: RunContent, turn: Round) -> dict[str, Any]:
    table = turn.pictures["holdout"].dropna(subset=[X, Y])
    step = max(1, math.ceil(len(table) / MOST))
    shown = table.iloc[::step]
    special = pd.Series(False, index=shown.index)
    for where in run.chosen or run.planted:
        special |= inside(shown, where)
    right = shown["correct"] == 1
    traces = [_trace(shown[(special == s) & (right == r)]) for s, r in GROUPS]
    return {"round": turn.number, "n": len(table), "shown": len(shown), "traces": traces}


def _trace(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "x": [round(value, 4) for value in rows[X].tolist()],
        "y": [round(value, 4) for value in rows[Y].tolist()],
        "name": rows["name"].tolist(),
        "predicted": rows["predicted"].tolist(),
    }


def _safe(script: str) -> str:
    """A script that may stand in a page as it is: nothing in it ends it, and its hash stays true."""
    assert "</script" not in script.lower()
    assert "<!--" not in script
    return script.replace("\r", "")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
