"""Where systems come to rest: closed forms, conserved totals, basins, and those that never do."""

from __future__ import annotations

import numpy as np
import pytest
from hybrid_systems import hybrid

from allodynia.engine import Status, simulate
from allodynia.engine.steady_state import SteadyState, find_steady_state
from allodynia.errors import InvalidInput
from allodynia.model import OdeSystem, read_antimony, to_ode
from allodynia.model.build import Builder
from allodynia.model.expr import Node


def system(text: str) -> OdeSystem:
    return to_ode(read_antimony(text, "rest.ant", strict_units=False))


def found(text: str, vary: dict[str, list[float]] | None = None, **options: object) -> tuple[OdeSystem, SteadyState]:
    ode = system(text)
    columns = vary or {}
    count = max((len(values) for values in columns.values()), default=1)
    rows = np.repeat([[q.value for q in ode.parameters]], count, axis=0)
    for name, values in columns.items():
        rows[:, ode.parameter_index(name)] = values
    return ode, find_steady_state(ode, rows, **options)  # type: ignore[arg-type]


def test_a_linear_chain_rests_where_algebra_says_whatever_the_time_scale() -> None:
    scales = [1e-9, 1e-4, 1.0, 1e6]
    text = "A' = s*(2 - 0.5*A); B' = s*(0.5*A - 0.1*B); A = 0; B = 7; s = 1"
    _, rest = found(text, {"s": scales})
    assert rest.status.tolist() == [Status.SOLVED] * 4
    assert np.allclose(rest.states, [4.0, 20.0], rtol=1e-12)
    # The slow ones are integrated for as long as they need.
    assert rest.time[0] >= 1e9 and rest.time[3] <= 10.0


def test_conserved_totals_are_kept_to_rounding() -> None:
    text = (
        "J1: S + E -> C; kon*S*E - koff*C; J2: C -> E + P; kcat*C; J3: P -> S; back*P; "
        "S = 3; E = 0.2; C = 0; P = 0.5; kon = 4; koff = 1; kcat = 0.7; back = 0.3"
    )
    ode, rest = found(text, {"kon": [0.4, 4.0, 400.0]})
    S, E, C, P = (rest.states[:, ode.state_index(name)] for name in "SECP")
    assert (rest.status == Status.SOLVED).all()
    assert np.allclose(E + C, 0.2, rtol=1e-12) and np.allclose(S + C + P, 3.5, rtol=1e-12)
    kon = np.array([0.4, 4.0, 400.0])
    assert np.allclose(0.7 * C, 0.3 * P, rtol=1e-10)
    assert np.allclose(kon * S * E, 1.7 * C, rtol=1e-10)


def test_the_basin_of_the_stated_start_is_not_left() -> None:
    """x' = x (1 - x) (x - 0.4): 0.4 divides those that go to 0 from those that go to 1."""
    text = "x' = x*(1 - x)*(x - 0.4); x = x0; x0 = 0.39"
    starts = [0.39, 0.41, 0.3999, 0.4001, 0.0, 1.7]
    _, rest = found(text, {"x0": starts})
    assert (rest.status == Status.SOLVED).all()
    assert np.allclose(rest.states[:, 0], [0, 1, 0, 1, 0, 1], atol=1e-9)


def test_an_equilibrium_that_was_started_from_is_kept_even_if_it_repels() -> None:
    _, rest = found("x' = x*(1 - x); x = x0; x0 = 0", {"x0": [0.0, 1e-7]})
    assert (rest.status == Status.SOLVED).all()
    assert rest.states[0, 0] == 0.0
    assert rest.states[1, 0] == pytest.approx(1.0, rel=1e-10)  # next to it is not on it


def test_a_passed_saddle_is_not_taken_for_rest() -> None:
    """The state comes within 1e-6 of the saddle at (0, 0), where it lingers, before it leaves for (1, 0)."""
    ode, rest = found("x' = x*(1 - x); y' = -y; x = 1e-6; y = 1")
    assert rest.status[0] == Status.SOLVED
    assert rest.states[0, ode.state_index("x")] == pytest.approx(1.0, rel=1e-10)


def test_a_line_of_equilibria_ends_where_the_flow_does() -> None:
    """An epidemic ends at the root of the final-size equation, which no algebra of the right-hand side knows."""
    text = "J1: S -> I; b*S*I; J2: I -> R; g*I; S = 0.999; I = 0.001; R = 0; b = 0.5; g = 0.2"
    ode, rest = found(text, rtol=1e-10, atol=1e-14)
    assert rest.status[0] == Status.SOLVED
    S, I, R = (rest.states[0, ode.state_index(name)] for name in "SIR")
    assert pytest.approx(1.0, rel=1e-12) == S + I + R
    assert pytest.approx(0.999 * np.exp(-0.5 / 0.2 * R), rel=1e-8) == S
    assert abs(I) < 1e-9


