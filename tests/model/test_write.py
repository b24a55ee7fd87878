"""Equations written as SBML and read back: the same numbers, bit for bit, and the same equations."""

from __future__ import annotations

import math
import random
import struct

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.model import evaluate, read_sbml, to_ode
from allodynia.model.expr import Dag, Op
from allodynia.model.ode import OdeSystem, Quantity, complete
from allodynia.model.write import to_sbml

DOUBLES = 10_000


def doubles(count: int) -> list[float]:
    """Finite doubles of every size, by their bits; subnormal ones are left to the reader's own tests."""
    source, found = random.Random(20), []
    while len(found) < count:
        value = struct.unpack("<d", source.randbytes(8))[0]
        if math.isfinite(value) and abs(value) >= 2.3e-308:
            found.append(value)
    return found


def written(values: list[float], constants: list[float]) -> OdeSystem:
    """A model with ``values`` as parameters and ``constants`` in its formulas."""
    dag = Dag()
    total = dag.state(0)
    nodes = [dag.add(Op.ADD, total, dag.const(value)) for value in constants]
    return complete(
        "numbers",
        dag,
        states=[Quantity("s", "dimensionless")],
        parameters=[Quantity(f"m.p{i}", "dimensionless", value) for i, value in enumerate(values)],
        initial=[dag.const(1.0)],
        rhs=[dag.add(Op.NEG, total)],
        observables=[Quantity(f"o{i}", "dimensionless") for i in range(len(nodes))],
        observable_nodes=nodes,
    )


def test_ten_thousand_doubles_leave_and_come_back_to_the_same_bits():
    numbers = doubles(DOUBLES)
    half = DOUBLES // 2
    back = to_ode(read_sbml(to_sbml(written(numbers[:half], numbers[half:])), "numbers.xml"))
    found = {quantity.id: quantity.value for quantity in back.parameters}
    for i, value in enumerate(numbers[:half]):
        assert struct.pack("<d", found[f"m__p{i}"]) == struct.pack("<d", value)
    constants = {struct.pack("<d", back.dag.payload[n]) for n in range(len(back.dag)) if back.dag.ops[n] is Op.CONST}
    assert {struct.pack("<d", value) for value in numbers[half:]} <= constants


def system() -> OdeSystem:
    """Every operation that SBML has a word for, a shared subexpression, and ids that SBML would not take."""
    dag = Dag()
    a, b, k = dag.state(0), dag.state(1), dag.param(0)
    hill = dag.add(Op.DIV, dag.add(Op.POW, b, k), dag.add(Op.ADD, dag.const(1.5), dag.add(Op.POW, b, k)))
    gate = dag.add(Op.SELECT, dag.add(Op.LT, a, b), dag.add(Op.MIN, a, b), dag.add(Op.MAX, hill, dag.time()))
    wave = dag.add(Op.SIN, dag.add(Op.MUL, dag.time(), dag.param(1)))
    return complete(
        "mixed",
        dag,
        states=[Quantity("m.a", "mg"), Quantity("m-a", "mg")],
        parameters=[Quantity("m.k", "dimensionless", 2.5), Quantity("edge.m-a", "1/d", 0.3)],
        initial=[dag.const(0.7), dag.param(0)],
        rhs=[dag.add(Op.SUB, hill, dag.add(Op.MUL, wave, a)), dag.add(Op.SUB, gate, hill)],
        observables=[Quantity("m.hill", "dimensionless")],
        observable_nodes=[hill],
    )


@pytest.mark.parametrize("state", [(0.7, 2.5), (3.0, 0.5)])
def test_another_reading_computes_the_same(state):
    ours = system()
    theirs = to_ode(read_sbml(to_sbml(ours, {"edge.m-a": 0.4}), "mixed.xml"))
    assert {quantity.value for quantity in theirs.parameters} >= {2.5, 0.4}
    y, p = np.array(state), np.array([2.5, 0.4])
    expected = dict(zip(("m__a", "m_a"), evaluate(ours.dag, ours.rhs, 0.9, y, p), strict=True))
    q = np.array([quantity.value for quantity in theirs.parameters])
    order = [quantity.id for quantity in theirs.states]
    found = evaluate(theirs.dag, theirs.rhs, 0.9, np.array([{"m__a": y[0], "m_a": y[1]}[name] for name in order]), q)
    for name, value in zip(order, found, strict=True):
        assert value == expected[name]


def test_a_parameter_that_the_system_lacks_is_named_with_the_nearest():
    with pytest.raises(InvalidInput, match=r"did you mean 'm\.k'"):
        to_sbml(system(), {"m.kk": 1.0})
