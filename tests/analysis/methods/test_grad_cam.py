"""Grad-CAM, its counterfactual, Grad-CAM++ and CAM against numbers by hand, captum and float64 autograd."""

import copy

import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn

from analysis.methods.capture import capture
from analysis.methods.grad_cam import UndefinedMethodError, counterfactual, grad_cam, grad_cam_pp
from analysis.methods.pooled import cam
from tests.analysis.methods.networks import GAP, LAYERS, POSITIVE, TARGETS, distance, network, pictures

ACTIVATION = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]]])
GRADIENT = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]], [[-4.0, 0.0], [0.0, -8.0]]]])


def test_by_hand() -> None:
    # Weights: 2/4 and -12/4.
    assert grad_cam(ACTIVATION, GRADIENT).tolist() == [[[-2.5, 1.0], [1.5, -1.0]]]
    assert counterfactual(ACTIVATION, GRADIENT).tolist() == [[[2.5, -1.0], [-1.5, 1.0]]]
    # ΣA of the first channel is 10, so its weight is 1/12 + 1/12; the second has no positive gradient.
    found = grad_cam_pp(ACTIVATION, GRADIENT)
    torch.testing.assert_close(found, ACTIVATION[:, 0] / 6)


def test_rows_of_targets_are_maps_of_their_own() -> None:
    generator = torch.Generator().manual_seed(0)
    activation = torch.rand(3, 5, 4, 6, generator=generator)
    gradient = torch.randn(2, 3, 5, 4, 6, generator=generator)
    for method in (grad_cam, grad_cam_pp):
        maps = method(activation, gradient)
        assert maps.shape == (2, 3, 4, 6)
        for row in range(2):
            torch.testing.assert_close(maps[row], method(activation, gradient[row]))


def test_half_precision_is_summed_in_single() -> None:
    activation = torch.full((1, 1, 1, 2), 300.0, dtype=torch.float16)
    assert grad_cam(activation, activation).tolist() == [[[90_000.0, 90_000.0]]]


def test_gradients_are_not_changed() -> None:
    kept = GRADIENT.clone()
    grad_cam_pp(ACTIVATION, GRADIENT)
    assert torch.equal(GRADIENT, kept)


@pytest.mark.parametrize("name", LAYERS)
def test_grad_cam_equals_captum(name: str) -> None:
    model, image = network(name), pictures()
    seen = capture(model, image, LAYERS[name], TARGETS)
    for layer in LAYERS[name]:
        ours = grad_cam(seen.activations[layer], seen.gradients[layer][0])
        reference = LayerGradCam(model, model.get_submodule(layer))
        grown = image.clone().requires_grad_()
        theirs = reference.attribute(grown, target=TARGETS[0].tolist(), relu_attributions=False)[:, 0]
        assert distance(ours, theirs.detach()) < 1e-5


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_before_an_in_place_operation_equals_the_net_out_of_place(name: str) -> None:
    before = {"vgg16": "features.28", "resnet50": "layer4.2.bn3", "densenet121": "features.norm5"}
    before |= {"googlenet": "inception4a.branch1.bn", "mobilenet_v2": "features.18.1"}
    before |= {"efficientnet_b0": "features.8.1"}
    model, image = network(name), pictures()
    seen = capture(model, image, [before[name]], TARGETS)
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        kept.append(output.detach().clone())
        return output

    with model.get_submodule(before[name]).register_forward_hook(keep):
        model(image)
    assert (seen.activations[before[name]] < 0).any()
    assert torch.equal(seen.activations[before[name]], kept[0])


@pytest.mark.parametrize("name", GAP)
def test_cam_is_area_times_grad_cam_and_its_mean_the_logit(name: str) -> None:
    model, layer = network(name), GAP[name]
    seen = capture(model, pictures(), [layer], TARGETS)
    maps = cam(model, seen, layer)[0]
    head = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    logit = seen.target_scores[0]
    torch.testing.assert_close(maps.mean((-2, -1)) + head.bias[TARGETS[0]], logit, rtol=1e-5, atol=1e-6)
    if name != "densenet121":  # its CAM lies behind a ReLU that is no module
        raw = grad_cam(seen.activations[layer], seen.gradients[layer][0])
        assert distance(maps, raw * raw[0].numel()) < 1e-5


def test_cam_is_refused_where_the_head_is_another() -> None:
    model = network("vgg16")
    seen = capture(model, pictures(), ["features.29"], TARGETS)
    with pytest.raises(UndefinedMethodError, match=r"'features.29' is not followed by a global mean"):
        cam(model, seen, "features.29")


