"""Class activation maps from what `analysis.methods.capture` saw: Grad-CAM, its counterfactual, Grad-CAM++.

Every method returns *signed raw* maps: no ReLU, no scaling. The positive part speaks for the class;
the negative part, with its sign turned, is the counterfactual map ("why not this class").

Maps that need more than one layer's activation and gradient lie in `analysis.methods`.
"""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

import torch
from torch import Tensor

from generator.errors import UserError


class UndefinedMethodError(UserError):
    """A method that has no meaning for this network or layer; the message gives the reason and an
    alternative."""


def grad_cam(activation_BCHW: Tensor, gradient_BCHW: Tensor) -> Tensor:
    """Grad-CAM: Σₖ wₖAₖ with wₖ the mean of ∂y/∂Aₖ over the grid.

    Selvaraju et al., "Grad-CAM", ICCV 2017, equations 1 and 2, without the ReLU of equation 2.

    Args:
        activation_BCHW: output of a layer (B, C, H, W).
        gradient_BCHW: derivative of the class's logit by it, (B, C, H, W), or (T, B, C, H, W) for
            several classes at once.

    Returns:
        Signed raw maps (B, H, W), or (T, B, H, W), float32, or float64 of float64 activations.

    Raises:
        ValueError: the trailing four sizes differ.
    """
    _check(activation_BCHW, gradient_BCHW)
    return weighted(activation_BCHW, wide(gradient_BCHW).mean((-2, -1)))


def counterfactual(activation_BCHW: Tensor, gradient_BCHW: Tensor) -> Tensor:
    """What speaks against the class: Grad-CAM of −y, which is −Grad-CAM.

    Selvaraju et al. 2017, section 7: the same weights with their sign turned. Arguments, result and
    errors as for `grad_cam`.
    """
    return -grad_cam(activation_BCHW, gradient_BCHW)


def grad_cam_pp(activation_BCHW: Tensor, gradient_BCHW: Tensor) -> Tensor:
    """Grad-CAM++ of Y = exp(S), divided by exp(S).

    Chattopadhay et al., "Grad-CAM++", WACV 2018. With g = ∂S/∂A and S piecewise linear in A (equations
    11 to 13: the second and third derivatives of exp(S) are exp(S)g² and exp(S)g³), equation 10 becomes
    αᵢⱼ = g²/(2g² + g³ΣA), ΣA over the whole map, so that

        wₖ = Σᵢⱼ αᵢⱼ·relu(exp(S)·gᵢⱼ) = exp(S)·Σᵢⱼ relu(gᵢⱼ)/(2 + gᵢⱼ·ΣA).

    No epsilon is needed: g² is cancelled, and the denominator is at least 2 where A ≥ 0. The factor exp(S)
    is left out here, since it overflows: the paper's raw map is this one times exp(score of the target),
    `Captured.target_scores`. Within one picture it changes nothing; compare raw values of two pictures only
    with it.

    Args:
        activation_BCHW: output of a layer (B, C, H, W), nowhere negative.
        gradient_BCHW: (B, C, H, W) or (T, B, C, H, W), derivative of the class's logit by it.

    Returns:
        Raw maps over exp(S), (B, H, W) or (T, B, H, W); nowhere negative.

    Raises:
        ValueError: the trailing four sizes differ.
        UndefinedMethodError: activations below 0, with which the denominator may vanish.
    """
    _check(activation_BCHW, gradient_BCHW)
    check_positive(activation_BCHW)
    total_BC11 = wide(activation_BCHW).sum((-2, -1), keepdim=True)
    # A picture at a time stays in the cache of a CPU: half the time of the whole batch's passes over memory.
    step = 1 if activation_BCHW.device.type == "cpu" else max(1, len(activation_BCHW))
    parts = zip(torch.split(gradient_BCHW, step, dim=-4), torch.split(total_BC11, step), strict=True)
    return weighted(activation_BCHW, torch.cat([_pp_weight(*part) for part in parts], dim=-2))


def _pp_weight(gradient_BCHW: Tensor, total_BC11: Tensor) -> Tensor:
    """Σ relu(g)/(2 + g·ΣA) over the grid, (..., B, C)."""
    raised = wide(gradient_BCHW).clamp_min(0)
    return raised.div_((raised * total_BC11).add_(2)).sum((-2, -1))


def check_positive(activation_BCHW: Tensor) -> None:
    """Refuse layers for which Grad-CAM++ is not defined."""
    if activation_BCHW.numel() and float(activation_BCHW.amin()) < 0:
        raise UndefinedMethodError(
            f"Grad-CAM++ is not defined for a layer with negative activations (here down to "
            f"{float(activation_BCHW.min()):.3g}): use the output of a ReLU, or grad_cam"
        )


def weighted(activation_BCHW: Tensor, weight_BC: Tensor) -> Tensor:
    """Σₖ wₖAₖ: weights (..., B, C) -> maps (..., B, H, W)."""
    activation = wide(activation_BCHW)
    flat_BCP = activation.flatten(2)
    maps: Tensor = torch.einsum("...bc,bcp->...bp", weight_BC.to(activation.dtype), flat_BCP)
    return maps.reshape(*maps.shape[:-1], *activation.shape[-2:])


def wide(tensor: Tensor) -> Tensor:
    """At least single precision."""
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()


def _check(activation_BCHW: Tensor, gradient_BCHW: Tensor) -> None:
    if gradient_BCHW.shape[-4:] != activation_BCHW.shape:
        raise ValueError(
            f"gradient {tuple(gradient_BCHW.shape)} does not end in the activation's "
            f"{tuple(activation_BCHW.shape)}"
        )
