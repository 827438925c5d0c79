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
        height, width = (self._windows(side).to(maps) for side in maps.shape[-2:])
        with torch.autocast(maps.device.type, enabled=False):
            return height @ maps @ width.T

    def _windows(self, side: int) -> Tensor:
        """(size, side): each row's window, of sum 1; windows overlap where `size` does not divide `side`."""
        index = torch.arange(self.size)
        first, past = index * side // self.size, -(-(index + 1) * side // self.size)
        cells = torch.arange(side)
        inside = (cells >= first[:, None]) & (cells < past[:, None])
        return inside / (past - first)[:, None]
