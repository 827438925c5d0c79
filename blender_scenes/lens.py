"""What lens, shutter and sensor do to the light of a pinhole camera. No Blender in here.

Only the picture changes: mask, parts, depth and all other truth stay those of the pinhole camera, so a
blurred vehicle's mask is where the sharp one is. Steps in the order of nature: the lens spreads the light
(`defocus`), the camera shakes while the shutter is open (`motion`), more or less light is let in
(`exposure`), the camera's software adds contrast to what is small (`sharpening`) and to all (`contrast`),
and the sensor counts with errors (`noise`; last, since it is meant as it stands in the picture). A step whose
strength is 0 is left out.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from blender_scenes.passes import curve_srgb, decode_srgb, encode_srgb, uncurve_srgb
from generator.spec import RenderSpec

MID_GREY = 0.5
"""The sRGB value at which `RenderSpec.noise` is meant."""
READ_FRACTION = 0.2
"""Of the noise's variance at mid grey, what does not depend on the light; the rest is in proportion to it."""
FINENESS = 16
"""Samples a pixel, along each axis, by which kernels are drawn."""

REACH = 0.02
"""Standard deviation of the blur that sharpening takes away, as a fraction of the picture's side."""
GRAIN = 0.3
"""Fraction of that reach below which sharpening leaves detail as it is."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Of linear red, green and blue of sRGB (ITU-R BT.709)."""
DARKEST = 1e-4
"""Linear light below which sharpening lifts nothing."""

Light = NDArray[np.float64]


def develop(light: NDArray[np.float32], spec: RenderSpec, rng: np.random.Generator) -> NDArray[np.uint8]:
    """From linear light (H, W, 3) to the picture (H, W, 3) that the spec asks for, sRGB."""
    size = len(light)
    seen: NDArray[np.floating] = light
    if spec.defocus > 0:
        seen = spread(seen, disc(spec.defocus * size))
    if spec.motion > 0:
        seen = spread(seen, streak(spec.motion * size, spec.motion_angle))
    if spec.exposure != 0:
        seen = seen * 2.0**spec.exposure
    if spec.sharpening > 0 or spec.contrast > 0:
        seen = finished(seen, spec.sharpening, spec.contrast, REACH * size)
    if spec.noise > 0:
        seen = counted(seen, spec.noise, rng)
    return encode_srgb(seen)


def disc(diameter: float) -> Light:
    """The kernel of a missed focus: an even disc, in pixels; its sum is 1."""
    reach = int(np.ceil(diameter / 2 + 0.5))
    place = (np.arange((2 * reach + 1) * FINENESS) + 0.5) / FINENESS - reach - 0.5
    inside = place[:, None] ** 2 + place**2 <= max(diameter / 2, 1 / FINENESS) ** 2
    side = 2 * reach + 1
    kernel: Light = inside.reshape(side, FINENESS, side, FINENESS).mean((1, 3))
    result: Light = kernel / kernel.sum()
    return result


def streak(length: float, angle: float) -> Light:
    """The kernel of a straight shake: a line of so many pixels, counter-clockwise from the right; sum 1."""
    reach = int(np.ceil(length / 2)) + 1
    along = np.linspace(-0.5, 0.5, 2 * int(np.ceil(length * FINENESS)) + 1) * length
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    turn = np.radians(angle)
    for down, right in zip(reach - along * np.sin(turn), reach + along * np.cos(turn), strict=True):
        row, column = int(down), int(right)
        low, left = down - row, right - column
        kernel[row : row + 2, column : column + 2] += np.outer((1 - low, low), (1 - left, left))
    result: Light = kernel / kernel.sum()
    return result


def spread(light: NDArray[np.floating], kernel: Light) -> Light:
    """Convolve (H, W, 3) with an odd square kernel; beyond the edge, the light is that of the edge."""
    reach = len(kernel) // 2
    padded = np.pad(light.astype(float), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    side = padded.shape[:2]
    transfer = np.fft.rfft2(kernel, side)[:, :, None]
    mixed = np.fft.irfft2(np.fft.rfft2(padded, axes=(0, 1)) * transfer, side, axes=(0, 1))
    result: Light = np.maximum(mixed[2 * reach :, 2 * reach :], 0.0)
    return result


def finished(light: NDArray[np.floating], sharpening: float, contrast: float, reach: float) -> Light:
    """Unsharp mask and tone curve of the luminance as seen; hue and saturation of light (H, W, 3) stay.

    Args:
        sharpening: how much of the difference from the blurred picture is added.
        contrast: fraction of 3v² - 2v³ in the curve, the rest is v itself.
        reach: standard deviation of the blur, pixels. What is finer than `GRAIN` of it is left as it is,
            or the renderer's noise would grow.
    """
    grey = np.clip(light @ LUMINANCE, DARKEST, 1.0)
    seen = curve_srgb(grey)
    lifted = np.clip(seen + sharpening * between(seen, GRAIN * reach, reach), 0.0, 1.0)
    toned = (1 - contrast) * lifted + contrast * lifted**2 * (3 - 2 * lifted)
    result: Light = light * (uncurve_srgb(toned) / grey)[:, :, None]
    return result


def between(picture: NDArray[np.floating], fine: float, coarse: float) -> Light:
    """Difference of two Gaussian blurs of (H, W), by their deviations in pixels; edges are continued."""
    margin = int(np.ceil(3 * coarse))
    padded = np.pad(picture, margin, mode="edge")
    down, right = np.fft.fftfreq(padded.shape[0])[:, None], np.fft.rfftfreq(padded.shape[1])
    decay = -2 * np.pi**2 * (down**2 + right**2)
    band = np.fft.rfft2(padded) * (np.exp(decay * fine**2) - np.exp(decay * coarse**2))
    result: Light = np.fft.irfft2(band, padded.shape)[margin:-margin, margin:-margin]
    return result


def counted(light: NDArray[np.floating], noise: float, rng: np.random.Generator) -> Light:
    """What a sensor counts of linear light: shot noise and read noise, each channel by itself.

    Args:
        noise: standard deviation at mid grey, in sRGB values.
    """
    grey = decode_srgb(MID_GREY)
    fraction = READ_FRACTION + (1 - READ_FRACTION) * np.maximum(light, 0) / grey
    result: Light = light + linear_deviation(noise) * np.sqrt(fraction) * rng.standard_normal(light.shape)
    return result


@lru_cache
def linear_deviation(noise: float) -> float:
    """The standard deviation, in linear light, that becomes `noise` where mid grey is encoded and clipped."""
    normal = np.array([NormalDist().inv_cdf((i + 0.5) / 2000) for i in range(2000)])
    low, high = 0.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        encoded = curve_srgb(np.clip(decode_srgb(MID_GREY) + middle * normal, 0, 1))
        low, high = (middle, high) if encoded.std() < noise else (low, middle)
    return (low + high) / 2
