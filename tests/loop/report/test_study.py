"""What the page of a study calls significant: of known estimates, and where all arms are equal."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.metrics.seeds import Estimate, over_seeds
from loop.report.study import LEVEL, answers, q_values

SEEDS = 5


def results(over: list[Estimate]) -> dict[str, Any]:
    """Arms `a0`, `a1`, … with these differences from `uniform`, by accuracy alone."""
    arms = [f"a{i}" for i in range(len(over))]
    last = {arm: {"over": asdict(one)} for arm, one in zip(arms, over, strict=True)}
    return {
        "arms": ["none", "uniform", *arms], "seeds": list(range(SEEDS)), "rounds": 3, "budget": 60,
        "reference": "uniform", "nothing": "none", "final": {"accuracy": last}, "harmed": {},
    }  # fmt: skip


def estimate(mean: float, p: float) -> Estimate:
    """A mean whose interval, by Student's t over the seeds, makes it that unlikely by chance."""
    degrees = SEEDS - 1
    half = abs(mean) * stats.t.ppf(0.975, degrees) / stats.t.isf(p / 2, degrees)
    return Estimate(mean, mean - half, mean + half)


def test_only_what_holds_among_all_arms_is_called_significant() -> None:
    """p of 0.04 among ten arms: its interval leaves out 0, its q is 0.2."""
    nine = [estimate(0.001, 0.8)] * 8
    found = results([estimate(0.10, 0.001), estimate(0.08, 0.04), *nine])
    q = q_values(found, "accuracy")
    assert found["final"]["accuracy"]["a1"]["over"]["low"] > 0
    assert [q["a0"], q["a1"], q["a2"]] == pytest.approx([0.01, 0.2, 0.8])
    said = " ".join(answers(found))
    assert "a0 gains more accuracy than uniform" in said
    assert "a1" not in said
    lost = results([estimate(0.10, 0.04), estimate(-0.05, 0.001), *nine])
    said = " ".join(answers(lost))
    assert "no controller gains significantly more accuracy than uniform" in said
    assert "Less than uniform: a1 −5.0 points" in said
    alone = results([estimate(0.08, 0.04)])
    assert q_values(alone, "accuracy") == {"a0": pytest.approx(0.04)}
    assert "a0 gains more accuracy" in answers(alone)[0]
    assert q_values(results([]), "accuracy") == {}


def test_a_name_with_a_comma_is_quoted() -> None:
    found = results([estimate(0.10, 0.001), estimate(0.08, 0.001)])
    found["arms"][-1] = "a0, pruned"
    found["final"]["accuracy"]["a0, pruned"] = found["final"]["accuracy"].pop("a1")
    found["harmed"] = {"a0, pruned": [{"slice": "view=b"}]}
    said = answers(found)
    assert "a0 and “a0, pruned” gain more accuracy" in said[0]
    assert said[1].startswith("A0 +10.0 points")
    assert "; “a0, pruned” +8.0 points" in said[1]
    assert said[2] == "“a0, pruned” makes view=b significantly worse than none."


def test_a_reference_without_others_is_compared_with_nothing_added() -> None:
    for gain, verb in (
        (estimate(0.08, 0.04), "significantly raises"),
        (estimate(-0.08, 0.04), "significantly lowers"),
        (estimate(0.08, 0.06), "does not significantly change"),
    ):
        found = results([])
        found["final"]["accuracy"]["uniform"] = {"gain": asdict(gain)}
        assert (
            f"uniform {verb} accuracy compared with none: {'+' if gain.mean > 0 else '−'}8.0 points"
            in answers(found)[0]
        )
        assert "does not significantly change" in answers(found | {"seeds": [0]})[0]


def test_with_a_single_seed_nothing_is_significant() -> None:
    found = results([Estimate(0.1, 0.08, 0.12)]) | {"seeds": [0]}
    assert "no controller differs significantly from uniform in accuracy" in answers(found)[0]


def test_where_all_arms_are_equal_hardly_a_study_names_one() -> None:
    """Of 150 studies of 19 equal arms at most 5 %, within a simulation's error; by intervals alone many."""
    rng, studies, named, apart = np.random.default_rng(0), 150, 0, 0
    for study in range(studies):
        trained = rng.normal(0, 0.02, (SEEDS, 20, 1))
        pictures = rng.normal(0, 0.01, (SEEDS, 1, 101)) * (np.arange(101) > 0)
        draws = trained[:, 1:] - trained[:, :1] + pictures  # the reference is the same for all
        over = [over_seeds(draws[:, arm], study) for arm in range(19)]
        apart += any(one.excludes_zero for one in over)
        named += "no controller differs" not in answers(results(over))[0]
    assert named / studies <= LEVEL + 1.645 * np.sqrt(LEVEL * (1 - LEVEL) / studies)
    assert apart / studies > 3 * LEVEL
