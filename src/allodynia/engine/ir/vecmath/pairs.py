"""Arithmetic on unevaluated sums of two doubles."""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Value

Pair = tuple[Value, Value]
"""A number as high + low, low far below high."""


def two_sum(c: Code, a: Value, b: Value) -> Pair:
    """The sum a + b and its rounding error, whichever is larger (D. Knuth)."""
    total = c.add(a, b)
    back = c.sub(total, a)
    return total, c.add(c.sub(a, c.sub(total, back)), c.sub(b, back))


def renormalise(c: Code, high: Value, low: Value) -> Pair:
    """The same sum with ``low`` below half a unit of the last place of ``high``, the larger (T. Dekker)."""
    total = c.add(high, low)
    return total, c.add(c.sub(high, total), low)


def quotient(c: Code, a: Pair, b: Pair) -> Value:
    """The quotient a / b within 1 ulp."""
    inverse = c.div(c.const(1.0), b[0])
    first = c.mul(a[0], inverse)
    rest = c.fnma(first, b[1], c.add(c.fnma(first, b[0], a[0]), a[1]))
    return c.fma(rest, inverse, first)
