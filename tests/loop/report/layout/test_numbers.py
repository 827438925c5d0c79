"""Numbers as people read them."""

from __future__ import annotations

from loop.report.layout.numbers import number, percent, points, signed


def test_numbers_as_people_read_them() -> None:
    assert [number(-0.001), number(-1.5), number(None), number(float("nan"))] == ["0.00", "−1.50", "–", "–"]
    assert [signed(0.1), signed(-0.1), signed(0.001)] == ["+0.10", "−0.10", "0.00"]
    assert [percent(0.8123), points(0.053), points(-0.019)] == ["81.2\u00a0%", "+5.3", "−1.9"]
