"""Crossings within a step: where the first one is, and the step cut there or taken anew to end there."""

from __future__ import annotations

from allodynia.engine import control
from allodynia.engine.ir.expressions import Printer, number
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.steps import INFINITY, least, most
from allodynia.engine.ir.switches import BOTH, hybrid_of, slot_of
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan
from allodynia.model.expr import Op


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


def _watched_states(plan: Plan) -> list[int]:
    """The states that triggers and switches look at."""
    hybrid = hybrid_of(plan)
    nodes = [*hybrid.triggers, *hybrid.marks, *hybrid.gaps]
    nodes += [node for switch in hybrid.switches for node in (switch.node, switch.watched)]
    return sorted(plan.dag.leaves(nodes, Op.STATE))


def build_glimpse(module: Module, plan: Plan, layout: Layout) -> Code:
    """The states that are watched, at time ``tau`` within the step, into ``u``: as `stages.build_interpolate` does."""
    c = Code(module, "glimpse", list(BOTH))
    ws = Workspace(c, layout)
    states = _watched_states(plan)
    x = c.div(c.sub(ws.load("tau"), ws.load("t")), ws.load("step"))
    rest = c.sub(c.const(1.0), x)
    with c.count(len(states)) as q:
        state = c.load1("@watched", q, "i64")
        orders = range(len(plan.tableau.H))
        total = ws.load("D", c.index("add", state, orders[-1] * plan.n))
        for m in reversed(orders[:-1]):
            total = c.fma(x, total, ws.load("D", c.index("add", state, m * plan.n)))
        inner = c.fma(rest, total, ws.load("y_new", state))
        ws.store(c.fma(x, inner, c.mul(rest, ws.load("y", state))), "u", state)
    c.give()
    return c


def build_prepare_glimpse(module: Module, plan: Plan, layout: Layout) -> Code:
    """What `build_glimpse` needs, once a step."""
    c = Code(module, "prepare_glimpse", list(BOTH))
    ws = Workspace(c, layout)
    states = _watched_states(plan)
    module.longs("watched", states)
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
    with c.count(len(_watched_states(plan))) as q:
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
        ws.store(c.const(INFINITY), "dip")
        c.call("look", *BOTH)
        if hybrid.gaps:
            c.call("dips", *BOTH)
            with c.when(c.any(c.compare("olt", ws.load("dip"), c.const(INFINITY)))):
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
    """The bracket ``low`` .. ``high`` of the first crossing, in lanes then ``found``; looks at ``dip`` besides."""
    c = Code(module, "look", list(BOTH))
    ws = Workspace(c, layout)
    hybrid = hybrid_of(plan)
    events, gaps = len(hybrid.triggers), len(hybrid.gaps)
    ws.store(ws.load("t"), "low")
    ws.store(ws.load("t_new"), "high")
    ws.store_words(c.lconst(0), "found")
    with c.count(events) as event:
        ws.store(ws.load("was", event), "seen", event)
        ws.store(c.const(0.0), "fell", event)
    if gaps or hybrid.marks:
        ws.store(ws.load("t"), "tau")
        _take_watched(c, ws, plan, "y")
    if gaps:
        c.call("gaps", *BOTH, f"ptr {ws.at('gap')}")
    if hybrid.marks:
        c.call("observe", *BOTH)
        with c.count(len(hybrid.marks)) as mark:
            index = c.index("add", mark, events)
            ws.store(ws.load("now", index), "seen", index)
    places = control.LOOKS if hybrid.closely else 1
    for place in range(1, places + 1):
        at = ws.load("t_new")
        if place < places:
            at = c.add(ws.load("t"), c.mul(c.const(place / places), ws.load("step")))
        if gaps:
            dip = ws.load("dip")
            between = c.both(c.compare("ogt", dip, ws.load("low")), c.compare("olt", dip, at))
            ws.store_flag(c.both(ws.flag("accepted"), between), "looking")
            with c.when(c.any(ws.flag("looking"))):
                _state_in_step(c, ws, dip)
                c.call("glance", *BOTH)
        ws.store(at, "tau")
        if place == places:
            _take_watched(c, ws, plan, "y_new")
        else:
            c.call("glimpse", *BOTH)
        if gaps:
            c.call("gaps", *BOTH, f"ptr {ws.at('gap', place * gaps)}")
        ws.store_words(ws.words("accepted"), "looking")
        c.call("glance", *BOTH)
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


def build_gaps(module: Module, plan: Plan, layout: Layout) -> Code:
    """The sides of relations at (tau, u), one less the other, into the vectors %into."""
    c = Code(module, "gaps", [*BOTH, "ptr %into"])
    ws = Workspace(c, layout)
    printer = Printer(ws, plan, states="u", time="tau")
    for number_of, node in enumerate(hybrid_of(plan).gaps):
        c.store(printer.value(node), "%into", number_of)
    c.give()
    return c


def build_dips(module: Module, plan: Plan, layout: Layout) -> Code:
    """Where a relation may turn for less than the time between two looks, into ``dip``; infinity for nowhere."""
    c = Code(module, "dips", list(BOTH))
    ws = Workspace(c, layout)
    gaps, zero, half = len(hybrid_of(plan).gaps), c.const(0.0), c.const(0.5)
    t, step = ws.load("t"), ws.load("step")
    with c.count(gaps) as relation:
        for place in range(1, control.LOOKS):
            before, here, after = (
                ws.load("gap", c.index("add", relation, k * gaps)) for k in (place - 1, place, place + 1)
            )
            slope = c.mul(half, c.sub(after, before))
            bend = c.add(c.sub(before, c.mul(c.const(2.0), here)), after)
            vertex = c.neg(c.div(slope, bend))
            value = c.fma(c.mul(half, slope), vertex, here)
            across = c.compare("olt", c.mul(value, here), zero)
            for other in (before, after):
                across = c.both(across, c.compare("ogt", c.mul(other, here), zero))
            across = c.both(across, c.compare("ole", c.abs(vertex), c.const(control.DIP)))
            share = c.mul(c.add(vertex, c.const(float(place))), c.const(1.0 / control.LOOKS))
            at = c.fma(share, step, t)
            across = c.both(ws.flag("accepted"), c.both(across, c.compare("olt", at, ws.load("dip"))))
            ws.store(c.select(across, at, ws.load("dip")), "dip")
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
    anew = c.both(c.both(found, inner), c.compare("oeq", aim, c.const(INFINITY)))
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
    ws.store(c.select(anew, least(c, t_new, beyond), c.select(done, c.const(INFINITY), aim)), "aim")
    ws.store_flag(done, "accepted")
    ws.store_flag(cut, "cut")
    ws.store_flag(instant, "instant")
    before = c.sub(end, c.mul(c.const(control.SAME_TIME), c.add(c.abs(end), step)))
    ws.store(c.select(instant, before, end), "until")


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
