"""The named colour is what comes out: in every environment, with every finish."""

from __future__ import annotations

import colorsys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from generator.spec import COLORS, ENVIRONMENTS, FINISHES, PARTS
from tests.helpers.blender import make_spec, render, run

TOLERANCE = 12.0
"""Degrees between the hue of a colour's name and the median hue of the lit paint of a probe picture."""
SATURATION = 0.45
"""What the median saturation of the same pixels is above, unless the colour is a grey."""
GREYS = {"w": (0.6, 1.0), "s": (0.35, 0.85), "k": (0.0, 0.33)}
"""Letters of colours without a hue, and where their median value lies: HSV, day and night."""
GREY_SATURATION = 0.25
LIT = (0.3, 0.95)
"""Quantiles of the value between which paint counts as lit: neither shade nor a mirror of the sun."""
PROBE = {"samples": 6, "size": 34, "azimuth": 60.0, "sun_azimuth": 70.0, "sharpening": 1.0, "contrast": 0.7}


def _lit_hsv(picture: dict[str, NDArray[np.uint8]]) -> NDArray[np.float64]:
    """(n, 3): hue, saturation and value of the lit pixels of the body."""
    paint = picture["rgb"][picture["parts"] == PARTS.index("body")] / 255.0
    low, high = np.quantile(paint.max(1), LIT)
    lit = paint[(paint.max(1) >= low) & (paint.max(1) <= high)]
    return np.array([colorsys.rgb_to_hsv(*pixel) for pixel in lit])


def _check(letter: str, picture: dict[str, NDArray[np.uint8]], where: str) -> None:
    hsv = _lit_hsv(picture)
    assert len(hsv) > 60
    if letter in GREYS:
        low, high = GREYS[letter]
        assert low <= np.median(hsv[:, 2]) <= high, (letter, where)
        # What is dark mirrors its surroundings: the hue of the sky is no fault of a black paint.
        assert letter == "k" or np.median(hsv[:, 1]) < GREY_SATURATION, (letter, where)
        return
    named = colorsys.rgb_to_hsv(*COLORS[letter].srgb)[0]
    turn = np.median((hsv[:, 0] - named + 0.5) % 1 - 0.5) * 360
    assert abs(turn) <= TOLERANCE, (letter, where, turn)
    assert np.median(hsv[:, 1]) >= SATURATION, (letter, where, np.median(hsv[:, 1]))


def test_every_colour_comes_out_in_every_environment(tmp_path: Path) -> None:
    specs = [
        make_spec(color=letter, environment=environment, **PROBE)
        for environment in ENVIRONMENTS
        for letter in COLORS
    ]
    for spec, picture in zip(specs, render(specs, tmp_path), strict=True):
        _check(spec.color, picture, spec.environment)


def test_every_finish_keeps_the_hue(tmp_path: Path) -> None:
    letters = [letter for letter in COLORS if letter not in GREYS]
    specs = [make_spec(color=letter, finish=finish, **PROBE) for finish in FINISHES for letter in letters]
    *rendered, again = render([*specs, specs[0]], tmp_path)
    assert np.array_equal(again["rgb"], rendered[0]["rgb"]), "dust and flakes are gone again"
    pictures = dict(zip([(s.finish, s.color) for s in specs], rendered, strict=True))
    for (finish, letter), picture in pictures.items():
        _check(letter, picture, finish)
    for letter in letters:
        clean, dirty = (_sill_saturation(pictures[name, letter]) for name in ("gloss", "dirty"))
        assert dirty < clean - 0.05, letter


def _sill_saturation(picture: dict[str, NDArray[np.uint8]]) -> float:
    """Median saturation of the lower half of the body."""
    body = picture["parts"] == PARTS.index("body")
    body[: int(np.nonzero(body)[0].mean())] = False
    return float(np.median([colorsys.rgb_to_hsv(*pixel)[1] for pixel in picture["rgb"][body] / 255.0]))


def test_second_colours_are_seen_beside_the_first(tmp_path: Path) -> None:
    code = """
from blender_scenes.paint import SECOND, second_color
from generator.spec import COLORS
for letter in COLORS:
    saved[letter] = np.array([second_color(letter, "van", variant) for variant in range(40)])
    saved[letter + " again"] = np.array([second_color(letter, "van", variant) for variant in range(40)])
saved["white"], saved["black"] = (np.array(SECOND[name]) for name in ("white", "black"))
"""
    saved = run(code, tmp_path)
    for letter, color in COLORS.items():
        found = saved[letter]
        assert np.array_equal(found, saved[f"{letter} again"])
        assert (abs(found - color.srgb).max(1) > 0.1).all(), letter
        kinds = np.unique(found, axis=0)
        assert len(kinds) == {"w": 2, "k": 1}.get(letter, 3), letter
        grey = [saved["white"], saved["black"]]
        for hue in (k for k in kinds if not any(np.array_equal(k, other) for other in grey)):
            assert hue / hue.max() == pytest.approx(np.array(color.srgb) / max(color.srgb)), letter


def test_names_stand_apart() -> None:
    """Hues differ by more than twice the tolerance, or one name is clearly darker, as brown is."""
    hsv = {
        letter: colorsys.rgb_to_hsv(*color.srgb) for letter, color in COLORS.items() if letter not in GREYS
    }
    for one, (hue, _, value) in hsv.items():
        for other, (other_hue, _, other_value) in hsv.items():
            turn = abs((hue - other_hue + 0.5) % 1 - 0.5) * 360
            assert one == other or turn > 2 * TOLERANCE or abs(value - other_value) > 0.3, (one, other)
