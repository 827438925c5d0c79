"""What a set is said to cost, against what it does cost."""

from pathlib import Path
from time import perf_counter

from generator.farm.bookkeeping import render_order
from generator.farm.estimate import _pilot_specs, estimate
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import RenderSpec

FARM = FarmSettings(workers=1)


def specs_of(count: int, *, variants: int = 3, size: int = 48, samples: int = 2) -> list[RenderSpec]:
    plan = SetPlan(count=count, shapes=["sedan", "van"], colors=["r", "b"], variants=variants)
    scene = SceneRanges(environment=["parking", "meadow"])
    return plan_set(plan, scene, RenderSettings(size=size, samples=samples), seed=0, block=0)


def test_a_small_set_costs_about_what_was_said(tmp_path: Path) -> None:
    specs = specs_of(12)
    said = estimate(specs, FARM)
    start = perf_counter()
    render_set(tmp_path / "set", specs, FARM)
    seconds = perf_counter() - start
    size = sum(path.stat().st_size for path in (tmp_path / "set").rglob("*") if path.is_file())
    assert said.pictures == 12
    assert seconds / 3 < said.seconds < 3 * seconds
    assert size / 2 < said.bytes < 2 * size
    assert said.basis.startswith("measured here on 3 of them: ")


def test_the_pilot_has_a_vehicle_twice_and_another() -> None:
    order = sorted(specs_of(40), key=render_order)
    first, again, other = ((spec.shape, spec.variant) for spec in _pilot_specs(order))
    assert first == again != other
    assert {spec.samples for spec in _pilot_specs(order)} == {2}


def test_the_pilot_of_large_pictures_has_fewer_samples() -> None:
    pilot = _pilot_specs(sorted(specs_of(10, size=1000, samples=64), key=render_order))
    assert {(spec.size, spec.samples) for spec in pilot} == {(1000, 4)}


def test_few_pictures_are_their_own_pilot() -> None:
    for count in (1, 2):
        assert len(_pilot_specs(specs_of(count, variants=1))) == count
    assert estimate([], FARM).seconds == 0
