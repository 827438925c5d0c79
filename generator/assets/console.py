"""What `renforce asset check` prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from generator.assets.card import FORMATS, TURNTABLE
from generator.assets.check import AssetReport, turntable
from generator.errors import UserError
from generator.files import write_bytes, write_text


def show(report: AssetReport, console: Console) -> None:
    """Print what was found: facts, materials, notes, warnings."""
    facts = Table(show_header=False, box=None, pad_edge=False)
    for what, value in _facts(report):
        facts.add_row(what, Text(value))
    console.print(facts)
    table = Table("material", "part", "seen", "paint")
    for material in sorted(report.materials, key=lambda material: -material.fraction):
        name = Text(material.name or "(none)")
        table.add_row(name, material.part, f"{material.fraction:.1%}", "yes" if material.paint else "")
    console.print(table)
    for line in report.notes:
        console.print(f"note: {line}", markup=False)
    for line in report.warnings:
        console.print(f"warning: {line}", markup=False)


def _facts(report: AssetReport) -> list[tuple[str, str]]:
    forward, up = report.axes
    return [
        ("format", f"{report.format}: {', '.join(report.files[:4])}{' …' * (len(report.files) > 4)}"),
        ("axes", f"forward {forward}, up {up}"),
        ("size in the model", _size(report.before)),
        ("size in metres", _size(report.after)),
        ("faces", f"{report.faces:,}"),
        ("paint", report.paint),
        ("paint's pixels", f"{report.paint_fraction:.0%} of the vehicle's"),
        ("recolouring", f"{report.followed:.0%} of the vehicle's pixels took both colours"),
    ]


def _size(size: tuple[float, float, float]) -> str:
    length, width, height = size
    return f"{length:.4g} long, {width:.4g} wide, {height:.4g} high"


def suggestion(report: AssetReport) -> str:
    """The guessed card as YAML, with a comment on what to check."""
    card = yaml.safe_dump(report.card, sort_keys=False, allow_unicode=True)
    paints = [material.name for material in report.materials if material.paint]
    paint = json.dumps(paints[0] if len(paints) == 1 else paints)  # a name may hold a new line
    return (
        f"# Beside the model. Look at the turntable: `f` must show the front, else turn `forward` round.\n"
        f"{card}# paint: {paint}  # found {report.paint!r}\n"
    )


def write(report: AssetReport, given: Path, folder: Path) -> list[Path]:
    """Write the turntable picture and, for a model without a card, a card.

    Raises:
        UserError: that card is there already; nothing is written.
    """
    card = folder / f"{report.card['shape']}.yaml" if given.suffix.lower() in FORMATS else None
    if card and card.exists():
        raise UserError(f"{card}: is there already; give another folder with -o")
    done, encoded = cv2.imencode(".png", turntable(report)[:, :, ::-1])
    assert done
    write_bytes(folder / TURNTABLE, encoded.tobytes())
    if card is None:
        return [folder / TURNTABLE]
    write_text(card, suggestion(report))
    return [folder / TURNTABLE, card]
