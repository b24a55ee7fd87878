"""Rows of repeated measures gathered by which visits they have: all that a likelihood of them needs to know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.batched import segments

F8 = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Patterns:
    """Cross-products of predictors x and visits y, one entry for each pattern of each replicate (a *segment*).

    ``seen`` f8[segment, visit] is 1 where the pattern has the visit; ``n`` f8[segment] its subjects; ``xx``
    f8[segment, x, x], ``xy`` f8[segment, x, visit] and ``yy`` f8[segment, visit, visit] sums of products, 0 at visits
    that are missing. ``owner`` int[segment] is the replicate and ``starts`` int[replicate] its first segment.
    """

    seen: F8
    n: F8
    xx: F8
    xy: F8
    yy: F8
    owner: Index
    starts: Index

    def take(self, kept: Index) -> Patterns:
        """Only the replicates ``kept`` (ascending)."""
        rows = np.flatnonzero(np.isin(self.owner, kept))
        owner = np.searchsorted(kept, self.owner[rows])
        return Patterns(
            self.seen[rows], self.n[rows], self.xx[rows], self.xy[rows], self.yy[rows], owner, _starts(owner)
        )

    def over(self, values: F8) -> F8:
        """Sums over the segments of every replicate."""
        return segments(values, self.starts)

    def products(self, left: F8, right: F8) -> F8:
        """Sums of outer products over the segments of every replicate: f8[segment, a], f8[segment, b] to f8[r, a, b].

        Replicates with the same number of segments go together, as one product of matrices each.
        """
        count = np.diff(np.append(self.starts, len(self.n)))
        out = np.empty((len(count), left.shape[1], right.shape[1]))
        for size in np.unique(count):
            place = np.flatnonzero(count == size)
            rows = self.starts[place, None] + np.arange(size)
            out[place] = np.swapaxes(left[rows], 1, 2) @ right[rows]
        return out


def _starts(owner: Index) -> Index:
    return np.flatnonzero(np.diff(owner, prepend=-1))


def gather(x: F8, y: F8) -> Patterns:
    """Patterns of y f8[replicate, subject, visit] (NaN missing) with predictors x f8[replicate, subject, q].

    Subjects with a missing predictor or no visit are left out; every replicate must keep at least one. At most 62
    visits. Within a pattern the sums run in the order of the subjects, so a replicate has the same bits in any batch.
    """
    seen = ~np.isnan(y)
    key = (seen @ (1 << np.arange(y.shape[2], dtype=np.int64))).astype(np.int64)
    replicate, subject = np.nonzero((key > 0) & ~np.isnan(x).any(axis=2))
    order = np.lexsort((key[replicate, subject], replicate))
    replicate, subject = replicate[order], subject[order]
    pattern = key[replicate, subject]
    first = np.flatnonzero((np.diff(replicate, prepend=-1) != 0) | (np.diff(pattern, prepend=-1) != 0))

    q = x.shape[2]
    rows = np.concatenate([x[replicate, subject], np.nan_to_num(y[replicate, subject])], axis=1)
    products = segments((rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1), first)
    products = products.reshape(len(first), rows.shape[1], rows.shape[1])
    owner = replicate[first]
    return Patterns(
        seen[owner, subject[first]].astype(np.float64),
        np.diff(np.append(first, len(rows))).astype(np.float64),
        np.ascontiguousarray(products[:, :q, :q]),
        np.ascontiguousarray(products[:, :q, q:]),
        np.ascontiguousarray(products[:, q:, q:]),
        owner,
        _starts(owner),
    )
