"""Controllers on probes whose weakness is known."""

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from analysis.slices.conjunctions import slice_name
from analysis.slices.diagnosis import Diagnosis, shortcut_slices
from generator.errors import UserError
from generator.planning.grid import Grid, Hole
from generator.planning.scenes import SceneRanges
from generator.spec import RenderSpec
from loop.config.run import ControllerName, ControllerSettings, LoopConfig
from loop.controllers import CONTROLLERS, Observation, RenderRequest, Round
from loop.controllers.base import draw_words, shares
from loop.controllers.decide import decide, repeat, specify, thin
from loop.controllers.diagnosis import ailing as ailing_slices
from loop.controllers.risk import MOST_CELLS, chances_to_fail, combinations
from loop.controllers.weak_slices import ranks

WEAK = {"color": "y", "shape": "van"}


def probe(weak: dict[str, str] | None = None, value: float = 0.2, each: int = 12) -> pd.DataFrame:
    """Three shapes × three colours × two views; `weak` has low figures, all else high ones, with noise."""
    rows = [dict(zip(("shape", "color", "view"), cell, strict=True)) for cell in CELLS for _ in range(each)]
    table = pd.DataFrame(rows)
    rng = np.random.default_rng(0)
    ill = np.all([table[k] == v for k, v in weak.items()], axis=0) if weak else np.zeros(len(table), bool)
    good = np.where(ill, value, 0.9) + rng.normal(0, 0.02, len(table))
    table["name"] = [f"p{i}" for i in range(len(table))]
    table["p_true"] = good
    table["correct"] = np.where(ill, np.arange(len(table)) % 4 == 0, np.arange(len(table)) % 12 > 0).astype(
        float
    )
    table["energy_true"] = table["reward_true"] = good
    table["entropy"], table["loss"] = 1 - good, -np.log(good.clip(1e-6, 1))
    return table


CELLS = list(product(("sedan", "van", "bus"), ("r", "y", "k"), ("f", "b")))


def evidence(
    table: pd.DataFrame, *past: Round, planted: tuple[Any, ...] = (), **settings: Any
) -> Observation:
    asked = ControllerSettings(**{"budget": 60, "slices": 3, **settings})
    return Observation((*past, Round(table)), ("shape", "color", "view"), asked, seed=0, planted=planted)


def ordered(arm: ControllerName, given: Observation) -> list[RenderRequest]:
    return CONTROLLERS[arm].decide(given)


def decided(arm: ControllerName, table: pd.DataFrame, **settings: Any) -> tuple[RenderRequest, ...]:
    """What a run orders."""
    return decide([Round(table)], settings_of(name=arm, slices=3, **settings)).orders


def test_every_name_has_its_controller() -> None:
    assert tuple(CONTROLLERS) == get_args(ControllerName)


def test_shares_are_whole_fair_and_complete() -> None:
    assert shares([1, 1, 1], 10) == [4, 3, 3]
    assert shares([5, 3, 2], 10) == [5, 3, 2]
    assert shares([0, 0], 3) == [2, 1]
    assert shares([0.9, 0.1], 1) == [1, 0]


@pytest.mark.parametrize(
    "arm", [arm for arm in CONTROLLERS if arm not in ("none", "oversample", "diagnosis")]
)
def test_the_whole_budget_is_spent_on_new_pictures(arm: ControllerName) -> None:
    orders = ordered(arm, evidence(probe(WEAK), planted=(WEAK,), budget=61))
    assert sum(order.count for order in orders) == 61
    assert all(order.count > 0 and not order.again and order.why for order in orders)


@pytest.mark.parametrize("arm", ["weak", "error", "entropy", "alignment", "alignment+error", "oracle"])
def test_the_weak_slice_gets_the_budget(arm: ControllerName) -> None:
    orders = ordered(arm, evidence(probe(WEAK), planted=(WEAK,)))
    assert [dict(order.where) for order in orders] == [WEAK]


PLANTED: dict[str, dict[str, str]] = {
    "correct": {"color": "y", "shape": "van"},
    "entropy": {"color": "r", "shape": "bus"},
    "energy_true": {"color": "k", "shape": "sedan"},
    "p_true": {"color": "y", "shape": "bus"},
    "reward_true": {"color": "r", "shape": "van"},
}
"""Column -> the slice that is bad by it alone."""


def differing() -> pd.DataFrame:
    """A probe in which each column has another bad slice."""
    columns = {}
    for column, where in PLANTED.items():
        table = probe(where, 0.0 if column == "energy_true" else 0.2)
        columns[column] = table["correct" if column == "correct" else column]
    return probe().assign(**columns)


