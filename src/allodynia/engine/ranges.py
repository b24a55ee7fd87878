"""Arithmetic of ranges: what a function can be where all that is known of its arguments are bounds.

Written once, over an `Arithmetic` that either computes (NumPy, in the reference) or prints code for W lanes (the
kernel). Rounding is not directed: bounds hold to rounding, like everything that they are about.
Source: Moore, Kearfott, Cloud, Introduction to Interval Analysis, 2009, ch. 5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from allodynia.model.expr import Op

V = Any
"""A number of the arithmetic, or a truth value: NumPy's, or the name of a vector in code."""

INFINITY = math.inf


class Arithmetic(Protocol):
    """The operations that bounds are made of, in the words of `allodynia.engine.ir.text.Code`."""

    def const(self, value: float) -> V: ...  # noqa: D102
    def add(self, a: V, b: V) -> V: ...  # noqa: D102
    def sub(self, a: V, b: V) -> V: ...  # noqa: D102
    def mul(self, a: V, b: V) -> V: ...  # noqa: D102
    def div(self, a: V, b: V) -> V: ...  # noqa: D102
    def neg(self, a: V) -> V: ...  # noqa: D102
    def abs(self, a: V) -> V: ...  # noqa: D102
    def floor(self, a: V) -> V: ...  # noqa: D102
    def compare(self, predicate: str, a: V, b: V) -> V: ...  # noqa: D102
    def select(self, mask: V, yes: V, no: V) -> V: ...  # noqa: D102
    def both(self, a: V, b: V) -> V: ...  # noqa: D102
    def either(self, a: V, b: V) -> V: ...  # noqa: D102
    def invert(self, a: V) -> V: ...  # noqa: D102

    def function(self, op: Op, values: Sequence[V]) -> V:
        """Any operation of the graph on numbers."""
        ...


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from ``lo`` to ``hi``. Both NaN: not a number anywhere; both infinite: anything, NaN included."""

    lo: V
    hi: V


class Ranges:
    """Arithmetic of ranges. 0 times anything is 0: what is unbounded stands for numbers, however large."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        self.a = arithmetic
        self.zero, self.one = Range(*[arithmetic.const(0.0)] * 2), Range(*[arithmetic.const(1.0)] * 2)
        self.anything = Range(arithmetic.const(-INFINITY), arithmetic.const(INFINITY))
        self.no_number = Range(*[arithmetic.const(math.nan)] * 2)

    def least(self, *values: V) -> V:
        """The smallest; NaN only if the first is."""
        found = values[0]
        for value in values[1:]:
            found = self.a.select(self.a.compare("olt", value, found), value, found)
        return found

    def most(self, *values: V) -> V:
        """The largest; NaN only if the first is."""
        found = values[0]
        for value in values[1:]:
            found = self.a.select(self.a.compare("ogt", value, found), value, found)
        return found

    def hull(self, r: Range, s: Range) -> Range:
        """What lies in either, or between them."""
        return Range(self.least(r.lo, s.lo), self.most(r.hi, s.hi))

    def where(self, mask: V, r: Range, s: Range) -> Range:
        """``r`` where ``mask`` is set, else ``s``."""
        return Range(self.a.select(mask, r.lo, s.lo), self.a.select(mask, r.hi, s.hi))

    def is_no_number(self, r: Range) -> V:
        """Where it is NaN everywhere."""
        return self.a.both(self.a.compare("uno", r.lo, r.lo), self.a.compare("uno", r.hi, r.hi))

    def as_known_as(self, found: Range, *of: Range) -> Range:
        """``found``, but anything where one of its arguments may be anything, and not a number where one is none:
        bounds that a function keeps to (those of an arc tangent, say) say nothing of NaN.
        """
        a, ends = self.a, (self.anything.lo, self.anything.hi)
        for r in of:
            unknown = a.both(a.compare("oeq", r.lo, ends[0]), a.compare("oeq", r.hi, ends[1]))
            found = self.where(unknown, self.anything, found)
        for r in of:
            found = self.where(self.is_no_number(r), r, found)
        return found

    def either(self, r: Range, s: Range) -> Range:
        """One of the two, who knows which: anything where one of them may be no number."""
        unknown = self.a.either(self.is_no_number(r), self.is_no_number(s))
        return self.where(unknown, self.anything, self.hull(r, s))

    def touches_zero(self, r: Range) -> V:
        """Where 0 lies inside or is an end."""
        return self.a.both(self.a.compare("ole", r.lo, self.zero.lo), self.a.compare("oge", r.hi, self.zero.lo))

    def straddles(self, r: Range) -> V:
        """Where 0 lies strictly inside, or nothing is known."""
        below, above = self.a.compare("uge", r.lo, self.zero.lo), self.a.compare("ule", r.hi, self.zero.lo)
        return self.a.invert(self.a.either(below, above))

    def add(self, r: Range, s: Range) -> Range:
        """The sum."""
        return self.defined(Range(self.a.add(r.lo, s.lo), self.a.add(r.hi, s.hi)))

    def sub(self, r: Range, s: Range) -> Range:
        """The difference."""
        return self.defined(Range(self.a.sub(r.lo, s.hi), self.a.sub(r.hi, s.lo)))

    def neg(self, r: Range) -> Range:
        """The range with its sign turned."""
        return Range(self.a.neg(r.hi), self.a.neg(r.lo))

    def mul(self, r: Range, s: Range) -> Range:
        """The product."""
        products = [self._product(x, y) for x in (r.lo, r.hi) for y in (s.lo, s.hi)]
        return self.defined(Range(self.least(*products), self.most(*products)))

    def _product(self, x: V, y: V) -> V:
        a = self.a
        product = a.mul(x, y)
        lost = a.both(a.compare("uno", product, product), a.compare("ord", x, y))
        return a.select(lost, self.zero.lo, product)

    def inverse(self, r: Range) -> Range:
        """1 / r; anything where 0 lies inside, one-sided where 0 is an end."""
        a, zero = self.a, self.zero.lo
        lo = a.select(a.compare("oeq", r.hi, zero), self.anything.lo, a.div(self.one.lo, r.hi))
        hi = a.select(a.compare("oeq", r.lo, zero), self.anything.hi, a.div(self.one.lo, r.lo))
        return self.where(self.straddles(r), self.anything, Range(lo, hi))

    def rising(self, op: Op, r: Range) -> Range:
        """A function that rises wherever it is defined; anything where that is in part only."""
        return self.within(r, self.a.function(op, [r.lo]), self.a.function(op, [r.hi]))

    def within(self, r: Range, lo: V, hi: V) -> Range:
        """Values at the ends of ``r`` as the range of a function that is defined in one piece, perhaps about 0."""
        found = Range(lo, hi)
        inside_only = self.a.both(self.is_no_number(found), self.straddles(r))
        return self.where(inside_only, self.anything, self.defined(found))

    def defined(self, r: Range) -> Range:
        """Where one end alone is NaN nothing is known."""
        a = self.a
        some = a.either(a.compare("uno", r.lo, r.lo), a.compare("uno", r.hi, r.hi))
        return self.where(a.both(some, a.invert(self.is_no_number(r))), self.anything, r)

    def size(self, r: Range) -> Range:
        """The range without its sign."""
        x, y = self.a.abs(r.lo), self.a.abs(r.hi)
        lo = self.a.select(self.straddles(r), self.zero.lo, self.least(x, y))
        return Range(lo, self.most(x, y))

    def square(self, r: Range) -> Range:
        """The square, which is not negative."""
        s = self.size(r)
        return Range(self.a.mul(s.lo, s.lo), self.a.mul(s.hi, s.hi))

    def wave(self, op: Op, r: Range, top: float) -> Range:
        """Sine or cosine, whose maxima lie at ``top`` + 2 pi k and whose minima half way between."""
        a = self.a
        ends = [a.function(op, [x]) for x in (r.lo, r.hi)]
        hi = a.select(self.passes(r, top, 2 * math.pi), self.one.lo, self.most(*ends))
        lo = a.select(self.passes(r, top + math.pi, 2 * math.pi), a.const(-1.0), self.least(*ends))
        infinite = [a.compare("oeq", a.abs(x), self.anything.hi) for x in (r.lo, r.hi)]
        return self.where(a.either(*infinite), self.anything, Range(lo, hi))

    def passes(self, r: Range, at: float, period: float) -> V:
        """Whether one of ``at`` + k ``period`` may lie within; a little is added at both ends for rounding's sake."""
        a = self.a
        shares = [a.mul(a.sub(x, a.const(at)), a.const(1.0 / period)) for x in (r.lo, r.hi)]
        slack = a.mul(a.const(2.0**-40), a.add(self.one.lo, self.most(*(a.abs(x) for x in shares))))
        low, high = a.floor(a.sub(shares[0], slack)), a.floor(a.add(shares[1], slack))
        return a.invert(a.compare("oeq", low, high))

    def power(self, r: Range, s: Range) -> Range:
        """The power: monotone in both where the base is positive; whole powers of what may be negative besides."""
        a, zero = self.a, self.zero.lo
        corners = [a.function(Op.POW, [x, y]) for x in (r.lo, r.hi) for y in (s.lo, s.hi)]
        found = Range(self.least(*corners), self.most(*corners))
        fixed = a.compare("oeq", s.lo, s.hi)
        whole = a.both(fixed, a.compare("oeq", a.floor(s.lo), s.lo))
        positive = a.compare("oge", r.lo, zero)
        straddles = self.straddles(r)
        through_zero = self.where(straddles, self.hull(self.zero, found), found)
        rises = a.compare("oge", s.lo, zero)
        wholly = self.where(a.both(straddles, a.invert(rises)), self.anything, through_zero)
        wholly = self.hull(wholly, self.where(a.compare("oeq", s.lo, zero), self.one, wholly))
        nowhere = a.both(a.both(fixed, a.compare("olt", r.hi, zero)), a.invert(whole))
        nowhere = a.both(nowhere, a.compare("ogt", r.lo, self.anything.lo))  # which is infinite to any power
        unknown = self.where(nowhere, self.no_number, self.anything)
        return self.where(positive, self.defined(found), self.where(whole, wholly, unknown))
