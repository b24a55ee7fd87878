"""What a worker does with one hostile item; see `isolated`. Every answer is one line of JSON."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from allodynia.engine import Status, simulate
from allodynia.errors import AllodyniaError
from allodynia.model import Limits, ModelText, OdeSystem, read_sbml_models, to_ode

TIMES = np.array([0.0, 0.313, 0.707, 1.137, 1.619, 2.236, 2.718, 3.1416])
"""No round numbers: what happens at a sample's very time, before or after it, is another question."""

MOST_STEPS = 20_000
MEMORY = 6 << 30
AT_ONCE = 40
"""Texts read by one call."""

LIMITS = Limits(processor=10, wall=20.0)
OTHERS_RTOL = 1e-9

Answer = dict[str, Any]


def sbml(items: list[dict[str, str]]) -> Iterator[Answer]:
    """Texts read, and simulated when they are models: items have ``name`` and ``text``."""
    for first in range(0, len(items), AT_ONCE):
        some = items[first : first + AT_ONCE]
        models = read_sbml_models({item["name"]: item["text"] for item in some}, limits=LIMITS)
        for item in some:
            yield _outcome(item["name"], models[item["name"]])


def _outcome(name: str, model: ModelText | AllodyniaError) -> Answer:
    try:
        if isinstance(model, AllodyniaError):
            raise model
        return _simulated(to_ode(model))
    except AllodyniaError as error:
        return {"kind": "refused", "how": type(error).__name__, "message": str(error)}
    except Exception as error:
        return {"kind": "escaped", "message": f"{type(error).__name__}: {error}", "name": name}


def _simulated(system: OdeSystem) -> Answer:
    states = [quantity.id for quantity in system.states]
    outputs = [*states, *(quantity.id for quantity in system.observables)]
    row = [[np.nan if quantity.value is None else quantity.value for quantity in system.parameters]]
    found = simulate(
        system, row, TIMES, outputs, rtol=1e-8, atol=1e-12, max_steps=MOST_STEPS, threads=1, width=1
    )  # fmt: skip
    status = Status(int(found.status[0]))
    values = found.values[0]
    finite = bool(np.isfinite(values[:, : len(states)]).all() and np.isfinite(found.final).all())
    empty = bool(np.isnan(values[found.times > found.failed_at[0]]).all())
    answer = {"kind": status.name, "finite": finite, "empty": empty, "failed_at": float(found.failed_at[0])}
    if status is Status.SOLVED:
        answer |= {"outputs": outputs, "values": values.T.tolist()}
    return answer


def roadrunner(items: list[dict[str, Any]]) -> Iterator[Answer]:
    """The same texts by libRoadRunner; of the ids in ``outputs`` those that it knows are answered."""
    import roadrunner as rr

    rr.Logger.setLevel(rr.Logger.LOG_FATAL)
    for item in items:
        try:
            yield _by_roadrunner(rr, item)
        except Exception as error:
            yield {"kind": "none", "message": str(error)}


def _by_roadrunner(rr: Any, item: dict[str, Any]) -> Answer:
    model = rr.RoadRunner(item["text"])
    concentrations = set(model.model.getFloatingSpeciesIds()) | set(model.model.getBoundarySpeciesIds())
    known = concentrations | set(model.model.getGlobalParameterIds()) | set(model.model.getCompartmentIds())
    names = [name for name in item["outputs"] if name in known]
    amounts = set(item["amounts"])
    model.integrator.relative_tolerance = OTHERS_RTOL
    model.integrator.absolute_tolerance = 1e-14
    model.integrator.maximum_num_steps = 100_000
    chosen = [f"[{name}]" if name in concentrations and name not in amounts else name for name in names]
    model.timeCourseSelections = chosen
    values = np.asarray(model.simulate(times=TIMES.tolist()))
    return {"kind": "solved", "outputs": names, "values": values.T.tolist()}


def copasi(items: list[dict[str, Any]]) -> Iterator[Answer]:
    """The same texts by COPASI's LSODA."""
    for item in items:
        try:
            yield _by_copasi(item)
        except Exception as error:
            yield {"kind": "none", "message": str(error)}


def _by_copasi(item: dict[str, Any]) -> Answer:
    import basico

    if "<algebraicRule" in item["text"]:
        return {"kind": "none", "message": "COPASI solves such a model without its algebraic rules"}
    model, amounts = basico.load_model_from_string(item["text"]), set(item["amounts"])
    found: dict[str, list[float]] = {}
    for concentrations in (True, False) if amounts else (True,):
        frame = basico.run_time_course(
            model=model, start_time=0.0, values=list(TIMES), method="deterministic", r_tol=OTHERS_RTOL, a_tol=1e-14,
            max_steps=10**5, use_sbml_id=True, use_concentrations=concentrations,
        )  # fmt: skip
        wanted = [name for name in item["outputs"] if name in frame and (name not in amounts) is concentrations]
        found |= {name: frame[name].to_list() for name in wanted}
    return {"kind": "solved", "outputs": list(found), "values": list(found.values())}


def mice(items: list[list[int]]) -> Iterator[Answer]:
    """Subjects of `population` by number; a hash of every bit of each."""
    from tests.fuzz.population import fingerprints, solve

    for subjects in items:
        yield {"kind": "solved", "fingerprints": fingerprints(solve(subjects)), "process": os.getpid()}


TASKS: dict[str, Callable[[list[Any]], Iterable[Answer]]] = {
    "sbml": sbml, "roadrunner": roadrunner, "copasi": copasi, "mice": mice,
}  # fmt: skip


def main() -> None:
    """Items on standard input, answers on standard output."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # no limits here: a bomb would be killed by the system, and seen as a crash
    warnings.simplefilter("ignore")
    items, said = json.loads(sys.stdin.buffer.read()), os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer, neither from Python nor from C
    for answer in TASKS[sys.argv[1]](items):
        print(json.dumps(answer), file=said, flush=True)


if __name__ == "__main__":
    main()
