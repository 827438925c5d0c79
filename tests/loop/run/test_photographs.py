"""Runs whose controllers go by photographs: small renders stand for them, with attributes in a table."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import renforce
from generator.files import read_jsonl
from generator.naming import parse_name
from loop.run.folder import RunFolder

SET = "{shapes: [sedan, bus], colors: [r, y], angles: [20], views: [f, left], variants: 30}"
RENDERS = f"""
pictures: {{<<: {SET}, count: 128}}
scene: {{environment: [studio], instances: 1}}
render: {{size: 32, samples: 1, denoise: false}}
block: 900
"""
RUN = f"""
classes: {{car: [sedan], bus: [bus]}}
data: {{source: folder, image_size: 32, valid_fraction: 0.3}}
network: {{name: resnet18_narrow}}
train: {{epochs: 1, batch_size: 16, learning_rate: 0.01, log: none}}
render: {{size: 32, samples: 1, denoise: false}}
scene: {{environment: [studio], instances: 1}}
attribution: {{methods: [grad_cam], layers: last}}
probe: {{render: &set {{<<: {SET}, count: 16}}}}
holdout: *set
reinforce: {SET}
controller: {{rounds: 1, budget: 6, slices: 2, min_n: 4}}
"""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders of train and test; `table.csv` has columns beside the attributes."""
    root = tmp_path_factory.mktemp("photographs")
    renforce.render(yaml.safe_load(RENDERS), root / "set")
    rows = []
    for i, image in enumerate(sorted((root / "set/images").iterdir())):
        attributes = parse_name(image.stem)
        name = Path("test" if i % 4 == 0 else "train") / {"sedan": "car"}.get(str(attributes.shape), "bus")
        (root / "data" / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(image, root / "data" / name / image.name)
        rows.append(
            {"file": f"{name}/{image.name}", "shape": attributes.shape, "color": attributes.color,
             "view": attributes.view, "angle": attributes.angle, "label": "mine", "correct": "yes"}
        )  # fmt: skip
    pd.DataFrame(rows).to_csv(root / "table.csv", index=False)
    return root


def config(photographs: Path, **more: Any) -> dict[str, Any]:
    content = yaml.safe_load(RUN)
    content["data"] |= {"root": str(photographs / "data"), "attributes": str(photographs / "table.csv")}
    content["farm"] = {"cache": str(photographs / "cache")}
    for section, keys in more.items():
        content[section] = content[section] | keys
    return content


@pytest.fixture(scope="module")
def lacking(photographs: Path) -> Path:
    """A run whose training photographs are all from the front."""
    hole = {"leave_out": [{"view": "left"}]}
    renforce.reinforce(
        config(photographs, data=hole, controller={"name": "lacking"}), photographs / "lacking"
    )
    return photographs / "lacking"


def test_what_the_photographs_lack_is_rendered(lacking: Path) -> None:
    decided = RunFolder(lacking).round(0)
    assert [dict(request.where) for request in decided.read_requests()] == [{"view": "left"}]
    assert {spec.view for spec in decided.read_specs()} == {"left"}
    assert len(decided.read_specs()) == 6
    said = [line["why"] for line in read_jsonl(RunFolder(lacking).ledger) if line["step"] == "decide"]
    assert said[0].startswith("view=left: 0.0% of ")


def test_evaluations_of_photographs_have_their_attributes(lacking: Path) -> None:
    """Columns of the table that an evaluation has itself are left out."""
    for name in ("test", "valid"):
        table = RunFolder(lacking).round(1).read_evaluation(name)
        assert set(table["view"]) == {"f", "left"}, "the hole is in the training photographs alone"
        assert set(table["label"]) == {"car", "bus"}
        assert table["correct"].isin([0, 1]).all()
        assert (table["label"].map({"car": "sedan"}).fillna("bus") == table["shape"]).all()


def test_slices_are_found_on_photographs_by_a_network_of_other_classes(
    photographs: Path, lacking: Path
) -> None:
    """One class has another name than in the given weights, so the last layer is fresh."""
    weights = RunFolder(lacking).round(0).weights
    shutil.copytree(photographs / "data", photographs / "autos", dirs_exist_ok=True)
    for part in ("train", "test"):
        (photographs / "autos" / part / "car").rename(photographs / "autos" / part / "auto")
    table = pd.read_csv(photographs / "table.csv")
    table["file"] = table["file"].str.replace("/car/", "/auto/")
    table.to_csv(photographs / "autos.csv", index=False)
    run = photographs / "photographs"
    asked = config(
        photographs,
        data={"root": str(photographs / "autos"), "attributes": str(photographs / "autos.csv")},
        network={"weights": str(weights)},
        train={"retrain": "finetune"},
        controller={"name": "error", "evidence": "photographs", "idle": "explore"},
    )
    renforce.reinforce({**asked, "classes": {"auto": ["sedan"], "bus": ["bus"]}}, run)
    decided = RunFolder(run).round(0)
    assert decided.checkpoint.exists() is False
    assert decided.weights.exists()
    valid = decided.read_evaluation("valid")
    slices = decided.read_slices()
    assert slices is not None
    by_view = slices[(slices["slice"] == "view=f") & (slices["score"] == "correct")].iloc[0]
    assert by_view["n"] == (valid["view"] == "f").sum()
    assert by_view["mean"] == pytest.approx(valid.loc[valid["view"] == "f", "correct"].mean())
    trained = [line["why"] for line in read_jsonl(RunFolder(run).ledger) if line["step"] == "train"]
    assert "nothing trained" not in trained[0]
    assert (run / "report.html").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"data": {"valid_fraction": 0}, "controller": {"evidence": "photographs"}},
            "needs validation",
        ),
        (
            {"data": {"attributes": None}, "controller": {"evidence": "all"}},
            "goes by the attributes",
        ),
        (
            {"data": {"attributes": None}, "controller": {"name": "lacking"}},
            "'lacking' counts",
        ),
    ],
)
def test_evidence_that_is_not_there(
    photographs: Path, tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(renforce.UserError, match=said):
        renforce.reinforce(config(photographs, **more), tmp_path / "run")
