"""The whole system of each species, given a patient's IgG, solved by COPASI, libRoadRunner and the compiled engine."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.engine import ActionKind, Actions, Status, simulate
from allodynia.model.evaluate import evaluate
from allodynia.system import load_system
from allodynia.system.load import species_names

from .other_engines import copasi, roadrunner

TIMES = np.unique(np.concatenate([np.linspace(0.0, 4.0, 17), np.linspace(5.0, 28.0, 24)]))
AGREE = 1e-5
NOTHING = 1e-9
"""A state that never leaves this (a virus that nobody brought) is compared in its unit, not with its maximum."""


@pytest.fixture(scope="module", params=species_names())
def solved(request):
    """One subject given 8 mg of a patient's IgG on four days, solved at rtol 1e-10."""
    system = load_system(request.param).ode
    values = {parameter.id: parameter.value for parameter in system.parameters}
    index = {state.id: i for i, state in enumerate(system.states)}
    doses = [(float(day), index["igg.peritoneum"], 8.0) for day in range(4)]
    row = np.array([[values[parameter.id] for parameter in system.parameters]])
    start = evaluate(system.dag, system.initial, 0.0, np.zeros(len(system.states)), row[0])
    actions = Actions.from_lists([[(t, ActionKind.ADD_STATE, i, amount) for t, i, amount in doses]])
    names = [state.id for state in system.states]
    solution = simulate(system, row, TIMES, names, actions=actions, rtol=1e-10, atol=1e-14)
    assert solution.status[0] == Status.SOLVED
    return system, values, np.asarray(start, float), doses, solution.values[0]


@pytest.mark.parametrize("engine", [copasi, roadrunner], ids=["COPASI", "libroadrunner"])
def test_another_engine_agrees_to_a_hundred_thousandth_of_each_states_maximum(solved, engine):
    system, values, start, doses, ours = solved
    theirs = engine(system, values, start, doses, TIMES)
    scale = np.max(np.abs(theirs), axis=0)
    moved = np.ptp(theirs, axis=0) > 1e-3 * scale
    assert moved.sum() > 20, "most of the system rests: the comparison shows nothing"
    error = np.max(np.abs(ours - theirs), axis=0) / np.maximum(scale, NOTHING)
    worst = int(np.argmax(error))
    assert error[worst] < AGREE, f"{system.states[worst].id}: {error[worst]:.2e} of its maximum"
