"""Units as values: what a quantity is made of, and how large one of it is.

A unit is a product of powers of base dimensions and a factor to the SI unit of that dimension. Factors are exact fractions,
so ``mg/mL`` and ``g/L`` are the same unit and ``1/d`` is not ``1/(24 h)`` by a rounding. Counted things (items, cells,
fibres, spikes) share one base, ``item``, as in SBML. Degrees Celsius are a dimension of their own: they differ from kelvin
by an offset, so no factor leads from one to the other.

Source: BIPM, The International System of Units, 9th edition (2019); SBML Level 3 Version 2, section 4.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from allodynia.errors import InvalidInput, UnitMismatch, Where, unknown

_Dimension = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure; equal when dimension and factor are equal, however it is written.

    ``dimension`` lists (base, exponent) for the bases kg, m, s, A, K, mol, cd, item and degC, without zeros.
    ``factor`` is the size of one such unit in the product of those bases. ``text`` is how a person writes it.
    """

    dimension: _Dimension = ()
    factor: Fraction = Fraction(1)
    text: str = field(default="dimensionless", compare=False)

    def __str__(self) -> str:
        return self.text

    def __mul__(self, other: Unit) -> Unit:
        return _made(_sum(self.dimension, other.dimension, 1), self.factor * other.factor)

    def __truediv__(self, other: Unit) -> Unit:
        return _made(_sum(self.dimension, other.dimension, -1), self.factor / other.factor)

    def __pow__(self, exponent: Fraction | int) -> Unit:
        power = Fraction(exponent)
        return _made(tuple((base, e * power) for base, e in self.dimension if power), _power(self.factor, power))

    @property
    def dimensionless(self) -> bool:
        """Whether this is a pure number (of any factor: a percentage too)."""
        return not self.dimension

    def same_dimension(self, other: Unit) -> bool:
        """Whether both measure the same kind of quantity."""
        return self.dimension == other.dimension

    def same(self, other: Unit) -> bool:
        """Whether both are one unit: same dimension, same factor (to a part in 10¹², for factors read from decimals)."""
        return self.dimension == other.dimension and abs(self.factor / other.factor - 1) < Fraction(1, 10**12)

    def factor_to(self, other: Unit) -> float:
        """The number that turns a value in this unit into a value in ``other``, correctly rounded.

        Raises UnitMismatch when they do not measure the same kind of quantity.
        """
        if self.dimension != other.dimension:
            raise UnitMismatch(f"{self.text!r} cannot be turned into {other.text!r}: they measure different things")
        return float(self.factor / other.factor)


def _sum(a: _Dimension, b: _Dimension, sign: int) -> _Dimension:
    total = dict(a)
    for base, exponent in b:
        total[base] = total.get(base, Fraction(0)) + sign * exponent
    return tuple(sorted((base, exponent) for base, exponent in total.items() if exponent))


