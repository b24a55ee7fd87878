"""The stages of a Rosenbrock step, and the dense output made from them."""

from __future__ import annotations

from allodynia.engine.ir import linear
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan


def build_prepare(module: Module, plan: Plan, layout: Layout, stage: int) -> Code:
    """For a later stage: its argument into ``u``, its time into ``tau``, what is added to its slope into ``g``."""
    c = Code(module, f"prepare{stage + 1}", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    method, n = plan.tableau, plan.n
    step = ws.load("step")
    ws.store(c.fma(c.const(method.c[stage]), step, ws.load("t")), "tau")
    by_time = linear.drift(c, ws, plan, stage) if plan.timed and method.d[stage] != 0.0 else None
    # The argument of a stage whose coefficients go on from those of the stage before needs only the new terms.
    before = method.A[stage - 1]
    follows = stage > 1 and method.A[stage][: len(before)] == before
    base, skip = ("u", len(before)) if follows else ("y", 0)
    with c.count(n) as i:
        argument, coupling = ws.load(base, i), None
        for j in range(stage):
            k = ws.load("k", c.index("add", i, j * n))
            if j >= skip and method.A[stage][j] != 0.0:
                one = method.A[stage][j] == 1.0
                argument = c.add(argument, k) if one else c.fma(c.const(method.A[stage][j]), k, argument)
            if method.C[stage][j] != 0.0:
                weight = c.const(method.gamma * method.C[stage][j])
                coupling = c.mul(weight, k) if coupling is None else c.fma(weight, k, coupling)
        ws.store(argument, "u", i)
        added = c.const(0.0) if coupling is None else coupling
        if plan.algebraic:
            added = c.mul(c.splat(c.load1("@mass", i)), added)
        ws.store(added if by_time is None else c.fma(by_time, ws.load("ft", i), added), "g", i)
    c.give()
    return c


def build_attempt(module: Module, plan: Plan, layout: Layout) -> Code:
    """All stages of one step of size ``step`` from (t, y), leaving k_1 .. k_s and the last argument in ``u``."""
    c = Code(module, "attempt", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    both = ("ptr %ctx", "ptr %ws")
    method, n = plan.tableau, plan.n
    timely = len(plan.timely)
    if plan.fused:
        if timely:
            c.call("clock", *both)
        c.call("first", *both)
    else:
        c.call("linearise", *both)
        c.call("factor", *both)
        by_time = linear.drift(c, ws, plan, 0) if plan.timed else None
        with c.count(n) as i:
            ws.store(c.const(0.0) if by_time is None else c.mul(by_time, ws.load("ft", i)), "g", i)
        c.call("solve", *both, f"ptr {ws.at('k')}")
    for stage in range(1, method.stages):
        c.call(f"prepare{stage + 1}", *both)
        into = f"ptr {ws.at('k', stage * n)}"
        if plan.fused:
            c.call("later", *both, into, f"ptr {ws.at('clock', plan.moments.index(method.c[stage]) * timely)}")
        else:
            c.call("slope", *both)
            c.call("solve", *both, into)
    c.give()
    return c


def build_bend(module: Module, plan: Plan, layout: Layout) -> Code:
    """D_1, D_2, ... of the sampled states, once a step that is sampled."""
    c = Code(module, "bend", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    states, n = plan.sampled_states, plan.n
    table = module.longs("sampled", list(states))
    with c.count(len(states)) as q:
        state = c.load1(table, q, "i64")
        ks = [ws.load("k", c.index("add", state, j * n)) for j in range(plan.tableau.stages)]
        for m, weights in enumerate(plan.tableau.H):
            total: Value | None = None
            for weight, k in zip(weights, ks, strict=True):
                if weight != 0.0:
                    total = c.mul(c.const(weight), k) if total is None else c.fma(c.const(weight), k, total)
            ws.store(total or c.const(0.0), "D", c.index("add", q, m * len(states)))
    c.give()
    return c


def between(c: Code, x: Value, old: Value, new: Value, bend: Value) -> Value:
    """Dense output at the share ``x`` of a step; a state at rest is exactly what it is, not a rounded mean of two."""
    rest = c.sub(c.const(1.0), x)
    moves = c.fma(x, c.fma(rest, bend, new), c.mul(rest, old))
    rests = c.fma(c.mul(x, rest), bend, old)
    return c.select(c.compare("oeq", old, new), rests, moves)


def build_interpolate(module: Module, plan: Plan, layout: Layout) -> Code:
    """The sampled states at time ``tau`` within the step, into ``u``."""
    c = Code(module, "interpolate", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    states = plan.sampled_states
    x = c.div(c.sub(ws.load("tau"), ws.load("t")), ws.load("step"))
    with c.count(len(states)) as q:
        state = c.load1("@sampled", q, "i64")
        orders = range(len(plan.tableau.H))
        total = ws.load("D", c.index("add", q, orders[-1] * len(states)))
        for m in reversed(orders[:-1]):
            total = c.fma(x, total, ws.load("D", c.index("add", q, m * len(states))))
        ws.store(between(c, x, ws.load("y", state), ws.load("y_new", state), total), "u", state)
    c.give()
    return c
