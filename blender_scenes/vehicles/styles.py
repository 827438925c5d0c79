"""What a maker chooses for a car apart from its measures: lines, lamps, grille, trim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles.measures import Car

Rng = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Style:
    """What a maker chooses apart from the measures."""

    crease: float
    """Metres by which the shoulder line stands out."""
    shoulder: float
    """Where it runs, as a fraction of the body's height."""
    waist: float
    """Metres by which the doors are hollowed below it."""
    bonnet: float
    """Metres by which the middle of the bonnet is raised."""
    flare: float
    """Metres by which wheel arches stand out."""
    bumper: float
    """Metres by which bumpers stand out."""
    round_front: float
    """Exponent of the nose's superellipse in plan; higher is squarer."""
    round_rear: float
    grille: str
    headlamp: str
    taillamp: str
    rim: int
    """Number that decides the rim's design."""
    spoiler: str
    rails: bool
    cladding: bool
    frame: str
    """Slot of the window frames."""
    pillars: str
    """Slot of the pillars between the side windows."""
    roof: str
    """Slot of the roof."""
    handles: str
    bumper_strip: bool
    fog: bool
    plate: str
    """Where the rear plate sits: "boot" or "bumper"."""
    exhausts: int
    fin: bool
    """An antenna on the roof like a shark's fin."""
    sunroof: bool


GRILLES = ("bars", "mesh", "slats", "shield", "slim", "split")
HEADLAMPS = ("slim", "block", "swept", "round", "drop")
TAILLAMPS = ("block", "slim", "tall", "round", "band")


def styled(car: Car, rng: Rng) -> Style:
    """Draw a style that suits the car."""

    def pick(*words: str) -> str:
        return words[int(rng.integers(len(words)))]

    def chance(fraction: float) -> bool:
        return bool(rng.random() < fraction)

    return Style(
        crease=float(rng.uniform(0.007, 0.018)),
        shoulder=float(rng.uniform(0.74, 0.82)),
        waist=float(rng.uniform(0.0, 0.018)),
        bonnet=float(rng.uniform(0.004, 0.02)),
        flare=float(rng.uniform(0.006, 0.022)),
        bumper=float(rng.uniform(0.018, 0.045)),
        round_front=float(rng.uniform(2.7, 3.7)),
        round_rear=float(rng.uniform(2.8, 3.8)),
        grille=pick(*GRILLES),
        headlamp=pick(*HEADLAMPS),
        taillamp=pick(*(("block", "tall", "tall", "slim", "band") if car.hatch else TAILLAMPS)),
        rim=int(rng.integers(1 << 16)),
        spoiler=pick(*car.spoilers),
        rails=chance(car.rails),
        cladding=chance(car.cladding),
        frame=pick("trim", "trim", "chrome"),
        pillars=pick("trim", "trim", "paint"),
        roof=pick(*("paint",) * 6, "trim", "trim", "panel") if not car.open else "paint",
        handles=pick("chrome", "paint", "trim"),
        bumper_strip=chance(0.3),
        fog=chance(0.6),
        plate=pick("boot", "boot", "bumper"),
        exhausts=int(rng.integers(0, 3)),
        fin=chance(0.5),
        sunroof=chance(0.35) and not car.open,
    )
