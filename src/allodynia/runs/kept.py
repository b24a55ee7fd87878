"""What every run folder has, whatever else it holds: a manifest that says how the run ended, results, tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from allodynia.cache import digest
from allodynia.runs import folder as folders
from allodynia.runs.machine import architecture, cores, processor, system, versions
from allodynia.runs.manifest import (
    MachinePart,
    Manifest,
    ModelPart,
    PeoplePart,
    State,
    StudyPart,
    SubjectsPart,
    now,
    write_manifest,
)
from allodynia.runs.parquet import write_table
from allodynia.runs.results import write_results


class KeptRun(ABC):
    """One run on disk. Nothing is written before :meth:`make_folder`: input that is refused leaves no folder behind.

    Used as a context manager, it writes in the manifest how the run ended: ``finished``, ``interrupted`` (Ctrl-C; what
    was finished stays on disk) or ``failed``.

    Parameters
    ----------
    study, model, seed, arguments
        What the manifest says of them.
    out
        The run folder; None for a new one below ``runs/``.

    Raises
    ------
    InvalidInput
        ``out`` is a file, or a folder that already holds something.
    """

    def __init__(
        self, study: StudyPart, model: ModelPart, *, seed: int, arguments: Mapping[str, Any], out: Path | None = None,
    ) -> None:  # fmt: skip
        self._study, self._model, self._seed, self._arguments = study, model, seed, dict(arguments)
        self._out, self._started = out, now()
        self._folder: Path | None = None
        self._people: tuple[PeoplePart, ...] = ()
        self.manifest: Manifest | None = None
        self.widths: Set[int] = frozenset()
        """How many subjects were solved side by side so far, by any kernel; whoever solves them says so."""
        if out is not None:
            folders.check_free(out)

    @property
    def folder(self) -> Path:
        """The run folder. Raises ``RuntimeError`` before the run has started, when there is none."""
        if self._folder is None:
            raise RuntimeError("the run has not started: it has no folder yet")
        return self._folder

    def make_folder(self, name: str, *also: str) -> None:
        """Make the folder, called after ``name`` where none was given; ``also`` tells it from runs alike."""
        key = digest(self._study.digest, self._model.digest, self._model.values_digest, *also, str(self._seed))
        self._folder = folders.create(folders.choose(self._out, name, key))

    @abstractmethod
    def subjects(self) -> SubjectsPart:
        """How the subjects ended, as far as is known."""

    def table(self, name: str, columns: Mapping[str, Sequence[Any] | np.ndarray], notes: Mapping[str, str]) -> None:
        """Write a table as Parquet; ``notes`` say what each column holds, and in which unit."""
        write_table(self.folder, name, columns, notes)

    def results(self, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> None:
        """Write the results as JSON, and their table as CSV."""
        write_results(self.folder, rows, about)

    def running(self) -> None:
        """Write the manifest of a run that goes on."""
        self._write("running")

    def finish(self, state: State, error: str | None = None) -> None:
        """Write the last word of the manifest. Does nothing for a run that never started."""
        if self.manifest is not None:
            self._write(state, finished=now(), error=error)

    def _write(self, state: State, *, finished: str | None = None, error: str | None = None) -> None:
        machine = MachinePart(
            processor=processor(), architecture=architecture(), system=system(), cores=cores(),
            vector_width=min(self.widths, default=None),
        )  # fmt: skip
        self.manifest = Manifest(
            state=state, started=self._started, finished=finished, seed=self._seed, study=self._study,
            model=self._model, arguments=self._arguments, versions=versions(), machine=machine,
            subjects=self.subjects(), people=self._people, error=error,
        )  # fmt: skip
        write_manifest(self.folder, self.manifest)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            if self.manifest is not None and self.manifest.state == "running":
                self.finish("finished")
        elif issubclass(kind, KeyboardInterrupt):
            self.finish("interrupted", "stopped by the user")
        else:
            self.finish("failed", f"{kind.__name__}: {problem}")
