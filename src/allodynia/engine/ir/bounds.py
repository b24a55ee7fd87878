"""Whether nothing turns twice within a stretch of a step: the enclosures printed as code."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from allodynia.engine.enclosures import Course, Encloser, along, turns_at_most_once
from allodynia.engine.ir.expressions import Printer, operation
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.switches import BOTH, hybrid_of
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan
from allodynia.engine.ranges import Range
from allodynia.model.expr import Op


class Lanes:
    """One vector a value; see `allodynia.engine.ranges.Arithmetic`."""

    def __init__(self, code: Code) -> None:
        self.const, self.add, self.sub, self.mul, self.div = code.const, code.add, code.sub, code.mul, code.div
        self.neg, self.abs, self.floor = code.neg, code.abs, code.floor
        self.compare, self.select = code.compare, code.select
        self.both, self.either, self.invert = code.both, code.either, code.invert
        self._code = code

    def function(self, op: Op, values: Sequence[Value]) -> Value:
        """Any operation of the graph on numbers."""
        return operation(self._code, op, list(values))


def build_along(module: Module, plan: Plan, layout: Layout) -> Code:
    """Courses of the watched states from ``share`` to ``share + width``, into ``course``: lo, hi, and of the slope."""
    c = Code(module, "along", list(BOTH))
    ws = Workspace(c, layout)
    states = plan.watched_states
    share, width = ws.load("share"), ws.load("width")
    with c.count(len(states)) as q:
        state = c.load1("@watched", q, "i64")
        bends = [ws.load("D", c.index("add", state, m * plan.n)) for m in range(len(plan.tableau.H))]
        old, new = ws.load("y", state), ws.load("y_new", state)
        further = [c.sub(after, before) for before, after in itertools.pairwise(bends)]
        powers = [old, c.add(c.sub(new, old), bends[0]), *further, c.neg(bends[-1])]
        course = along(Lanes(c), powers, share, width)
        slope = course.slope or Range(c.const(0.0), c.const(0.0))
        for row, value in enumerate((course.value.lo, course.value.hi, slope.lo, slope.hi)):
            ws.store(value, "course", c.index("add", state, row * plan.n))
    c.give()
    return c


def build_certify(module: Module, plan: Plan, layout: Layout) -> Code:
    """Into ``sure``: whether the ends of the stretch tell of everything that counts what it does within."""
    c = Code(module, "certify", list(BOTH))
    ws = Workspace(c, layout)
    c.call("along", *BOTH)
    share, width, t, step = (ws.load(name) for name in ("share", "width", "t", "step"))
    low = c.fma(share, step, t)
    high = c.fma(c.add(share, width), step, t)
    printer = Printer(ws, plan, states="u", time="tau")

    def state(index: int) -> Course:
        lo, hi, falls, rises = (ws.load("course", row * plan.n + index) for row in range(4))
        return Course(Range(lo, hi), Range(falls, rises))

    encloser = Encloser(
        Lanes(c), plan.dag, time=Course(Range(low, high), Range(step, step)), state=state,
        parameter=printer.parameter, ready=printer.hoisted,
    )  # fmt: skip
    live = c.either(ws.flag("live"), ws.flag("once"))
    sure = c.compare("oeq", share, share)
    for gap in hybrid_of(plan).gaps:
        certain = turns_at_most_once(Lanes(c), encloser, gap, width)
        sure = c.both(sure, c.either(certain, live) if gap.of_switch else certain)
    ws.store_flag(sure, "sure")
    c.give()
    return c
