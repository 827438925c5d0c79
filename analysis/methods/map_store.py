"""Raw maps on disk: shards of compressed arrays, written as they come, and the index that makes them whole.

    MAPS/NAME/00000.npz …   some pictures each: `name`, and for each kind of map `METHOD|LAYER|TARGET` the
                            maps (n, h, w), `…|exponent` (n,) and `…|log_scale` (n,)
    MAPS/NAME.json          schema, type, kinds with their grids, pictures and file of each shard; last

Maps of float16 are kept as value / 2^exponent with one exponent a map, so that neither tiny gradients vanish
nor large ones overflow: the error is 2⁻¹¹ of the map's largest value at most. Nothing else is scaled. The
method's own raw value is map × exp(log_scale), which is 0 for all methods but those of exp(S).
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator.errors import UserError
from generator.files import write_bytes, write_json

SCHEMA = 1
SHARD = 512
"""Pictures a file."""
PICTURE = "picture"
"""Stands for the layer of methods that map the picture's own pixels."""

Floats = NDArray[np.float32]
Kind = tuple[str, str, str]
"""(method, layer, target)."""
Stored = Literal["float16", "float32"]


@dataclass
class MapWriter:
    """Takes batches of maps and writes a shard whenever `SHARD` pictures have come; memory stays flat.

    Until `close`, which writes the index, nothing counts as there; a new writer clears what was left.
    """

    folder: Path
    dtype: Stored = "float16"
    shard: int = field(default_factory=lambda: SHARD)
    _names: list[str] = field(default_factory=list)
    _maps: dict[Kind, list[Floats]] = field(default_factory=dict)
    _scales: dict[Kind, list[Floats]] = field(default_factory=dict)
    _index: list[dict[str, Any]] = field(default_factory=list)
    _grids: dict[Kind, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        index_of(self.folder).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, names: Sequence[str], maps: Mapping[Kind, tuple[Floats, Floats]]) -> None:
        """Take the maps (n, h, w) and log scales (n,) of some pictures, the same kinds each time."""
        self._names += names
        for kind, (values, scale) in maps.items():
            self._maps.setdefault(kind, []).append(values)
            self._scales.setdefault(kind, []).append(scale)
            self._grids[kind] = list(values.shape[1:])
        if len(self._names) >= self.shard:
            self._write()

    def close(self) -> None:
        """Write what is left and the index, without which there is no store."""
        if self._names:
            self._write()
        kinds = [{"kind": list(kind), "grid": grid} for kind, grid in self._grids.items()]
        write_json(
            index_of(self.folder),
            {"schema": SCHEMA, "dtype": self.dtype, "kinds": kinds, "shards": self._index},
        )

    def _write(self) -> None:
        arrays: dict[str, NDArray[Any]] = {"name": np.array(self._names, str)}
        for kind, parts in self._maps.items():
            key = "|".join(kind)
            values = np.concatenate(parts)
            exponent = exponents(values) if self.dtype == "float16" else np.zeros(len(values), np.int16)
            arrays[key] = np.ldexp(values, -exponent[:, None, None]).astype(self.dtype)
            arrays[f"{key}|exponent"] = exponent
            arrays[f"{key}|log_scale"] = np.concatenate(self._scales[kind]).astype(np.float32)
        name = f"{len(self._index):05d}.npz"
        content = io.BytesIO()
        np.savez_compressed(content, **arrays)  # type: ignore[arg-type]  # its stub takes a flag among them
        write_bytes(self.folder / name, content.getvalue())
        self._index.append({"file": name, "pictures": self._names})
        self._names, self._maps, self._scales = [], {}, {}


@dataclass(frozen=True)
class MapStore:
    """Maps that were written; shards are read one at a time."""

    folder: Path

    @cached_property
    def index(self) -> dict[str, Any]:
        """The store's index: kinds of maps, and which pictures each shard holds.

        Raises:
            UserError: there is none, or it is of another version.
        """
        path = index_of(self.folder)
        if not path.is_file():
            raise UserError(f"{path}: does not exist; evaluate the run again")
        index: dict[str, Any] = json.loads(path.read_text())
        if index.get("schema") != SCHEMA:
            raise UserError(
                f"{path}: has schema {index.get('schema')!r}, not {SCHEMA}; evaluate the run again"
            )
        return index

    @property
    def kinds(self) -> list[Kind]:
        """(method, layer, target) of the maps of each picture, in the order in which they came."""
        return [tuple(entry["kind"]) for entry in self.index["kinds"]]

    def read(self, kind: Kind, names: Iterable[str] | None = None) -> dict[str, Floats]:
        """Picture -> signed raw map (h, w) over exp(log_scale), float32; of all pictures, or of some.

        Raises:
            UserError: there are no maps of this kind; it lists those that there are.
        """
        wanted = None if names is None else set(names)
        return {
            name: values
            for name, values, _ in self._each(kind)
            if wanted is None or name in wanted
        }  # fmt: skip

    def log_scales(self, kind: Kind) -> dict[str, float]:
        """Picture -> logarithm of what its map is to be multiplied by; 0 for all but methods of exp(S).

        Raises:
            UserError: as `read`.
        """
        return {name: scale for name, _, scale in self._each(kind)}

    def _each(self, kind: Kind) -> Iterator[tuple[str, Floats, float]]:
        if kind not in self.kinds:
            known = ", ".join("|".join(each) for each in self.kinds)
            raise UserError(f"{self.folder}: holds no maps {'|'.join(kind)}; it has {known}")
        key = "|".join(kind)
        for shard in self.index["shards"]:
            file = self.folder / Path(shard["file"]).name
            with np.load(file, allow_pickle=False) as arrays:
                values = arrays[key].astype(np.float32)
                values = np.ldexp(values, arrays[f"{key}|exponent"][:, None, None])
                yield from zip(
                    arrays["name"].tolist(), values, arrays[f"{key}|log_scale"].tolist(), strict=True
                )


def exponents(values: Floats) -> NDArray[np.int16]:
    """For maps (n, h, w) the power of two that brings each one's largest value to [0.5, 1); 0 for none."""
    top = np.abs(values).max((1, 2), initial=0)
    return np.where(np.isfinite(top) & (top > 0), np.frexp(top)[1], 0).astype(np.int16)


def index_of(folder: Path) -> Path:
    """The index of the store in a folder: a file beside it, `maps/probe.json` of `maps/probe`."""
    return folder.with_name(f"{folder.name}.json")