@pytest.mark.parametrize(
    ("arm", "column", "settings"),
    [
        ("weak", "p_true", {"score": "p_true"}),
        ("weak", "reward_true", {"score": "reward_true"}),
        ("error", "correct", {"score": "p_true"}),
        ("oversample", "correct", {"score": "p_true"}),
        ("entropy", "entropy", {}),
        ("alignment", "energy_true", {"score": "p_true"}),
        ("alignment", "reward_true", {"alignment": "reward_true"}),
    ],
)
def test_each_arm_goes_by_its_own_column(arm: ControllerName, column: str, settings: dict[str, str]) -> None:
    orders = ordered(arm, evidence(differing(), **settings))
    assert [dict(order.where) for order in orders] == [PLANTED[column]]


def test_the_policy_is_paid_by_the_objective_that_is_set() -> None:
    def pictures(column: str, objective: str) -> int:
        """Ordered in a column's bad slice, over some seeds."""
        given, where = evidence(differing(), objective=objective), PLANTED[column].items()
        several = [replace(given, seed=seed) for seed in range(10)]
        orders = [order for one in several for order in ordered("policy_gradient", one)]
        return sum(order.count for order in orders if where <= order.where.items())

    for mine, other in (("reward_true", "energy_true"), ("energy_true", "reward_true")):
        assert pictures(mine, mine) > 2 * pictures(mine, other)


def test_ranks_of_both_by_hand() -> None:
    pictures = pd.DataFrame({"energy_true": [0.1, 0.4, 0.2, 0.3], "correct": [1.0, 0.0, 0.0, 1.0]})
    found = ranks(pictures, ControllerSettings())
    assert found.tolist() == pytest.approx([(1 + 3.5) / 8, (4 + 1.5) / 8, (2 + 1.5) / 8, (3 + 3.5) / 8])


def test_the_reason_says_what_ails_the_slice() -> None:
    """Wrong, unsure and looking elsewhere: data are missing; looking at the vehicle: unclear."""
    (order,) = ordered("error", evidence(probe(WEAK)))
    assert "; data are missing: 75% of 24 pictures are wrong, 8% of the rest" in order.why
    assert order.why.count("color=y & shape=van") == 1
    (order,) = ordered("error", evidence(probe(WEAK).assign(energy_true=0.5)))
    assert "unclear: 75% of 24 pictures are wrong" in order.why


def test_oversampling_repeats_what_is_there_and_nothing_that_is_not() -> None:
    orders = ordered("oversample", evidence(probe(WEAK), budget=7))
    assert orders == [RenderRequest(WEAK, 7, orders[0].why, again=True)]
    there = pd.DataFrame({"name": ["a", "b", "c"], "shape": ["van", "van", "bus"], "color": ["y", "y", "y"]})
    (names,) = repeat(orders, there, seed=0)
    counts = Counter(names)
    assert set(counts) == {"a", "b"}
    assert sorted(counts.values()) == [3, 4]
    assert repeat(orders, there.iloc[2:], seed=0) == [[]]
    near = RenderRequest({"fill": "0.4..0.5"}, 7, "near", again=True, scene={"fill": {"uniform": [0.4, 0.5]}})
    assert repeat([near], pd.DataFrame({"name": []}), seed=0) == [[]], "before the first renders"


def test_plain_arms_order_anything_or_nothing() -> None:
    assert ordered("none", evidence(probe(WEAK))) == []
    for arm in ("uniform", "stratified"):
        (order,) = ordered(arm, evidence(probe(WEAK)))
        assert (order.where, order.count) == ({}, 60)
    assert (CONTROLLERS["uniform"].sampling, CONTROLLERS["stratified"].sampling) == ("random", "grid")


def test_the_oracle_gives_every_hole_its_share() -> None:
    holes = ({"color": "y", "shape": "van"}, {"view": "b"}, {"shape": "bus"})
    orders = ordered("oracle", evidence(probe(), planted=holes, budget=61))
    assert [(order.where, order.count) for order in orders] == list(zip(holes, (21, 20, 20), strict=True))


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_a_share_of_what_is_right_and_aligned_is_thinned(share: float) -> None:
    """Of 40, 30 are right, of which the 20 with the higher alignment are easy."""
    table = pd.DataFrame({"name": [f"p{i}" for i in range(40)], "energy_true": np.arange(40) / 40})
    table["correct"] = (np.arange(40) >= 10).astype(float)
    asked = ControllerSettings(prune=share)
    out = thin(table, asked, seed=0)
    aligned = table["energy_true"] >= table["energy_true"].median()
    easy = set(table.loc[aligned & (table["correct"] == 1), "name"])
    assert len(out) == len(set(out)) == round(share * len(easy))
    assert set(out) <= easy
    assert out == thin(table, asked, seed=0)
    assert share == 1 or out != thin(table, asked, seed=1)


