"""Samples within the steps just accepted, by dense output.

A sample is y + sum_j w_j k_j, with weights that are polynomials of the share x of the step (dense output, written out):
w_j = x (b_j + (1 - x) (H_1j + x (H_2j + ...))), where b are the weights of the new state. At the end of the step it is
the new state itself. A lane with a state that is not finite there ends at that time, as not finite.

Steps and samples follow each other differently in every lane: most steps have no sample, a few have many. So where
outputs are states, samples of one lane are computed side by side. Other outputs are computed with lanes side by side.
"""

from __future__ import annotations

from allodynia.engine.ir.lanes import BOTH, each_lane
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan
from allodynia.engine.status import Status
from allodynia.model.expr import Op

TOGETHER = 4
"""Samples of a lane that are computed side by side: where there is but one, as is most frequent at tight tolerances, a
wider vector costs more than it gains."""

UNROLLED = 8
"""States in one turn of a loop."""


def plain(plan: Plan) -> bool:
    """Whether every output is a state."""
    return all(output.kind is Op.STATE for output in plan.outputs)


def _limit(plan: Plan) -> str:
    """Up to when samples are taken: what ends with an event is sampled after it."""
    return "t_new" if plan.hybrid is None else "until"


def build_record(module: Module, plan: Plan, layout: Layout) -> Code:
    """Take the samples that fall into the steps just accepted."""
    c = Code(module, "record", list(BOTH))
    ws = Workspace(c, layout)
    accepted = ws.flag("accepted")

    def pending() -> Value:
        return c.both(accepted, c.compare("ole", ws.load("sample_time"), ws.load(_limit(plan))))

    def sound() -> Value:
        return c.lcompare("ne", ws.words("failure"), c.lconst(Status.NOT_FINITE))

    if plain(plan):
        with each_lane(c, pending()) as lane:
            c.call("take", *BOTH, f"i64 {lane}")
        ws.store_flag(c.both(accepted, sound()), "accepted")
        c.give()
        return c
    with c.repeat() as leave_unless:
        wanted = c.both(pending(), sound())
        leave_unless(c.any(wanted))
        ws.store(ws.load("sample_time"), "tau")
        if plan.sampled_states:
            ws.store_flag(wanted, "accepted")
            c.call("take", *BOTH)
            wanted = c.both(wanted, sound())
        c.call("outputs", *BOTH)
        ws.store_flag(wanted, "accepted")
        c.call("scatter", *BOTH)
    ws.store_flag(c.both(accepted, sound()), "accepted")
    c.give()
    return c


def build_take(module: Module, plan: Plan, layout: Layout) -> Code:
    """The states at samples: of one lane up to the end of its step, into the results; or of all lanes, into ``u``."""
    return _take_many(module, plan, layout) if plain(plan) else _take_one(module, plan, layout)


def _take_one(module: Module, plan: Plan, layout: Layout) -> Code:
    """The sampled states of all lanes at ``tau``, into ``u``; lanes ``accepted`` where one is not finite fail there."""
    c = Code(module, "take", list(BOTH))
    ws = Workspace(c, layout)
    states, tau = plan.sampled_states, ws.load("tau")
    table = module.longs("sampled.states", list(states))
    weights = _weights(c, plan, tau, ws.load("t"), ws.load("step"))
    ended = c.compare("oge", tau, ws.load("t_new"))

    def one(q: Value, carried: list[Value]) -> list[Value]:
        state = c.load1(table, q, "i64")
        value = ws.load("y", state)
        for j, weight in enumerate(weights):
            value = c.fma(weight, ws.load("k", c.index("add", state, j * plan.n)), value)
        value = c.select(ended, ws.load("y_new", state), value)
        ws.store(value, "u", state)
        return [c.fma(value, c.const(0.0), carried[0])]  # 0 as long as every value is finite, else NaN

    (total,) = c.fold(len(states), [c.const(0.0)], one)
    bad = c.both(ws.flag("accepted"), c.compare("uno", total, total))
    ws.store(c.select(bad, tau, ws.load("t")), "t")
    ws.store_words(c.lselect(bad, c.lconst(Status.NOT_FINITE), ws.words("failure")), "failure")
    c.give()
    return c


