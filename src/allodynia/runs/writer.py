"""The sink that a running study writes into: it opens the run folder, takes blocks of subjects, closes the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

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
from allodynia.runs.trajectories import Layout, Output, TrajectoryStore
from allodynia.runs.undivided import undivided


class OutputLike(Protocol):
    """A sampled output, as a study names it."""

    @property
    def id(self) -> str:
        """Its id in the model."""
        ...

    @property
    def unit(self) -> str:
        """The unit of its values."""
        ...

    @property
    def label(self) -> str:
        """What a person calls it."""
        ...


class Meta(Protocol):
    """What a study tells its sink before the first subject; see :class:`Layout` for what each part is."""

    @property
    def times(self) -> np.ndarray:
        """``f8[time]`` in ``time_unit``."""
        ...

    @property
    def time_unit(self) -> str:
        """The unit of time."""
        ...

    @property
    def outputs(self) -> Sequence[OutputLike]:
        """What is sampled, in the order of the values' last axis."""
        ...

    @property
    def subjects(self) -> Mapping[str, np.ndarray]:
        """Who each row is."""
        ...

    @property
    def block(self) -> int:
        """How many rows come at a time."""
        ...


class RunWriter:
    """Keeps one run on disk, from its first subject to its last figure.

    Its ``on_start``, ``on_block`` and ``on_end`` are the sink that a study is simulated into. Nothing is written before
    ``on_start``: input that is refused leaves no folder behind. Used as a context manager, it writes in the manifest
    how the run ended: ``finished``, ``interrupted`` (Ctrl-C; what was finished stays on disk) or ``failed``.

    Parameters
    ----------
    study, model, seed, arguments
        What the manifest says of them.
    statuses, not_run
        Name and code of every way in which a subject can end, and the code of one that was never solved.
    out
        The run folder; None for a new one below ``runs/``.
    vector_width
        Subjects that are solved side by side.

    Raises
    ------
    InvalidInput
        ``out`` is a file, or a folder that already holds something.
    """

    def __init__(
        self,
        study: StudyPart,
        model: ModelPart,
        *,
        seed: int,
        arguments: Mapping[str, Any],
        statuses: Mapping[str, int],
        not_run: int,
        out: Path | None = None,
        vector_width: int | None = None,
    ) -> None:
        self._study = study
        self._model = model
        self._seed = seed
        self._arguments = dict(arguments)
        self._statuses = dict(statuses)
        self._not_run = not_run
        self._out = out
        if out is not None:
            folders.check_free(out)
        self._started = now()
        self._layout: Layout | None = None
        self._store: TrajectoryStore | None = None
        self._folder: Path | None = None
        self._counts: Counter[int] = Counter()
        self._vector_width = vector_width
        self.manifest: Manifest | None = None
        self._people: tuple[PeoplePart, ...] = ()

    @property
    def folder(self) -> Path:
        """The run folder. Raises ``RuntimeError`` before ``start``, when there is none."""
        if self._folder is None:
            raise RuntimeError("the run has not started: it has no folder yet")
        return self._folder

    @property
    def started(self) -> bool:
        """Whether the folder exists."""
        return self._folder is not None

    def on_start(self, meta: Meta) -> None:
        """Make the folder, write the manifest of a running run, and lay out the trajectories."""
        outputs = tuple(Output(output.id, output.unit, output.label) for output in meta.outputs)
        layout = Layout(meta.times, meta.time_unit, outputs, meta.subjects, self._statuses, self._not_run, meta.block)
        key = digest(self._study.digest, self._model.digest, self._model.values_digest, str(self._seed))
        self._folder = folders.create(folders.choose(self._out, self._study.name, key))
        self._layout = layout
        self._write("running")
        about = {"study": self._study.name, "seed": self._seed, "allodynia": versions()["allodynia"]}
        self._store = TrajectoryStore(self._folder, layout, about)

    def on_block(self, first_row: int, values: np.ndarray, status: np.ndarray, failed_at: np.ndarray) -> None:
        """Put one finished block of subjects on disk; see :meth:`TrajectoryStore.write`."""
        if self._store is None:
            raise RuntimeError("the run has not started: it has no store yet")
        with undivided():  # what is on disk is counted
            self._store.write(first_row, values, status, failed_at)
            self._counts.update(int(code) for code in status)

    def on_end(self, ending: str) -> None:
        """Nothing: a run has ended when its report is written, and then the manifest says so."""

    def table(self, name: str, columns: Mapping[str, Sequence[Any] | np.ndarray], notes: Mapping[str, str]) -> None:
        """Write a table as Parquet; ``notes`` say what each column holds, and in which unit."""
        write_table(self.folder, name, columns, notes)

    def results(self, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> None:
        """Write the results table as JSON and CSV."""
        write_results(self.folder, rows, about)

    def people(self, parts: Sequence[Mapping[str, Any]]) -> None:
        """How the people of each arm were found; the manifest keeps it."""
        self._people = tuple(PeoplePart.model_validate(dict(part)) for part in parts)

    def finish(self, state: State, error: str | None = None) -> None:
        """Write the last word of the manifest. Does nothing for a run that never started."""
        if self._folder is not None:
            self._write(state, finished=now(), error=error)

    def _write(self, state: State, *, finished: str | None = None, error: str | None = None) -> None:
        if self._layout is None:
            raise RuntimeError("the run has not started: there is nothing to write a manifest of")
        names = {code: name for name, code in self._layout.statuses.items()}
        counts = Counter({names.get(code, str(code)): n for code, n in self._counts.items()})
        missing = self._layout.n_subjects - sum(counts.values())
        if missing:
            counts[names.get(self._layout.not_run, "not_run")] += missing
        self.manifest = Manifest(
            state=state,
            started=self._started,
            finished=finished,
            seed=self._seed,
            study=self._study,
            model=self._model,
            arguments=self._arguments,
            versions=versions(),
            machine=machine_part(self._vector_width),
            subjects=SubjectsPart(total=self._layout.n_subjects, by_status=dict(sorted(counts.items()))),
            people=self._people,
            error=error,
        )
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


def machine_part(vector_width: int | None) -> MachinePart:
    """What computes here, for a manifest."""
    return MachinePart(
        processor=processor(), architecture=architecture(), system=system(), cores=cores(), vector_width=vector_width
    )
