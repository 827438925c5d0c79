"""Methods that derive the class's score by the picture itself; all signed, at the picture's resolution."""

# ruff: noqa: N803 - tensor names end in their shapes

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from analysis.methods.capture import Captured, Targets, picture_gradients
from analysis.methods.grad_cam import grad_cam
from analysis.methods.rectifiers import Rectifiers

COPIES, SIGMA = 16, 0.15
"""Of SmoothGrad: noisy pictures, and the noise's standard deviation over the picture's range (max − min)."""


def saliency(model: nn.Module, image_BCHW: Tensor, targets_TB: Targets) -> Tensor:
    """∂S/∂x, (T, B, 3, H, W), signed.

    Simonyan et al., "Deep Inside Convolutional Networks", ICLR 2014 workshop, section 3; its map is `heat`.
    """
    return picture_gradients(model, image_BCHW, targets_TB)[0]


def smooth_grad(
    model: nn.Module,
    image_BCHW: Tensor,
    targets_TB: Tensor,
    *,
    copies: int = COPIES,
    sigma: float = SIGMA,
    seed: int = 0,
) -> Tensor:
    """Mean of ∂S/∂x over noisy pictures, (T, B, 3, H, W), signed.

    Smilkov et al., "SmoothGrad", 2017, section 2. A picture's noise does not depend on its batch.

    Args:
        targets_TB: class indices, not a function of the logits, so that all copies explain one class.
        sigma: standard deviation of the noise over the range of the normalised picture.
    """
    scale = sigma * (image_BCHW.amax((1, 2, 3), keepdim=True) - image_BCHW.amin((1, 2, 3), keepdim=True))
    generator = torch.Generator().manual_seed(seed)
    total = image_BCHW.new_zeros(len(targets_TB), *image_BCHW.shape)
    for _ in range(copies):
        noise = torch.randn(image_BCHW.shape[1:], generator=generator).to(image_BCHW) * scale
        total += saliency(model, image_BCHW + noise, targets_TB)
    return total / copies


def guided_backpropagation(model: nn.Module, image_BCHW: Tensor, targets_TB: Targets) -> Tensor:
    """Guided backpropagation (T, B, 3, H, W), signed; rule and refusals: `Rectifiers`."""
    return picture_gradients(model, image_BCHW, targets_TB, Rectifiers("guided"))[0]


def deconvnet(model: nn.Module, image_BCHW: Tensor, targets_TB: Targets) -> Tensor:
    """Deconvnet (T, B, 3, H, W), signed; rule and refusals: `Rectifiers`."""
    return picture_gradients(model, image_BCHW, targets_TB, Rectifiers("deconvnet"))[0]


def guided_grad_cam(model: nn.Module, image_BCHW: Tensor, seen: Captured, layer: str) -> Tensor:
    """Guided backpropagation × relu(Grad-CAM), upsampled bilinearly: (T, B, 3, H, W), signed.

    Selvaraju et al. 2017, section 3.1.
    """
    guided = guided_backpropagation(model, image_BCHW, seen.targets_TB)
    maps = grad_cam(seen.activations[layer], seen.gradients[layer]).relu()
    full = F.interpolate(maps, size=image_BCHW.shape[-2:], mode="bilinear", align_corners=False)
    return guided * full[:, :, None]


def heat(gradients: Tensor) -> Tensor:
    """max over the channels of |∂S/∂x|: (..., 3, H, W) -> (..., H, W) ≥ 0.

    Simonyan et al. 2014, section 3.1. Only for looking and scoring: the sign is kept in what is stored.
    """
    return gradients.abs().amax(-3)
