"""Samples within the steps just accepted, lane by lane: at most steps only a few lanes have any, and each its own.

A sample is y + sum_j w_j k_j, with weights that are polynomials of the share x of the step (dense output, written out):
w_j = x (b_j + (1 - x) (H_1j + x (H_2j + ...))), where b are the weights of the new state. At the end of the step it is
the new state itself. A lane with a state that is not finite there ends at that time, as not finite.
"""

from __future__ import annotations

from collections.abc import Callable

from allodynia.engine.ir.lanes import BOTH, each_lane
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value, hexadecimal
from allodynia.engine.plan import Plan
from allodynia.engine.status import Status
from allodynia.model.expr import Op


def plain(plan: Plan) -> bool:
    """Whether every output is a state."""
    return all(output.kind is Op.STATE for output in plan.outputs)


def build_record(module: Module, plan: Plan, layout: Layout) -> Code:
    """Take the samples that fall into the steps just accepted."""
    c = Code(module, "record", list(BOTH))
    ws = Workspace(c, layout)
    accepted = ws.flag("accepted")
    limit = "t_new" if plan.hybrid is None else "until"  # what ends with an event is sampled after it

    def pending() -> Value:
        return c.both(accepted, c.compare("ole", ws.load("sample_time"), ws.load(limit)))

    def sound() -> Value:
        return c.lcompare("ne", ws.words("failure"), c.lconst(Status.NOT_FINITE))

    if plain(plan):
        with each_lane(c, pending()) as lane:
            c.call("take", *BOTH, f"i64 {lane}")
        ws.store_flag(c.both(accepted, sound()), "accepted")
        c.give()
        return c
    with c.repeat() as leave_unless:
        wanted = pending()
        if plan.sampled_states:
            wanted = c.both(wanted, sound())
        leave_unless(c.any(wanted))
        ws.store(ws.load("sample_time"), "tau")
        if plan.sampled_states:
            with each_lane(c, wanted) as lane:
                c.call("take", *BOTH, f"i64 {lane}")
            wanted = c.both(wanted, sound())
        c.call("outputs", *BOTH)
        ws.store_flag(wanted, "accepted")
        c.call("scatter", *BOTH)
    ws.store_flag(c.both(accepted, sound()) if plan.sampled_states else accepted, "accepted")
    c.give()
    return c


def build_take(module: Module, plan: Plan, layout: Layout) -> Code:
    """The samples of one lane up to the end of its step, into the results.

    Where outputs are more than states: the states at its next sample only, into ``u``.
    """
    c = Code(module, "take", [*BOTH, "i64 %lane"])
    ws = Workspace(c, layout)
    own = c.op("getelementptr double, ptr %ws, i64 %lane")
    c.module.declare("llvm.fma.f64", "double (double, double, double)")
    if not plain(plan):
        states = plan.sampled_states
        place = module.longs("sampled.states", list(states))

        def keep(q: Value, state: Value, value: Value) -> None:  # noqa: ARG001
            c.store1(value, _element(c, ws, own, "u", state))

        sound = _interpolate(c, ws, plan, own, len(states), lambda q: c.load1(place, q, "i64"), keep)
        _fail_unless(c, ws, sound)
        c.give()
        return c
    order = [output.index for output in plan.outputs]
    place = module.longs("sampled.states", order)
    straight = order == list(range(len(order)))
    subject = c.load1(ws.lane("subject", "%lane", "i64"), kind="i64")
    counter, due = ws.lane("sample", "%lane", "i64"), ws.lane("sample_time", "%lane")
    row = c.index("mul", subject, ws.context("n_times", "i64"))
    limit = c.load1(ws.lane("t_new" if plan.hybrid is None else "until", "%lane"))
    with c.repeat() as leave_unless:
        leave_unless(c.op(f"fcmp ole double {c.load1(due)}, {limit}"))
        sample = c.load1(counter, kind="i64")
        target = c.at1(ws.context("values"), c.index("mul", c.index("add", row, sample), len(order)))

        def write(q: Value, state: Value, value: Value) -> None:  # noqa: ARG001
            c.store1(value, target, q)

        sound = _interpolate(c, ws, plan, own, len(order), lambda q: q if straight else c.load1(place, q, "i64"), write)
        _fail_unless(c, ws, sound)
        with c.when(c.op(f"xor i1 {sound}, true")), c.count(len(order)) as q:
            c.store1(hexadecimal(float("nan")), target, q)
        leave_unless(sound)
        following = c.index("add", sample, 1)
        c.store1(following, counter, kind="i64")
        c.store1(c.load1(ws.context("times"), following), due)
    c.give()
    return c


