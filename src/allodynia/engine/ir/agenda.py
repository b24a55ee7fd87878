"""Events of one lane: which triggers have turned, what is pending, what is carried out next.

One lane at a time, by loops over tables of the model's events. The pending events of a lane stand in the order in
which they were triggered. The rules are those of `allodynia.engine.reference.agenda`.
"""

from __future__ import annotations

from allodynia.engine import control
from allodynia.engine.book import Book
from allodynia.engine.ir.expressions import Printer, number
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value, hexadecimal
from allodynia.engine.plan import Plan
from allodynia.engine.status import Status

BOTH = ("ptr %ctx", "ptr %ws")
LANE = (*BOTH, "i64 %lane")


def write_tables(module: Module, plan: Plan) -> None:
    """What the loops below look up: does an event persist, does it keep its values, what does it assign to what."""
    events = plan.system.events
    first = [0]
    for event in events:
        first.append(first[-1] + len(event.assignments))
    module.longs("event.first", first)
    module.longs("event.target", [state for event in events for state, _ in event.assignments])
    module.longs("event.persists", [int(event.persistent) for event in events])
    module.longs("event.keeps", [int(event.values_at_trigger) for event in events])


def build_judge(module: Module, plan: Plan, layout: Layout) -> Code:
    """All that events may need, at (tau, u), with nothing held: triggers, delays, priorities, new values."""
    c = Code(module, "judge", list(BOTH))
    ws = Workspace(c, layout)
    printer = Printer(ws, plan, states="u", time="tau")
    lowest = c.const(float("-inf"))
    value = 0
    for index, event in enumerate(plan.system.events):
        ws.store(number(printer, event.trigger), "now", index)
        ws.store(c.const(0.0) if event.delay is None else number(printer, event.delay), "delay", index)
        priority = lowest if event.priority is None else number(printer, event.priority)
        ws.store(c.select(c.compare("uno", priority, priority), lowest, priority), "priority", index)
        for _, node in event.assignments:
            ws.store(number(printer, node), "value", value)
            value += 1
    c.give()
    return c


def build_turn(module: Module, plan: Plan, layout: Layout) -> Code:
    """Triggers that turned true are put on the agenda of the lane, those that turned false may cancel."""
    c = Code(module, "turn", list(LANE))
    ws = Workspace(c, layout)
    book = Book.of(plan)
    failure = ws.lane("failure", "%lane", "i64")
    place = ws.lane("pending", "%lane", "i64")
    with c.count(book.events) as event:
        now, before = c.load1(ws.lane("now", "%lane", index=event)), ws.lane("was", "%lane", index=event)
        with c.when(c.op(f"fcmp une double {now}, {c.load1(before)}")):
            c.store1(now, before)
            risen = c.op(f"fcmp one double {now}, 0.0")
            fades = c.op(f"icmp eq i64 {c.load1('@event.persists', event, 'i64')}, 0")
            with c.when(c.op(f"and i1 {fades}, {c.op(f'xor i1 {risen}, true')}")):
                c.call("cancel", *BOTH, "i64 %lane", f"i64 {event}")
            with c.when(risen):
                delay = c.load1(ws.lane("delay", "%lane", index=event))
                sound = c.op(f"fcmp oge double {delay}, 0.0")
                count = c.load1(place, kind="i64")
                room = c.op(f"icmp slt i64 {count}, {book.capacity}")
                with c.when(c.op(f"xor i1 {room}, true")):
                    c.store1(str(int(Status.EVENT_STORM)), failure, kind="i64")
                with c.when(c.op(f"xor i1 {sound}, true")):
                    c.store1(str(int(Status.BAD_DELAY)), failure, kind="i64")
                with c.when(c.op(f"and i1 {room}, {sound}")):
                    due = c.op(f"fadd double {c.load1(ws.lane('t', '%lane'))}, {delay}")
                    c.store1(due, ws.lane("due_time", "%lane", index=count))
                    c.store1(event, ws.lane("due_event", "%lane", "i64", count), kind="i64")
                    first = c.load1("@event.first", event, "i64")
                    after = c.load1("@event.first", c.index("add", event, 1), "i64")
                    keeps = c.op(f"icmp ne i64 {c.load1('@event.keeps', event, 'i64')}, 0")
                    stop = c.op(f"select i1 {keeps}, i64 {after}, i64 {first}")
                    with c.count(stop, first) as a:
                        kept = _kept(c, book, count, c.index("sub", a, first))
                        c.store1(c.load1(ws.lane("value", "%lane", index=a)), ws.lane("kept", "%lane", index=kept))
                    c.store1(c.index("add", count, 1), place, kind="i64")
    c.give()
    return c


