"""The number format in which a network computes."""

from __future__ import annotations

from typing import Literal

import torch

from loop.config.training import Precision

HALVES: dict[Precision, torch.dtype] = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}
"""The type of the activations, where it is not float32."""


def resolved(asked: Precision | Literal["auto"]) -> Precision:
    """`auto` resolved: `bf16-mixed` where the device has instructions for it, else `32-true`.

    Where it has none, bfloat16 is emulated: a CPU with AVX2 trains ten times slower so than in float32.
    """
    if asked != "auto":
        return asked
    return "bf16-mixed" if _computes_in_bf16() else "32-true"


def _computes_in_bf16() -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return any(has for name, has in torch.cpu.get_capabilities().items() if name.endswith("bf16"))
