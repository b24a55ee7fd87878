"""Sparse LU without pivoting, decided once: the elimination order, the fill-in, and every operation in between.

The matrix of a Rosenbrock step, I - h gamma J, has a diagonal that dominates as h shrinks, so the order may be
chosen for small fill-in alone (Markowitz: at each step the diagonal entry whose elimination touches least). A pivot
that comes out zero gives infinities, the step is rejected, and a smaller h mends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factorisation:
    """The structure of L and U for one sparsity pattern.

    Rows and columns are numbered in elimination order: position i is state ``order[i]``, and row i of the matrix that
    of equation ``equations[i]`` (the same, unless there are algebraic rows). ``rows[i]`` maps the columns of row i of
    the filled matrix to entry numbers. The entry on the diagonal will hold the reciprocal of the pivot, those left of
    it L, those right of it U (both with unit diagonals). Entries are numbered in the order in which a solution reads
    them, so that large factors stream through the cache: L by row, then from the last row to the first the diagonal
    and U, from the right.
    """

    order: tuple[int, ...]
    equations: tuple[int, ...]
    rows: tuple[dict[int, int], ...]
    entries: int
    steps: int

    def eliminations(self, i: int) -> list[tuple[int, list[int]]]:
        """For row i: each pivot position k < i in turn, with the columns j > k that it touches."""
        return [(k, [j for j in self.rows[k] if j > k]) for k in self.rows[i] if k < i]


def factorise(n: int, pattern: Iterable[tuple[int, int]], pairs: Sequence[tuple[int, int]] = ()) -> Factorisation:
    """Order and fill-in for a matrix of size n whose off-diagonal entries are ``pattern`` (row, column).

    ``pairs`` are (row, column) of the pivots to be eliminated last, in this order: those of algebraic rows, whose
    diagonal may be empty. Every other row has its pivot on the diagonal.
    """
    pivot_of = dict(pairs)  # the column in which a row has its pivot
    pattern = [(pivot_of.get(row, row), column) for row, column in pattern]
    row_with = {column: row for row, column in pairs}
    row_of: list[set[int]] = [set() for _ in range(n)]
    column_of: list[set[int]] = [set() for _ in range(n)]
    for row, column in pattern:
        if row != column:
            row_of[row].add(column)
            column_of[column].add(row)
    order: list[int] = []
    filled: list[set[int]] = [set(row) for row in row_of]
    last = [column for _, column in pairs]
    left = set(range(n)) - set(last)
    while left or last:
        pivot = min(left, key=lambda i: (len(row_of[i]) * len(column_of[i]), i)) if left else last.pop(0)
        left.discard(pivot)
        order.append(pivot)
        for i in column_of[pivot]:
            new = row_of[pivot] - row_of[i] - {i}
            row_of[i] |= new
            filled[i] |= new
            for j in new:
                column_of[j].add(i)
        for i in column_of[pivot]:
            row_of[i].discard(pivot)
        for j in row_of[pivot]:
            column_of[j].discard(pivot)
    position = {state: i for i, state in enumerate(order)}
    columns = [sorted({i, *(position[j] for j in filled[state])}) for i, state in enumerate(order)]
    reading = [(i, j) for i, row in enumerate(columns) for j in row if j < i]
    for i in reversed(range(n)):
        reading += [(i, i), *((i, j) for j in reversed(columns[i]) if j > i)]
    entry = {place: number for number, place in enumerate(reading)}
    rows = [{j: entry[i, j] for j in row} for i, row in enumerate(columns)]
    count = len(reading)
    equations = tuple(row_with.get(state, state) for state in order)
    result = Factorisation(tuple(order), equations, tuple(rows), count, 0)
    steps = sum(len(touched) for i in range(n) for _, touched in result.eliminations(i))
    return Factorisation(result.order, equations, result.rows, count, steps)
