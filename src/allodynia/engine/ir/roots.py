"""Crossings within a step: where the first one is, and the step cut there or taken anew to end there."""

from __future__ import annotations

from allodynia.engine import control
from allodynia.engine.ir.expressions import Printer, number
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.stages import between
from allodynia.engine.ir.steps import INFINITY, least, most
from allodynia.engine.ir.switches import BOTH, hybrid_of, slot_of
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan
from allodynia.engine.status import Status


def build_choose(module: Module, _plan: Plan, layout: Layout) -> Code:
    """The step actually tried: what is wanted, but ending on the next boundary, crossing foretold, or aim."""
    c = Code(module, "choose", list(BOTH))
    ws = Workspace(c, layout)
    t, h, foretold = ws.load("t"), ws.load("h"), ws.load("foretold")
    ahead = c.select(c.compare("ogt", foretold, t), foretold, c.const(INFINITY))
    goal = least(c, least(c, ws.load("boundary"), ws.load("aim")), ahead)
    left = c.sub(goal, t)
    reaches = c.compare("oge", h, c.mul(left, c.const(control.REACH)))
    step = c.select(reaches, left, least(c, h, c.mul(left, c.const(0.5))))
    ws.store(step, "step")
    ws.store(c.select(reaches, goal, c.add(t, step)), "t_new")
    c.give()
    return c


def build_observe(module: Module, plan: Plan, layout: Layout) -> Code:
    """At (tau, u): the triggers into ``now``; ``crossed``: one has risen since ``seen``, or a switch left its value."""
    c = Code(module, "observe", list(BOTH))
    ws = Workspace(c, layout)
    hybrid = hybrid_of(plan)
    if hybrid.switches:
        c.call("revive", *BOTH)
    slots = slot_of(plan)
    printer = Printer(ws, plan, states="u", time="tau")
    nothing = c.compare("one", c.const(0.0), c.const(0.0))
    crossed = nothing
    live = c.either(ws.flag("live"), ws.flag("once"))
    for switch in hybrid.switches:
        left = c.compare("une", number(printer, switch.watched), ws.load("P", slots[switch.parameter]))
        crossed = c.either(crossed, left)
    crossed = c.both(crossed, c.invert(live))
    for event, node in enumerate(hybrid.triggers):
        now = number(printer, node)
        ws.store(now, "now", event)
        crossed = c.either(crossed, c.compare("ogt", now, ws.load("seen", event)))
    for mark, node in enumerate(hybrid.marks, start=len(hybrid.triggers)):
        now = number(printer, node)
        ws.store(now, "now", mark)
        crossed = c.either(crossed, c.compare("une", now, ws.load("seen", mark)))
    ws.store_flag(crossed, "crossed")
    c.give()
    return c


def build_glimpse(module: Module, plan: Plan, layout: Layout) -> Code:
    """The states that are watched, at time ``tau`` within the step, into ``u``: as `stages.build_interpolate` does."""
    c = Code(module, "glimpse", list(BOTH))
    ws = Workspace(c, layout)
    states = plan.watched_states
    x = c.div(c.sub(ws.load("tau"), ws.load("t")), ws.load("step"))
    with c.count(len(states)) as q:
        state = c.load1("@watched", q, "i64")
        orders = range(len(plan.tableau.H))
        total = ws.load("D", c.index("add", state, orders[-1] * plan.n))
        for m in reversed(orders[:-1]):
            total = c.fma(x, total, ws.load("D", c.index("add", state, m * plan.n)))
        ws.store(between(c, x, ws.load("y", state), ws.load("y_new", state), total), "u", state)
    c.give()
    return c


def build_prepare_glimpse(module: Module, plan: Plan, layout: Layout) -> Code:
    """What `build_glimpse` needs, once a step."""
    c = Code(module, "prepare_glimpse", list(BOTH))
    ws = Workspace(c, layout)
    states = plan.watched_states
    module.longs("watched", list(states))
    with c.count(len(states)) as q:
        state = c.load1("@watched", q, "i64")
        ks = [ws.load("k", c.index("add", state, j * plan.n)) for j in range(plan.tableau.stages)]
        for m, weights in enumerate(plan.tableau.H):
            total: Value | None = None
            for weight, k in zip(weights, ks, strict=True):
                if weight != 0.0:
                    total = c.mul(c.const(weight), k) if total is None else c.fma(c.const(weight), k, total)
            ws.store(total or c.const(0.0), "D", c.index("add", state, m * plan.n))
    c.give()
    return c


