"""The completed system: exact sparse derivatives, digests that follow what is computed."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.model import (
    Builder,
    OdeSystem,
    Op,
    Quantity,
    complete,
    evaluate,
    parameter_derivative,
    system_digest,
    values_digest,
)

STEP = 1e-150


def brusselator(*, time_dependent: bool = True, a: float = 1.0, name: str = "x") -> OdeSystem:
    """x' = A + x²y - Bx - x + sin t, y' = Bx - x²y, and a third state that nobody else feels."""
    b = Builder()
    x, y, z, A, B = b.state(0), b.state(1), b.state(2), b.param(0), b.param(1)
    autocatalysis = b.mul(b.pow(x, b.const(2.0)), y)
    growth = b.sub(b.sub(b.add(A, autocatalysis), b.mul(B, x)), x)
    if time_dependent:
        growth = b.add(growth, b.call(Op.SIN, b.time()))
    return complete(
        "brusselator",
        b.dag,
        states=[Quantity(name, "mol"), Quantity("y", "mol"), Quantity("z", "mol")],
        parameters=[Quantity("A", "1/s", a), Quantity("B", "1/s", 3.0)],
        initial=[b.mul(A, b.const(2.0)), b.const(1.0), b.const(0.0)],
        rhs=[growth, b.sub(b.mul(B, x), autocatalysis), b.neg(z)],
        observables=[Quantity("sum", "mol")],
        observable_nodes=[b.add(x, b.mul(A, y))],
        time_unit="s",
    )


def test_jacobian_is_exact_and_holds_nothing_that_is_zero() -> None:
    system = brusselator()
    jacobian = system.jacobian
    assert list(zip(jacobian.rows, jacobian.cols, strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)]
    y, p = np.array([0.7, 1.9, 0.2]), np.array([1.1, 2.9])
    entries = evaluate(system.dag, jacobian.nodes, 0.4, y, p)
    for row, column, entry in zip(jacobian.rows, jacobian.cols, entries, strict=True):
        shifted = y.astype(complex)
        shifted[column] += 1j * STEP
        assert entry == pytest.approx(
            evaluate(system.dag, [system.rhs[row]], 0.4, shifted, p)[0].imag / STEP, rel=1e-14
        )


def test_time_derivative_is_carried_where_there_is_one() -> None:
    first, second, third = brusselator().time_derivative
    assert second is None
    assert third is None
    assert first is not None
    assert evaluate(brusselator().dag, [first], 0.4, np.zeros(3), np.ones(2))[0] == np.cos(0.4)
    assert brusselator(time_dependent=False).time_derivative == (None, None, None)


def test_parameter_derivatives_of_rates_starts_and_observables() -> None:
    system = brusselator()
    nodes_before = len(system.dag)
    found = parameter_derivative(system, ["B", "A"])
    assert len(system.dag) == nodes_before  # the system itself is left alone
    y, p = np.array([0.7, 1.9, 0.2]), np.array([1.1, 2.9])
    for part, roots in (
        (found.rhs, system.rhs),
        (found.initial, system.initial),
        (found.observables, system.observable_nodes),
    ):
        dense = np.zeros((len(roots), 2))
        dense[list(part.rows), list(part.cols)] = evaluate(found.dag, part.nodes, 0.4, y, p)
        for column, index in enumerate((1, 0)):
            shifted = p.astype(complex)
            shifted[index] += 1j * STEP
            np.testing.assert_allclose(
                dense[:, column], evaluate(system.dag, roots, 0.4, y, shifted).imag / STEP, rtol=1e-14
            )
    with pytest.raises(InvalidInput, match="unknown parameter 'C'"):
        parameter_derivative(system, ["C"])


def test_evaluation_takes_many_subjects_at_once() -> None:
    system = brusselator()
    y = np.arange(12.0).reshape(3, 4) + 0.5
    p = np.arange(8.0).reshape(2, 4) + 1.0
    t = np.array([0.0, 1.0, 2.0, 3.0])
    together = evaluate(system.dag, system.rhs, t, y, p)
    alone = [evaluate(system.dag, system.rhs, t[i], y[:, i], p[:, i]) for i in range(4)]
    assert np.array_equal(together, np.stack(alone, axis=1))


def test_find_names_states_parameters_and_observables() -> None:
    system = brusselator()
    y, p = np.array([0.7, 1.9, 0.2]), np.array([1.1, 2.9])
    values = [evaluate(system.dag, [system.find(i)[0]], 0.0, y, p)[0] for i in ("y", "B", "sum")]
    assert values == [1.9, 2.9, 0.7 + 1.1 * 1.9]
    assert system.state_index("z") == 2
    assert system.parameter_index("B") == 1
    with pytest.raises(InvalidInput, match="did you mean 'sum'"):
        system.find("summ")


def test_digest_follows_structure_and_ids_not_values() -> None:
    assert system_digest(brusselator()) == system_digest(brusselator())
    assert system_digest(brusselator(a=2.0)) == system_digest(brusselator())
    assert values_digest(brusselator(a=2.0)) != values_digest(brusselator())
    assert system_digest(brusselator(time_dependent=False)) != system_digest(brusselator())
    assert system_digest(brusselator(name="u")) != system_digest(brusselator())


def test_digest_does_not_see_what_others_added_to_the_store() -> None:
    system = brusselator()
    before = system_digest(system)
    system.dag.add(Op.TANH, system.dag.time())
    assert system_digest(system) == before
