"""What materials are called, and which part of a vehicle that makes them. No Blender in here."""

from __future__ import annotations

import re

PAINT_WORDS: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in (
        "paint carpaint bodypaint paintwork lack autolack lackierung peinture vernice",
        "body carbody bodywork coachwork karosserie carrosserie carroceria carrozzeria",
        "exterior livery shell hull chassis",
    )
)
"""Words for the paint in the order in which they are believed."""

PART_WORDS: dict[str, tuple[str, ...]] = {
    part: tuple(line.split())
    for part, line in {
        "glass": "glass window windshield windscreen glazing glas scheibe fenster vitre vidrio cristal",
        "plate": "plate licence license kennzeichen nummernschild",
        "lamp": "lamp light headlamp taillamp lightbox lightbar indicator blinker amber beacon reflector "
        "lens bulb led scheinwerfer leuchte phare",
        "wheel": "wheel tyre tire rim well rubber hubcap alloy brake caliper hub tread reifen felge rad pneu",
        "interior": "interior seat dashboard dash steering leather upholstery cockpit cabin carpet headliner "
        "innen innenraum sitz",
        "trim": "trim chrome bumper grille grill plastic mirror wiper handle exhaust badge logo "
        "undercarriage underbody seal moulding",
    }.items()
}
"""Part -> words in the names of its materials, looked through in this order."""


def words_of(name: str) -> list[str]:
    """A name's words in lower case: `HeadLights_02` -> head, lights."""
    found = re.findall(r"[A-ZÀ-Þ]?[a-zà-ÿ]+|[A-ZÀ-Þ]+(?![a-zà-ÿ])", name)
    return [word.lower() for word in found]


def part_by_name(name: str) -> str:
    """The part that a material's name speaks of; "" where it speaks of none."""
    return next((part for part, known in PART_WORDS.items() if _speaks(name, known)), "")


def paint_rank(name: str) -> int | None:
    """How far down `PAINT_WORDS` a name stands; None where it names no paint, or another part too."""
    ranks = [rank for rank, known in enumerate(PAINT_WORDS) if _speaks(name, known)]
    return ranks[0] if ranks and not part_by_name(name) else None


def _speaks(name: str, known: tuple[str, ...]) -> bool:
    """Whether a word of the name, or its singular, is known or ends in a known one of five letters."""
    long = tuple(word for word in known if len(word) >= 5)
    forms = [form for word in words_of(name) for form in (word, word.removesuffix("s"))]
    return any(form in known or form.endswith(long) for form in forms)
