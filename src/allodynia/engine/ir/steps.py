"""The size of steps: the first one, the next one, and whether the last one counts."""

from __future__ import annotations

import math

from allodynia.engine import control
from allodynia.engine.ir.growth import rough_exp, rough_log
from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.exponential import build_exp
from allodynia.engine.ir.vecmath.logarithm import build_log
from allodynia.engine.plan import Plan
from allodynia.engine.status import Status

INFINITY = float("inf")


def exp(c: Code, x: Value) -> Value:
    """The exponential of a vector."""
    c.module.require("math.exp", build_exp)
    return c.op(f"call {c.vec} @math.exp({c.vec} {x})")


def log(c: Code, x: Value) -> Value:
    """The natural logarithm of a vector."""
    c.module.require("math.log", build_log)
    return c.op(f"call {c.vec} @math.log({c.vec} {x})")


def least(c: Code, a: Value, b: Value) -> Value:
    """The smaller of two; the first where either is NaN."""
    return c.select(c.compare("olt", b, a), b, a)


def most(c: Code, a: Value, b: Value) -> Value:
    """The larger of two; the first where either is NaN."""
    return c.select(c.compare("ogt", b, a), b, a)


def root_mean(c: Code, sum_of_squares: Value, n: int) -> Value:
    """The root of the mean of n squares."""
    return c.sqrt(c.div(sum_of_squares, c.const(float(n))))


