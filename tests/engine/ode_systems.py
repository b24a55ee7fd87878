"""Small systems for the tests of the engine, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
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


def closed_form() -> OdeSystem:
    """Depends on time, is not linear, and is known: a = 1/(1+t^2), b = (1+t) e^-t."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        t = b.time()
        a = b.div(b.const(1.0), b.add(b.const(1.0), b.mul(t, t)))
        rate = b.neg(b.mul(b.mul(b.const(2.0), t), b.mul(y[0], y[0])))
        other = b.add(b.sub(b.call(Op.EXP, b.neg(t)), y[1]), b.mul(b.sub(y[0], a), y[1]))
        return [rate, other]

    return make("closed form", ["a", "b"], [], equations, lambda b, p: [b.const(1.0), b.const(1.0)])


def closed_form_solution(t: np.ndarray) -> np.ndarray:
    """The solution of `closed_form`, f8[n_times, 2]."""
    return np.stack([1 / (1 + t * t), (1 + t) * np.exp(-t)], axis=-1)


def one_compartment() -> OdeSystem:
    """First-order absorption and infusion: depot' = -ka depot; drug' = ka depot - ke drug + rate; observable conc."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        absorbed = b.mul(p[0], y[0])
        return [b.neg(absorbed), b.add(b.sub(absorbed, b.mul(p[1], y[1])), p[3])]

    return make(
        "one compartment", ["depot", "drug"], ["ka", "ke", "volume", "rate"], equations,
        observables=lambda b, y, p: {"conc": b.div(y[1], p[2])}, non_negative=["depot", "drug"],
    )  # fmt: skip


def explosion() -> OdeSystem:
    """y' = a y^2, y(0) = y0: infinite at t = 1 / (a y0)."""
    return make("explosion", ["y"], ["a", "y0"], lambda b, y, p: [b.mul(p[0], b.mul(y[0], y[0]))], lambda b, p: [p[1]])


def stiff() -> OdeSystem:
    """Robertson's reactions, parameters k1, k2, k3."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        first, second = b.mul(p[0], y[0]), b.mul(b.mul(p[2], y[1]), y[2])
        third = b.mul(p[1], b.mul(y[1], y[1]))
        return [b.sub(second, first), b.sub(b.sub(first, second), third), third]

    return make(
        "robertson", ["A", "B", "C"], ["k1", "k2", "k3"], equations,
        lambda b, p: [b.const(1.0), b.const(0.0), b.const(0.0)],
    )  # fmt: skip


def cascade(n: int = 25) -> OdeSystem:
    """A ring of conversions with complex formation and Hill activation; 20 positive parameters."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        rates = [b.const(0.0)] * n

        def move(amount: Node, origins: Sequence[int], targets: Sequence[int]) -> None:
            for i in origins:
                rates[i] = b.sub(rates[i], amount)
            for i in targets:
                rates[i] = b.add(rates[i], amount)

        for i in range(n):
            move(b.mul(p[i % 10], y[i]), [i], [(i + 1) % n])
            if i % 3 == 0:
                move(b.mul(b.mul(p[10 + i % 5], y[i]), y[(i + 7) % n]), [i, (i + 7) % n], [(i + 11) % n])
            if i % 6 == 0:
                driver = b.pow(y[(i + 3) % n], p[19])
                share = b.div(driver, b.add(b.pow(p[18], p[19]), driver))
                move(b.mul(p[15 + i % 3], share), [], [i])
                move(b.mul(p[18], b.mul(y[i], y[i])), [i], [])
        return rates

    return make(
        f"cascade of {n}", [f"y{i}" for i in range(n)], [f"p{i}" for i in range(20)], equations,
        lambda b, p: [b.const(1.0 + 0.1 * i) for i in range(n)],
    )  # fmt: skip
