"""Systems with events, jumps and algebraic rows for the tests of the engine, and the two engines side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from allodynia.engine import Action, Actions, Status, simulate
from allodynia.engine.reference import Trajectory, integrate
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
from allodynia.model.ode import Event, OdeSystem, Quantity, complete

Build = Callable[[Builder, list[Node], list[Node]], Sequence[Node]]


def hybrid(
    name: str,
    states: Sequence[str],
    parameters: Sequence[str],
    equations: Build,
    initial: Sequence[float | str],
    events: Callable[[Builder, list[Node], list[Node]], Sequence[Event]] | None = None,
    algebraic: Sequence[str] = (),
    nominal: Sequence[float] = (),
) -> OdeSystem:
    """A system; ``initial`` gives for each state a number or the name of a parameter."""
    b = Builder()
    y = [b.state(i) for i in range(len(states))]
    p = [b.param(i) for i in range(len(parameters))]
    rhs = list(equations(b, y, p))
    start = [p[list(parameters).index(x)] if isinstance(x, str) else b.const(x) for x in initial]
    values = list(nominal) or [1.0] * len(parameters)
    return complete(
        name,
        b.dag,
        states=[Quantity(s, "1") for s in states],
        parameters=[Quantity(s, "1", v) for s, v in zip(parameters, values, strict=True)],
        initial=start,
        rhs=rhs,
        events=list(events(b, y, p)) if events else (),
        algebraic=[s in algebraic for s in states],
    )


def run(
    system: OdeSystem,
    parameters: Sequence[float],
    times: Sequence[float],
    outputs: Sequence[str] | None = None,
    actions: Sequence[Action] = (),
    status: Status = Status.SOLVED,
    **options: float,
) -> np.ndarray:
    """Values f8[n_times, n_outputs] of one subject by the kernel, after the reference was seen to agree."""
    names = list(outputs) if outputs else [q.id for q in system.states]
    fast = simulate(system, [list(parameters)], times, names, actions=Actions.shared(1, actions), **options)
    plain: Trajectory = integrate(system, parameters, times, names, actions=actions, **options)
    assert fast.counts() == {plain.status: 1}
    assert plain.status is status, plain.status.sentence
    few = plain.steps // 200  # where steps are many, rounding decides one now and then
    assert abs(fast.steps[0] - plain.steps) <= few and abs(fast.rejected[0] - plain.rejected) <= few
    np.testing.assert_allclose(fast.values[0], plain.values, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fast.failed_at[0], plain.failed_at, rtol=1e-9)
    return fast.values[0]


def less(b: Builder, a: Node, value: float) -> Node:
    return b.less(a, b.const(value))


def at_least(b: Builder, a: Node, value: float) -> Node:
    """a >= value."""
    return b.less_equal(b.const(value), a)


def ball() -> OdeSystem:
    """Thrown up with ``speed`` from the floor; keeps the share ``e`` of its speed at each bounce, counted in n."""
    return hybrid(
        "ball", ["h", "v", "n"], ["g", "e", "speed"],
        lambda b, y, p: [y[1], b.neg(p[0]), b.const(0.0)],
        [0.0, "speed", 0.0],
        lambda b, y, p: [Event("bounce", b.both(less(b, y[0], 0.0), less(b, y[1], 0.0)),
                               ((1, b.neg(b.mul(p[1], y[1]))), (2, b.add(y[2], b.const(1.0)))))],
    )  # fmt: skip


def clockwork(events: Callable[[Builder, list[Node], list[Node]], Sequence[Event]], states: int = 4) -> OdeSystem:
    """States a, b, c, ... that only events change, and ``decay`` (from 1, rate k); parameters k, x."""
    names = ["decay", *"abcdefgh"[:states]]
    return hybrid(
        "clockwork", names, ["k", "x"],
        lambda b, y, p: [b.neg(b.mul(p[0], y[0])), *([b.const(0.0)] * states)],
        [1.0, *([0.0] * states)], events,
    )  # fmt: skip


def thermostat() -> OdeSystem:
    """Heats by ``power`` while on, cools at rate k; switched by events at 18 and 22 degrees."""
    return hybrid(
        "thermostat", ["T", "on"], ["k", "power"],
        lambda b, y, p: [b.sub(b.mul(p[1], y[1]), b.mul(p[0], y[0])), b.const(0.0)],
        [20.0, 1.0],
        lambda b, y, p: [
            Event("cold", less(b, y[0], 18.0), ((1, b.const(1.0)),)),
            Event("warm", b.less(b.const(22.0), y[0]), ((1, b.const(0.0)),)),
        ],
    )  # fmt: skip


def square_wave() -> OdeSystem:
    """y' = [phase < width] - k y, phase = time modulo period: written with floor, as SBML models do."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        t, period = b.time(), p[1]
        phase = b.sub(t, b.mul(period, b.call(Op.FLOOR, b.div(t, period))))
        return [b.sub(b.select(b.less(phase, p[2]), b.const(1.0), b.const(0.0)), b.mul(p[0], y[0]))]

    return hybrid("square wave", ["y"], ["k", "period", "width"], equations, [0.0], nominal=[1.0, 2.0, 0.5])


def robertson_dae() -> OdeSystem:
    """Robertson's reactions with the total in place of the third equation."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        first, second = b.mul(p[0], y[0]), b.mul(b.mul(p[2], y[1]), y[2])
        third = b.mul(p[1], b.mul(y[1], y[1]))
        total = b.sub(b.add(b.add(y[0], y[1]), y[2]), b.const(1.0))
        return [b.sub(second, first), b.sub(b.sub(first, second), third), total]

    return hybrid(
        "robertson with its total", ["A", "B", "C"], ["k1", "k2", "k3"], equations, [1.0, 0.0, 0.5],
        algebraic=["C"], nominal=[0.04, 3e7, 1e4],
    )  # fmt: skip
