"""The same equations solved by engines that share no code with ours: restarted at every dose, or a file as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from allodynia.engine.reference import Equations
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

    options = rr.LoadSBMLOptions()
    options.mutableInitialConditions = False  # they are in the text; compiling what changes them takes half of the time

    def segment(state: np.ndarray, t0: float, grid: np.ndarray) -> np.ndarray:
        model = rr.RoadRunner(to_sbml(system, values, initial=state.tolist()), options)
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


def given(text: str, values: Values) -> str:
    """SBML text with other values: of parameters, sizes of compartments, starts of species, in place of assignments."""
    root = ElementTree.fromstring(text)
    name_space = root.tag.partition("}")[0] + "}"
    for element in root.iter():
        kind, identifier = element.tag.removeprefix(name_space), element.get("id")
        if identifier in values and kind in {"parameter", "compartment", "species"}:
            value = repr(values[identifier])
            if kind == "species":
                for name in ("initialAmount", "initialConcentration"):
                    element.attrib.pop(name, None)
                amount = element.get("hasOnlySubstanceUnits") == "true"
                element.set("initialAmount" if amount else "initialConcentration", value)
            else:
                element.set("value" if kind == "parameter" else "size", value)
        if kind == "listOfInitialAssignments":
            for assignment in [child for child in element if child.get("symbol") in values]:
                element.remove(assignment)
    for model in list(root):
        for part in [child for child in model if child.tag.endswith("listOfInitialAssignments") and not len(child)]:
            model.remove(part)
    return ElementTree.tostring(root, encoding="unicode")


def copasi_of_file(path: Path, ids: Sequence[str], times: F8) -> F8:
    """The quantities ``ids`` of an SBML file at ``times``, read and solved by COPASI; species as concentrations."""
    basico = pytest.importorskip("basico")
    model = basico.load_model(str(path))
    try:
        frame = basico.run_time_course(
            model=model, values=times.tolist(), method="deterministic", r_tol=RTOL, a_tol=1e-20, max_steps=10**6,
            use_sbml_id=True,
        )  # fmt: skip
        # What is fixed has no column: its value is that at the start.
        species = basico.get_species(model=model)
        fixed = {} if species is None else species.set_index("sbml_id")["initial_concentration"]
        columns = [frame[name] if name in frame else np.full(len(times), fixed[name]) for name in ids]
        return np.stack(columns, axis=1)
    finally:
        basico.remove_datamodel(model)


def roadrunner_of_file(path: Path, ids: Sequence[str], times: F8) -> F8:
    """The quantities ``ids`` of an SBML file at ``times``, read and solved by libRoadRunner; species likewise."""
    try:
        import roadrunner as rr
    except (ImportError, OSError) as error:  # a Python without a shared libpython cannot load it
        pytest.skip(f"libroadrunner does not load here: {error}")
    model = rr.RoadRunner(str(path))
    model.integrator.relative_tolerance = RTOL
    model.integrator.absolute_tolerance = 1e-20
    model.integrator.maximum_num_steps = 10**6
    species = {*model.model.getFloatingSpeciesIds(), *model.model.getBoundarySpeciesIds()}
    model.timeCourseSelections = [f"[{name}]" if name in species else name for name in ids]
    return np.asarray(model.simulate(times=times.tolist()))


def radau(system: OdeSystem, parameters: F8, times: F8, *, rtol: float, atol: F8) -> F8:
    """States at ``times`` by SciPy's Radau, on the equations evaluated node by node with NumPy."""
    integrate = pytest.importorskip("scipy.integrate")
    equations = Equations(system)
    found = integrate.solve_ivp(
        lambda t, y: equations.slope(t, y, parameters),
        (times[0], times[-1]),
        equations.initial(times[0], np.zeros(equations.n), parameters),
        method="Radau",
        t_eval=times,
        jac=lambda t, y: equations.jacobian(t, y, parameters),
        rtol=rtol,
        atol=atol,
    )
    assert found.success, found.message
    return found.y.T
