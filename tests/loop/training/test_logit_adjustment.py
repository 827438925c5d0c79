"""What renders of some classes teach beside photographs of all: against Bayes' rule."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from torch import Tensor

from loop.config.training import AugmentSettings, TrainSettings
from loop.data.pictures import Batches, Labelled
from loop.training.classifier import Classifier, NetworkCard
from loop.training.logit_adjustment import adjusted, log_prior, raise_logits
from loop.training.train import train

CENTRES = torch.tensor([[0.0, 0.0], [1.5, 0.0], [0.0, 1.5]])
"""Of three classes' pictures, as points with normal scatter."""


def points(counts: list[int], seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.repeat_interleave(torch.arange(3), torch.tensor(counts))
    return CENTRES[labels] + torch.randn(len(labels), 2, generator=generator), labels


def posterior(x: Tensor) -> Tensor:
    """Of equally frequent classes, by Bayes' rule."""
    return (-torch.cdist(x, CENTRES).square() / 2).softmax(1)


def fitted(renders: list[int], own: bool) -> tuple[Tensor, Tensor]:
    """Logistic regression on photographs of all classes alike, and renders."""
    parts = points([400, 400, 400], 0), points(renders, 1)
    x, y = (torch.cat(both) for both in zip(*parts, strict=True))
    rendered = torch.arange(len(y)) >= 1200
    weights, bias = torch.zeros(2, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    known = log_prior(y, rendered, 3) if own else None
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        found = F.cross_entropy(adjusted(x @ weights + bias, rendered, known), y)
        found.backward()
        return found

    optimiser.step(loss)
    return weights.detach(), bias.detach()


def recalls(told: Tensor, y: Tensor) -> list[float]:
    return [float((told.argmax(1) == y)[y == k].float().mean()) for k in range(3)]


@pytest.mark.parametrize("renders", [[4000, 4000, 0], [4000, 400, 0], [4000, 400, 1000]])
def test_with_a_prior_of_their_own_photographs_are_judged_by_bayes_rule(renders: list[int]) -> None:
    x, y = points([3000, 3000, 3000], 2)
    weights, bias = fitted(renders, own=True)
    told = (x @ weights + bias).softmax(1)
    assert (told - posterior(x)).abs().mean() < 0.02
    assert recalls(told, y) == pytest.approx(recalls(posterior(x), y), abs=0.03)
    weights, bias = fitted(renders, own=False)
    alike = (x @ weights + bias).softmax(1)
    assert (alike - posterior(x)).abs().mean() > 0.1
    least = int(np.argmin(renders))
    assert recalls(alike, y)[least] < recalls(posterior(x), y)[least] - 0.1, "the rarest class pays"


def test_by_hand() -> None:
    labels, rendered = torch.tensor([0, 1, 2, 0, 0, 0]), torch.tensor([False, True, False, True, True, True])
    prior = log_prior(labels, rendered, 3)
    assert prior is not None
    assert prior.exp().tolist() == pytest.approx([1, 1 / 3, 0])
    logits = torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    seen = adjusted(logits, torch.tensor([False, True]), prior).softmax(1)
    e1, e2, e3 = np.exp([1.0, 2.0, 3.0])
    assert seen[0].tolist() == pytest.approx([e / (e1 + e2 + e3) for e in (e1, e2, e3)])
    assert seen[1].tolist() == pytest.approx([e / (e1 + e2 / 3) for e in (e1, e2 / 3, 0)])


def test_a_render_moves_nothing_of_the_classes_without_any() -> None:
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    prior = log_prior(torch.tensor([0, 1, 2]), torch.tensor([True, True, False]), 3)
    F.cross_entropy(adjusted(logits, torch.tensor([True, False]), prior), torch.tensor([0, 0])).backward()
    assert logits.grad is not None
    assert logits.grad[0, 2] == 0
    assert (logits.grad[0, :2] != 0).all()
    assert (logits.grad[1] != 0).all()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("rendered", [[True] * 3, [False] * 3], ids=["all rendered", "none rendered"])
def test_it_has_no_effect_where_pictures_are_of_one_kind(rendered: list[bool]) -> None:
    logits = torch.randn(3, 3)
    assert log_prior(torch.tensor([0, 1, 2]), torch.tensor(rendered), 3) is None
    assert adjusted(logits, torch.tensor(rendered), None) is logits


def test_raised_logits_are_those_of_classes_that_come_more_often() -> None:
    """A network that was fitted where all classes are alike is then Bayes' rule where one is e times as
    frequent as either of the others."""
    classifier = Classifier(
        NetworkCard("alexnet_gap", ("a", "b", "c"), 32, (0.5,) * 3, (0.5,) * 3), seed=0
    ).eval()
    images = torch.randint(0, 256, (4, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        alike = classifier(images).softmax(1)
        raise_logits(classifier, ("b",), 1.0)
        told = classifier(images).softmax(1)
    prior = torch.tensor([1.0, np.e, 1.0])
    torch.testing.assert_close(told, alike * prior / (alike * prior).sum(1, keepdim=True))


def batches(tmp_path: Path) -> Batches:
    """Four photographs of three classes, and eight renders of the first two, all black."""
    labels = (0, 1, 2, 2) + (0,) * 6 + (1,) * 2
    blank = np.zeros((32, 32, 3), np.uint8)
    return Batches(Labelled((blank,) * 12, labels, (None,) * 4 + (tmp_path / "m.png",) * 8), 32)


def test_a_training_asks_for_it(tmp_path: Path) -> None:
    """Of pictures that are all alike a network learns how often classes come: among photographs, or among
    all. Of renders it learns that in neither case the first class looks unlike the second."""
    told: dict[str, list[float]] = {}
    for prior in ("own", "equal"):
        own = prior == "own"
        classifier = Classifier(
            NetworkCard("alexnet_gap", ("a", "b", "c"), 32, (0.5,) * 3, (0.5,) * 3), seed=0
        )
        settings = TrainSettings(
            epochs=30, batch_size=12, learning_rate=0.02, logit_adjusted_loss=own, augment=False, log="none"
        )
        data = batches(tmp_path)
        train(classifier, data, settings, steps_per_epoch=1, seed=0, checkpoint=tmp_path / f"{prior}.ckpt")
        with torch.no_grad():
            told[prior] = classifier.eval()(data[[0]][0]).softmax(1)[0].tolist()
    assert told["own"] == pytest.approx([1 / 4, 1 / 4, 1 / 2], abs=0.04)
    assert told["equal"] == pytest.approx([7 / 12, 3 / 12, 2 / 12], abs=0.04)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"augment": AugmentSettings(mixup=0.2)}, "logit_adjusted_loss is of whole pictures"),
        ({"class_weights": "balanced"}, "both make up for renders"),
    ],
)
def test_what_does_not_go_with_it_is_refused(other: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TrainSettings(logit_adjusted_loss=True, **other)
