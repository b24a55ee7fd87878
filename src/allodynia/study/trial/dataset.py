"""What a trial has in hand when it ends: readings of each person at each visit, who got what, who left when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@dataclass(frozen=True)
class Observed:
    """Data of some replicates; axes are [replicate, person] and then [visit], over all periods.

    ``world`` i8[replicate]; ``person`` i8, the place among those asked; ``giving`` i8, what the person gets;
    ``readings`` by endpoint f8[..., visit], as they would be if nobody left or missed a visit, and ``true`` the model's
    values behind them; ``left`` f8, when the person left (inf: not), in the trial's unit of time, ``cause`` i8 of it
    (see :class:`allodynia.study.answers.Cause`); ``missed`` bool[..., visit]; ``rescued`` f8, the time of the first
    rescue (inf: none); ``entry`` readings at screening f8; ``solved`` bool; ``flow`` counts i8[replicate];
    ``potential`` f8[replicate, person, arm + 1], by outcome, what each person would truly come to in each arm, and what
    it was at allocation (NaN where that was not simulated).
    """

    world: I8
    person: I8
    giving: I8
    readings: Mapping[str, F8]
    true: Mapping[str, F8]
    left: F8
    cause: I8
    missed: NDArray[np.bool_]
    rescued: F8
    entry: Mapping[str, F8]
    solved: NDArray[np.bool_]
    flow: Mapping[str, I8]
    potential: Mapping[str, F8] = field(default_factory=dict)

    @property
    def replicates(self) -> int:
        """How many there are."""
        return int(self.world.size)

    def seen(self, endpoint: str, times: F8) -> F8:
        """Readings in hand, f8[replicate, person, visit]; NaN for whoever was not solved, has left, or missed it."""
        here = self.solved[..., None] & ~self.missed & (times <= self.left[..., None])
        return np.where(here, self.readings[endpoint], np.nan)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All of it as flat names and arrays, for a file."""
        found: dict[str, NDArray[np.generic]] = {}
        for name in _PLAIN:
            found[name] = getattr(self, name)
        for name in _MAPS:
            for key, value in getattr(self, name).items():
                found[f"{name}/{key}"] = value
        return found


_PLAIN = ("world", "person", "giving", "left", "cause", "missed", "rescued", "solved")
_MAPS = ("readings", "true", "entry", "flow", "potential")


def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> Observed:
    """What :meth:`Observed.arrays` gave."""
    parts: dict[str, object] = {name: np.asarray(arrays[name]) for name in _PLAIN}
    for name in _MAPS:
        start = f"{name}/"
        parts[name] = {key[len(start) :]: np.asarray(value) for key, value in arrays.items() if key.startswith(start)}
    return Observed(**parts)  # type: ignore[arg-type]


def joined(parts: Sequence[Observed]) -> Observed:
    """Replicates one after the other."""
    if len(parts) == 1:
        return parts[0]
    found: dict[str, object] = {name: np.concatenate([getattr(one, name) for one in parts]) for name in _PLAIN}
    for name in _MAPS:
        keys = list(getattr(parts[0], name))
        found[name] = {key: np.concatenate([getattr(one, name)[key] for one in parts]) for key in keys}
    return Observed(**found)  # type: ignore[arg-type]
