"""Other rules for the way back through ReLUs: guided backpropagation and deconvnet.

Hooks on modules miss ReLUs that a network calls as functions (GoogLeNet, DenseNet) and ReLU6 (MobileNet);
what they return there is silently the plain gradient. `Rectifiers` sees every call of torch instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from analysis.methods.grad_cam import UndefinedMethodError

Rule = Literal["guided", "deconvnet"]

RELUS: dict[Any, bool] = {
    F.relu: False, F.relu_: True, torch.relu: False, torch.relu_: True,
    Tensor.relu: False, Tensor.relu_: True,
}  # fmt: skip
"""Function -> whether it works in place."""
CLIPPED: dict[Any, bool] = {F.relu6: False, F.hardtanh: False, F.hardtanh_: True}
OTHER = {
    getattr(F, name): name
    for name in (
        "silu", "gelu", "hardswish", "mish", "leaky_relu", "leaky_relu_", "elu", "elu_", "selu", "selu_",
        "celu", "celu_", "prelu", "rrelu", "rrelu_", "softplus", "logsigmoid", "softsign", "tanhshrink",
    )
}  # fmt: skip
"""Units that stand in place of a ReLU and for which the rules are not defined."""
OTHER |= {torch.prelu: "prelu", torch.celu: "celu", torch.selu: "selu", torch.rrelu: "rrelu"}


class _Rectify(torch.autograd.Function):
    """min(relu(x), ceiling) forwards; backwards the positive part of the gradient, guided or not."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ceiling: float, guided: bool, inplace: bool) -> Tensor:
        ctx.passed = (x > 0) & (x < ceiling) if guided else None
        if not inplace:
            return x.clamp(0, ceiling)
        ctx.mark_dirty(x)
        return x.clamp_(0, ceiling)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        positive = gradients[0].clamp_min(0)
        return positive if ctx.passed is None else positive * ctx.passed, None, None, None


class Rectifiers(TorchFunctionMode):
    """Inside this context every ReLU and ReLU6, module or function, in place or not, follows the rule.

    `guided`: Springenberg et al., "Striving for Simplicity", ICLR 2015 workshop, section 3.4: what comes
    back passes where it is positive and the unit was active; for ReLU6 active means 0 < x < 6.
    `deconvnet`: Zeiler & Fergus, ECCV 2014: what comes back passes where it is positive.

    Raises:
        UndefinedMethodError: the network calls another unit in place of a ReLU, such as SiLU.
    """

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule = rule
        self.met = 0
        """Rectifiers called so far."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if func in RELUS or (func in CLIPPED and _is_relu6(func, args, given)):
            return self._rectified(func, args, given)
        if func in OTHER:
            raise UndefinedMethodError(
                f"{self.rule} is not defined for this network: it calls {OTHER[func]}, and the rule is for "
                "ReLU and ReLU6 alone; use saliency or smooth_grad"
            )
        return func(*args, **given)

    def _rectified(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Tensor:
        self.met += 1
        x = args[0] if args else given["input"]
        ceiling = float("inf") if func in RELUS else 6.0
        position = {F.relu: 1, F.relu6: 1, F.hardtanh: 3}.get(func)
        asked = position is not None and len(args) > position and bool(args[position])
        inplace = RELUS.get(func, CLIPPED.get(func, False)) or asked or bool(given.get("inplace", False))
        result: Tensor = _Rectify.apply(x, ceiling, self.rule == "guided", inplace)
        return result


def _is_relu6(func: Any, args: tuple[Any, ...], given: Mapping[str, Any]) -> bool:
    if func is F.relu6:
        return True
    low = args[1] if len(args) > 1 else given.get("min_val", -1.0)
    high = args[2] if len(args) > 2 else given.get("max_val", 1.0)
    if (low, high) == (0.0, 6.0):
        return True
    raise UndefinedMethodError(
        f"the rules for ReLUs are not defined for hardtanh from {low} to {high}: only 0 to 6"
    )
