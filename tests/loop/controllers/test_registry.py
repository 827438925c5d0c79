"""Controllers by name: ours, and those that users' modules register."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from generator import plugins
from generator.errors import UserError
from loop.config.controller import CONTROLLER_NAMES, ControllerSettings
from loop.controllers import (
    CONTROLLERS,
    FINDERS,
    Controller,
    Found,
    Observation,
    RenderRequest,
    Round,
    controller_named,
    even_fractions,
    register_controller,
    register_finder,
)
from loop.controllers.cells import combinations, skip_combinations
from loop.controllers.decide import decide, specify
from loop.controllers.finders_learned import SAMPLES, STEPS, Policy, rng_after_learning
from loop.processes import workers
from tests.helpers.controllers import (
    WEAK,
    config_of,
    decided,
    flat,
    observation,
    probe,
    requested,
    with_failures,
)

TRAINED_ON: dict[str, Any] = {
    "training": pd.DataFrame({"color": ["r", "k"] * 40}),
    "options": {"color": ("r", "y", "k")},
}
"""Training photographs, none of them yellow."""


def test_every_name_has_its_controller() -> None:
    assert tuple(CONTROLLERS) == tuple(CONTROLLER_NAMES)


@pytest.mark.parametrize("name", CONTROLLERS)
def test_the_same_evidence_gives_the_same_orders(name: str) -> None:
    seen = observation(with_failures() if name == "diagnosis" else probe(WEAK), planted=(WEAK,))
    given = replace(seen, **TRAINED_ON)
    assert requested(name, given) == requested(name, given)


@pytest.mark.parametrize(
    "name", [name for name in CONTROLLERS if name not in ("none", "oversample", "diagnosis")]
)
def test_the_whole_budget_is_spent_on_new_pictures(name: str) -> None:
    seen = observation(probe(WEAK), planted=(WEAK,), budget=61)
    requests = requested(name, replace(seen, **TRAINED_ON))
    assert sum(request.count for request in requests) == 61
    assert all(request.count > 0 and not request.oversampled and request.reason for request in requests)


def views_from_behind(given: Observation) -> list[Found]:
    """A finder as a user may write it."""
    return [Found({"view": "b"}, "few of them were there")]


@pytest.fixture
def own_controller() -> Iterator[str]:
    """The name of a controller that a user's module registered."""
    register_controller("behind", Controller(views_from_behind, even_fractions, "views from behind"))
    yield "behind"
    del CONTROLLERS["behind"]
    CONTROLLER_NAMES.remove("behind")


def test_a_controller_of_the_users_own_is_named_by_the_configuration(own_controller: str) -> None:
    config = config_of(name=own_controller, budget=20, explore=0.25)
    table = probe(WEAK)
    decision = decide([Round(table)], config)
    found = [(dict(request.where), request.count, request.reason) for request in decision.requests]
    assert found[0] == ({"view": "b"}, 15, "few of them were there")
    assert found[1][:2] == ({}, 5)
    specs = flat(specify(decision.requests[:1], config, 0, table))
    assert [spec.view for spec in specs] == ["b"] * 15


def test_a_plugin_registers_its_controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "darkness.py").write_text(
        "from loop.controllers import Controller, Found, even_fractions, register_controller\n"
        "def find(observation):\n"
        "    return [Found({'color': 'k'}, 'they are black')]\n"
        "register_controller('darkness', Controller(find, even_fractions, 'black vehicles'))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugins, "_loaded", {})
    try:
        plugins.load_plugins(["darkness"])
        (request,) = decided("darkness", probe(WEAK), budget=5)
        assert (dict(request.where), request.count) == ({"color": "k"}, 5)
        with workers(2, 1) as do:
            (found,) = do(controller_named, ["darkness"])
        assert found.description == "black vehicles", "in the processes of a study too"
    finally:
        del CONTROLLERS["darkness"], sys.modules["darkness"]
        CONTROLLER_NAMES.remove("darkness")


def test_a_name_that_is_taken_or_unknown_is_refused(own_controller: str) -> None:
    other = Controller(views_from_behind, even_fractions, "another")
    with pytest.raises(UserError, match="controller 'behind': is registered already; choose another name"):
        register_controller(own_controller, other)
    with pytest.raises(UserError, match="finder 'a/b': is not a name; use letters, digits"):
        register_finder("a/b", views_from_behind)
    assert "a/b" not in FINDERS
    with pytest.raises(UserError, match=r"'behnd' is not a controller; use one of none, .*, behind, or list"):
        controller_named("behnd")


def test_a_controller_says_by_which_column_it_ranks() -> None:
    settings = ControllerSettings(score="p_true", alignment="reward_true")
    by = {name: controller.ranks_by(settings) for name, controller in CONTROLLERS.items()}
    assert by == {
        "none": None, "uniform": None, "stratified": None, "weak": "p_true", "error": "correct",
        "entropy": "certainty", "risk": None, "weak+risk": "p_true", "oversample": "correct",
        "alignment": "reward_true", "alignment+error": "ranks", "diagnosis": "p_true", "bandit": "p_true",
        "policy_gradient": None, "lacking": None, "oracle": None,
    }  # fmt: skip
    for name in ("entropy", "alignment+error"):
        controller = CONTROLLERS[name]
        ranked = controller.with_ranking(probe(WEAK), settings)
        assert ranked[controller.ranks_by(settings)].notna().all()
        assert controller.ranking_words


def test_requests_are_read_as_they_were_written() -> None:
    """Under the keys that `orders.json` always had."""
    request = RenderRequest(WEAK, 7, "few", oversampled=True, scene={"fill": 0.5}, granted=3)
    written = request.to_json()
    assert written == {
        "where": WEAK, "count": 7, "why": "few", "again": True, "drawn": False, "scene": {"fill": 0.5},
        "given": 3,
    }  # fmt: skip
    assert RenderRequest.from_json(written) == request
    assert (request.obtained, request.short) == (3, 4)


def test_what_the_policy_learned_with_is_skipped_before_its_cells_are_drawn() -> None:
    """The stream goes on where learning left it, as if both were one."""
    given = observation(probe(WEAK), Round(probe(WEAK)))
    rng = np.random.default_rng((given.seed, 1))
    values = {name: [*given.pictures[name].unique()] for name in given.attributes}
    policy = Policy(values, {name: np.zeros(len(known)) for name, known in values.items()})
    for _ in range(STEPS):
        policy.sample(rng, SAMPLES)
    assert rng.random(3).tolist() == rng_after_learning(given).random(3).tolist()


def test_the_draws_that_listed_cells_are_skipped_before_a_cell_is_drawn() -> None:
    table = pd.DataFrame([[f"{value}"] * 8 for value in range(4)], columns=list("abcdefgh"))
    listing, skipping = np.random.default_rng(0), np.random.default_rng(0)
    combinations(table, listing)
    skip_combinations(table, skipping)
    assert listing.random() == skipping.random() != np.random.default_rng(0).random()
