"""Harm of a study on simulated seeds: trainings that scatter, pictures that are shared, planted losses."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.metrics.seeds import Estimate
from analysis.slices.change import paired_change
from analysis.slices.options import SliceTest
from loop.study.regressions import LEVEL, changes, p_value

SHAPES, COLORS = ("bus", "van", "sedan"), ("k", "r", "y", "w")


def study(rng: np.random.Generator, seeds: int, lost: float = 0.0) -> tuple[list[pd.DataFrame], ...]:
    """Two arms on the same 240 pictures for all seeds. Trainings scatter by shape and colour, by the same in
    both arms on average; the second arm loses black vans by so much."""
    pictures = pd.DataFrame({"name": [f"p{i}" for i in range(240)]})
    pictures["shape"], pictures["color"] = rng.choice(SHAPES, 240), rng.choice(COLORS, 240)
    hard = rng.normal(0, 0.8, 240)
    black_vans = ((pictures["shape"] == "van") & (pictures["color"] == "k")).to_numpy()

    def trained(loss: float) -> pd.DataFrame:
        scatter = {pair: rng.normal(0, 0.4) for pair in [(s, c) for s in SHAPES for c in COLORS]}
        luck = [scatter[pair] for pair in zip(pictures["shape"], pictures["color"], strict=True)]
        chance = stats.norm.cdf(0.8 + hard + luck) - loss * black_vans
        return pictures.assign(correct=(rng.random(240) < chance).astype(float))

    return [trained(0.0) for _ in range(seeds)], [trained(lost) for _ in range(seeds)]


def named(before: list[pd.DataFrame], after: list[pd.DataFrame]) -> list[str]:
    found = changes(before, after, ["shape", "color"], SliceTest())
    return found.loc[found["worse"], "slice"].tolist()


def pooled(before: list[pd.DataFrame], after: list[pd.DataFrame]) -> list[str]:
    """The pictures of all seeds taken for independent ones."""
    whole = [
        pd.concat([t.assign(name=f"{i}/" + t["name"]) for i, t in enumerate(tables)])
        for tables in (before, after)
    ]
    found = paired_change(whole[0], whole[1], "correct", ["shape", "color"]).iloc[1:]
    return found.loc[found["worse"], "slice"].tolist()


@pytest.mark.parametrize("seeds", [5, 16])
def test_trainings_that_only_scatter_harm_nothing(seeds: int) -> None:
    """Of 60 studies without harm at most 5 % name some, within a simulation's error; pooled pictures do in
    many."""
    rng = np.random.default_rng(seeds)
    studies = [study(rng, seeds) for _ in range(60)]
    false = np.mean([bool(named(*one)) for one in studies])
    assert false <= LEVEL + 1.645 * np.sqrt(LEVEL * (1 - LEVEL) / 60)
    assert np.mean([bool(pooled(*one)) for one in studies]) > 3 * LEVEL


def test_a_planted_loss_is_found_in_sixteen_seeds() -> None:
    rng = np.random.default_rng(1)
    found = [named(*study(rng, 16, lost=0.3)) for _ in range(10)]
    assert np.mean(["color=k & shape=van" in names for names in found]) >= 0.8


def test_differences_are_means_over_seeds_on_the_same_pictures() -> None:
    before, after = study(np.random.default_rng(2), 3, lost=0.5)
    after = [table.sample(frac=1, random_state=1) for table in after]
    found = changes(before, after, ["shape", "color"], SliceTest()).set_index("slice")
    assert found["difference"].is_monotonic_increasing
    by_name = [
        (a.set_index("name")["correct"] - b.set_index("name")["correct"])
        for a, b in zip(after, before, strict=True)
    ]
    vans = set(before[0].loc[before[0]["shape"] == "van", "name"])
    expected = np.mean([change[list(vans)].mean() for change in by_name])
    assert found.loc["shape=van", "difference"] == pytest.approx(expected)
    assert found.loc["shape=van", "n"] == 3 * len(vans)
    assert found.loc["shape=van", "low"] < expected < found.loc["shape=van", "high"]
    sizes = before[0].groupby(["shape", "color"]).size()
    assert len(found) == len(SHAPES) + len(COLORS) + int((sizes >= 8).sum())


def test_a_single_seed_tells_nothing_and_equal_slices_are_one() -> None:
    before, after = study(np.random.default_rng(3), 1, lost=0.9)
    assert named(before, after) == []
    assert p_value(Estimate(-0.5, -0.6, -0.4), 1) == 1
    for table in (*before, *after):
        table["label"] = table["shape"].map({"bus": "large", "van": "small", "sedan": "small"})
    found = changes(before, after, ["shape", "label"], SliceTest())["slice"]
    assert sorted(found) == ["label=large", "label=small", "shape=sedan", "shape=van"]


def test_p_is_students() -> None:
    """Of an interval that Student's t gives, p is that of the t test."""
    values = np.array([0.02, -0.05, -0.04, -0.08, -0.01])
    half = stats.t.ppf(0.975, 4) * values.std(ddof=1) / np.sqrt(5)
    estimate = Estimate(values.mean(), values.mean() - half, values.mean() + half)
    assert p_value(estimate, 5) == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    assert p_value(Estimate(0.0, 0.0, 0.0), 5) == 1
    assert p_value(Estimate(-0.1, -0.1, -0.1), 5) == 0
