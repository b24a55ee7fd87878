"""The up-down method: each filament stiffer after a miss and softer after an answer; the force that half answer to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.engine.elementary import exp, expit, log
from allodynia.study.assay.bench import Bench, Spec
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method
from allodynia.study.quantities import Amount

F8 = NDArray[np.float64]


class UpDown(Spec):
    """Von Frey filaments on the paw. Chaplan et al. 1994, J. Neurosci. Methods 53:55, after Dixon 1980.

    The first filament is the middle one of ``filaments``. After the first change of answer four more are applied, or
    until the softest answers or the stiffest does not, which are then the reading. The threshold is the mean logarithm
    of the forces from the one before that change on, with the one that would come next (Brownlee, Hodges and Rosenblatt
    1953, J. Am. Stat. Assoc. 48:262). An animal answers to a force f with the probability 1 / (1 + (threshold / f) to
    the power ``steepness``).
    """

    kind: Literal["up_down"]
    filaments: Annotated[list[Amount], Field(min_length=4, max_length=30)]
    steepness: Annotated[float, Field(gt=0, le=100)]

    def method(self, bench: Bench) -> Filaments:  # noqa: D102
        forces = [bench.amount(one, "filaments") for one in self.filaments]
        if forces[0] <= 0.0 or any(after <= before for before, after in itertools.pairwise(forces)):
            raise bench.refuse("filaments: forces above 0, from the softest to the stiffest", "filaments")
        return Filaments(tuple(forces), self.steepness)


AFTER_THE_CHANGE = 4


@dataclass(frozen=True, slots=True)
class Filaments(Method):
    """``forces`` rising, in the endpoint's unit."""

    forces: tuple[float, ...]
    steepness: float
    unbiased: bool = False

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings: each animal's trials one after the other."""
        threshold = np.broadcast_to(values[0], draws.shape)
        force, stiffest = log(self.forces), len(self.forces) - 1
        place = np.full(draws.shape, (stiffest + 1) // 2)
        last = np.full(draws.shape, -1)  # the answer before: -1 none yet
        left = np.full(draws.shape, -1)  # trials left once answers have changed
        sums, count = np.zeros(draws.shape), np.zeros(draws.shape)
        found = np.full(draws.shape, np.nan)
        going = ~np.isnan(threshold)
        with np.errstate(divide="ignore"):
            middle = log(np.maximum(threshold, 1e-300))
        for trial in range(stiffest + AFTER_THE_CHANGE + 2):
            if not going.any():
                break
            answers = draws.uniform(trial) < expit(self.steepness * (force[place] - middle))
            changes = going & (left < 0) & (last >= 0) & (answers != (last == 1))
            # Answers have changed: the filament before was softer than this one if this one is answered, else stiffer.
            before = np.clip(place + np.where(answers, -1, 1), 0, stiffest)
            sums = np.where(changes, force[before], sums)
            count = np.where(changes, 1.0, count)
            left = np.where(changes, AFTER_THE_CHANGE, left)
            counted = going & (left >= 0)
            sums, count = np.where(counted, sums + force[place], sums), np.where(counted, count + 1.0, count)
            going_on = np.where(counted & ~changes, left - 1, left)
            following = place + np.where(answers, -1, 1)
            off = going & ((following < 0) | (following > stiffest))
            found = np.where(off, force[place], found)
            done = going & ~off & (going_on == 0)
            nearest = np.clip(following, 0, stiffest)
            found = np.where(done, (sums + force[nearest]) / (count + 1.0), found)
            left = going_on
            going = going & ~off & ~done
            last, place = np.where(going, answers.astype(int), last), np.where(going, nearest, place)
        return exp(found)
