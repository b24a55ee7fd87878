"""Which row is whom: worlds outermost, then arms, donors, subjects; every array over subjects can be seen in these
axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.arms import CohortArm, People, Pool


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of a cohort's rows: row = world * (rows a world) + start of the arm + donor * subjects + subject."""

    worlds: int
    arms: tuple[CohortArm, ...]

    @property
    def rows_a_world(self) -> int:
        """Subjects in one world, all arms."""
        return sum(arm.size for arm in self.arms)

    @property
    def rows(self) -> int:
        """Subjects in all."""
        return self.worlds * self.rows_a_world

    def arm(self, name: str) -> CohortArm:
        """The arm called ``name``."""
        return next(arm for arm in self.arms if arm.name == name)

    def start(self, name: str) -> int:
        """The first row of an arm within a world."""
        start = 0
        for arm in self.arms:
            if arm.name == name:
                return start
            start += arm.size
        raise KeyError(name)

    def view(self, values: NDArray[Any], name: str) -> NDArray[Any]:
        """The rows of one arm as [world, donor, subject, ...]; a view of ``values`` [row, ...] where that is
        possible.
        """
        arm, start = self.arm(name), self.start(name)
        by_world = values.reshape(self.worlds, self.rows_a_world, *values.shape[1:])
        part = by_world[:, start : start + arm.size]
        return part.reshape(self.worlds, arm.donors, arm.subjects, *values.shape[1:])

    def columns(self, first_world: int = 0) -> dict[str, NDArray[Any]]:
        """Who each row is: ``subject`` (row number), ``arm``, ``donor``, ``population`` and ``world``."""
        arm_names: list[str] = []
        donors: list[str] = []
        populations: list[str] = []
        for arm in self.arms:
            arm_names += [arm.name] * arm.size
            for number in range(arm.donors):
                donors += [donor_label(arm, number)] * arm.subjects
            populations += [_population(arm)] * arm.size
        worlds = np.repeat(np.arange(first_world, first_world + self.worlds), self.rows_a_world)
        return {
            "subject": np.arange(self.rows) + first_world * self.rows_a_world,
            "arm": _tiled(arm_names, self.worlds),
            "donor": _tiled(donors, self.worlds),
            "population": _tiled(populations, self.worlds),
            "world": worlds,
        }


def _tiled(names: Sequence[str], times: int) -> NDArray[np.str_]:
    return np.tile(np.array(names, dtype=np.str_), times)


def donor_label(arm: CohortArm, number: int) -> str:
    """What a person calls the donor in place ``number`` of an arm: empty for a vehicle, and for people."""
    if arm.source is None or isinstance(arm.source, People):
        return ""
    if isinstance(arm.source, Pool):
        pool = number // arm.source.members
        return arm.source.name if pool == 0 else f"{arm.source.name}-{pool + 1}"
    return f"{arm.source.name}-{number + 1}"


def _population(arm: CohortArm) -> str:
    if arm.source is None:
        return ""
    return arm.source.group.population if isinstance(arm.source, Pool) else arm.source.population
