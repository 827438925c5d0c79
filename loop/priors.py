# ruff: noqa: N803, N806 - names of tensors end in their axes
"""Renders beside photographs show some of the classes only, and more often than photographs do: what a loss
makes of that.

A network that learns from photographs of ten classes and from many renders of two names these two more often,
photographs too, whether or not it tells them better. Renders say how their classes differ from each other,
not how often they come. So the loss of a render takes the classes of which there is none for unlikely before
the picture is looked at: the logit-adjusted cross entropy (Menon et al., "Long-tail learning via logit
adjustment", ICLR 2021, equation 10), with a prior of each source of its own. With a prior of 0 it is a
softmax among the rendered classes, as classes that come later are learned without harm to earlier ones
(Caccia et al., "New insights on reducing abrupt representation change", ICLR 2022).
"""

from __future__ import annotations

import torch
from torch import Tensor


def log_prior(labels_N: Tensor, rendered_N: Tensor, classes: int, unrendered: float) -> Tensor | None:
    """Log prior of each class for rendered pictures, (K,); None where it makes no difference.

    Args:
        labels_N: class indices of all training pictures.
        rendered_N: which of them are rendered.
        unrendered: prior of a class without a render against one with some, in [0, 1].
    """
    mixed = bool(rendered_N.any()) and not bool(rendered_N.all())
    shown_K = torch.bincount(labels_N[rendered_N], minlength=classes) > 0
    if not mixed or unrendered == 1 or bool(shown_K.all()):
        return None
    return torch.where(shown_K, 1.0, unrendered).log()


def adjusted(logits_BK: Tensor, rendered_B: Tensor, log_prior_K: Tensor | None) -> Tensor:
    """Logits as a cross entropy is to see them: those of rendered pictures with their prior."""
    if log_prior_K is None:
        return logits_BK
    return torch.where(rendered_B[:, None], logits_BK + log_prior_K, logits_BK)
