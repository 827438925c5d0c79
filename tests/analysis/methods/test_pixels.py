"""Methods of the picture's own pixels against captum, other mechanisms, and numbers by hand."""

import copy
import sys
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from captum.attr import Deconvolution, GuidedBackprop, GuidedGradCam, Occlusion, Saliency
from torch import Tensor, nn

from analysis.methods.capture import capture
from analysis.methods.grad_cam import UndefinedMethodError
from analysis.methods.gradients import (
    deconvnet,
    guided_backpropagation,
    guided_grad_cam,
    heat,
    saliency,
    smooth_grad,
)
from analysis.methods.occlusion import occlusion
from analysis.methods.table import explain
from tests.analysis.methods.networks import LAYERS, TARGETS, distance, network, pictures

WANTED = TARGETS[0].tolist()


@pytest.mark.parametrize("name", LAYERS)
def test_saliency_equals_captum(name: str) -> None:
    model, image = network(name), pictures()
    theirs = Saliency(model).attribute(image.clone().requires_grad_(), target=WANTED, abs=False)
    assert distance(saliency(model, image, TARGETS)[0], theirs.detach()) < 1e-5


@pytest.mark.parametrize("name", LAYERS)
def test_occlusion_equals_captum(name: str) -> None:
    model, image = network(name), pictures()
    drops, pixels = occlusion(model, image, TARGETS, window=24, stride=16, chunk=5)
    theirs = Occlusion(model).attribute(
        image, sliding_window_shapes=(3, 24, 24), strides=(3, 16, 16), target=WANTED, baselines=0
    )
    assert drops.shape == (1, 2, 4, 4)
    assert distance(pixels[0], theirs[:, 0]) < 1e-5