def test_where_nothing_is_weak_nothing_or_anything_is_ordered() -> None:
    assert ordered("weak", evidence(probe())) == []
    (order,) = ordered("weak", evidence(probe(), idle="explore"))
    assert (order.where, order.count) == ({}, 60)


def test_a_share_goes_beyond_the_slice_and_a_share_elsewhere() -> None:
    orders = decided("weak", probe(WEAK), budget=100, explore=0.2, broaden=0.25)
    found = [(dict(order.where), order.count) for order in orders]
    assert found == [(WEAK, 60), ({"color": "y"}, 10), ({"shape": "van"}, 10), ({}, 20)]


@pytest.mark.parametrize(
    "arm", ["weak", "weak+risk", "risk", "bandit", "policy_gradient", "oversample", "uniform"]
)
def test_every_arm_leaves_the_share_that_goes_elsewhere(arm: ControllerName) -> None:
    *mine, elsewhere = decided(arm, probe(WEAK), budget=50, explore=0.4, objective="p_true")
    assert (dict(elsewhere.where), elsewhere.count) == ({}, 20)
    assert elsewhere.again == (arm == "oversample")
    assert sum(order.count for order in mine) == 30
    (all_of_it,) = decided(arm, probe(WEAK), budget=50, explore=1.0)
    assert (dict(all_of_it.where), all_of_it.count) == ({}, 50)
    assert all_of_it.again == (arm == "oversample")


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_who_orders_nothing_orders_nothing_elsewhere(share: float) -> None:
    assert decided("none", probe(WEAK), explore=share) == ()
    assert decided("weak", probe(), explore=share) == ()


def test_a_score_that_no_picture_has_is_told() -> None:
    blind = probe(WEAK).assign(reward_true=np.nan)
    with pytest.raises(UserError, match="no picture of the probe has a 'reward_true'; give the probe masks"):
        ordered("policy_gradient", evidence(blind))


def test_an_unknown_score_is_told() -> None:
    with pytest.raises(UserError, match=r"'beauty' is no score; one of p_true, correct"):
        ordered("weak", evidence(probe(WEAK), score="beauty"))
    with pytest.raises(UserError, match="needs planted holes"):
        ordered("oracle", evidence(probe(WEAK)))


def drawn(arm: ControllerName, given: Observation, seeds: int = 30) -> Counter[str]:
    """Pictures for each value of each attribute, over draws with several seeds."""
    total: Counter[str] = Counter()
    for seed in range(seeds):
        for order in ordered(arm, Observation(given.rounds, given.attributes, given.settings, seed)):
            total.update({f"{k}={v}": order.count for k, v in order.where.items()})
            total[slice_name(order.where)] += order.count if len(order.where) > 1 else 0
    return total


def test_the_bandit_goes_on_where_it_gained_until_nothing_is_left_to_gain() -> None:
    table = probe(WEAK)

    def yellow_vans(now: float, *past: Round) -> int:
        given = evidence(probe(WEAK, now), *past, score="p_true")
        return drawn("bandit", given)["color=y & shape=van"]

    in_vain, half, healed = (
        Round(table, (RenderRequest(WEAK, 20, ""),), probe(WEAK, value)) for value in (0.2, 0.55, 0.9)
    )
    assert yellow_vans(0.2) > 0.4 * 30 * 60, "the shortfall alone makes them worth most"
    assert yellow_vans(0.2, in_vain) < 0.1 * yellow_vans(0.2)
    assert yellow_vans(0.55, half) > 2 * yellow_vans(0.2, in_vain)
    assert yellow_vans(0.9, healed) < 0.1 * yellow_vans(0.2)


def test_the_bandits_belief_is_the_conjugate_normal() -> None:
    from loop.controllers.learned import HOPE, _slices, _worth

    table, after = probe(WEAK), probe(WEAK, 0.55)
    given = evidence(after, Round(table, (RenderRequest(WEAK, 40, ""),), after), score="p_true")
    slices = _slices(given)
    mean, deviation = _worth(slices, given)
    i = slices.names().index("color=y & shape=van")
    mine = slices.members[i]
    gain = (after["p_true"] - table["p_true"])[mine]
    scale = (1 - table["p_true"][mine].mean()) * 40 / 20
    variance = max(gain.var(ddof=1) / len(gain), 1e-4) / scale**2
    precision = 1 / HOPE**2 + 1 / variance
    left = 1 - after["p_true"][mine].mean()
    assert mean[i] == pytest.approx(left * (1 / HOPE + gain.mean() / scale / variance) / precision)
    assert deviation[i] == pytest.approx(left * precision**-0.5)


