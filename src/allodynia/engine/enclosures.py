"""What an expression can be, and how fast it can change, over a whole stretch of a step.

A crossing that nobody looked at is missed, however many places were looked at. So the stretch between two looks is not
sampled but enclosed: from bounds of time and states (and of their slopes, by the chain rule) follow bounds of each
relation and of its slope. Where the bounds of a relation leave out 0 it does not turn; where those of its slope do, it
turns at most once, and the two ends tell.
Source: Moore, Kearfott, Cloud, Introduction to Interval Analysis, 2009, ch. 5 and 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allodynia.engine import control
from allodynia.engine.ranges import Arithmetic, Range, Ranges, V
from allodynia.engine.switches import Gap
from allodynia.errors import UnsupportedModel
from allodynia.model.expr import Dag, Node, Op


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition: whether it holds everywhere, and whether it may hold somewhere."""

    surely: V
    possibly: V


@dataclass(frozen=True, slots=True)
class Course:
    """Bounds of an expression over a stretch, and of its slope by the share of the step; None: it does not change."""

    value: Range
    slope: Range | None


class Encloser:
    """Courses of the nodes of one graph over one stretch, each once."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        dag: Dag,
        *,
        time: Course,
        state: Callable[[int], Course],
        parameter: Callable[[int], V],
        ready: Callable[[Node], V | None] = lambda _node: None,
    ) -> None:
        self.a = arithmetic
        self.r = Ranges(arithmetic)
        self.dag = dag
        self._time, self._state, self._parameter, self._ready = time, state, parameter, ready
        self._known: dict[Node, Course | Truth] = {}

    def course(self, root: Node) -> Course:
        """The course of a number."""
        found = self._find(root)
        if isinstance(found, Truth):
            raise TypeError("a condition has no course")
        return found

    def _find(self, root: Node) -> Course | Truth:
        stack = [root]
        while stack:
            node = stack[-1]
            ready = None if node in self._known else self._ready(node)
            if ready is not None:
                self._known[node] = Course(Range(ready, ready), None)
            missing = [] if node in self._known else [a for a in self.dag.args[node] if a not in self._known]
            if missing:
                stack.extend(missing)
                continue
            if node not in self._known:
                self._known[node] = self._enclose(node)
            stack.pop()
        return self._known[root]

    def _enclose(self, node: Node) -> Course | Truth:
        dag, op = self.dag, self.dag.ops[node]
        match op:
            case Op.CONST:
                value = self.a.const(float(dag.payload[node]))
                return Course(Range(value, value), None)
            case Op.TIME:
                return self._time
            case Op.STATE:
                return self._state(int(dag.payload[node]))
            case Op.PARAM:
                value = self._parameter(int(dag.payload[node]))
                return Course(Range(value, value), None)
        args = [self._known[argument] for argument in dag.args[node]]
        if op in _LOGIC:
            return self._condition(op, args)
        if op is Op.SELECT:
            return self._chosen(*args)
        numbers = [x for x in args if isinstance(x, Course)]
        if all(x.slope is None and x.value.lo is x.value.hi for x in numbers):
            value = self.a.function(op, [x.value.lo for x in numbers])  # nothing in it changes
            return Course(Range(value, value), None)
        if len(numbers) == 2:
            found = self._of_two(op, numbers[0], numbers[1], dag.args[node][0] == dag.args[node][1])
            if op is Op.POW:  # what is no number to the power of 0 is 1
                vague = self.r.is_no_number(numbers[0].value)
                numbers[0] = Course(self.r.where(vague, self.r.anything, numbers[0].value), numbers[0].slope)
        else:
            found = self._of_one(op, numbers[0])
        return Course(self.r.as_known_as(found.value, *(x.value for x in numbers)), found.slope)

    # conditions -------------------------------------------------------------------------------------------------------
    def _condition(self, op: Op, args: list[Course | Truth]) -> Truth:
        a = self.a
        if op in (Op.TRUE, Op.FALSE):
            known = a.compare("oeq" if op is Op.TRUE else "one", self.r.zero.lo, self.r.zero.lo)
            return Truth(known, known)
        truths = [x for x in args if isinstance(x, Truth)]
        match op:
            case Op.NOT:
                return Truth(a.invert(truths[0].possibly), a.invert(truths[0].surely))
            case Op.AND:
                x, y = truths
                return Truth(a.both(x.surely, y.surely), a.both(x.possibly, y.possibly))
            case Op.OR:
                x, y = truths
                return Truth(a.either(x.surely, y.surely), a.either(x.possibly, y.possibly))
        r, s = (x.value for x in args if isinstance(x, Course))
        if op in (Op.LT, Op.LE):
            predicate = "lt" if op is Op.LT else "le"
            surely = a.compare(f"o{predicate}", r.hi, s.lo)
            possibly = a.compare(f"u{predicate}", r.lo, s.hi)
        else:
            fixed = a.both(a.compare("oeq", r.lo, r.hi), a.compare("oeq", s.lo, s.hi))
            apart = a.either(a.compare("olt", r.hi, s.lo), a.compare("olt", s.hi, r.lo))
            equal = Truth(a.both(fixed, a.compare("oeq", r.lo, s.lo)), a.invert(apart))
            if op is Op.EQ:
                surely, possibly = equal.surely, equal.possibly
            else:
                surely, possibly = a.invert(equal.possibly), a.invert(equal.surely)
        nowhere = a.both(a.invert(surely), a.either(self.r.is_no_number(r), self.r.is_no_number(s)))
        if op is not Op.NE:  # a comparison with NaN never holds
            possibly = a.both(possibly, a.invert(nowhere))
        return Truth(surely, possibly)

    def _chosen(self, condition: Course | Truth, yes: Course | Truth, no: Course | Truth) -> Course:
        """One of two: both, and any slope, where the choice may change within the stretch."""
        if not (isinstance(condition, Truth) and isinstance(yes, Course) and isinstance(no, Course)):
            raise TypeError("a choice is between numbers, by a condition")
        r = self.r
        never = self.a.invert(condition.possibly)

        def choose(x: Range, y: Range, unsure: Range) -> Range:
            return r.where(condition.surely, x, r.where(never, y, unsure))

        value = choose(yes.value, no.value, r.either(yes.value, no.value))
        return Course(value, choose(yes.slope or r.zero, no.slope or r.zero, r.anything))

    # functions of two arguments ---------------------------------------------------------------------------------------
    def _of_two(self, op: Op, x: Course, y: Course, same: bool) -> Course:
        r = self.r
        match op:
            case Op.ADD | Op.SUB:
                combine = r.add if op is Op.ADD else r.sub
                if x.slope is None and y.slope is None:
                    return Course(combine(x.value, y.value), None)
                return Course(combine(x.value, y.value), combine(x.slope or r.zero, y.slope or r.zero))
            case Op.MUL if same:
                two = r.mul(Range(*[self.a.const(2.0)] * 2), x.value)
                return Course(r.square(x.value), self._chain((two, x.slope)))
            case Op.MUL:
                return Course(r.mul(x.value, y.value), self._chain((y.value, x.slope), (x.value, y.slope)))
            case Op.DIV:
                over = r.inverse(y.value)
                both = self.a.both(r.touches_zero(x.value), r.touches_zero(y.value))
                value = r.where(both, r.anything, r.as_known_as(r.mul(x.value, over), over))
                return Course(value, self._chain((over, x.slope), (r.neg(r.mul(value, over)), y.slope)))
            case Op.MIN | Op.MAX:
                pick = r.least if op is Op.MIN else r.most
                value = r.defined(Range(pick(x.value.lo, y.value.lo), pick(x.value.hi, y.value.hi)))
                first, second = (x, y) if op is Op.MIN else (y, x)  # the smaller, or the larger, is that of x
                slopes = [c.slope or r.zero for c in (x, y)]
                below = self.a.compare("ole", first.value.hi, second.value.lo)
                above = self.a.compare("oge", first.value.lo, second.value.hi)
                return Course(value, r.where(below, slopes[0], r.where(above, slopes[1], r.hull(*slopes))))
            case Op.POW:
                value = r.power(x.value, y.value)
                by_base = r.mul(y.value, r.power(x.value, r.sub(y.value, r.one)))
                if y.slope is None:
                    return Course(value, self._chain((by_base, x.slope)))
                by_exponent = r.mul(value, r.rising(Op.LOG, x.value))
                return Course(value, self._chain((by_base, x.slope), (by_exponent, y.slope)))
        raise UnsupportedModel(f"the function {op.name.lower()} has no bounds")

    def _chain(self, *terms: tuple[Range, Range | None]) -> Range | None:
        """The sum of partial derivative times slope over what changes."""
        total: Range | None = None
        for partial, slope in terms:
            if slope is not None:
                term = self.r.mul(partial, slope)
                total = term if total is None else self.r.add(total, term)
        return None if total is None else self.r.where(self.r.is_no_number(total), self.r.anything, total)

    # functions of one argument ----------------------------------------------------------------------------------------
    def _of_one(self, op: Op, x: Course) -> Course:
        r, v = self.r, x.value
        one = r.one
        match op:
            case Op.NEG:
                return Course(r.neg(v), None if x.slope is None else r.neg(x.slope))
            case Op.ABS:
                slope = x.slope or r.zero
                turned = r.neg(slope)
                above, below = (self.a.compare(p, e, r.zero.lo) for p, e in (("oge", v.lo), ("ole", v.hi)))
                return Course(r.size(v), r.where(above, slope, r.where(below, turned, r.hull(slope, turned))))
            case Op.FLOOR | Op.CEIL:
                value = r.rising(op, v)
                return Course(value, r.where(self.a.compare("oeq", value.lo, value.hi), r.zero, r.anything))
            case Op.SIN:
                value, partial = r.wave(op, v, math.pi / 2), r.wave(Op.COS, v, 0.0)
            case Op.COS:
                value, partial = r.wave(op, v, 0.0), r.neg(r.wave(Op.SIN, v, math.pi / 2))
            case Op.TAN:
                jumps = r.passes(v, math.pi / 2, math.pi)
                value = r.where(jumps, r.anything, r.rising(op, v))
                partial = r.where(jumps, r.anything, r.add(one, r.square(value)))
            case Op.COSH:
                size = r.size(v)
                value, partial = r.rising(op, size), r.rising(Op.SINH, v)
            case Op.ACOS:
                value = r.within(v, *(self.a.function(op, [end]) for end in (v.hi, v.lo)))
                partial = r.neg(r.inverse(self._root(r.mul(r.sub(one, v), r.add(one, v)))))
            case _ if op in _RISING:
                value = r.rising(op, v)
                partial = self._slope_of_rising(op, v, value)
            case _:
                raise UnsupportedModel(f"the function {op.name.lower()} has no bounds")
        return Course(value, self._chain((partial, x.slope)))

    def _root(self, v: Range) -> Range:
        return self.r.rising(Op.SQRT, v)

    def _slope_of_rising(self, op: Op, v: Range, value: Range) -> Range:
        r = self.r
        one = r.one
        match op:
            case Op.EXP:
                return value
            case Op.LOG:
                return r.inverse(v)
            case Op.SQRT:
                return r.mul(Range(*[self.a.const(0.5)] * 2), r.inverse(value))
            case Op.ATAN:
                return r.inverse(r.add(one, r.square(v)))
            case Op.SINH:
                return r.rising(Op.COSH, r.size(v))
            case Op.TANH:
                return r.mul(r.sub(one, value), r.add(one, value))
            case Op.ASINH:
                return r.inverse(self._root(r.add(one, r.square(v))))
            case Op.ASIN:
                return r.inverse(self._root(r.mul(r.sub(one, v), r.add(one, v))))
            case Op.ACOSH:
                return r.inverse(self._root(r.mul(r.sub(v, one), r.add(v, one))))
        return r.inverse(r.mul(r.sub(one, v), r.add(one, v)))  # ATANH


_LOGIC = frozenset({Op.LT, Op.LE, Op.EQ, Op.NE, Op.AND, Op.OR, Op.NOT, Op.TRUE, Op.FALSE})
_RISING = frozenset(
    {Op.EXP, Op.LOG, Op.SQRT, Op.ATAN, Op.SINH, Op.TANH, Op.ASINH, Op.ASIN, Op.ACOSH, Op.ATANH}
)  # fmt: skip


def along(arithmetic: Arithmetic, powers: Sequence[V], share: V, width: V) -> Course:
    """A polynomial in the share of the step (coefficients of x^0 first) from ``share`` to ``share + width``.

    About the middle of the stretch its value is b_0, within sum |b_k| r^k; exactly what its ends say where it is
    monotone.
    """
    a, ranges = arithmetic, Ranges(arithmetic)
    r = a.mul(a.const(0.5), width)
    middle = a.add(share, r)
    b = list(powers)
    for last in range(1, len(b)):  # Taylor's shift, by repeated Horner
        for k in reversed(range(last - 1, len(b) - 1)):
            b[k] = a.add(b[k], a.mul(middle, b[k + 1]))
    value_within = slope_within = a.const(0.0)
    left = right = b[-1]
    for k in reversed(range(1, len(b))):
        left, right = a.sub(b[k - 1], a.mul(r, left)), a.add(b[k - 1], a.mul(r, right))
        size = a.abs(b[k])
        value_within = a.mul(r, a.add(size, value_within))
        slope_within = a.add(a.mul(a.const(float(k)), size) if k > 1 else a.const(0.0), a.mul(r, slope_within))
    slope = Range(a.sub(b[1], slope_within), a.add(b[1], slope_within))
    value = Range(a.sub(b[0], value_within), a.add(b[0], value_within))
    ends = Range(ranges.least(left, right), ranges.most(left, right))
    return Course(ranges.where(ranges.straddles(slope), value, ends), slope)


def turns_at_most_once(arithmetic: Arithmetic, encloser: Encloser, gap: Gap, width: V) -> V:
    """Where it is certain that the two ends of the stretch tell whether ``gap`` has turned within it."""
    a, ranges = arithmetic, encloser.r
    course = encloser.course(gap.node)
    value, slope = course.value, course.slope or ranges.zero
    zero = ranges.zero.lo
    monotone = a.either(a.compare("oge", slope.lo, zero), a.compare("ole", slope.hi, zero))
    if gap.rounding is None:
        sides = [encloser.course(side).value for side in encloser.dag.args[gap.node]]
        stays = a.either(a.compare("ogt", value.lo, zero), a.compare("olt", value.hi, zero))
    else:
        sides = [value]
        stays = a.compare("oeq", *(a.function(gap.rounding, [end]) for end in (value.lo, value.hi)))
    scale = ranges.most(*(a.abs(end) for side in sides for end in (side.lo, side.hi)))
    finest = a.mul(a.const(control.AT_ROUNDING), scale)
    steepest = ranges.most(a.abs(slope.lo), a.abs(slope.hi))
    still = a.compare("olt", a.mul(width, steepest), finest)
    return a.either(a.either(stays, monotone), a.either(still, ranges.is_no_number(value)))
