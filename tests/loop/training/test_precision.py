"""In which numbers is computed where nobody says so."""

from pathlib import Path

import pytest
import torch

from loop.training.precision import resolved

CPU = Path("/proc/cpuinfo")


def on(monkeypatch: pytest.MonkeyPatch, cuda: bool | None, **cpu: bool) -> str:
    """What `auto` means on a machine; `cuda` says whether its GPU computes in bfloat16, None: it has none."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda is not None)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: cuda)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, **cpu})
    return resolved("auto")


def test_halves_are_taken_where_there_are_instructions_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on(monkeypatch, None, avx512_bf16=False, amx_bf16=False) == "32-true"
    assert on(monkeypatch, None, avx512_bf16=False, amx_bf16=True) == "bf16-mixed"
    assert on(monkeypatch, None, bf16=True) == "bf16-mixed", "as ARM calls it"
    assert on(monkeypatch, True, amx_bf16=False) == "bf16-mixed"
    assert on(monkeypatch, False, amx_bf16=True) == "32-true", "the GPU computes, not the CPU"
    assert resolved("16-mixed") == "16-mixed"


@pytest.mark.skipif(
    torch.cuda.is_available() or not CPU.exists(),
    reason="the GPU computes, or no list of the CPU's instructions",
)
def test_this_machine_is_what_its_kernel_says() -> None:
    flags = CPU.read_text().split()
    assert (resolved("auto") == "bf16-mixed") == any(flag.endswith("bf16") for flag in flags)
