"""Steady dosing where no closed form exists, where there is none to find, and where it is far away."""

from __future__ import annotations

import math

import numpy as np
import pytest

from allodynia.engine import Actions, Status
from allodynia.engine.periodic import find_periodic_state
from allodynia.engine.regimen import Dose, Reset, simulate_regimens
from allodynia.errors import InvalidInput
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
from allodynia.model.ode import OdeSystem, Quantity, complete

from .scenarios import PARAMETERS, system

EXACT = {"rtol": 1e-12, "atol": 1e-13}


def saturable() -> OdeSystem:
    """Michaelis-Menten elimination: c' = -vmax c / (km + c)."""
    b = Builder()
    c, vmax, km = b.state(0), b.param(0), b.param(1)
    return complete(
        "saturable", b.dag, states=[Quantity("c", "mg", non_negative=True)],
        parameters=[Quantity("vmax", "mg/h", 1.0), Quantity("km", "mg", 1.0)],
        initial=[b.const(0.0)], rhs=[b.neg(b.div(b.mul(vmax, c), b.add(km, c)))], time_unit="h",
    )  # fmt: skip


def rhythmic() -> OdeSystem:
    """Elimination that waxes and wanes: c' = -k (1 + sin(2 pi t / period) / 2) c."""
    b = Builder()
    c, k, period = b.state(0), b.param(0), b.param(1)
    wave = b.call(Op.SIN, b.div(b.mul(b.const(2.0 * math.pi), b.time()), period))
    pace = b.mul(k, b.add(b.const(1.0), b.mul(b.const(0.5), wave)))
    return complete(
        "rhythmic", b.dag, states=[Quantity("c", "mg")],
        parameters=[Quantity("k", "1/h", 1.0), Quantity("period", "h", 24.0)],
        initial=[b.const(0.0)], rhs=[b.neg(b.mul(pace, c))], time_unit="h",
    )  # fmt: skip


def shuttle() -> OdeSystem:
    """A reversible exchange that conserves a + b, while a drug c passes through and is lost."""
    m = Builder()
    a, b, c = (m.state(i) for i in range(3))
    k: list[Node] = [m.param(i) for i in range(3)]
    flow = m.sub(m.mul(m.add(k[0], c), a), m.mul(k[1], b))
    return complete(
        "shuttle", m.dag, states=[Quantity(name, "mg") for name in "abc"],
        parameters=[Quantity(f"k{i}", "1/h", 1.0) for i in range(3)],
        initial=[m.const(3.0), m.const(0.0), m.const(0.0)], rhs=[m.neg(flow), flow, m.neg(m.mul(k[2], c))],
        time_unit="h",
    )  # fmt: skip


def test_a_saturable_drug_stands_where_a_long_run_in_leads() -> None:
    """Doses of up to 0.8 of what elimination can carry, which make it some ten times slower."""
    rows = np.array([[10.0, 5.0], [10.0, 30.0], [7.5, 12.0]])
    every, amount = 8.0, 48.0
    steady = [[Dose(0.0, amount, into="c", every=every, repeat=2, steady=True)]] * 3
    found = simulate_regimens(saturable(), rows, steady, [0.0, 3.0, 11.0], ["c"], **EXACT)
    long = [[Dose(0.0, amount, into="c", every=every, repeat=162)]] * 3
    begin = 160 * every
    known = simulate_regimens(saturable(), rows, long, [begin, begin + 3.0, begin + 11.0], ["c"], **EXACT)
    assert found.solved.all() and known.solved.all()
    np.testing.assert_allclose(found.values, known.values, rtol=1e-8)


def test_a_rhythm_counts_from_time_zero_not_from_the_dose() -> None:
    """Doses at 7 o'clock each day, elimination by the clock: the multiplier of a day is e^(-24 k) whatever the hour."""
    k, at, every, amount = 0.05, 7.0, 24.0, 10.0
    steady = [[Dose(at, amount, into="c", every=every, steady=True)]]
    found = simulate_regimens(rhythmic(), [[k, 24.0]], steady, [8.0, 20.0, 31.0], ["c"], **EXACT)

    def integral(t: float) -> float:
        return t - 0.5 * 24.0 / (2.0 * math.pi) * (math.cos(2.0 * math.pi * t / 24.0) - 1.0)

    peak = amount / -math.expm1(-24.0 * k)
    known = [peak * math.exp(-k * (integral(t) - integral(at))) for t in (8.0, 20.0, 31.0)]
    np.testing.assert_allclose(found.values[0, :, 0], known, rtol=1e-8)


