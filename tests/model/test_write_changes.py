"""Events and algebraic rows written as SBML and read back: the same trajectories."""

from __future__ import annotations

import math

import pytest

from allodynia.engine.reference import integrate
from allodynia.engine.status import Status
from allodynia.model import OdeSystem, read_antimony, read_sbml, to_ode
from allodynia.model.write import to_sbml

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
TIMES = [0.5, 1.5, 2.5, 3.5, 5.0]
MODELS = {
    "priority": "x = 0; x' = 1; y = 0; at (x > 1), priority=1: y = 5; at (x > 1), priority=2: y = 7, x = x - 1",
    "delay": "x = 1; x' = -x; y = 0; at 2 after (x < 0.5), fromTrigger=false: y = x",
    "cancelled": "x = 0; x' = 1; y = 0; at 2 after (x > 1 && x < 2), persistent=false: y = 1",
    "at the start": "x = 0; x' = 1; y = 0; at (time >= 0), t0=false: y = 1",
}


def trajectory(system: OdeSystem) -> list[list[float]]:
    values = [math.nan if q.value is None else q.value for q in system.parameters]
    found = integrate(system, values, TIMES, ["x", "y"], rtol=1e-9, atol=1e-12)
    assert found.status is Status.SOLVED
    return found.values.tolist()


@pytest.mark.parametrize("name", MODELS)
def test_events_survive_writing(name: str) -> None:
    system = to_ode(read_antimony(MODELS[name], "m.ant", strict_units=False))
    again = to_ode(read_sbml(to_sbml(system), "m.xml"))
    assert len(again.events) == len(system.events)
    for one, other in zip(trajectory(system), trajectory(again), strict=True):
        assert one == pytest.approx(other, rel=1e-8, abs=1e-9)


def test_algebraic_rows_survive_writing() -> None:
    square, fall = "<apply><times/><ci> y </ci><ci> y </ci></apply>", "<apply><minus/><ci> x </ci></apply>"
    text = (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        '<listOfParameters><parameter id="x" value="2" constant="false"/><parameter id="y" value="1" constant="false"/>'
        f"</listOfParameters><listOfRules><algebraicRule><math {MATHML}><apply><minus/>{square}<ci> x </ci></apply>"
        f'</math></algebraicRule><rateRule variable="x"><math {MATHML}>{fall}</math></rateRule>'
        "</listOfRules></model></sbml>"
    )
    system = to_ode(read_sbml(text, "m.xml"))
    again = to_ode(read_sbml(to_sbml(system), "again.xml"))
    assert sum(again.algebraic) == sum(system.algebraic) == 1
    for x, y in trajectory(again):
        assert y == pytest.approx(math.sqrt(x), rel=1e-7)
