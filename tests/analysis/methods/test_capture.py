"""The capture core against plain autograd, and what it leaves behind."""

import copy

import pytest
import torch
from torch import Tensor, nn

from analysis.methods.capture import capture, true_and_predicted
from analysis.zoo import build
from generator.errors import UserError


class Tiny(nn.Module):
    """conv - relu - conv - relu - pool - linear; the ReLU is one module, called twice."""

    def __init__(self, *, inplace: bool = True) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 6, 3, stride=2)
        self.relu = nn.ReLU(inplace)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(6, 5)
        self.unused = nn.Conv2d(3, 3, 1)

    def forward(self, image: Tensor) -> Tensor:
        features = self.relu(self.second(self.relu(self.first(image))))
        logits: Tensor = self.head(self.drop(features.mean((-2, -1))))
        return logits


@pytest.fixture
def tiny() -> Tiny:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Tiny()


@pytest.fixture
def image() -> Tensor:
    return torch.randn(4, 3, 9, 9, generator=torch.Generator().manual_seed(1))


LABELS = torch.tensor([0, 3, 4, 1])


def test_equals_autograd_by_hand(tiny: Tiny, image: Tensor) -> None:
    seen = capture(tiny, image, ["first", "second"], LABELS[None])
    first = tiny.first(image).detach().requires_grad_()
    second = tiny.second(first.relu())
    second.retain_grad()
    logits = tiny.head(second.relu().mean((-2, -1)))
    sum(logits[b, label] for b, label in enumerate(LABELS)).backward()
    torch.testing.assert_close(seen.logits_BK, logits.detach())
    torch.testing.assert_close(seen.activations["first"], first.detach())
    torch.testing.assert_close(seen.activations["second"], second.detach())
    torch.testing.assert_close(seen.gradients["first"][0], first.grad)
    torch.testing.assert_close(seen.gradients["second"][0], second.grad)


def test_a_layer_before_an_in_place_operation_equals_the_same_net_out_of_place(
    tiny: Tiny, image: Tensor
) -> None:
    other = Tiny(inplace=False)
    other.load_state_dict(tiny.state_dict())
    seen = capture(tiny, image, ["first", "second"], LABELS[None])
    expected = capture(other, image, ["first", "second"], LABELS[None])
    for layer in ("first", "second"):
        assert torch.equal(seen.activations[layer], expected.activations[layer])
        assert torch.equal(seen.gradients[layer], expected.gradients[layer])
        assert (seen.activations[layer] < 0).any()


def test_a_batch_equals_its_pictures_one_by_one(image: Tensor) -> None:
    model = build("resnet18", 5, 32)
    image_BCHW = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(2))  # noqa: N806
    targets = torch.tensor([[0, 1, 4], [3, 2, 2]])
    together = capture(model, image_BCHW, ["layer2", "layer4"], targets)
    for b in range(3):
        alone = capture(model, image_BCHW[b : b + 1], ["layer2", "layer4"], targets[:, b : b + 1])
        for layer in ("layer2", "layer4"):
            whole, part = together.gradients[layer][:, b], alone.gradients[layer][:, 0]
            assert (whole - part).norm() / whole.norm() < 2.5e-6
            whole, part = together.activations[layer][b], alone.activations[layer][0]
            assert (whole - part).norm() / whole.norm() < 2.5e-6


def test_rows_are_the_true_and_the_predicted_class(tiny: Tiny, image: Tensor) -> None:
    seen = capture(tiny, image, ["second"], true_and_predicted(LABELS))
    predicted = seen.logits_BK.argmax(1)
    assert not torch.equal(predicted, LABELS)
    assert seen.gradients["second"].shape == (2, *seen.activations["second"].shape)
    for row, target in enumerate((LABELS, predicted)):
        alone = capture(tiny, image, ["second"], target[None])
        assert torch.equal(seen.gradients["second"][row], alone.gradients["second"][0])


