"""The short sloping nose that vans and light trucks share: bonnet, windscreen, lamps, grille, bumper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blender_scenes.vehicles import parts
from blender_scenes.vehicles.hull import Corner, Hull
from blender_scenes.vehicles.mesh import Builder
from blender_scenes.vehicles.openings import Window
from blender_scenes.vehicles.panes import Pane
from blender_scenes.vehicles.patches import patch, rect
from blender_scenes.vehicles.variation import drawn, happens

Rng = np.random.Generator


@dataclass(frozen=True)
class Nose:
    """Measures in metres."""

    bonnet: float
    """From the bumper to the windscreen's foot."""
    edge: float
    """Height of the bonnet's front edge."""
    cowl: float
    """Height of the windscreen's foot."""
    run: float
    """How far the windscreen leans back over one metre of height."""

    def screen_foot(self, front: float) -> float:
        """x of the windscreen's foot."""
        return front - self.bonnet

    def lean(self, front: float, roof: float) -> float:
        """Metres that the windscreen moves back over one metre of height."""
        return self.run * min(1.0, 1.0 / (roof - self.cowl))

    def screen_head(self, front: float, roof: float) -> float:
        """x of the windscreen's upper edge."""
        return self.screen_foot(front) - self.lean(front, roof) * (roof - self.cowl)

    def profile(self, front: float, roof: float) -> list[Corner]:
        """(height, x) of the middle of the nose from the bumper to the roof."""
        return [
            (0.2, front - 0.08),
            (0.45, front),
            (self.edge - 0.16, front - 0.03),
            (self.edge, front - 0.15),
            (self.cowl, self.screen_foot(front)),
            (roof - 0.1, self.screen_head(front, roof - 0.1)),
            (roof, self.screen_head(front, roof) - 0.15),
        ]

    def windscreen(self, front: float, half: float, roof: float) -> Window:
        """The hole for the windscreen."""
        low, high = self.cowl + 0.02, min(roof - 0.16, self.cowl + 0.95)
        wide, narrow = half * 0.84, half * 0.76
        return Window(
            where="front",
            corners=[(-wide, low), (wide, low), (narrow, high), (-narrow, high)],
            pane=Pane(frame="mesh", border=0.045, round_=0.1),
        )


def van_face(builder: Builder, hull: Hull, front: float, half: float, nose: Nose, rng: Rng) -> None:
    """Lamps, grille, bumper, plate, wipers, in any style."""
    inner = half * float(rng.uniform(0.55, 0.66))
    top = nose.edge - float(rng.uniform(0.05, 0.1))
    deep = float(rng.uniform(0.14, 0.24))
    rise = float(rng.uniform(0.0, 0.08))
    outer = half + float(rng.uniform(0.02, 0.14))
    lamp = [(inner, top - deep), (outer, top - deep * 0.8 + rise), (outer, top + rise), (inner, top)]
    parts.head_lamp(builder, hull, lamp, parts.HeadLamp.random(rng))
    width, low = inner - 0.05, top - deep * float(rng.uniform(0.8, 1.5))
    mouth = [(-width, low), (width, low), (width, top - 0.02), (-width, top - 0.02)]
    parts.grille(builder, hull, mouth, parts.Grille.random(rng))
    bumper = drawn(rng, ("trim", "paint"))
    patch(builder, hull, "front_corner", rect(0, half + 0.3, 0.25, 0.45), bumper, lift=0.025, round_=0)
    patch(builder, hull, "front", rect(-half * 0.6, half * 0.6, 0.29, 0.39), "mesh", lift=0.035)
    if happens(rng, 0.6):
        fog = rect(half * 0.72, half * 0.84, 0.33, 0.41)
        patch(builder, hull, "front_corner", fog, "headlamp", lift=0.032, round_=0.6)
    parts.plate(builder, hull, min(0.52, low - 0.08), rng, rear=False)
    parts.wipers(builder, hull, nose.cowl + 0.03, half * 0.8)