def _take_watched(c: Code, ws: Workspace, plan: Plan, source: str) -> None:
    """The watched states of ``source`` into ``u``."""
    with c.count(len(plan.watched_states)) as q:
        state = c.load1("@watched", q, "i64")
        ws.store(ws.load(source, state), "u", state)


def _state_in_step(c: Code, ws: Workspace, at: Value) -> None:
    """The watched states at time ``at`` of the step into ``u``, by dense output."""
    ws.store(at, "tau")
    c.call("glimpse", *BOTH)


def build_watch(module: Module, plan: Plan, layout: Layout) -> Code:
    """Look along the steps accepted; decide where each lane goes on from, and what ends there."""
    c = Code(module, "watch", list(BOTH))
    ws = Workspace(c, layout)
    hybrid = hybrid_of(plan)
    events = len(hybrid.triggers)
    busy = c.lcompare("sge", ws.words("subject"), c.lconst(0))
    if hybrid.switches:
        unsound = c.both(busy, c.compare("uno", ws.load("error"), ws.load("error")))
        ws.store_flag(c.either(ws.flag("once"), unsound), "once")
    with c.when(c.any(ws.flag("accepted"))):
        c.call("prepare_glimpse", *BOTH)
        c.call("look", *BOTH)
        with c.when(c.any(ws.flag("found"))):
            c.call("locate", *BOTH)
        _settle_step(c, ws, len(hybrid.switches))
        if events:
            done = ws.flag("accepted")
            falls = c.compare("one", c.const(0.0), c.const(0.0))
            for event, what in enumerate(hybrid.system.events):
                ws.store(c.select(done, ws.load("seen", event), ws.load("was", event)), "was", event)
                if not what.persistent:
                    falls = c.either(falls, c.compare("ogt", ws.load("fell", event), c.const(0.0)))
            if not all(what.persistent for what in hybrid.system.events):
                ws.store_flag(c.both(done, falls), "crossed")
                with c.when(c.any(ws.flag("crossed"))):
                    c.call("cancel_fallen", *BOTH)
    c.give()
    return c


def build_look(module: Module, plan: Plan, layout: Layout) -> Code:
    """Walk along steps; the bracket ``low`` .. ``high`` of the first crossing, in lanes then ``found``.

    Lanes ``spent`` had too many stretches to try, and know only that there is none up to ``low``.
    """
    c = Code(module, "look", list(BOTH))
    ws = Workspace(c, layout)
    hybrid = hybrid_of(plan)
    events = len(hybrid.triggers)
    accepted, one = ws.flag("accepted"), c.const(1.0)
    ws.store(ws.load("t"), "low")
    ws.store(ws.load("t_new"), "high")
    for name in ("found", "spent", "tried"):
        ws.store_words(c.lconst(0), name)
    with c.count(events) as event:
        ws.store(ws.load("was", event), "seen", event)
        ws.store(c.const(0.0), "fell", event)
    ws.store(ws.load("t"), "tau")
    if hybrid.gaps or hybrid.marks:
        _take_watched(c, ws, plan, "y")
        c.call("observe", *BOTH)
        with c.count(len(hybrid.marks)) as mark:
            index = c.index("add", mark, events)
            ws.store(ws.load("now", index), "seen", index)
    if not hybrid.gaps:  # one look at the end
        ws.store(ws.load("t_new"), "tau")
        _take_watched(c, ws, plan, "y_new")
        ws.store_words(ws.words("accepted"), "looking")
        c.call("glance", *BOTH)
        c.give()
        return c
    widest = one
    if hybrid.switches:
        widest = c.select(c.either(ws.flag("live"), ws.flag("once")), c.const(1.0 / control.LOOKS), one)
    ws.store(c.const(0.0), "share")
    ws.store(widest, "width")
    with c.repeat() as leave_unless:
        share, width = ws.load("share"), ws.load("width")
        settled = c.either(ws.flag("found"), ws.flag("spent"))
        going = c.both(accepted, c.both(c.compare("olt", share, one), c.invert(settled)))
        leave_unless(c.any(going))
        c.call("certify", *BOTH)
        tried = c.L("add", ws.words("tried"), c.lconst(1))
        ws.store_words(tried, "tried")
        sure = c.either(ws.flag("sure"), c.compare("ole", width, c.const(control.SMALLEST_STRETCH)))
        there = c.both(going, sure)
        further = c.select(there, c.add(share, width), share)
        ended = c.compare("oge", further, one)
        ws.store(c.select(there, c.fma(further, ws.load("step"), ws.load("t")), ws.load("tau")), "tau")
        ws.store(c.select(c.both(there, ended), ws.load("t_new"), ws.load("tau")), "tau")
        c.call("glimpse", *BOTH)
        with c.count(len(plan.watched_states)) as q:
            state = c.load1("@watched", q, "i64")
            ws.store(c.select(ended, ws.load("y_new", state), ws.load("u", state)), "u", state)
        ws.store_flag(there, "looking")
        with c.when(c.any(there)):
            c.call("glance", *BOTH)
        ws.store(further, "share")
        wider = least(c, c.add(width, width), least(c, widest, c.sub(one, further)))
        wider = c.select(there, wider, c.mul(width, c.const(0.5)))
        ws.store(c.select(going, wider, width), "width")
        last = c.lcompare("sge", tried, c.lconst(control.LOOK_LIMIT))
        unsettled = c.both(going, c.both(c.compare("olt", further, one), c.invert(ws.flag("found"))))
        ws.store_flag(c.either(ws.flag("spent"), c.both(last, unsettled)), "spent")
    c.give()
    return c


