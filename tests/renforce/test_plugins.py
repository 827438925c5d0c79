"""A user's own package with one of each extensible thing, used by a configuration in a whole run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
from safetensors import safe_open

from tests.analysis.plugin_package import SOURCE as ANALYSIS
from tests.helpers.shapes import TRAM

PACKAGE = {
    "__init__.py": "",
    # Imported by the processes around Blender too, so without torch.
    "body.py": TRAM,
    "shapes.py": """
from my_parts.body import tram
from renforce import register_shape

register_shape("tram", tram, version="1")
""",
    "looking.py": ANALYSIS,
    "choosing.py": """
from loop.controllers import Controller, Found, FINDERS, even_fractions
from renforce import register_controller, register_finder


def lowest(observation):
    score = observation.settings.score
    worst = observation.pictures.sort_values([score, "name"]).iloc[0]
    return [Found({"color": str(worst["color"])}, f"lowest {score} at {worst['name']}")]


register_finder("lowest", lowest)
register_controller("lowest", Controller(FINDERS["lowest"], even_fractions, "colour of the lowest score"))
""",
}

CONFIG = """# One of each thing that a package may add.
plugins: [my_parts.shapes, my_parts.looking, my_parts.choosing]
seed: 1
classes: {rail: [tram], road: [bus]}
data:
  source: rendered
  image_size: 32
  rendered: &set {count: 8, shapes: [tram, bus], colors: [r, y], angles: [20], views: [f, left], variants: 2}
network: {name: tiny}
train: {epochs: 1, batch_size: 4, learning_rate: 0.01, log: none}
render: {size: 32, samples: 1, denoise: false}
farm: {workers: 1}
scene: {environment: studio}
probe: {render: *set}
holdout: *set
reinforce: {shapes: [tram, bus], colors: [r, y], angles: [20], views: [f, left], variants: 2}
attribution: {methods: [activation], layers: last}
controller: {name: lowest, rounds: 1, budget: 2, score: margin_true, min_n: 2}
"""


def test_one_of_each_is_added_from_outside_and_named_by_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "my_parts").mkdir()
    for name, source in PACKAGE.items():
        (tmp_path / "my_parts" / name).write_text(source)
    (tmp_path / "run.yaml").write_text(CONFIG)
    command = [sys.executable, "-m", "renforce", "loop", "run.yaml", "-o", "run"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stderr
    run = tmp_path / "run"

    # Shape: rendered, masked, named, and a class of the run.
    base = pd.read_parquet(run / "sets/base/manifest.parquet")
    assert set(base["shape"]) == {"tram", "bus"}
    probe = pd.read_parquet(run / "rounds/00/probe.parquet")
    assert set(probe.loc[probe["shape"] == "tram", "label"]) == {"rail"}
    assert probe["mask_area"].between(0.05, 0.95).all()
    # Network: the one that was trained and kept.
    with safe_open(run / "rounds/01/model.safetensors", framework="numpy") as file:
        assert json.loads(file.metadata()["card"])["network"] == "tiny"
        assert len(list(file.keys())) == 6
    # Attribution method and score: of every picture, the score linear in another one.
    scores = pd.read_parquet(run / "rounds/00/probe_scores.parquet")
    assert set(scores["method"]) == {"activation"}
    known = scores["energy"].notna()
    assert known.any()
    assert (scores.loc[known, "margin"] - (2 * scores.loc[known, "energy"] - 1)).abs().max() < 1e-5
    # Finder and controller: the whole budget for what the finder named, by the score of the configuration.
    worst = probe.sort_values(["margin_true", "name"]).iloc[0]
    [request] = json.loads((run / "rounds/00/orders.json").read_text())
    assert (request["where"], request["count"]) == ({"color": worst["color"]}, 2)
    assert request["why"] == f"lowest margin_true at {worst['name']}"
    added = pd.read_parquet(run / "rounds/00/renders/manifest.parquet")
    assert set(added["color"]) == {worst["color"]}
    assert "lowest" in (run / "report.html").read_text()
