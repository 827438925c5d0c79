"""The pages of the documentation, and their blocks of code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]

FENCE = re.compile(
    r"^(?:<!-- (?P<mark>run|needs data) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)


class Block(NamedTuple):
    """A block of code on a page."""

    page: Path
    kind: str
    text: str
    mark: str | None
    """What stands before it: `run`, or `needs data`."""

    @property
    def place(self) -> str:
        first = self.text.strip().splitlines()[0]
        return f"{named(self.page)}: {first}"


def blocks(*kinds: str) -> list[Block]:
    """All blocks of some languages."""
    return [block for page in PAGES for block in blocks_of(page) if block.kind in kinds]


def blocks_of(page: Path) -> Iterator[Block]:
    for found in FENCE.finditer(page.read_text()):
        yield Block(page, found["kind"], found["text"], found["mark"])


def named(page: Path) -> str:
    """How tests call a page."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text())
