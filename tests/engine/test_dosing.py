"""Doses against the closed forms of pharmacokinetics, to 1e-8."""

from __future__ import annotations

import numpy as np
import pytest
from ode_systems import make, one_compartment

from allodynia.engine import Action, ActionKind, Actions, Solution, simulate
from allodynia.errors import InvalidInput

DEPOT, DRUG = 0, 1
KA, KE, VOLUME, RATE = range(4)
PARAMETERS = np.array([[1.3, 0.21, 5.0, 0.0], [0.4, 0.7, 2.0, 0.0], [3.0, 0.05, 11.0, 0.0]])
TIMES = np.linspace(0.0, 24.0, 49)


def run(actions: list[Action], **options: object) -> Solution:
    schedule = Actions.shared(len(PARAMETERS), actions)
    names = ["depot", "drug", "conc", "rate"]
    solution = simulate(
        one_compartment(), PARAMETERS, TIMES, names, actions=schedule, rtol=1e-11, atol=1e-12, **options
    )  # type: ignore[arg-type]
    assert solution.solved.all()
    return solution


def bolus(t: np.ndarray, dose: float) -> np.ndarray:
    """Amount after a dose straight into the blood at time 0; nothing up to and at time 0."""
    ke = PARAMETERS[:, KE, None]
    return np.where(t > 0, dose * np.exp(-ke * np.maximum(t, 0)), 0.0)


def oral(t: np.ndarray, dose: float) -> np.ndarray:
    ka, ke = PARAMETERS[:, KA, None], PARAMETERS[:, KE, None]
    s = np.maximum(t, 0)
    return dose * ka / (ka - ke) * (np.exp(-ke * s) - np.exp(-ka * s))


def infusion(t: np.ndarray, rate: float, length: float) -> np.ndarray:
    ke = PARAMETERS[:, KE, None]
    during, after = np.clip(t, 0, length), np.maximum(t - length, 0)
    return rate / ke * (1 - np.exp(-ke * during)) * np.exp(-ke * after)