def test_what_never_rests_says_so_and_touches_nobody() -> None:
    text = "x' = w*y; y' = -w*x; z' = grow - leak*z; x = 1; y = 0; z = 1; w = 0; grow = 0; leak = 0"
    vary = {"w": [0.0, 1.0, 0.0, 0.0], "grow": [0.0, 0.0, 1.0, 2.0], "leak": [0.0, 0.0, 0.0, 4.0]}
    ode = system(text)
    _, rest = found(text, vary, max_steps=2000)
    assert rest.status[0] == Status.SOLVED and rest.status[3] == Status.SOLVED
    assert rest.status[2] == Status.NO_STEADY_STATE  # grows for ever at a constant rate
    assert rest.status[1] in (Status.NO_STEADY_STATE, Status.STEP_LIMIT)  # circles for ever
    assert np.isnan(rest.states[1:3]).all()
    assert rest.states[3, ode.state_index("z")] == pytest.approx(0.5, rel=1e-12)


def test_a_run_away_keeps_the_status_of_its_integration() -> None:
    _, rest = found("x' = a*x^2 - x; x = 1; a = 2", {"a": [2.0, 0.5]})
    assert rest.status[0] in (Status.STEP_TOO_SMALL, Status.NOT_FINITE)
    assert rest.status[1] == Status.SOLVED and abs(rest.states[1, 0]) < 1e-10


def test_rest_is_where_long_integration_ends_and_each_subject_is_alone() -> None:
    text = "J1: -> M; a/(1 + P^2); J2: M -> ; M; J3: -> P; M; J4: P -> ; 0.3*P; M = 0; P = 5; a = 3"
    values = [0.5, 3.0, 40.0]
    ode, rest = found(text, {"a": values})
    rows = np.array([[a if q.id == "a" else q.value for q in ode.parameters] for a in values])
    late = simulate(ode, rows, [1e4], ["M", "P"], rtol=1e-12, atol=1e-16).values[:, 0]
    assert np.allclose(rest.states, late, rtol=1e-9)
    assert (rest.residual < 1e-9).all()
    alone = find_steady_state(ode, rows[1:2])
    assert alone.states.tobytes() == rest.states[1:2].tobytes()


def test_a_start_may_be_given() -> None:
    ode = system("x' = x*(1 - x)*(x - 0.4); x = 0.1")
    rest = find_steady_state(ode, np.zeros((2, 0)), initial=[[0.1], [0.5]])
    assert np.allclose(rest.states[:, 0], [0, 1], atol=1e-9)
    with pytest.raises(InvalidInput, match="parameters must be a table of 0 columns"):
        find_steady_state(ode, np.zeros((2, 3)))


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("weight", [1e-3, 1.0, 1e3])
def test_stability_does_not_depend_on_how_an_algebraic_row_is_written(sign: float, weight: float) -> None:
    """x' = z (1 - z) (z - 0.4) with 0 = w (z - x) or 0 = w (x - z): 0 and 1 attract, 0.4 does not."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        x, z = y
        drift = b.mul(b.mul(z, b.sub(b.const(1.0), z)), b.sub(z, b.const(0.4)))
        return [drift, b.mul(b.const(sign * weight), b.sub(z, x))]

    ode = hybrid("followed", ["x", "z"], ["x0"], equations, ["x0", "x0"], algebraic=["z"])
    rest = find_steady_state(ode, [[0.39], [0.41], [0.3999], [0.4001], [1.7]])
    assert (rest.status == Status.SOLVED).all()
    np.testing.assert_allclose(rest.states, [[0, 0], [1, 1], [0, 0], [1, 1], [1, 1]], atol=1e-9)


def test_a_total_that_only_an_algebraic_row_keeps() -> None:
    """A' = k C, B' = k (2 A - B), 0 = C - (B - 2 A): A + B is kept, where the row holds; A rests at a third of it.

    The last correction moves C too, which is no part of the total.
    """

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        A, B, C = y
        flow = b.sub(B, b.mul(b.const(2.0), A))
        return [b.mul(p[2], C), b.neg(b.mul(p[2], flow)), b.sub(C, flow)]

    ode = hybrid("total", ["A", "B", "C"], ["A0", "B0", "k"], equations, ["A0", "B0", 0.0], algebraic=["C"])
    rest = find_steady_state(ode, [[1.0, 2.5, 0.5], [5.0, 1.0, 0.6], [0.0, 0.3, 0.45]], rtol=1e-10)
    assert (rest.status == Status.SOLVED).all()
    totals = np.array([3.5, 6.0, 0.3])
    np.testing.assert_allclose(rest.states[:, :2], np.stack([totals / 3, 2 * totals / 3], axis=1), rtol=1e-10)
    np.testing.assert_allclose(rest.states[:, 2], 0.0, atol=1e-10)