def build_glance(module: Module, plan: Plan, layout: Layout) -> Code:
    """Observe at (tau, u) in lanes ``looking`` that have not found a crossing: there is one, or ``low`` moves on."""
    c = Code(module, "glance", list(BOTH))
    ws = Workspace(c, layout)
    c.call("observe", *BOTH)
    going = c.both(ws.flag("looking"), c.invert(ws.flag("found")))
    hit = c.both(going, ws.flag("crossed"))
    going = c.both(going, c.invert(hit))
    tau = ws.load("tau")
    ws.store(c.select(hit, tau, ws.load("high")), "high")
    ws.store(c.select(going, tau, ws.load("low")), "low")
    ws.store_flag(c.either(ws.flag("found"), hit), "found")
    with c.count(len(hybrid_of(plan).triggers)) as event:
        now, seen = ws.load("now", event), ws.load("seen", event)
        fallen = c.both(going, c.compare("ogt", seen, now))
        ws.store(c.select(fallen, c.const(1.0), ws.load("fell", event)), "fell", event)
        ws.store(c.select(going, now, seen), "seen", event)
    c.give()
    return c


def build_locate(module: Module, _plan: Plan, layout: Layout) -> Code:
    """Halve the brackets of lanes ``found``: nothing has crossed at ``low``, something at ``high``."""
    c = Code(module, "locate", list(BOTH))
    ws = Workspace(c, layout)
    found = ws.flag("found")
    finest = c.mul(c.const(control.FINEST), ws.load("step"))
    with c.repeat() as leave_unless:
        low, high = ws.load("low"), ws.load("high")
        way = c.sub(high, low)
        middle = c.fma(c.const(0.5), way, low)
        inside = c.both(c.compare("olt", low, middle), c.compare("olt", middle, high))
        active = c.both(c.both(found, inside), c.compare("ogt", way, finest))
        leave_unless(c.any(active))
        _state_in_step(c, ws, middle)
        c.call("observe", *BOTH)
        crossed = ws.flag("crossed")
        ws.store(c.select(c.both(active, crossed), middle, high), "high")
        ws.store(c.select(c.both(active, c.invert(crossed)), middle, low), "low")
    c.give()
    return c


