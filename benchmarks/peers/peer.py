"""What every engine that is measured offers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Protocol

import numpy as np

from benchmarks.problem import F8
from benchmarks.task import Task


class Unusable(Exception):
    """An engine that cannot be used here, or not for this problem; says why."""


@dataclass(frozen=True)
class Batch:
    """Subjects solved: values f8[n, times, states] (NaN where failed), seconds to solve and to set parameters f8[n].

    Seconds are those that the processor worked for this process: on an idle machine the time on the clock, on a shared
    one free of the waits in between.
    """

    values: F8
    seconds: F8
    setting_seconds: F8


class Solver(Protocol):
    """One engine, set up for one problem."""

    settings: tuple[str, ...]
    """The ways to use it that are tried; the best counts."""

    whole: bool
    """Whether it solves all subjects of the problem in one call (else the first rows that it is asked for)."""

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """Solve subjects ``rows``, or as many of the first of them as end within ``seconds``."""
        ...


class Peer(Protocol):
    """One engine."""

    name: str
    packages: tuple[str, ...]

    def prepare(self, task: Task) -> Solver:
        """Set it up for a problem. Raises `Unusable`."""
        ...


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed versions of ``packages``; raises `Unusable` naming one that is missing."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            raise Unusable(f"{package} is not installed") from None
    return found


def one_by_one(
    task: Task,
    rows: slice,
    seconds: float,
    give: Callable[[int], object],
    solve: Callable[[], F8],
    read: Callable[[F8], F8] | None = None,
) -> Batch:
    """Subjects one after the other: ``give(i)`` sets parameters and starts, ``solve()`` returns f8[times, states].

    With ``read`` what ``solve`` returns is turned into values afterwards, at no cost to the engine.
    """
    shape = (len(task.problem.times), len(task.problem.states))
    values, taken, setting = [], [], []
    begun = time.process_time()
    for row in range(*rows.indices(len(task.problem.parameters))):
        start = time.process_time()
        give(row)
        ready = time.process_time()
        try:
            result = solve()
            end = time.process_time()
            result = np.array(result if read is None else read(result), dtype=float)
        except (KeyboardInterrupt, SystemExit):
            raise
        except (
            BaseException
        ):  # an engine's own failure, of whatever class (a panic in Rust is none of Exception): no result
            end = time.process_time()
            result = np.full(shape, np.nan)
        values.append(result if result.shape == shape else np.full(shape, np.nan))
        taken.append(end - ready)
        setting.append(ready - start)
        if end - begun > seconds:
            break
    return Batch(np.array(values), np.array(taken), np.array(setting))
