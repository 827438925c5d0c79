"""How each environment is lit. Values are such that a camera's exposure is already in them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from blender_scenes.scenery import Srgb


@dataclass(frozen=True)
class Light:
    """Sky and sun. Pairs are the clear and the hazy end of what the seed of an environment draws."""

    zenith: tuple[Srgb, Srgb]
    horizon: tuple[Srgb, Srgb]
    sky: float
    """Strength of the sky."""
    sun: float
    """W/m² with the sun overhead."""
    sun_color: Srgb = (1.0, 0.95, 0.87)
    softness: float = 0.02
    """Angle that the sun fills, radians; shadows are as soft."""
    warmth: float = 1.0
    """Fraction of the warm tone that a low sun gives to light and horizon."""
    dimming: float = 0.4
    """Fraction of the sun that the hazy end takes."""
    clouds: tuple[float, float] = (0.0, 0.0)
    """Range of the fraction of the sky that clouds cover."""
    cloud_color: Srgb = (0.93, 0.935, 0.945)
    lamps: bool = False
    """Whether the vehicle's own lamps are on."""


DAY = Light(
    zenith=((0.42, 0.58, 0.82), (0.66, 0.72, 0.79)),
    horizon=((0.82, 0.88, 0.93), (0.90, 0.90, 0.90)),
    sky=0.95,
    sun=5.0,
    clouds=(0.1, 0.6),
)
OVERCAST = Light(
    zenith=((0.84, 0.86, 0.89), (0.90, 0.90, 0.91)),
    horizon=((0.80, 0.82, 0.85), (0.86, 0.86, 0.87)),
    sky=1.05,
    sun=2.2,
    sun_color=(1.0, 0.99, 0.97),
    softness=1.2,
    warmth=0.15,
    clouds=(0.3, 0.7),
    cloud_color=(0.78, 0.79, 0.81),
)

LIGHTS: dict[str, Light] = {
    "studio": Light(
        zenith=((0.97, 0.97, 0.97), (0.93, 0.94, 0.96)),
        horizon=((0.86, 0.86, 0.87), (0.70, 0.70, 0.72)),
        sky=0.6,
        sun=4.0,
        sun_color=(1.0, 0.97, 0.92),
        softness=0.3,
        warmth=0.0,
        dimming=0.0,
    ),
    "parking": DAY,
    "city": DAY,
    "residential": DAY,
    "highway": DAY,
    "country": DAY,
    "gravel": DAY,
    "meadow": DAY,
    "snow": replace(OVERCAST, sky=0.85, sun=1.6),
    "night": Light(
        zenith=((0.07, 0.09, 0.16), (0.11, 0.12, 0.16)),
        horizon=((0.24, 0.24, 0.30), (0.30, 0.29, 0.30)),
        sky=1.1,
        sun=0.55,
        sun_color=(0.86, 0.92, 1.0),
        softness=0.1,
        warmth=0.0,
        lamps=True,
    ),
    "wet": replace(OVERCAST, lamps=True),
}
"""Environment -> its light."""