def _settle_step(c: Code, ws: Workspace, switches: int) -> None:
    """Cut, take anew, or let the step stand."""
    accepted, found = ws.flag("accepted"), ws.flag("found")
    t, t_new, step, high, aim = (ws.load(name) for name in ("t", "t_new", "step", "high", "aim"))
    share = c.div(c.sub(high, t), step)
    inner = c.both(
        c.compare("ogt", share, c.const(control.NEAR_END)), c.compare("olt", share, c.const(1.0 - control.NEAR_END))
    )
    late = c.both(c.both(found, inner), c.compare("oeq", aim, c.const(INFINITY)))
    spent = _shorten(c, ws)
    anew = c.either(late, spent)
    beyond = c.fma(c.const(control.BEYOND), c.sub(high, t), high)
    one = c.op(f"zext {c.mask} {anew} to {c.lvec}")
    ws.store_words(c.L("sub", ws.words("steps"), one), "steps")
    ws.store_words(c.L("add", ws.words("rejected"), one), "rejected")
    done = c.both(accepted, c.invert(anew))
    cut = c.both(done, found)
    end = c.select(cut, high, t_new)
    arrived = c.both(done, c.compare("oeq", end, ws.load("boundary")))
    instant = c.either(cut, arrived)
    if switches:
        instant = c.either(instant, c.both(done, ws.flag("once")))
        ws.store_flag(c.both(ws.flag("once"), c.invert(done)), "once")
        _count_crossing(c, ws, cut, end, control.CROWD + switches)
    ws.store(c.select(late, least(c, t_new, beyond), c.select(done, c.const(INFINITY), aim)), "aim")
    ws.store_flag(done, "accepted")
    ws.store_flag(cut, "cut")
    ws.store_flag(instant, "instant")
    before = c.sub(end, c.mul(c.const(control.SAME_TIME), c.add(c.abs(end), step)))
    ws.store(c.select(instant, before, end), "until")


def _shorten(c: Code, ws: Workspace) -> Value:
    """Lanes ``spent`` try a shorter step, if there is one."""
    spent = ws.flag("spent")
    t, low = ws.load("t"), ws.load("low")
    shorter = c.mul(c.const(control.SHORTENED), c.sub(low, t))
    ws.store(c.select(spent, shorter, ws.load("h")), "h")
    last = c.load1(ws.context("times"), c.index("sub", ws.context("n_times", "i64"), 1))
    span = c.sub(c.splat(last), c.splat(ws.context("start", "double")))
    reach = most(c, c.abs(t), c.mul(c.const(control.TIME_SCALE), span))
    stuck = c.both(spent, c.compare("olt", shorter, c.mul(c.const(control.SMALLEST_STEP), reach)))
    ws.store_words(c.lselect(stuck, c.lconst(Status.UNRESOLVED), ws.words("failure")), "failure")
    return spent


def _count_crossing(c: Code, ws: Workspace, cut: Value, end: Value, limit: int) -> None:
    """Crossings that crowd together are sliding along a switch: it is let go."""
    last = c.load1(ws.context("times"), c.index("sub", ws.context("n_times", "i64"), 1))
    span = c.sub(c.splat(last), c.splat(ws.context("start", "double")))
    scale = most(c, c.abs(end), c.mul(c.const(control.TIME_SCALE), span))
    near = c.compare("ole", c.sub(end, ws.load("last_crossing")), c.mul(c.const(control.CROWDED), scale))
    count = c.lselect(near, c.L("add", ws.words("crowd"), c.lconst(1)), c.lconst(0))
    ws.store_words(c.lselect(cut, count, ws.words("crowd")), "crowd")
    ws.store(c.select(cut, end, ws.load("last_crossing")), "last_crossing")
    crowded = c.both(cut, c.lcompare("sgt", ws.words("crowd"), c.lconst(limit)))
    ws.store_flag(c.either(ws.flag("live"), crowded), "live")


def build_cut(module: Module, plan: Plan, layout: Layout) -> Code:
    """Steps that are cut end at ``high``, with the state there."""
    c = Code(module, "cut", list(BOTH))
    ws = Workspace(c, layout)
    with c.when(c.any(ws.flag("cut"))):
        high, t_new = ws.load("high"), ws.load("t_new")
        ws.store(high, "tau")
        c.call("bend", *BOTH)
        c.call("interpolate", *BOTH)
        shorter = c.both(ws.flag("cut"), c.compare("olt", high, t_new))
        with c.count(plan.n) as i:
            ws.store(c.select(shorter, ws.load("u", i), ws.load("y_new", i)), "y_new", i)
        ws.store(c.select(shorter, high, t_new), "t_new")
        ws.store_words(c.lconst(0), "cut")
    c.give()
    return c
