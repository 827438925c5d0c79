"""The controller that diagnoses slices: failure modes and their remedies."""

from itertools import product

import numpy as np
import pandas as pd

from analysis.slices.conjunctions import slice_name
from analysis.slices.diagnosis import Diagnosis
from analysis.slices.shortcuts import shortcut_slices
from loop.config.controller import ControllerSettings
from loop.controllers import Observation, Round
from loop.controllers.finders_diagnosis import failures
from tests.helpers.controllers import WEAK, observation, probe, requested, with_failures


def test_each_disease_gets_its_remedy() -> None:
    requests = requested("diagnosis", observation(with_failures(), budget=120))
    found = {slice_name(request.where): request.count for request in requests}
    neighbours = ["shape=bus & view=b", "shape=sedan & view=f", "shape=van & view=f"]
    assert found == {"color=y & shape=van": 60, **dict(zip(neighbours, (30, 15, 15), strict=True))}
    assert "data are missing" in requests[0].reason
    assert "a shortcut" in requests[1].reason


def test_without_residuals_predictions_tell_a_shortcut() -> None:
    table = probe(WEAK, each=20)
    front, bus = table["view"] == "f", table["shape"] == "bus"
    predicted = np.where(front, "bus", np.where(bus, "van", table["shape"]))
    correct = ((predicted == table["shape"]) & (table["p_true"] > 0.5)).astype(float)
    table = table.assign(
        loss=-np.log(table["p_true"].clip(0.01)), label=table["shape"], predicted=predicted, correct=correct
    )
    requests = requested("diagnosis", observation(table, budget=120))
    found = {slice_name(request.where) for request in requests if "a shortcut" in request.reason}
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
    assert {"shape": "van", "view": "f"} in [
        request.where for request in requested("error", observation(table))
    ]
    (failure,) = failing(table)
    assert (failure.kind, failure.where) == ("shortcut", {"color": "y", "shape": "van"})


def test_a_part_of_a_shortcut_is_not_named_beside_it() -> None:
    """Without the vehicle vans stay vans where it is yellow, and most so from behind."""
    table = tied()
    yellow, behind = table["color"] == "y", table["view"] == "b"
    noise = np.random.default_rng(0).normal(0, 0.02, len(table))
    table = table.assign(residual=np.where(yellow & behind, 0.95, 0.2) + noise)
    found = shortcut_slices(table, ["shape", "color", "view"], max_slices=3)["slice"].tolist()
    assert "color=y & view=b" in found or "shape=van & view=b" in found
    (failure,) = failing(table)
    assert failure.where == {"color": "y", "shape": "van"}


def failing(table: pd.DataFrame) -> list[Diagnosis]:
    return failures(table, ["shape", "color", "view"], ControllerSettings(), 3, 0)


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
    requests = requested("diagnosis", Observation((Round(table),), ("shape", "environment"), asked, seed=0))
    told = [dict(request.where) for request in requests if "a shortcut" in request.reason]
    assert told
    for where in told:
        assert (where["environment"] == "snow") == (where["shape"] == "semi"), where
    assert {where["shape"] for where in told} == {"sedan", "suv", "coupe", "semi"}
    halves = [
        sum(o.count for o in requests if (o.where["shape"] == "semi") == semi) for semi in (True, False)
    ]
    assert halves == [30, 30]