def test_the_bandit_is_paid_for_pictures_that_were_had() -> None:
    """Half of what was ordered made the same gain: each is worth twice as much; none is worth nothing."""
    from loop.controllers.learned import _slices, _worth

    table, after = probe(WEAK), probe(WEAK, 0.55)

    def belief(**order: Any) -> tuple[float, float]:
        given = evidence(after, Round(table, (RenderRequest(WEAK, why="", **order),), after), score="p_true")
        slices = _slices(given)
        i = slices.names().index("color=y & shape=van")
        mean, deviation = _worth(slices, given)
        return float(mean[i]), float(deviation[i])

    assert belief(count=40, given=20) == belief(count=20)
    assert belief(count=40, given=0)[1] > belief(count=40, given=1)[1]


@pytest.mark.parametrize("idle", ["stop", "explore"])
def test_the_bandit_without_a_slice_of_enough_pictures_orders_anything_or_nothing(idle: str) -> None:
    table = probe(WEAK).head(6)
    orders = ordered("bandit", evidence(table, min_n=8, idle=idle))
    assert [(order.where, order.count) for order in orders] == ([({}, 60)] if idle == "explore" else [])


@pytest.mark.parametrize("unseen", [None, ("van", "y", "b")], ids=["all seen", "one unseen"])
def test_risk_draws_in_proportion_to_the_square_of_the_chance_to_fail(unseen: tuple[str, ...] | None) -> None:
    table = probe(each=4000)
    rng = np.random.default_rng(0)
    chances = 1 / (1 + np.exp(2.0 - 1.5 * (table["view"] == "b") - 1.0 * (table["color"] == "y")))
    table["correct"] = (rng.random(len(table)) > chances).astype(float)
    shown = [cell != unseen for cell in zip(table["shape"], table["color"], table["view"], strict=True)]
    orders = ordered("risk", evidence(table[shown], budget=100_000))
    cells = table.assign(chance=chances).groupby(["shape", "color", "view"])["chance"].first()
    expected = cells**2 / (cells**2).sum()
    got = {tuple(order.where.values()): order.count / 100_000 for order in orders}
    assert set(got) == set(expected.index)
    for cell, share in expected.items():
        assert got[cell] == pytest.approx(share, rel=0.25)


def test_more_combinations_than_can_be_told_apart_are_drawn_by_lot() -> None:
    names = list("abcdefgh")
    table = pd.DataFrame([[f"{value}"] * len(names) for value in range(4)], columns=names)
    found = combinations(table, np.random.default_rng(0))
    assert 0.8 * MOST_CELLS < len(found) <= MOST_CELLS < 4 ** len(names), "some were drawn twice"
    assert not found.duplicated().any()
    for name in names:
        np.testing.assert_allclose(found[name].value_counts(normalize=True), 1 / 4, atol=0.02)
    some = combinations(table[names[:2]], np.random.default_rng(0))
    assert sorted(some.itertuples(index=False, name=None)) == sorted(product("0123", repeat=2))


def test_values_that_do_not_go_together_are_in_no_combination() -> None:
    kinds = [("sedan", "usual"), ("van", "minibus"), ("van", "high-van")]
    rows = [(shape, color, family) for color in "ry" for shape, family in kinds]
    table = pd.DataFrame(rows, columns=["shape", "color", "family"])
    found = combinations(table, np.random.default_rng(0))
    assert list(found) == ["shape", "color", "family"]
    assert sorted(found.itertuples(index=False, name=None)) == sorted(rows)


@pytest.mark.parametrize("arm", ["weak", "risk", "weak+risk", "policy_gradient", "diagnosis", "bandit"])
def test_a_weak_family_is_ordered_by_the_name_of_its_vehicles(arm: ControllerName) -> None:
    kinds = {"sedan": ("usual",), "van": ("minibus", "high-van"), "bus": ("short-bus", "city-bus")}
    table = probe(each=24)
    turn = np.arange(len(table)) // 2 % 2
    table["family"] = [kinds[s][t % len(kinds[s])] for s, t in zip(table["shape"], turn, strict=True)]
    table["variant"] = np.arange(len(table)) // 4 % 6
    ill = (table["family"] == "minibus").to_numpy()
    table["correct"] = np.where(ill, np.arange(len(table)) % 8 == 0, table["correct"])
    table["p_true"] = table["reward_true"] = np.where(ill, 0.2, 0.9)
    config = settings_of(name=arm, slices=3, attributes="all", budget=60)
    decision = decide([Round(table)], config)
    mine = [order for order in decision.orders if order.where.get("family") == "minibus"]
    assert sum(order.count for order in mine) > 0.5 * 60
    specs = [spec for some in specify(decision.orders, config, 0, table) for spec in some]
    assert sum(spec.family == "minibus" for spec in specs) > 0.5 * 60
    assert {spec.shape for spec in specs if spec.family == "minibus"} == {"van"}


