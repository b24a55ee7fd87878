"""A study is simulated: subjects drawn, given what their arm gets, solved block by block, handed on as they are
finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import Layout, ParameterTable, Settler, Tally
from allodynia.errors import InvalidInput
from allodynia.study.begin import Beginner, check_accepted, plausible_outputs
from allodynia.study.bind import bind
from allodynia.study.design import AsPlanned, Design, Expectation
from allodynia.study.differences import table_of
from allodynia.study.integrator import Integrator, compiled
from allodynia.study.load import Study
from allodynia.study.observables import Observer
from allodynia.study.plan import Plan
from allodynia.study.readings import Readings, Series, places
from allodynia.study.result import StudyResult
from allodynia.study.schedule import schedule
from allodynia.study.sink import Meta, Output, Sink
from allodynia.study.system_like import SystemLike
from allodynia.study.units import ascending

F8 = NDArray[np.float64]
Progress = Callable[[int, int], None]
LARGEST_BLOCK = 8192
"""Rows of the parameter matrix held at a time; the memory of a run does not grow with its worlds beyond what it
keeps.
"""

RTOL = 1e-6
"""Relative tolerance of every subject that a result shows."""

RTOL_OF_MEANS = 1e-4
"""The same of an expectation, which keeps means over thousands: they are then off by less than a thousandth of their
standard error, in differences of twins too.
"""

MOST_VALUES = 2_000_000_000
"""Numbers that a result may hold (16 GB)."""


def simulate_study(
    study: Study,
    system: SystemLike,
    *,
    design: Design | None = None,
    subjects: int | None = None,
    seed: int = 1,
    edges: Mapping[str, float] | None = None,
    hypothesis: str | None = None,
    uncertainty: bool = False,
    observables: Iterable[str] | None = None,
    sink: Sink | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    threads: int | None = None,
    rtol: float | None = None,
    integrate: Integrator | None = None,
) -> StudyResult:
    """Simulate a study.

    Parameters
    ----------
    study, system
        What is done, and to what.
    design
        How many; by default the study as planned (then ``subjects`` a donor and ``uncertainty`` may be given), or an
        :class:`Expectation`.
    seed
        Of every stream. The same seed gives the same donors, animals and assay errors whatever ``edges`` and
        ``hypothesis`` are, so that such runs are paired.
    edges, hypothesis
        Gains of edges in all arms, and the rival explanation under which they are run.
    observables
        In an expectation, those that will be asked for (None: all of the study's); only what they need is kept.
    sink, progress, cancelled
        Take finished blocks; hear of subjects done and in all; stop when it says so (the rest is not run).
    threads, rtol
        Of the engine; ``rtol`` is :data:`RTOL_OF_MEANS` in an expectation and :data:`RTOL` otherwise when left out.
        How subjects come to rest does not depend on it.
    integrate
        What solves; the compiled engine by default.

    Raises
    ------
    InvalidInput, UnitMismatch
        The study does not fit the system: one line, with file and line. Nothing has been handed to the sink.
    """
    design = design or AsPlanned(subjects, uncertainty)
    plan = bind(study, system, design, edges=edges, hypothesis=hypothesis)
    observer = Observer(plan, system.ode.time_unit)
    observer.check()
    _check_size(plan, design)
    if study.spec.weighted and study.spec.modules is not None:
        raise InvalidInput(
            "people are weighed by what the whole system shows of them; leave out modules: or weighted:",
            where=study.where("weighted"),
        )
    table = table_of(system, weighted=study.spec.weighted)
    run = _Run(plan, system, table, design, seed, observer, list(observables) if observables is not None else None)
    if rtol is None:
        rtol = RTOL_OF_MEANS if run.expectation else RTOL
    return run.all(sink, progress, cancelled, threads, rtol, integrate or compiled)


def _check_size(plan: Plan, design: Design) -> None:
    """Refuse what no machine would hold, before anything is drawn."""
    worlds = design.worlds if isinstance(design, Expectation) else 1
    rows = worlds * sum(arm.cohort.size for arm in plan.arms)
    outputs = len(plan.endpoints) + len(plan.drawn)
    values = rows if isinstance(design, Expectation) else rows * plan.grid.size * outputs
    if values > MOST_VALUES or rows > MOST_VALUES // 100:
        raise InvalidInput(
            f"{rows} subjects at {plan.grid.size} times are too many to keep; take fewer subjects or a coarser grid",
            where=plan.study.where("subjects"),
        )


class Solved(NamedTuple):
    """A solved part: ``values`` f8[row, time, output], ``status`` i4[row], ``failed_at`` f8[row]."""

    values: F8
    status: NDArray[np.int32]
    failed_at: F8


class _Run:
    """One simulation: what to sample, which rows make a block, where the values go."""

    def __init__(
        self,
        plan: Plan,
        system: SystemLike,
        table: ParameterTable,
        design: Design,
        seed: int,
        observer: Observer,
        observables: list[str] | None,
    ) -> None:
        self.plan, self.system, self.table, self.design, self.seed = plan, system, table, design, seed
        self.expectation = isinstance(design, Expectation)
        self.worlds = design.worlds if isinstance(design, Expectation) else 1
        self.uncertainty = True if isinstance(design, Expectation) else design.uncertainty
        self.spread = not design.independent
        self.layout = Layout(self.worlds, tuple(arm.cohort for arm in plan.arms))
        endpoints = plan.endpoints.values()
        self.keep: dict[str, F8] = {}
        if self.expectation:
            names = list(plan.study.spec.observables) if observables is None else observables
            if not names:
                raise InvalidInput("an expectation needs observables", where=plan.study.where("observables"))
            wanted = names
            for endpoint, times in observer.needs(names).items():
                for output in plan.endpoint(endpoint).outputs:
                    self.keep[output] = np.array(ascending([*self.keep.get(output, []), *times]))
            if not self.keep:  # of numbers only, and people are simulated all the same
                first = next(iter(plan.endpoints.values()))
                self.keep[first.output] = np.array([first.table_at])
            self.times = np.array(ascending(time for times in self.keep.values() for time in times))
        else:
            wanted = [*plan.study.spec.observables]
            needed = [time for times in observer.needs(plan.study.spec.observables).values() for time in times]
            self.times = np.array(ascending([*plan.grid, *needed]))
            read = [output for one in endpoints for output in one.outputs]
            self.keep = dict.fromkeys((*read, *(one[0] for one in plan.drawn)), self.times)
        units = {
            quantity.id: quantity.unit
            for quantity in (*system.ode.parameters, *system.ode.observables, *system.ode.states)
        }
        labels = {output: output for one in endpoints for output in one.outputs}
        labels |= {**{one[0]: one[1] for one in plan.drawn}, **{one.output: one.label for one in endpoints}}
        self.groups_by = {name: table.column(name) for name in observer.parameters(wanted)}
        self.outputs = tuple(Output(name, units[name], labels[name]) for name in self.keep)

    def all(
        self,
        sink: Sink | None,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        threads: int | None,
        rtol: float,
        integrate: Integrator,
    ) -> StudyResult:
        """Solve everything; what is finished goes to the sink at once."""
        rows, columns = self.layout.rows, tuple(output.id for output in self.outputs)
        status = np.zeros(rows, dtype=np.int32)
        failed_at = np.full(rows, np.nan)
        trajectories = None if self.expectation else np.full((rows, self.times.size, len(columns)), np.nan)
        kept = (
            {name: np.full((rows, times.size), np.nan) for name, times in self.keep.items()} if self.expectation else {}
        )
        subgroups = {name: np.full(rows, np.nan) for name in self.groups_by}
        where = {name: places(self.times, times, name) for name, times in self.keep.items()}
        piece = self.piece()
        settler = Settler(self.system.ode, plausible_outputs(self.table), threads=threads)
        beginner = Beginner(self.plan.arms, self.table, settler)
        tallies: dict[str, Tally] = {}
        if sink is not None:
            sink.on_start(self.meta(piece))
        done = 0
        try:
            for worlds in self.groups():
                begun = beginner.begin(self.seed, worlds, uncertainty=self.uncertainty, spread=self.spread)
                for arm, tally in begun.tallies.items():
                    tallies[arm] = tallies[arm] + tally if arm in tallies else tally
                for start in range(0, len(begun.parameters), piece):
                    rows_here = slice(start, start + piece)
                    part = begun.parameters[rows_here]
                    first = worlds.start * self.layout.rows_a_world + start
                    numbers = (first + np.arange(len(part))) % self.layout.rows_a_world
                    solution = self.solve(
                        integrate, part, numbers, None if begun.initial is None else begun.initial[rows_here],
                        begun.status[rows_here], columns, rtol=rtol, threads=threads, cancelled=cancelled,
                        progress=_shifted(progress, done, rows),
                    )  # fmt: skip
                    # A subject that failed half-way is left out as a whole: what came before would bias early times.
                    values = np.where((solution.status == 0)[:, None, None], solution.values, np.nan)
                    block = slice(first, first + len(part))
                    for name, column in self.groups_by.items():
                        subgroups[name][block] = part[:, column]
                    status[block], failed_at[block] = solution.status, solution.failed_at
                    if trajectories is not None:
                        trajectories[block] = values
                    for number, name in enumerate(columns if self.expectation else ()):
                        kept[name][block] = values[:, where[name], number]
                    if sink is not None:
                        sink.on_block(first, values, solution.status, solution.failed_at)
                    done += len(part)
            check_accepted([*tallies.values()])
        except BaseException as problem:
            if sink is not None:
                sink.on_end("interrupted" if isinstance(problem, KeyboardInterrupt) else "failed")
            raise
        if sink is not None:
            sink.on_end("interrupted" if cancelled is not None and cancelled() else "finished")
        if trajectories is not None:
            series = {name: Series(self.times, trajectories[:, :, number]) for number, name in enumerate(columns)}
        else:
            series = {name: Series(self.keep[name], kept[name]) for name in columns}
        readings = Readings(self.plan, self.layout, series, self.seed, self.expectation, parameters=subgroups)
        return StudyResult(
            self.plan, self.design, self.seed, self.layout, self.times, self.system.ode.time_unit, self.outputs,
            trajectories, status, failed_at, readings, tallies,
        )  # fmt: skip

    def groups(self) -> list[range]:
        """Worlds whose subjects are drawn together."""
        step = max(1, LARGEST_BLOCK // max(1, self.layout.rows_a_world))
        return [range(start, min(start + step, self.worlds)) for start in range(0, self.worlds, step)]

    def piece(self) -> int:
        """Rows solved in one call: as planned, about a sixteenth of the run, so that an interruption loses little."""
        if self.expectation:
            return LARGEST_BLOCK
        return int(min(LARGEST_BLOCK, max(64, -(-self.layout.rows // 16))))

    def solve(
        self,
        integrate: Integrator,
        parameters: F8,
        numbers: NDArray[np.int64],
        initial: F8 | None,
        status: NDArray[np.int32],
        columns: tuple[str, ...],
        **options: Any,
    ) -> Solved:
        """The rows whose numbers within a world are ``numbers``; those whose ``status`` is not 0 never began."""
        ready = np.flatnonzero(status == 0)
        if ready.size < len(parameters):
            parameters, numbers = parameters[ready], numbers[ready]
            initial = None if initial is None else initial[ready]
        if initial is not None:
            options["initial"] = initial
        acting = any(arm.acts for arm in self.plan.arms)
        doses = schedule(self.plan.arms, numbers, parameters) if acting else None
        solution = integrate(self.system.ode, parameters, self.times, columns, doses, **options)
        if ready.size == status.size:
            return Solved(solution.values, solution.status, solution.failed_at)
        whole = Solved(
            np.full((status.size, self.times.size, len(columns)), np.nan), status.copy(), np.zeros(status.size)
        )
        whole.values[ready], whole.status[ready] = solution.values, solution.status
        whole.failed_at[ready] = solution.failed_at
        return whole

    def meta(self, block: int) -> Meta:
        """What the sink is told first."""
        columns = self.layout.columns()
        columns.pop("subject")
        return Meta(
            self.plan.study.name, self.times, self.system.ode.time_unit, self.outputs, columns, self.layout.rows, block
        )


def _shifted(progress: Progress | None, done: int, total: int) -> Progress | None:
    return None if progress is None else lambda here, _: progress(done + here, total)
