"""The ledger keeps every decision once, through kills."""

import json
from pathlib import Path

from generator.files import append_jsonl, read_jsonl
from loop.run.folder import RunFolder
from loop.run.ledger import Ledger


def test_decisions_are_written_once(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "ledger.jsonl"
    Ledger(path, said.append).write(0, "decide", "yellow vans", pictures=3)
    Ledger(path, said.append).write(0, "decide", "yellow vans", pictures=3)
    Ledger(path, said.append).write(1, "decide", "größer", pictures=4)
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert entries == [
        {"round": 0, "step": "decide", "why": "yellow vans", "pictures": 3},
        {"round": 1, "step": "decide", "why": "größer", "pictures": 4},
    ]
    assert said[0] == "round 0 · decide: yellow vans"


def test_figures_that_an_earlier_version_wrote_with_another_reason_are_not_counted_twice(
    tmp_path: Path,
) -> None:
    """Two requests of one slice are two, one of them killed before it was written."""
    path = tmp_path / "ledger.jsonl"
    Ledger(path, lambda line: None).write(0, "decide", "by lot", pictures=3)
    Ledger(path, lambda line: None).write(0, "gate", "as before")
    again = Ledger(path, lambda line: None)
    again.write(0, "decide", "at random", pictures=3)
    again.write(0, "decide", "the other", pictures=3)
    again.write(0, "gate", "worse")
    again.write(0, "decide", "more", pictures=4)
    reasons = [entry["why"] for entry in read_jsonl(path)]
    assert reasons == ["by lot", "as before", "the other", "worse", "more"]


def test_a_line_cut_short_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes('{"round": 0, "step": "a", "why": "ä"}\n{"round": 0, "why": "ä'.encode()[:-1])
    assert len(read_jsonl(path)) == 1
    Ledger(path, lambda line: None).write(0, "b", "c")
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == ["a", "b"]


def test_times_go_on_after_a_line_that_a_full_disk_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "timings.jsonl"
    path.write_text('{"round": 0, "step": "a", "seconds": 1.0}\n{"round": 0, "st')
    with RunFolder(tmp_path).timed("b", 1):
        pass
    assert [(row["round"], row["step"]) for row in read_jsonl(path)] == [(0, "a"), (1, "b")]
    append_jsonl(tmp_path / "new.jsonl", {"größe": 1})
    assert (tmp_path / "new.jsonl").read_text() == '{"größe": 1}\n'
