"""Rendered sets: render, estimate, check and export them, and match them to photographs.

What is heavy is imported where it is needed, so that a mistake is reported at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import UserError
from loop.config.run import RenderConfig
from renforce.given import Given, checked
from renforce.results import CheckResult, ExportResult, MatchResult, RenderResult, SetEstimate

if TYPE_CHECKING:
    from generator.spec import RenderSpec


def render(
    config: Given[RenderConfig], folder: str | PathLike[str], *, overrides: Sequence[str] = ()
) -> RenderResult:
    """Render a set of pictures with exact masks; called again, it renders only what is missing.

    Args:
        config: the path of a YAML file, a dict with its keys, or a `RenderConfig`.
        folder: where the set goes: a path, or a URL such as `s3://bucket/set`.
        overrides: keys that take the place of the configuration's, such as `["pictures.count=10"]`.

    Returns:
        How many pictures there are, and how many of them were rendered now.

    Raises:
        UserError: a key or value is wrong, or the folder holds another set; one line with the remedy.

    Example:
        result = renforce.render(
            {"pictures": {"count": 8, "shapes": ["sedan", "bus"]}, "render": {"size": 64}}, "sets/small"
        )
        print(result.pictures, "pictures in", result.folder)
    """
    from generator.farm.remote import render_to
    from loop.progress import track

    settings, _ = checked(RenderConfig, config, overrides)
    specs = planned(settings)
    with track("render", len(specs)) as advance:
        made = render_to(str(folder), specs, settings.farm, advance)
    return RenderResult(str(folder), made.there, made.cached, made.rendered)


def estimate(
    config: Given[RenderConfig], folder: str | PathLike[str], *, overrides: Sequence[str] = ()
) -> SetEstimate:
    """Measure what is left to render of a set and what that takes, by a pilot of at most three pictures.

    Nothing is left behind. What lies in object storage is not looked at.

    Args:
        config: as for `render`.
        folder: where the set would go.
        overrides: as for `render`.

    Raises:
        UserError: as `render`.
    """
    from generator.dataset.dataset import missing, refuse_other
    from generator.farm.estimate import estimate as measured

    settings, _ = checked(RenderConfig, config, overrides)
    specs, place = planned(settings), Path(folder)
    refuse_other(place, specs, settings.farm.without)
    left = missing(place, specs, settings.farm.layers)
    found = measured(left, settings.farm)
    return SetEstimate(found.pictures, len(specs) - len(left), found.seconds, found.bytes, found.basis)


def check(folder: str | PathLike[str]) -> CheckResult:
    """Check every file of a rendered set, such as one that was copied or handed on.

    Returns:
        How many pictures there are, each whole and as its spec asks.

    Raises:
        UserError: a file is missing, damaged, or not what its spec asks; it names the file.
    """
    from generator.dataset.check import check_set

    return CheckResult(Path(folder), check_set(Path(folder)))


def export(
    pictures: str | PathLike[str],
    folder: str | PathLike[str],
    layout: str,
    *,
    by: str = "shape",
    classes: Mapping[str, Sequence[str]] | None = None,
) -> ExportResult:
    """Write a set in the layout of another library.

    Args:
        pictures: the folder of a set.
        folder: where the export goes.
        layout: `coco`, `imagefolder` or `huggingface`.
        by: attribute whose values are the classes.
        classes: class -> shapes that show it, instead of `by`.

    Raises:
        UserError: the layout is unknown, or a picture belongs to no class.
    """
    from generator.export import export_set

    named = None if classes is None else {name: tuple(shapes) for name, shapes in classes.items()}
    count = export_set(Path(pictures), layout, Path(folder), by=by, classes=named)
    return ExportResult(Path(folder), count)


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


def planned(config: RenderConfig) -> list[RenderSpec]:
    """The specs of a set."""
    from generator.assets.card import digests
    from generator.planning.plan import plan_set

    return plan_set(
        config.pictures,
        config.scene,
        config.render,
        seed=config.seed,
        block=config.block,
        assets=digests(config.farm.assets),
    )