def _kept(c: Code, book: Book, entry: Value, number_of: Value) -> Value:
    """Where the values of a pending event stand."""
    return c.index("add", c.index("mul", entry, book.most_values), number_of)


def build_cancel(module: Module, plan: Plan, layout: Layout) -> Code:
    """Take every pending event number %event off the agenda of the lane."""
    c = Code(module, "cancel", [*LANE, "i64 %event"])
    ws = Workspace(c, layout)
    book = Book.of(plan)
    place = ws.lane("pending", "%lane", "i64")
    count = c.load1(place, kind="i64")
    c.store1("0", place, kind="i64")
    with c.count(count) as entry:
        stays = c.op(f"icmp ne i64 {c.load1(ws.lane('due_event', '%lane', 'i64', entry), kind='i64')}, %event")
        with c.when(stays):
            to = c.load1(place, kind="i64")
            _move(c, ws, book, entry, to)
            c.store1(c.index("add", to, 1), place, kind="i64")
    c.give()
    return c


def _move(c: Code, ws: Workspace, book: Book, entry: Value, to: Value) -> None:
    """Copy a pending event to another place of the agenda."""
    c.store1(c.load1(ws.lane("due_time", "%lane", index=entry)), ws.lane("due_time", "%lane", index=to))
    event = c.load1(ws.lane("due_event", "%lane", "i64", entry), kind="i64")
    c.store1(event, ws.lane("due_event", "%lane", "i64", to), kind="i64")
    with c.count(book.most_values) as a:
        value = c.load1(ws.lane("kept", "%lane", index=_kept(c, book, entry, a)))
        c.store1(value, ws.lane("kept", "%lane", index=_kept(c, book, to, a)))


