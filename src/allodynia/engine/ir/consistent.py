"""A consistent start: the algebraic states that go with the differential ones, by damped Newton.

The rules are those of `allodynia.engine.reference.consistent`. The matrix of a step serves: with a step next to
nothing the differential states stand still, and the rest of it solves for the algebraic ones.
"""

from __future__ import annotations

from allodynia.engine import control
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.steps import INFINITY, root_mean
from allodynia.engine.ir.switches import BOTH
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan
from allodynia.engine.status import Status

NO_STEP = 1e-100


def _newton_step(c: Code, ws: Workspace, plan: Plan, number: int) -> None:
    """From f at (tau, u) or (t, y): the step into the vectors of k number ``number``."""
    for row, algebraic in enumerate(plan.algebraic):
        if not algebraic:
            ws.store(c.const(0.0), "f", row)
        ws.store(c.const(0.0), "g", row)
    c.call("solve", *BOTH, f"ptr {ws.at('k', number * plan.n)}")


def _size(c: Code, ws: Workspace, plan: Plan, number: int) -> Value:
    """The norm of a step of the algebraic states, in units of the tolerance at y."""
    rtol, atol = c.splat(ws.context("rtol", "double")), ws.context("atol")
    total = c.const(0.0)
    rows = [row for row, algebraic in enumerate(plan.algebraic) if algebraic]
    for row in rows:
        weight = c.fma(rtol, c.abs(ws.load("y", row)), c.splat(c.load1(atol, row)))
        share = c.div(ws.load("k", number * plan.n + row), weight)
        total = c.fma(share, share, total)
    return root_mean(c, total, len(rows))


def build_consistent(module: Module, plan: Plan, layout: Layout) -> Code:
    """Solve for the algebraic states of lanes marked ``doing``; where that fails the lane has failed."""
    c = Code(module, "consistent", list(BOTH))
    ws = Workspace(c, layout)
    rows = [row for row, algebraic in enumerate(plan.algebraic) if algebraic]
    ws.store_words(ws.words("doing"), "settling")
    turns = c.local("i64", 8)
    c.store1("0", turns, kind="i64")
    with c.repeat() as leave_unless:
        leave_unless(c.any(ws.flag("settling")))
        turn = c.load1(turns, kind="i64")
        leave_unless(c.op(f"icmp slt i64 {turn}, {control.NEWTON_STEPS}"))
        c.store1(c.index("add", turn, 1), turns, kind="i64")
        ws.store(c.const(NO_STEP), "step")
        c.call("linearise", *BOTH)
        c.call("factor", *BOTH)
        _newton_step(c, ws, plan, 0)
        settling = ws.flag("settling")
        size = _size(c, ws, plan, 0)
        ws.store(size, "low")
        at_rest = c.compare("oeq", c.const(0.0), c.const(0.0))
        for row in rows:
            limit = c.mul(c.const(control.NEWTON_ROUNDING), c.abs(ws.load("y", row)))
            at_rest = c.both(at_rest, c.compare("ole", c.abs(ws.load("k", row)), limit))
        solved = c.either(at_rest, c.compare("ole", size, c.const(control.NEWTON_ENDS)))
        finite = c.compare("olt", size, c.const(INFINITY))
        _fail(c, ws, c.both(settling, c.invert(finite)))
        going = c.both(c.both(settling, finite), c.invert(solved))
        ws.store_flag(going, "settling")
        ws.store_flag(going, "found")
        ws.store(c.const(1.0), "high")
        c.call("dampen", *BOTH)
    _fail(c, ws, ws.flag("settling"))
    c.give()
    return c


def build_dampen(module: Module, plan: Plan, layout: Layout) -> Code:
    """Take the Newton step of lanes ``found``, or the largest part of it after which the next would be shorter."""
    c = Code(module, "dampen", list(BOTH))
    ws = Workspace(c, layout)
    ws.store(ws.load("t"), "tau")
    with c.repeat() as leave_unless:
        leave_unless(c.any(ws.flag("found")))
        part = ws.load("high")
        for row, algebraic in enumerate(plan.algebraic):
            y = ws.load("y", row)
            ws.store(c.fma(part, ws.load("k", row), y) if algebraic else y, "u", row)
        c.call("slope", *BOTH)
        _newton_step(c, ws, plan, 1)
        size, trying = ws.load("low"), ws.flag("found")
        limit = c.mul(c.fnma(c.const(0.5), part, c.const(1.0)), size)
        good = c.both(trying, c.compare("ole", _size(c, ws, plan, 1), limit))
        for row, algebraic in enumerate(plan.algebraic):
            if algebraic:
                ws.store(c.select(good, ws.load("u", row), ws.load("y", row)), "y", row)
        half = c.mul(c.const(0.5), part)
        ws.store(half, "high")
        trying = c.both(trying, c.invert(good))
        stuck = c.both(trying, c.compare("olt", half, c.const(control.NEWTON_SMALLEST_PART)))
        ws.store_flag(c.both(trying, c.invert(stuck)), "found")
        tolerated = c.compare("ole", size, c.const(control.NEWTON_TOLERATED))
        ws.store_flag(c.both(ws.flag("settling"), c.invert(stuck)), "settling")
        _fail(c, ws, c.both(stuck, c.invert(tolerated)))
    c.give()
    return c


def _fail(c: Code, ws: Workspace, mask: Value) -> None:
    """Lanes that have no consistent start."""
    reason = c.lconst(Status.NO_CONSISTENT_START)
    ws.store_words(c.lselect(mask, reason, ws.words("failure")), "failure")
    for name in ("doing", "settling"):
        ws.store_flag(c.both(ws.flag(name), c.invert(mask)), name)
