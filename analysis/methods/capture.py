"""Activations and gradients of many layers in one forward pass.

A hook on each layer hands its successor a *clone* and keeps the layer's own output: without it, a
layer in front of an in-place operation would give the tensor as it is after that operation.

Shape suffixes: B pictures, C channels, H W a layer's grid, K classes, T target rows.
"""

# ruff: noqa: N803, N806, N815 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from generator.errors import UserError

Targets = Tensor | Callable[[Tensor], Tensor]
"""Class indices (T, B), or a function from the logits (B, K) to them."""


@dataclass(frozen=True)
class Captured:
    """What `capture` saw; every tensor is detached."""

    logits_BK: Tensor
    activations: dict[str, Tensor]
    """Layer -> (B, C, H, W)."""
    gradients: dict[str, Tensor]
    """Layer -> (T, B, C, H, W): derivative of each target's logit by the layer's output."""
    targets_TB: Tensor
    """The class that each row explains, int64."""

    @property
    def target_scores(self) -> Tensor:
        """Each target's logit, (T, B)."""
        return self.logits_BK.gather(1, self.targets_TB.T).T


def capture(model: nn.Module, image_BCHW: Tensor, layers: Sequence[str], targets_TB: Targets) -> Captured:
    """Run the model once and derive each target's logit by each layer's output.

    The model runs in evaluation mode, so that the pictures of a batch do not influence each other.
    Parameters may be frozen. No gradient, hook or mode is left behind, after an error
    neither. Do not call it for one model from two threads.

    Args:
        model: maps (B, 3, H, W) to (B, K) logits.
        image_BCHW: normalised pictures on the model's device.
        layers: names as in `model.named_modules()`. A module that the model calls several times needs
            the call's index: `layer1.0.relu#1` is the second call.
        targets_TB: class indices, one row an explanation wanted, or a function of the logits, such
            as `true_and_predicted(labels_B)`.

    Returns:
        Logits, and activations and gradients keyed by the names given.

    Raises:
        UserError: a layer that is unknown, not called, called several times, no (B, C, H, W) tensor,
            or without influence on the logits; targets of a wrong shape or beyond the model's classes;
            logits that are not a (B, K) tensor.
    """
    if not layers:
        raise UserError("no layer to capture: name at least one")
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(eval_mode(model))
        pick = stack.enter_context(keep_outputs(model, layers))
        # The model's parameters may be frozen: the graph starts at the picture. The clone keeps the
        # caller's tensor out of it, and lets the first layer work in place.
        logits_BK = check_logits(model(image_BCHW.clone().detach().requires_grad_().clone()))
        outputs = [pick(layer) for layer in layers]
        targets = resolve(targets_TB, logits_BK.detach())
        gradients = _gradients(logits_BK, targets, outputs, layers)
    return Captured(
        logits_BK.detach(),
        {layer: output.detach() for layer, output in zip(layers, outputs, strict=True)},
        dict(zip(layers, gradients, strict=True)),
        targets,
    )


def picture_gradients(
    model: nn.Module,
    image_BCHW: Tensor,
    targets_TB: Targets,
    watch: AbstractContextManager[object] | None = None,
) -> tuple[Tensor, Tensor]:
    """Derive each target's logit by the picture.

    Args:
        model, image_BCHW, targets_TB: as for `capture`.
        watch: a context in which the model runs forwards and backwards, such as
            `analysis.methods.rectifiers.Rectifiers`.

    Returns:
        (gradients (T, B, C, H, W), logits (B, K)), detached.

    Raises:
        UserError: as `capture`, for targets and logits.
    """
    with torch.inference_mode(False), torch.enable_grad(), eval_mode(model), watch or nullcontext():
        leaf_BCHW = image_BCHW.clone().detach().requires_grad_()
        logits_BK = check_logits(model(leaf_BCHW.clone()))
        targets = resolve(targets_TB, logits_BK.detach())
        (gradients,) = _gradients(logits_BK, targets, [leaf_BCHW], ["the picture"])
    return gradients, logits_BK.detach()


def logits_of(model: nn.Module, image_BCHW: Tensor) -> Tensor:
    """Logits (B, K) in evaluation mode, without a graph."""
    with torch.no_grad(), eval_mode(model):
        return check_logits(model(image_BCHW.clone()))


def true_and_predicted(labels_B: Tensor) -> Callable[[Tensor], Tensor]:
    """Targets whose row 0 is the true class and row 1 the predicted one.

    Args:
        labels_B: true class indices (B,), int64.
    """

    def targets(logits_BK: Tensor) -> Tensor:
        return torch.stack([labels_B.to(logits_BK.device), logits_BK.argmax(1)])

    return targets


