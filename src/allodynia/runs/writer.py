"""The sink that a running study writes into: it opens the run folder, takes blocks of subjects, closes the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from allodynia.runs.kept import KeptRun
from allodynia.runs.machine import versions
from allodynia.runs.manifest import ModelPart, PeoplePart, StudyPart, SubjectsPart
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


class RunWriter(KeptRun):
    """Keeps one run on disk, from its first subject to its last figure.

    Its ``on_start``, ``on_block`` and ``on_end`` are the sink that a study is simulated into.

    Parameters
    ----------
    study, model, seed, arguments, out
        As for :class:`KeptRun`.
    statuses, not_run
        Name and code of every way in which a subject can end, and the code of one that was never solved.
    """

    def __init__(
        self, study: StudyPart, model: ModelPart, *, seed: int, arguments: Mapping[str, Any],
        statuses: Mapping[str, int], not_run: int, out: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__(study, model, seed=seed, arguments=arguments, out=out)
        self._statuses, self._not_run = dict(statuses), not_run
        self._layout: Layout | None = None
        self._store: TrajectoryStore | None = None
        self._counts: Counter[int] = Counter()

    def on_start(self, meta: Meta) -> None:
        """Make the folder, write the manifest of a running run, and lay out the trajectories."""
        outputs = tuple(Output(output.id, output.unit, output.label) for output in meta.outputs)
        layout = Layout(meta.times, meta.time_unit, outputs, meta.subjects, self._statuses, self._not_run, meta.block)
        self.make_folder(self._study.name)
        self._layout = layout
        self.running()
        about = {"study": self._study.name, "seed": self._seed, "allodynia": versions()["allodynia"]}
        self._store = TrajectoryStore(self.folder, layout, about)

    def on_block(self, first_row: int, values: np.ndarray, status: np.ndarray, failed_at: np.ndarray) -> None:
        """Put one finished block of subjects on disk; see :meth:`TrajectoryStore.write`."""
        if self._store is None:
            raise RuntimeError("the run has not started: it has no store yet")
        with undivided():  # what is on disk is counted
            self._store.write(first_row, values, status, failed_at)
            self._counts.update(int(code) for code in status)

    def on_end(self, ending: str) -> None:
        """Nothing: a run has ended when its report is written, and then the manifest says so."""

    def people(self, parts: Sequence[Mapping[str, Any]]) -> None:
        """How the people of each arm were found; the manifest keeps it."""
        self._people = tuple(PeoplePart.model_validate(dict(part)) for part in parts)

    def subjects(self) -> SubjectsPart:
        """Subjects by status; those not solved yet are not run."""
        if self._layout is None:
            raise RuntimeError("the run has not started: there is nothing to write a manifest of")
        names = {code: name for name, code in self._layout.statuses.items()}
        counts = Counter({names.get(code, str(code)): n for code, n in self._counts.items()})
        missing = self._layout.n_subjects - sum(counts.values())
        if missing:
            counts[names.get(self._layout.not_run, "not_run")] += missing
        return SubjectsPart(total=self._layout.n_subjects, by_status=dict(sorted(counts.items())))
