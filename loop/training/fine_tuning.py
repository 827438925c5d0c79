"""Training that starts from trained weights: which layers stay as they are, and a learning rate for the body.

The body is all that comes before the last layer, which is new where the classes are.
"""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from analysis.zoo import entry
from generator.errors import UserError
from loop.config.training import TrainSettings
from loop.training.classifier import Classifier

BODY = "body"
"""Word in `train.freeze` for all layers but the last."""


def freeze(classifier: Classifier, settings: TrainSettings) -> None:
    """Exclude the weights of `train.freeze` from training.

    Raises:
        UserError: a name begins no layer's, or nothing is left to train.
    """
    names = [name for name, _ in classifier.network.named_parameters()]
    for prefix in settings.freeze:
        if prefix != BODY and not any(name.startswith(prefix) for name in names):
            layers = ", ".join(dict.fromkeys(name.split(".")[0] for name in names))
            raise UserError(
                f"train.freeze: no layer of {classifier.card.network!r} begins with {prefix!r}; "
                f"it has {layers}"
            )
    for name, parameter in classifier.network.named_parameters():
        parameter.requires_grad_(not _frozen(name, classifier, settings))
    if not any(parameter.requires_grad for parameter in classifier.network.parameters()):
        raise UserError("train.freeze: leaves no layer to train; freeze less")


def keep_statistics(classifier: Classifier, settings: TrainSettings) -> None:
    """Let the batch norms of frozen layers, or all of them (`train.freeze_batch_norm`), use what they stored
    and keep it."""
    for name, module in classifier.network.named_modules():
        still = settings.freeze_batch_norm or _frozen(f"{name}.", classifier, settings)
        if isinstance(module, _BatchNorm) and still:
            module.eval()


def parameter_groups(classifier: Classifier, settings: TrainSettings) -> list[dict[str, Any]]:
    """What an optimiser takes: the last layer at the learning rate, the body at its own where it has one."""
    trained = [(name, p) for name, p in classifier.network.named_parameters() if p.requires_grad]
    if settings.body_learning_rate is None:
        return [{"params": [p for _, p in trained], "lr": settings.learning_rate}]
    last = entry(classifier.card.network).head
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in trained:
        rate = settings.learning_rate if name.startswith(last) else settings.body_learning_rate
        groups.setdefault(rate, []).append(parameter)
    return [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]


def _frozen(name: str, classifier: Classifier, settings: TrainSettings) -> bool:
    body = not name.startswith(entry(classifier.card.network).head)
    return any(body if prefix == BODY else name.startswith(prefix) for prefix in settings.freeze)
