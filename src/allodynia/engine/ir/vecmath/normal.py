"""The standard normal distribution: the share below a place, and the place below which a share lies.

Sources: W. J. Cody, Algorithm 715, ACM Trans. Math. Softw. 19, 1993, 22 (function ANORM) for the share; M. J. Wichura,
Algorithm AS 241, Applied Statistics 37, 1988, 477 (PPND16) for the quantile. Both are rational functions good to 1e-16
and better; that they are so here, with what rounding adds, is tested against 60 digits.
"""

from __future__ import annotations

import math

from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.exponential import UNDERFLOW, clamp, exp_of_sum, horner
from allodynia.engine.ir.vecmath.logarithm import build_log

Rational = tuple[tuple[float, ...], tuple[float, ...]]
"""Numerator and denominator, from the constant up."""

# Cody: (share - 1/2) / z in z^2; the tail over the exponential in |z|; its remainder in 1 / z^2.
SHARE_MIDDLE: Rational = (
    (18154.981253343561249, 1067.6894854603709582, 161.02823106855587881, 2.2352520354606839287,
     0.065682337918207449113),
    (45507.789335026729956, 10260.932208618978205, 976.09855173777669322, 47.20258190468824187, 1.0),
)  # fmt: skip
SHARE_NEAR: Rational = (
    (9842.7148383839780218, 11602.651437647350124, 6848.1904505362823326, 2494.5375852903726711, 597.27027639480026226,
     93.506656132177855979, 8.8831497943883759412, 0.39894151208813466764, 1.0765576773720192317e-8),
    (19685.429676859990727, 38912.003286093271411, 34900.952721145977266, 18615.571640885098091, 6485.558298266760755,
     1519.377599407554805, 235.38790178262499861, 22.266688044328115691, 1.0),
)  # fmt: skip
SHARE_FAR: Rational = (
    (2.9112874951168792e-5, 0.001421619193227893466, 0.022235277870649807, 0.1274011611602473639, 0.21589853405795699,
     0.02307344176494017303),
    (7.29751555083966205e-5, 0.00378239633202758244, 0.0659881378689285515, 0.468238212480865118, 1.28426009614491121,
     1.0),
)  # fmt: skip
MIDDLE_END, NEAR_END = 0.67448975, math.sqrt(32.0)
BEYOND = 40.0
"""No double is as small as the share of the normal distribution beyond this."""

ROOT_TWO_PI_INVERSE = 0.3989422804014327

# Wichura: z / (u - 1/2) in 0.180625 - (u - 1/2)^2; |z| in sqrt(-log u) - 1.6, and in sqrt(-log u) - 5.
PLACE_MIDDLE: Rational = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
PLACE_NEAR: Rational = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
PLACE_FAR: Rational = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
     1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip
CENTRAL, SPLIT = 0.425, 5.0


def build_ndtr(module: Module) -> Code:
    """ndtr(z): the share of the normal distribution below z, each tail to its own last digits."""
    c, z = _begin(module, "math.ndtr")
    size = clamp(c, c.abs(z), 0.0, BEYOND)
    square = c.mul(size, size)
    rest = c.fma(size, size, c.neg(square))
    held = clamp(c, c.mul(square, c.const(-0.5)), UNDERFLOW, 0.0)
    bell = exp_of_sum(c, held, c.mul(rest, c.const(-0.5)))
    inverse = c.div(c.const(1.0), square)
    far = c.compare("ogt", size, c.const(NEAR_END))
    over, under = _parts(c, SHARE_NEAR, size)
    far_over, far_under = _parts(c, SHARE_FAR, inverse)
    share = c.div(c.select(far, far_over, over), c.select(far, far_under, under))
    far_share = c.div(c.fnma(inverse, share, c.const(ROOT_TWO_PI_INVERSE)), size)
    tail = c.mul(bell, c.select(far, far_share, share))
    over, under = _parts(c, SHARE_MIDDLE, square)
    slope = c.div(over, under)
    outer = c.select(c.compare("olt", z, c.const(0.0)), tail, c.sub(c.const(1.0), tail))
    central = c.compare("ole", c.abs(z), c.const(MIDDLE_END))
    value = c.select(central, c.fma(z, slope, c.const(0.5)), outer)
    c.give(f"{c.vec} {c.select(c.compare('uno', z, z), z, value)}")
    return c


def build_ndtri(module: Module) -> Code:
    """ndtri(u): the place below which a share u lies; -inf at 0, inf at 1, NaN outside."""
    c, u = _begin(module, "math.ndtri")
    module.require("math.log", build_log)
    q = c.sub(u, c.const(0.5))
    below = c.compare("olt", q, c.const(0.0))
    least = c.select(below, u, c.sub(c.const(1.0), u))
    root = c.sqrt(c.neg(c.op(f"call {c.vec} @math.log({c.vec} {least})")))
    central = c.compare("ole", c.abs(q), c.const(CENTRAL))
    near = c.compare("ole", root, c.const(SPLIT))
    over, under = _parts(c, PLACE_MIDDLE, c.fnma(q, q, c.const(0.180625)))
    near_over, near_under = _parts(c, PLACE_NEAR, c.sub(root, c.const(1.6)))
    far_over, far_under = _parts(c, PLACE_FAR, c.sub(root, c.const(SPLIT)))
    over = c.select(central, over, c.select(near, near_over, far_over))
    under = c.select(central, under, c.select(near, near_under, far_under))
    ratio = c.div(over, under)
    endless = c.compare("oeq", root, c.const(math.inf))
    tail = c.select(endless, root, ratio)
    value = c.select(central, c.mul(q, ratio), c.select(below, c.neg(tail), tail))
    c.give(f"{c.vec} {value}")
    return c


def _begin(module: Module, name: str) -> tuple[Code, Value]:
    vec = f"<{module.width} x double>"
    return Code(module, name, [f"{vec} %x"], result=vec), "%x"


def _parts(c: Code, rational: Rational, x: Value) -> tuple[Value, Value]:
    return horner(c, x, rational[0]), horner(c, x, rational[1])
