"""What pages point to exists: files, other pages, sections, pictures."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, README, ROOT, named, prose

LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
FOLDERS = "tests|configs|docs|generator|blender_scenes|analysis|loop|renforce|benchmarks"
PLANNED = (
    "getting-started", "limits",
    "guide/own-data", "guide/own-models", "guide/vary", "guide/export", "guide/scale-out",
    "guide/controllers", "guide/compare-networks", "guide/photographs", "guide/describe",
    "guide/matching", "guide/python",
    "reference/config", "reference/cli", "reference/files", "reference/scores-and-methods",
    "explanation/architecture", "explanation/statistics", "explanation/truth", "explanation/glossary",
    "results/index", "results/demo", "results/realism", "results/speed", "results/networks",
    "results/where-it-looks", "results/controllers", "results/photographs", "results/planted-slices",
)  # fmt: skip


def links(page: Path) -> list[str]:
    found = [first or second for first, second in LINK.findall(prose(page))]
    return [link for link in found if not link.startswith(("http://", "https://"))]


def anchors(page: Path) -> set[str]:
    """Of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_planned_page_exists() -> None:
    assert {*PLANNED} == {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_pages_and_sections(page: Path) -> None:
    for link in links(page):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def test_there_are_links_to_check() -> None:
    assert sum(len(links(page)) for page in PAGES) > 100
    assert sum("#" in link for page in PAGES for link in links(page)) > 10


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_it_names_exist(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(rf"(?<![\w/])(?:{FOLDERS})/[\w/-]+\.\w+", text):
        assert (ROOT / path).exists(), path


def test_the_readme_leads_to_every_page_of_the_reference_and_every_guide() -> None:
    targets = {(ROOT / link.partition("#")[0]).resolve() for link in links(README)}
    for folder in ("guide", "reference", "explanation"):
        assert {*(DOCS / folder).glob("*.md")} <= targets
    listed = {(DOCS / "results" / link).resolve() for link in links(DOCS / "results" / "index.md")}
    assert {*(DOCS / "results").glob("*.md")} - {DOCS / "results" / "index.md"} <= listed


def test_pictures_are_small_and_all_are_shown() -> None:
    pictures = [path for path in DOCS.rglob("*") if path.suffix in (".png", ".jpg")]
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    assert pictures
    for path in pictures:
        assert path in shown, path
    for path in DOCS.rglob("*"):
        assert path.is_dir() or path.stat().st_size < 500_000, path


def test_the_readme_is_two_screens() -> None:
    assert README.stat().st_size <= 8192
