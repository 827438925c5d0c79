"""Scores: exact by hand, against numpy, and the traps of size, resolution, offset and emptiness."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.alignment import SCORES, align, bce, coverage, downsample, energy, iou, reason, reward, upsample
from generator.errors import UserError

MAP = torch.tensor([[[4.0, 2.0], [1.0, -3.0]]])
MASK = torch.tensor([[[True, False], [True, False]]])


def test_scores_by_hand() -> None:
    # Â = 1, 1/2, 1/4, 0; P = 4/7, 2/7, 1/7, 0; mask: the left column, p = 1/2.
    assert coverage(MAP, MASK).tolist() == [0.625]
    assert energy(MAP, MASK).item() == pytest.approx(5 / 7)
    assert iou(MAP, MASK).item() == pytest.approx(1 / 3)
    assert reward(MAP, MASK).item() == pytest.approx(5 / 7 - 2 / 7)
    by_hand = -(math.log(1 - 1e-6) + math.log(1 / 2) + math.log(1 / 4) + math.log(1 - 1e-6)) / 4
    assert bce(MAP, MASK).item() == pytest.approx(by_hand)


def test_reward_by_hand_on_a_quarter() -> None:
    mask = torch.tensor([[[True, False], [False, False]]])
    # 4/7 inside earns 1, 3/7 outside pays 1/3.
    assert reward(MAP, mask).item() == pytest.approx(4 / 7 - 3 / 7 / 3)
    assert reward(torch.ones(1, 2, 2), mask).item() == pytest.approx(0, abs=1e-7)
    assert reward(mask.float(), mask).item() == 1


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
    return {
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
        got = score.function(torch.tensor(raw), torch.tensor(mask))
        expected = [_numpy_scores(raw[b], mask[b])[name] for b in range(20)]
        assert got.dtype == torch.float32
        # float32 holds the clip 1 - 1e-6 to 6e-8 only: log(1 - Â) of a few pixels is off by up to 0.06.
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-5, atol=1e-2 if name == "bce" else 1e-6)


def _disc(share: float, side: int = 224, x: float = 0.5, y: float = 0.5) -> Tensor:
    """A disc of a share of the picture, (1, side, side)."""
    centre = (torch.arange(side) + 0.5) / side
    distance = (centre[None, :] - x) ** 2 + (centre[:, None] - y) ** 2
    return (distance < share / math.pi)[None]


def _mixture(mask: Tensor, grid: int) -> Tensor:
    """Half the oracle, half uniform, both as distributions, (1, grid, grid)."""
    oracle = downsample(mask, (grid, grid))
    return 0.5 * oracle / oracle.sum() + 0.5 / grid**2


def test_raw_energy_of_a_perfect_map_falls_with_size_and_resolution() -> None:
    def perfect(share: float, grid: int) -> float:
        mask = _disc(share)
        return float(align(downsample(mask, (grid, grid)), mask)["energy"])

    assert perfect(0.05, 7) == pytest.approx(0.55, abs=0.05)
    assert perfect(0.40, 7) == pytest.approx(0.85, abs=0.02)
    assert perfect(0.05, 14) == pytest.approx(0.76, abs=0.02)
    assert perfect(0.40, 14) == pytest.approx(0.92, abs=0.02)


# Largest difference of the corrected score of a fixed mixture between vehicles of 5, 10, 20 and 40 %.
# energy and reward are linear in P: no drift beyond rounding. bce barely moves because it hardly tells the
# mixture from the oracle; iou drifts for good, and the bound here says by how much.
DRIFT = [("energy", 0.0, 0.001), ("reward", 0.0, 0.001), ("bce", 0.015, 0.03), ("iou", 0.15, 0.40)]


@pytest.mark.parametrize("grid", [7, 14])
@pytest.mark.parametrize(("name", "least", "most"), DRIFT)
def test_drift_of_the_corrected_mixture(name: str, least: float, most: float, grid: int) -> None:
    for x, y in ((0.5, 0.5), (0.47, 0.55)):
        values = []
        for share in (0.05, 0.1, 0.2, 0.4):
            mask = _disc(share, x=x, y=y)
            values.append(float(align(_mixture(mask, grid), mask)[f"{name}_corrected"]))
        assert least <= max(values) - min(values) <= most
        if name in ("energy", "reward"):
            assert values == pytest.approx([0.5] * 4, abs=0.001)


@pytest.mark.parametrize("grid", [7, 14, 10])
def test_uniform_is_0_and_the_oracle_1(grid: int) -> None:
    mask = torch.cat([_disc(0.1), _disc(0.3, x=0.2)])
    uniform = align(torch.full((2, grid, grid), 0.3), mask)
    oracle = align(5 * downsample(mask, (grid, grid)), mask)
    for name in ("iou", "energy", "bce", "reward"):
        assert uniform[f"{name}_corrected"].tolist() == pytest.approx([0, 0], abs=1e-5)
        assert oracle[f"{name}_corrected"].tolist() == pytest.approx([1, 1], abs=1e-5)
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
    assert reason(maps, mask) == ["", "empty map", "empty map", "empty mask", "map not finite", "full mask"]
    scores = align(maps, mask)
    for name in SCORES:
        assert scores[name].isnan().tolist() == [False, True, True, True, True, name == "reward"]
    assert scores["energy_corrected"].isnan().tolist() == [False, True, True, True, True, True]


def test_a_faint_cell_that_vanishes_on_the_way_to_the_mask_is_an_empty_map() -> None:
    raw = torch.full((1, 4, 4), -10.0)
    raw[0, 1, 1] = 0.01
    mask = torch.ones(1, 16, 16, dtype=torch.bool)
    mask[0, 0] = False
    assert reason(raw, mask) == ["empty map"]
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