def build_choose(module: Module, _plan: Plan, layout: Layout) -> Code:
    """The step actually tried: what is wanted, but ending on the next boundary when it comes near."""
    c = Code(module, "choose", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    t, h, boundary = ws.load("t"), ws.load("h"), ws.load("boundary")
    left = c.sub(boundary, t)
    reaches = c.compare("oge", h, c.mul(left, c.const(control.REACH)))
    step = c.select(reaches, left, least(c, h, c.mul(left, c.const(0.5))))
    # half of what is left rather than a step that leaves a crumb
    ws.store(step, "step")
    ws.store(c.select(reaches, boundary, c.add(t, step)), "t_new")
    c.give()
    return c


def build_start(module: Module, plan: Plan, layout: Layout) -> Code:
    """The first step of lanes marked ``restart``. Source: Hairer, Norsett, Wanner, Solving ODE I, 1993, II.4."""
    c = Code(module, "start", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    n = plan.n
    both = ("ptr %ctx", "ptr %ws")
    rtol = c.splat(ws.context("rtol", "double"))
    atol = ws.context("atol")
    zero = c.const(0.0)

    with c.count(n) as i:
        ws.store(ws.load("y", i), "u", i)
    ws.store(ws.load("t"), "tau")
    slope = "motion" if plan.algebraic else "slope"
    c.call(slope, *both)

    def sizes(i: Value, sums: list[Value]) -> list[Value]:
        y, f = ws.load("y", i), ws.load("f", i)
        ws.store(f, "g", i)
        share = c.div(c.const(1.0), c.fma(rtol, c.abs(y), c.splat(c.load1(atol, i))))
        ws.store(share, "k", i)
        a, b = c.mul(y, share), c.mul(f, share)
        return [c.fma(a, a, sums[0]), c.fma(b, b, sums[1])]

    d0, d1 = (root_mean(c, total, n) for total in c.fold(n, [zero, zero], sizes))
    left = c.sub(ws.load("boundary"), ws.load("t"))
    telling = c.both(c.compare("ogt", d0, c.const(control.FLAT)), c.compare("ogt", d1, c.const(control.FLAT)))
    fallback = c.mul(c.const(control.FALLBACK_START), left)
    first = c.select(telling, c.mul(c.const(control.START_FRACTION), c.div(d0, d1)), fallback)
    first = c.select(c.compare("ogt", first, zero), least(c, first, left), fallback)  # also where d1 is not finite
    with c.count(n) as i:
        ws.store(c.fma(first, ws.load("g", i), ws.load("y", i)), "u", i)
    ws.store(c.add(ws.load("t"), first), "tau")
    c.call(slope, *both)

    def bend(i: Value, sums: list[Value]) -> list[Value]:
        a = c.mul(c.sub(ws.load("f", i), ws.load("g", i)), ws.load("k", i))
        return [c.fma(a, a, sums[0])]

    d2 = c.div(root_mean(c, c.fold(n, [zero], bend)[0], n), first)
    steepest = most(c, d1, d2)
    power = c.const(1.0 / plan.tableau.order)
    aim = exp(c, c.mul(power, c.sub(c.const(math.log(control.START_ERROR)), log(c, steepest))))
    aim = c.select(c.compare("ogt", steepest, c.const(1e-15)), aim, most(c, fallback, c.mul(first, c.const(1e-3))))
    furthest = control.START_FURTHEST if plan.hybrid is None else control.START_NEAR
    chosen = least(c, c.mul(c.const(furthest), first), aim)
    chosen = c.select(c.compare("ogt", chosen, zero), least(c, chosen, left), fallback)
    restart = ws.flag("restart")
    ws.store(c.select(restart, chosen, ws.load("guess")), "guess")
    ws.store_words(c.lselect(restart, c.lconst(1), ws.words("setting_out")), "setting_out")
    chosen = least(c, c.mul(chosen, ws.load("lead")), left)
    ws.store(c.select(restart, chosen, ws.load("h")), "h")
    ws.store(c.select(restart, zero, ws.load("old_error")), "old_error")
    ws.store_words(c.lselect(restart, c.lconst(0), ws.words("shy")), "shy")
    ws.store_words(c.lconst(0), "restart")
    c.give()
    return c


def build_measure(module: Module, plan: Plan, layout: Layout) -> Code:
    """The new state into ``y_new``, the norm of the error into ``error``; NaN: not finite, -1: undershoot."""
    c = Code(module, "measure", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    n = plan.n
    last = (plan.tableau.stages - 1) * n
    rtol = c.splat(ws.context("rtol", "double"))
    atol, floor = ws.context("atol"), ws.context("floor")
    zero, room = c.const(0.0), c.const(2.0 * (2.0**1023 / control.LARGEST))

    def one(i: Value, carried: list[Value]) -> list[Value]:
        squares, unsound, low = carried
        error = ws.load("k", c.index("add", i, last))
        new = c.add(ws.load("u", i), error)
        ws.store(new, "y_new", i)
        weight = c.fma(rtol, most(c, c.abs(new), c.abs(ws.load("y", i))), c.splat(c.load1(atol, i)))
        share = c.mul(error, reciprocal(c, weight))
        # finite below the largest size allowed, and 0 times it is 0; else infinite or NaN, and so is the sum: NaN
        unsound = c.fma(c.mul(new, room), zero, unsound)
        under = c.compare("olt", new, c.splat(c.load1(floor, i)))
        return [c.fma(share, share, squares), unsound, c.select(under, c.const(1.0), low)]

    squares, unsound, low = c.fold(n, [zero, zero, zero], one)
    norm = root_mean(c, squares, n)
    finite = c.both(c.compare("oeq", unsound, zero), c.compare("olt", norm, c.const(INFINITY)))
    under = c.compare("ogt", low, zero)
    ws.store(c.select(finite, c.select(under, c.const(-1.0), norm), c.const(float("nan"))), "error")
    c.give()
    return c


def reciprocal(c: Code, x: Value) -> Value:
    """1/x of a positive x within 1e-200 .. 1e300, to 14 digits, by Newton's method: faster than a division.

    The exponent of the first guess is minus that of x; its error, 0.12 at most, is squared four times.
    """
    guess = c.double(c.L("sub", c.lconst(0x7FDE6238502484BA), c.bits(x)))
    for _ in range(4):
        guess = c.fma(guess, c.fnma(x, guess, c.const(1.0)), guess)
    return guess


def build_decide(module: Module, plan: Plan, layout: Layout) -> Code:
    """Accept or reject the step of each busy lane, choose the next, count, and note what failed."""
    c = Code(module, "decide", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    order = plan.tableau.order
    error, step, t = ws.load("error"), ws.load("step"), ws.load("t")
    busy = c.lcompare("sge", ws.words("subject"), c.lconst(0))
    finite = c.compare("ord", error, error)
    under = c.compare("oeq", error, c.const(-1.0))
    good = c.both(c.compare("ole", error, c.const(1.0)), c.invert(under))
    accepted, refused = c.both(busy, good), c.both(busy, c.invert(good))

    size = rough_log(c, most(c, c.const(control.SMALLEST_ERROR), error))
    pull = c.mul(c.const(-control.PROPORTIONAL / order), size)
    gentle = c.fma(c.const(control.INTEGRAL / order), ws.load("old_error"), pull)
    aim = c.mul(c.const(control.SAFETY), rough_exp(c, c.select(good, gentle, c.mul(c.const(-1.0 / order), size))))
    grow = _between(c, aim, control.SHRINK, control.GROW)
    shy = ws.flag("shy")  # no growth straight after a refusal
    grow = c.select(shy, least(c, grow, c.const(1.0)), grow)
    shrink = c.select(under, c.const(control.UNDERSHOOT_SHRINK), _between(c, aim, control.SHRINK, 1.0))
    shrink = c.select(finite, shrink, c.const(control.NOT_FINITE_SHRINK))

    following = c.mul(step, c.select(good, grow, shrink))
    ws.store(c.select(busy, following, ws.load("h")), "h")
    off = c.both(accepted, ws.flag("setting_out"))
    lead = _between(c, c.div(following, ws.load("guess")), control.LEAST_LEAD, control.MOST_LEAD)
    ws.store(c.select(off, lead, ws.load("lead")), "lead")
    ws.store_words(c.lselect(accepted, c.lconst(0), ws.words("setting_out")), "setting_out")
    ws.store(c.select(accepted, size, ws.load("old_error")), "old_error")
    ws.store_words(c.lselect(busy, c.lselect(good, c.lconst(0), c.lconst(1)), ws.words("shy")), "shy")
    for name, mask in (("steps", accepted), ("rejected", refused), ("attempts", busy)):
        one = c.op(f"zext {c.mask} {mask} to {c.lvec}")
        ws.store_words(c.L("add", ws.words(name), one), name)
    ws.store_flag(accepted, "accepted")

    span = c.sub(c.splat(_last_time(c, ws)), c.splat(ws.context("start", "double")))
    reach = most(c, c.abs(t), c.mul(c.const(control.TIME_SCALE), span))
    stuck = c.both(refused, c.compare("olt", following, c.mul(c.const(control.SMALLEST_STEP), reach)))
    reason = c.lselect(under, c.lconst(Status.UNDERSHOOT), c.lconst(Status.STEP_TOO_SMALL))
    reason = c.lselect(finite, reason, c.lconst(Status.NOT_FINITE))
    failure = c.lselect(stuck, reason, c.lconst(Status.SOLVED))
    limit = c.op(f"insertelement {c.lvec} poison, i64 {ws.context('max_steps', 'i64')}, i64 0")
    zeros = ", ".join(["i32 0"] * c.W)
    limit = c.op(f"shufflevector {c.lvec} {limit}, {c.lvec} poison, <{c.W} x i32> <{zeros}>")
    arrived = c.both(accepted, c.compare("oeq", ws.load("t_new"), ws.load("boundary")))
    spent = c.both(c.lcompare("sge", ws.words("attempts"), limit), c.both(busy, c.invert(arrived)))
    spent = c.both(spent, c.lcompare("eq", failure, c.lconst(0)))
    ws.store_words(c.lselect(spent, c.lconst(Status.STEP_LIMIT), failure), "failure")
    c.give()
    return c


def _between(c: Code, x: Value, low: float, high: float) -> Value:
    return most(c, least(c, x, c.const(high)), c.const(low))


def _last_time(c: Code, ws: Workspace) -> Value:
    index = c.index("sub", ws.context("n_times", "i64"), 1)
    return c.load1(ws.context("times"), index)
