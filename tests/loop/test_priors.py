"""What renders of some classes teach beside photographs of all: against Bayes' rule."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from generator.errors import UserError
from loop.classifier import Card, Classifier
from loop.data import Batches, Labelled
from loop.priors import adjusted, log_prior
from loop.settings import AugmentSettings, TrainSettings
from loop.train import train

CENTRES = torch.tensor([[0.0, 0.0], [1.5, 0.0], [0.0, 1.5]])
"""Of three classes' pictures, as points with normal scatter."""


def points(counts: list[int], seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.repeat_interleave(torch.arange(3), torch.tensor(counts))
    return CENTRES[labels] + torch.randn(len(labels), 2, generator=generator), labels


def posterior(x: Tensor) -> Tensor:
    """Of equally frequent classes, by Bayes' rule."""
    return (-torch.cdist(x, CENTRES).square() / 2).softmax(1)


def fitted(prior: float) -> tuple[Tensor, Tensor]:
    """Logistic regression on photographs of all classes alike and renders, far more, of the first two."""
    x, y = (
        torch.cat(both) for both in zip(points([400, 400, 400], 0), points([4000, 4000, 0], 1), strict=True)
    )
    rendered = torch.arange(len(y)) >= 1200
    weights, bias = torch.zeros(2, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    known = log_prior(y, rendered, 3, prior)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        found = F.cross_entropy(adjusted(x @ weights + bias, rendered, known), y)
        found.backward()
        return found

    optimiser.step(loss)
    return weights.detach(), bias.detach()


def test_without_a_prior_for_the_others_photographs_are_judged_by_bayes_rule() -> None:
    x, y = points([3000, 3000, 3000], 2)
    told = {prior: (x @ fitted(prior)[0] + fitted(prior)[1]).softmax(1) for prior in (0.0, 1.0)}
    assert (told[0.0] - posterior(x)).abs().mean() < 0.02
    assert (told[1.0] - posterior(x)).abs().mean() > 0.1
    right = {
        prior: [float((p.argmax(1) == y)[y == k].float().mean()) for k in range(3)]
        for prior, p in told.items()
    }
    best = [float((posterior(x).argmax(1) == y)[y == k].float().mean()) for k in range(3)]
    assert right[0.0] == pytest.approx(best, abs=0.03)
    assert right[1.0][2] < best[2] - 0.2, "the class without renders pays for those that have some"


def test_by_hand() -> None:
    labels, rendered = torch.tensor([0, 1, 2, 0]), torch.tensor([False, True, False, True])
    prior = log_prior(labels, rendered, 3, 0.25)
    assert prior is not None
    assert prior.exp().tolist() == pytest.approx([1, 1, 0.25])
    logits = torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    seen = adjusted(logits, torch.tensor([False, True]), prior).softmax(1)
    e1, e2, e3 = np.exp([1.0, 2.0, 3.0])
    assert seen[0].tolist() == pytest.approx([e / (e1 + e2 + e3) for e in (e1, e2, e3)])
    assert seen[1].tolist() == pytest.approx([e / (e1 + e2 + e3 / 4) for e in (e1, e2, e3 / 4)])


def test_at_zero_a_render_moves_nothing_of_the_other_classes() -> None:
    logits = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    prior = log_prior(torch.tensor([0, 1, 2]), torch.tensor([True, True, False]), 3, 0.0)
    F.cross_entropy(adjusted(logits, torch.tensor([True, False]), prior), torch.tensor([0, 0])).backward()
    assert logits.grad is not None
    assert logits.grad[0, 2] == 0
    assert (logits.grad[1] != 0).all()
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize(
    ("rendered", "unrendered"),
    [([True] * 3, 0.0), ([False] * 3, 0.0), ([True, True, False], 1.0)],
    ids=["all rendered", "none rendered", "alike"],
)
def test_it_has_no_effect_elsewhere(rendered: list[bool], unrendered: float) -> None:
    logits = torch.randn(3, 3)
    assert log_prior(torch.tensor([0, 1, 2]), torch.tensor(rendered), 3, unrendered) is None
    assert adjusted(logits, torch.tensor(rendered), None) is logits
    every_class = torch.tensor([True, True, True, False])
    assert log_prior(torch.tensor([0, 1, 2, 2]), every_class, 3, 0.0) is None


def batches(tmp_path: Path) -> Batches:
    """Four photographs of two classes, four renders of the first."""
    blank = np.zeros((32, 32, 3), np.uint8)
    return Batches(
        Labelled((blank,) * 8, (0, 0, 1, 1, 0, 0, 0, 0), (None,) * 4 + (tmp_path / "m.png",) * 4), 32
    )


def test_a_training_asks_for_it(tmp_path: Path) -> None:
    """Of pictures that are all alike the network learns how often classes come: among photographs, or among
    all."""
    told = {}
    for prior in (0.0, 1.0):
        classifier = Classifier(Card("alexnet_gap", ("a", "b"), 32, (0.5,) * 3, (0.5,) * 3), seed=0)
        settings = TrainSettings(
            epochs=30, batch_size=8, learning_rate=0.01, unrendered_prior=prior, augment=False, log="none"
        )
        data = batches(tmp_path)
        train(classifier, data, settings, steps_per_epoch=2, seed=0, checkpoint=tmp_path / f"{prior}.ckpt")
        with torch.no_grad():
            told[prior] = float(classifier.eval()(data[[0]][0]).softmax(1)[0, 0])
    assert told[0.0] == pytest.approx(0.5, abs=0.05)
    assert told[1.0] == pytest.approx(0.75, abs=0.05)


def test_mixed_pictures_have_no_prior(tmp_path: Path) -> None:
    classifier = Classifier(Card("alexnet_gap", ("a", "b"), 32, (0.5,) * 3, (0.5,) * 3), seed=0)
    settings = TrainSettings(epochs=1, batch_size=8, unrendered_prior=0.0, augment=AugmentSettings(mixup=0.2))
    with pytest.raises(UserError, match=r"or set train\.unrendered_prior to 1"):
        train(classifier, batches(tmp_path), settings, steps_per_epoch=1, seed=0, checkpoint=tmp_path / "c")
