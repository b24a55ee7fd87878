"""tanh, from e^(2x) - 1 in two doubles."""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.exponential import clamp, expm1_pair

SATURATED = 20.0
"""tanh is 1 to the last bit from here on."""


def two_sum(c: Code, a: Value, b: Value) -> tuple[Value, Value]:
    """a + b and its rounding error, whichever is larger (Knuth)."""
    total = c.add(a, b)
    back = c.sub(total, a)
    return total, c.add(c.sub(a, c.sub(total, back)), c.sub(b, back))


def quotient(c: Code, a: tuple[Value, Value], b: tuple[Value, Value]) -> Value:
    """a / b of two unevaluated sums, within 1 ulp."""
    inverse = c.div(c.const(1.0), b[0])
    first = c.mul(a[0], inverse)
    rest = c.fnma(first, b[1], c.add(c.fnma(first, b[0], a[0]), a[1]))
    return c.fma(rest, inverse, first)


def build_tanh(module: Module) -> Code:
    """tanh(x)."""
    vec = f"<{module.width} x double>"
    c = Code(module, "math.tanh", [f"{vec} %x"], result=vec)
    size = clamp(c, c.abs("%x"), 0.0, SATURATED)
    high, low = expm1_pair(c, c.add(size, size))
    below, rest = two_sum(c, high, c.const(2.0))
    value = quotient(c, (high, low), (below, c.add(rest, low)))
    c.give(f"{vec} {c.copysign(value, '%x')}")
    return c
