"""A planted folder: known views and colours come out, also where the recogniser confuses them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from generator.errors import UserError
from generator.planning.plan import plan_set
from loop.config.load import load
from loop.config.run import RenderConfig
from loop.photographs import features as features_module
from loop.photographs import recognise as recognise_module
from loop.photographs.attributes import rendered_values
from loop.photographs.describe import describe, informed, is_told
from loop.photographs.recognise import RecogniserOptions
from loop.photographs.recogniser import FitOptions, Head
from tests.helpers.photographs import PAINTS, VIEWS, write_photographs, write_renders

CONFIG = Path(__file__).parents[3] / "configs" / "describe.yaml"
NOISE = 90.0
"""Of each pixel: some lamps and paints are taken for others."""
TRUTH = {"view": (0.7, 0.28, 0.02), "color": (0.1, 0.3, 0.6)}
N = 240


def drawn(seed: int, name: str, values: tuple[str, ...]) -> list[str]:
    rng = np.random.default_rng(seed)
    return [str(value) for value in rng.choice(values, N, p=TRUTH[name])]


VIEW, COLOR = drawn(5, "view", VIEWS), drawn(6, "color", PAINTS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("described")
    write_renders(folder / "renders", 24, noise=NOISE)
    write_photographs(folder / "photographs", VIEW, COLOR, noise=NOISE)
    return folder


def options(place: Path, **changes: Any) -> RecogniserOptions:
    given = {"attributes": ("view", "color"), "renders": place / "renders", "fit": FitOptions(components=64)}
    return RecogniserOptions(**(given | changes))


@pytest.fixture(scope="module")
def counts(place: Path) -> dict[str, Any]:
    """Drawn vehicles do not look like one: that they all do is not asked for here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recognise_module, "_unlike", lambda *given: ())
        return describe(
            place / "photographs", place / "out", options(place), cache=place / "cache", log=lambda line: None
        )