def close(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_bolus_at_the_start_is_seen_after_the_first_sample() -> None:
    found = run([Action(0.0, ActionKind.ADD_STATE, DRUG, 100.0)])
    close(found.output("drug"), bolus(TIMES, 100.0))
    assert (found.output("drug")[:, 0] == 0.0).all()
    close(found.output("conc"), bolus(TIMES, 100.0) / PARAMETERS[:, VOLUME, None])


def test_a_sample_at_the_time_of_a_dose_is_the_trough() -> None:
    doses = [Action(6.0 * i, ActionKind.ADD_STATE, DRUG, 10.0 + i) for i in range(4)]
    found = run(doses)
    close(found.output("drug"), sum(bolus(TIMES - dose.time, dose.value) for dose in doses))
    at_dose = int(np.flatnonzero(TIMES == 12.0)[0])
    assert (found.output("drug")[:, at_dose] < found.output("drug")[:, at_dose + 1]).all()


def test_absorption_from_a_depot_with_doses_between_samples() -> None:
    doses = [
        Action(t, ActionKind.ADD_STATE, DEPOT, d) for t, d in ((0.0, 50.0), (7.13, 20.0), (7.131, 5.0), (19.9, 80.0))
    ]
    found = run(doses)
    close(found.output("drug"), sum(oral(TIMES - dose.time, dose.value) for dose in doses))


def test_infusion_by_switching_a_rate_on_and_off() -> None:
    on_off = [
        Action(1.0, ActionKind.ADD_PARAMETER, RATE, 4.0),
        Action(2.0, ActionKind.ADD_PARAMETER, RATE, 3.0),
        Action(5.5, ActionKind.ADD_PARAMETER, RATE, -3.0),
        Action(9.0, ActionKind.SET_PARAMETER, RATE, 0.0),
    ]
    found = run(on_off)
    close(found.output("drug"), infusion(TIMES - 1.0, 4.0, 8.0) + infusion(TIMES - 2.0, 3.0, 3.5))
    expected = 4.0 * ((TIMES > 1) & (TIMES <= 9)) + 3.0 * ((TIMES > 2) & (TIMES <= 5.5))
    np.testing.assert_array_equal(found.output("rate")[0], expected)


def test_a_changed_parameter_reaches_expressions_computed_once() -> None:
    """ke is doubled: everything that was computed from it before must be computed again."""
    found = run([Action(0.0, ActionKind.ADD_STATE, DRUG, 1.0), Action(6.0, ActionKind.SET_PARAMETER, KE, 1.5)])
    ke = PARAMETERS[:, KE, None]
    expected = np.exp(-ke * np.minimum(TIMES, 6.0) - 1.5 * np.maximum(TIMES - 6.0, 0.0))
    expected[:, 0] = 0.0
    close(found.output("drug"), expected)


def test_hoisted_expressions_follow_a_changed_parameter() -> None:
    system = make(
        "power", ["y"], ["a", "b"],
        lambda b, y, p: [b.neg(b.mul(b.pow(p[0], p[1]), y[0]))],
        lambda b, p: [b.const(1.0)],
    )  # fmt: skip
    actions = Actions.shared(1, [Action(1.0, ActionKind.SET_PARAMETER, 1, 3.0)])
    found = simulate(system, [[2.0, -1.0]], [1.0, 2.0], ["y"], actions=actions, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(found.values[0, :, 0], [np.exp(-0.5), np.exp(-8.5)], rtol=1e-8)


def test_ties_are_applied_in_the_order_listed() -> None:
    add, put = Action(3.0, ActionKind.ADD_STATE, DRUG, 5.0), Action(3.0, ActionKind.SET_STATE, DRUG, 2.0)
    close(run([add, put]).output("drug"), bolus(TIMES - 3.0, 2.0))
    close(run([put, add]).output("drug"), bolus(TIMES - 3.0, 7.0))


def test_an_action_at_or_after_the_last_sample_changes_nothing() -> None:
    dose = Action(1.0, ActionKind.ADD_STATE, DRUG, 5.0)
    late = [Action(24.0, ActionKind.ADD_STATE, DRUG, 9.0), Action(25.0, ActionKind.SET_STATE, DRUG, 9.0)]
    plain, more = run([dose]), run([dose, *late])
    assert plain.values.tobytes() == more.values.tobytes()
    assert plain.final.tobytes() == more.final.tobytes()


def test_each_subject_has_its_own_schedule() -> None:
    schedules = [[Action(float(i), ActionKind.ADD_STATE, DRUG, 10.0 * (i + 1))] for i in range(3)]
    found = simulate(
        one_compartment(), PARAMETERS, TIMES, ["drug"], actions=Actions.from_lists(schedules), rtol=1e-11, atol=1e-12
    )
    for i in range(3):
        close(found.values[i, :, 0], bolus(TIMES - i, 10.0 * (i + 1))[i])


def test_given_initial_states_and_a_later_start() -> None:
    found = simulate(
        one_compartment(),
        PARAMETERS,
        TIMES + 100.0,
        ["drug"],
        start=100.0,
        initial=[[0.0, 3.0]] * 3,
        rtol=1e-11,
        atol=1e-12,
    )
    close(found.values[:, :, 0], 3.0 * np.exp(-PARAMETERS[:, KE, None] * TIMES))


def test_the_grid_forces_no_step() -> None:
    few = simulate(one_compartment(), PARAMETERS, [24.0], ["drug"], initial=[[5.0, 1.0]] * 3)
    many = simulate(one_compartment(), PARAMETERS, np.linspace(0, 24, 2000), ["drug"], initial=[[5.0, 1.0]] * 3)
    np.testing.assert_array_equal(few.steps, many.steps)
    np.testing.assert_array_equal(few.final, many.final)


def test_one_factorisation_for_each_step_tried() -> None:
    found = run([Action(3.0, ActionKind.ADD_STATE, DEPOT, 5.0)])
    np.testing.assert_array_equal(found.factorisations, found.steps + found.rejected)


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([Action(-1.0, ActionKind.ADD_STATE, 0, 1.0)], "before the start"),
        ([Action(float("nan"), ActionKind.ADD_STATE, 0, 1.0)], "not a number"),
        ([Action(1.0, ActionKind.ADD_STATE, 2, 1.0)], "state number 2"),
        ([Action(1.0, ActionKind.SET_PARAMETER, -1, 1.0)], "parameter number -1"),
        ([Action(1.0, ActionKind.ADD_STATE, 0, float("nan"))], "NaN"),
    ],
)
def test_impossible_actions_are_refused(actions: list[Action], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        run(actions)


def test_actions_out_of_order_are_refused_but_lists_are_sorted() -> None:
    late, early = Action(2.0, ActionKind.ADD_STATE, DRUG, 1.0), Action(1.0, ActionKind.ADD_STATE, DRUG, 4.0)
    mixed = Actions.from_lists([[late, early]] * 3)
    assert [a.time for a in mixed.of(1)] == [1.0, 2.0]
    wrong = Actions(mixed.offsets, mixed.time[::-1].copy(), mixed.kind, mixed.target, mixed.value)
    with pytest.raises(InvalidInput, match="in order of time"):
        simulate(one_compartment(), PARAMETERS, TIMES, ["drug"], actions=wrong)
