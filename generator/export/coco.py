"""COCO: `annotations/instances.json` beside `images/`.

Every picture with a mask has one annotation: the mask run-length encoded, its box (x, y, width, height)
and area in pixels, and all else that is known of the picture under `attributes`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from generator.dataset.pixels import read_mask
from generator.errors import UserError
from generator.export.table import PATHS, Labelled
from generator.files import link, write_text
from generator.spec import CATALOGUE


def write(labelled: Labelled, out: Path) -> None:
    """Write `images/` and `annotations/instances.json` into the folder `out`.

    Raises:
        UserError: a picture or mask cannot be read, or they differ in size.
    """
    category_ids = {name: i for i, name in enumerate(labelled.classes, start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for i, (row, label) in enumerate(zip(labelled.rows(), labelled.labels, strict=True), start=1):
        image, mask = (row.pop(path) for path in PATHS)
        target = out / "images" / Path(image).name
        link(image, target)
        height, width = _size(target, row)
        images.append({"id": i, "file_name": target.name, "width": width, "height": height})
        if mask and (found := _instance(Path(mask), (height, width))):
            ids = {"id": len(annotations) + 1, "image_id": i, "category_id": category_ids[label]}
            annotations.append({**ids, **found, "attributes": row})
    categories = [{"id": i, "name": name, "supercategory": "vehicle"} for name, i in category_ids.items()]
    content = {
        "info": {"description": "renforce", "version": CATALOGUE},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    write_text(out / "annotations" / "instances.json", json.dumps(content, allow_nan=False))


def _size(image: Path, row: dict[str, Any]) -> tuple[int, int]:
    """Height and width: those of the spec, else those of the file."""
    if row.get("size"):
        return row["size"], row["size"]
    pixels = cv2.imread(str(image), cv2.IMREAD_COLOR)
    if pixels is None:
        raise UserError(f"{image.name}: is not a picture that can be read; replace or remove it")
    height, width = pixels.shape[:2]
    return height, width


def _instance(path: Path, size: tuple[int, int]) -> dict[str, Any] | None:
    """Mask, box and area as COCO has them; None where no pixel shows the vehicle."""
    mask = read_mask(path)
    if mask.shape != size:
        raise UserError(f"{path}: is of size {mask.shape}, its picture {size}; make them of one size")
    if not mask.any():
        return None
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {
        "segmentation": {"size": list(mask.shape), "counts": encoded["counts"].decode()},
        "bbox": coco_mask.toBbox(encoded).tolist(),
        "area": int(coco_mask.area(encoded)),
        "iscrowd": 0,
    }
