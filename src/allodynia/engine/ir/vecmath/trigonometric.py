"""sin, cos and tan, right for every double: the argument is reduced by multiples of pi/2 without losing a bit.

Up to 1e6 in size the reduction subtracts n times pi/2 in four parts (Cody and Waite). Beyond, the bits of 2/pi that
matter for the exponent at hand are multiplied out (M. Payne, R. Hanek, SIGNUM Newsletter 18, 1983); that work is
skipped when no lane needs it.
"""

from __future__ import annotations

from functools import cache

from allodynia.engine.ir.text import Code, Module, Value, hexadecimal
from allodynia.engine.ir.vecmath.exponential import SHIFTER, horner
from allodynia.engine.ir.vecmath.pairs import Pair, quotient, renormalise, two_sum

TWO_OVER_PI = 0.6366197723675814
HALF_PI = tuple(
    map(float.fromhex, ("0x1.921fb544p+0", "0x1.0b4611a6p-34", "0x1.3198a2ep-69", "0x1.b839a252049c1p-104"))
)
HALF_PI_PAIR = (float.fromhex("0x1.921fb54442d18p+0"), float.fromhex("0x1.1a62633145c07p-54"))
LARGE = 1e6
FIRST_EXPONENT, LAST_EXPONENT = -34, 971
"""Exponents e of x = M 2^e, M a whole number of 53 bits, that the table covers."""

# Tails on |r| <= 1.001 pi/4, z = r^2, interpolated in Chebyshev nodes at 300 bits; errors below 1e-17.
SIN_TAIL = (  # (sin(r)/r - 1) / z
    -0.16666666666666666, 0.008333333333333331, -0.00019841269841265017, 2.755731921930192e-06, -2.5052106219521895e-08,
    1.6058529572267877e-10, -7.586576588171073e-13,
)  # fmt: skip
COS_TAIL = (  # (cos(r) - 1 + z/2) / z^2
    0.041666666666666664, -0.0013888888888887382, 2.480158729874307e-05, -2.7557317260008837e-07,
    2.0876143827993133e-09, -1.1382456778061306e-11,
)  # fmt: skip


@cache
def reduction_table() -> tuple[tuple[float, ...], ...]:
    """For every exponent e, (2^e 2/pi) mod 4 as a sum of four doubles."""
    bits = 1400
    two_over_pi = (1 << (2 * bits + 1)) // _pi(bits)  # times 2^bits
    rows = []
    for e in range(FIRST_EXPONENT, LAST_EXPONENT + 1):
        # in units of 2^-(bits - e): what lies above 4 drops out
        rest = two_over_pi % (1 << (bits - e + 2))
        row = []
        for _ in range(4):
            excess = max(rest.bit_length() - 53, 0)
            part = rest >> excess
            rest -= part << excess
            row.append(float(part) * 2.0 ** (excess - (bits - e)) if part else 0.0)
        rows.append(tuple(row))
    return tuple(rows)


def _pi(bits: int) -> int:
    """Pi times 2^bits, by Machin's formula."""
    guard = 32
    one = 1 << (bits + guard)

    def arctan_of_inverse(n: int) -> int:
        term = total = one // n
        k, sign = 1, -1
        while term:
            term //= n * n
            k += 2
            total += sign * (term // k)
            sign = -sign
        return total

    return (4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))) >> guard


def _reduce_small(c: Code, x: Value) -> tuple[Value, Pair]:
    n = c.sub(c.fma(x, c.const(TWO_OVER_PI), c.const(SHIFTER)), c.const(SHIFTER))
    r, first = two_sum(c, c.fnma(n, c.const(HALF_PI[0]), x), c.neg(c.mul(n, c.const(HALF_PI[1]))))
    r, second = two_sum(c, r, c.neg(c.mul(n, c.const(HALF_PI[2]))))
    return n, renormalise(c, r, c.add(first, c.fnma(n, c.const(HALF_PI[3]), second)))