def _fail_unless(c: Code, ws: Workspace, sound: Value) -> None:
    """Where the states at its next sample are not finite, the lane has failed at the time of that sample."""
    with c.when(c.op(f"xor i1 {sound}, true")):
        c.store1(c.load1(ws.lane("sample_time", "%lane")), ws.lane("t", "%lane"))
        c.store1(str(int(Status.NOT_FINITE)), ws.lane("failure", "%lane", "i64"), kind="i64")


def _element(c: Code, ws: Workspace, own: Value, name: str, state: Value, index: int = 0) -> Value:
    """The address of one state's value in the lane whose part of the workspace begins at ``own``."""
    first = c.op(f"getelementptr double, ptr {own}, i64 {c.index('mul', state, c.W)}")
    return c.op(f"getelementptr double, ptr {first}, i64 {(ws.layout.offset[name] + index) * c.W}")


def _interpolate(
    c: Code,
    ws: Workspace,
    plan: Plan,
    own: Value,
    count: int,
    state_of: Callable[[Value], Value],
    give: Callable[[Value, Value, Value], None],
) -> Value:
    """States number ``state_of(0 .. count - 1)`` of the lane at its next sample, given to ``give`` one by one.

    Returns whether all are finite (one i1).
    """
    method, n = plan.tableau, plan.n

    def at(name: str) -> Value:
        return c.load1(_element(c, ws, own, name, "0"))

    due, t_new = at("sample_time"), at("t_new")
    ended, between, end = c.label("ended"), c.label("between"), c.label("end")
    c.branch(c.op(f"fcmp oge double {due}, {t_new}"), ended, between)
    c.place(ended)
    with c.count(count) as q:
        state = state_of(q)
        give(q, state, c.load1(_element(c, ws, own, "y_new", state)))
    before = c.block
    c.go(end)
    c.place(between)
    gone = c.op(f"fsub double {due}, {at('t')}")
    x = c.op(f"fdiv double {gone}, {at('step')}")
    rest = c.op(f"fsub double 1.0, {x}")
    new = (*method.A[-1], 1.0)
    weights = []
    for j in range(method.stages):
        inner = hexadecimal(method.H[-1][j])
        for row in reversed(method.H[:-1]):
            inner = _fma(c, x, inner, hexadecimal(row[j]))
        weights.append(c.op(f"fmul double {x}, {_fma(c, rest, inner, hexadecimal(new[j]))}"))

    def one(q: Value, carried: list[Value]) -> list[Value]:
        state = state_of(q)
        value = c.load1(_element(c, ws, own, "y", state))
        for j, weight in enumerate(weights):
            value = _fma(c, weight, c.load1(_element(c, ws, own, "k", state, j * n)), value)
        give(q, state, value)
        return [_fma(c, value, "0.0", carried[0])]  # 0 as long as every value is finite, else NaN

    (unsound,) = c.fold(count, ["0.0"], one, "double")
    last = c.block
    c.go(end)
    c.place(end)
    total = c.op(f"phi double [0.0, %{before}], [{unsound}, %{last}]")
    return c.op(f"fcmp ord double {total}, 0.0")


def _fma(c: Code, a: Value, b: Value, z: Value) -> Value:
    return c.op(f"call double @llvm.fma.f64(double {a}, double {b}, double {z})")
