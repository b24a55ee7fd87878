"""What an event puts into a state of another module: as much as is written, when it is, and nothing when cut."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia import engine
from allodynia.errors import AllodyniaError, InvalidInput, UnitMismatch
from allodynia.model import Edge, compose, read_antimony_modules

UNITS = "  unit time_unit = 86400 second\n  unit per_d = 1 / time_unit\n  unit mg = 1e-3 gram\n"
TEXTS = {
    "clock.ant": f"""model clock
{UNITS}
  var age = 0 dimensionless
  age' = 1 per_d
  var rings = 0 dimensionless
  rings' = 0 per_d
  const size has mg
  ring: at age >= 1 dimensionless + 2 dimensionless * rings: rings = rings + 1 dimensionless
end
""",
    "tank.ant": f"""model tank
{UNITS}
  const k has per_d
  var level = 3 mg
  level' = -k * level
  var seen = 0 mg
  var port = 0 mg
  seen' = (port - seen) * k
end
""",
}
VALUES = {"clock.size": 5.0, "tank.k": 0.3}
PORT = Edge("see", "tank.level", "tank.port", "mg")
DROP = Edge("drop", "clock.size", "tank.level", "mg", event="clock.ring")


@pytest.fixture(scope="module")
def texts():
    read = read_antimony_modules(TEXTS)
    return {name.removesuffix(".ant"): text for name, text in read.items()}


def system(texts, *edges):
    return compose(texts, [PORT, *edges], VALUES)


def test_it_adds_what_is_written_at_its_time(texts):
    ode = system(texts, DROP)
    times = np.arange(0.0, 8.01, 0.25)
    gains = np.array([0.0, 1.0, 2.0])
    parameters = np.tile([quantity.value for quantity in ode.parameters], (3, 1))
    parameters[:, [quantity.id for quantity in ode.parameters].index("edge.drop")] = gains
    found = engine.simulate(ode, parameters, times, ("tank.level",), rtol=1e-9)
    rung = np.array([1.0, 3.0, 5.0, 7.0])
    since = times[None, :] - rung[:, None]
    added = np.where(since >= 0.0, np.exp(-0.3 * np.maximum(since, 0.0)), 0.0).sum(axis=0)
    for gain, level in zip(gains, found.values[..., 0], strict=True):
        assert level == pytest.approx(3.0 * np.exp(-0.3 * times) + gain * 5.0 * added, rel=1e-7)


def test_two_of_one_moment_add_up(texts):
    both = {**texts, "other": texts["clock"]}
    second = Edge("drop-2", "other.size", "tank.level", "mg", event="other.ring")
    ode = compose(both, [PORT, DROP, second], VALUES | {"other.size": 1.0})
    values = np.array([[quantity.value for quantity in ode.parameters]])
    level = engine.simulate(ode, values, [0.0, 1.0], ("tank.level",), rtol=1e-9).values[0, :, 0]
    assert level[1] == pytest.approx(3.0 * np.exp(-0.3) + 6.0, rel=1e-7)
    with pytest.raises(InvalidInput, match="sets already"):
        system(texts, DROP, Edge("again", "clock.size", "tank.level", "mg", event="clock.ring"))


@pytest.mark.parametrize(
    ("edge", "said"),
    [
        (Edge("x", "clock.size", "tank.level", "mg", event="clock.rung"), "did you mean 'clock.ring'"),
        (Edge("x", "clock.size", "tank.port", "mg", event="clock.ring"), "which is no state"),
        (Edge("x", "clock.age", "tank.level", "mg", event="clock.ring"), "unit|measures"),
        (Edge("x", "clock.age", "clock.rings", "dimensionless", event="clock.ring"), "sets already"),
        (Edge("x", "clock.sise", "tank.level", "mg", event="clock.ring"), "did you mean 'clock.size'"),
    ],
)
def test_what_does_not_fit_is_refused(texts, edge, said):
    with pytest.raises(AllodyniaError, match=said) as caught:
        system(texts, edge)
    assert isinstance(caught.value, InvalidInput | UnitMismatch)
