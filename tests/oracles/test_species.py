"""The whole system of each species, given a patient's IgG, solved by COPASI, libRoadRunner and the compiled engine."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.engine import Status, simulate
from allodynia.model.evaluate import evaluate
from allodynia.system import load_system
from allodynia.system.load import species_names

from .other_engines import copasi, roadrunner

TIMES = np.unique(np.concatenate([np.linspace(0.0, 4.0, 17), np.linspace(5.0, 28.0, 24)]))
AGREE = 1e-5
NOTHING = 1e-9
"""A state that never leaves this (a virus that nobody brought) is compared in its unit, not with its maximum."""


@pytest.mark.parametrize("species", species_names())
@pytest.mark.parametrize("engine", [copasi, roadrunner], ids=["COPASI", "libroadrunner"])
def test_another_engine_agrees_to_a_hundred_thousandth_of_each_states_maximum(species, engine):
    system = load_system(species).ode
    values = {parameter.id: parameter.value for parameter in system.parameters}
    peritoneum = [state.id for state in system.states].index("igg.peritoneum")
    row = np.array([[values[parameter.id] for parameter in system.parameters]])
    start = np.asarray(evaluate(system.dag, system.initial, 0.0, np.zeros(len(system.states)), row[0]), float)
    start[peritoneum] += 8.0  # mg
    ours = simulate(
        system, row, TIMES, [state.id for state in system.states], initial=start[None], rtol=1e-10, atol=1e-14
    )
    assert ours.status[0] == Status.SOLVED
    theirs = engine(system, values, start, [], TIMES)
    scale = np.max(np.abs(theirs), axis=0)
    moved = np.ptp(theirs, axis=0) > 1e-3 * scale
    assert moved.sum() > 15, "most of the system rests: the comparison shows nothing"
    error = np.max(np.abs(ours.values[0] - theirs), axis=0) / np.maximum(scale, NOTHING)
    worst = int(np.argmax(error))
    assert error[worst] < AGREE, f"{system.states[worst].id}: {error[worst]:.2e} of its maximum"