def test_a_planted_family_is_ordered_and_repeated_by_its_vehicles() -> None:
    hole = {"family": "minibus", "color": "y"}
    config = settings_of(name="oracle", budget=30).model_copy(deep=True)
    assert config.data.rendered is not None
    rendered = config.data.rendered.model_copy(update={"holes": (Hole(where=hole),)})
    config = config.model_copy(update={"data": config.data.model_copy(update={"rendered": rendered})})
    (order,) = decide([Round(probe())], config).orders
    assert (dict(order.where), order.count) == (hole, 30)
    (specs,) = specify([order], config, 0, probe())
    assert {(spec.shape, spec.family, spec.color) for spec in specs} == {("van", "minibus", "y")}
    assert len(specs) == 30
    table = probe().assign(family=np.where(np.arange(len(probe())) % 2, "minibus", "usual"))
    (names,) = repeat([RenderRequest(hole, 10, "", again=True)], table, 0)
    assert len(names) == 10
    mine = table.set_index("name").loc[names]
    assert set(zip(mine["family"], mine["color"], strict=True)) == {("minibus", "y")}


def test_the_chances_to_fail_are_those_of_the_penalised_likelihood() -> None:
    from scipy.optimize import minimize

    table = probe(WEAK)[["shape", "color", "view"]]
    failed = probe(WEAK)["correct"] < 1
    cells = table.drop_duplicates(ignore_index=True)

    def design(rows: pd.DataFrame) -> Any:
        ones = [(rows[a] == v).to_numpy(float) for a in rows for v in sorted(table[a].unique())]
        kinds = [a for a in rows for _ in table[a].unique()]
        both = [
            x * y for i, x in enumerate(ones) for j, y in enumerate(ones) if i < j and kinds[i] != kinds[j]
        ]
        return np.stack([*ones, *both], axis=1)

    def loss(weights: Any) -> float:
        logits = weights[0] + design(table) @ weights[1:]
        return float((np.logaddexp(0, logits) - failed * logits).sum() + (weights[1:] ** 2).sum() / 2)

    best = minimize(loss, np.zeros(1 + design(table).shape[1]), tol=1e-8).x
    expected = 1 / (1 + np.exp(-best[0] - design(cells) @ best[1:]))
    np.testing.assert_allclose(chances_to_fail(table, failed)(cells), expected, atol=0.005)


def test_risk_without_a_failure_or_without_a_success() -> None:
    table = probe()
    assert ordered("risk", evidence(table.assign(correct=1.0))) == []
    elsewhere = ordered("risk", evidence(table.assign(correct=1.0), idle="explore"))
    assert [(dict(order.where), order.count) for order in elsewhere] == [({}, 60)]
    assert sum(order.count for order in ordered("risk", evidence(table.assign(correct=0.0)))) == 60


def test_half_goes_to_what_is_weak_for_sure_and_half_as_risk_draws_it() -> None:
    table = probe(WEAK)
    sure, *drawn = ordered("weak+risk", evidence(table, budget=61))
    assert (dict(sure.where), sure.count) == (WEAK, 30)
    assert drawn == ordered("risk", evidence(table, budget=31))
    assert ordered("weak+risk", evidence(probe())) == ordered("risk", evidence(probe()))
    assert ordered("error", evidence(probe())) == [], "nothing is weak for sure"
    (alone,) = ordered("weak+risk", evidence(table, budget=1))
    assert alone.count == 1


def test_cells_that_were_drawn_are_told_by_what_there_is_most_of() -> None:
    cells = [
        RenderRequest({"shape": "bus", "color": "r"}, 6, "first", drawn=True),
        RenderRequest({"shape": "bus", "color": "y"}, 3, "", drawn=True),
        RenderRequest({"shape": "van", "color": "k"}, 1, "", drawn=True),
    ]
    words = draw_words(cells)
    assert words == "10 pictures in 3 cells by lot, 90% shape=bus, 60% color=r; the most for first"
    assert all(order.drawn for order in ordered("risk", evidence(probe(WEAK))))
    assert [order.drawn for order in ordered("weak+risk", evidence(probe(WEAK)))][:2] == [False, True]


