"""What happens at one moment: events one after the other, samples after them, actions, and setting out again."""

from __future__ import annotations

from allodynia.engine.book import Book
from allodynia.engine.ir.lanes import each_lane
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.steps import INFINITY
from allodynia.engine.ir.switches import BOTH, hybrid_of, stand_here
from allodynia.engine.ir.text import Code, Module
from allodynia.engine.plan import Plan


def build_prime(module: Module, plan: Plan, layout: Layout) -> Code:
    """Fresh lanes: triggers as they were before the start, nothing pending, everything due to be looked at."""
    c = Code(module, "prime", list(BOTH))
    ws = Workspace(c, layout)
    fresh = ws.flag("fresh")
    for event, what in enumerate(plan.system.events):
        before = c.const(1.0 if what.initially else 0.0)
        ws.store(c.select(fresh, before, ws.load("was", event)), "was", event)
    for name in ("pending", "live", "once", "crowd", "cut", "restart", "executed"):
        ws.store_words(c.lselect(fresh, c.lconst(0), ws.words(name)), name)
    ws.store(c.select(fresh, c.const(-INFINITY), ws.load("last_crossing")), "last_crossing")
    ws.store_words(c.lselect(fresh, c.lconst(1), ws.words("instant")), "instant")
    c.give()
    return c


def build_cancel_fallen(module: Module, plan: Plan, layout: Layout) -> Code:
    """In lanes marked ``crossed``: events that do not persist and whose triggers have been false are cancelled."""
    c = Code(module, "cancel_fallen", list(BOTH))
    ws = Workspace(c, layout)
    with each_lane(c, ws.flag("crossed")) as lane:
        for event, what in enumerate(plan.system.events):
            if not what.persistent:
                fell = c.op(f"fcmp ogt double {c.load1(ws.lane('fell', lane, index=event))}, 0.0")
                with c.when(fell):
                    c.call("cancel", *BOTH, f"i64 {lane}", f"i64 {event}")
    c.give()
    return c


def build_occur(module: Module, plan: Plan, layout: Layout) -> Code:
    """All that happens at the present time of lanes marked ``instant``; those that can go on are marked ``restart``."""
    c = Code(module, "occur", list(BOTH))
    ws = Workspace(c, layout)
    book = Book.of(plan)
    c.call("hoist", *BOTH)
    ws.store_words(ws.words("instant"), "doing")
    ws.store_words(c.lconst(0), "carried_out")
    with c.repeat() as leave_unless:
        leave_unless(c.any(ws.flag("doing")))
        _stand_with_switches(c, ws, plan)
        if plan.algebraic:
            c.call("consistent", *BOTH)
            _stand_with_switches(c, ws, plan)
        if book.events:
            c.call("judge", *BOTH)
            with each_lane(c, ws.flag("doing")) as lane:
                c.call("turn", *BOTH, f"i64 {lane}")
                c.call("carry_out", *BOTH, f"i64 {lane}")
            sound = c.lcompare("eq", ws.words("failure"), c.lconst(0))
            ws.store_flag(c.both(ws.flag("doing"), sound), "doing")
        else:
            ws.store_words(c.lconst(0), "doing")
    sound = c.lcompare("eq", ws.words("failure"), c.lconst(0))
    going = c.both(ws.flag("instant"), sound)
    stand_here(c, ws, plan)
    with c.repeat() as leave_unless:
        wanted = c.both(going, c.compare("ole", ws.load("sample_time"), ws.load("t")))
        leave_unless(c.any(wanted))
        ws.store_flag(wanted, "accepted")
        c.call("outputs", *BOTH)
        c.call("scatter", *BOTH)
    for name in ("accepted", "instant"):
        ws.store_words(c.lconst(0), name)
    ws.store_flag(c.either(ws.flag("restart"), going), "restart")
    c.call("drop", *BOTH)
    c.give()
    return c


def _stand_with_switches(c: Code, ws: Workspace, plan: Plan) -> None:
    """(tau, u) = (t, y), switches as they are there."""
    stand_here(c, ws, plan)
    if hybrid_of(plan).switches:
        ws.store_words(ws.words("doing"), "setting")
        c.call("set_switches", *BOTH)


def build_resume(module: Module, plan: Plan, layout: Layout) -> Code:
    """Lanes marked ``restart`` set out again: how far, what is foretold on the way, and with which first step."""
    c = Code(module, "resume", list(BOTH))
    ws = Workspace(c, layout)
    restart = ws.flag("restart")
    c.call("hoist", *BOTH)
    ws.store(c.select(restart, ws.load("appointment"), ws.load("boundary")), "boundary")
    if Book.of(plan).events:
        with each_lane(c, restart) as lane:
            boundary = ws.lane("boundary", lane)
            with c.count(c.load1(ws.lane("pending", lane, "i64"), kind="i64")) as entry:
                due = c.load1(ws.lane("due_time", lane, index=entry))
                sooner = c.op(f"fcmp olt double {due}, {c.load1(boundary)}")
                with c.when(sooner):
                    c.store1(due, boundary)
    ws.store(c.select(restart, c.const(INFINITY), ws.load("aim")), "aim")
    if hybrid_of(plan).forecasts:
        c.call("forecast", *BOTH)
    c.call("start", *BOTH)
    c.give()
    return c
