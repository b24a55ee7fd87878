"""asin, acos, atan, and the inverses of the hyperbolic functions."""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.exponential import clamp, horner
from allodynia.engine.ir.vecmath.logarithm import log_pair
from allodynia.engine.ir.vecmath.pairs import two_sum
from allodynia.engine.ir.vecmath.trigonometric import HALF_PI_PAIR

INFINITY = float("inf")
LN2_PAIR = (float.fromhex("0x1.62e42fefa39efp-1"), float.fromhex("0x1.abc9e3b39803fp-56"))

# (atan(r)/r - 1) / z on |r| <= 7/16 and (asin(r)/r - 1) / z on z <= 0.25, z = r^2; errors below 3e-17.
ATAN_TAIL = (
    -0.3333333333333333, 0.19999999999999404, -0.14285714285565465, 0.111111110965279, -0.09090908350382436,
    0.07692285419714515, -0.06666239748865294, 0.05876924062763387, -0.05216532007308444, 0.044916556747777434,
    -0.033114228762660534, 0.014759380407779155,
)  # fmt: skip
ASIN_TAIL = (
    0.16666666666666669, 0.07499999999998425, 0.04464285714637338, 0.030381944137085216, 0.022372173002005596,
    0.017352391265909227, 0.013971235301124539, 0.011478952690257387, 0.010324318288744113, 0.00545087818772055,
    0.017419357964884856, -0.014881409392818066, 0.02877844261259304,
)  # fmt: skip
ATAN_CENTRES = (
    # from |x| on: cosine- and sine-like weights of the turn, and its angle in two doubles
    (7 / 16, 2.0, 1.0, float.fromhex("0x1.dac670561bb4fp-2"), float.fromhex("0x1.a2b7f222f65e2p-56")),
    (11 / 16, 1.0, 1.0, HALF_PI_PAIR[0] / 2, HALF_PI_PAIR[1] / 2),
    (19 / 16, 2.0, 3.0, float.fromhex("0x1.f730bd281f69bp-1"), float.fromhex("0x1.007887af0cbbdp-56")),
    (39 / 16, 0.0, 1.0, HALF_PI_PAIR[0], HALF_PI_PAIR[1]),
)


def _begin(module: Module, name: str) -> tuple[Code, Value]:
    vec = f"<{module.width} x double>"
    c = Code(module, name, [f"{vec} %x"], result=vec)
    return c, c.abs("%x")


def build_atan(module: Module) -> Code:
    """atan(x): turned by a fixed angle into |r| <= 7/16. Source of the scheme: fdlibm."""
    c, size = _begin(module, "math.atan")
    size = clamp(c, size, 0.0, 1e300)
    a, b, high, low = c.const(1.0), c.const(0.0), c.const(0.0), c.const(0.0)
    for limit, cosine, sine, angle, angle_low in ATAN_CENTRES:
        past = c.compare("oge", size, c.const(limit))
        a, b = c.select(past, c.const(cosine), a), c.select(past, c.const(sine), b)
        high, low = c.select(past, c.const(angle), high), c.select(past, c.const(angle_low), low)
    r = c.div(c.fma(size, a, c.neg(b)), c.fma(size, b, a))
    z = c.mul(r, r)
    tail = c.mul(c.mul(r, z), horner(c, z, ATAN_TAIL))
    value = c.add(high, c.add(r, c.add(tail, low)))
    c.give(f"{c.vec} {c.copysign(value, '%x')}")
    return c


def _asin_parts(c: Code, size: Value) -> tuple[Value, Value, Value, Value]:
    """For |x| > 1/2, s = sqrt((1 - |x|) / 2), else s = |x|. Returns (|x| > 1/2, s, its low part, s z TAIL(z))."""
    big = c.compare("ogt", size, c.const(0.5))
    shrunk = c.mul(c.sub(c.const(1.0), size), c.const(0.5))
    root = c.sqrt(shrunk)
    root_low = c.div(c.fnma(root, root, shrunk), c.add(root, root))
    root_low = c.select(c.compare("ogt", root, c.const(0.0)), root_low, c.const(0.0))
    s = c.select(big, root, size)
    s_low = c.select(big, root_low, c.const(0.0))
    z = c.select(big, shrunk, c.mul(size, size))
    return big, s, s_low, c.mul(c.mul(s, z), horner(c, z, ASIN_TAIL))


def build_asin(module: Module) -> Code:
    """asin(x); NaN outside -1..1."""
    c, size = _begin(module, "math.asin")
    big, s, s_low, tail = _asin_parts(c, size)
    two_s = c.add(s, s)
    first, rest = two_sum(c, c.const(HALF_PI_PAIR[0]), c.neg(two_s))
    twice = c.add(c.add(s_low, s_low), c.add(tail, tail))
    far = c.add(first, c.add(rest, c.sub(c.const(HALF_PI_PAIR[1]), twice)))
    c.give(f"{c.vec} {c.copysign(c.select(big, far, c.add(s, tail)), '%x')}")
    return c