def test_reinforce_learns_where_the_reward_lies() -> None:
    ill = drawn("policy_gradient", evidence(probe({"view": "b"}, 0.1)), seeds=5)
    assert ill["view=b"] > 0.85 * 5 * 60
    even = drawn("policy_gradient", evidence(probe()), seeds=20)
    assert 0.3 < even["view=b"] / (20 * 60) < 0.7


def test_the_policys_gradient_is_that_of_the_expected_reward() -> None:
    from loop.controllers.learned import ENTROPY, _gradient

    rng = np.random.default_rng(0)
    chances, worth = np.array([0.5, 0.3, 0.2]), np.array([1.0, 0.0, -1.0])
    taken = rng.choice(3, 200_000, p=chances)
    reward = worth[taken]
    expected = chances * (worth - chances @ worth)  # of the softmax's logits, in closed form
    entropy = -chances * (np.log(chances) - chances @ np.log(chances))
    got = _gradient(taken, chances, reward - reward.mean())
    np.testing.assert_allclose(got, expected + ENTROPY * entropy, atol=0.005)


CUE = {"shape": "bus", "view": "f"}


def ailing() -> pd.DataFrame:
    """Yellow vans are wrong and looked past; buses from the front are right, also without the bus."""
    table = probe(WEAK, each=20)
    rng = np.random.default_rng(1)
    cued = np.all([table[k] == v for k, v in CUE.items()], axis=0)
    residual = np.where(cued, 0.8, 0.3) + rng.normal(0, 0.03, len(table))
    return table.assign(loss=-np.log(table["p_true"].clip(0.01)), label=table["shape"], residual=residual)


def test_each_disease_gets_its_remedy() -> None:
    orders = ordered("diagnosis", evidence(ailing(), budget=120))
    found = {slice_name(order.where): order.count for order in orders}
    neighbours = ["shape=bus & view=b", "shape=sedan & view=f", "shape=van & view=f"]
    assert found == {"color=y & shape=van": 60, **dict(zip(neighbours, (30, 15, 15), strict=True))}
    assert "data are missing" in orders[0].why
    assert "a shortcut" in orders[1].why


def test_without_residuals_predictions_tell_a_shortcut() -> None:
    table = probe(WEAK, each=20)
    front, bus = table["view"] == "f", table["shape"] == "bus"
    predicted = np.where(front, "bus", np.where(bus, "van", table["shape"]))
    correct = ((predicted == table["shape"]) & (table["p_true"] > 0.5)).astype(float)
    table = table.assign(
        loss=-np.log(table["p_true"].clip(0.01)), label=table["shape"], predicted=predicted, correct=correct
    )
    orders = ordered("diagnosis", evidence(table, budget=120))
    found = {slice_name(order.where) for order in orders if "a shortcut" in order.why}
    assert found == {"shape=bus & view=b", "shape=sedan & view=f", "shape=van & view=f"}


def tied() -> pd.DataFrame:
    """Vans are yellow and what is yellow is a van, but for twelve vans, seen from the front and called
    sedans, and twelve yellow buses, called vans. Of the vans 36 are yellow and seen from behind."""
    kinds = [("van", "y", "f", 12), ("van", "y", "b", 36), ("van", "r", "f", 6), ("van", "k", "f", 6)]
    kinds += [(shape, color, view, 15) for shape in ("sedan", "bus") for color in "rk" for view in "fb"]
    kinds += [("bus", "y", "f", 6), ("bus", "y", "b", 6)]
    rows = [kind[:3] for kind in kinds for _ in range(kind[3])]
    table = pd.DataFrame(rows, columns=["shape", "color", "view"])
    called = np.where(
        table["color"] == "y", "van", np.where(table["shape"] == "van", "sedan", table["shape"])
    )
    correct = (called == table["shape"]).astype(float)
    return table.assign(
        label=table["shape"], predicted=called, correct=correct, loss=1 - correct, energy_true=0.5
    )


def test_what_a_shortcut_makes_wrong_is_no_slice_of_its_own() -> None:
    """Vans from the front are wrong half of the time: those without the cue. No pair of a colour and a shape
    among them has the eight pictures that a slice needs."""
    table = tied()
    assert {"shape": "van", "view": "f"} in [order.where for order in ordered("error", evidence(table))]
    (ill,) = ailing_of(table)
    assert (ill.kind, ill.where) == ("shortcut", {"color": "y", "shape": "van"})


def test_a_part_of_a_shortcut_is_not_named_beside_it() -> None:
    """Without the vehicle vans stay vans where it is yellow, and most so from behind."""
    table = tied()
    yellow, behind = table["color"] == "y", table["view"] == "b"
    noise = np.random.default_rng(0).normal(0, 0.02, len(table))
    table = table.assign(residual=np.where(yellow & behind, 0.95, 0.2) + noise)
    found = shortcut_slices(table, ["shape", "color", "view"], max_slices=3)["slice"].tolist()
    assert "color=y & view=b" in found or "shape=van & view=b" in found
    (ill,) = ailing_of(table)
    assert ill.where == {"color": "y", "shape": "van"}


