"""Simulate many subjects of one system: the entry point of the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine import machine as machines
from allodynia.engine.actions import ActionKind, Actions
from allodynia.engine.control import UNDERSHOOT_IN_ATOL
from allodynia.engine.kernel import Kernel, kernel_at_hand
from allodynia.engine.pool import Job, run
from allodynia.engine.solution import Solution
from allodynia.engine.tolerances import Tolerances
from allodynia.errors import InvalidInput
from allodynia.model.ode import OdeSystem

BLOCK_BYTES = 256 * 2**20
"""With a sink, subjects are simulated in blocks whose results take about this much memory."""


_widths: ContextVar[set[int] | None] = ContextVar("widths", default=None)


@contextmanager
def noting_widths() -> Iterator[set[int]]:
    """The vector widths of all that is simulated within, for whoever has to say how it was: a set that grows."""
    noted: set[int] = set()
    before = _widths.set(noted)
    try:
        yield noted
    finally:
        _widths.reset(before)


def simulate(
    system: OdeSystem,
    parameters: ArrayLike,
    times: ArrayLike,
    outputs: Sequence[str],
    *,
    start: float = 0.0,
    actions: Actions | None = None,
    initial: ArrayLike | None = None,
    rtol: float = Tolerances.rtol,
    atol: ArrayLike = 1e-9,
    method: str = "Rodas5P",
    max_steps: int = 100_000,
    width: int | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    sink: Callable[[int, Solution], None] | None = None,
    keep: bool = True,
    block: int | None = None,
) -> Solution:
    """Integrate every subject from ``start`` to the last of ``times``.

    A subject's result depends on that subject alone: not on who else is simulated, in which order, on how many
    threads, nor on the processor; to the last bit.

    Parameters
    ----------
    parameters : f8[n_subjects, n_parameters], in the order of ``system.parameters``.
    times : f8[n_times], strictly rising, shared by all; none before ``start``.
    outputs : ids of states, observables or parameters to sample.
    actions : what is done to each subject when; a sample at the time of an action is taken before it. (A sample at the
        time of one of the model's own events is taken after it, as SBML has it.)
    initial : f8[n_subjects, n_states]; by default the system's own initial values.
    rtol, atol : see `Tolerances`.
    method : "Rodas5P" (order 5), "Rodas5" (order 5; often faster where right-hand sides do not depend on time) or
        "Rodas4".
    max_steps : attempts allowed a subject.
    width : subjects side by side (1, 2, 4 or 8); by default what the processor does best.
    threads : by default one for each processor this process may use.
    progress : called with (subjects done, subjects) now and then.
    cancelled : asked now and then; once it says True, subjects not finished stay ``NOT_RUN``.
    sink : called with (number of the first subject, their part of the solution), block by block, in order.
    keep : False with a sink returns a solution without values (no subject rows at all).
    block : subjects a block; by default such that a block's values take 256 MiB.

    Raises
    ------
    InvalidInput
        For shapes, times, tolerances, actions or ids that cannot be used.
    UnsupportedModel
        For a model function that the compiler does not know, algebraic equations that do not determine their variables,
        or an event triggered by an equality of quantities that move.
    UnsupportedMachine
        For a processor without fused multiply-add.
    KeyboardInterrupt
        After the part that was finished has gone to the sink.
    """
    kernel = kernel_at_hand(system, outputs, method, machines.host(width))
    return simulate_with(
        kernel, parameters, times, start=start, actions=actions, initial=initial, rtol=rtol, atol=atol,
        max_steps=max_steps, threads=threads, progress=progress, cancelled=cancelled, sink=sink, keep=keep,
        block=block,
    )  # fmt: skip


def simulate_with(
    kernel: Kernel,
    parameters: ArrayLike,
    times: ArrayLike,
    *,
    start: float = 0.0,
    actions: Actions | None = None,
    initial: ArrayLike | None = None,
    rtol: float = Tolerances.rtol,
    atol: ArrayLike = 1e-9,
    max_steps: int = 100_000,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    sink: Callable[[int, Solution], None] | None = None,
    keep: bool = True,
    block: int | None = None,
) -> Solution:
    """Like `simulate`, with a kernel at hand: for many calls with one system."""
    noted = _widths.get()
    if noted is not None:
        noted.add(kernel.machine.width)
    if np.ndim(atol) == 1 and np.size(atol) == 0:
        atol = 1e-9  # a model without states: there is nothing to be tolerant about
    tolerances = Tolerances(rtol, atol)
    system = kernel.plan.system
    n_states, n_parameters = len(system.states), kernel.plan.own_parameters
    table = _table("parameters", parameters, n_parameters)
    n_subjects = len(table)
    grid = _grid(times, start)
    atol = tolerances.vector(n_states)
    low = np.where([q.non_negative for q in system.states], -UNDERSHOOT_IN_ATOL * atol, -np.inf)
    begin = None if initial is None else _table("initial", initial, n_states)
    if begin is not None and len(begin) != n_subjects:
        raise InvalidInput(f"initial has {len(begin)} rows for {n_subjects} subjects")
    if max_steps < 1:
        raise InvalidInput(f"max_steps must be at least 1, not {max_steps}")
    schedule = Actions.none(n_subjects) if actions is None else actions
    schedule.check(n_subjects, n_states, n_parameters, start)
    schedule = _as_slots(schedule, kernel)

    names = tuple(output.id for output in kernel.plan.outputs)
    row_bytes = 8 * (len(grid) * len(names) + n_states + 5)
    size = n_subjects if sink is None else block or max(1, BLOCK_BYTES // row_bytes)
    whole = Solution.empty(grid, names, n_subjects if keep or sink is None else 0, n_states)
    for first in range(0, n_subjects, max(size, 1)):
        last = min(first + size, n_subjects)
        part = whole.rows(first, last) if len(whole) else Solution.empty(grid, names, last - first, n_states)
        job = Job(
            kernel=kernel, solution=part, parameters=table[first:last], start=start, rtol=tolerances.rtol, atol=atol,
            low=low, initial=None if begin is None else begin[first:last], actions=schedule.rows(first, last),
            max_steps=max_steps,
        )  # fmt: skip

        def report(done: int, before: int = first) -> None:
            if progress is not None:
                progress(before + done, n_subjects)

        try:
            stopped = run(job, threads or _threads(), report, cancelled)
        except KeyboardInterrupt:
            if sink is not None:
                sink(first, part)
            raise
        if sink is not None:
            sink(first, part)
        if stopped:
            break
    return whole


def _table(name: str, values: ArrayLike, columns: int) -> NDArray[np.float64]:
    table = np.ascontiguousarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != columns:
        raise InvalidInput(f"{name} must be a table of {columns} columns, not an array of shape {table.shape}")
    return table


def _grid(times: ArrayLike, start: float) -> NDArray[np.float64]:
    grid = np.ascontiguousarray(times, dtype=np.float64)
    if grid.ndim != 1 or len(grid) == 0:
        raise InvalidInput("times must be a list of at least one number")
    if not np.isfinite(start) or not np.isfinite(grid).all():
        raise InvalidInput("start and times must be finite")
    if (np.diff(grid) <= 0).any():
        raise InvalidInput("times must rise strictly")
    if grid[0] < start:
        raise InvalidInput(f"the first sample ({grid[0]}) is before the start ({start})")
    return grid


def _as_slots(actions: Actions, kernel: Kernel) -> Actions:
    """The schedule as the kernel wants it: parameters by slot. One that nothing reads keeps its boundary only.

    So the steps of a subject do not depend on which outputs are asked for.
    """
    used = kernel.plan.parameters
    slots = np.full(len(kernel.plan.system.parameters), len(used), dtype=np.int32)
    slots[list(used)] = np.arange(len(used))
    target = actions.target.astype(np.int32)
    on_parameter = actions.kind >= ActionKind.SET_PARAMETER
    target[on_parameter] = slots[target[on_parameter]]
    return Actions(
        offsets=np.ascontiguousarray(actions.offsets, dtype=np.int64),
        time=np.ascontiguousarray(actions.time, dtype=np.float64),
        kind=np.ascontiguousarray(actions.kind, dtype=np.int32),
        target=target,
        value=np.ascontiguousarray(actions.value, dtype=np.float64),
    )


def _threads() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
