"""Powers: the general one through a logarithm in two doubles, small whole ones by products in two doubles."""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.exponential import OVERFLOW, UNDERFLOW, clamp, exp_of_sum
from allodynia.engine.ir.vecmath.logarithm import log_pair

INFINITY = float("inf")
SIGN = 1 << 63
LARGEST_WHOLE = 16
"""Whole exponents up to this one are computed by products."""


def build_pow(module: Module) -> Code:
    """The function pow(x, y) with the special cases of C99, annex F: pow(x, 0) = pow(1, y) = 1, and so on."""
    vec = f"<{module.width} x double>"
    c = Code(module, "math.pow", [f"{vec} %x", f"{vec} %y"], result=vec)
    x, y = "%x", "%y"
    size = c.abs(x)
    high, low = log_pair(c, size)
    zero = c.compare("oeq", size, c.const(0.0))
    endless = c.compare("oeq", size, c.const(INFINITY))
    high = c.select(zero, c.const(-INFINITY), c.select(endless, c.const(INFINITY), high))
    product = c.mul(y, high)
    rest = c.fma(y, low, c.fma(y, high, c.neg(product)))
    held = clamp(c, product, UNDERFLOW, OVERFLOW)
    rest = c.select(c.compare("oeq", held, product), rest, c.const(0.0))
    value = exp_of_sum(c, held, rest)
    # whole and odd exponents, for negative bases
    whole = c.compare("oeq", c.floor(y), y)
    half = c.mul(y, c.const(0.5))
    odd = c.both(whole, c.compare("une", c.floor(half), half))
    flip = c.lselect(odd, c.L("and", c.bits(x), c.lconst(SIGN)), c.lconst(0))
    value = c.double(c.L("xor", c.bits(value), flip))
    broken = c.both(c.compare("olt", x, c.const(0.0)), c.compare("une", c.floor(y), y))
    broken = c.both(broken, c.compare("one", size, c.const(INFINITY)))
    value = c.select(broken, c.const(float("nan")), value)
    value = c.select(c.compare("uno", x, y), c.add(x, y), value)
    one = c.both(c.compare("oeq", size, c.const(1.0)), c.compare("oeq", c.abs(y), c.const(INFINITY)))
    one = c.either(one, c.either(c.compare("oeq", y, c.const(0.0)), c.compare("oeq", x, c.const(1.0))))
    c.give(f"{vec} {c.select(one, c.const(1.0), value)}")
    return c


def whole_power(c: Code, x: Value, exponent: int) -> Value:
    """The power x^n, 1 <= n <= LARGEST_WHOLE, correct to 1 ulp: squares and products carried in two doubles."""
    if exponent == 1:
        return x
    if exponent == 2:
        return c.mul(x, x)
    high, low = x, c.const(0.0)
    for bit in bin(exponent)[3:]:
        square = c.mul(high, high)
        low = c.fma(c.add(high, high), low, c.fma(high, high, c.neg(square)))
        high = square
        if bit == "1":
            product = c.mul(high, x)
            low = c.fma(low, x, c.fma(high, x, c.neg(product)))
            high = product
    # where the product has overflowed its low part is meaningless, and a zero keeps its sign
    usual = c.both(c.compare("olt", c.abs(high), c.const(INFINITY)), c.compare("one", high, c.const(0.0)))
    return c.select(usual, c.add(high, low), high)


def square_root_power(c: Code, x: Value) -> Value:
    """The power x^0.5: the square root, but +0 for -0 and +inf for -inf."""
    root = c.add(c.sqrt(x), c.const(0.0))
    return c.select(c.compare("oeq", x, c.const(-INFINITY)), c.const(INFINITY), root)
