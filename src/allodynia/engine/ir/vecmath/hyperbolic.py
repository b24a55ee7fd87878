"""sinh, cosh and tanh, from e^x - 1 in two doubles."""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.exponential import clamp, exp_half, expm1_pair
from allodynia.engine.ir.vecmath.pairs import quotient, two_sum

SATURATED = 20.0
"""tanh is 1 to the last bit from here on, and e^-x adds nothing to sinh or cosh a little later."""

LARGE = 22.0


def build_tanh(module: Module) -> Code:
    """tanh(x)."""
    c, size = _begin(module, "math.tanh", SATURATED)
    high, low = expm1_pair(c, c.add(size, size))
    below, rest = two_sum(c, high, c.const(2.0))
    value = quotient(c, (high, low), (below, c.add(rest, low)))
    c.give(f"{c.vec} {c.copysign(value, '%x')}")
    return c


def build_sinh(module: Module) -> Code:
    """sinh(x)."""
    c, size = _begin(module, "math.sinh", LARGE)
    high, low = expm1_pair(c, size)
    below, rest = two_sum(c, high, c.const(1.0))
    share = quotient(c, (high, low), (below, c.add(rest, low)))
    small = c.mul(c.const(0.5), c.add(high, c.add(share, low)))
    c.give(f"{c.vec} {c.copysign(_or_large(c, small), '%x')}")
    return c


def build_cosh(module: Module) -> Code:
    """cosh(x)."""
    c, size = _begin(module, "math.cosh", LARGE)
    high, low = expm1_pair(c, size)
    whole, rest = two_sum(c, high, c.const(1.0))
    inverse = c.div(c.const(1.0), whole)
    small = c.mul(c.const(0.5), c.add(whole, c.add(inverse, c.add(rest, low))))
    c.give(f"{c.vec} {_or_large(c, small)}")
    return c


def _begin(module: Module, name: str, limit: float) -> tuple[Code, Value]:
    vec = f"<{module.width} x double>"
    c = Code(module, name, [f"{vec} %x"], result=vec)
    return c, clamp(c, c.abs("%x"), 0.0, limit)


def _or_large(c: Code, small: Value) -> Value:
    size = c.abs("%x")
    return c.select(c.compare("ogt", size, c.const(LARGE)), exp_half(c, size), small)
