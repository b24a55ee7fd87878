"""What comes out of a simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.engine.status import Status


@dataclass(frozen=True)
class Solution:
    """Trajectories of many subjects, and how each of them ended.

    Attributes
    ----------
    times : f8[n_times]
    outputs : ids of the outputs
    values : f8[n_subjects, n_times, n_outputs], NaN from where a subject failed on
    status : i4[n_subjects], members of `Status`
    failed_at : f8[n_subjects], the time a subject failed, NaN where it did not
    steps, rejected, factorisations : i8[n_subjects]
    final : f8[n_subjects, n_states], the states at the last time (before actions there), NaN where a subject failed
    """

    times: NDArray[np.float64]
    outputs: tuple[str, ...]
    values: NDArray[np.float64]
    status: NDArray[np.int32]
    failed_at: NDArray[np.float64]
    steps: NDArray[np.int64]
    rejected: NDArray[np.int64]
    factorisations: NDArray[np.int64]
    final: NDArray[np.float64]

    @classmethod
    def empty(cls, times: NDArray[np.float64], outputs: tuple[str, ...], n_subjects: int, n_states: int) -> Solution:
        """Nobody simulated yet."""
        return cls(
            times=times,
            outputs=outputs,
            values=np.full((n_subjects, len(times), len(outputs)), np.nan),
            status=np.full(n_subjects, Status.NOT_RUN, dtype=np.int32),
            failed_at=np.full(n_subjects, np.nan),
            steps=np.zeros(n_subjects, dtype=np.int64),
            rejected=np.zeros(n_subjects, dtype=np.int64),
            factorisations=np.zeros(n_subjects, dtype=np.int64),
            final=np.full((n_subjects, n_states), np.nan),
        )

    def __len__(self) -> int:
        return len(self.status)

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which subjects were solved to the end."""
        return np.equal(self.status, int(Status.SOLVED))

    def output(self, identifier: str) -> NDArray[np.float64]:
        """One output of all subjects: f8[n_subjects, n_times]."""
        return self.values[:, :, self.outputs.index(identifier)]

    def rows(self, first: int, last: int) -> Solution:
        """Subjects ``first`` to ``last - 1``, as views."""
        part = slice(first, last)
        return Solution(
            self.times, self.outputs, self.values[part], self.status[part], self.failed_at[part], self.steps[part],
            self.rejected[part], self.factorisations[part], self.final[part],
        )  # fmt: skip

    def counts(self) -> dict[Status, int]:
        """How many subjects ended how; statuses that nobody has are left out."""
        found, counts = np.unique(self.status, return_counts=True)
        return {Status(int(status)): int(count) for status, count in zip(found, counts, strict=True)}
