"""`make readme`: put the measured figures into the README, between its markers.

`<!-- figures: KEY KEY* … -->` … `<!-- end -->` holds a table of those figures (`*` stands for any ending);
`<!-- slices: KEY -->` … `<!-- end -->` one of a figure's slices; `<!-- columns: KEY* : FIELD FIELD -->` …
`<!-- end -->` one of what else those figures hold.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from benchmarks.results import in_words, read

README = Path(__file__).parent.parent / "README.md"
ABSENT = "Not measured yet.\n"
BLOCK = re.compile(r"(<!-- (figures|slices|columns): ([^>]*?) -->\n).*?(<!-- end -->)", re.S)


def main() -> None:
    README.write_text(filled(README.read_text(), read()))


def filled(text: str, results: dict[str, dict[str, Any]]) -> str:
    """The text with every block made anew from the results."""

    def block(match: re.Match[str]) -> str:
        make = {"figures": figures, "slices": slices, "columns": columns}[match[2]]
        return match[1] + make(match[3].split(), results) + match[4]

    return BLOCK.sub(block, text)


def matching(patterns: list[str], results: dict[str, dict[str, Any]]) -> list[str]:
    return [key for pattern in patterns for key in results if fnmatchcase(key, pattern)]


def figures(patterns: list[str], results: dict[str, dict[str, Any]]) -> str:
    keys = matching(patterns, results)
    if not keys:
        return ABSENT
    rows = [f"| {results[key]['what']} | {in_words(results[key])} | {results[key]['n']} |\n" for key in keys]
    return "| figure | value [95 %] | n |\n|---|---|---|\n" + "".join(rows) + machines(keys, results)


def machines(keys: list[str], results: dict[str, dict[str, Any]]) -> str:
    """On what and when figures were measured, as the last line of their table."""
    told = {machine_of(results[key]) for key in keys}
    return f"\n{'; '.join(sorted(told))}\n"


def machine_of(figure: dict[str, Any]) -> str:
    machine = figure["machine"]
    cards = "".join(f", {name}" for name in machine.get("cards", ()))  # older figures are of processors
    return f"{machine['cores']} cores ({machine['processor']}){cards}, {figure['date']}"


def columns(words: list[str], results: dict[str, dict[str, Any]]) -> str:
    """A row a figure: what it is, its value, and the fields named after the colon."""
    at = words.index(":")
    keys, fields = matching(words[:at], results), words[at + 1 :]
    if not keys:
        return ABSENT
    rows = [
        f"| {results[key]['what']} | {in_words(results[key])} | "
        + " | ".join(_cell(results[key].get(field)) for field in fields)
        + " |\n"
        for key in keys
    ]
    head = " | ".join(field.replace("_", " ") for field in fields)
    table = f"| figure | value | {head} |\n|{'---|' * (len(fields) + 2)}\n" + "".join(rows)
    return table + machines(keys, results)


def _cell(value: float | str | None) -> str:
    """What a figure does not hold is left empty."""
    return value if isinstance(value, str) else "" if value is None else f"{value:.3g}"


def slices(keys: list[str], results: dict[str, dict[str, Any]]) -> str:
    """Rows × columns of a figure's slices, each share with its n."""
    if keys[0] not in results:
        return ABSENT
    grid: dict[str, dict[str, list[float]]] = results[keys[0]]["slices"]
    columns = list(next(iter(grid.values())))
    rows = [
        f"| {name} | " + " | ".join(f"{row[c][0]:.0%} ({row[c][1]})" for c in columns) + " |\n"
        for name, row in grid.items()
    ]
    return f"| share (n) | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}\n" + "".join(rows)


if __name__ == "__main__":
    main()
