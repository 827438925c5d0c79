"""What measurements put into their file: the right figure under the right key."""

import json
from pathlib import Path

import pytest

from benchmarks import gpus, results, slices, study
from benchmarks.demo import deciding_fraction
from tests.helpers.studies import planted


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results.json")
    return tmp_path / "results.json"


def test_the_confirmation_keeps_the_defaults_figures_under_the_goals_names(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = planted(tmp_path / "study", 24).compared()
    monkeypatch.setattr(study, "run", lambda *_: found)
    study.confirm()
    figures = json.loads(kept.read_text())
    values = {key: figures[key]["value"] for key in figures if not key.startswith("study_confirm_")}
    assert values == pytest.approx(
        {
            "study_sample_efficiency": 2.0,
            "study_share_of_oracle_gain": 1.0,
            "study_worst_slice_gain_points": 50.0,
            "study_harmed": 0,
        }
    )
    assert {key: figures[f"study_confirm_{key}"]["value"] for key in found["arms"]} == {
        "none": 0.0, "uniform": 50.0, "weak+risk": 100.0, "oracle": 100.0,
    }  # fmt: skip
    assert figures["study_confirm_uniform"]["of_oracle"].startswith("50.0 [")
    assert figures["study_confirm_uniform"]["n"] == 2


def test_who_names_what_was_planted_is_kept(kept: Path) -> None:
    def figure(mean: float) -> dict[str, float]:
        return {"mean": mean, "low": mean / 2, "high": 1.0, "n": 15}

    method = {name: figure(0.1) for name in (*slices.FIELDS, "solved")}
    ours = {**method, "solved": figure(0.9), "false_share": figure(0.02)}
    kinds = {"solved_by_kind": {"missing data": 1.0, "shortcut": 0.8}}
    slices.keep_all(
        {
            "methods": {"diagnosis": {**ours, **kinds}, "error": {**method, **kinds}},
            "settings": [{"seeds": [{"seed": 0}, {"seed": 1}]}],
        }
    )
    figures = json.loads(kept.read_text())
    assert figures["slices_solved_share"]["value"] == 0.9
    assert (figures["slices_solved_share"]["low"], figures["slices_solved_share"]["n"]) == (0.45, 15)
    assert figures["slices_false_discovery_rate"]["value"] == 0.02
    assert figures["slices_by_error"]["solved_missing_data"] == 1.0
    assert figures["slices_by_diagnosis"]["seed"] == [0, 1]


def test_a_controllers_share_is_of_the_rounds_alone() -> None:
    steps = [("render base", 90), ("train", 50), ("verify", 10), ("decide", 1), ("render reinforcement", 4)]
    steps += [("train", 30), ("verify", 10), ("decide", 2), ("train", 53), ("report", 500)]
    assert deciding_fraction([{"step": step, "seconds": took} for step, took in steps]) == 0.03


def test_cards_are_kept_under_the_machine_that_they_were_measured_on(kept: Path, tmp_path: Path) -> None:
    def rates(*rows: tuple[int, float]) -> list[dict[str, float]]:
        return [
            {"size": size, "samples": samples, "workers": workers, "rate": rate}
            for size, samples in gpus.SETTINGS
            for workers, rate in rows
        ]

    differences = [{"mask": 0.0, "rmse": 0.01}, {"mask": 0.5, "rmse": 0.03}, {"mask": 0.25, "rmse": 0.02}]
    machine = {"processor": "P", "cores": 16, "cards": ["C"]}
    devices = {
        "cpu": {"name": "CPU", "first": 9.0, "rates": rates((16, 8.0)), "differences": []},
        "cuda": {
            "name": "C", "first": 300.0, "rates": rates((1, 5.0), (4, 20.0)), "differences": differences,
        },
        "optix": {"missing": "there is none"},
    }  # fmt: skip
    found = {"machine": machine, "packages": {"bpy": "5"}, "date": "2026-11-27", "devices": devices}
    (tmp_path / "found.json").write_text(json.dumps(found))
    gpus.keep_found(tmp_path / "found.json")
    figures = json.loads(kept.read_text())
    assert {name.split("_")[1] for name in figures} == {"cpu", "cuda"}
    best = figures["farm_cuda_64px_16"]
    assert (best["value"], best["workers"], best["with_1"], best["with_4"]) == (20.0, 4, 5.0, 20.0)
    assert (best["machine"], best["packages"], best["date"]) == (machine, {"bpy": "5"}, "2026-11-27")
    assert figures["farm_cpu_512px_64"]["value"] == 8.0
    assert figures["farm_cuda_first_picture"]["value"] == 300.0
    assert figures["farm_cuda_mask"]["value"] == 0.25
    assert (figures["farm_cuda_rmse"]["low"], figures["farm_cuda_rmse"]["high"]) == (0.01, 0.03)
