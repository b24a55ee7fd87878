"""log, and log in two doubles for powers: log x = k ln 2 + 2 atanh(s), s = (m - 1) / (m + 1), m in sqrt(1/2)..sqrt(2).

In two doubles the relative error is below 2^-64, which a product with an exponent turns into less than 2^-54 of the
argument of exp. Source of the scheme: W. J. Cody, W. Waite, Software Manual for the Elementary Functions, 1980.
"""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.exponential import LN2_HIGH, LN2_LOW, horner
from allodynia.engine.ir.vecmath.pairs import two_sum

SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
ONE_BITS = 0x3FF0000000000000
EXPONENT_MASK = 0xFFF0000000000000
THIRD_HIGH, THIRD_LOW = 0.3333333333333333, 1.850371707708594e-17
FIFTH = 0.2
# (atanh(s)/s - 1 - z/3 - z^2/5) / z^3, z = s^2 <= 0.02955, interpolated in Chebyshev nodes at 300 bits; error below
# 1.4e-16.
TAIL = (
    0.142857142857143, 0.11111111111069397, 0.09090909113464041, 0.07692303125491554, 0.06667106044905072,
    0.05860739444837386, 0.05785234836394779,
)  # fmt: skip


def split(c: Code, x: Value) -> tuple[Value, Value]:
    """A positive finite x = 2^k m: returns k (as a double) and m in sqrt(1/2)..sqrt(2). Subnormal numbers included."""
    tiny = c.compare("olt", x, c.const(2.0**-1022))
    bits = c.bits(c.select(tiny, c.mul(x, c.const(2.0**54)), x))
    above = c.L("add", bits, c.lconst(ONE_BITS - SQRT_HALF_BITS))  # the carry moves m > sqrt(2) up one binade
    biased = c.L("lshr", above, c.lconst(52))
    k = c.sub(c.double(c.L("or", biased, c.lconst(0x4330000000000000))), c.const(2.0**52 + 1023.0))
    k = c.sub(k, c.select(tiny, c.const(54.0), c.const(0.0)))
    m = c.double(c.L("sub", bits, c.L("sub", c.L("and", above, c.lconst(EXPONENT_MASK)), c.lconst(ONE_BITS))))
    return k, m


def log_pair(c: Code, x: Value) -> tuple[Value, Value]:
    """The logarithm of a positive finite x as an unevaluated sum of two doubles, relative error below 2^-64."""
    k, m = split(c, x)
    f = c.sub(m, c.const(1.0))
    u = c.add(f, c.const(2.0))
    u_low = c.sub(f, c.sub(u, c.const(2.0)))
    inverse = c.div(c.const(1.0), u)
    s = c.mul(f, inverse)
    s_low = c.mul(inverse, c.fnma(s, u_low, c.fnma(s, u, f)))
    z = c.mul(s, s)
    z_low = c.fma(c.add(s, s), s_low, c.fma(s, s, c.neg(z)))
    # v = 1/3 + z/5 + z^2 TAIL, w = z v, atanh(s) = s (1 + w)
    t = c.fma(z, horner(c, z, TAIL), c.const(FIFTH))
    p = c.mul(z, t)
    p_low = c.fma(z_low, t, c.fma(z, t, c.neg(p)))
    v = c.add(c.const(THIRD_HIGH), p)
    v_low = c.add(c.add(c.sub(c.const(THIRD_HIGH), v), p), c.add(p_low, c.const(THIRD_LOW)))
    w = c.mul(z, v)
    w_low = c.fma(z_low, v, c.fma(z, v_low, c.fma(z, v, c.neg(w))))
    a, a_low = c.add(s, s), c.add(s_low, s_low)
    b = c.mul(a, w)
    b_low = c.fma(a_low, w, c.fma(a, w_low, c.fma(a, w, c.neg(b))))
    high = c.add(a, b)
    low = c.add(c.add(c.sub(a, high), b), c.add(a_low, b_low))
    whole = c.mul(k, c.const(LN2_HIGH))
    total = c.add(whole, high)
    rest = c.add(c.add(c.sub(whole, total), high), c.fma(k, c.const(LN2_LOW), low))
    first = c.add(total, rest)
    return first, c.sub(rest, c.sub(first, total))


def build_log(module: Module) -> Code:
    """The function log(x): -inf at 0, NaN below."""
    c = Code(module, "math.log", [f"<{module.width} x double> %x"], result=f"<{module.width} x double>")
    k, m = split(c, "%x")
    f = c.sub(m, c.const(1.0))
    s = c.div(f, c.add(f, c.const(2.0)))
    z = c.mul(s, s)
    t = c.fma(z, c.fma(z, horner(c, z, TAIL), c.const(FIFTH)), c.const(1.0 / 3.0))
    # 2 atanh(s) = f - (f^2/2 - s (f^2/2 + 2 z t)), which loses nothing to cancellation
    half = c.mul(c.mul(f, c.const(0.5)), f)
    inner = c.fma(s, c.fma(c.add(z, z), t, half), c.mul(k, c.const(LN2_LOW)))
    value = c.fma(k, c.const(LN2_HIGH), c.sub(f, c.sub(half, inner)))
    infinity = float("inf")
    value = c.select(c.compare("oeq", "%x", c.const(infinity)), "%x", value)
    value = c.select(c.compare("oeq", "%x", c.const(0.0)), c.const(-infinity), value)
    value = c.select(c.compare("uge", "%x", c.const(0.0)), value, c.const(float("nan")))
    value = c.select(c.compare("uno", "%x", "%x"), "%x", value)
    c.give(f"{c.vec} {value}")
    return c


def build_log1p(module: Module) -> Code:
    """The function log1p(x) = log(1 + x), with all digits also for a small x: what 1 + x rounds away is added back."""
    vec = f"<{module.width} x double>"
    c = Code(module, "math.log1p", [f"{vec} %x"], result=vec)
    module.require("math.log", build_log)
    whole, lost = two_sum(c, c.const(1.0), "%x")
    value = c.op(f"call {vec} @math.log({vec} {whole})")
    usual = c.both(c.compare("ogt", whole, c.const(0.0)), c.compare("olt", whole, c.const(float("inf"))))
    value = c.select(usual, c.add(value, c.div(lost, whole)), value)
    c.give(f"{vec} {c.select(c.compare('oeq', '%x', c.const(0.0)), '%x', value)}")
    return c