def test_a_rhythm_out_of_step_with_the_doses_has_no_steady_state() -> None:
    regimens = [[Dose(0.0, 10.0, into="c", every=24.0, steady=True)]] * 2
    found = simulate_regimens(rhythmic(), [[0.05, 24.0], [0.05, 17.0]], regimens, [0.0, 5.0], ["c"], **EXACT)
    assert found.status.tolist() == [Status.SOLVED, Status.NO_STEADY_STATE]


def test_without_elimination_there_is_none_and_nobody_else_is_touched() -> None:
    """Values up to the record that wanted it, NaN from there on; the neighbours keep their bits."""
    good = [0.2, 0.0, 0.0, 1.5, 0.0, 0.0, 1.0, 4.0]
    bad = [0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 1.0, 4.0]
    regimen = [Dose(0.0, 5.0, into="central"), Dose(10.0, 5.0, into="depot", every=6.0, steady=True)]
    times = [0.0, 4.0, 10.0, 12.0]
    found = simulate_regimens(system(1), [good, bad, good], [regimen] * 3, times, ["central"])
    alone = simulate_regimens(system(1), [good], [regimen], times, ["central"])
    assert found.status.tolist() == [Status.SOLVED, Status.NO_STEADY_STATE, Status.SOLVED]
    assert found.failed_at[1] == 10.0
    np.testing.assert_allclose(found.values[1, :3, 0], [4.0, 9.0, 9.0], rtol=1e-12)
    assert np.isnan(found.values[1, 3]).all()
    assert np.isnan(found.final[1]).all()
    assert found.values[0].tobytes() == found.values[2].tobytes() == alone.values[0].tobytes()


def test_at_the_start_nothing_is_known_of_a_subject_without_one() -> None:
    bad = [0.0, 0.0, 0.0, 1.5, 0.0, 0.0, 1.0, 4.0]
    regimen = [Dose(0.0, 5.0, into="central", every=6.0, steady=True)]
    found = simulate_regimens(system(1), [bad], [regimen], [0.0, 4.0], ["central"])
    assert found.status[0] == Status.NO_STEADY_STATE
    assert found.failed_at[0] == 0.0
    assert np.isnan(found.values).all()


@pytest.mark.parametrize("half_life", [50.0, 5_000.0])
def test_slow_accumulation_is_foretold(half_life: float) -> None:
    """A half-life of thousands of intervals: repetition alone would need some 100,000 of them."""
    k = math.log(2.0) / half_life
    row = [k, 0.0, 0.0, 1.5, 0.0, 0.0, 1.0, 0.0]
    regimen = [Dose(0.0, 5.0, into="central", every=1.0, steady=True)]
    found = simulate_regimens(system(1), [row], [regimen], [0.0, 0.5], ["central"], **EXACT)
    peak = 5.0 / -math.expm1(-k)
    np.testing.assert_allclose(found.values[0, :, 0], [peak * math.exp(-k), peak * math.exp(-0.5 * k)], rtol=1e-8)


def test_what_is_conserved_stays() -> None:
    model = shuttle()
    dose = [(0.0, 0, 2, 4.0)]
    start = np.array([[3.0, 0.0, 0.0], [1.0, 0.5, 0.0]])
    found = find_periodic_state(
        model, [[0.3, 0.2, 0.4]] * 2, Actions.shared(2, dose), [6.0, 6.0], [0.0, 0.0], initial=start
    )
    assert (found.status == Status.SOLVED).all()
    np.testing.assert_allclose(found.states[:, :2].sum(axis=1), [3.0, 1.5], rtol=1e-12)
    np.testing.assert_allclose(found.states[:, 2], 4.0 * math.exp(-2.4) / -math.expm1(-2.4), rtol=1e-9)
    np.testing.assert_allclose(found.states[0, 0] / found.states[1, 0], 2.0, rtol=1e-8)  # linear in the total


def test_absorption_as_fast_as_elimination() -> None:
    """Where ka = k the two exponentials become one: D k t e^(-k t)."""
    k = 0.3
    row = [k, 0.0, 0.0, k, 0.0, 0.0, 1.0, 0.0]
    found = simulate_regimens(system(1), [row], [[Dose(1.0, 9.0, into="depot")]], [1.0, 2.0, 9.0], ["central"], **EXACT)
    np.testing.assert_allclose(
        found.values[0, :, 0], [9.0 * k * s * math.exp(-k * s) for s in (0.0, 1.0, 8.0)], rtol=1e-8
    )


