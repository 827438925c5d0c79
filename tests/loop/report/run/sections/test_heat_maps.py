"""Heat maps of slices."""

from __future__ import annotations

from pathlib import Path

from loop.report.run.content.run import read_run
from loop.report.run.sections.heat_maps import Scale, heat_maps


def test_heat_maps_share_a_scale_and_leave_small_cells_grey(run: Path) -> None:
    pairs = {pair.title: pair for pair in heat_maps(read_run(run))}
    small = pairs["view × colour"].maps[0][1][0]
    assert all(cell.n == 12 and cell.text for _, _, cells in small.rows for cell in cells)
    quantity, (before, after) = pairs["shape × colour"].maps[0]
    cells = {(m.round, name): c for m in (before, after) for name, _, c in m.rows}
    yellow = [word for word, _ in before.columns].index("yellow")
    assert cells[0, "van"][yellow].mark == (True, True)
    assert cells[0, "van"][yellow - 1].mark == (False, False)
    assert [pair.title for pair in pairs.values() if pair.open] == ["shape × colour"]
    assert cells[0, "van"][yellow].depth > cells[1, "van"][yellow].depth
    same = {(c.text, c.depth) for row in cells.values() for c in row}
    assert len({text for text, _ in same}) == len(same)
    assert quantity.scale.high == 1.0


def test_a_scale_ends_where_it_says() -> None:
    scale = Scale(0.5, 1.0)
    assert [scale.depth(value) for value in (0.2, 0.5, 0.75, 1.0, 1.2)] == [1, 1, 0.5, 0, 0]
