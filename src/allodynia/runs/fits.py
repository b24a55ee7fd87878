"""The run folder of a fit: the readings as they were given, what they say, and where the numbers come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from allodynia.cache import digest
from allodynia.runs import folder as folders
from allodynia.runs.files import write_bytes, write_text
from allodynia.runs.machine import versions
from allodynia.runs.manifest import Manifest, ModelPart, State, StudyPart, SubjectsPart, now, write_manifest
from allodynia.runs.parquet import write_table
from allodynia.runs.results import write_results
from allodynia.runs.writer import machine_part


class FitWriter:
    """Keeps a fit on disk. Use as a context manager, like :class:`allodynia.runs.writer.RunWriter`.

    Parameters
    ----------
    study, model, seed, arguments
        What the manifest says of them.
    readings
        The text of the readings.
    out
        The run folder; None for a new one below ``runs/``.
    vector_width
        Animals that are solved side by side.

    Raises
    ------
    InvalidInput
        ``out`` is a file, or a folder that already holds something.
    """

    def __init__(
        self, study: StudyPart, model: ModelPart, *, seed: int, arguments: Mapping[str, Any], readings: str,
        out: Path | None = None, vector_width: int | None = None,
    ) -> None:  # fmt: skip
        self._study, self._model, self._seed, self._readings = study, model, seed, readings
        self._arguments = {**arguments, "readings_digest": digest(readings)}
        self._out, self._width, self._started = out, vector_width, now()
        self._animals = 0
        self.folder: Path | None = None
        if out is not None:
            folders.check_free(out)

    @property
    def folder_made(self) -> Path:
        """The run folder. Raises ``RuntimeError`` before :meth:`open`, when there is none."""
        if self.folder is None:
            raise RuntimeError("the fit has not started: it has no folder yet")
        return self.folder

    def open(self) -> None:
        """Make the folder, with the readings and the manifest of a running fit."""
        key = digest(self._study.digest, self._model.digest, self._model.values_digest, self._readings, str(self._seed))
        self.folder = folders.create(folders.choose(self._out, f"fit-{self._study.name}", key))
        write_text(self.folder / "readings.csv", self._readings)
        self._write("running")

    def simulated(self, animals: int) -> None:
        """How many animals have been solved."""
        self._animals = animals

    def table(self, name: str, columns: Mapping[str, Sequence[Any] | np.ndarray], notes: Mapping[str, str]) -> None:
        """Write a table as Parquet; ``notes`` say what each column holds, and in which unit."""
        write_table(self.folder_made, name, columns, notes)

    def results(self, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> None:
        """Write the results as JSON, and their first table as CSV."""
        write_results(self.folder_made, rows, about)

    def figure(self, name: str, png: bytes, svg: bytes) -> None:
        """Write a figure in both forms."""
        (self.folder_made / "figures").mkdir(exist_ok=True)
        write_bytes(self.folder_made / "figures" / f"{name}.png", png)
        write_bytes(self.folder_made / "figures" / f"{name}.svg", svg)

    def _write(self, state: State, *, finished: str | None = None, error: str | None = None) -> None:
        manifest = Manifest(
            state=state, started=self._started, finished=finished, seed=self._seed, study=self._study,
            model=self._model, arguments=self._arguments, versions=versions(), machine=machine_part(self._width),
            subjects=SubjectsPart(total=self._animals, by_status={"SOLVED": self._animals}), error=error,
        )  # fmt: skip
        write_manifest(self.folder_made, manifest)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.folder is None:
            return
        if kind is None:
            self._write("finished", finished=now())
        elif issubclass(kind, KeyboardInterrupt):
            self._write("interrupted", finished=now(), error="stopped by the user")
        else:
            self._write("failed", finished=now(), error=f"{kind.__name__}: {problem}")