def test_after_infusions_the_rate_is_what_it_was_to_the_last_bit() -> None:
    """0.1 + 0.2 + 0.3 - 0.1 - 0.2 - 0.3 is not 0; the rate at rest is."""
    row = [0.2, 0.0, 0.0, 1.5, 0.7, 0.0, 1.0, 0.0]
    regimen = [Dose(0.1 * i, rate * 5.0, through="rate", over=5.0) for i, rate in enumerate((0.1, 0.2, 0.3))]
    found = simulate_regimens(system(1), [row], [regimen], [0.05, 0.15, 1.0, 9.0], ["rate"])
    np.testing.assert_array_equal(
        found.values[0, :, 0], [0.7 + 0.1, 0.7 + 0.1 + 0.2, math.fsum([0.7, 0.1, 0.2, 0.3]), 0.7]
    )


def test_ties_follow_the_order_of_the_records() -> None:
    row = [1e-9, 0.0, 0.0, 1.5, 0.0, 0.0, 1.0, 2.0]
    dose, reset = Dose(3.0, 7.0, into="central"), Reset(3.0)
    regimens = [[dose, reset], [reset, dose], [dose, dose, reset, dose]]
    found = simulate_regimens(system(1), [row] * 3, regimens, [3.0, 4.0], ["central"], **EXACT)
    np.testing.assert_allclose(found.values[:, 0, 0], 2.0, rtol=1e-7)  # taken before whatever happens at 3
    np.testing.assert_allclose(found.values[:, 1, 0], [2.0, 9.0, 9.0], rtol=1e-7)


def test_a_reset_cancels_what_is_on_its_way() -> None:
    """A lagged dose, the rest of a series, and an infusion that runs: none of them arrives."""
    row = [1e-9, 0.0, 0.0, 1.5, 0.0, 0.0, 1.0, 2.0]
    regimens = [
        [Dose(0.0, 5.0, into="central", lag=4.0), Reset(3.0)],
        [Dose(0.0, 5.0, into="central", every=2.0, repeat=9), Reset(3.0)],
        [Dose(0.0, 5.0, through="rate", over=10.0), Reset(3.0)],
    ]
    found = simulate_regimens(system(1), [row] * 3, regimens, [3.0, 24.0], ["central", "rate"], **EXACT)
    np.testing.assert_allclose(found.values[:, 0, 0], [2.0, 12.0, 3.5], rtol=1e-7)
    np.testing.assert_allclose(found.values[:, 1, 0], 2.0, rtol=1e-7)
    assert (found.values[:, 1, 1] == 0.0).all()


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (Dose(0.0, 1.0), "either into a state"),
        (Dose(0.0, 1.0, into="central", through="rate"), "either into a state"),
        (Dose(0.0, 1.0, into="centre"), "did you mean 'central'"),
        (Dose(0.0, 1.0, through="rates", over=1.0), "did you mean 'rate'"),
        (Dose(0.0, 1.0, through="rate"), "one of the two"),
        (Dose(0.0, 1.0, through="rate", over=1.0, rate=1.0), "one of the two"),
        (Dose(0.0, 1.0, through="rate", over=0.0), "no rate"),
        (Dose(0.0, 1.0, through="rate", rate=0.0), "no rate"),
        (Dose(0.0, 1.0, into="central", over=1.0), "through a rate parameter"),
        (Dose(0.0, -1.0, into="central"), "amount"),
        (Dose(0.0, math.nan, into="central"), "amount"),
        (Dose(0.0, 1.0, into="central", lag=-1.0), "lag"),
        (Dose(0.0, 1.0, into="central", bioavailability=math.inf), "bioavailability"),
        (Dose(0.0, 1.0, into="central", lag="lagg"), "did you mean 'lag'"),
        (Dose(0.0, 1.0, into="central", repeat=2), "need every"),
        (Dose(0.0, 1.0, into="central", steady=True), "need every"),
        (Dose(0.0, 1.0, into="central", repeat=0, every=1.0), "repeated 1 to"),
        (Dose(0.0, 1.0, into="central", repeat=2, every=0.0), "above 0"),
        (Dose(-1.0, 1.0, into="central"), "before the start"),
        (Reset(-1.0), "before the start"),
        (Reset(math.nan), "not a number"),
    ],
)
def test_a_record_that_cannot_be_given_is_refused(record: Dose | Reset, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        simulate_regimens(system(1), np.ones((1, len(PARAMETERS))), [[record]], [1.0], ["central"])
