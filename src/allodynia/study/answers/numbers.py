"""The numbers of ``answers.yaml`` as a replicate of a trial has them: the table's, or a draw of what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.cohort.distributions import Distribution
from allodynia.cohort.philox import stream_key, uniforms
from allodynia.cohort.read_distribution import read_distribution
from allodynia.system.answers_table import CORRELATIONS, SHARES, AnswersTable, read_answers
from allodynia.system.load import FOLDER

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """What one replicate or many hold for true: ``value[name]`` f8[replicate, 1] is the value shared by a replicate's
    people, or the centre about which they differ by ``between[name]`` (None: not at all).
    """

    value: Mapping[str, F8]
    between: Mapping[str, Distribution | None]

    def with_values(self, **changed: float) -> Numbers:
        """The same with some values replaced, in every replicate."""
        for name in changed:
            if name not in self.value:
                raise KeyError(name)
        shape = next(iter(self.value.values())).shape
        return Numbers({**self.value, **{name: np.full(shape, one) for name, one in changed.items()}}, self.between)


@lru_cache(maxsize=1)
def shipped() -> AnswersTable:
    """The table of the package."""
    return read_answers(FOLDER)


def numbers(seed: int, worlds: ArrayLike, *, uncertainty: bool = False, table: AnswersTable | None = None) -> Numbers:
    """The numbers of the replicates ``worlds`` i8[replicate].

    With ``uncertainty`` each replicate has its own draw of what is not known, keyed (seed, name, world), else the
    values of ``table`` (by default that of the package).
    """
    table = table or shipped()
    where = np.asarray(worlds, dtype=np.int64).reshape(-1, 1)
    value, between = {}, {}
    for name, row in table.rows.items():
        centre = np.full(where.shape, row.value)
        spread = read_distribution(row.uncertainty, row.where) if uncertainty else None
        if spread is not None:
            u, chooser = uniforms(stream_key(seed, "answers", "uncertainty", name), where)
            centre = spread.quantile(centre, u, chooser)
            if name in SHARES:
                centre = np.clip(centre, 0.0, 1.0)
            if name in CORRELATIONS:
                centre = np.clip(centre, -0.99, 0.99)
        value[name] = centre
        between[name] = read_distribution(row.between, row.where)
    return Numbers(value, between)
