# ruff: noqa: N803, N806 - names of tensors end in their axes
"""Penalties on evidence outside the mask: they steer a network by its loss, as renders steer it by data.

Where they are added to the cross entropy is in `loop.training.module`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from loop.config.training import AttentionSettings


def penalty(
    settings: AttentionSettings,
    *,
    logits_BK: Tensor,
    labels_B: Tensor,
    inputs_BCHW: Tensor,
    activations_BCHW: Tensor,
    masks_B1HW: Tensor,
    masked_B: Tensor,
) -> Tensor:
    """The weighted penalty, a scalar with its graph; 0 where no picture has a mask.

    Args:
        inputs_BCHW: what the network took, requiring a gradient.
        activations_BCHW: of the CAM layer, in the same forward.
        masks_B1HW: 1 on the vehicle, 0 elsewhere.
        masked_B: which pictures have a mask.
    """
    if not bool(masked_B.any()):
        return logits_BK.new_zeros(())
    if settings.kind == "gradients":
        found_B = outside_gradients(logits_BK, inputs_BCHW, masks_B1HW)
    else:
        found_B = outside_cam(logits_BK, labels_B, activations_BCHW, masks_B1HW)
    return settings.weight * found_B[masked_B].mean()


def outside_gradients(logits_BK: Tensor, inputs_BCHW: Tensor, masks_B1HW: Tensor) -> Tensor:
    r"""Σ_d ((1 − m_d) ∂/∂x_d Σ_k log p_k)² of each picture (B,) (Ross et al. 2017, equation 1)."""
    score = logits_BK.float().log_softmax(1).sum()
    (gradient,) = torch.autograd.grad(score, inputs_BCHW, create_graph=True)
    return ((gradient.float() * (1 - masks_B1HW)) ** 2).sum((1, 2, 3))


def outside_cam(logits_BK: Tensor, labels_B: Tensor, activations_BCHW: Tensor, masks_B1HW: Tensor) -> Tensor:
    """Fraction of the positive evidence of the true class's Grad-CAM (Selvaraju et al. 2017, equations 1
    and 2) that lies outside the mask, (B,) in [0, 1].

    A cell counts by the fraction of it that the mask leaves free; where there is no positive evidence the
    result is 0.
    """
    score = logits_BK.gather(1, labels_B[:, None]).sum()
    (gradient,) = torch.autograd.grad(score, activations_BCHW, create_graph=True)
    weights_BC11 = gradient.float().mean((2, 3), keepdim=True)
    cam_BHW = F.relu((weights_BC11 * activations_BCHW.float()).sum(1))
    inside_BHW = F.adaptive_avg_pool2d(masks_B1HW, (cam_BHW.shape[1], cam_BHW.shape[2]))[:, 0]
    total_B = cam_BHW.sum((1, 2))
    # A sum of 0 has a gradient of 0 too, so any positive bound will do.
    outside_B: Tensor = (cam_BHW * (1 - inside_BHW)).sum((1, 2)) / total_B.clamp_min(1e-12)
    return outside_B
