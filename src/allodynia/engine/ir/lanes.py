"""What happens lane by lane: subjects taken from the queue, actions at their times, samples, results handed back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from allodynia.engine.actions import ActionKind
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan
from allodynia.engine.status import Status

BOTH = ("ptr %ctx", "ptr %ws")


@contextmanager
def each_lane(c: Code, mask: Value) -> Iterator[Value]:
    """The body for every lane set in ``mask``, from the lowest up."""
    c.module.declare("llvm.cttz.i64", "i64 (i64, i1)")
    narrow = c.op(f"bitcast {c.mask} {mask} to i{c.W}")
    place = c.local("i64", 8)
    c.store1(c.op(f"zext i{c.W} {narrow} to i64"), place, kind="i64")
    with c.repeat() as leave_unless:
        left = c.load1(place, kind="i64")
        leave_unless(c.op(f"icmp ne i64 {left}, 0"))
        lane = c.op(f"call i64 @llvm.cttz.i64(i64 {left}, i1 true)")
        c.store1(c.index("and", left, c.index("sub", left, 1)), place, kind="i64")
        yield lane


def build_refill(module: Module, plan: Plan, layout: Layout) -> Code:
    """Give every idle lane the next subject of the queue; mark those lanes ``fresh`` and ``due``."""
    c = Code(module, "refill", list(BOTH))
    ws = Workspace(c, layout)
    table = module.longs("parameters", list(plan.read_parameters))
    cursor, end = ws.context("cursor"), ws.context("end", "i64")
    parameters, stride = ws.context("parameters"), ws.context("parameter_stride", "i64")
    offsets, start = ws.context("offsets"), ws.context("start", "double")
    first_sample = c.load1(ws.context("times"))
    idle = c.lcompare("slt", ws.words("subject"), c.lconst(0))
    with each_lane(c, idle) as lane:
        place = ws.lane("subject", lane, "i64")
        taken = c.op(f"atomicrmw add ptr {cursor}, i64 1 monotonic")
        some = c.op(f"icmp slt i64 {taken}, {end}")
        empty = c.op(f"select i1 {some}, i64 0, i64 1")
        c.store1(empty, ws.scalar(0), kind="i64")
        with c.when(some):
            c.store1(taken, place, kind="i64")
            row = c.at1(parameters, c.index("mul", taken, stride))
            with c.count(len(plan.read_parameters)) as slot:
                column = c.load1(table, slot, "i64")
                c.store1(c.load1(row, column), ws.lane("P", lane, index=slot))
            for name in ("sample", "steps", "rejected", "attempts", "failure", "shy"):
                c.store1("0", ws.lane(name, lane, "i64"), kind="i64")
            c.store1(start, ws.lane("t", lane))
            c.store1(first_sample, ws.lane("sample_time", lane))
            c.store1(c.load1(offsets, taken, "i64"), ws.lane("action", lane, "i64"), kind="i64")
            following = c.index("add", taken, 1)
            c.store1(c.load1(offsets, following, "i64"), ws.lane("action_end", lane, "i64"), kind="i64")
            for name in ("fresh", "due"):
                c.store1("1", ws.lane(name, lane, "i64"), kind="i64")
    c.give()
    return c


def build_begin(module: Module, plan: Plan, layout: Layout) -> Code:
    """Initial values, and the sample at the start, of fresh lanes."""
    c = Code(module, "begin", list(BOTH))
    ws = Workspace(c, layout)
    c.call("hoist", *BOTH)
    given = ws.context("initial")
    ws.store(ws.load("t"), "tau")
    own = c.op(f"icmp eq ptr {given}, null")
    theirs, ours, end = c.label("given"), c.label("own"), c.label("end")
    c.branch(own, ours, theirs)
    c.place(ours)
    c.call("initial", *BOTH)
    c.go(end)
    c.place(theirs)
    with each_lane(c, ws.flag("fresh")) as lane:
        subject = c.load1(ws.lane("subject", lane, "i64"), kind="i64")
        row = c.at1(given, c.index("mul", subject, plan.n))
        with c.count(plan.n) as i:
            c.store1(c.load1(row, i), ws.lane("u", lane, index=i))
    c.go(end)
    c.place(end)
    fresh = ws.flag("fresh")
    ws.store(c.const(0.0), "error")
    with c.count(plan.n) as i:
        new = ws.load("u", i)
        ws.store(c.select(fresh, new, ws.load("y", i)), "y", i)
        ws.store(c.add(ws.load("error"), c.sub(new, new)), "error")  # 0 where every value is finite, else NaN
    bad = c.both(fresh, c.compare("uno", ws.load("error"), c.const(0.0)))
    ws.store_words(c.lselect(bad, c.lconst(Status.BAD_START), ws.words("failure")), "failure")
    if plan.hybrid is not None:
        c.call("prime", *BOTH)  # events at the start come before the sample there
    else:
        at_start = c.both(fresh, c.compare("oeq", ws.load("sample_time"), ws.load("t")))
        wanted = c.both(at_start, c.invert(bad))
        ws.store_flag(wanted, "accepted")
        with c.when(c.any(wanted)):
            c.call("outputs", *BOTH)
            c.call("scatter", *BOTH)
    ws.store(c.select(fresh, c.const(1.0), ws.load("lead")), "lead")
    ws.store_words(c.lconst(0), "fresh")
    ws.store_words(c.lselect(bad, c.lconst(0), ws.words("due")), "due")
    c.call("drop", *BOTH)
    c.give()
    return c


def build_scatter(module: Module, plan: Plan, layout: Layout) -> Code:
    """Write ``out`` of the lanes marked ``accepted`` as their current sample, and go on to their next."""
    c = Code(module, "scatter", list(BOTH))
    ws = Workspace(c, layout)
    values, times, n_times = ws.context("values"), ws.context("times"), ws.context("n_times", "i64")
    with each_lane(c, ws.flag("accepted")) as lane:
        subject = c.load1(ws.lane("subject", lane, "i64"), kind="i64")
        place = ws.lane("sample", lane, "i64")
        sample = c.load1(place, kind="i64")
        row = c.index("add", c.index("mul", subject, n_times), sample)
        target = c.at1(values, c.index("mul", row, len(plan.outputs)))
        with c.count(len(plan.outputs)) as o:
            c.store1(c.load1(ws.lane("out", lane, index=o)), target, o)
        following = c.index("add", sample, 1)
        c.store1(following, place, kind="i64")
        c.store1(c.load1(times, following), ws.lane("sample_time", lane))
    c.give()
    return c


def build_settle(module: Module, plan: Plan, layout: Layout) -> Code:
    """Lanes that stand on a boundary: hand back those at the end, else apply the actions due and set out again.

    Where there are events, actions may set them off: lanes are marked ``instant`` and set out later.
    """
    c = Code(module, "settle", list(BOTH))
    ws = Workspace(c, layout)
    action_time, kinds = ws.context("action_time"), ws.context("action_kind")
    targets, amounts = ws.context("action_target"), ws.context("action_value")
    last = c.load1(ws.context("times"), c.index("sub", ws.context("n_times", "i64"), 1))
    due = ws.flag("due")
    ws.store_words(c.lconst(0), "due")
    changed = c.local("i8", 1)  # whether some action changed a parameter
    c.store1("0", changed, kind="i8")
    with each_lane(c, due) as lane:
        t = c.load1(ws.lane("t", lane))
        over = c.op(f"fcmp oge double {t}, {last}")
        stop, go_on, end = c.label("stop"), c.label("goon"), c.label("end")
        c.branch(over, stop, go_on)
        c.place(stop)
        c.call("finish", *BOTH, f"i64 {lane}", f"i64 {int(Status.SOLVED)}")
        if plan.hybrid is not None:
            c.store1("0", ws.lane("restart", lane, "i64"), kind="i64")
        c.go(end)
        c.place(go_on)
        place = ws.lane("action", lane, "i64")
        stop_at = c.load1(ws.lane("action_end", lane, "i64"), kind="i64")
        boundary = ws.lane("boundary" if plan.hybrid is None else "appointment", lane)
        c.store1(last, boundary)
        with c.repeat() as leave_unless:
            action = c.load1(place, kind="i64")
            leave_unless(c.op(f"icmp slt i64 {action}, {stop_at}"))
            when = c.load1(action_time, action)
            later = c.op(f"fcmp ogt double {when}, {t}")
            with c.when(later):
                nearer = c.op(f"fcmp olt double {when}, {last}")
                c.store1(c.op(f"select i1 {nearer}, double {when}, double {last}"), boundary)
            leave_unless(c.op(f"xor i1 {later}, true"))
            kind, amount = c.load1(kinds, action, "i32"), c.load1(amounts, action)
            target = c.op(f"sext i32 {c.load1(targets, action, 'i32')} to i64")
            on_state = c.op(f"icmp sle i32 {kind}, {int(ActionKind.SET_STATE)}")
            variable = c.op(
                f"select i1 {on_state}, ptr {ws.lane('y', lane, index=target)}, ptr {ws.lane('P', lane, index=target)}"
            )
            adds = c.op(
                f"or i1 {c.op(f'icmp eq i32 {kind}, {int(ActionKind.ADD_STATE)}')}, "
                f"{c.op(f'icmp eq i32 {kind}, {int(ActionKind.ADD_PARAMETER)}')}"
            )
            total = c.op(f"fadd double {c.load1(variable)}, {amount}")
            c.store1(c.op(f"select i1 {adds}, double {total}, double {amount}"), variable)
            with c.when(c.op(f"xor i1 {on_state}, true")):
                c.store1("1", changed, kind="i8")
            c.store1(c.index("add", action, 1), place, kind="i64")
            if plan.hybrid is not None:
                for name, value in (("instant", "1"), ("live", "0"), ("crowd", "0")):
                    c.store1(value, ws.lane(name, lane, "i64"), kind="i64")
        if plan.hybrid is None:
            c.store1("1", ws.lane("restart", lane, "i64"), kind="i64")
        c.go(end)
        c.place(end)
    if plan.hybrid is None:
        with c.when(c.op(f"icmp ne i8 {c.load1(changed, kind='i8')}, 0")):
            c.call("hoist", *BOTH)
        with c.when(c.any(ws.flag("restart"))):
            c.call("start", *BOTH)
    c.give()
    return c


def build_finish(module: Module, plan: Plan, layout: Layout) -> Code:
    """Hand back the result of one lane, and leave the lane idle."""
    c = Code(module, "finish", [*BOTH, "i64 %lane", "i64 %how"])
    ws = Workspace(c, layout)
    place = ws.lane("subject", "%lane", "i64")
    subject = c.load1(place, kind="i64")
    for word in ("steps", "rejected"):
        c.store1(c.load1(ws.lane(word, "%lane", "i64"), kind="i64"), ws.context(word), subject, "i64")
    c.store1(c.load1(ws.lane("attempts", "%lane", "i64"), kind="i64"), ws.context("factorisations"), subject, "i64")
    solved = c.op(f"icmp eq i64 %how, {int(Status.SOLVED)}")
    with c.when(solved):
        row = c.at1(ws.context("final"), c.index("mul", subject, plan.n))
        with c.count(plan.n) as i:
            c.store1(c.load1(ws.lane("y", "%lane", index=i)), row, i)
    failed = c.op(f"xor i1 {solved}, true")
    with c.when(failed):
        c.store1(c.load1(ws.lane("t", "%lane")), ws.context("failed_at"), subject)
    c.store1("-1", place, kind="i64")
    # Last, and visibly so: whoever sees this status sees the results written before it.
    target = c.at1(ws.context("status"), subject, "i32")
    c.line(f"store atomic i32 {c.op('trunc i64 %how to i32')}, ptr {target} release, align 4")
    c.op(f"atomicrmw add ptr {ws.context('done')}, i64 1 release")
    c.give()
    return c


def build_drop(module: Module, plan: Plan, layout: Layout) -> Code:
    """Hand back the lanes that have failed."""
    c = Code(module, "drop", list(BOTH))
    ws = Workspace(c, layout)
    with each_lane(c, ws.flag("failure")) as lane:
        place = ws.lane("failure", lane, "i64")
        how = c.load1(place, kind="i64")
        c.store1("0", place, kind="i64")
        c.call("finish", *BOTH, f"i64 {lane}", f"i64 {how}")
        for name in ("due", "accepted", "restart", *(("instant",) if plan.hybrid is not None else ())):
            c.store1("0", ws.lane(name, lane, "i64"), kind="i64")
    c.give()
    return c


def build_advance(module: Module, plan: Plan, layout: Layout) -> Code:
    """Lanes whose step was accepted move on; those that reached their boundary become due."""
    c = Code(module, "advance", list(BOTH))
    ws = Workspace(c, layout)
    accepted, t_new = ws.flag("accepted"), ws.load("t_new")
    with c.count(plan.n) as i:
        ws.store(c.select(accepted, ws.load("y_new", i), ws.load("y", i)), "y", i)
    ws.store(c.select(accepted, t_new, ws.load("t")), "t")
    arrived = c.both(accepted, c.compare("oeq", t_new, ws.load("boundary")))
    ws.store_flag(c.either(arrived, ws.flag("due")), "due")
    c.give()
    return c