def build_acos(module: Module) -> Code:
    """acos(x); NaN outside -1..1."""
    c, size = _begin(module, "math.acos")
    big, s, s_low, tail = _asin_parts(c, size)
    near_one = c.add(c.add(s, s), c.mul(c.const(2.0), c.add(tail, s_low)))
    first, rest = two_sum(c, c.const(2 * HALF_PI_PAIR[0]), c.neg(c.add(s, s)))
    twice = c.mul(c.const(2.0), c.add(tail, s_low))
    near_minus_one = c.add(first, c.add(rest, c.sub(c.const(2 * HALF_PI_PAIR[1]), twice)))
    first, rest = two_sum(c, c.const(HALF_PI_PAIR[0]), c.neg("%x"))
    middle = c.add(first, c.add(rest, c.sub(c.const(HALF_PI_PAIR[1]), c.copysign(tail, "%x"))))
    below = c.compare("olt", "%x", c.const(0.0))
    c.give(f"{c.vec} {c.select(big, c.select(below, near_minus_one, near_one), middle)}")
    return c


def _log1p(c: Code, u: Value, low: Value) -> Value:
    """log(1 + u + low) for u >= 0, finite."""
    whole, rest = two_sum(c, c.const(1.0), u)
    high, small = log_pair(c, whole)
    return c.add(high, c.add(small, c.div(c.add(rest, low), whole)))


def _log_twice(c: Code, x: Value) -> Value:
    """log(2 x) where 2 x might overflow; +inf at +inf."""
    high, low = log_pair(c, x)
    first, rest = two_sum(c, high, c.const(LN2_PAIR[0]))
    value = c.add(first, c.add(rest, c.add(low, c.const(LN2_PAIR[1]))))
    return c.select(c.compare("oeq", x, c.const(INFINITY)), x, value)


VAST = 2.0**28
"""From here on 1 vanishes beside x^2."""


def build_asinh(module: Module) -> Code:
    """asinh(x) = log1p(|x| + x^2 / (1 + sqrt(1 + x^2))), with the sign of x."""
    c, size = _begin(module, "math.asinh")
    held = clamp(c, size, 0.0, VAST)
    square = c.mul(held, held)
    more = c.div(square, c.add(c.const(1.0), c.sqrt(c.add(c.const(1.0), square))))
    u, low = two_sum(c, held, more)
    value = c.select(c.compare("ogt", size, c.const(VAST)), _log_twice(c, size), _log1p(c, u, low))
    value = c.select(c.compare("uno", "%x", "%x"), "%x", value)
    c.give(f"{c.vec} {c.copysign(value, '%x')}")
    return c


def build_acosh(module: Module) -> Code:
    """acosh(x) = log1p(t + sqrt(2 t + t^2)), t = x - 1; NaN below 1."""
    c, _ = _begin(module, "math.acosh")
    held = clamp(c, "%x", 1.0, VAST)
    t = c.sub(held, c.const(1.0))
    u, low = two_sum(c, t, c.sqrt(c.fma(t, t, c.add(t, t))))
    value = c.select(c.compare("ogt", "%x", c.const(VAST)), _log_twice(c, "%x"), _log1p(c, u, low))
    value = c.select(c.compare("uge", "%x", c.const(1.0)), value, c.const(float("nan")))
    c.give(f"{c.vec} {c.select(c.compare('uno', '%x', '%x'), '%x', value)}")
    return c


def build_atanh(module: Module) -> Code:
    """atanh(x) = log1p(2 |x| / (1 - |x|)) / 2, with the sign of x; infinite at -1 and 1, NaN beyond."""
    c, size = _begin(module, "math.atanh")
    held = clamp(c, size, 0.0, 1.0 - 2.0**-53)
    below, below_low = two_sum(c, c.const(1.0), c.neg(held))
    twice = c.add(held, held)
    u = c.div(twice, below)
    low = c.div(c.fnma(u, below_low, c.fnma(u, below, twice)), below)
    value = c.mul(c.const(0.5), _log1p(c, u, low))
    value = c.select(c.compare("oeq", size, c.const(1.0)), c.const(INFINITY), value)
    value = c.select(c.compare("ule", size, c.const(1.0)), value, c.const(float("nan")))
    value = c.select(c.compare("uno", "%x", "%x"), "%x", value)
    c.give(f"{c.vec} {c.copysign(value, '%x')}")
    return c