def _take_many(module: Module, plan: Plan, layout: Layout) -> Code:
    """The samples of lane %lane up to the end of its step, some at a time, into the results."""
    c = Code(module, "take", [*BOTH, "i64 %lane"], width=min(TOGETHER, module.width))
    ws = Workspace(c, layout)
    order = [output.index for output in plan.outputs]
    straight = order == list(range(len(order)))
    table = module.longs("sampled.states", order)
    c.module.declare("llvm.cttz.i64", "i64 (i64, i1)")
    own = c.op("getelementptr double, ptr %ws, i64 %lane")

    def place(name: str, state: Value = "0", index: int = 0) -> Value:
        """Where a number of the lane stands."""
        first = c.at1(own, c.index("mul", state, module.width))
        return c.at1(first, (layout.offset[name] + index) * module.width)

    def everywhere(name: str, state: Value = "0", index: int = 0) -> Value:
        return c.splat(c.load1(place(name, state, index)))

    t, step, t_new, limit = (everywhere(name) for name in ("t", "step", "t_new", _limit(plan)))
    times, values = ws.context("times"), ws.context("values")
    counter, taken = place("sample"), c.at1("%ws", layout.offset["taken"] * module.width)
    row = c.index("mul", c.load1(place("subject"), kind="i64"), ws.context("n_times", "i64"))
    with c.repeat() as leave_unless:
        sample = c.load1(counter, kind="i64")
        due = c.op(f"load {c.vec}, ptr {c.at1(times, sample)}, align 8")
        wanted = _bits(c, c.compare("ole", due, limit))
        leave_unless(c.op(f"icmp ne i64 {wanted}, 0"))
        weights = _weights(c, plan, due, t, step)
        ended = c.compare("oge", due, t_new)

        def one(q: Value, extra: int, total: Value) -> Value:
            """State number q + extra; 0 is added to ``total`` where it is finite, else NaN."""
            state, more = (q, extra) if straight else (c.load1(c.at1(table, extra, "i64"), q, "i64"), 0)
            value = everywhere("y", state, more)
            for j, weight in enumerate(weights):
                value = c.fma(weight, everywhere("k", state, j * plan.n + more), value)
            value = c.select(ended, everywhere("y_new", state, more), value)
            c.store(value, c.at(taken, extra), q)
            return c.fma(value, c.const(0.0), total)

        def some(step: Value, carried: list[Value]) -> list[Value]:
            q, total = c.index("mul", step, UNROLLED), carried[0]
            for extra in range(UNROLLED):
                total = one(q, extra, total)
            return [total]

        (total,) = c.fold(len(order) // UNROLLED, [c.const(0.0)], some)
        for extra in range(len(order) // UNROLLED * UNROLLED, len(order)):
            total = one("0", extra, total)
        unsound = c.index("and", _bits(c, c.compare("uno", total, total)), wanted)
        # Times rise, so those wanted are the first. Taken are those before the first that is not wanted, or unsound.
        refused = c.index("or", unsound, c.index("xor", wanted, -1))
        count = c.op(f"call i64 @llvm.cttz.i64(i64 {refused}, i1 true)")
        with c.count(count) as s:
            target = c.at1(values, c.index("mul", c.index("add", c.index("add", row, sample), s), len(order)))
            source = c.at1(taken, s)
            with c.count(len(order) // UNROLLED) as step:
                q = c.index("mul", step, UNROLLED)
                here, there = c.at1(source, c.index("mul", q, c.W)), c.at1(target, q)
                for extra in range(UNROLLED):
                    c.store1(c.load1(here, extra * c.W), there, extra)
            for rest in range(len(order) // UNROLLED * UNROLLED, len(order)):
                c.store1(c.load1(source, rest * c.W), target, rest)
        following = c.index("add", sample, count)
        c.store1(following, counter, kind="i64")
        after = c.load1(times, following)
        c.store1(after, place("sample_time"))
        sound = c.op(f"icmp eq i64 {unsound}, 0")
        with c.when(c.op(f"xor i1 {sound}, true")):
            c.store1(after, place("t"))
            c.store1(str(int(Status.NOT_FINITE)), place("failure"), kind="i64")
        leave_unless(sound)
    c.give()
    return c


def _weights(c: Code, plan: Plan, due: Value, t: Value, step: Value) -> list[Value]:
    """What each stage of the step from ``t`` is multiplied by in a sample at ``due``."""
    method = plan.tableau
    x = c.div(c.sub(due, t), step)
    rest = c.sub(c.const(1.0), x)
    weights = []
    for j, new in enumerate((*method.A[-1], 1.0)):
        inner = c.const(method.H[-1][j])
        for row in reversed(method.H[:-1]):
            inner = c.fma(x, inner, c.const(row[j]))
        weights.append(c.mul(x, c.fma(rest, inner, c.const(new))))
    return weights


def _bits(c: Code, mask: Value) -> Value:
    """A mask as one integer."""
    return c.op(f"zext i{c.W} {c.op(f'bitcast {c.mask} {mask} to i{c.W}')} to i64")