def ailing_of(table: pd.DataFrame) -> list[Diagnosis]:
    return ailing_slices(table, ["shape", "color", "view"], ControllerSettings(), 3, 0)


def test_a_class_of_several_shapes_is_shown_without_its_cue_and_never_with_it() -> None:
    """Cars, of three shapes, follow snow: what comes are cars elsewhere and trucks on snow."""
    cells = list(product(("sedan", "suv", "coupe", "semi"), ("snow", "night", "parking"), range(30)))
    table = pd.DataFrame(cells, columns=["shape", "environment", "i"])
    label = np.where(table["shape"] == "semi", "truck", "car")
    named = np.where(
        (table["environment"] == "snow") | (label == "car") & (table["i"] % 2 == 0), "car", "truck"
    )
    correct = (named == label).astype(float)
    table = table.assign(label=label, predicted=named, correct=correct, loss=1 - correct, energy_true=0.5)
    asked = ControllerSettings(name="diagnosis", budget=60, slices=3)
    orders = ordered("diagnosis", Observation((Round(table),), ("shape", "environment"), asked, seed=0))
    told = [dict(order.where) for order in orders if "a shortcut" in order.why]
    assert told
    for where in told:
        assert (where["environment"] == "snow") == (where["shape"] == "semi"), where
    assert {where["shape"] for where in told} == {"sedan", "suv", "coupe", "semi"}
    halves = [sum(o.count for o in orders if (o.where["shape"] == "semi") == semi) for semi in (True, False)]
    assert halves == [30, 30]


def test_a_controller_can_order_by_what_the_scene_draws() -> None:
    rng = np.random.default_rng(0)
    table = probe(each=30).drop(columns=["p_true", "correct"])
    table["fill"] = rng.uniform(0.4, 0.9, len(table))
    near = table["fill"] > 0.775
    table["p_true"] = np.where(near & (table["color"] == "y"), 0.3, 0.9) + rng.normal(0, 0.03, len(table))
    table["correct"] = (table["p_true"] > 0.5).astype(float)
    config = settings_of(attributes="all", budget=40, slices=4)
    decision = decide([Round(table)], config)
    assert decision.orders
    for order in decision.orders:
        assert order.where["color"] == "y"
        assert order.scene["fill"]["uniform"][0] >= 0.75
    specs = _all(specify(decision.orders, config, 0, table))
    assert len(specs) == 40
    assert all(spec.color == "y" and spec.fill >= 0.75 for spec in specs)
    by_names = decide([Round(table)], settings_of(name="weak", attributes="names", budget=40, slices=4))
    assert {tuple(order.where) for order in by_names.orders} == {("color",)}


def test_a_range_of_angles_is_ordered_in_bins() -> None:
    """What is seen from above 30 degrees is wrong; no single degree is."""
    rng = np.random.default_rng(0)
    table = probe(each=40).drop(columns=["p_true", "correct"])
    table["angle"] = rng.integers(2, 41, len(table))
    right = rng.random(len(table)) < np.where(table["angle"] > 30, 0.3, 0.95)
    table = table.assign(correct=right.astype(float), p_true=0.5)
    config = settings_of(name="weak", budget=60, slices=3, broaden=0.0, explore=0.0)
    ranges = {"angles": {"uniform": [2, 40]}, "sampling": "random"}
    config = config.model_copy(update={"reinforce": Grid(**config.reinforce.model_dump() | ranges)})
    decision = decide([Round(table)], config)
    assert sum(order.count for order in decision.orders) == 60
    for order in decision.orders:
        assert set(order.where) == {"angle"}
        low, high = map(int, str(order.where["angle"]).split(".."))
        assert low >= 28
        assert order.scene["angle"] == {"uniform": [low - 0.5, min(high + 0.5, 40)]}
    specs = _all(specify(decision.orders, config, 0, table))
    assert len(specs) == 60
    assert len({spec.elevation for spec in specs}) == 60
    assert all(28 <= spec.angle <= 40 and spec.angle == round(spec.elevation) for spec in specs)
    planted = {
        "rendered": {**config.data.rendered.model_dump(), **ranges, "holes": [{"where": {"angle": 35}}]}
    }
    knows = config.model_copy(
        update={
            "controller": config.controller.model_copy(update={"name": "oracle"}),
            "data": config.data.model_validate({**config.data.model_dump(), **planted}),
        }
    )
    (hole,) = decide([Round(table)], knows).orders
    assert (hole.where, hole.scene) == ({"angle": 35}, {})