def shares(counts: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    return {one["value"]: one for one in counts["attributes"][name]["values"]}


@pytest.mark.parametrize(("name", "values", "true"), [("view", VIEWS, VIEW), ("color", PAINTS, COLOR)])
def test_planted_fractions_come_out(
    counts: dict[str, Any], name: str, values: tuple[str, ...], true: list[str]
) -> None:
    found = shares(counts, name)
    assert {*found} == {*values}
    for value in values:
        planted = true.count(value) / N
        assert found[value]["low"] <= planted <= found[value]["high"]
        assert found[value]["share"] == pytest.approx(planted, abs=0.05)


def test_what_is_lacking_is_said(counts: dict[str, Any]) -> None:
    assert counts["attributes"]["view"]["enough"]
    assert [value for value, one in shares(counts, "view").items() if one["lacks"]] == ["b"]
    assert not any(one["lacks"] for one in shares(counts, "color").values())


def test_pairs_are_near_the_planted_ones(counts: dict[str, Any]) -> None:
    (pair,) = counts["pairs"]
    assert (pair["down"], pair["across"], pair["photographs"]) == ("view", "color", N)
    assert sum(cell["share"] for cell in pair["cells"]) == pytest.approx(1, abs=1e-3)
    for cell in pair["cells"]:
        planted = sum(pick == (cell["down"], cell["across"]) for pick in zip(VIEW, COLOR, strict=True)) / N
        assert cell["share"] == pytest.approx(planted, abs=0.06)


def test_files_hold_what_was_found(place: Path, counts: dict[str, Any]) -> None:
    assert json.loads((place / "out/counts.json").read_text()) == counts
    table = pd.read_csv(place / "out/attributes.csv")
    assert table["file"].tolist() == [f"{i:04d}.png" for i in range(N)]
    assert table[["view_f", "view_left", "view_b"]].sum(axis=1).to_numpy() == pytest.approx(1, abs=3e-4)
    assert (table["view"] == np.array(VIEW)).mean() > 0.8
    facts = counts["attributes"]["view"]
    assert facts["accuracy_renders"] > 0.8
    assert np.sum(facts["confusion_renders"]) == 24 * 9
    assert facts["accuracy_photographs"] is None


def test_it_is_trained_once(
    place: Path, counts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(recognise_module, "_unlike", lambda *given: ())
    monkeypatch.setattr(recognise_module, "train", None)
    monkeypatch.setattr(features_module, "Extractor", None)
    again = describe(
        place / "photographs", tmp_path / "out", options(place), cache=place / "cache", log=lambda line: None
    )
    assert again == counts


def test_labels_drawn_at_random_are_used(
    place: Path, counts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(recognise_module, "_unlike", lambda *given: ())
    rows = "".join(f"{i:04d}.png,{VIEW[i]}\n" for i in range(0, N, 4))
    (tmp_path / "labels.csv").write_text(f"file,view\n{rows}")
    given = options(place, labels=tmp_path / "labels.csv", random_labels=True)
    found = describe(
        place / "photographs", tmp_path / "out", given, cache=place / "cache", log=lambda line: None
    )
    facts = found["attributes"]["view"]
    assert facts["labelled"] == N // 4
    assert found["attributes"]["color"]["labelled"] == 0
    assert found["recogniser"]["aligned"]
    for value, one in shares(found, "view").items():
        assert one["share"] == pytest.approx(VIEW.count(value) / N, abs=0.05)


def test_a_table_alone_is_counted_without_a_network(place: Path, tmp_path: Path) -> None:
    rows = "".join(f"{i:04d}.png,{COLOR[i]},{'wet' if i % 3 else 'dry'}\n" for i in range(N))
    (tmp_path / "own.csv").write_text(f"file,color,road\n{rows}")
    found = describe(
        place / "photographs", tmp_path / "out", None, attributes=tmp_path / "own.csv", log=lambda line: None
    )
    assert found["recogniser"] is None
    assert shares(found, "road")["dry"]["share"] == pytest.approx(1 / 3, abs=1e-5)
    assert shares(found, "road")["dry"]["recognised"] == N // 3
    assert sum(one["share"] for one in shares(found, "color").values()) == pytest.approx(1, abs=1e-4)
    assert [value for value, one in shares(found, "color").items() if one["lacks"]] == list("wkgsonv")
    table = pd.read_csv(tmp_path / "out/attributes.csv")
    assert [*table] == ["file", "color", "road"]


def test_what_a_table_has_is_not_recognised(
    place: Path, counts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(recognise_module, "_unlike", lambda *given: ())
    rows = "".join(f"{i:04d}.png,{COLOR[i]}\n" for i in range(N))
    (tmp_path / "own.csv").write_text(f"file,colour\n{rows}")
    found = describe(
        place / "photographs", tmp_path / "out", options(place), attributes=tmp_path / "own.csv",
        cache=place / "cache", log=lambda line: None,
    )  # fmt: skip
    assert {name: one["source"] for name, one in found["attributes"].items()} == {
        "color": "table",
        "view": "recognised",
    }
    assert shares(found, "color")["b"]["recognised"] == COLOR.count("b")
    assert shares(found, "view")["f"]["share"] == pytest.approx(VIEW.count("f") / N, abs=0.05)


def test_renders_are_made_where_none_are_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small = ["pictures.count=2", "render.size=32", "render.samples=1"]
    monkeypatch.setattr(recognise_module, "load", lambda kind, path, overrides: load(kind, path, small))
    said: list[str] = []
    recognise_module._render(tmp_path / "renders", said.append)
    assert said == [f"renders to learn from: 2 pictures in {tmp_path / 'renders'}"]
    assert len(recognise_module._read_renders(tmp_path / "renders")) == 2


def test_mistakes_are_named(place: Path, tmp_path: Path) -> None:
    def described(folder: Path, output: Path, **changes: Any) -> None:
        lacking = changes.pop("lacking", 0.25)
        describe(folder, output, options(place, **changes), cache=place / "cache", lacking=lacking, log=print)

    write_photographs(tmp_path / "few", ["f"] * 19, ["r"] * 19, noise=0)
    with pytest.raises(UserError, match="few: holds 19 photographs; at least 20 are needed"):
        described(tmp_path / "few", tmp_path / "out")
    with pytest.raises(UserError, match="whose pictures are counted; give another place"):
        described(tmp_path / "few", tmp_path / "few" / "out")
    with pytest.raises(UserError, match="--recognise weather: is not recognised; one of view, color, shape"):
        described(place / "photographs", tmp_path / "out", attributes=("weather",))
    with pytest.raises(UserError, match="--recognise shape: all renders show 'sedan'"):
        described(place / "photographs", tmp_path / "out", attributes=("shape",))
    with pytest.raises(UserError, match="--lacking 2: is not a fraction of an even share"):
        described(place / "photographs", tmp_path / "out", lacking=2)


def test_photographs_without_a_vehicle_are_said(
    place: Path, counts: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = recognise_module.features

    def with_vehicles(few: int) -> None:
        def judged(*given: Any) -> features_module.Features:
            found = made(*given)
            looks = np.arange(len(found.vehicle)) >= few
            return features_module.Features(found.values, looks, found.key)

        monkeypatch.setattr(recognise_module, "features", judged)

    said: list[str] = []
    with_vehicles(5)
    found = describe(
        place / "photographs", tmp_path / "out", options(place), cache=place / "cache", log=said.append
    )
    assert found["unlike_vehicles"] == [f"{i:04d}.png" for i in range(5)]
    assert any(line.startswith("5 of 240 photographs do not look like a road vehicle") for line in said)
    with_vehicles(10**6)
    with pytest.raises(UserError, match="none of its 240 pictures looks like a road vehicle"):
        describe(place / "photographs", tmp_path / "no", options(place), cache=place / "cache", log=print)


def test_an_attribute_that_is_hardly_recognised_is_not_counted() -> None:
    none = np.zeros((2, 2))
    weak, few = np.array([[60.0, 40.0], [40.0, 60.0]]), np.array([[9.0, 1.0], [1.0, 8.0]])
    head = Head(("a", "b"), none.astype(np.float32), none[0].astype(np.float32), weak, none)
    assert informed(head) == pytest.approx(0.2)
    assert not is_told(head, random_labels=True)
    assert informed(replace(head, photographs=few)) == pytest.approx(0.2)  # 19 are too few
    labelled = replace(head, photographs=2 * few)
    assert informed(labelled) == pytest.approx(2 * (0.9 + 8 / 9) / 2 - 1)
    assert is_told(labelled, random_labels=False)
    assert is_told(replace(head, photographs=weak), random_labels=True)
    assert not is_told(replace(head, photographs=weak), random_labels=False)


def test_the_ready_made_set_shows_every_value() -> None:
    config = load(RenderConfig, CONFIG, ())
    specs = plan_set(config.pictures, config.scene, config.render, seed=config.seed, block=config.block)
    table = pd.DataFrame([spec.model_dump() for spec in specs])
    assert len(rendered_values(table, "view").values) == 8
    assert len(rendered_values(table, "color").values) == 10
    assert len(rendered_values(table, "shape").values) == 14
    elevations = rendered_values(table, "elevation")
    assert np.bincount(elevations.index).min() > 100
