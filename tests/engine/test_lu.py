"""The sparse factorisation: right, with little fill-in, and the same bits unrolled or from tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ode_systems import cascade, make

from allodynia.engine import plan, simulate
from allodynia.engine.lu import Factorisation, factorise


def carry_out(structure: Factorisation, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """L and U in elimination order, touching only the entries that the structure lists."""
    order = list(structure.order)
    work = matrix[np.ix_(order, order)].copy()
    n = len(order)
    for i in range(n):
        for k, touched in structure.eliminations(i):
            work[i, k] /= work[k, k]
            for j in touched:
                work[i, j] -= work[i, k] * work[k, j]
    return np.tril(work, -1) + np.eye(n), np.triu(work)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 12), seed=st.integers(0, 10_000), density=st.floats(0.0, 1.0))
def test_product_of_the_factors_is_the_matrix(n: int, seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((n, n)) < density, rng.normal(size=(n, n)), 0.0)
    np.fill_diagonal(matrix, 20.0)
    structure = factorise(n, zip(*np.nonzero(matrix), strict=True))
    assert sorted(structure.order) == list(range(n))
    L, U = carry_out(structure, matrix)
    order = list(structure.order)
    np.testing.assert_allclose(L @ U, matrix[np.ix_(order, order)], atol=1e-12)
    assert structure.entries == sum(len(row) for row in structure.rows)


def test_an_arrow_and_a_chain_fill_in_nothing() -> None:
    n = 30
    arrow = [(0, j) for j in range(1, n)] + [(i, 0) for i in range(1, n)]
    assert factorise(n, arrow).entries == 3 * n - 2  # eliminated in the wrong order it would be full: 900
    chain = [(i, i + 1) for i in range(n - 1)] + [(i + 1, i) for i in range(n - 1)]
    structure = factorise(n, chain)
    assert structure.entries == 3 * n - 2
    assert structure.steps == n - 1


def test_tables_and_unrolled_code_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLODYNIA_NO_CACHE", "1")
    parameters = np.exp(0.5 * np.random.default_rng(5).normal(size=(9, 20)))
    times, names = [0.0, 1.0, 20.0], ["y0", "y3", "y11"]
    unrolled = simulate(cascade(), parameters, times, names, rtol=1e-9)
    monkeypatch.setattr(plan, "UNROLLED_STEPS", 0)
    tables = simulate(cascade(), parameters, times, names, rtol=1e-9)
    assert unrolled.solved.all()
    assert unrolled.values.tobytes() == tables.values.tobytes()
    assert unrolled.factorisations.tobytes() == tables.factorisations.tobytes()


def test_a_large_dense_model_takes_the_tables_and_keeps_its_total() -> None:
    """Every state exchanges with every other: 25 states, 4,900 elimination steps; the total is conserved."""
    n = 25

    def equations(b, y, p):  # type: ignore[no-untyped-def]
        rates = [b.const(0.0)] * n
        for i in range(n):
            for j in range(n):
                if i != j:
                    flow = b.mul(b.const(0.1 + ((7 * i + 3 * j) % 11) / 10), y[i])
                    rates[i], rates[j] = b.sub(rates[i], flow), b.add(rates[j], flow)
        return rates

    system = make(
        "exchange", [f"y{i}" for i in range(n)], [], equations, lambda b, p: [b.const(float(i)) for i in range(n)]
    )
    assert factorise(n, zip(system.jacobian.rows, system.jacobian.cols, strict=True)).steps > plan.UNROLLED_STEPS
    found = simulate(system, np.zeros((3, 0)), [0.01, 1.0], [f"y{i}" for i in range(n)], rtol=1e-10)
    np.testing.assert_allclose(found.values.sum(axis=2), n * (n - 1) / 2, rtol=1e-12)
    matrix = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                flow = 0.1 + ((7 * i + 3 * j) % 11) / 10
                matrix[j, i] += flow
                matrix[i, i] -= flow
    values, vectors = np.linalg.eig(matrix)
    for row, t in zip(found.values[0], (0.01, 1.0), strict=True):
        exact = (vectors @ np.diag(np.exp(values * t)) @ np.linalg.inv(vectors)).real @ np.arange(n)
        np.testing.assert_allclose(row, exact, rtol=1e-8)