class Tiny(nn.Module):
    """conv - relu - conv - relu - mean - linear, in float64."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 3, 3), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(3, 4, 2), nn.ReLU())
        self.head = nn.Linear(4, 3)

    def behind(self, activation: Tensor) -> Tensor:
        logits: Tensor = self.head(self.second(activation).mean((-2, -1)))
        return logits

    def forward(self, image: Tensor) -> Tensor:
        return self.behind(self.first(image))


def test_grad_cam_pp_equals_true_second_and_third_derivatives_of_exp() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = Tiny().double()
    image = torch.randn(1, 3, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    seen = capture(model, image, ["first"], torch.tensor([[2]]))
    activation = model.first(image).detach().requires_grad_()
    value = model.behind(activation)[0, 2].exp()
    (first,) = torch.autograd.grad(value, activation, create_graph=True)
    second, third = torch.zeros_like(first), torch.zeros_like(first)
    for at in [tuple(i) for i in torch.ones_like(first).nonzero().tolist()]:
        (again,) = torch.autograd.grad(first[at], activation, create_graph=True)
        second[at] = again[at].detach()
        third[at] = torch.autograd.grad(again[at], activation, retain_graph=True)[0][at]
    below = 2 * second + activation.sum((-2, -1), keepdim=True) * third
    alpha = torch.where(second != 0, second / below, 0)  # equation 10
    weight = (alpha * first.relu()).sum((-2, -1))
    wanted = (weight[..., None, None] * activation).sum(1)
    ours = grad_cam_pp(seen.activations["first"], seen.gradients["first"][0]) * seen.target_scores[0].exp()
    assert float(ours.max()) > 0
    torch.testing.assert_close(ours, wanted.detach(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", POSITIVE)
def test_grad_cam_pp_on_networks(name: str) -> None:
    """Equation 10 in float64 from the gradient, whose powers are checked by derivation at two neurons."""
    model, layer, image = network(name), POSITIVE[name], pictures()[:1]
    seen = capture(model, image, [layer], TARGETS[:, :1])
    activation, gradient = seen.activations[layer].double(), seen.gradients[layer][0].double()
    below = 2 * gradient**2 + activation.sum((-2, -1), keepdim=True) * gradient**3
    alpha = torch.where(gradient != 0, gradient**2 / below, 0)
    weight = (alpha * gradient.relu()).sum((-2, -1), keepdim=True)
    ours = grad_cam_pp(seen.activations[layer], seen.gradients[layer][0])
    assert distance(ours, (weight * activation).sum(1)) < 1e-5


def test_second_derivatives_of_the_score_vanish_on_a_network() -> None:
    """What Grad-CAM++ rests on: behind a layer of a ReLU network, S is piecewise linear."""
    model, image = network("vgg16"), pictures()[:1]
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
        kept.append(output.detach().clone().requires_grad_())
        return kept[0]

    with model.get_submodule("features.15").register_forward_hook(keep):
        score = model(image)[0, 3]
    value = float(score.detach().exp())
    (g,) = torch.autograd.grad(score.double().exp(), kept[0], create_graph=True)
    for at in ((0, 5, 3, 3), (0, 60, 8, 1)):
        (again,) = torch.autograd.grad(g[at], kept[0], create_graph=True)
        (third,) = torch.autograd.grad(again[at], kept[0], retain_graph=True)
        slope = float(g[at].detach()) / value
        assert float(again[at].detach()) == pytest.approx(value * slope**2, rel=1e-4)
        assert float(third[at]) == pytest.approx(value * slope**3, rel=1e-4)


@pytest.mark.parametrize("name", ["efficientnet_b0", "densenet121"])
def test_grad_cam_pp_is_refused_where_activations_are_negative(name: str) -> None:
    layer = LAYERS[name][1]
    seen = capture(network(name), pictures(), [layer], TARGETS)
    with pytest.raises(UndefinedMethodError, match="negative activations"):
        grad_cam_pp(seen.activations[layer], seen.gradients[layer])


@pytest.mark.parametrize("name", LAYERS)
def test_a_batch_equals_its_pictures_one_by_one(name: str) -> None:
    model, image = copy.deepcopy(network(name)).double(), pictures().double()
    together = capture(model, image, LAYERS[name], TARGETS)
    for b in range(2):
        alone = capture(model, image[b : b + 1], LAYERS[name], TARGETS[:, b : b + 1])
        for layer in LAYERS[name]:
            maps = [grad_cam(seen.activations[layer], seen.gradients[layer][0]) for seen in (together, alone)]
            assert distance(maps[0][b], maps[1][0]) < 1e-10


def test_the_map_of_the_negated_score_is_the_negated_map() -> None:
    class Negated(nn.Module):
        def __init__(self, model: nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, image: Tensor) -> Tensor:
            return -torch.as_tensor(self.model(image))

    seen = capture(network("vgg16"), pictures(), ["features.29"], TARGETS)
    negated = capture(Negated(network("vgg16")), pictures(), ["model.features.29"], TARGETS)
    raw = counterfactual(seen.activations["features.29"], seen.gradients["features.29"])
    assert raw.abs().max() > 0
    layer = "model.features.29"
    assert torch.equal(grad_cam(negated.activations[layer], negated.gradients[layer]), raw)


def test_maps_of_single_channels_sum_to_the_layers_map() -> None:
    seen = capture(network("resnet50"), pictures(), ["layer3"], TARGETS)
    activation, gradient = seen.activations["layer3"], seen.gradients["layer3"][0]
    for method in (grad_cam, grad_cam_pp):
        parts = [method(activation[:, k : k + 1], gradient[:, k : k + 1]) for k in range(activation.shape[1])]
        assert distance(torch.stack(parts).sum(0), method(activation, gradient)) < 1e-5


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"gradient \(1, 2, 3, 3\) does not end in the activation's"):
        grad_cam(torch.ones(1, 2, 4, 4), torch.ones(1, 2, 3, 3))
