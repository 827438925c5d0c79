"""Class activation maps from what `analysis.capture` saw.

Every method returns *signed raw* maps: no ReLU, no scaling. The positive part speaks for the class;
the negative part, with its sign turned, is the counterfactual map ("why not this class").
"""

# ruff: noqa: N803 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Method = Callable[[Tensor, Tensor], Tensor]
"""(activation (B, C, H, W), gradient (..., B, C, H, W)) -> raw maps (..., B, H, W)."""


def grad_cam(activation_BCHW: Tensor, gradient_BCHW: Tensor) -> Tensor:
    """Grad-CAM: Σₖ wₖAₖ with wₖ the mean of ∂y/∂Aₖ over the grid.

    Selvaraju et al., "Grad-CAM", ICCV 2017, equations 1 and 2, without the ReLU of equation 2.

    Args:
        activation_BCHW: output of a layer (B, C, H, W).
        gradient_BCHW: derivative of the class's logit by it, (B, C, H, W), or (T, B, C, H, W) for
            several classes at once.

    Returns:
        Signed raw maps (B, H, W), or (T, B, H, W), float32.

    Raises:
        ValueError: the trailing four sizes differ.
    """
    if gradient_BCHW.shape[-4:] != activation_BCHW.shape:
        raise ValueError(
            f"gradient {tuple(gradient_BCHW.shape)} does not end in the activation's "
            f"{tuple(activation_BCHW.shape)}"
        )
    weight = gradient_BCHW.float().mean((-2, -1))
    return torch.einsum("...bc,bchw->...bhw", weight, activation_BCHW.float())


METHODS: dict[str, Method] = {"grad_cam": grad_cam}
"""The one table of methods that need a layer's activation and gradient alone."""
