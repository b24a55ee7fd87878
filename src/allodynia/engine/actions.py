"""What is done to a subject at set times: doses into states, changes of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput


class ActionKind(IntEnum):
    """What an action does to its target. Values are stable."""

    ADD_STATE = 0
    SET_STATE = 1
    SET_PARAMETER = 2
    ADD_PARAMETER = 3


@dataclass(frozen=True, slots=True)
class Action:
    """One action: at ``time``, do ``kind`` to state or parameter number ``target`` with ``value``."""

    time: float
    kind: ActionKind
    target: int
    value: float


@dataclass(frozen=True)
class Actions:
    """The schedules of all subjects, one after the other.

    Subject i has the actions ``offsets[i]`` to ``offsets[i + 1] - 1``, in order of time; those at the same time are
    applied in the order listed. ``target`` is an index of a state or of a parameter, as ``kind`` says. An action is
    an exact boundary of a step; a sample at its time is taken before it. Actions after the last sample never come
    into effect.
    """

    offsets: NDArray[np.int64]
    time: NDArray[np.float64]
    kind: NDArray[np.int32]
    target: NDArray[np.int32]
    value: NDArray[np.float64]

    @classmethod
    def from_lists(cls, lists: Sequence[Sequence[Action | tuple[float, ActionKind, int, float]]]) -> Actions:
        """One list of actions (or tuples of the same) a subject, sorted here by time, ties kept in order."""
        rows = [
            sorted(
                ((a.time, a.kind, a.target, a.value) if isinstance(a, Action) else a for a in one), key=lambda a: a[0]
            )
            for one in lists
        ]
        flat = [a for one in rows for a in one]
        return cls(
            offsets=np.concatenate([[0], np.cumsum([len(one) for one in rows], dtype=np.int64)]).astype(np.int64),
            time=np.array([a[0] for a in flat], dtype=np.float64),
            kind=np.array([a[1] for a in flat], dtype=np.int32),
            target=np.array([a[2] for a in flat], dtype=np.int32),
            value=np.array([a[3] for a in flat], dtype=np.float64),
        )

    @classmethod
    def shared(cls, n_subjects: int, one: Sequence[Action | tuple[float, ActionKind, int, float]]) -> Actions:
        """The same schedule for every subject."""
        single = cls.from_lists([one])
        count = len(single.time)
        return cls(
            offsets=np.arange(n_subjects + 1, dtype=np.int64) * count,
            time=np.tile(single.time, n_subjects),
            kind=np.tile(single.kind, n_subjects),
            target=np.tile(single.target, n_subjects),
            value=np.tile(single.value, n_subjects),
        )

    @classmethod
    def none(cls, n_subjects: int) -> Actions:
        """No action for anyone."""
        return cls.shared(n_subjects, [])

    def of(self, subject: int) -> list[Action]:
        """The schedule of one subject."""
        return [
            Action(float(self.time[i]), ActionKind(int(self.kind[i])), int(self.target[i]), float(self.value[i]))
            for i in range(int(self.offsets[subject]), int(self.offsets[subject + 1]))
        ]

    def rows(self, first: int, last: int) -> Actions:
        """The schedules of subjects ``first`` to ``last - 1``."""
        low, high = int(self.offsets[first]), int(self.offsets[last])
        part = slice(low, high)
        return Actions(
            self.offsets[first : last + 1] - low, self.time[part], self.kind[part], self.target[part], self.value[part]
        )

    def check(self, n_subjects: int, n_states: int, n_parameters: int, start: float) -> None:
        """Raise `InvalidInput` unless the schedules are whole, in order, and aim at what exists."""
        count = len(self.time)
        if any(len(column) != count for column in (self.kind, self.target, self.value)):
            raise InvalidInput("time, kind, target and value of the actions differ in length")
        if self.offsets.shape != (n_subjects + 1,) or (np.diff(self.offsets) < 0).any() or self.offsets[0] != 0:
            raise InvalidInput(
                f"the actions need {n_subjects + 1} rising offsets from 0, one more than there are subjects"
            )
        if self.offsets[-1] != count:
            raise InvalidInput(f"the offsets of the actions end at {self.offsets[-1]}, but there are {count} actions")
        if count == 0:
            return
        if not np.isfinite(self.time).all() or (self.time < start).any():
            worst = self.time[~(np.isfinite(self.time) & (self.time >= start))][0]
            raise InvalidInput(f"an action at time {worst} is before the start ({start}) or not a number")
        if np.isnan(self.value).any():
            raise InvalidInput("the value of an action is NaN")
        falls = np.diff(self.time) < 0
        borders = self.offsets[1:-1] - 1
        falls[borders[(borders >= 0) & (borders < count - 1)]] = False
        if falls.any():
            raise InvalidInput("the actions of a subject must be in order of time")
        if (self.kind < 0).any() or (self.kind > max(ActionKind)).any():
            raise InvalidInput(
                f"an action has kind {int(self.kind.max())}, which is none of {[int(k) for k in ActionKind]}"
            )
        limit = np.where(self.kind <= ActionKind.SET_STATE, n_states, n_parameters)
        if ((self.target < 0) | (self.target >= limit)).any():
            bad = int(np.argmax((self.target < 0) | (self.target >= limit)))
            what = "state" if self.kind[bad] <= ActionKind.SET_STATE else "parameter"
            raise InvalidInput(
                f"an action aims at {what} number {int(self.target[bad])}, which the model does not have"
            )
