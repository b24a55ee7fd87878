"""A chain in which every link uses the one before twice: its text, and what other programs make of it, stay short."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.model import evaluate, read_antimony, read_sbml, to_ode
from allodynia.model.expr import Dag, Op
from allodynia.model.ode import OdeSystem, Quantity, complete
from allodynia.model.write import to_antimony, to_sbml
from allodynia.model.write.ids import ids_of
from allodynia.model.write.sharing import LONG, share

LINKS = 40
"""Written out, the last link names the first 2^40 times."""


def chain(observed: bool) -> OdeSystem:
    """x' = -k c(x), c(x) = x / (1 + x) taken LINKS times, which is x / (1 + LINKS x)."""
    dag = Dag()
    x, k = dag.state(0), dag.param(0)
    links, link = [], x
    for _ in range(LINKS):
        link = dag.add(Op.DIV, link, dag.add(Op.ADD, dag.const(1.0), link))
        links.append(link)
    kept = links if observed else []
    return complete(
        "chain", dag, states=[Quantity("x", "mg")], parameters=[Quantity("k", "mg/d", 0.7)], initial=[dag.const(2.0)],
        rhs=[dag.add(Op.NEG, dag.add(Op.MUL, k, link))], time_unit="",
        observables=[Quantity(f"c.{i}", "dimensionless") for i in range(len(kept))], observable_nodes=kept,
    )  # fmt: skip


def solution(t: np.ndarray) -> np.ndarray:
    """ln x + LINKS x falls by k a unit of time, from x = 2."""
    value = np.full_like(t, 1.0)
    goal = np.log(2.0) + LINKS * 2.0 - 0.7 * t
    for _ in range(60):
        value -= (np.log(value) + LINKS * value - goal) / (1.0 / value + LINKS)
    return value


@pytest.mark.parametrize("observed", [True, False])
def test_no_formula_grows_beyond_the_graph(observed):
    system = chain(observed)
    pieces = share(system, ids_of(system))
    sizes: dict[int, int] = {}  # operations and operands of a formula with every name in it written out
    for node in pieces.reachable:
        call = pieces.calls.get(node)
        inside, parts = (1, system.dag.args[node]) if call is None else (len(call.inside), call.arguments)
        sizes[node] = inside + sum(sizes[part] for part in parts)
    assert max(sizes.values()) <= LONG + 4 * LINKS
    assert len(to_sbml(system)) < 40_000


@pytest.mark.parametrize("observed", [True, False])
@pytest.mark.parametrize("write", [to_sbml, to_antimony])
def test_a_chain_comes_back_to_the_same_bits(write, observed):
    ours = chain(observed)
    text = write(ours)
    back = to_ode(read_sbml(text, "c.xml") if write is to_sbml else read_antimony(text, "c.ant", strict_units=False))
    for x in (1e-3, 0.3, 2.0):
        y, p = np.array([x]), np.array([0.7])
        assert evaluate(back.dag, back.rhs, 0.0, y, p) == evaluate(ours.dag, ours.rhs, 0.0, y, p)


@pytest.mark.parametrize("observed", [True, False])
def test_libroadrunner_solves_what_it_would_never_finish_to_unfold(observed):
    try:
        import roadrunner as rr
    except (ImportError, OSError) as error:  # a Python without a shared libpython cannot load it
        pytest.skip(f"libroadrunner does not load here: {error}")
    model = rr.RoadRunner(to_sbml(chain(observed)))
    model.integrator.relative_tolerance, model.integrator.absolute_tolerance = 1e-10, 1e-14
    times = np.linspace(0.0, 100.0, 11)
    model.timeCourseSelections = ["x"]
    found = np.asarray(model.simulate(times=times.tolist()))[:, 0]
    np.testing.assert_allclose(found, solution(times), rtol=1e-7)


def test_conditions_stay_outside_of_functions():
    """Programs look for the switches of a model in its formulas."""
    dag = Dag()
    long = dag.state(0)
    for number in range(LONG):
        long = dag.add(Op.ADD, long, dag.const(float(number)))
    gate = dag.add(Op.SELECT, dag.add(Op.LT, long, dag.time()), long, dag.add(Op.MUL, long, long))
    system = complete(
        "gate", dag, states=[Quantity("x", "mg")], parameters=[], initial=[dag.const(1.0)], rhs=[gate], time_unit="",
    )  # fmt: skip
    pieces = share(system, ids_of(system))
    assert [dag.ops[node] for node in pieces.calls] == [Op.MUL]
    assert gate not in pieces.calls
