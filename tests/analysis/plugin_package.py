"""A user's package with a score, an attribution method and a network, written to a folder; for tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from analysis import zoo
from analysis.methods import table as methods
from analysis.scores import table as scores
from generator import plugins

NAME = "my_analysis"
SOURCE = '''
from torch import nn

from analysis.methods.table import Method, Raw, register_method
from analysis.scores.table import Score, register_score
from analysis.zoo import Entry, register_network


def margin(pair):
    """What is inside less what is outside: 2 * energy - 1, a uniform map has 2p - 1."""
    return pair.where_scored(2 * pair.mass_inside / pair.mass - 1)


def overlap(pair):
    return pair.where_scored(pair.mass_inside / (pair.area + pair.mass - pair.mass_inside))


def activation(seen, layer):
    maps = seen.captured.activations[layer].mean(1).expand(len(seen.targets), -1, -1, -1)
    return Raw(maps, maps.new_zeros(maps.shape[:2]))


def tiny(num_classes, image_size):
    cells = (image_size // 8) ** 2
    body = nn.Conv2d(3, 8, 3, 4, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1)
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(8 * cells, num_classes))


register_score("margin", Score(margin, "mine", True, (-1.0, 1.0), "line", lambda p: 2 * p - 1))
register_score("overlap", Score(overlap, "mine", True, (0.0, 1.0), "mixture"))
register_method("activation", Method("mine", "mean of the channels", "this package", activation))
register_network("tiny", Entry(tiny, stages=("0", "2"), head=("4.",)))
'''


@contextmanager
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str = SOURCE) -> Iterator[str]:
    """The package's name, importable and not loaded yet; what it registers is taken back afterwards."""
    (folder / f"{NAME}.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(plugins, "_loaded", {})
    tables: list[dict[str, Any]] = [scores.SCORES, methods.METHODS, zoo.ZOO]
    before = [dict(table) for table in tables]
    try:
        yield NAME
    finally:
        # The tables themselves, since other modules hold them by their names.
        for table, known in zip(tables, before, strict=True):
            for name in [name for name in table if name not in known]:
                del table[name]
        sys.modules.pop(NAME, None)
