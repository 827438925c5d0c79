"""CAM: the class's own weights on the last stage, for networks that end in a global mean and one layer."""

# ruff: noqa: N803, N806 - tensor names end in their shapes

from __future__ import annotations

import torch
from torch import Tensor, nn

from analysis.methods.capture import Captured
from analysis.methods.grad_cam import UndefinedMethodError, weighted, wide

TOLERANCE = 1e-3
"""Largest difference, relative to the largest logit, of mean(CAM) + bias from the logit."""


def cam(model: nn.Module, seen: Captured, layer: str) -> Tensor:
    """CAM: Σₖ wₖᶜAₖ with wᶜ the last layer's weights of class c.

    Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016, equation 2. On such
    a network it is H·W × Grad-CAM, and its mean plus the class's bias is the logit; the latter is checked
    here, so that nothing is returned for a network or a layer for which it does not hold. Where the
    network rectifies the layer before the mean (DenseNet), A is what comes behind that ReLU.

    Args:
        seen: what `capture` saw of `layer`, with targets (T, B).

    Returns:
        Signed raw maps (T, B, H, W).

    Raises:
        UndefinedMethodError: the layer is not followed by a global mean and one linear layer.
    """
    activation, logits = wide(seen.activations[layer]), wide(seen.logits_BK)
    for head in _heads(model, activation.shape[1], logits.shape[1]):
        weight_KC = wide(head.weight.detach())
        for behind in (activation, activation.relu()):
            if _explains(head, behind, logits):
                return weighted(behind, weight_KC[seen.targets_TB])
    raise UndefinedMethodError(
        f"CAM is not defined here: layer {layer!r} is not followed by a global mean and one linear layer; "
        "use the last stage of a network that ends so, or grad_cam"
    )


def _heads(model: nn.Module, channels: int, classes: int) -> list[nn.Linear]:
    wanted = (classes, channels)
    return [m for m in model.modules() if isinstance(m, nn.Linear) and tuple(m.weight.shape) == wanted]


def _explains(head: nn.Linear, activation_BCHW: Tensor, logits_BK: Tensor) -> bool:
    with torch.no_grad():
        rebuilt_BK = wide(head(activation_BCHW.mean((-2, -1)).to(head.weight.dtype)))
    limit = TOLERANCE * float(logits_BK.abs().amax()) + 1e-12
    return bool((rebuilt_BK - logits_BK).abs().amax() <= limit)
