"""The functions that evaluate the model itself: what is hoisted, initial values, slopes, derivatives, outputs."""

from __future__ import annotations

from allodynia.engine.ir.expressions import Printer, number
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module
from allodynia.engine.plan import Plan
from allodynia.model.expr import Op


def _function(module: Module, layout: Layout, name: str) -> tuple[Code, Workspace]:
    c = Code(module, name, ["ptr %ctx", "ptr %ws"])
    return c, Workspace(c, layout)


def build_hoist(module: Module, plan: Plan, layout: Layout) -> Code:
    """What depends on parameters only. Computed for all lanes: those that did not change get the same bits again."""
    c, ws = _function(module, layout, "hoist")
    printer = Printer(ws, plan, states="u", time="tau", hoist=False)
    for slot, node in enumerate(plan.hoisted):
        ws.store(printer.value(node), "hoisted", slot)
    for slot, node in enumerate(plan.reciprocals):
        ws.store(c.div(c.const(1.0), printer.value(node)), "reciprocals", slot)
    c.give()
    return c


def build_initial(module: Module, plan: Plan, layout: Layout) -> Code:
    """The initial values at time ``tau`` into ``u``."""
    c, ws = _function(module, layout, "initial")
    printer = Printer(ws, plan, states="u", time="tau", hoist=False)
    for state, node in enumerate(plan.system.initial):
        ws.store(number(printer, node), "u", state)
    c.give()
    return c


def build_slope(module: Module, plan: Plan, layout: Layout) -> Code:
    """f(tau, u) into ``f``."""
    c, ws = _function(module, layout, "slope")
    if plan.hybrid is not None and plan.hybrid.switches:
        c.call("revive", "ptr %ctx", "ptr %ws")
    printer = Printer(ws, plan, states="u", time="tau")
    for state, node in enumerate(plan.system.rhs):
        ws.store(number(printer, node), "f", state)
    c.give()
    return c


def build_motion(module: Module, plan: Plan, layout: Layout) -> Code:
    """f(tau, u) into ``f``, with 0 on algebraic rows, whose states have no slope that is known."""
    c, ws = _function(module, layout, "motion")
    c.call("slope", "ptr %ctx", "ptr %ws")
    for state, algebraic in enumerate(plan.algebraic):
        if algebraic:
            ws.store(c.const(0.0), "f", state)
    c.give()
    return c


def build_clock(module: Module, plan: Plan, layout: Layout) -> Code:
    """The costly functions of time alone at every time of a step, side by side, into ``clock``."""
    c, ws = _function(module, layout, "clock")
    for moment, share in enumerate(plan.moments):
        ws.store(c.fma(c.const(share), ws.load("step"), ws.load("t")), "moments", moment)
    for moment in range(len(plan.moments)):
        printer = Printer(ws, plan, states="y", time="moments", moment=moment)
        for slot, node in enumerate(plan.timely):
            ws.store(printer.value(node), "clock", moment * len(plan.timely) + slot)
    c.give()
    return c


def build_linearise(module: Module, plan: Plan, layout: Layout) -> Code:
    """f, df/dy and df/dt at (t, y), which share most of their subexpressions, into ``f``, ``J`` and ``ft``."""
    c, ws = _function(module, layout, "linearise")
    if plan.hybrid is not None and plan.hybrid.switches:
        c.call("revive_here", "ptr %ctx", "ptr %ws")
    printer = Printer(ws, plan, states="y", time="t")
    entries: dict[int, list[int]] = {}
    for slot, row in enumerate(plan.system.jacobian.rows):
        entries.setdefault(row, []).append(slot)
    for state, node in enumerate(plan.system.rhs):
        ws.store(number(printer, node), "f", state)
        for slot in entries.get(state, []):
            ws.store(number(printer, plan.system.jacobian.nodes[slot]), "J", slot)
        slope = plan.system.time_derivative[state]
        if plan.timed:
            ws.store(c.const(0.0) if slope is None else number(printer, slope), "ft", state)
    c.give()
    return c


def build_outputs(module: Module, plan: Plan, layout: Layout) -> Code:
    """The outputs at (tau, u) into ``out``, every NaN made the same NaN."""
    c, ws = _function(module, layout, "outputs")
    printer = Printer(ws, plan, states="u", time="tau")
    slot = {index: position for position, index in enumerate(plan.parameters)}
    for position, output in enumerate(plan.outputs):
        if output.kind is Op.STATE:
            value = ws.load("u", output.index)
        elif output.kind is Op.PARAM:
            value = ws.load("P", slot[output.index])
        else:
            value = number(printer, output.index)
        plain = c.select(c.compare("uno", value, value), c.const(float("nan")), value)
        ws.store(plain, "out", position)
    c.give()
    return c
