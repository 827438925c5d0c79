"""`renforce explain`: for each photograph a sheet with the raw map of every method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from analysis.methods.capture import Targets
from analysis.methods.map_store import PICTURE, MapWriter, index_of
from analysis.methods.table import METHODS, Raw, explain, find
from analysis.scores.alignment import align, paired, reason
from analysis.zoo import entry
from generator.dataset.pixels import read_image, read_mask
from generator.errors import UserError
from generator.files import read_json_object, write_bytes, write_json
from loop.progress import track
from loop.report.layout.sheet import sheet
from loop.training.classifier import Classifier, NetworkCard, device
from loop.training.weights import load_classifier

COLUMNS = 6
"""Tiles in a row."""
RECORD = "explained.json"
"""Written last: only what it names counts as written by `renforce explain`, and may be written over."""


def explain_pictures(
    weights: Path,
    images: Sequence[Path],
    output: Path,
    *,
    masks: Sequence[Path] = (),
    methods: Sequence[str] = (),
    target: str | None = None,
) -> list[Path]:
    """Explain the predictions of a network that `renforce` trained, for photographs of any size.

    Args:
        weights: a `model.safetensors` of a run, with its network card.
        images: pictures; each is resized to the network's input.
        masks: one for each picture, in their order, or none; they are outlined, and the maps scored against
            them.
        methods: names of `METHODS`; all if none is given.
        target: the class to explain; None for the predicted one.

    Returns:
        `OUTPUT/NAME.png` of each picture. In the same folder are `maps/`, the raw maps, and
        `explained.json`, the predictions and each map's scores, or the reason why it has none.

    Raises:
        UserError: weights without a network card, an unknown class or method, masks that do not fit, a file
            that is not a picture, or a file in `output` that `renforce explain` did not write would be lost.
    """
    classifier = load_classifier(weights).to(device()).eval()
    wanted = tuple(methods) or tuple(METHODS)
    for method in wanted:
        find(method)
    targets = _targets(classifier.card, target)
    _check(images, masks, classifier.card.image_size)
    _check_output(output, images, (weights, *masks))
    before = _recorded_sheets(output)
    writer = MapWriter(output / "maps", "float32")
    pictures: list[dict[str, object]] = []
    written: list[Path] = []
    with track("explain", len(images)) as advance:
        for i, path in enumerate(images):
            mask = read_mask(masks[i], classifier.card.image_size) if masks else None
            page, facts = _one(classifier, path, mask, wanted, targets, writer)
            written.append(_sheet_of(output, path))
            write_bytes(written[-1], _png(page))
            pictures.append(facts)
            advance(1)
    writer.close()
    sheets = sorted({*before, *(path.name for path in written)})
    write_json(
        output / RECORD, {"schema": 1, "weights": str(weights), "pictures": pictures, "sheets": sheets}
    )
    return written


def _check(images: Sequence[Path], masks: Sequence[Path], size: int) -> None:
    if masks and len(masks) != len(images):
        raise UserError(f"--mask: {len(masks)} masks for {len(images)} pictures; give one for each, in order")
    stems = [path.stem for path in images]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise UserError(f"two pictures are called {twice[0]!r}; rename one")
    for path in images:
        read_image(path, size)
    for path in masks:
        read_mask(path, size)


def _check_output(output: Path, images: Sequence[Path], others: Sequence[Path]) -> None:
    """Refuse to write over the pictures and weights given, and over files that no complete call wrote."""
    maps, sheets = output / "maps", [_sheet_of(output, image) for image in images]
    ours = {path.resolve() for path in (maps, *sheets)}
    for path in (*images, *others):
        if not ours.isdisjoint({path.resolve(), *path.resolve().parents}):
            raise UserError(f"{path}: a result would go there; give another folder with -o")
    known = {output / name for name in _recorded_sheets(output)}
    known |= {maps, index_of(maps)} if (output / RECORD).exists() else set()
    there = [path for path in (maps, index_of(maps), *sheets) if path.exists() and path not in known]
    if there:
        raise UserError(
            f"{there[0]}: exists already, and {RECORD} does not name it as written by renforce explain; "
            "move it away or give another folder with -o"
        )


def _recorded_sheets(output: Path) -> list[str]:
    """Names of the sheets that earlier calls wrote; those of a call that was killed are not known."""
    path = output / RECORD
    record = read_json_object(path, "move it away") if path.exists() else {}
    sheets = record.get("sheets", [])
    return [str(name) for name in sheets] if isinstance(sheets, list) else []


def _sheet_of(output: Path, image: Path) -> Path:
    return output / f"{image.stem}.png"


def _one(
    classifier: Classifier, path: Path, mask: NDArray[np.bool_] | None, methods: Sequence[str],
    targets: Targets, writer: MapWriter,
) -> tuple[NDArray[np.uint8], dict[str, object]]:  # fmt: skip
    card, known = classifier.card, entry(classifier.card.network)
    image = read_image(path, card.image_size)
    batch = torch.from_numpy(image).permute(2, 0, 1)[None].to(classifier.mean.device)
    found, refused, seen = explain(
        classifier.network, classifier.normalise(batch), [known.cam_layer], targets, methods
    )
    content = {m: _content(m, known.cam_layer, found, refused) for m in methods}
    confidence = seen.logits_BK.softmax(1)[0]
    explained = int(seen.targets_TB[0, 0])
    heading = f"{card.classes[explained]} {float(confidence[explained]):.0%}"
    names = list(content)
    rows = [
        (heading if r == 0 else path.stem, {n: content[n] for n in names[r * COLUMNS : (r + 1) * COLUMNS]})
        for r in range(math.ceil(len(names) / COLUMNS))
    ]
    kinds = {(m, place, "explained"): _arrays(raw) for (m, place), raw in found.items()}
    writer.add([path.stem], kinds)
    facts: dict[str, object] = {
        "name": path.stem,
        "explained": card.classes[explained],
        "predicted": card.classes[int(confidence.argmax())],
        "confidence": {c: round(float(p), 6) for c, p in zip(card.classes, confidence, strict=True)},
        "refused": {method: why for (method, _), why in refused.items()},
        "scores": {} if mask is None else {m: _scored(raw, mask) for (m, _), raw in found.items()},
    }
    return sheet(image, rows, mask), facts


def _arrays(raw: Raw) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return raw.maps[0].float().cpu().numpy(), raw.log_scale[0].float().cpu().numpy()


def _targets(card: NetworkCard, target: str | None) -> Targets:
    if target is None:
        return lambda logits: logits.argmax(1)[None]
    if target not in card.classes:
        raise UserError(
            f"--target: {target!r} is not a class of the network; use one of {', '.join(card.classes)}"
        )
    return torch.tensor([[card.classes.index(target)]])


def _content(
    method: str, layer: str, found: dict[tuple[str, str], Raw], refused: dict[tuple[str, str], str]
) -> NDArray[np.float32] | str:
    place = (method, layer) if METHODS[method].by_layer else (method, PICTURE)
    return refused[place] if place in refused else found[place].maps[0, 0].float().cpu().numpy()


def _scored(raw: Raw, mask: NDArray[np.bool_]) -> dict[str, float | str | None]:
    masks = torch.from_numpy(mask)[None].to(raw.maps.device)
    why = reason(paired(raw.maps[0], masks))[0]
    values = {name: round(float(value), 6) for name, value in align(raw.maps[0], masks).items()}
    return {"reason": why} | {name: None if math.isnan(v) else v for name, v in values.items()}


def _png(page: NDArray[np.uint8]) -> bytes:
    done, encoded = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    assert done
    return encoded.tobytes()
