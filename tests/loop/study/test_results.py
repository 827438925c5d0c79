"""Tables of a study from evaluations written by hand: two seeds, renders and photographs."""

from pathlib import Path
from typing import Any

import pytest

from generator.files import write_json
from loop.config.study import StudyConfig, beginning
from loop.report.study import KEYS, answers, render
from loop.run.results_folder import StudyFolder
from loop.study.statistics import resamples_of
from tests.helpers.studies import RUN, SHAPES, photographs, planted, renders, results


def test_a_class_of_photographs_that_is_lost_is_named(tmp_path: Path) -> None:
    worse = photographs(cat=0.0)
    found = results(tmp_path, uniform_0=worse, uniform_1=worse).compared()
    (harmed,) = found["harmed"]["uniform"]
    assert harmed == {
        "set": "photographs", "slice": "label=cat", "n": 40, "difference": -1.0, "low": -1.0, "high": -1.0,
    }  # fmt: skip
    lowest = {row["set"]: row["slice"] for row in found["lowest"]["uniform"]}
    assert lowest == {"renders": "color=r", "photographs": "label=cat"}, "the first of equal ones"
    assert found["final"]["test_others"]["uniform"]["gain"]["mean"] == -1
    assert found["final"]["test_reinforced"]["uniform"]["gain"]["mean"] == 0
    assert found["final"]["test_auroc"]["uniform"]["value"]["mean"] == 1
    page = render(found, {"packages": {}, "machine": {}, "command": [], "seed": 0, "python": "3"})
    assert "Uniform makes label=cat significantly worse than none." in page
    assert set(KEYS) <= set(found)
    assert "significant at a false-discovery rate of 5 % over the controllers" in page


def test_a_class_lost_in_one_seed_alone_is_not_named_but_told(tmp_path: Path) -> None:
    found = results(tmp_path, uniform_0=photographs(cat=0.0)).compared()
    assert found["harmed"]["uniform"] == []
    assert "No controller makes a slice or class significantly worse than none." in answers(found)
    told = found["lowest"]["uniform"][1]
    assert (told["slice"], told["difference"]) == ("label=cat", -0.5)
    assert told["low"] < -0.5 < told["high"]


def test_a_figure_that_some_verification_lacks_is_left_out(tmp_path: Path) -> None:
    found = results(tmp_path, none_1=photographs(probabilities=False)).compared()
    assert "test_auroc" not in found["final"]
    assert "test_accuracy" in found["final"]


def test_the_page_of_an_older_study_is_still_written(tmp_path: Path) -> None:
    found: dict[str, Any] = results(tmp_path).compared()
    del found["lowest"]
    found["harmed"]["uniform"] = [
        {"slice": "color=k", "n": 48, "difference": -0.1, "low": -0.2, "high": -0.05}
    ]
    page = render(found, {"packages": {}, "machine": {}, "command": [], "seed": 0, "python": "3"})
    assert "color=k" in page


def test_renders_to_reach_and_the_share_of_the_best_by_hand(tmp_path: Path) -> None:
    """Chance's half is reached after one of two rounds, half of one, and never; the best gains all."""
    found = planted(tmp_path, 24).compared()
    fewer = {arm: one and one["mean"] for arm, one in found["efficiency"]["planted"].items()}
    assert fewer == {"none": None, "uniform": 1.0, "weak+risk": 2.0, "oracle": 4.0}
    shares = {arm: one["mean"] for arm, one in found["share_of_best"]["planted"].items()}
    assert shares == {"none": 0.0, "uniform": 0.5, "weak+risk": 1.0, "oracle": 1.0}
    weak = found["final"]["planted"]["weak+risk"]
    assert (weak["value"]["mean"], weak["gain"]["mean"], weak["over"]["mean"]) == (1.0, 1.0, 0.5)
    assert found["renders"] == {"none": 0.0, "uniform": 8.0, "weak+risk": 8.0, "oracle": 8.0}
    page = render(found, {"packages": {}, "machine": {}, "command": [], "seed": 0, "python": "3"})
    points = found["curves"]["planted"]["uniform"]
    told = (
        f"{100 * point['mean']:.1f} [{100 * point['low']:.1f}, {100 * point['high']:.1f}]" for point in points
    )
    cells = "".join(f'<td class="num">{cell}</td>' for cell in told).replace("-", "−")
    assert f'<tr><th scope="row">uniform</th>{cells}</tr>' in page


def test_holes_so_small_that_a_resample_may_miss_them_are_told_all_the_same(tmp_path: Path) -> None:
    results = planted(tmp_path, 4)
    missed = int((resamples_of(tuple(renders()["name"]))[:, :4].sum(1) == 0).sum())
    assert missed > 5, "or nothing is tested"
    assert results.draws["planted"]["weak+risk"].shape[2] == 1001 - missed
    assert results.draws["accuracy"]["weak+risk"].shape[2] == 1001
    shares = {arm: one["mean"] for arm, one in results.compared()["share_of_best"]["planted"].items()}
    assert shares == {"none": 0.0, "uniform": 0.5, "weak+risk": 1.0, "oracle": 1.0}


def test_a_round_that_was_rolled_back_is_judged_by_the_one_that_stands(tmp_path: Path) -> None:
    """`uniform` loses all cats in its last round: in one seed it stands, in the other it is thrown away."""
    worse = photographs(cat=0.0)
    found = results(tmp_path, uniform_0=worse, uniform_1=worse)
    for seed in (0, 1):
        gate = {"gain": -0.1, "low": -0.2, "high": 0.0, "harmed": ["label=cat"], "kept": seed == 0}
        write_json(StudyFolder(tmp_path).run("uniform", seed).round(1).gate, gate)
    told, rows = found.compared(), found.rows().set_index(["arm", "seed", "round"])
    assert told["final"]["test_others"]["uniform"]["by_seed"] == [0.0, 1.0]
    assert told["harmed"]["uniform"] == []
    assert {row["slice"]: row["difference"] for row in told["lowest"]["uniform"]}["label=cat"] == -0.5
    assert [rows.loc[("uniform", seed, 1), "test_others"] for seed in (0, 1)] == [0.0, 1.0]
    assert rows.loc[("uniform", 1, 1), "renders"] == 4, "they were rendered all the same"


@pytest.mark.parametrize("seeds", [1, 5, 8])
def test_it_says_what_so_few_seeds_can_tell(tmp_path: Path, seeds: int) -> None:
    found = results(tmp_path).compared() | {"seeds": list(range(seeds))}
    page = render(found, {"packages": {}, "machine": {}, "command": [], "seed": 0, "python": "3"})
    assert ("with a single seed nothing is significant" in page) == (seeds == 1)
    assert ("with so few seeds only a loss" in page) == (seeds == 5)


def test_arms_share_a_beginning_where_they_differ_in_what_comes_later() -> None:
    arms = {
        "none": {},
        "uniform": {"train.logit_adjusted_loss": True, "train.retrain": "finetune"},
        "other": {"train.weight_decay": 0.1},
    }
    config = StudyConfig(seeds=(0,), arms=arms, upper_bound=None, run=RUN)
    words = {arm: beginning(config.run_of(arm, 0)) for arm in arms}
    assert words["none"] == words["uniform"] != words["other"]
    beside = {**RUN, "data": {**RUN["data"], "rendered": {"count": 2, "shapes": SHAPES}}}
    config = StudyConfig(seeds=(0,), arms=arms, upper_bound=None, run=beside)
    words = {arm: beginning(config.run_of(arm, 0)) for arm in arms}
    assert words["none"] != words["uniform"]
