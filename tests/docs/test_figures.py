"""Measured figures stand in pages as `benchmarks/results.json` has them."""

from pathlib import Path

import pytest

from benchmarks.docs import VALUE, filled, generated_paths, labels, pages
from benchmarks.results import in_words, read
from tests.docs.pages import PAGES, README, named

FIGURE = {
    "what": "a fraction", "value": 0.5, "low": 0.4, "high": 0.6, "unit": "share", "n": 9,
    "machine": {"cores": 2, "processor": "a CPU"},
    "date": "2026-01-01",
    "frames_per_second": 7.126,
    "gain": "1.8 [0.9, 2.7]",
    "slices": {"van": {"f": [0.25, 4], "b": [1.0, 3]}},
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_figures_are_those_of_the_results(page: Path) -> None:
    text = page.read_text()
    assert filled(text, read()) == text, "run `make readme`"


def test_all_pages_are_filled() -> None:
    assert {*pages(), *generated_paths()} == {*PAGES}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_nothing_that_a_page_asks_for_is_missing(page: Path) -> None:
    text = page.read_text()
    assert "Not measured yet." not in text
    assert "not measured yet" not in text
    assert text.count("<!-- end -->") == sum(
        text.count(f"<!-- {word}: ") for word in ("figures", "columns", "slices", "code", "value")
    )


def test_the_readme_quotes_figures() -> None:
    assert len(VALUE.findall(README.read_text())) >= 3


def test_blocks_are_made_from_results() -> None:
    text = "<!-- columns: x* : frames_per_second -->\n<!-- end -->\n"
    text += "a\n<!-- figures: x* -->\nold\n<!-- end -->\n<!-- slices: x1 -->\n<!-- end -->\nb"
    made = filled(text, {"x1": FIGURE, "y": FIGURE})
    assert made.count("| a fraction | 50.0% [40.0%, 60.0%] | 9 |") == 1
    assert "| van | 25% (4) | 100% (3) |" in made
    assert "| a fraction | 50.0% [40.0%, 60.0%] | 7.13 |" in made
    assert "old" not in made
    assert made.count("\n2 cores (a CPU), 2026-01-01\n") == 2
    assert filled(text, {}).count("Not measured yet.") == 3
    assert filled(made, {"x1": FIGURE, "y": FIGURE}) == made


def test_columns_have_the_headings_that_are_asked_for() -> None:
    made = filled("<!-- columns: x : n | arm | gain -->\n<!-- end -->", {"x": FIGURE})
    assert "| arm | gain | n |\n|---|---|---|\n| a fraction | 50.0% [40.0%, 60.0%] | 9 |" in made


def test_rows_are_named_by_what_sets_them_apart() -> None:
    whats = ["risk: gain in the holes over none", "uniform, own: gain in the holes over none"]
    results = {f"x{i}": {**FIGURE, "what": what} for i, what in enumerate(whats)}
    assert labels([*results], results) == ["risk", "uniform, adjusted loss"]
    assert labels(["x0"], results) == [whats[0]]
    assert labels(["x0", "y"], {**results, "y": {**FIGURE, "what": "error against 16 samples"}}) == [
        whats[0], "error against 16 samples",
    ]  # fmt: skip


def test_values_stand_within_sentences() -> None:
    text = "It is <!-- value: x -->old<!-- end -->, <!-- value: x : gain --><!-- end -->, "
    text += "<!-- value: x : plain --><!-- end -->."
    made = filled(text, {"x": FIGURE})
    assert "-->50.0% [40.0%, 60.0%]<!-- end -->, " in made
    assert "-->1.8 [0.9, 2.7]<!-- end -->, " in made
    assert made.endswith("-->50.0%<!-- end -->.")
    assert filled(text, {}).count("not measured yet") == 3
    with pytest.raises(KeyError, match="nothing"):
        filled("<!-- value: x : nothing --><!-- end -->", {"x": FIGURE})


def test_units() -> None:
    assert in_words({"value": 462.3, "low": 460.0, "high": 500.2, "unit": "s"}) == "462 [460, 500] s"
    assert in_words({"value": -3.25, "low": None, "high": None, "unit": "points"}) == "-3.2 points"
    assert in_words({"value": 0.315, "low": 0.3, "high": 0.33, "unit": ""}) == "0.32 [0.30, 0.33]"