def _power(factor: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1:
        return factor**exponent.numerator
    return Fraction(float(factor) ** float(exponent))


def _made(dimension: _Dimension, factor: Fraction) -> Unit:
    """A unit that nobody wrote: its text is spelt in the bases."""
    size = "" if factor == 1 else f"{float(factor):.6g} "
    return Unit(dimension, factor, (size + _spell([(base, exponent) for base, exponent in dimension])).strip())


def _spell(parts: Iterable[tuple[str, Fraction]]) -> str:
    """``mL/d/kg`` from [("mL", 1), ("d", -1), ("kg", -1)]."""
    above, below = "", ""
    for symbol, exponent in parts:
        size = abs(exponent)
        raised = symbol if size == 1 else f"{symbol}^{size}" if size.denominator == 1 else f"{symbol}^({size})"
        if exponent > 0:
            above += ("·" if above else "") + raised
        else:
            below += "/" + raised
    if not above and not below:
        return "dimensionless"
    return (above or "1") + below


def _base(name: str, factor: Fraction | int | str = 1) -> Unit:
    return Unit(((name, Fraction(1)),), Fraction(factor), name)


DIMENSIONLESS = Unit()
_KG, _M, _S, _AMPERE, _K, _MOL, _CD, _ITEM = map(_base, ("kg", "m", "s", "A", "K", "mol", "cd", "item"))
_GRAM = _base("kg", "1/1000")
_LITRE = _M**3 * Unit(factor=Fraction(1, 1000))
_N = _KG * _M / _S**2
_PA = _N / _M**2
_J = _N * _M
_V = _J / (_AMPERE * _S)
_AVOGADRO = Fraction(602214076) * 10**15


def _sized(unit: Unit, factor: Fraction | int | str) -> Unit:
    return Unit(unit.dimension, unit.factor * Fraction(factor), unit.text)


# Units that take a prefix: kg, mL, nmol, ...
_PREFIXABLE: dict[str, Unit] = {
    "g": _GRAM, "L": _LITRE, "l": _LITRE, "mol": _MOL, "M": _MOL / _LITRE, "m": _M, "s": _S, "N": _N, "Pa": _PA, "Hz": _S**-1,
    "J": _J, "W": _J / _S, "V": _V, "A": _AMPERE, "C": _AMPERE * _S, "F": _AMPERE * _S / _V, "S": _AMPERE / _V,
    "ohm": _V / _AMPERE, "T": _V * _S / _M**2, "K": _K, "cd": _CD, "Bq": _S**-1, "Gy": _J / _KG, "kat": _MOL / _S,
    "Da": _sized(_KG, "1.66053906660e-27"), "eq": _MOL,
}  # fmt: skip
_PREFIXES: dict[str, Fraction] = {
    "T": Fraction(10**12), "G": Fraction(10**9), "M": Fraction(10**6), "k": Fraction(1000), "d": Fraction(1, 10),
    "c": Fraction(1, 100), "m": Fraction(1, 1000), "u": Fraction(1, 10**6), "µ": Fraction(1, 10**6), "μ": Fraction(1, 10**6),
    "n": Fraction(1, 10**9), "p": Fraction(1, 10**12), "f": Fraction(1, 10**15), "a": Fraction(1, 10**18),
}  # fmt: skip
# Units that stand as they are.
_PLAIN: dict[str, Unit] = {
    "min": _sized(_S, 60), "minute": _sized(_S, 60), "minutes": _sized(_S, 60),
    "h": _sized(_S, 3600), "hour": _sized(_S, 3600), "hours": _sized(_S, 3600),
    "d": _sized(_S, 86400), "day": _sized(_S, 86400), "days": _sized(_S, 86400),
    "wk": _sized(_S, 604800), "week": _sized(_S, 604800), "weeks": _sized(_S, 604800),
    "month": _sized(_S, 2629800), "months": _sized(_S, 2629800),
    "y": _sized(_S, 31557600), "yr": _sized(_S, 31557600), "year": _sized(_S, 31557600), "years": _sized(_S, 31557600),
    "second": _S, "seconds": _S, "litre": _LITRE, "liter": _LITRE, "metre": _M, "meter": _M, "gram": _GRAM, "mole": _MOL,
    "%": Unit(factor=Fraction(1, 100)), "percent": Unit(factor=Fraction(1, 100)),
    "dimensionless": DIMENSIONLESS, "rad": DIMENSIONLESS, "deg": _sized(DIMENSIONLESS, "0.017453292519943295"),
    "degC": _base("degC"), "°C": _base("degC"), "celsius": _base("degC"), "Celsius": _base("degC"),
    "mmHg": _sized(_PA, "133.322387415"), "bar": _sized(_PA, 100000), "cmH2O": _sized(_PA, "98.0665"),
    "gf": _sized(_N, "0.00980665"), "kgf": _sized(_N, "9.80665"), "cal": _sized(_J, "4.184"), "kcal": _sized(_J, 4184),
} | dict.fromkeys(
    ("item", "items", "cell", "cells", "fibre", "fibres", "fiber", "fibers", "spike", "spikes", "copy", "copies", "molecule",
     "molecules", "count", "counts", "mouse", "mice", "rat", "rats", "person", "people", "dose", "doses", "event", "events"),
    _ITEM,
)  # fmt: skip

# What the unit kinds of SBML mean.
KINDS: dict[str, Unit] = {
    "ampere": _AMPERE, "avogadro": Unit(factor=_AVOGADRO), "becquerel": _S**-1, "candela": _CD, "Celsius": _base("degC"),
    "coulomb": _AMPERE * _S, "dimensionless": DIMENSIONLESS, "farad": _AMPERE * _S / _V, "gram": _GRAM, "gray": _J / _KG,
    "henry": _V * _S / _AMPERE, "hertz": _S**-1, "item": _ITEM, "joule": _J, "katal": _MOL / _S, "kelvin": _K,
    "kilogram": _KG, "litre": _LITRE, "liter": _LITRE, "lumen": _CD, "lux": _CD / _M**2, "metre": _M, "meter": _M,
    "mole": _MOL, "newton": _N, "ohm": _V / _AMPERE, "pascal": _PA, "radian": DIMENSIONLESS, "second": _S,
    "siemens": _AMPERE / _V, "sievert": _J / _KG, "steradian": DIMENSIONLESS, "tesla": _V * _S / _M**2, "volt": _V,
    "watt": _J / _S, "weber": _V * _S,
}  # fmt: skip
_SYMBOLS = {
    "ampere": "A", "candela": "cd", "coulomb": "C", "farad": "F", "gram": "g", "gray": "Gy", "hertz": "Hz", "joule": "J",
    "katal": "kat", "kelvin": "K", "litre": "L", "liter": "L", "metre": "m", "meter": "m", "mole": "mol", "newton": "N",
    "ohm": "ohm", "pascal": "Pa", "second": "s", "siemens": "S", "tesla": "T", "volt": "V", "watt": "W", "Celsius": "degC",
    "becquerel": "Bq",
}  # fmt: skip
_TIMES = {Fraction(60): "min", Fraction(3600): "h", Fraction(86400): "d", Fraction(604800): "wk"}


@dataclass(frozen=True, slots=True)
class UnitFactor:
    """One factor of an SBML unit definition: ``(multiplier · 10^scale · kind) ^ exponent``."""

    kind: str
    exponent: float = 1.0
    scale: int = 0
    multiplier: float = 1.0


def define(factors: Iterable[UnitFactor], name: str = "") -> Unit:
    """The unit that an SBML unit definition with id ``name`` defines.

    Its text comes from the id where the id says what it is (``mg_per_mL``, ``per_d``), else from the factors.
    """
    parts = list(factors)
    unit = DIMENSIONLESS
    spelling: list[tuple[str, Fraction]] = []
    for part in parts:
        if part.kind not in KINDS:
            raise unknown("unit kind", part.kind, KINDS)
        if abs(part.scale) > 400 or abs(part.exponent) > 100 or not 0.0 < abs(part.multiplier) < float("inf"):
            raise InvalidInput(f"unit definition {name!r}: scale, exponent or multiplier is out of range")
        exponent = Fraction(part.exponent).limit_denominator(1000)
        size = Fraction(repr(part.multiplier)) * Fraction(10) ** part.scale
        unit = unit * (_sized(KINDS[part.kind], size)) ** exponent
        if part.kind != "dimensionless" or size != 1:
            spelling.append((_symbol(part.kind, size), exponent))
    if name in ("degC", "celsius", "Celsius") and unit == _K:
        return _PLAIN["degC"]
    said = _from_id(name)
    if said is not None and said.same(unit):
        return Unit(unit.dimension, unit.factor, said.text)
    return Unit(unit.dimension, unit.factor, _spell(sorted(spelling, key=lambda item: item[1] < 0)))


def _symbol(kind: str, size: Fraction) -> str:
    if kind == "second" and size in _TIMES:
        return _TIMES[size]
    if kind == "kilogram":
        kind, size = "gram", size * 1000
    symbol = _SYMBOLS.get(kind, kind)
    if size == 1:
        return symbol
    if symbol in _PREFIXABLE:
        for prefix, factor in _PREFIXES.items():
            if factor == size:
                return prefix + symbol
    return f"({float(size):g} {symbol})" if kind != "dimensionless" else f"{float(size):g}"


def _from_id(name: str) -> Unit | None:
    """What an identifier like ``mL_per_d_per_kg`` says, if it says a unit."""
    if not name:
        return None
    above, *below = re.sub(r"^per_", "1_per_", name).split("_per_")
    text = "/".join([above.replace("_", "*"), *(part.replace("_", "/") for part in below)])
    try:
        unit = parse(text)
    except InvalidInput:
        return None
    return Unit(unit.dimension, unit.factor, text.replace("*", "·"))


_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[A-Za-zµμ°%]+\d*(?:[A-Z]\w*)?|[⁻¹²³]+|\S")


@lru_cache(maxsize=4096)
def parse(text: str) -> Unit:
    """The unit that ``text`` writes: ``mL/d/kg``, ``mg/mL``, ``1/d``, ``fibres/mm^2``, ``ng*h/mL``, ``µM``, ``dimensionless``.

    A solidus divides by the one factor after it, as in ``mL/d/kg`` = mL d⁻¹ kg⁻¹.

    Raises
    ------
    InvalidInput : an unknown unit (with the nearest names) or text that is no unit.
    """
    if len(text) > 200:
        raise InvalidInput("a unit is written in at most 200 characters")
    tokens = _TOKEN.findall(text)
    unit, rest = _product(text, tokens)
    if rest:
        raise _unreadable(text)
    return Unit(unit.dimension, unit.factor, text.strip() or "dimensionless")


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(f"{text!r} is not a unit; write it like 'mg/mL', '1/d' or 'mL/d/kg'")


def _product(text: str, tokens: list[str], depth: int = 0) -> tuple[Unit, list[str]]:
    if depth > 8:
        raise _unreadable(text)
    unit, tokens = _factor(text, tokens, depth)
    while tokens and tokens[0] != ")":
        divide = tokens[0] == "/"
        if tokens[0] in ("/", "*", "·", "⋅"):
            tokens = tokens[1:]
        factor, tokens = _factor(text, tokens, depth)
        unit = unit / factor if divide else unit * factor
    return unit, tokens


def _factor(text: str, tokens: list[str], depth: int) -> tuple[Unit, list[str]]:
    if not tokens:
        raise _unreadable(text)
    head, tokens = tokens[0], tokens[1:]
    if head == "(":
        unit, tokens = _product(text, tokens, depth + 1)
        if not tokens:
            raise _unreadable(text)
        tokens = tokens[1:]
    elif head[0].isdigit():
        size = Fraction(head) if len(head) < 30 and abs(float(head)) < 1e30 else Fraction(0)
        if size == 0:
            raise _unreadable(text)
        unit = _sized(DIMENSIONLESS, size)
    else:
        name, digits = _split_power(head)
        unit = _named(name, text)
        if digits:
            return unit ** int(digits), tokens
    return _raised(text, unit, tokens)


def _split_power(name: str) -> tuple[str, str]:
    """``mm2`` is mm squared; names that hold a digit of their own stay whole."""
    match = re.fullmatch(r"(\D+)(\d)", name)
    return (match[1], match[2]) if match and name not in _PLAIN else (name, "")


_SUPERSCRIPT = str.maketrans("⁻¹²³", "-123")


def _raised(text: str, unit: Unit, tokens: list[str]) -> tuple[Unit, list[str]]:
    if tokens and tokens[0][0] in "⁻¹²³":
        written, tokens = tokens[0].translate(_SUPERSCRIPT), tokens[1:]
    elif tokens and tokens[0] == "^":
        tokens = tokens[1:]
        sign = ""
        if tokens and tokens[0] == "-":
            sign, tokens = "-", tokens[1:]
        written, tokens = sign + (tokens[0] if tokens else ""), tokens[1:]
    elif tokens and tokens[0] == "-" and len(tokens) > 1 and tokens[1] in "123":
        written, tokens = "-" + tokens[1], tokens[2:]
    else:
        return unit, tokens
    if not re.fullmatch(r"-?\d{1,2}", written):
        raise _unreadable(text)
    return unit ** int(written), tokens


def _named(name: str, text: str) -> Unit:
    unit = _PLAIN.get(name) or _PREFIXABLE.get(name)
    if unit is None and len(name) > 1:
        prefix, rest = name[0], name[1:]
        if prefix in _PREFIXES and rest in _PREFIXABLE:
            unit = _sized(_PREFIXABLE[rest], _PREFIXES[prefix])
    if unit is None:
        if not re.fullmatch(r"[A-Za-zµμ°%]\w*", name):
            raise _unreadable(text)
        raise unknown("unit", name, names())
    return unit


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every unit name that :func:`parse` knows, common prefixes included."""
    prefixed = [prefix + symbol for symbol in ("g", "L", "mol", "M", "m", "s") for prefix in "kcmunpf"]
    return tuple(sorted({*_PLAIN, *_PREFIXABLE, *prefixed, "kPa", "kHz", "mV", "mN"}))


def require_same(found: Unit, wanted: Unit, what: str, *, where: Where | None = None) -> None:
    """Raise UnitMismatch, saying ``what`` and both units, unless ``found`` and ``wanted`` are one unit."""
    if found.same(wanted):
        return
    if found.same_dimension(wanted):
        reason = f"they differ by a factor of {float(found.factor / wanted.factor):.12g}"
    else:
        reason = "they measure different things"
    raise UnitMismatch(f"{what}: unit {found.text!r} is not {wanted.text!r}; {reason}", where=where)


def table(definitions: Mapping[str, Iterable[UnitFactor]]) -> dict[str, Unit]:
    """The units of a model text by id: its own definitions over the unit kinds of SBML."""
    known = {kind: Unit(unit.dimension, unit.factor, _SYMBOLS.get(kind, kind)) for kind, unit in KINDS.items()}
    known["kilogram"] = Unit(_KG.dimension, _KG.factor, "kg")
    return known | {name: define(factors, name) for name, factors in definitions.items()}
