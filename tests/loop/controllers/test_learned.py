"""Controllers that learn from round to round: bandit and policy."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loop.controllers import RenderRequest, Round
from loop.controllers.finders_learned import ENTROPY, HOPE, gradient, posterior, slices_of
from tests.helpers.controllers import PLANTED, WEAK, differing, drawn, observation, probe, requested


def test_the_policy_is_paid_by_the_objective_that_is_set() -> None:
    def pictures(column: str, objective: str) -> int:
        """Ordered in a column's bad slice, over some seeds."""
        given, where = observation(differing(), objective=objective), PLANTED[column].items()
        several = [replace(given, seed=seed) for seed in range(10)]
        requests = [request for one in several for request in requested("policy_gradient", one)]
        return sum(request.count for request in requests if where <= request.where.items())

    for mine, other in (("reward_true", "energy_true"), ("energy_true", "reward_true")):
        assert pictures(mine, mine) > 2 * pictures(mine, other)


def test_the_bandit_goes_on_where_it_gained_until_nothing_is_left_to_gain() -> None:
    table = probe(WEAK)

    def yellow_vans(now: float, *past: Round) -> int:
        given = observation(probe(WEAK, now), *past, score="p_true")
        return drawn("bandit", given)["color=y & shape=van"]

    in_vain, half, healed = (
        Round(table, (RenderRequest(WEAK, 20, ""),), probe(WEAK, value)) for value in (0.2, 0.55, 0.9)
    )
    assert yellow_vans(0.2) > 0.4 * 30 * 60, "the shortfall alone makes them worth most"
    assert yellow_vans(0.2, in_vain) < 0.1 * yellow_vans(0.2)
    assert yellow_vans(0.55, half) > 2 * yellow_vans(0.2, in_vain)
    assert yellow_vans(0.9, healed) < 0.1 * yellow_vans(0.2)


def test_the_bandits_belief_is_the_conjugate_normal() -> None:

    table, after = probe(WEAK), probe(WEAK, 0.55)
    given = observation(after, Round(table, (RenderRequest(WEAK, 40, ""),), after), score="p_true")
    slices = slices_of(given)
    mean, deviation = posterior(slices, given)
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

    table, after = probe(WEAK), probe(WEAK, 0.55)

    def belief(**request: Any) -> tuple[float, float]:
        given = observation(
            after, Round(table, (RenderRequest(WEAK, reason="", **request),), after), score="p_true"
        )
        slices = slices_of(given)
        i = slices.names().index("color=y & shape=van")
        mean, deviation = posterior(slices, given)
        return float(mean[i]), float(deviation[i])

    assert belief(count=40, granted=20) == belief(count=20)
    assert belief(count=40, granted=0)[1] > belief(count=40, granted=1)[1]


@pytest.mark.parametrize("idle", ["stop", "explore"])
def test_the_bandit_without_a_slice_of_enough_pictures_orders_anything_or_nothing(idle: str) -> None:
    table = probe(WEAK).head(6)
    requests = requested("bandit", observation(table, min_n=8, idle=idle))
    assert [(request.where, request.count) for request in requests] == (
        [({}, 60)] if idle == "explore" else []
    )


def test_reinforce_learns_where_the_reward_lies() -> None:
    bad = drawn("policy_gradient", observation(probe({"view": "b"}, 0.1)), seeds=5)
    assert bad["view=b"] > 0.85 * 5 * 60
    even = drawn("policy_gradient", observation(probe()), seeds=20)
    assert 0.3 < even["view=b"] / (20 * 60) < 0.7


def test_the_policys_gradient_is_that_of_the_expected_reward() -> None:

    rng = np.random.default_rng(0)
    chances, worth = np.array([0.5, 0.3, 0.2]), np.array([1.0, 0.0, -1.0])
    taken = rng.choice(3, 200_000, p=chances)
    reward = worth[taken]
    expected = chances * (worth - chances @ worth)  # of the softmax's logits, in closed form
    entropy = -chances * (np.log(chances) - chances @ np.log(chances))
    got = gradient(taken, chances, reward - reward.mean())
    np.testing.assert_allclose(got, expected + ENTROPY * entropy, atol=0.005)
