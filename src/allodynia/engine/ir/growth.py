"""Logarithm and exponential as exactly as the size of a step needs them: to ten digits, in half the operations.

In IEEE operations only, like all of a kernel, so that a step is the same on every machine.
"""

from __future__ import annotations

import math

from allodynia.engine.ir.text import Code, Value
from allodynia.engine.ir.vecmath.exponential import LOG2_E, SHIFTER, horner, power_of_two
from allodynia.engine.ir.vecmath.logarithm import EXPONENT_MASK, ONE_BITS, SQRT_HALF_BITS

ATANH = tuple(1.0 / power for power in range(1, 14, 2))
"""atanh(s) / s in powers of s^2; what is left out is below 3e-12 of it, as s^2 is below 0.03."""

EXP = tuple(1.0 / math.factorial(power) for power in range(10))
"""e^r in powers of r; what is left out is below 8e-12, as r is within ln(2) / 2."""


def rough_log(c: Code, x: Value) -> Value:
    """The natural logarithm of a positive, normal, finite number."""
    bits = c.bits(x)
    above = c.L("add", bits, c.lconst(ONE_BITS - SQRT_HALF_BITS))  # the carry moves m > sqrt(2) up one binade
    exponent = c.L("lshr", above, c.lconst(52))
    k = c.sub(c.double(c.L("or", exponent, c.lconst(0x4330000000000000))), c.const(2.0**52 + 1023.0))
    m = c.double(c.L("sub", bits, c.L("sub", c.L("and", above, c.lconst(EXPONENT_MASK)), c.lconst(ONE_BITS))))
    s = c.div(c.sub(m, c.const(1.0)), c.add(m, c.const(1.0)))
    return c.fma(c.add(s, s), horner(c, c.mul(s, s), ATANH), c.mul(k, c.const(math.log(2.0))))


def rough_exp(c: Code, x: Value) -> Value:
    """The exponential of a number within -700 .. 700."""
    n = c.sub(c.fma(x, c.const(LOG2_E), c.const(SHIFTER)), c.const(SHIFTER))
    return c.mul(horner(c, c.fnma(n, c.const(math.log(2.0)), x), EXP), power_of_two(c, n))
