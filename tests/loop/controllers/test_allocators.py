"""Where the budget goes."""

import pytest

from loop.controllers.allocators import apportion
from tests.helpers.controllers import WEAK, decided, probe


def test_shares_are_whole_fair_and_complete() -> None:
    assert apportion([1, 1, 1], 10) == [4, 3, 3]
    assert apportion([5, 3, 2], 10) == [5, 3, 2]
    assert apportion([0, 0], 3) == [2, 1]
    assert apportion([0.9, 0.1], 1) == [1, 0]


def test_a_share_goes_beyond_the_slice_and_a_share_elsewhere() -> None:
    requests = decided("weak", probe(WEAK), budget=100, explore=0.2, broaden=0.25)
    found = [(dict(request.where), request.count) for request in requests]
    assert found == [(WEAK, 60), ({"color": "y"}, 10), ({"shape": "van"}, 10), ({}, 20)]


@pytest.mark.parametrize(
    "name", ["weak", "weak+risk", "risk", "bandit", "policy_gradient", "oversample", "uniform"]
)
def test_every_arm_leaves_the_share_that_goes_elsewhere(name: str) -> None:
    *mine, elsewhere = decided(name, probe(WEAK), budget=50, explore=0.4, objective="p_true")
    assert (dict(elsewhere.where), elsewhere.count) == ({}, 20)
    assert elsewhere.oversampled == (name == "oversample")
    assert sum(request.count for request in mine) == 30
    (all_of_it,) = decided(name, probe(WEAK), budget=50, explore=1.0)
    assert (dict(all_of_it.where), all_of_it.count) == ({}, 50)
    assert all_of_it.oversampled == (name == "oversample")


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_who_orders_nothing_orders_nothing_elsewhere(share: float) -> None:
    assert decided("none", probe(WEAK), explore=share) == ()
    assert decided("weak", probe(), explore=share) == ()
