"""exp, and expm1 in two doubles: argument reduced by multiples of ln 2, then a polynomial near the best of its degree.

The bounds: the reduced argument is known to 2^-56, the polynomial to 2^-58, so exp is within 1 ulp, subnormal results
(rounded twice) included.
"""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Module, Value

LOG2_E = 1.4426950408889634
LN2_HIGH = float.fromhex("0x1.62e42fefa3000p-1")  # 41 bits, so that its product with an exponent is exact
LN2_LOW = 2.8235290563031577e-13
SHIFTER = (
    6755399441055744.0  # 1.5 * 2^52: adding it rounds to the nearest integer and leaves that integer in the low bits
)
OVERFLOW = 710.0
UNDERFLOW = -746.0
LARGE_EXPM1 = 39.0
"""From here on the 1 that is taken from e^x is below half a unit of its last place."""

# (e^r - 1 - r) / r^2 on |r| <= 1.002 ln(2) / 2, interpolated in Chebyshev nodes at 300 bits; error below 2.4e-18.
TAIL = (
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326025, 0.001388888888888367, 0.00019841269875205077,
    2.4801587325822283e-05, 2.75572549134867e-06, 2.7557273295539724e-07, 2.5105419192016337e-08, 2.091483135138041e-09,
)  # fmt: skip


def horner(c: Code, x: Value, coefficients: tuple[float, ...]) -> Value:
    """The polynomial with ``coefficients`` from the constant up, even and odd powers side by side."""
    square = c.mul(x, x)
    halves = []
    for half in (coefficients[0::2], coefficients[1::2]):
        total = c.const(half[-1])
        for coefficient in reversed(half[:-1]):
            total = c.fma(total, square, c.const(coefficient))
        halves.append(total)
    return c.fma(halves[1], x, halves[0])


def reduce(c: Code, x: Value) -> tuple[Value, Value, Value]:
    """Split x = n ln 2 + high + low; returns n (an integer as a double), high and low."""
    n = c.sub(c.fma(x, c.const(LOG2_E), c.const(SHIFTER)), c.const(SHIFTER))
    exact = c.fnma(n, c.const(LN2_HIGH), x)
    rest = c.mul(n, c.const(LN2_LOW))
    high = c.sub(exact, rest)
    low = c.sub(c.sub(exact, high), rest)
    return n, high, low


def power_of_two(c: Code, n: Value) -> Value:
    """2^n for an integer -1022 <= n <= 1023 given as a double: its low bits moved into the exponent field."""
    shifted = c.add(n, c.const(SHIFTER + 1023.0))
    return c.double(c.L("shl", c.bits(shifted), c.lconst(52)))


def scale(c: Code, x: Value, n: Value) -> Value:
    """The product x 2^n for |n| <= 1100, in two factors, so that subnormal results and the last binade are right."""
    half = c.sub(c.fma(n, c.const(0.5), c.const(SHIFTER)), c.const(SHIFTER))
    return c.mul(c.mul(x, power_of_two(c, half)), power_of_two(c, c.sub(n, half)))


def clamp(c: Code, x: Value, low: float, high: float) -> Value:
    """The number x held within low..high; NaN stays NaN."""
    x = c.select(c.compare("ogt", x, c.const(high)), c.const(high), x)
    return c.select(c.compare("olt", x, c.const(low)), c.const(low), x)


def exp_of_sum(c: Code, high: Value, low: Value) -> Value:
    """The exponential of high + low, for a ``low`` far below ``high``; ``high`` already within UNDERFLOW..OVERFLOW."""
    n, r, rest = reduce(c, high)
    rest = c.add(rest, low)
    tail = c.mul(c.mul(r, r), horner(c, r, TAIL))
    small = c.add(r, c.add(c.fma(c.add(r, tail), rest, rest), tail))
    return scale(c, c.add(c.const(1.0), small), n)


def expm1_pair(c: Code, x: Value) -> tuple[Value, Value]:
    """e^x - 1 as an unevaluated sum of two doubles, for -745 <= x <= 40."""
    n, r, rest = reduce(c, x)
    tail = c.fma(r, rest, c.fma(c.mul(r, r), horner(c, r, TAIL), rest))
    high = c.add(r, tail)
    low = c.add(c.sub(r, high), tail)
    two_n = power_of_two(c, n)
    whole = c.sub(two_n, c.const(1.0))
    part = c.mul(two_n, high)
    total = c.add(whole, part)
    # For n = 0 the whole is 0 and the sum is exact; else the whole is the larger term, as the fast sum needs. Below
    # n = -53 the whole is rounded to -1, which is what the sum rounds to.
    return total, c.fma(two_n, low, c.add(c.sub(whole, total), part))


def exp_half(c: Code, x: Value) -> Value:
    """e^x / 2 for x >= 0, finite up to where e^x itself has overflowed; NaN stays NaN."""
    n, r, rest = reduce(c, clamp(c, x, 0.0, OVERFLOW + 2.0))
    tail = c.mul(c.mul(r, r), horner(c, r, TAIL))
    small = c.add(r, c.add(c.fma(c.add(r, tail), rest, rest), tail))
    return scale(c, c.add(c.const(1.0), small), c.sub(n, c.const(1.0)))


def build_exp(module: Module) -> Code:
    """The function exp(x)."""
    c = Code(module, "math.exp", [f"<{module.width} x double> %x"], result=f"<{module.width} x double>")
    x = clamp(c, "%x", UNDERFLOW, OVERFLOW)
    c.give(f"{c.vec} {exp_of_sum(c, x, c.const(0.0))}")
    return c


def build_expm1(module: Module) -> Code:
    """The function expm1(x) = e^x - 1, with all digits also for a small x."""
    c = Code(module, "math.expm1", [f"<{module.width} x double> %x"], result=f"<{module.width} x double>")
    high, low = expm1_pair(c, clamp(c, "%x", -60.0, LARGE_EXPM1))
    module.require("math.exp", build_exp)
    large = c.op(f"call {c.vec} @math.exp({c.vec} %x)")
    value = c.select(c.compare("ogt", "%x", c.const(LARGE_EXPM1)), large, c.add(high, low))
    c.give(f"{c.vec} {c.select(c.compare('oeq', '%x', c.const(0.0)), '%x', value)}")
    return c
