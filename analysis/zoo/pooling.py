"""Average pooling to a stated size whose gradients repeat on every device.

torch's `AdaptiveAvgPool2d` adds up gradients in any order on CUDA, and is refused there in a training that is
to repeat; its output of 1×1 alone is not.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class AveragePool(nn.Module):
    """Exactly `torch.nn.AdaptiveAvgPool2d(size)`: (B, C, H, W) -> (B, C, size, size)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, maps: Tensor) -> Tensor:
        height, width = (self._windows(side, maps) for side in maps.shape[-2:])
        cells = height.sum(1)[:, None] * width.sum(1)
        return height @ maps @ width.T / cells

    def _windows(self, side: int, like: Tensor) -> Tensor:
        """(size, side): 1 inside each row's window; windows overlap where `size` does not divide `side`."""
        index = torch.arange(self.size, device=like.device)[:, None]
        first, past = index * side // self.size, -(-(index + 1) * side // self.size)
        cells = torch.arange(side, device=like.device)
        return ((cells >= first) & (cells < past)).to(like.dtype)
