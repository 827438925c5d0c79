"""The page about photographs: what its sentences claim, and what its tables show."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from generator.errors import UserError
from generator.files import write_json
from loop.photographs.describe import describe
from loop.report.photographs import answers, write_description
from tests.helpers.photographs import write_photographs
from tests.helpers.report import Page

VIEWS = ["f"] * 90 + ["fleft"] * 60 + ["left"] * 48 + ["b"] * 2
ROADS = ["wet", "dry"] * 100


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder described by a table of its own: 200 photographs, of five views none."""
    folder = tmp_path_factory.mktemp("page")
    lamps = ["f" if view == "fleft" else view for view in VIEWS]
    names = write_photographs(folder / "photographs", lamps, ["r"] * 200, noise=0)
    table = pd.DataFrame({"file": names, "view": VIEWS, "road": ROADS, "plate": names})
    table.to_csv(folder / "own.csv", index=False)
    describe(
        folder / "photographs", folder / "out", None, attributes=folder / "own.csv", log=lambda line: None
    )
    write_description(folder / "out")
    return folder / "out"


def facts(shares: list[float], *, lacks: list[bool], enough: bool = True) -> dict[str, Any]:
    views = ("f", "left", "b")
    values = [
        {"value": value, "share": share, "low": share, "high": share + 0.01, "lacks": lack}
        for value, share, lack in zip(views, shares, lacks, strict=True)
    ]
    return {"photographs": 1654, "enough": enough, "values": values}


def test_sentences_say_what_is_lacking_first() -> None:
    lacking = facts([0.98, 0.02, 0.0], lacks=[False, True, True])
    counts = {
        "photographs": 1654,
        "attributes": {
            "color": facts([0.3, 0.3, 0.4], lacks=[False] * 3),
            "view": lacking,
            "weather": facts([0.3, 0.3, 0.4], lacks=[False] * 3),
            "shape": facts([0.3, 0.3, 0.4], lacks=[False] * 3, enough=False),
        },
    }
    assert answers(counts) == [
        "Of 3 views, your 1\u202f654 photographs lack 2: "
        "rear (0.0\u00a0% [0.0, 1.0]) and left (2.0\u00a0% [2.0, 3.0]).",
        "No colour or weather is lacking in 1\u202f654 photographs.",
        "1\u202f654 photographs are too few to say that a shape is lacking.",
    ]
    assert answers({"photographs": 30, "attributes": {}}) == [
        "Nothing could be recognised in 30 photographs."
    ]


def test_the_page_shows_values_pairs_and_pictures(output: Path) -> None:
    page = Page((output / "report.html").read_text())
    text = " ".join(" ".join(page.texts).split())
    assert "Of 8 views, your 200 photographs lack 4: " in text
    assert "rear left (0.0 % [0.0, 1.9])" in text
    assert "200 photographs, too few to find a pair lacking" in text
    assert "the column 'plate' is not counted: it has 200 values" in text
    assert "view × road" in text
    # Four examples of each of three views and two roads, and two of the rear; one of each pair that is there.
    assert page.tags.count("img") == 4 * 3 + 2 + 4 * 2 + 8
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)


def test_without_the_photographs_there_are_figures_alone(output: Path, tmp_path: Path) -> None:
    counts = json.loads((output / "counts.json").read_text())
    write_json(tmp_path / "counts.json", {**counts, "folder": str(tmp_path / "gone")})
    (tmp_path / "attributes.csv").write_text((output / "attributes.csv").read_text())
    page = Page(write_description(tmp_path).read_text())
    assert "img" not in page.tags
    assert any("it is no longer there" in text for text in page.texts)


def test_what_is_damaged_is_named(output: Path, tmp_path: Path) -> None:
    write_json(tmp_path / "counts.json", {"folder": "x"})
    with pytest.raises(UserError, match=r"counts\.json: holds no 'photographs'; give the command"):
        write_description(tmp_path)
    (tmp_path / "counts.json").write_text((output / "counts.json").read_text())
    with pytest.raises(UserError, match=r"attributes\.csv: cannot be read"):
        write_description(tmp_path)
