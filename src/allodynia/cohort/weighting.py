"""Prevalence weights: how often people like this one are met among those who are called ill.

A population's distributions say who is plausible, and not how often. The field's way from plausible patients to a
virtual population is to weight them by what is published of real ones (prevalence weights: Schmidt et al. 2013, BMC
Bioinformatics 14:221; Cheng et al. 2017, AAPS J, doi 10.1208/s12248-017-0100-x), or to take each with a chance in
proportion to such a weight so that those taken need none (Allen, Rieger and Musante 2016, CPT Pharmacometrics Syst
Pharmacol 5:140). Both are here; the weights are those of :mod:`allodynia.cohort.tilting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.moments import Error, Moment
from allodynia.cohort.tilting import Tilt

F8 = NDArray[np.float64]

KINDS = {"sd": "square", "share": "share"}


class TermLike(Protocol):
    """An output and its cut; see :class:`allodynia.system.cohort_targets.Term`."""

    @property
    def output(self) -> str: ...  # noqa: D102
    @property
    def sign(self) -> int: ...  # noqa: D102
    @property
    def cut(self) -> float | None: ...  # noqa: D102


class TargetLike(Protocol):
    """A published number; see :class:`allodynia.system.cohort_targets.TargetRow`."""

    @property
    def statistic(self) -> str: ...  # noqa: D102
    @property
    def terms(self) -> Sequence[TermLike]: ...  # noqa: D102
    @property
    def join(self) -> str: ...  # noqa: D102
    @property
    def among(self) -> tuple[str, float] | None: ...  # noqa: D102
    @property
    def about(self) -> float: ...  # noqa: D102
    @property
    def reading(self) -> Error: ...  # noqa: D102


class MultiplierLike(Protocol):
    """A target's part of a weight; see :class:`allodynia.system.weighting_table.MultiplierRow`."""

    @property
    def target(self) -> TargetLike: ...  # noqa: D102
    @property
    def goal(self) -> float: ...  # noqa: D102
    @property
    def per(self) -> float: ...  # noqa: D102
    @property
    def multiplier(self) -> float: ...  # noqa: D102


class WeightingLike(Protocol):
    """The table of a weighting; see :class:`allodynia.system.weighting_table.WeightingRow`."""

    @property
    def offset(self) -> float: ...  # noqa: D102
    @property
    def cap(self) -> float: ...  # noqa: D102
    @property
    def multipliers(self) -> Sequence[MultiplierLike]: ...  # noqa: D102


def moment_of(target: TargetLike) -> Moment:
    """The moment that a target is told by."""
    kind = KINDS.get(target.statistic, "mean")
    given = tuple(term.cut for term in target.terms if term.cut is not None)
    if kind == "share" and len(given) != len(target.terms):
        raise ValueError("a percentile of healthy people must be a number before it is looked at")
    return Moment(
        kind, tuple(term.output for term in target.terms), target.reading, target.about,
        given if kind == "share" else (), tuple(term.sign for term in target.terms), target.join, target.among,
    )  # fmt: skip


def standardised(moment: Moment, goal: float, per: float, values: dict[str, F8]) -> F8:
    """A person's moment less its goal, in steps of ``per``; 0 for people who are not counted."""
    return np.asarray(moment.counted(values) * (moment.of(values) - goal) / per)


@dataclass(frozen=True)
class Weighting:
    """The weights of a population: ``moments`` with their ``goals`` and steps ``per``, and the tilt."""

    moments: tuple[Moment, ...]
    goals: tuple[float, ...]
    per: tuple[float, ...]
    tilt: Tilt

    @classmethod
    def of(cls, table: WeightingLike) -> Weighting:
        """The weighting of a table."""
        rows = table.multipliers
        return cls(
            tuple(moment_of(row.target) for row in rows), tuple(row.goal for row in rows),
            tuple(row.per for row in rows),
            Tilt(np.array([row.multiplier for row in rows], dtype=np.float64), table.offset, table.cap),
        )  # fmt: skip

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs that a weight depends on."""
        found = [output for moment in self.moments for output in moment.outputs]
        found += [moment.among[0] for moment in self.moments if moment.among is not None]
        return tuple(dict.fromkeys(found))

    def weights(self, values: dict[str, F8]) -> F8:
        """The weight of everybody, between 0 and the cap, from output id to values at rest; about 1 on average over the
        plausible people of the table's values. NaN values give NaN.
        """
        parts = [
            standardised(moment, goal, per, values)
            for moment, goal, per in zip(self.moments, self.goals, self.per, strict=True)
        ]
        return self.tilt.weights(np.stack(parts, axis=-1))

    def taken(self, values: dict[str, F8], u: F8) -> NDArray[np.bool_]:
        """Who is taken, with a chance of weight / cap; ``u`` are uniform numbers of their own."""
        return np.asarray(u * self.tilt.cap < self.weights(values))