def test_occlusion_lies_where_the_square_is_that_decides() -> None:
    class Square(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            here = image[:, :, 5:11, 50:56].mean((1, 2, 3))
            return torch.stack([here, -here], 1)

    image = torch.ones(1, 3, 64, 64)
    model = nn.Sequential(nn.Conv2d(3, 3, 1), Square()).eval()
    nn.init.dirac_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    found, _, _ = explain(model, image, ["0"], torch.zeros(1, 1, dtype=torch.long), ["occlusion"])
    total = found["occlusion", "picture"].maps[0, 0].clamp_min(0)
    assert total.shape == (64, 64)
    rows, columns = (torch.arange(64) + 0.5) @ total.sum(1), (torch.arange(64) + 0.5) @ total.sum(0)
    assert (rows / total.sum()).item() == pytest.approx(8, abs=1)
    assert (columns / total.sum()).item() == pytest.approx(53, abs=1)


def test_occlusion_by_hand() -> None:
    class Weighing(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            return torch.stack([image.sum((1, 2, 3)), -image[:, 0, 0, 0]], 1)

    image = torch.arange(9.0).view(1, 1, 3, 3)
    drops, pixels = occlusion(Weighing(), image, torch.tensor([[0], [1]]), window=2, stride=2)
    assert drops[0, 0].tolist() == [[8.0, 7.0], [13.0, 8.0]]
    assert drops[1, 0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert pixels[0, 0].tolist() == [[8.0, 8.0, 7.0], [8.0, 8.0, 7.0], [13.0, 13.0, 8.0]]


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
@pytest.mark.parametrize("ours", [guided_backpropagation, deconvnet])
def test_rules_equal_captum_where_every_relu_is_a_module(name: str, ours: object) -> None:
    theirs = GuidedBackprop if ours is guided_backpropagation else Deconvolution
    model, image = network(name), pictures()
    wanted = theirs(copy.deepcopy(model)).attribute(image.clone().requires_grad_(), target=WANTED)
    assert distance(ours(model, image, TARGETS)[0], wanted.detach()) < 1e-5  # type: ignore[operator]


@pytest.mark.parametrize("name", ["googlenet", "densenet121"])
@pytest.mark.parametrize("ours", [guided_backpropagation, deconvnet])
def test_rules_equal_captum_on_functional_relus_made_modules(
    name: str, ours: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = GuidedBackprop if ours is guided_backpropagation else Deconvolution
    image, found = pictures(), ours(network(name), pictures(), TARGETS)[0]  # type: ignore[operator]
    model = copy.deepcopy(network(name))
    model.shared = nn.ReLU()
    functions = {key: getattr(F, key) for key in dir(F) if not key.startswith("__")}
    patched = SimpleNamespace(**{**functions, "relu": lambda x, inplace=False: model.shared(x)})
    module = sys.modules[f"torchvision.models.{name.removesuffix('121')}"]
    monkeypatch.setattr(module, "F", patched)
    wanted = theirs(model).attribute(image.clone().requires_grad_(), target=WANTED).detach()
    assert distance(found, wanted) < 1e-5
    plain = saliency(network(name), image, TARGETS)[0]
    assert distance(found, plain) > 0.5


def test_rules_on_relu6_equal_another_mechanism() -> None:
    """Hooks on the tensors behind each ReLU6 let only positive gradients through: guided by other means."""

    class Hooked(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x.clamp(0, 6)
            if y.requires_grad:
                y.register_hook(lambda g: g.clamp_min(0))
            return y

    def swap(module: nn.Module) -> None:
        for key, child in module.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(module, key, Hooked())
            swap(child)

    model = copy.deepcopy(network("mobilenet_v2"))
    swap(model)
    wanted = saliency(model, pictures(), TARGETS)
    assert distance(guided_backpropagation(network("mobilenet_v2"), pictures(), TARGETS), wanted) < 1e-5
    assert distance(saliency(network("mobilenet_v2"), pictures(), TARGETS), wanted) > 0.5


def test_rules_by_hand() -> None:
    class Three(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            x = image.flatten(1)
            weight = torch.tensor([[1.0, -1.0, 1.0, 1.0]])
            return (F.relu6(x) * weight).sum(1, keepdim=True)

    image = torch.tensor([2.0, 3.0, -1.0, 7.0]).view(1, 1, 2, 2)
    target = torch.tensor([[0]])
    assert saliency(Three(), image, target).flatten().tolist() == [1.0, -1.0, 0.0, 0.0]
    assert guided_backpropagation(Three(), image, target).flatten().tolist() == [1.0, 0.0, 0.0, 0.0]
    assert deconvnet(Three(), image, target).flatten().tolist() == [1.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("inplace", [False, True])
def test_every_way_to_call_a_relu_is_seen(inplace: bool) -> None:
    ways = [
        lambda x: F.relu(x, inplace), lambda x: F.relu(x, inplace=inplace), lambda x: nn.ReLU(inplace)(x),
        lambda x: x.relu_() if inplace else x.relu(), lambda x: torch.relu_(x) if inplace else torch.relu(x),
        lambda x: nn.ReLU6(inplace)(x), lambda x: F.hardtanh(x, 0.0, 6.0, inplace),
    ]  # fmt: skip
    image = torch.tensor([2.0, 3.0, -1.0, 5.0]).view(1, 1, 2, 2)
    for way in ways:

        class Net(nn.Module):
            def forward(self, image: Tensor) -> Tensor:
                x = way(image * 1.0)  # noqa: B023 - called before the next
                return (x.flatten(1) * torch.tensor([[1.0, -1.0, 1.0, 1.0]])).sum(1, keepdim=True)

        found = guided_backpropagation(Net(), image, torch.tensor([[0]]))
        assert found.flatten().tolist() == [1.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(("unit", "word"), [(nn.SiLU(), "silu"), (nn.GELU(), "gelu"), (nn.PReLU(), "prelu")])
def test_rules_are_refused_by_name(unit: nn.Module, word: str) -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 1), unit, nn.Flatten(), nn.LazyLinear(5))
    model(pictures())
    for rule in (guided_backpropagation, deconvnet):
        with pytest.raises(UndefinedMethodError, match=f"it calls {word}"):
            rule(model, pictures(), TARGETS)
    with pytest.raises(UndefinedMethodError, match="it calls silu"):
        guided_backpropagation(network("efficientnet_b0"), pictures(), TARGETS)


def test_smooth_grad_equals_captum_over_the_same_noise() -> None:
    model, image = copy.deepcopy(network("resnet50")).double(), pictures()[:1].double()
    assert torch.equal(smooth_grad(model, image, TARGETS[:, :1], copies=1, sigma=0.0),
                       saliency(model, image, TARGETS[:, :1]))  # fmt: skip
    sigma = 0.1 * float(image.max() - image.min())
    draws = torch.Generator().manual_seed(7)
    noises = [torch.randn(3, 64, 64, generator=draws).double() * sigma for _ in range(3)]
    each = [Saliency(model).attribute(image + noise, target=WANTED[0], abs=False) for noise in noises]
    ours = smooth_grad(model, image, TARGETS[:, :1], copies=3, sigma=0.1, seed=7)[0]
    assert distance(ours, torch.stack(each).mean(0).detach()) < 1e-5


def test_guided_grad_cam_is_the_product_of_its_two() -> None:
    model, image = network("vgg16"), pictures()
    seen = capture(model, image, ["features.29"], TARGETS)
    ours = guided_grad_cam(model, image, seen, "features.29")[0]
    reference = GuidedGradCam(twin := copy.deepcopy(model), twin.get_submodule("features.29"))
    theirs = reference.attribute(
        image.clone().requires_grad_(), target=WANTED, interpolate_mode="bilinear"
    ).detach()
    assert distance(ours, theirs) < 1e-5
    assert heat(ours).shape == (2, 64, 64)
    assert torch.equal(heat(ours), ours.abs().max(1).values)


@pytest.mark.parametrize("name", LAYERS)
def test_nothing_is_left_behind(name: str) -> None:
    model = copy.deepcopy(network(name)).train()
    state = copy.deepcopy(model.state_dict())
    image = pictures()
    saliency(model, image, TARGETS)
    if name != "efficientnet_b0":
        guided_backpropagation(model, image, TARGETS)
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._backward_hooks for module in model.modules())
    assert all(weight.grad is None for weight in model.parameters())
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert torch.equal(image, pictures())
    assert not torch.overrides._get_current_function_mode_stack()
