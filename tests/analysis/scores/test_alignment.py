"""Scores: exact by hand, against numpy, and the traps of size, resolution, offset and emptiness."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

from analysis.scores.alignment import align, evidence, iou_curves, paired, reason
from analysis.scores.correction import measure_scale
from analysis.scores.energy import energy, pixel_ap, pixel_auroc, pointing, rank
from analysis.scores.entropy import bce, cross_entropy, kl
from analysis.scores.intersection import choose_threshold, coverage, dice, iou, soft_iou
from analysis.scores.pair import Pair, downsample, upsample
from analysis.scores.parts import NAMES, area_fractions, ground_shadow, part_fractions
from analysis.scores.reinforcement import clipped_surrogate, reward, soft_reward
from analysis.scores.table import SCORES
from generator.errors import UserError

MAP = torch.tensor([[[4.0, 2.0], [1.0, -3.0]]])
MASK = torch.tensor([[[True, False], [True, False]]])


def test_scores_by_hand() -> None:
    # Â = 1, 1/2, 1/4, 0; P = 4/7, 2/7, 1/7, 0; mask: the left column, p = 1/2.
    assert coverage(Pair(MAP, MASK)).tolist() == [0.625]
    assert energy(Pair(MAP, MASK)).item() == pytest.approx(5 / 7)
    assert iou(Pair(MAP, MASK)).item() == pytest.approx(1 / 3)
    assert reward(Pair(MAP, MASK)).item() == pytest.approx(5 / 7 - 2 / 7)
    by_hand = -(math.log(1 - 1e-6) + math.log(1 / 2) + math.log(1 / 4) + math.log(1 - 1e-6)) / 4
    assert bce(Pair(MAP, MASK)).item() == pytest.approx(by_hand)


def test_reward_by_hand_on_a_quarter() -> None:
    mask = torch.tensor([[[True, False], [False, False]]])
    # 4/7 inside earns 1, 3/7 outside pays 1/3.
    assert reward(Pair(MAP, mask)).item() == pytest.approx(4 / 7 - 3 / 7 / 3)
    assert reward(Pair(torch.ones(1, 2, 2), mask)).item() == pytest.approx(0, abs=1e-7)
    assert reward(Pair(mask.float(), mask)).item() == 1


def _numpy_scores(raw: NDArray[np.float64], mask: NDArray[np.bool_]) -> dict[str, float]:
    """All scores pixel by pixel, from the table of formulas."""
    top = max(float(v) for v in raw.ravel())
    lit, inside, total, both, either, loss, hits = 0.0, 0.0, 0.0, 0, 0, 0.0, 0
    for value, on in zip(raw.ravel(), mask.ravel(), strict=True):
        scaled = max(float(value), 0.0) / top
        total += scaled
        lit += scaled * on
        inside += scaled * on
        hits += int(on)
        both += int(scaled >= 0.5 and on)
        either += int(scaled >= 0.5 or on)
        clipped = min(max(scaled, 1e-6), 1 - 1e-6)
        loss -= math.log(clipped) if on else math.log(1 - clipped)
    share = hits / raw.size
    flat, on = raw.ravel(), mask.ravel()
    p = np.maximum(flat, 0) / np.maximum(flat, 0).sum()
    logs = np.log(np.maximum(p, 1e-6 / raw.size))
    soft = np.minimum(p / p.max(), on).sum() / np.maximum(p / p.max(), on).sum()
    more = {
        "dice": 2 * both / (both + either),
        "soft_iou": soft,
        "rank": on[np.argsort(-flat)[:hits]].mean(),
        "pointing": float(on[flat.argmax()]),
        "pixel_auroc": roc_auc_score(on, flat),
        "pixel_ap": average_precision_score(on, flat),
        "cross_entropy": -(on / hits * logs).sum(),
        "kl": -(on / hits * logs).sum() - math.log(hits),
        "soft_reward": inside / total - (1 - inside / total) * share / (1 - share)
        - 0.1 * (p * logs).sum() / math.log(raw.size),
    }  # fmt: skip
    return more | {
        "coverage": lit / hits,
        "energy": inside / total,
        "iou": both / either,
        "bce": loss / raw.size,
        "reward": inside / total - (1 - inside / total) * share / (1 - share),
    }


def test_scores_equal_numpy_on_random_maps() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(20, 13, 9))
    mask = rng.random((20, 13, 9)) < rng.uniform(0.1, 0.9, size=(20, 1, 1))
    for name, score in SCORES.items():
        got = score.function(Pair(torch.tensor(raw), torch.tensor(mask)))
        expected = [_numpy_scores(raw[b], mask[b])[name] for b in range(20)]
        assert got.dtype == torch.float32
        # float32 holds the clip 1 - 1e-6 to 6e-8 only: log(1 - Â) of a few pixels is off by up to 0.06.
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-5, atol=1e-2 if name == "bce" else 1e-6)


def _disc(share: float, side: int = 224, x: float = 0.5, y: float = 0.5) -> Tensor:
    """A disc of a share of the picture, (1, side, side)."""
    centre = (torch.arange(side) + 0.5) / side
    distance = (centre[None, :] - x) ** 2 + (centre[:, None] - y) ** 2
    return (distance < share / math.pi)[None]


def _mixture(mask: Tensor, grid: int, share: float) -> Tensor:
    """A share of the oracle, the rest uniform, both as distributions, (1, grid, grid)."""
    oracle = downsample(mask, (grid, grid))
    return share * oracle / oracle.sum() + (1 - share) / grid**2


def test_raw_energy_of_a_perfect_map_falls_with_size_and_resolution() -> None:
    def perfect(share: float, grid: int) -> float:
        mask = _disc(share)
        return float(align(downsample(mask, (grid, grid)), mask)["energy"])

    assert perfect(0.05, 7) == pytest.approx(0.55, abs=0.05)
    assert perfect(0.40, 7) == pytest.approx(0.85, abs=0.02)
    assert perfect(0.05, 14) == pytest.approx(0.76, abs=0.02)
    assert perfect(0.40, 14) == pytest.approx(0.92, abs=0.02)


# Corrected scores of a fixed mixture. Order does not see the uniform part: those scores are 1 throughout.
NO_FULL = ("reward", "soft_reward", "pixel_auroc")
ORDER = ("rank", "pointing", "pixel_auroc", "pixel_ap")
CORRECTED = [name for name, score in SCORES.items() if score.correction]


def test_every_score_has_a_correction_but_those_that_cannot() -> None:
    assert set(SCORES) - set(CORRECTED) == {"coverage", "iou", "dice"}


@pytest.mark.parametrize("grid", [7, 14])
@pytest.mark.parametrize("share", [0.2, 0.3, 0.5, 0.75])
@pytest.mark.parametrize("name", CORRECTED)
def test_drift_of_the_corrected_mixture(name: str, share: float, grid: int) -> None:
    values = []
    for x, y in ((0.5, 0.5), (0.47, 0.55)):
        for size in (0.05, 0.1, 0.2, 0.4):
            mask = _disc(size, x=x, y=y)
            values.append(float(align(_mixture(mask, grid, share), mask)[f"{name}_corrected"]))
    assert max(values) - min(values) <= 0.02
    assert values == pytest.approx([1.0 if name in ORDER else share] * len(values), abs=0.02)


@pytest.mark.parametrize("grid", [7, 14, 10])
def test_uniform_is_0_and_the_oracle_1(grid: int) -> None:
    mask = torch.cat([_disc(0.1), _disc(0.3, x=0.2)])
    uniform = align(torch.full((2, grid, grid), 0.3), mask)
    oracle = align(5 * downsample(mask, (grid, grid)), mask)
    for name in CORRECTED:
        assert uniform[f"{name}_corrected"].tolist() == pytest.approx([0, 0], abs=1e-4)
        assert oracle[f"{name}_corrected"].tolist() == pytest.approx([1, 1], abs=1e-4)
    assert oracle["coverage_corrected"].isnan().all()
    assert uniform["coverage"].tolist() == [1, 1]


def test_one_hot_cell_has_high_energy_and_covers_little() -> None:
    mask = _disc(0.2)
    hot = torch.zeros(1, 7, 7)
    hot[0, 3, 3] = 1
    scores = align(hot, mask)
    assert float(scores["energy"]) > 0.97
    assert float(scores["coverage"]) < 0.15


def test_scale_does_not_matter_and_an_offset_does() -> None:
    mask = _disc(0.2)
    raw = downsample(mask, (7, 7)) - 0.05
    scores, scaled, floored = align(raw, mask), align(1e-30 * raw, mask), align(raw + 0.15, mask)
    for name in SCORES:
        torch.testing.assert_close(scores[name], scaled[name], rtol=1e-5, atol=1e-6)
    assert float(floored["energy"]) < float(scores["energy"]) - 0.1


def test_pictures_of_a_batch_do_not_mix() -> None:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(5, 7, 7, generator=generator)
    mask = torch.rand(5, 56, 56, generator=generator) < 0.3
    together = align(maps, mask)
    for b in range(5):
        alone = align(maps[b : b + 1], mask[b : b + 1])
        for name in together:
            torch.testing.assert_close(together[name][b : b + 1], alone[name], equal_nan=True)


def test_no_score_is_nan_with_a_reason() -> None:
    good, zero, negative = torch.ones(4, 4), torch.zeros(4, 4), -torch.ones(4, 4)
    broken = torch.ones(4, 4)
    broken[1, 1] = torch.nan
    good[0, 0] = 2
    maps = torch.stack([good, zero, negative, good, broken, good])
    mask = torch.zeros(6, 16, 16, dtype=torch.bool)
    mask[:, :8] = True
    mask[3] = False
    mask[5] = True
    assert reason(paired(maps, mask)) == [
        "",
        "empty map",
        "empty map",
        "empty mask",
        "map not finite",
        "full mask",
    ]
    scores = align(maps, mask)
    for name in SCORES:
        assert scores[name].isnan().tolist() == [False, True, True, True, True, name in NO_FULL]
    assert scores["energy_corrected"].isnan().tolist() == [False, True, True, True, True, True]


def test_a_faint_cell_that_vanishes_on_the_way_to_the_mask_is_an_empty_map() -> None:
    raw = torch.full((1, 4, 4), -10.0)
    raw[0, 1, 1] = 0.01
    mask = torch.ones(1, 16, 16, dtype=torch.bool)
    mask[0, 0] = False
    assert reason(paired(raw, mask)) == ["empty map"]
    assert align(raw, mask)["energy"].isnan().all()


def test_upsampling_is_bilinear_without_aligned_corners() -> None:
    got = upsample(torch.tensor([[[0.0, 4.0]]]), (1, 4))
    assert got.tolist() == [[[0.0, 1.0, 3.0, 4.0]]]
    halves = torch.tensor([[[True, False, False, False], [True, True, False, False]]])
    assert downsample(halves, (1, 2)).tolist() == [[[0.75, 0.0]]]


def test_mistakes_are_told() -> None:
    with pytest.raises(UserError, match=r"maps \(1, 8, 8\) and masks \(1, 4, 4\): a map may not be finer"):
        align(torch.ones(1, 8, 8), torch.ones(1, 4, 4))
    with pytest.raises(UserError, match="of one batch"):
        align(torch.ones(2, 2, 2), torch.ones(1, 4, 4))


def test_order_scores_share_ties() -> None:
    maps = torch.tensor([[[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]])
    mask = torch.tensor([[[True, False, False], [True, False, False]]])
    pair = Pair(maps, mask)
    assert float(pointing(pair)) == pytest.approx(2 / 3)
    assert float(rank(pair)) == pytest.approx(2 / 3)  # 2 of 3 tied pixels, 2/3 of each on the vehicle
    flat, on = maps.flatten().numpy(), mask.flatten().numpy()
    assert float(pixel_auroc(pair)) == pytest.approx(roc_auc_score(on, flat))
    assert float(pixel_ap(pair)) == pytest.approx(average_precision_score(on, flat))
    rng = np.random.default_rng(1)
    many, masks = rng.integers(-2, 4, (30, 5, 7)).astype(float), rng.random((30, 5, 7)) < 0.3
    found = Pair(torch.tensor(many), torch.tensor(masks))
    for b in range(30):
        known = roc_auc_score(masks[b].ravel(), many[b].ravel())
        assert float(pixel_auroc(found)[b]) == pytest.approx(known, abs=1e-6)
        known = average_precision_score(masks[b].ravel(), many[b].ravel())
        assert float(pixel_ap(found)[b]) == pytest.approx(known, abs=1e-6)


def test_distributions_by_hand() -> None:
    # P = 4/7, 2/7, 1/7, 0 and U = 1/2 on the left column.
    pair = Pair(MAP, MASK)
    assert cross_entropy(pair).item() == pytest.approx(-(math.log(4 / 7) + math.log(1 / 7)) / 2)
    assert kl(pair).item() == pytest.approx(-(math.log(4 / 7) + math.log(1 / 7)) / 2 - math.log(2))
    assert kl(Pair(MASK.float(), MASK)).item() == pytest.approx(0, abs=1e-6)
    entropy = -sum(p * math.log(p) for p in (4 / 7, 2 / 7, 1 / 7))
    assert soft_reward(pair).item() == pytest.approx(3 / 7 + 0.1 * entropy / math.log(4))
    assert soft_iou(pair).item() == pytest.approx(1.25 / 2.5)
    assert dice(pair).item() == pytest.approx(0.5)


def test_clipped_surrogate_by_hand() -> None:
    before = Pair(torch.tensor([[[1.0, 1.0], [1.0, 1.0]]]), MASK)
    assert clipped_surrogate(before, before).item() == pytest.approx(0, abs=1e-7)
    # a = ±1; P/P₀ = 16/7, 8/7, 4/7, 0: clipped to 1.2, 8/7, and unclipped where that is worse.
    by_hand = 0.25 * (min(16 / 7, 1.2) - max(8 / 7, 0.8) + min(4 / 7, 0.8) - max(0, 0.8))
    assert clipped_surrogate(Pair(MAP, MASK), before).item() == pytest.approx(by_hand)
    better = Pair(MASK.float(), MASK)
    assert clipped_surrogate(better, before).item() == pytest.approx(0.25 * (1.2 - 0.8) * 2)
    assert clipped_surrogate(better, Pair(-torch.ones(1, 2, 2), MASK)).isnan().all()


def test_evidence_is_raw_and_keeps_the_scale_of_exp() -> None:
    found = evidence(Pair(MAP, MASK))
    assert (found["evidence_inside"].item(), found["evidence_outside"].item()) == (5.0, 2.0)
    grown = evidence(Pair(MAP, MASK), torch.tensor([math.log(3.0)]))
    assert grown["evidence_inside"].item() == pytest.approx(15.0)
    assert evidence(Pair(-MAP.abs(), MASK))["evidence_inside"].item() == 0
    assert evidence(Pair(MAP, torch.zeros_like(MASK)))["evidence_inside"].isnan().all()


def test_thresholds_are_chosen_on_other_pictures() -> None:
    curves = iou_curves(Pair(MAP, MASK))
    # Lit from 0.1, 0.2: three pixels, two on the vehicle; from 0.3 on two, one on it; from 0.6 one.
    assert [round(float(v), 4) for v in curves.values()] == [0.6667] * 2 + [0.3333] * 3 + [0.5] * 4
    assert choose_threshold(torch.tensor([[0.1, 0.5, 0.2], [0.3, math.nan, 0.9]])) == 2
    assert choose_threshold(torch.full((2, 3), math.nan)) == 0


def test_a_scale_is_shared_between_maps() -> None:
    mask = torch.cat([_disc(0.1), _disc(0.3)])
    maps = torch.rand(2, 7, 7, generator=torch.Generator().manual_seed(0))
    alone, shared = align(maps, mask), align(maps, mask, measure_scale(mask, (7, 7)))
    assert all(torch.equal(alone[n].nan_to_num(), shared[n].nan_to_num()) for n in alone)


def test_parts_and_the_ground_under_the_vehicle() -> None:
    parts = torch.zeros(1, 10, 4, dtype=torch.long)
    parts[0, 0:6, 1:3] = 1
    parts[0, 6:8, 1:3] = 3
    shadow = ground_shadow(parts > 0)
    assert shadow[0].nonzero().tolist() == [[8, 1], [8, 2]]
    maps = torch.zeros(1, 10, 4)
    maps[0, 0, 1], maps[0, 7, 2], maps[0, 8, 1], maps[0, 0, 0], maps[0, 9, 3] = 4.0, 2.0, 1.0, 1.0, -5.0
    shares = {name: float(value) for name, value in part_fractions(maps, parts).items()}
    assert shares["body"] == 0.5
    assert (shares["wheel"], shares["shadow"], shares["rest"]) == (0.25, 0.125, 0.125)
    assert sum(shares.values()) == pytest.approx(1)
    assert tuple(shares) == NAMES
    assert float(area_fractions(parts)["body"]) == pytest.approx(12 / 40)
    assert part_fractions(-maps.abs(), parts)["body"].isnan().all()
