"""The network itself: the picture that a class, or a channel, likes best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

from analysis.methods.capture import check_logits, eval_mode


@dataclass(frozen=True)
class Ascent:
    """How a picture is made; the numbers are in units of normalised pictures."""

    steps: int = 128
    rate: float = 1.0
    """Step along the gradient over its norm, times the square root of the number of values."""
    decay: float = 1e-2
    """λ of the L2 term: each step shrinks the picture by this fraction."""
    blur_every: int = 4
    """Steps between two blurs; 0 for none."""
    blur: float = 0.5
    """Standard deviation of the blur in pixels."""
    noise: float = 0.1
    """Standard deviation of the picture to begin with."""


def class_pictures(
    model: nn.Module, classes: Sequence[int], size: int, ascent: Ascent | None = None, *, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Climb from noise to pictures with a high logit, all classes in one batch.

    Simonyan et al. 2014, equation 1 (arg max S_c(I) − λ‖I‖²), with the Gaussian blur of Yosinski et al.,
    "Understanding Neural Networks Through Deep Visualization", 2015, section 3.

    Returns:
        (pictures (N, 3, size, size), normalised as the network takes them; their class's logit (N,)).
    """
    how = ascent or Ascent()
    generator = torch.Generator().manual_seed(seed)
    device = next(model.parameters()).device
    picture = how.noise * torch.randn(1, 3, size, size, generator=generator).to(device)
    picture = picture.repeat(len(classes), 1, 1, 1)
    targets = torch.as_tensor(list(classes), device=device)[:, None]
    with torch.inference_mode(False), torch.enable_grad(), eval_mode(model):
        for step in range(how.steps):
            picture = _climbed(model, picture, targets, how)
            if how.blur_every and step % how.blur_every == how.blur_every - 1:
                picture = gaussian_blur(picture, [5, 5], [how.blur, how.blur])
        score = check_logits(model(picture.clone())).gather(1, targets)[:, 0]
    return picture.detach(), score.detach()


def _climbed(model: nn.Module, picture: Tensor, targets: Tensor, how: Ascent) -> Tensor:
    leaf = picture.detach().requires_grad_()
    score = check_logits(model(leaf.clone())).gather(1, targets).sum()
    (slope,) = torch.autograd.grad(score, leaf)
    norm = slope.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None]
    step = how.rate * slope / norm * (slope[0].numel() ** 0.5) / how.steps
    climbed: Tensor = (1 - how.decay) * picture + step
    return climbed
