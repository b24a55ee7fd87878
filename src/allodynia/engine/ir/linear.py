"""The linear algebra of a step: factorise M - h gamma J into L D U, and solve with it.

L and U have ones on their diagonals, so a substitution is nothing but multiply-adds, and in a chain of states each
waits for the one before for a single one. D is kept as reciprocals. Where the code is straight-line the model's own
expressions are printed into it: an entry of J is the operand of an elimination, a slope a right-hand side, without a
way through memory.
"""

from __future__ import annotations

from collections.abc import Callable

from allodynia.engine.ir import linear_tables
from allodynia.engine.ir.expressions import Printer, number
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan


def scaled_step(c: Code, ws: Workspace, plan: Plan) -> Value:
    """The product h gamma."""
    return c.mul(c.const(plan.tableau.gamma), ws.load("step"))


def drift(c: Code, ws: Workspace, plan: Plan, stage: int) -> Value:
    """What df/dt is multiplied by in a stage: h^2 gamma d_i."""
    step = ws.load("step")
    return c.mul(c.mul(c.const(plan.tableau.gamma * plan.tableau.d[stage]), step), step)


def _eliminate(
    c: Code,
    ws: Workspace,
    plan: Plan,
    shift: Value,
    entry: Callable[[int], Value],
    done: Callable[[int, list[Value]], None],
) -> None:
    """Factorise row by row into ``LU``; ``entry`` gives an entry of J, ``done`` is told row i of L when it is there."""
    structure, jacobian = plan.factorisation, plan.system.jacobian
    slot = {(i, j): s for s, (i, j) in enumerate(zip(jacobian.rows, jacobian.cols, strict=True))}
    less, order = c.neg(shift), structure.order
    for i, columns in enumerate(structure.rows):
        row: dict[int, Value] = {}
        for j in columns:
            at = slot.get((structure.equations[i], order[j]))
            own = i == j and not (plan.algebraic and plan.algebraic[order[i]])
            if at is None:
                row[j] = c.const(1.0 if own else 0.0)
            else:
                row[j] = c.fma(less, entry(at), c.const(1.0)) if own else c.mul(less, entry(at))
        lower = []
        for k, touched in structure.eliminations(i):
            against = c.neg(row[k])
            for j in touched:
                row[j] = c.fma(against, ws.load("LU", structure.rows[k][j]), row[j])
            lower.append(c.mul(row[k], ws.load("LU", structure.rows[k][k])))
            ws.store(lower[-1], "LU", columns[k])
        inverse = c.div(c.const(1.0), row[i])
        ws.store(inverse, "LU", columns[i])
        for j in columns:
            if j > i:
                ws.store(c.mul(row[j], inverse), "LU", columns[j])
        done(i, lower)


def _substitute_back(c: Code, ws: Workspace, plan: Plan, x: list[Value], into: Callable[[Value, int], None]) -> None:
    """From the solution ``x`` of L x = b to that of L D U x = b, which goes ``into`` the place of each state."""
    structure = plan.factorisation
    for i in reversed(range(len(x))):
        columns = structure.rows[i]
        value = c.mul(x[i], ws.load("LU", columns[i]))
        for j, entry in reversed(columns.items()):  # what was solved last is needed last
            if j > i:
                value = c.fnma(ws.load("LU", entry), x[j], value)
        x[i] = value
        into(value, structure.order[i])


def build_first(module: Module, plan: Plan, layout: Layout) -> Code:
    """The first stage: f, df/dy and df/dt at (t, y), the factors of the matrix, and k_1. Leaves ``LU`` and ``ft``."""
    c = Code(module, "first", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    if plan.hybrid is not None and plan.hybrid.switches:
        c.call("revive_here", "ptr %ctx", "ptr %ws")
    system, structure = plan.system, plan.factorisation
    printer = Printer(ws, plan, states="y", time="t", clock=ws.at("clock") if plan.timely else None)
    shift = scaled_step(c, ws, plan)
    later = drift(c, ws, plan, 0) if plan.timed else None
    x: list[Value] = []

    def forward(i: int, lower: list[Value]) -> None:
        equation = structure.equations[i]
        value = c.mul(shift, number(printer, system.rhs[equation]))
        slope = system.time_derivative[equation]
        if later is not None:
            by_time = c.const(0.0) if slope is None else number(printer, slope)
            ws.store(by_time, "ft", equation)
            value = value if slope is None else c.fma(later, by_time, value)
        for factor, (k, _) in zip(lower, structure.eliminations(i), strict=True):
            value = c.fnma(factor, x[k], value)
        x.append(value)

    _eliminate(c, ws, plan, shift, lambda at: number(printer, system.jacobian.nodes[at]), forward)
    _substitute_back(c, ws, plan, x, lambda value, state: ws.store(value, "k", state))
    c.give()
    return c


def build_later(module: Module, plan: Plan, layout: Layout) -> Code:
    """A later stage: f at (tau, u), whose functions of time are at %clock, and k into the vectors %into."""
    c = Code(module, "later", ["ptr %ctx", "ptr %ws", "ptr %into", "ptr %clock"])
    ws = Workspace(c, layout)
    if plan.hybrid is not None and plan.hybrid.switches:
        c.call("revive", "ptr %ctx", "ptr %ws")
    printer = Printer(ws, plan, states="u", time="tau", clock="%clock" if plan.timely else None)
    _substitute(c, ws, plan, lambda equation: number(printer, plan.system.rhs[equation]))
    c.give()
    return c


def _substitute(c: Code, ws: Workspace, plan: Plan, slope: Callable[[int], Value]) -> None:
    structure, shift = plan.factorisation, scaled_step(c, ws, plan)
    x: list[Value] = []
    for i, columns in enumerate(structure.rows):
        equation = structure.equations[i]
        value = c.fma(shift, slope(equation), ws.load("g", equation))
        for j, entry in columns.items():
            if j < i:
                value = c.fnma(ws.load("LU", entry), x[j], value)
        x.append(value)
    _substitute_back(c, ws, plan, x, lambda value, state: c.store(value, "%into", state))


def build_factor(module: Module, plan: Plan, layout: Layout) -> Code:
    """L D U of M - h gamma J from ``J`` into ``LU``."""
    if not plan.unrolled:
        return linear_tables.build_factor(module, plan, layout)
    c = Code(module, "factor", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    _eliminate(c, ws, plan, scaled_step(c, ws, plan), lambda at: ws.load("J", at), lambda _i, _lower: None)
    c.give()
    return c


def build_solve(module: Module, plan: Plan, layout: Layout) -> Code:
    """Solve L D U x = h gamma f + g; x goes to vectors %into, in the order of the states."""
    if not plan.unrolled:
        return linear_tables.build_solve(module, plan, layout)
    c = Code(module, "solve", ["ptr %ctx", "ptr %ws", "ptr %into"])
    ws = Workspace(c, layout)
    _substitute(c, ws, plan, lambda equation: ws.load("f", equation))
    c.give()
    return c