def build_reduce_large(module: Module) -> Code:
    """n, and the two parts of the rest, of lanes of any size, written to the three vectors %into."""
    vec = f"<{module.width} x double>"
    rows = reduction_table()
    flat = [value for row in (*rows, (float("nan"),) * 4) for value in row]
    body = ", ".join(f"double {hexadecimal(value)}" for value in flat)
    module.add_global(f"@math.two_over_pi = internal constant [{len(flat)} x double] [{body}], align 64")
    c = Code(module, "math.reduce", [f"{vec} %x", "ptr %into"])
    bits = c.bits(c.abs("%x"))
    field = c.L("lshr", bits, c.lconst(52))
    index = c.L("sub", field, c.lconst(1075 + FIRST_EXPONENT))
    below = c.lcompare("slt", index, c.lconst(0))
    index = c.lselect(below, c.lconst(0), index)
    place = c.local(c.lvec, 8 * c.W)
    c.lstore(index, place)
    parts = [c.local(vec, 8 * c.W) for _ in range(4)]
    with c.count(c.W) as lane:
        row = c.index("mul", c.load1(place, lane, "i64"), 4)
        for j, part in enumerate(parts):
            c.store1(c.load1("@math.two_over_pi", c.index("add", row, j)), part, lane)
    mantissa = c.L("and", bits, c.lconst((1 << 52) - 1))
    M = c.double(c.L("or", mantissa, c.lconst(1075 << 52)))
    highs, lows = [], []
    for part in parts:
        r = c.load(part)
        high = c.mul(M, r)
        highs.append(high)
        lows.append(c.fma(M, r, c.neg(high)))
    fours = c.sub(c.fma(highs[0], c.const(0.25), c.const(SHIFTER)), c.const(SHIFTER))
    s, e0 = two_sum(c, c.fnma(fours, c.const(4.0), highs[0]), lows[0])
    s, e1 = two_sum(c, s, highs[1])
    n = c.sub(c.add(s, c.const(SHIFTER)), c.const(SHIFTER))
    s = c.sub(s, n)
    rest = c.add(lows[2], highs[3])
    for term in (e0, e1, highs[2], lows[1]):
        s, error = two_sum(c, s, term)
        rest = c.add(rest, error)
    high, low = renormalise(c, s, rest)
    r = c.mul(high, c.const(HALF_PI_PAIR[0]))
    r_low = c.fma(high, c.const(HALF_PI_PAIR[0]), c.neg(r))
    r_low = c.fma(low, c.const(HALF_PI_PAIR[0]), c.fma(high, c.const(HALF_PI_PAIR[1]), r_low))
    sign = c.copysign(c.const(1.0), "%x")
    for i, value in enumerate((n, r, r_low)):
        c.store(c.mul(sign, value), "%into", i)
    c.give()
    return c


def _reduce(c: Code, x: Value) -> tuple[Value, Pair]:
    """Split x = n pi/2 + r: n as 64-bit integers (their low bits), r in two doubles, |r| <= 1.001 pi/4."""
    n, (r, r_low) = _reduce_small(c, x)
    result = c.local(f"[3 x {c.vec}]", 8 * c.W)
    for i, value in enumerate((n, r, r_low)):
        c.store(value, result, i)
    large = c.compare("ugt", c.abs(x), c.const(LARGE))
    with c.when(c.any(large)):
        c.module.require("math.reduce", build_reduce_large)
        other = c.local(f"[3 x {c.vec}]", 8 * c.W)
        c.call("math.reduce", f"{c.vec} {x}", f"ptr {other}")
        for i, value in enumerate((n, r, r_low)):
            c.store(c.select(large, c.load(other, i), value), result, i)
    whole = c.bits(c.add(c.load(result, 0), c.const(SHIFTER)))
    return whole, (c.load(result, 1), c.load(result, 2))


def _sin_pair(c: Code, r: Pair) -> Pair:
    z = c.mul(r[0], r[0])
    rest = c.fnma(c.mul(z, c.const(0.5)), r[1], r[1])
    return renormalise(c, r[0], c.fma(c.mul(r[0], z), horner(c, z, SIN_TAIL), rest))


def _cos_pair(c: Code, r: Pair) -> Pair:
    z = c.mul(r[0], r[0])
    half = c.mul(z, c.const(0.5))
    w = c.sub(c.const(1.0), half)
    lost = c.sub(c.sub(c.const(1.0), w), half)
    square_error = c.fma(r[0], r[0], c.neg(z))  # z is rounded; its half enters with a minus
    rest = c.fnma(r[0], r[1], c.fnma(square_error, c.const(0.5), lost))
    return renormalise(c, w, c.fma(c.mul(z, z), horner(c, z, COS_TAIL), rest))


def _odd(c: Code, whole: Value, bit: int) -> Value:
    return c.lcompare("ne", c.L("and", whole, c.lconst(bit)), c.lconst(0))


def _build_wave(module: Module, name: str, turn: int) -> Code:
    """The function sin (turn 0) or cos (turn 1)."""
    vec = f"<{module.width} x double>"
    c = Code(module, name, [f"{vec} %x"], result=vec)
    whole, r = _reduce(c, "%x")
    whole = c.L("add", whole, c.lconst(turn))
    value = c.select(_odd(c, whole, 1), _cos_pair(c, r)[0], _sin_pair(c, r)[0])
    value = c.select(_odd(c, whole, 2), c.neg(value), value)
    if turn == 0:
        value = c.select(c.compare("oeq", "%x", c.const(0.0)), "%x", value)  # sin(-0) = -0
    c.give(f"{vec} {value}")
    return c


def build_sin(module: Module) -> Code:
    """sin(x); NaN at infinity."""
    return _build_wave(module, "math.sin", 0)


def build_cos(module: Module) -> Code:
    """cos(x); NaN at infinity."""
    return _build_wave(module, "math.cos", 1)


def build_tan(module: Module) -> Code:
    """tan(x); NaN at infinity."""
    vec = f"<{module.width} x double>"
    c = Code(module, "math.tan", [f"{vec} %x"], result=vec)
    whole, r = _reduce(c, "%x")
    sine, cosine = _sin_pair(c, r), _cos_pair(c, r)
    turned = _odd(c, whole, 1)
    above = tuple(c.select(turned, c.neg(b), a) for a, b in zip(sine, cosine, strict=True))
    below = tuple(c.select(turned, a, b) for a, b in zip(sine, cosine, strict=True))
    value = quotient(c, (above[0], above[1]), (below[0], below[1]))
    c.give(f"{vec} {c.select(c.compare('oeq', '%x', c.const(0.0)), '%x', value)}")
    return c
