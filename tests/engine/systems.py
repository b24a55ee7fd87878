"""Small systems for the tests of the engine, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from allodynia.model.build import Builder
from allodynia.model.expr import Node
from allodynia.model.ode import OdeSystem, Quantity, complete


def make(
    name: str,
    states: Sequence[str],
    parameters: Sequence[str],
    equations: Callable[[Builder, list[Node], list[Node]], Sequence[Node]],
    initial: Callable[[Builder, list[Node]], Sequence[Node]] | None = None,
    observables: Callable[[Builder, list[Node], list[Node]], dict[str, Node]] | None = None,
    non_negative: Sequence[str] = (),
) -> OdeSystem:
    """A system from functions that build its right-hand side, initial values (default 0) and observables."""
    b = Builder()
    y = [b.state(i) for i in range(len(states))]
    p = [b.param(i) for i in range(len(parameters))]
    rhs = list(equations(b, y, p))
    start = list(initial(b, p)) if initial else [b.const(0.0)] * len(states)
    seen = observables(b, y, p) if observables else {}
    return complete(
        name,
        b.dag,
        states=[Quantity(s, "1", non_negative=s in non_negative) for s in states],
        parameters=[Quantity(s, "1", 1.0) for s in parameters],
        initial=start,
        rhs=rhs,
        observables=[Quantity(s, "1") for s in seen],
        observable_nodes=list(seen.values()),
    )


def decay() -> OdeSystem:
    """y' = -k y, y(0) = y0; observable twice = 2 y."""
    return make(
        "decay", ["y"], ["k", "y0"],
        lambda b, y, p: [b.neg(b.mul(p[0], y[0]))],
        lambda b, p: [p[1]],
        lambda b, y, p: {"twice": b.mul(b.const(2.0), y[0])},
    )  # fmt: skip
