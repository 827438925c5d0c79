"""A batch of maps against its masks: tables of scores, raw and corrected, and what lies on each part.

The scores themselves are in `analysis.scores`; the columns in `analysis.columns`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from analysis import columns
from analysis.methods.table import Raw
from analysis.scores.alignment import bounded_scores, evidence, iou_curves, paired, reason
from analysis.scores.correction import Scale, measure_scale
from analysis.scores.pair import upsample
from analysis.scores.parts import area_fractions, part_fractions
from analysis.scores.table import SCORES
from generator.dataset.pixels import read_mask, read_parts


def measured_columns() -> tuple[str, ...]:
    """Columns of numbers of the table of scores, in their order; those of users' own scores among them."""
    return (
        *(name for score in SCORES for name in (score, columns.corrected(score))),
        *(columns.iou_at(percent) for percent in range(10, 100, 10)),
        columns.EVIDENCE_INSIDE, columns.EVIDENCE_OUTSIDE,
    )  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """Masks of the pictures of a batch."""

    names: list[str]
    masks: Tensor
    """(B, S, S) bool; empty where there is no mask."""
    parts: Tensor | None
    """(B, S, S), index into `generator.spec.PARTS`; None where some picture has no part mask."""
    scales: dict[tuple[int, int], Scale] = field(default_factory=dict)

    @classmethod
    def read(cls, table: pd.DataFrame, size: int, device: torch.device) -> Truth:
        empty = np.zeros((size, size), bool)
        paths = [Path(path) if path else None for path in table["mask"]]
        masks = np.stack([read_mask(path, size) if path else empty for path in paths])
        places = [path.parent.parent / "parts" / path.name if path else None for path in paths]
        parts = None
        if all(place is not None and place.is_file() for place in places):
            parts = torch.from_numpy(np.stack([read_parts(place, size) for place in places if place]))
        return cls(
            table[columns.NAME].tolist(),
            torch.from_numpy(masks).to(device),
            None if parts is None else parts.to(device),
        )

    def scale(self, grid: tuple[int, int]) -> Scale:
        """Shared by all maps of a grid."""
        if grid not in self.scales:
            self.scales[grid] = measure_scale(self.masks, grid)
        return self.scales[grid]


def scores_of(truth: Truth, at: tuple[str, str], raw: Raw, same: Tensor) -> pd.DataFrame:
    """Scores of maps (2, B, h, w) against the masks, a row a target and picture.

    Where the predicted class is the true one (`same`) the maps are the same: their scores are copied.
    """
    everything = torch.arange(len(same), device=raw.maps.device)
    first = _measured(truth, raw, 0, everything)
    other = (~same).nonzero()[:, 0]
    second, row = first, np.arange(len(same))
    if len(other):
        both = pd.concat([first, _measured(truth, raw, 1, other.to(raw.maps.device))], ignore_index=True)
        row[other.numpy()] = len(same) + np.arange(len(other))
        second = both.iloc[row].reset_index(drop=True)
    return pd.concat(
        [_table(truth, at, t, rows) for t, rows in zip(columns.TARGETS, (first, second), strict=True)],
        ignore_index=True,
    )


def _measured(truth: Truth, raw: Raw, target: int, rows: Tensor) -> pd.DataFrame:
    """`measured_columns` and `reason` of some of the pictures' maps of one target."""
    pair = paired(raw.maps[target][rows], truth.masks[rows])
    scale = truth.scale((raw.maps.shape[-2], raw.maps.shape[-1])).take(rows)
    values = bounded_scores(pair, scale) | iou_curves(pair) | evidence(pair, raw.log_scale[target][rows])
    found = {column: values[column].float().cpu().numpy() for column in measured_columns()}
    return pd.DataFrame({**found, columns.REASON: reason(pair)})


def unscored(truth: Truth, at: tuple[str, str], why: str) -> pd.DataFrame:
    """The same rows for a method that is not defined at this layer."""
    nan = np.full(len(truth.names), np.nan, np.float32)
    rows = pd.DataFrame({**dict.fromkeys(measured_columns(), nan), columns.REASON: why})
    return pd.concat([_table(truth, at, target, rows) for target in columns.TARGETS], ignore_index=True)


def _table(truth: Truth, at: tuple[str, str], target: str, rows: pd.DataFrame) -> pd.DataFrame:
    where = {
        columns.NAME: truth.names,
        columns.METHOD: at[0],
        columns.LAYER: at[1],
        columns.TARGET: target,
    }
    return pd.concat([pd.DataFrame(where), rows], axis=1)


def wide(scores: pd.DataFrame, count: int) -> pd.DataFrame:
    """One column a score and target; corrected values where the score can be corrected."""
    found = {}
    for t, target in enumerate(columns.TARGETS):
        rows = scores.iloc[t * count : (t + 1) * count]
        for name, score in SCORES.items():
            values = rows[columns.corrected(name) if score.correction else name]
            found[columns.score_column(name, target)] = values.to_numpy()
    return pd.DataFrame(found)


def by_part(raw: Raw | None, truth: Truth) -> pd.DataFrame:
    """`mask_area`, and the fraction of the evidence on each part of the vehicle, where parts are known."""
    found = {columns.MASK_AREA: truth.masks.float().mean((-2, -1))}
    if raw is not None and truth.parts is not None:
        size = (truth.parts.shape[-2], truth.parts.shape[-1])
        found |= {columns.area_of(part): value for part, value in area_fractions(truth.parts).items()}
        for target, maps in zip(columns.TARGETS, raw.maps, strict=True):
            shares = part_fractions(upsample(maps, size), truth.parts)
            found |= {columns.evidence_on(part, target): value for part, value in shares.items()}
    return pd.DataFrame({name: value.cpu().numpy() for name, value in found.items()})
