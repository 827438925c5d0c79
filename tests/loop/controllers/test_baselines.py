"""Controllers that look at no score, and the oracle."""

import numpy as np

from generator.planning.grid import Hole
from loop.controllers import CONTROLLERS, RenderRequest, Round
from loop.controllers.decide import decide, oversample, specify
from tests.helpers.controllers import WEAK, config_of, observation, probe, requested


def test_plain_arms_order_anything_or_nothing() -> None:
    assert requested("none", observation(probe(WEAK))) == []
    for name in ("uniform", "stratified"):
        (request,) = requested(name, observation(probe(WEAK)))
        assert (request.where, request.count) == ({}, 60)
    assert (CONTROLLERS["uniform"].sampling, CONTROLLERS["stratified"].sampling) == ("random", "grid")


def test_the_oracle_gives_every_hole_its_share() -> None:
    holes = ({"color": "y", "shape": "van"}, {"view": "b"}, {"shape": "bus"})
    requests = requested("oracle", observation(probe(), planted=holes, budget=61))
    assert [(request.where, request.count) for request in requests] == list(
        zip(holes, (21, 20, 20), strict=True)
    )


def test_a_planted_family_is_ordered_and_repeated_by_its_vehicles() -> None:
    hole = {"family": "minibus", "color": "y"}
    config = config_of(name="oracle", budget=30).model_copy(deep=True)
    assert config.data.rendered is not None
    rendered = config.data.rendered.model_copy(update={"holes": (Hole(where=hole),)})
    config = config.model_copy(update={"data": config.data.model_copy(update={"rendered": rendered})})
    (request,) = decide([Round(probe())], config).requests
    assert (dict(request.where), request.count) == (hole, 30)
    (specs,) = specify([request], config, 0, probe())
    assert {(spec.shape, spec.family, spec.color) for spec in specs} == {("van", "minibus", "y")}
    assert len(specs) == 30
    table = probe().assign(family=np.where(np.arange(len(probe())) % 2, "minibus", "usual"))
    (names,) = oversample([RenderRequest(hole, 10, "", oversampled=True)], table, 0)
    assert len(names) == 10
    mine = table.set_index("name").loc[names]
    assert set(zip(mine["family"], mine["color"], strict=True)) == {("minibus", "y")}
