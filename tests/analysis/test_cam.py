"""Grad-CAM against numbers by hand and identities that hold for any implementation."""

import pytest
import torch
from torch import Tensor, nn

from analysis.cam import METHODS, grad_cam
from analysis.capture import capture
from analysis.zoo import build


def test_by_hand() -> None:
    activation = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]]])
    gradient = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]], [[-4.0, 0.0], [0.0, -8.0]]]])
    # Weights: 2/4 and -12/4.
    assert grad_cam(activation, gradient).tolist() == [[[-2.5, 1.0], [1.5, -1.0]]]


def test_rows_of_targets_are_maps_of_their_own() -> None:
    generator = torch.Generator().manual_seed(0)
    activation = torch.randn(3, 5, 4, 6, generator=generator)
    gradient = torch.randn(2, 3, 5, 4, 6, generator=generator)
    maps = grad_cam(activation, gradient)
    assert maps.shape == (2, 3, 4, 6)
    for row in range(2):
        torch.testing.assert_close(maps[row], grad_cam(activation, gradient[row]))


def test_half_precision_is_summed_in_single() -> None:
    activation = torch.full((1, 1, 1, 2), 300.0, dtype=torch.float16)
    assert grad_cam(activation, activation).tolist() == [[[90_000.0, 90_000.0]]]


def test_cam_is_area_times_grad_cam_on_a_net_that_ends_in_pooling_and_one_layer() -> None:
    model = build("resnet18", 6, 64).eval()
    head = model.get_submodule("fc")
    assert isinstance(head, nn.Linear)
    target = torch.tensor([4, 1])
    image = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    seen = capture(model, image, ["layer4"], target[None])
    raw = grad_cam(seen.activations["layer4"], seen.gradients["layer4"][0])
    cam = torch.einsum("bc,bchw->bhw", head.weight[target].detach(), seen.activations["layer4"])
    assert float((cam - 16 * raw).norm() / cam.norm()) < 1e-6
    # ... and the mean of CAM plus the bias is the logit.
    logit = seen.logits_BK[torch.arange(2), target]
    torch.testing.assert_close(cam.mean((-2, -1)) + head.bias[target].detach(), logit)


def test_the_map_of_the_negated_score_is_the_negated_map() -> None:
    class Negated(nn.Module):
        def __init__(self, model: nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, image: Tensor) -> Tensor:
            return -torch.as_tensor(self.model(image))

    model = build("vgg16_bn", 4, 32)
    image = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(4))
    target = torch.tensor([[1, 2]])
    seen = capture(model, image, ["features.42"], target)
    counter = capture(Negated(model), image, ["model.features.42"], target)
    raw = grad_cam(seen.activations["features.42"], seen.gradients["features.42"])
    assert raw.abs().max() > 0
    negated = grad_cam(counter.activations["model.features.42"], counter.gradients["model.features.42"])
    assert torch.equal(negated, -raw)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"gradient \(1, 2, 3, 3\) does not end in the activation's"):
        grad_cam(torch.ones(1, 2, 4, 4), torch.ones(1, 2, 3, 3))
    assert METHODS["grad_cam"] is grad_cam
