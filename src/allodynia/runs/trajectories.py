"""Trajectories on disk as they are made: a Zarr version 3 group that grows by blocks of subjects.

The layout is the one xarray reads: dimensions ``subject`` and ``time``, one array a model output with its unit in the
attributes, and the coordinates that say who each subject is. A block of subjects is one uncompressed chunk file per
output, which appears by an atomic rename: what is on disk is finished, and what is missing reads as NaN, status
"not run".

The store is written here rather than through the zarr library because its format, without compression, is a few JSON
documents and raw little-endian doubles, and importing that library costs more time than solving a study does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from allodynia.runs.files import safe_name, write_bytes, write_text

FOLDER = "trajectories.zarr"

_DATA_TYPES = {"f": ("float64", "<f8"), "i": ("int64", "<i8")}
_BYTES_CODEC = {"name": "bytes", "configuration": {"endian": "little"}}


@dataclass(frozen=True, slots=True)
class Output:
    """One sampled quantity: its id in the model, its unit, and the name a person reads."""

    id: str
    unit: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a store will hold, known before the first subject is solved.

    ``subjects`` maps each column that says who a subject is (arm, donor, ...) to one value a subject. ``statuses`` maps
    the name of each status a solver can report to its code; ``not_run`` is the code of a subject that was never solved.
    """

    times: np.ndarray
    time_unit: str
    outputs: tuple[Output, ...]
    subjects: Mapping[str, np.ndarray]
    statuses: Mapping[str, int]
    not_run: int
    block: int

    @property
    def n_subjects(self) -> int:
        """How many subjects the run has, solved or not."""
        return len(next(iter(self.subjects.values())))


class TrajectoryStore:
    """Writes one run's trajectories. Opening it lays out the whole store; ``write`` fills one block of subjects."""

    def __init__(self, folder: Path, layout: Layout, attributes: Mapping[str, Any] | None = None) -> None:
        self.path = folder / FOLDER
        self.layout = layout
        self.path.mkdir()
        reserved = {"subject", "time", "status", "failed_at"} | set(layout.subjects)
        for output in layout.outputs:
            safe_name(output.id, "output")
            if output.id in reserved:
                raise ValueError(f"an output may not be named like a coordinate: {output.id}")
        documents: dict[str, dict[str, Any]] = {}
        self._coordinates(documents)
        n, t, block = layout.n_subjects, len(layout.times), layout.block
        for output in layout.outputs:
            attrs = {"units": output.unit, "long_name": output.label or output.id}
            documents[output.id] = _array((n, t), (block, t), "float64", "NaN", ("subject", "time"), attrs)
        for name, document in documents.items():
            (self.path / name).mkdir(exist_ok=True)
            write_text(self.path / name / "zarr.json", json.dumps(document, indent=1))
        group_attributes = {**(attributes or {}), "coordinates": " ".join([*layout.subjects, "status", "failed_at"])}
        group = {"zarr_format": 3, "node_type": "group", "attributes": group_attributes}
        # All metadata once more in the root, as zarr's own consolidation writes it: one file to open, not thirty.
        group["consolidated_metadata"] = {"kind": "inline", "must_understand": False, "metadata": documents}
        write_text(self.path / "zarr.json", json.dumps(group, indent=1))

    def _coordinates(self, documents: dict[str, dict[str, Any]]) -> None:
        """Lay out the coordinates, and write those that are known before anything is solved."""
        layout = self.layout
        n, block = layout.n_subjects, layout.block
        self._whole(
            "time", np.asarray(layout.times, dtype=np.float64), ("time",), {"units": layout.time_unit}, documents
        )
        self._whole("subject", np.arange(n), ("subject",), {"long_name": "row of the cohort"}, documents)
        for name, column in layout.subjects.items():
            self._whole(safe_name(name, "column"), np.asarray(column), ("subject",), {}, documents)
        flags = {"flag_values": list(layout.statuses.values()), "flag_meanings": " ".join(layout.statuses)}
        documents["status"] = _array((n,), (block,), "int64", layout.not_run, ("subject",), flags)
        failed = {"units": layout.time_unit, "long_name": "time at which the solver gave up; NaN when it did not"}
        documents["failed_at"] = _array((n,), (block,), "float64", "NaN", ("subject",), failed)

    def _whole(
        self,
        name: str,
        values: np.ndarray,
        dims: tuple[str, ...],
        attrs: dict[str, Any],
        documents: dict[str, dict[str, Any]],
    ) -> None:
        """Write an array that is complete now, as a single chunk."""
        if values.dtype.kind in _DATA_TYPES:
            kind, code = _DATA_TYPES[values.dtype.kind]
            documents[name] = _array(values.shape, values.shape, kind, 0, dims, attrs)
            data = np.ascontiguousarray(values, dtype=code).tobytes()
        else:
            documents[name] = _array(values.shape, values.shape, "string", "", dims, attrs)
            data = _utf8([str(value) for value in values])
        chunk = self.path.joinpath(name, "c", *["0"] * len(dims))
        chunk.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(chunk, data)

    def write(self, first: int, values: np.ndarray, status: np.ndarray, failed_at: np.ndarray) -> None:
        """Put one finished block of subjects on disk.

        Parameters
        ----------
        first
            Row of the block's first subject; a multiple of the layout's block.
        values
            ``f8[m, n_times, n_outputs]`` in the order of the layout's outputs; ``m`` is the block, or less at the end.
        status
            ``i[m]`` status codes.
        failed_at
            ``f8[m]`` times of failure, NaN for solved subjects.
        """
        layout = self.layout
        m = len(values)
        whole = m == layout.block or first + m == layout.n_subjects
        if first % layout.block or m > layout.block or not whole:
            raise ValueError(f"subjects {first} to {first + m} are not one block of {layout.block}")
        index = str(first // layout.block)
        for k, output in enumerate(layout.outputs):
            self._chunk((output.id, "c", index, "0"), values[:, :, k], np.nan)
        self._chunk(("failed_at", "c", index), np.asarray(failed_at, dtype=np.float64), np.nan)
        # Last: a subject whose status is on disk has all its trajectories on disk.
        self._chunk(("status", "c", index), np.asarray(status, dtype=np.int64), layout.not_run)

    def _chunk(self, parts: tuple[str, ...], values: np.ndarray, fill: float) -> None:
        """Write one chunk; every chunk of a Zarr array has the full size, so the last one is padded."""
        code = "<f8" if values.dtype.kind == "f" else "<i8"
        full = np.full((self.layout.block, *values.shape[1:]), fill, dtype=code)
        full[: len(values)] = values
        path = self.path.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, full.tobytes())


def _array(
    shape: Sequence[int],
    chunk: Sequence[int],
    kind: str,
    fill: float | str,
    dims: tuple[str, ...],
    attrs: Mapping[str, Any],
) -> dict[str, Any]:
    """The Zarr version 3 metadata of one uncompressed array."""
    codec = {"name": "vlen-utf8"} if kind == "string" else _BYTES_CODEC
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": kind,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [max(1, size) for size in chunk]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill,
        "codecs": [codec],
        "dimension_names": list(dims),
        "attributes": dict(attrs),
    }


def _utf8(texts: Sequence[str]) -> bytes:
    """Texts in the ``vlen-utf8`` encoding: their count, then each one's length and bytes."""
    encoded = [text.encode("utf-8") for text in texts]
    parts = [len(encoded).to_bytes(4, "little")]
    for item in encoded:
        parts += [len(item).to_bytes(4, "little"), item]
    return b"".join(parts)
