"""Faithfulness by hand, on a network whose probability is known, and what sanity checks leave behind."""

import copy

import pytest
import torch
from torch import Tensor, nn

from analysis.methods.capture import capture
from analysis.methods.faithful import (
    confidence_changes,
    deletion_insertion,
    randomised,
    sanity_curve,
    wins,
)
from analysis.methods.grad_cam import grad_cam
from tests.analysis.methods.networks import TARGETS, network, pictures


class Left(nn.Module):
    """Class 1 has the logit of the mean of the left half: its probability is a known function of it."""

    def forward(self, image: Tensor) -> Tensor:
        left = 4 * image[:, 0, :, : image.shape[3] // 2].mean((1, 2))
        return torch.stack([torch.zeros_like(left), left], 1)


IMAGE = torch.ones(1, 3, 4, 4)
LEFT, RIGHT = torch.zeros(1, 4, 4), torch.zeros(1, 4, 4)
LEFT[:, :, :2], RIGHT[:, :, 2:] = 2.0, 3.0
ONE = torch.tensor([1])


def test_changes_of_confidence_by_hand() -> None:
    whole, none = (float(torch.sigmoid(torch.tensor(x))) for x in (4.0, 0.0))
    assert confidence_changes(Left(), IMAGE, LEFT, ONE)["drop"].tolist() == [0.0]
    found = confidence_changes(Left(), IMAGE, RIGHT, ONE)
    assert found["drop"].item() == pytest.approx((whole - none) / whole)
    assert found["increase"].item() == 0
    # Against class 0, hiding the left half raises the confidence.
    assert confidence_changes(Left(), IMAGE, RIGHT, 0 * ONE)["increase"].item() == 1
    assert confidence_changes(Left(), IMAGE, -LEFT, ONE)["drop"].isnan().all()
    assert wins(torch.tensor([0.1, 0.5, 0.3, torch.nan]), torch.tensor([0.2, 0.4, 0.3, 0.1])) == 0.5


def test_areas_of_deletion_and_insertion_by_hand() -> None:
    # 4 steps of 4 pixels: the left half is gone after two, its share falling 1, ½, 0, 0, 0.
    curve = torch.sigmoid(4 * torch.tensor([1, 0.5, 0, 0, 0]))
    found = deletion_insertion(Left(), IMAGE, LEFT, ONE, steps=4)
    assert found["deletion"].item() == pytest.approx(float(torch.trapezoid(curve, dx=0.25)))
    back = torch.sigmoid(4 * torch.tensor([0, 0.5, 1, 1, 1]))
    assert found["insertion"].item() == pytest.approx(float(torch.trapezoid(back, dx=0.25)))
    other = deletion_insertion(Left(), IMAGE, RIGHT, ONE, steps=4)
    assert other["deletion"] > found["deletion"]
    assert other["insertion"] < found["insertion"]


def test_sanity_checks_change_maps_and_leave_the_network_as_it_was() -> None:
    model = copy.deepcopy(network("mobilenet_v2"))
    state = copy.deepcopy(model.state_dict())
    before = torch.get_rng_state()

    def maps(changed: nn.Module) -> Tensor:
        seen = capture(changed, pictures(), ["features.18"], TARGETS)
        return grad_cam(seen.activations["features.18"], seen.gradients["features.18"][0])

    curve = sanity_curve(model, maps, every=40)
    assert curve[0][0] == "classifier.1"
    assert all(-1 <= value <= 1 for _, value in curve)
    assert abs(curve[-1][1]) < 0.99
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), before)
    names = [name for name, _ in randomised(model)]
    assert names[0] == "classifier.1"
    assert names[-1] == "features.0.0"
    constant = sanity_curve(model, lambda changed: pictures()[:, 0], every=60)
    assert [value for _, value in constant] == pytest.approx([1.0] * len(constant))


def test_sanity_checks_share_ties_and_leave_constant_maps_out() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2), nn.Linear(2, 2))
    trained = torch.tensor([[[0.0, 0.0], [1.0, 2.0]], [[1.0, 1.0], [1.0, 1.0]]])
    changed = torch.tensor([[[0.0, 1.0], [0.0, 2.0]], [[0.0, 1.0], [2.0, 3.0]]])
    maps = iter([trained, changed, torch.zeros_like(changed)])
    found = sanity_curve(model, lambda _: next(maps))
    # Ranks (1.5, 1.5, 3, 4) and (1.5, 3, 1.5, 4), less 2.5: Σab = 2.25 and Σa² = Σb² = 4.5.
    assert found == [("2", pytest.approx(0.5)), ("1", pytest.approx(float("nan"), nan_ok=True))]
