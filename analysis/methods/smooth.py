"""Smooth Grad-CAM++: Grad-CAM++ from derivatives averaged over noisy copies of the picture.

Omeiza et al., "Smooth Grad-CAM++", 2019, equation 7: with D₁, D₂, D₃ the first three derivatives of
Y = exp(S) by A, averaged over n copies of the picture with noise, and A of the clean picture,

    wₖ = Σᵢⱼ αᵢⱼ·relu(mean D₁),    α = N/(2·mean D₂ + ΣA·mean D₃).

The paper prints N = mean D₁. Then α has another unit than in Grad-CAM++ (whose numerator is the second
derivative), and for noise that vanishes the map is not that of Grad-CAM++. `numerator="second"`, the
default, takes N = mean D₂, which tends to Grad-CAM++; `"first"` is as printed.

Where the denominator is not above 0 (mean D₃ may be negative where mean D₁ is not; for mean D₁ ≤ 0 the
weight is 0 anyway) the paper leaves it open: such positions get α = 0 here.
"""

# ruff: noqa: N803, N806, N815 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from analysis.methods.capture import Captured, Targets, capture
from analysis.methods.grad_cam import check_positive, weighted, wide

Numerator = Literal["second", "first"]
COPIES, SIGMA = 8, 0.15
"""Noisy copies, and the noise's standard deviation in units of the normalised picture's range (max − min)."""


@dataclass(frozen=True)
class Smooth:
    """Averaged derivatives of one layer, from which maps of the layer, of a channel or of a region come.

    All are divided by exp(`log_scale_TB`), so that none overflows.
    """

    activation_BCHW: Tensor
    """Of the clean picture."""
    first: Tensor
    """(T, B, C, H, W), mean D₁."""
    second: Tensor
    third: Tensor
    log_scale_TB: Tensor

    def layer(self, numerator: Numerator = "second") -> Tensor:
        """Raw maps (T, B, H, W) of the whole layer, over exp(log_scale)."""
        return weighted(self.activation_BCHW, self._parts(numerator).sum((-2, -1)))

    def feature_map(self, channel: int, numerator: Numerator = "second") -> Tensor:
        """Raw maps (T, B, H, W) of one channel alone; those of all channels sum to `layer`."""
        return self._only(self._parts(numerator).sum((-2, -1)), channel)

    def region(
        self, rows: slice, columns: slice, channel: int | None = None, numerator: Numerator = "second"
    ) -> Tensor:
        """Raw maps (T, B, H, W) of the neurons in a region of the grid, of one channel or of all.

        Only the region's positions give weight. Maps of regions that tile the grid sum to `layer`; a
        region of one position and one channel is one neuron.
        """
        weight_TBC = self._parts(numerator)[..., rows, columns].sum((-2, -1))
        return (
            weighted(self.activation_BCHW, weight_TBC) if channel is None else self._only(weight_TBC, channel)
        )

    def _only(self, weight_TBC: Tensor, channel: int) -> Tensor:
        kept = torch.zeros_like(weight_TBC)
        kept[..., channel] = weight_TBC[..., channel]
        return weighted(self.activation_BCHW, kept)

    def _parts(self, numerator: Numerator) -> Tensor:
        """α·relu(mean D₁) of each position."""
        total = wide(self.activation_BCHW).sum((-2, -1), keepdim=True)
        below = 2 * self.second + total * self.third
        above = self.second if numerator == "second" else self.first
        return torch.where(below > 0, above / below, 0) * self.first.relu()


def smooth_grad_cam_pp(
    model: nn.Module,
    image_BCHW: Tensor,
    layers: Sequence[str],
    targets_TB: Targets,
    noises: Iterable[Tensor] | None = None,
    *,
    copies: int = COPIES,
    sigma: float = SIGMA,
    seed: int = 0,
) -> tuple[dict[str, Smooth], Captured]:
    """Average the derivatives of several layers over noisy copies; memory does not grow with their number.

    Args:
        model, image_BCHW, layers, targets_TB: as for `capture`. Targets are resolved on the clean picture.
        noises: (B, 3, H, W) each, in their order, which does not change the result; None draws `copies`
            of standard deviation `sigma` × the picture's range by `seed`.

    Returns:
        Layer -> `Smooth`, and what was seen of the clean picture.

    Raises:
        UserError: as `capture`.
        UndefinedMethodError: a layer whose activations are below 0 somewhere.
    """
    clean = capture(model, image_BCHW, layers, targets_TB)
    for layer in layers:
        check_positive(clean.activations[layer])
    drawn = _noises(image_BCHW, copies, sigma, seed) if noises is None else noises
    means = {layer: _Mean() for layer in layers}
    for noise in drawn:
        seen = capture(model, image_BCHW + noise, layers, clean.targets_TB)
        for layer in layers:
            means[layer].add(wide(seen.gradients[layer]), seen.target_scores)
    return {layer: means[layer].result(clean.activations[layer]) for layer in layers}, clean


def _noises(image_BCHW: Tensor, copies: int, sigma: float, seed: int) -> Iterator[Tensor]:
    """Drawn on the CPU, so that devices agree; a picture's noise does not depend on its batch."""
    scale = sigma * (image_BCHW.amax((1, 2, 3), keepdim=True) - image_BCHW.amin((1, 2, 3), keepdim=True))
    generator = torch.Generator().manual_seed(seed)
    for _ in range(copies):
        drawn = torch.randn(image_BCHW.shape[1:], generator=generator)
        yield drawn.to(image_BCHW) * scale


class _Mean:
    """Running means of exp(S)·g, exp(S)·g² and exp(S)·g³ over exp(largest S so far)."""

    def __init__(self) -> None:
        self.count = 0
        self.top_TB: Tensor
        self.sums: list[Tensor] = []

    def add(self, gradient: Tensor, scores_TB: Tensor) -> None:
        scores_TB = wide(scores_TB)
        top = scores_TB if not self.count else torch.maximum(self.top_TB, scores_TB)
        now = _spread((scores_TB - top).exp(), gradient)
        # Third derivatives span many orders of magnitude: sums in float64 do not depend on their order.
        powers = [gradient.double() ** power * now for power in (1, 2, 3)]
        if self.count:
            before = _spread((self.top_TB - top).exp(), gradient)
            powers = [new + old * before for new, old in zip(powers, self.sums, strict=True)]
        self.count, self.top_TB, self.sums = self.count + 1, top, powers

    def result(self, activation: Tensor) -> Smooth:
        first, second, third = (total / self.count for total in self.sums)
        return Smooth(activation.double(), first, second, third, self.top_TB)


def _spread(value_TB: Tensor, like: Tensor) -> Tensor:
    return value_TB.double().reshape(*value_TB.shape, *(1,) * (like.ndim - 2))