def test_a_module_called_twice_is_named_by_its_call(tiny: Tiny, image: Tensor) -> None:
    with pytest.raises(UserError, match=r"'relu' is called 2 times .* one of relu#0, relu#1"):
        capture(tiny, image, ["relu"], LABELS[None])
    seen = capture(tiny, image, ["relu#0", "relu#1", "first"], LABELS[None])
    assert torch.equal(seen.activations["relu#0"], seen.activations["first"].relu())
    assert seen.activations["relu#1"].shape == (4, 6, 4, 4)
    with pytest.raises(UserError, match="only 2 calls a forward; the last is relu#1"):
        capture(tiny, image, ["relu#2"], LABELS[None])
    with pytest.raises(UserError, match="'x' behind # is not the index"):
        capture(tiny, image, ["relu#x"], LABELS[None])


def test_frozen_parameters_and_disabled_gradients_change_nothing(tiny: Tiny, image: Tensor) -> None:
    expected = capture(tiny, image, ["first"], LABELS[None])
    frozen = copy.deepcopy(tiny).requires_grad_(False)
    with torch.no_grad():
        seen = capture(frozen, image, ["first"], LABELS[None])
    with torch.inference_mode():
        inferred = capture(frozen, image.clone(), ["first"], LABELS[None])
    assert torch.equal(seen.gradients["first"], expected.gradients["first"])
    assert torch.equal(inferred.gradients["first"], expected.gradients["first"])


@pytest.mark.parametrize("layers", [["first"], ["first", "nowhere"], ["first", "unused"], ["first", "head"]])
def test_nothing_is_left_behind(tiny: Tiny, image: Tensor, layers: list[str]) -> None:
    tiny.train()
    tiny.second.eval()
    modes = [module.training for module in tiny.modules()]
    state = copy.deepcopy(tiny.state_dict())
    given = image.clone()
    if len(layers) > 1:
        with pytest.raises(UserError):
            capture(tiny, image, layers, LABELS[None])
    else:
        seen = capture(tiny, image, layers, LABELS[None])
        assert not seen.logits_BK.requires_grad
        assert not seen.activations["first"].requires_grad
    assert [module.training for module in tiny.modules()] == modes
    assert not any(module._forward_hooks for module in tiny.modules())
    assert all(weight.grad is None for weight in tiny.parameters())
    assert all(torch.equal(value, state[key]) for key, value in tiny.state_dict().items())
    assert torch.equal(image, given)
    assert not image.requires_grad


def test_mistakes_are_told(tiny: Tiny, image: Tensor) -> None:
    def told(layers: list[str], targets: Tensor, words: str) -> None:
        with pytest.raises(UserError, match=words):
            capture(tiny, image, layers, targets)

    told([], LABELS[None], "no layer")
    told(["frist"], LABELS[None], "'frist' is unknown: use one of first, second, relu, drop, head, unused")
    told(["unused"], LABELS[None], "'unused' is not called")
    told(["head"], LABELS[None], r"'head' returns \(4, 5\), no \(B, C, H, W\) tensor")
    told(["first"], LABELS, r"targets are \(4,\)")
    told(["first"], LABELS[None, :3], r"targets are \(1, 3\) .* \(T, 4\)")
    told(["first"], LABELS[None] + 1, "run from 1 to 5: the model has classes 0 to 4")
    told(["first"], LABELS[None] - 1, "run from -1 to 3")
    with pytest.raises(UserError, match="the model returns"):
        capture(nn.Sequential(tiny.first), image, ["0"], LABELS[None])


def test_a_layer_without_influence_is_refused(image: Tensor) -> None:
    class Aside(Tiny):
        def forward(self, image: Tensor) -> Tensor:
            self.unused(image)
            return super().forward(image)

    with pytest.raises(UserError, match="'unused' has no influence"):
        capture(Aside(), image, ["unused", "first"], LABELS[None])
