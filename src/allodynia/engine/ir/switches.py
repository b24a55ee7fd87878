"""Switches in the kernel: set to what they are, let go where holding them fails, foretold where time alone moves them.

The value a switch is held at stands among the parameters of the lane; what depends on it and on parameters only is
hoisted, and computed anew when it changes.
"""

from __future__ import annotations

from allodynia.engine import control
from allodynia.engine.ir.expressions import Printer, number
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.steps import least
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan
from allodynia.engine.switches import Hybrid
from allodynia.model.expr import Op

BOTH = ("ptr %ctx", "ptr %ws")


def hybrid_of(plan: Plan) -> Hybrid:
    """The hybrid part of a plan that has one."""
    if plan.hybrid is None:
        raise ValueError("a system without events, jumps and algebraic rows has no hybrid part")
    return plan.hybrid


def slot_of(plan: Plan) -> dict[int, int]:
    """Where each parameter stands among those of a lane."""
    return {index: slot for slot, index in enumerate(plan.parameters)}


def build_set_switches(module: Module, plan: Plan, layout: Layout) -> Code:
    """Hold the switches of the lanes marked ``setting`` at their values at (tau, u)."""
    c = Code(module, "set_switches", list(BOTH))
    ws = Workspace(c, layout)
    slots = slot_of(plan)
    printer = Printer(ws, plan, states="u", time="tau")
    values = [(slots[s.parameter], number(printer, s.node)) for s in hybrid_of(plan).switches]
    setting = ws.flag("setting")
    for slot, value in values:
        ws.store(c.select(setting, value, ws.load("P", slot)), "P", slot)
    c.call("hoist", *BOTH)
    c.give()
    return c


def build_revive(module: Module, _plan: Plan, layout: Layout) -> Code:
    """Before the equations are evaluated at (tau, u): lanes that hold no switches take them as they are there."""
    c = Code(module, "revive", list(BOTH))
    ws = Workspace(c, layout)
    live = c.either(ws.flag("live"), ws.flag("once"))
    with c.when(c.any(live)):
        ws.store_flag(live, "setting")
        c.call("set_switches", *BOTH)
    c.give()
    return c


def build_revive_here(module: Module, plan: Plan, layout: Layout) -> Code:
    """The same at (t, y)."""
    c = Code(module, "revive_here", list(BOTH))
    ws = Workspace(c, layout)
    with c.when(c.any(c.either(ws.flag("live"), ws.flag("once")))):
        stand_here(c, ws, plan)
        c.call("revive", *BOTH)
    c.give()
    return c


def stand_here(c: Code, ws: Workspace, plan: Plan) -> None:
    """(tau, u) = (t, y)."""
    ws.store(ws.load("t"), "tau")
    with c.count(plan.n) as i:
        ws.store(ws.load("y", i), "u", i)


def build_forecast(module: Module, plan: Plan, layout: Layout) -> Code:
    """The first crossing before ``boundary`` that can be foretold from (t, y), and a little more, into ``foretold``."""
    c = Code(module, "forecast", list(BOTH))
    ws = Workspace(c, layout)
    slots = slot_of(plan)
    t, boundary = ws.load("t"), ws.load("boundary")
    zero, one = c.const(0.0), c.const(1.0)
    ways = c.sub(boundary, t)
    first: Value = c.const(float("inf"))
    forecasts = hybrid_of(plan).forecasts
    # every expression at both ends of the way; the states it may contain are at rest
    stand_here(c, ws, plan)
    here_printer = Printer(ws, plan, states="u", time="t")
    here = [here_printer.value(forecast.node) for forecast in forecasts]
    there_printer = Printer(ws, plan, states="u", time="boundary")
    there = [there_printer.value(forecast.node) for forecast in forecasts]
    for forecast, a, b in zip(forecasts, here, there, strict=True):
        aim = zero
        if forecast.rounds is not None:
            held = ws.load("P", slots[forecast.rounds])
            above = held if forecast.op is Op.CEIL else c.add(held, one)
            aim = c.select(c.compare("ogt", b, a), above, c.sub(above, one))
        crosses = c.compare("olt", c.mul(c.sub(a, aim), c.sub(b, aim)), zero)
        way = c.mul(ways, c.div(c.sub(aim, a), c.sub(b, a)))
        beyond = c.mul(c.const(control.FORECAST_BEYOND), c.add(c.abs(t), c.abs(way)))
        at = c.add(c.add(t, way), beyond)
        counts = c.both(crosses, c.compare("ogt", at, t))
        first = c.select(counts, least(c, first, at), first)
    ws.store(c.select(ws.flag("restart"), first, ws.load("foretold")), "foretold")
    c.give()
    return c
