"""Conditions of entry in the terms of a system: a reading or a parameter, and the interval that lets a person in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput, unknown
from allodynia.study.analysis.responders import fell_by
from allodynia.study.plan import Plan
from allodynia.study.quantities import Magnitude
from allodynia.study.trial.spec import AfterRunIn, Entry
from allodynia.study.units import convert, factor

F8 = NDArray[np.float64]
Path = tuple[str | int, ...]
WORDS = {"at_least": "at least", "at_most": "at most", "above": "above", "below": "below"}


@dataclass(frozen=True, slots=True)
class BoundEntry:
    """Who is let in: those whose ``of`` lies from ``low`` to ``high`` (ends excluded where open).

    ``column`` is that of a parameter, None for an endpoint, which is read with its error.
    """

    of: str
    said: str
    low: float
    high: float
    low_open: bool
    high_open: bool
    column: int | None
    relative: bool = False
    """Whether it is asked of the share by which the reading fell since screening."""

    def admits(self, values: F8) -> NDArray[np.bool_]:
        """Whether values meet the condition; a missing one does not."""
        low = values > self.low if self.low_open else values >= self.low
        high = values < self.high if self.high_open else values <= self.high
        return np.asarray(low & high)

    def fallen(self, values: F8, before: F8) -> NDArray[np.bool_]:
        """Whether readings fell from ``before`` by a share that meets a ``relative`` condition; a missing one did not.

        Nothing falls that began at 0.
        """
        far = ~np.isnan(values) & ~np.isnan(before)
        if self.low > -math.inf:
            far &= fell_by(values, before, self.low)
        return far & ~fell_by(values, before, self.high) if self.high < math.inf else far


def bind_entry(entry: Entry, plan: Plan, path: Path) -> BoundEntry:
    """``entry`` against the endpoints (and outputs drawn beside them) and parameters of a plan.

    Raises
    ------
    InvalidInput
        Nobody knows what is asked, no cut-off is given, or nothing lies between those given.
    """
    where = plan.study.where
    columns = {name: number for number, name in enumerate(plan.parameters)}
    if plan.has_endpoint(entry.of):
        unit, column = plan.endpoint(entry.of).unit, None
    elif entry.of in columns:
        unit, column = plan.parameters[entry.of], columns[entry.of]
    else:
        raise unknown("endpoint or parameter", entry.of, plan.names(), where=where(*path, "of"))
    if isinstance(entry, AfterRunIn) and (entry.falls_by is not None or entry.falls_by_less_than is not None):
        return _falls(entry, plan, path, column)
    if not entry.cuts:
        raise InvalidInput(f"{entry.of} needs a cut-off: at_least, at_most, above or below", where=where(*path))
    ends = {key: cut_value(cut, unit, plan, (*path, key)) for key, cut in entry.cuts.items()}
    low, low_open = max(
        [(ends[key], key == "above") for key in ("at_least", "above") if key in ends] or [(-math.inf, False)]
    )
    high, high_open = min(
        [(ends[key], key == "below") for key in ("at_most", "below") if key in ends] or [(math.inf, False)],
        key=lambda end: (end[0], not end[1]),
    )
    if low > high or (low == high and (low_open or high_open)):
        raise InvalidInput(f"nobody has {entry.of} both above {low:g} and below {high:g}", where=where(*path))
    said = " and ".join(
        f"{WORDS[key]} {cut:g}" if isinstance(cut, float) else f"{WORDS[key]} {cut}" for key, cut in entry.cuts.items()
    )
    label = plan.endpoint(entry.of).label if plan.has_endpoint(entry.of) else entry.of
    return BoundEntry(entry.of, f"{label} {said}", low, high, low_open, high_open, column)


def _falls(entry: AfterRunIn, plan: Plan, path: Path, column: int | None) -> BoundEntry:
    """A condition on the share by which a reading fell."""
    place = plan.study.where(*path)
    if column is not None:
        raise InvalidInput(f"{entry.of} is a parameter, and does not fall", where=place)
    if entry.cuts:
        raise InvalidInput(f"{entry.of}: falls_by: or a cut-off, in one condition only one of them", where=place)
    low = -math.inf if entry.falls_by is None else entry.falls_by
    high = math.inf if entry.falls_by_less_than is None else entry.falls_by_less_than
    if not low < high:
        raise InvalidInput(f"no {entry.of} falls by {low:g} and by less than {high:g}", where=place)
    said = [f"has fallen by {100 * low:g} %"] if entry.falls_by is not None else []
    said += [f"has fallen by less than {100 * high:g} %"] if entry.falls_by_less_than is not None else []
    label = plan.endpoint(entry.of).label
    return BoundEntry(entry.of, f"{label} {' and '.join(said)}", low, high, False, True, None, relative=True)


def cut_value(cut: object, unit: str, plan: Plan, path: Path) -> float:
    """A cut-off in ``unit``; a bare number is taken where the unit is a plain number."""
    place = plan.study.where(*path)
    if isinstance(cut, Magnitude):
        return convert(cut, unit, str(path[-1]), place)
    if not isinstance(cut, int | float):
        raise InvalidInput(f"{path[-1]}: {cut!r} is no number", where=place)
    factor(unit, "dimensionless", f"{path[-1]}: {cut:g} has no unit, and the reading", place)
    return float(cut)
