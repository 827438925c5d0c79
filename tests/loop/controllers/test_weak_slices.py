"""Controllers of weak slices, on probes whose weakness is known."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from generator.errors import UserError
from loop.config.controller import ControllerSettings
from loop.controllers import RenderRequest
from loop.controllers.decide import oversample
from loop.controllers.finders_weak import ranks
from tests.helpers.controllers import PLANTED, WEAK, differing, observation, probe, requested


@pytest.mark.parametrize("name", ["weak", "error", "entropy", "alignment", "alignment+error", "oracle"])
def test_the_weak_slice_gets_the_budget(name: str) -> None:
    requests = requested(name, observation(probe(WEAK), planted=(WEAK,)))
    assert [dict(request.where) for request in requests] == [WEAK]


@pytest.mark.parametrize(
    ("name", "column", "settings"),
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
def test_each_arm_goes_by_its_own_column(name: str, column: str, settings: dict[str, str]) -> None:
    requests = requested(name, observation(differing(), **settings))
    assert [dict(request.where) for request in requests] == [PLANTED[column]]


def test_ranks_of_both_by_hand() -> None:
    pictures = pd.DataFrame({"energy_true": [0.1, 0.4, 0.2, 0.3], "correct": [1.0, 0.0, 0.0, 1.0]})
    found = ranks(pictures, ControllerSettings())
    assert found.tolist() == pytest.approx([(1 + 3.5) / 8, (4 + 1.5) / 8, (2 + 1.5) / 8, (3 + 3.5) / 8])


def test_the_reason_says_what_ails_the_slice() -> None:
    """Wrong, unsure and looking elsewhere: data are missing; looking at the vehicle: unclear."""
    (request,) = requested("error", observation(probe(WEAK)))
    assert "; data are missing: 75% of 24 pictures are wrong, 8% of the rest" in request.reason
    assert request.reason.count("color=y & shape=van") == 1
    (request,) = requested("error", observation(probe(WEAK).assign(energy_true=0.5)))
    assert "unclear: 75% of 24 pictures are wrong" in request.reason


def test_oversampling_repeats_what_is_there_and_nothing_that_is_not() -> None:
    requests = requested("oversample", observation(probe(WEAK), budget=7))
    assert requests == [RenderRequest(WEAK, 7, requests[0].reason, oversampled=True)]
    there = pd.DataFrame({"name": ["a", "b", "c"], "shape": ["van", "van", "bus"], "color": ["y", "y", "y"]})
    (names,) = oversample(requests, there, seed=0)
    counts = Counter(names)
    assert set(counts) == {"a", "b"}
    assert sorted(counts.values()) == [3, 4]
    assert oversample(requests, there.iloc[2:], seed=0) == [[]]
    near = RenderRequest(
        {"fill": "0.4..0.5"}, 7, "near", oversampled=True, scene={"fill": {"uniform": [0.4, 0.5]}}
    )
    assert oversample([near], pd.DataFrame({"name": []}), seed=0) == [[]], "before the first renders"


def test_where_nothing_is_weak_nothing_or_anything_is_ordered() -> None:
    assert requested("weak", observation(probe())) == []
    (request,) = requested("weak", observation(probe(), idle="explore"))
    assert (request.where, request.count) == ({}, 60)


def test_a_score_that_no_picture_has_is_told() -> None:
    blind = probe(WEAK).assign(reward_true=np.nan)
    with pytest.raises(UserError, match="no picture of the probe has a 'reward_true'; give the probe masks"):
        requested("policy_gradient", observation(blind))


def test_an_unknown_score_is_told() -> None:
    with pytest.raises(UserError, match=r"'beauty' is not a score; use one of p_true, correct"):
        requested("weak", observation(probe(WEAK), score="beauty"))
    with pytest.raises(UserError, match="needs planted holes"):
        requested("oracle", observation(probe(WEAK)))
