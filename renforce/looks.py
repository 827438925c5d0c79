"""Looks: what makes renders like photographs."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from generator.errors import UserError
from renforce.results import MatchResult


def match(
    photographs: str | PathLike[str],
    renders: str | PathLike[str],
    output: str | PathLike[str],
    *,
    size: int = 64,
) -> MatchResult:
    """Measure photographs and renders, and write the look that brings the renders closest.

    Args:
        photographs: a folder of pictures, at any depth; 20 or more.
        renders: the folder of a rendered set; 20 or more, with masks.
        output: a YAML file that is to be written, for `train.rendered_look`.
        size: side of the network's input in pixels, `data.image_size`.

    Returns:
        The file, and how far the renders are from the photographs before and after.

    Raises:
        UserError: too few pictures, or a folder that is not a rendered set; one line with the remedy.

    Example:
        result = renforce.match("photos", "sets/plain", "look.yaml", size=96)
        print(result.before["spectrum"], result.after["spectrum"])
    """
    from generator.files import write_text
    from loop.look.match import match as found_by

    if not 32 <= size <= 1024:
        raise UserError(f"size: {size} is not the side of a network's input; give 32 to 1024 pixels")
    found = found_by(Path(photographs), Path(renders), size)
    write_text(Path(output), found.text())
    return MatchResult(Path(output), dict(found.before), dict(found.after), tuple(found.table()))
