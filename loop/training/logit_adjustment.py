# ruff: noqa: N803, N806 - names of tensors end in their axes
"""Logit adjustment: what a network is to learn from renders that show some of the classes only.

Beside photographs of ten classes, many renders of two of them make a network predict these two more often,
for photographs too, whether or not it distinguishes them better. Renders carry information on how their
classes differ from each other, not on how frequent they are. So the loss of a render uses a prior: each class
is as likely as renders of it are frequent. This is the logit-adjusted cross entropy (Menon et al., "Long-tail
learning via logit adjustment", ICLR 2021, equation 10), for renders alone. Renders then teach nothing about a
class without renders, as classes that come later can be learned without interfering with earlier ones (Caccia
et al., "New insights on reducing abrupt representation change", ICLR 2022); and renders of a single class
teach nothing at all.

What the network then distinguishes better is spread over all classes: those that were mistaken for the
rendered ones gain too. `raise_logits` moves it, after training, to the classes for which renders were
requested.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from analysis.zoo import logit_layer
from loop.training.classifier import Classifier


def log_prior(labels_N: Tensor, rendered_N: Tensor, classes: int) -> Tensor | None:
    """Log frequency of each class among the rendered pictures against the most frequent one's, (K,); -inf of
    a class without any. None where all pictures or none are rendered.

    Args:
        labels_N: class indices of all training pictures.
        rendered_N: which of them are rendered.
    """
    if bool(rendered_N.all()) or not bool(rendered_N.any()):
        return None
    counts_K = torch.bincount(labels_N[rendered_N], minlength=classes)
    return (counts_K / counts_K.max()).log()


def adjusted(logits_BK: Tensor, rendered_B: Tensor, log_prior_K: Tensor | None) -> Tensor:
    """Logits (B, K) for the cross entropy: to those of rendered pictures the log prior is added.

    Args:
        log_prior_K: None to leave all as they are.
    """
    if log_prior_K is None:
        return logits_BK
    return torch.where(rendered_B[:, None], logits_BK + log_prior_K, logits_BK)


def raise_logits(classifier: Classifier, classes: Sequence[str], by: float) -> None:
    """Add to the logits of some classes, in the weights: post-hoc logit adjustment (Menon et al. 2021,
    equation 9), as if these classes were exp(`by`) times as frequent as they were in training.

    Args:
        classes: names of the classes.
        by: in log-odds; negative to take it back.
    """
    layer = logit_layer(classifier.card.network, classifier.network)
    chosen = [classifier.card.classes.index(name) for name in classes]
    with torch.no_grad():
        layer.bias[chosen] += by
