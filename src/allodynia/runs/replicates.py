"""The run folder of a trial: finished blocks of replicates, from which an interrupted run goes on."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from allodynia.errors import InvalidInput
from allodynia.runs.files import write_bytes
from allodynia.runs.kept import KeptRun
from allodynia.runs.manifest import FILE, ModelPart, StudyPart, SubjectsPart, read_manifest
from allodynia.runs.undivided import undivided

BLOCKS = "blocks"
DRAWS = "draws"
"""Folders of finished blocks: of the replicates, and of those that have a draw of their own of what is uncertain."""

IDENTITY = (
    "seed",
    "people",
    "donors",
    "mice",
    "arms",
    "hypothesis",
    "edges",
    "uncertainty",
    "pool",
    "twins",
    "cohort",
    "answers",
)
"""What decides the numbers of a replicate, beside the study and the model."""


class ReplicateWriter(KeptRun):
    """Keeps the replicates of a trial on disk as they are finished, in the stores that :meth:`blocks` gives.

    Parameters
    ----------
    study, model, seed, arguments
        What the manifest says of them; the arguments named in :data:`IDENTITY` must be the same to go on.
    people
        People in all.
    out, resume
        The run folder: a new one (None: below ``runs/``), or one to go on with.
    vector_width
        People that are solved side by side.

    Raises
    ------
    InvalidInput
        The folder holds something else, or another trial.
    """

    def __init__(
        self, study: StudyPart, model: ModelPart, *, seed: int, arguments: Mapping[str, Any], people: int,
        out: Path | None = None, resume: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__(study, model, seed=seed, arguments=arguments, out=out)
        self._asked, self._solved, self._failed = people, 0, 0
        if resume is not None:
            self._go_on(resume)

    def _go_on(self, path: Path) -> None:
        """Check that ``path`` holds this very trial, and go on there."""
        if not (path / FILE).is_file():
            raise InvalidInput(f"{path} holds no run; name the folder of an interrupted trial with --resume")
        try:
            before = read_manifest(path)
        except (ValidationError, ValueError) as problem:
            raise InvalidInput(f"{path / FILE} cannot be read: {str(problem).splitlines()[0]}") from None
        for what, old, new in (
            ("study", before.study.digest, self._study.digest),
            (
                "model",
                (before.model.digest, before.model.values_digest),
                (self._model.digest, self._model.values_digest),
            ),
            *((name, before.arguments.get(name), self._arguments.get(name)) for name in IDENTITY),
        ):
            if old != new:
                said = "" if isinstance(old, tuple) or what in {"study", "answers"} else f": {old} there, {new} now"
                raise InvalidInput(f"{path} was made with another {what}{said}; its replicates cannot be gone on with")
        self._folder, self._started = path, before.started

    def open(self) -> None:
        """Make the folder, or go on in it, and write the manifest of a running run."""
        if self._folder is None:
            self.make_folder(self._study.name)
        self.running()

    def blocks(self, name: str = BLOCKS) -> Blocks:
        """The store of the blocks in the folder ``name``, once the run is open."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Blocks(folder, self._count)

    def _count(self, arrays: Mapping[str, np.ndarray]) -> None:
        solved = int(np.count_nonzero(arrays["solved"]))
        self._solved += solved
        self._failed += int(arrays["solved"].size) - solved

    def subjects(self) -> SubjectsPart:
        """People of all replicates, by how they ended."""
        counts = {"SOLVED": self._solved, "FAILED": self._failed}
        if (missing := self._asked - self._solved - self._failed) > 0:
            counts["NOT_RUN"] = missing
        return SubjectsPart(total=max(self._asked, self._solved + self._failed), by_status=counts)


@dataclass(frozen=True)
class Blocks:
    """A store that a trial is conducted into: finished blocks in ``folder``; ``count`` hears of each."""

    folder: Path
    count: Callable[[Mapping[str, np.ndarray]], None]

    def read(self, first: int, count: int) -> dict[str, np.ndarray] | None:
        """The block of ``count`` replicates from ``first``; None where it is not there, not whole, or of others."""
        path = self._path(first)
        if not path.is_file():
            return None
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
                arrays = {name: found[name] for name in found.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None
        if "world" not in arrays or arrays["world"].tolist() != [*range(first, first + count)]:
            return None
        self.count(arrays)
        return arrays

    def write(self, first: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep a finished block, in one step that Ctrl-C does not divide."""
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
        with undivided():
            write_bytes(self._path(first), stream.getvalue())
            self.count(arrays)

    def _path(self, first: int) -> Path:
        return self.folder / f"{first:07d}.npz"


def arguments_of(folder: Path) -> Mapping[str, Any]:
    """What a trial in ``folder`` was begun with; nothing where there is none to be read (which is said when it is gone
    on with).
    """
    try:
        return read_manifest(folder).arguments
    except (OSError, InvalidInput, ValidationError, ValueError):
        return {}
