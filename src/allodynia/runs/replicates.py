"""The run folder of a trial: finished blocks of replicates, from which an interrupted run goes on."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from pydantic import ValidationError

from allodynia.cache import digest
from allodynia.errors import InvalidInput
from allodynia.runs import folder as folders
from allodynia.runs.files import write_bytes
from allodynia.runs.machine import versions
from allodynia.runs.manifest import (
    FILE,
    Manifest,
    ModelPart,
    State,
    StudyPart,
    SubjectsPart,
    now,
    read_manifest,
    write_manifest,
)
from allodynia.runs.parquet import write_table
from allodynia.runs.results import write_results
from allodynia.runs.undivided import undivided
from allodynia.runs.writer import machine_part

BLOCKS = "blocks"
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


class ReplicateWriter:
    """Keeps the replicates of a trial on disk as they are finished. Use as a context manager, like
    :class:`allodynia.runs.writer.RunWriter`; ``read`` and ``write`` are the store that a trial is conducted into.

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
        self,
        study: StudyPart,
        model: ModelPart,
        *,
        seed: int,
        arguments: Mapping[str, Any],
        people: int,
        out: Path | None = None,
        resume: Path | None = None,
        vector_width: int | None = None,
    ) -> None:
        self._study, self._model, self._seed, self._arguments = study, model, seed, dict(arguments)
        self._people, self._out, self._width = people, out, vector_width
        self._started, self._solved, self._failed = now(), 0, 0
        self.folder: Path | None = None
        self.manifest: Manifest | None = None
        if resume is not None:
            self._go_on(resume)
        elif out is not None:
            folders.check_free(out)

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
        self.folder, self._started = path, before.started

    @property
    def folder_made(self) -> Path:
        """The run folder. Raises ``RuntimeError`` before the first block, when there is none."""
        if self.folder is None:
            raise RuntimeError("the run has not started: it has no folder yet")
        return self.folder

    def open(self) -> None:
        """Make the folder and write the manifest of a running run."""
        if self.folder is None:
            key = digest(self._study.digest, self._model.digest, self._model.values_digest, str(self._seed))
            self.folder = folders.create(folders.choose(self._out, self._study.name, key))
        (self.folder / BLOCKS).mkdir(exist_ok=True)
        self._write("running")

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
        self._count(arrays)
        return arrays

    def write(self, first: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep a finished block, in one step that Ctrl-C does not divide."""
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
        with undivided():
            write_bytes(self._path(first), stream.getvalue())
            self._count(arrays)

    def _count(self, arrays: Mapping[str, np.ndarray]) -> None:
        solved = int(np.count_nonzero(arrays["solved"]))
        self._solved += solved
        self._failed += int(arrays["solved"].size) - solved

    def _path(self, first: int) -> Path:
        return self.folder_made / BLOCKS / f"{first:07d}.npz"

    def table(self, name: str, columns: Mapping[str, Sequence[Any] | np.ndarray], notes: Mapping[str, str]) -> None:
        """Write a table as Parquet; ``notes`` say what each column holds, and in which unit."""
        write_table(self.folder_made, name, columns, notes)

    def results(self, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> None:
        """Write the results as JSON, and their first table as CSV."""
        write_results(self.folder_made, rows, about)

    def _write(self, state: State, *, finished: str | None = None, error: str | None = None) -> None:
        counts = {"SOLVED": self._solved, "FAILED": self._failed}
        if (missing := self._people - self._solved - self._failed) > 0:
            counts["NOT_RUN"] = missing
        self.manifest = Manifest(
            state=state, started=self._started, finished=finished, seed=self._seed, study=self._study,
            model=self._model, arguments=self._arguments, versions=versions(), machine=machine_part(self._width),
            subjects=SubjectsPart(total=max(self._people, self._solved + self._failed), by_status=counts), error=error,
        )  # fmt: skip
        write_manifest(self.folder_made, self.manifest)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.manifest is None:
            return
        if kind is None:
            self._write("finished", finished=now())
        elif issubclass(kind, KeyboardInterrupt):
            self._write("interrupted", finished=now(), error="stopped by the user")
        else:
            self._write("failed", finished=now(), error=f"{kind.__name__}: {problem}")
