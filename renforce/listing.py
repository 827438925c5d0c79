"""What there is to choose from: networks, attribution methods, controllers; each a list of lines."""

from __future__ import annotations

from collections.abc import Sequence


def models(sizes: Sequence[int] = (224, 32)) -> list[str]:
    """The networks as a table of Markdown.

    Args:
        sizes: sides of pictures in pixels that operations are counted for.
    """
    from analysis.zoo.size import zoo_table

    rows = zoo_table(tuple(sizes))
    head = [f"| {' | '.join(rows[0])} |", f"|{'---|' * len(rows[0])}"]
    return [*head, *(f"| {' | '.join(row.values())} |" for row in rows)]


def methods() -> list[str]:
    """The attribution methods: family, what they show, where they map, and their source."""
    from analysis.methods.table import METHODS, OTHERS

    lines = []
    for name, method in METHODS.items():
        place = "each layer" if method.by_layer else "the picture"
        lines.append(f"{name:24}{method.family:20}{method.description} [{place}; {method.source}]")
    for name, (family, description, source) in OTHERS.items():
        lines.append(f"{name:24}{family:20}{description} [{source}]")
    return lines


def controllers() -> list[str]:
    """The controllers that can decide what to render next (`controller.name`), and what they do."""
    from loop.controllers import CONTROLLERS

    return [f"{name:24}{controller.description}" for name, controller in CONTROLLERS.items()]