@contextmanager
def keep_outputs(model: nn.Module, layers: Sequence[str]) -> Iterator[Callable[[str], Tensor]]:
    """Inside, layers keep what they return; gives a function from a layer's name to its output."""
    modules = dict(model.named_modules())
    calls: dict[str, list[Tensor]] = {}
    with ExitStack() as stack:
        for name in {_split(layer)[0] for layer in layers}:
            calls[name] = []
            stack.callback(_find(modules, name).register_forward_hook(_keep(name, calls[name])).remove)
        yield lambda layer: _pick(layer, calls)


def check_layers(model: nn.Module, layers: Sequence[str]) -> None:
    """Raise a UserError where a layer is none of the model's."""
    modules = dict(model.named_modules())
    for layer in layers:
        _find(modules, _split(layer)[0])


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside, each module's own mode again afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _split(layer: str) -> tuple[str, int | None]:
    """`name#2` -> (name, 2); `name` -> (name, None)."""
    name, mark, index = layer.rpartition("#")
    if not mark:
        return layer, None
    if not index.isdecimal():
        raise UserError(f"layer {layer!r}: {index!r} behind # is not the index of a call; write {name}#0")
    return name, int(index)


def _find(modules: dict[str, nn.Module], name: str) -> nn.Module:
    if not name or name not in modules:
        known = ", ".join(known for known in modules if known)
        raise UserError(f"layer {name!r} is unknown: use one of {known}")
    return modules[name]


def _keep(name: str, outputs: list[Tensor]) -> Callable[[nn.Module, object, object], Tensor]:
    """A forward hook that keeps the output and passes a clone on."""

    def hook(module: nn.Module, inputs: object, output: object) -> Tensor:
        if not isinstance(output, Tensor) or output.ndim != 4:
            what = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise UserError(f"layer {name!r} returns {what}, no (B, C, H, W) tensor: use a layer before it")
        outputs.append(output)
        return output.clone()

    return hook


def _pick(layer: str, calls: dict[str, list[Tensor]]) -> Tensor:
    """The output that a layer's name means."""
    name, index = _split(layer)
    count = len(calls[name])
    if count == 0:
        raise UserError(f"layer {name!r} is not called in this model's forward: use a layer that is")
    if index is None and count > 1:
        choices = ", ".join(f"{name}#{i}" for i in range(count))
        raise UserError(f"layer {name!r} is called {count} times a forward: name the call, one of {choices}")
    if index is not None and index >= count:
        raise UserError(f"layer {layer!r}: only {count} calls a forward; the last is {name}#{count - 1}")
    return calls[name][index or 0]


def check_logits(logits: object) -> Tensor:
    """The logits (B, K) that a model returned.

    Raises:
        UserError: it returned something else.
    """
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        what = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise UserError(f"the model returns {what}: it must return (B, K) logits")
    return logits


def resolve(targets_TB: Targets, logits_BK: Tensor) -> Tensor:
    """Class indices (T, B), int64, on the logits' device.

    Raises:
        UserError: they do not fit the logits (B, K): another shape or type, or beyond the classes.
    """
    targets = targets_TB if isinstance(targets_TB, Tensor) else targets_TB(logits_BK)
    batch, classes = logits_BK.shape
    if targets.ndim != 2 or len(targets) == 0 or targets.shape[1] != batch or targets.is_floating_point():
        raise UserError(
            f"targets are {tuple(targets.shape)} of {targets.dtype}: give class indices (T, {batch}), T ≥ 1"
        )
    if targets.numel() and (int(targets.min()) < 0 or int(targets.max()) >= classes):
        raise UserError(
            f"targets run from {int(targets.min())} to {int(targets.max())}: "
            f"the model has classes 0 to {classes - 1}"
        )
    return targets.to(logits_BK.device, torch.int64)


def _gradients(logits: Tensor, targets: Tensor, outputs: list[Tensor], layers: Sequence[str]) -> list[Tensor]:
    """One (T, B, C, H, W) tensor a layer. A sample's logit depends on that sample alone: sum, then derive."""
    scores_T = logits.gather(1, targets.T).sum(0)
    rows: list[Sequence[Tensor | None]] = []
    for row, score in enumerate(scores_T):
        last = row == len(scores_T) - 1
        rows.append(torch.autograd.grad(score, outputs, retain_graph=not last, allow_unused=True))
    for layer, gradient in zip(layers, rows[0], strict=True):
        if gradient is None:
            raise UserError(f"layer {layer!r} has no influence on the logits: use one that leads to them")
    columns = [[g for g in column if g is not None] for column in zip(*rows, strict=True)]
    return [column[0][None] if len(column) == 1 else torch.stack(column) for column in columns]
