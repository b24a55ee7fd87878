"""The same equations solved by engines that share no code with ours, restarted at every dose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from allodynia.model.ode import OdeSystem
from allodynia.model.write import to_sbml

Doses = Sequence[tuple[float, int, float]]
"""Time, state index, amount added."""

Values = dict[str, float]
F8 = np.ndarray

RTOL = 1e-10


def copasi(system: OdeSystem, values: Values, start: F8, doses: Doses, times: F8) -> F8:
    """States at ``times`` (n_times, n_states) by COPASI's LSODA."""
    basico = pytest.importorskip("basico")

    def segment(state: np.ndarray, t0: float, grid: np.ndarray) -> np.ndarray:
        model = basico.load_model_from_string(to_sbml(system, values, initial=state.tolist()))
        try:
            frame = basico.run_time_course(
                model=model, values=[0.0, *(grid - t0)], method="deterministic", r_tol=RTOL, a_tol=1e-16,
                max_steps=10**6, use_sbml_id=True,
            )  # fmt: skip
            names = [state.id.replace(".", "__") for state in system.states]
            return frame[names].to_numpy()[1:]
        finally:
            basico.remove_datamodel(model)

    return _with_doses(segment, start, doses, times)


def roadrunner(system: OdeSystem, values: Values, start: F8, doses: Doses, times: F8) -> F8:
    """States at ``times`` (n_times, n_states) by libRoadRunner's CVODE."""
    try:
        import roadrunner as rr
    except (ImportError, OSError) as error:  # a Python without a shared libpython cannot load it
        pytest.skip(f"libroadrunner does not load here: {error}")

    def segment(state: np.ndarray, t0: float, grid: np.ndarray) -> np.ndarray:
        model = rr.RoadRunner(to_sbml(system, values, initial=state.tolist()))
        model.integrator.relative_tolerance = RTOL
        model.integrator.absolute_tolerance = 1e-16
        model.integrator.maximum_num_steps = 10**6
        model.timeCourseSelections = [state.id.replace(".", "__") for state in system.states]
        return np.asarray(model.simulate(times=[0.0, *(grid - t0)]))[1:]

    return _with_doses(segment, start, doses, times)


def _with_doses(segment, start: np.ndarray, doses: Doses, times: np.ndarray) -> np.ndarray:
    """Solve from dose to dose; a sample at a dose's time is taken before it."""
    state, rows, t0 = np.array(start, float), np.full((len(times), len(start)), np.nan), 0.0
    rows[times <= 0.0] = state
    for stop in sorted({dose[0] for dose in doses} | {float(times[-1])}):
        if stop > t0:
            inside = (times > t0) & (times <= stop)
            grid = np.unique(np.append(times[inside], stop))
            solved = segment(state, t0, grid)
            rows[inside] = solved[np.searchsorted(grid, times[inside])]
            state, t0 = solved[-1].copy(), stop
        for time, index, amount in doses:
            if time == stop:
                state[index] += amount
    return rows