def _draw(c: Code, counter: Value) -> Value:
    """A number of 63 bits that a counter stands for."""
    x = c.index("mul", c.index("add", counter, 1), _signed(control.GOLDEN))
    for shift, factor in control.MIXING:
        x = c.index("mul", c.index("xor", x, c.index("lshr", x, shift)), _signed(factor))
    return c.index("lshr", c.index("xor", x, c.index("lshr", x, 31)), 1)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def build_carry_out(module: Module, plan: Plan, layout: Layout) -> Code:
    """Carry out the next event of the lane that is due; if none is, the lane is no longer ``doing``."""
    c = Code(module, "carry_out", list(LANE))
    ws = Workspace(c, layout)
    book = Book.of(plan)
    place = ws.lane("pending", "%lane", "i64")
    count = c.load1(place, kind="i64")
    t = c.load1(ws.lane("t", "%lane"))
    c.module.declare("llvm.fabs.f64", "double (double)")
    size = c.op(f"call double @llvm.fabs.f64(double {t})")
    latest = c.op(f"fadd double {t}, {c.op(f'fmul double {size}, {hexadecimal(control.SAME_TIME)}')}")
    best, highest, equals = c.local("i64", 8), c.local("double", 8), c.local("i64", 8)
    c.store1("-1", best, kind="i64")
    c.store1("0", equals, kind="i64")

    def due_priority(entry: Value) -> tuple[Value, Value]:
        due = c.op(f"fcmp ole double {c.load1(ws.lane('due_time', '%lane', index=entry))}, {latest}")
        event = c.load1(ws.lane("due_event", "%lane", "i64", entry), kind="i64")
        return due, c.load1(ws.lane("priority", "%lane", index=event))

    with c.count(count) as entry:
        due, priority = due_priority(entry)
        none_yet = c.op(f"icmp slt i64 {c.load1(best, kind='i64')}, 0")
        higher = c.op(f"fcmp ogt double {priority}, {c.load1(highest)}")
        same = c.op(f"fcmp oeq double {priority}, {c.load1(highest)}")
        with c.when(c.op(f"and i1 {due}, {same}")):
            c.store1(c.index("add", c.load1(equals, kind="i64"), 1), equals, kind="i64")
        with c.when(c.op(f"and i1 {due}, {c.op(f'or i1 {none_yet}, {higher}')}")):
            c.store1(entry, best, kind="i64")
            c.store1(priority, highest)
            c.store1("1", equals, kind="i64")
    ranked = c.op(f"fcmp ogt double {c.load1(highest)}, {hexadecimal(float('-inf'))}")
    tied = c.op(f"icmp sgt i64 {c.load1(equals, kind='i64')}, 1")
    executed = ws.lane("executed", "%lane", "i64")
    with c.when(c.op(f"and i1 {tied}, {ranked}")):
        left = c.local("i64", 8)
        c.store1(
            c.index("urem", _draw(c, c.load1(executed, kind="i64")), c.load1(equals, kind="i64")), left, kind="i64"
        )
        with c.count(count) as entry:
            due, priority = due_priority(entry)
            same = c.op(f"and i1 {due}, {c.op(f'fcmp oeq double {priority}, {c.load1(highest)}')}")
            with c.when(same):
                turn = c.load1(left, kind="i64")
                with c.when(c.op(f"icmp eq i64 {turn}, 0")):
                    c.store1(entry, best, kind="i64")
                c.store1(c.index("sub", turn, 1), left, kind="i64")
    chosen = c.load1(best, kind="i64")
    none = c.op(f"icmp slt i64 {chosen}, 0")
    with c.when(none):
        c.store1("0", ws.lane("doing", "%lane", "i64"), kind="i64")
    with c.when(c.op(f"xor i1 {none}, true")):
        event = c.load1(ws.lane("due_event", "%lane", "i64", chosen), kind="i64")
        first = c.load1("@event.first", event, "i64")
        keeps = c.op(f"icmp ne i64 {c.load1('@event.keeps', event, 'i64')}, 0")
        with c.count(c.load1("@event.first", c.index("add", event, 1), "i64"), first) as a:
            kept = ws.lane("kept", "%lane", index=_kept(c, book, chosen, c.index("sub", a, first)))
            source = c.op(f"select i1 {keeps}, ptr {kept}, ptr {ws.lane('value', '%lane', index=a)}")
            state = c.load1("@event.target", a, "i64")
            c.store1(c.load1(source), ws.lane("y", "%lane", index=state))
        left = c.index("sub", count, 1)
        with c.count(left, chosen) as entry:
            _move(c, ws, book, c.index("add", entry, 1), entry)
        c.store1(left, place, kind="i64")
        c.store1(c.index("add", c.load1(executed, kind="i64"), 1), executed, kind="i64")
        done = ws.lane("carried_out", "%lane", "i64")
        total = c.index("add", c.load1(done, kind="i64"), 1)
        c.store1(total, done, kind="i64")
        with c.when(c.op(f"icmp sgt i64 {total}, {control.STORM}")):
            c.store1(str(int(Status.EVENT_STORM)), ws.lane("failure", "%lane", "i64"), kind="i64")
        for name in ("live", "crowd"):
            c.store1("0", ws.lane(name, "%lane", "i64"), kind="i64")
    c.give()
    return c
