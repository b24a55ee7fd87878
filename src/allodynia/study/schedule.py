"""The schedules of many subjects in the form the engine takes: one list of acts, and where each subject's part
begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.study.plan import BoundArm
from allodynia.study.regimen import Act, Kind

KINDS: tuple[Kind, ...] = ("ADD_STATE", "SET_STATE", "SET_PARAMETER", "ADD_PARAMETER")


@dataclass(frozen=True)
class Schedule:
    """What is done to each row: acts ``offsets[row]`` to ``offsets[row + 1]``, in order of time.

    ``offsets`` i8[rows + 1]; ``time`` f8, ``kind`` i4 (positions in :data:`KINDS`), ``target`` i4 and ``value`` f8
    one each act.
    """

    offsets: NDArray[np.int64]
    time: NDArray[np.float64]
    kind: NDArray[np.int32]
    target: NDArray[np.int32]
    value: NDArray[np.float64]


def schedule(arms: Sequence[BoundArm], numbers: NDArray[np.int64], parameters: NDArray[np.float64]) -> Schedule:
    """The schedule of rows, given each row's number within its world and ``parameters`` f8[row, parameter]; the arms'
    rows follow each other in a world.
    """
    sizes = np.array([arm.cohort.size for arm in arms])
    return assemble([arm.acts for arm in arms], np.searchsorted(np.cumsum(sizes), numbers, side="right"), parameters)


def assemble(
    groups: Sequence[Sequence[Act]], group_of_row: NDArray[np.int64], parameters: NDArray[np.float64]
) -> Schedule:
    """The schedule of rows that are treated as their group is; ``per`` of an act is a column of ``parameters``
    f8[row, column].
    """
    counts = np.array([len(acts) for acts in groups])
    starts = np.concatenate([[0], np.cumsum(counts)])
    acts = [act for group in groups for act in group]
    per_row = counts[group_of_row]
    offsets = np.concatenate([[0], np.cumsum(per_row)]).astype(np.int64)
    which = np.arange(offsets[-1]) - np.repeat(offsets[:-1], per_row) + np.repeat(starts[group_of_row], per_row)
    value = np.array([act.value for act in acts], dtype=np.float64)[which]
    per = np.array([act.per for act in acts], dtype=np.int64)[which]
    weighed = per >= 0
    value[weighed] *= parameters[np.repeat(np.arange(group_of_row.size), per_row)[weighed], per[weighed]]
    return Schedule(
        offsets,
        np.array([act.time for act in acts], dtype=np.float64)[which],
        np.array([KINDS.index(act.kind) for act in acts], dtype=np.int32)[which],
        np.array([act.target for act in acts], dtype=np.int32)[which],
        value,
    )