@pytest.mark.parametrize("by", ["occlusion", "occluder"])
def test_what_is_hidden_is_ordered_with_what_hides_it(by: str) -> None:
    rng = np.random.default_rng(0)
    table = probe(each=40).drop(columns=["p_true", "correct"])
    table["occluder"] = rng.choice(["none", "pole", "tree"], len(table))
    share = np.where(table["occluder"] == "none", 0.0, rng.uniform(0.1, 0.5, len(table)))
    wrong = share > 0.3 if by == "occlusion" else (table["occluder"] == "tree").to_numpy()
    right = rng.random(len(table)) < np.where(wrong, 0.2, 0.95)
    table = table.assign(occlusion=share, correct=right.astype(float), p_true=0.5)
    scene = SceneRanges.model_validate(
        {"occluder": ["none", "pole", "tree"], "occlusion": [0, {"uniform": [0.1, 0.5]}]}
    )
    config = settings_of(name="weak", attributes="all", budget=60, slices=3, broaden=0.0)
    config = config.model_copy(update={"scene": scene})
    decision = decide([Round(table)], config)
    assert {name for order in decision.orders for name in order.where} <= {"occlusion", "occluder"}
    specs = _all(specify(decision.orders, config, 0, table))
    assert len(specs) == 60
    if by == "occlusion":
        assert all(0.25 < spec.occlusion <= 0.5 for spec in specs)
        assert {spec.occluder for spec in specs} == {"pole", "tree"}
    else:
        assert all(spec.occluder == "tree" and 0.1 <= spec.occlusion <= 0.5 for spec in specs)
    for arm in ("risk", "policy_gradient"):
        own = {"name": arm, "objective": "correct"}
        freely = config.model_copy(update={"controller": config.controller.model_copy(update=own)})
        cells = decide([Round(table)], freely).orders
        assert all((cell.where["occluder"] == "none") == (cell.where["occlusion"] == "0") for cell in cells)
        assert len(_all(specify(cells, freely, 0, table))) == 60
    without = decide([Round(table)], config.model_copy(update={"scene": SceneRanges()}))
    assert not {name for order in without.orders for name in order.where} & {"occlusion", "occluder"}


def test_of_several_draws_the_hardest_is_rendered() -> None:
    """What is far away fails in every colour and shape: orders say these, the draws the distance."""
    rng = np.random.default_rng(0)
    table = probe(each=30).drop(columns=["p_true", "correct"])
    table["fill"] = rng.uniform(0.4, 0.9, len(table))
    table["correct"] = (rng.random(len(table)) > np.where(table["fill"] < 0.525, 0.8, 0.1)).astype(float)
    scene = SceneRanges.model_validate({"fill": {"uniform": [0.4, 0.9]}})
    orders = [RenderRequest({"color": "y"}, 20, "yellow"), RenderRequest({"shape": "bus"}, 20, "buses")]
    plain, same, hard = (
        _all(specify(orders, settings_of(candidates=draws).model_copy(update={"scene": scene}), 0, pictures))
        for draws, pictures in ((1, table), (4, table.assign(correct=1.0)), (4, table))
    )
    assert plain[:20] == same[:20], "nothing is hard where nothing fails"
    assert [len(specs) for specs in (plain, same, hard)] == [40, 40, 40]
    assert all(spec.color == "y" for spec in hard[:20])
    assert all(spec.shape == "bus" for spec in hard[20:])
    far = [np.mean([spec.fill < 0.525 for spec in specs]) for specs in (plain, hard)]
    assert far[0] < 0.4
    assert far[1] > 0.75


def _all(specs: list[list[RenderSpec]]) -> list[RenderSpec]:
    return [spec for some in specs for spec in some]


def settings_of(**controller: Any) -> LoopConfig:
    grid = {"shapes": ["sedan", "van", "bus"], "colors": ["r", "y", "k"], "views": ["f", "b"]}
    return LoopConfig.model_validate(
        {
            "classes": {shape: [shape] for shape in grid["shapes"]},
            "data": {"rendered": {**grid, "count": 10}},
            "probe": {"render": {**grid, "count": 10}},
            "holdout": {**grid, "count": 10},
            "reinforce": grid,
            "controller": controller,
        }
    )


@pytest.mark.parametrize("arm", CONTROLLERS)
def test_the_same_evidence_gives_the_same_orders(arm: ControllerName) -> None:
    given = evidence(ailing() if arm == "diagnosis" else probe(WEAK), planted=(WEAK,))
    assert ordered(arm, given) == ordered(arm, given)
