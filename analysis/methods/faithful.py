"""How well a map shows what the network uses: measured by the network itself, without a mask."""

# ruff: noqa: N803 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from analysis.methods.capture import logits_of
from analysis.questions.agreement import rank_correlation
from analysis.scores.pair import upsample

STEPS = 16


def confidence_changes(
    model: nn.Module, image_BCHW: Tensor, map_Bhw: Tensor, targets_B: Tensor
) -> dict[str, Tensor]:
    """What the class's probability does when only the explained part of the picture is shown.

    Chattopadhay et al. 2018, section 5.1: the explanation is the picture times the map, whose positive part
    is upsampled and brought to [0, 1] by its maximum.

    Returns:
        (B,) each: `drop` = max(0, Y − O)/Y and `increase` = 1 where O > Y, Y the probability of the
        picture and O that of the explanation; their means × 100 are "average drop %" and "increase in
        confidence %". nan where the map is nowhere positive.
    """
    positive = upsample(map_Bhw, (image_BCHW.shape[-2], image_BCHW.shape[-1])).clamp_min(0)[:, None]
    top = positive.amax((1, 2, 3), keepdim=True)
    whole, shown = (_probability(model, x, targets_B) for x in (image_BCHW, image_BCHW * positive / top))
    known = top[:, 0, 0, 0] > 0
    found = {"drop": (whole - shown).clamp_min(0) / whole, "increase": (shown > whole).float()}
    return {name: torch.where(known, value, torch.nan) for name, value in found.items()}


def wins(drop_one: Tensor, drop_other: Tensor) -> float:
    """ "Win %" of one method over another, in [0, 1]: the fraction of pictures where it drops less, ties
    half."""
    known = ~(drop_one.isnan() | drop_other.isnan())
    less = (drop_one < drop_other).float() + 0.5 * (drop_one == drop_other).float()
    return float(less[known].mean())


def deletion_insertion(
    model: nn.Module, image_BCHW: Tensor, map_Bhw: Tensor, targets_B: Tensor, steps: int = STEPS
) -> dict[str, Tensor]:
    """Areas under the class's probability as pixels go, or come, from the highest value of the map down.

    Petsiuk et al., "RISE", BMVC 2018, section 4.2. Pixels go to 0, the mean colour; they come to a picture
    of 0. Pixels of one value go in their order. Trapezoids over `steps` equal steps.

    Returns:
        `deletion` (low is good) and `insertion` (high is good), (B,) in [0, 1].
    """
    size = (image_BCHW.shape[-2], image_BCHW.shape[-1])
    full = upsample(map_Bhw, size).flatten(1)
    place = full.argsort(dim=1, descending=True, stable=True).argsort(1)
    curves: dict[str, list[Tensor]] = {"deletion": [], "insertion": []}
    for step in range(steps + 1):
        taken = (place < round(step / steps * place.shape[1])).view(-1, 1, *size)
        curves["deletion"].append(_probability(model, image_BCHW * ~taken, targets_B))
        curves["insertion"].append(_probability(model, image_BCHW * taken, targets_B))
    return {name: torch.trapezoid(torch.stack(curve), dx=1 / steps, dim=0) for name, curve in curves.items()}


def randomised(model: nn.Module, seed: int = 0) -> Iterator[tuple[str, nn.Module]]:
    """The model with its layers made random one after another from the last, (layer, model) each.

    Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, section 4.1 (cascading): a map that
    stays the same does not show what was learned. Weights are drawn anew as `reset_parameters` does. The
    model has its own weights again afterwards.
    """
    layers = [
        (n, m) for n, m in model.named_modules() if n and callable(getattr(m, "reset_parameters", None))
    ]
    with _kept(model), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        for name, module in reversed(layers):
            module.reset_parameters()
            yield name, model


def sanity_curve(
    model: nn.Module, maps: Callable[[nn.Module], Tensor], every: int = 1, seed: int = 0
) -> list[tuple[str, float]]:
    """Mean Spearman correlation of the maps (B, h, w) with those of the trained model, layer by layer.

    A picture where one of both maps is constant is left out; nan where that is all of them.
    """
    trained = maps(model)
    return [
        (name, _mean_rank_correlation(maps(changed), trained))
        for i, (name, changed) in enumerate(randomised(model, seed))
        if i % every == 0
    ]


def _mean_rank_correlation(one: Tensor, other: Tensor) -> float:
    pairs = zip(*(maps.detach().double().cpu().numpy() for maps in (one, other)), strict=True)
    return float(torch.tensor([rank_correlation(a, b) for a, b in pairs]).nanmean())


def _probability(model: nn.Module, image: Tensor, targets_B: Tensor) -> Tensor:
    return logits_of(model, image).softmax(1).gather(1, targets_B[:, None])[:, 0]


@contextmanager
def _kept(model: nn.Module) -> Iterator[None]:
    state = {name: value.clone() for name, value in model.state_dict().items()}
    try:
        yield
    finally:
        model.load_state_dict(state)
