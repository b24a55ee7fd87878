"""Units as text: ``mL/d/kg`` as people write it, and the unit definitions of SBML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from allodynia.errors import InvalidInput, unknown
from allodynia.model.unit import DIMENSIONLESS, Unit, called, combined, require_same, sized, spell
from allodynia.model.unit_tables import KINDS, PLAIN, PREFIXABLE, PREFIXES, SYMBOLS, TIMES

__all__ = ["DIMENSIONLESS", "Unit", "UnitFactor", "define", "names", "parse", "require_same", "table"]


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
    return _define(tuple(factors), name)


@lru_cache(maxsize=4096)
def _define(parts: tuple[UnitFactor, ...], name: str) -> Unit:
    unit = DIMENSIONLESS
    spelling: list[tuple[str, Fraction]] = []
    for part in parts:
        if part.kind not in KINDS:
            raise unknown("unit kind", part.kind, KINDS)
        outside = InvalidInput(f"unit definition {name!r}: scale, exponent or multiplier is out of range")
        if abs(part.scale) > 400 or not abs(part.exponent) <= 100 or not 0.0 < abs(part.multiplier) < float("inf"):
            raise outside
        exponent = Fraction(part.exponent).limit_denominator(1000)
        size = Fraction(repr(part.multiplier)) * Fraction(10) ** part.scale
        try:
            unit = unit * (sized(KINDS[part.kind], size)) ** exponent
            if KINDS[part.kind] != DIMENSIONLESS or size != 1:
                spelling.append((_symbol(part.kind, size), exponent))
        except (ArithmeticError, TypeError):  # beyond the largest double, or a root of a negative number
            raise outside from None
    if name in ("degC", "celsius", "Celsius") and unit == KINDS["kelvin"]:
        return PLAIN["degC"]
    said = _from_id(name)
    if said is not None and said.same(unit):
        return Unit(unit.dimension, unit.factor, said.text, said.spelling)
    spelt = combined((), tuple(spelling), 1)
    return Unit(unit.dimension, unit.factor, spell(spelt), spelt)


def _symbol(kind: str, size: Fraction) -> str:
    if kind == "second" and size in TIMES:
        return TIMES[size]
    if kind == "kilogram":
        kind, size = "gram", size * 1000
    symbol = SYMBOLS.get(kind, kind)
    if size == 1:
        return symbol
    if symbol in PREFIXABLE:
        for prefix, factor in PREFIXES.items():
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
    return Unit(unit.dimension, unit.factor, text.replace("*", "·"), unit.spelling)


_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|[A-Za-zµμ°%]+[0-9]*(?:[A-Z]\w*)?|[⁻¹²³]+|\S")


@lru_cache(maxsize=4096)
def parse(text: str) -> Unit:
    """The unit that ``text`` writes: ``mL/d/kg``, ``mg/mL``, ``1/d``, ``fibres/mm^2``, ``ng*h/mL``, ``µM``, ...

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
    return Unit(unit.dimension, unit.factor, text.strip() or "dimensionless", unit.spelling)


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
    elif head[0] in "0123456789":
        # The bounds keep a number like 1e-999999999 from being written out as a fraction.
        if len(head) > 30 or not 1e-30 < float(head) < 1e30:
            raise _unreadable(text)
        unit = called(head, sized(DIMENSIONLESS, Fraction(head)))
    else:
        name, digits = _split_power(head)
        unit = _named(name, text)
        if digits:
            return unit ** int(digits), tokens
    return _raised(text, unit, tokens)


def _split_power(name: str) -> tuple[str, str]:
    """``mm2`` is mm squared; names that hold a digit of their own stay whole."""
    match = re.fullmatch(r"([^0-9]+)([0-9])", name)
    return (match[1], match[2]) if match and name not in PLAIN else (name, "")


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
    if not re.fullmatch(r"-?[0-9]{1,2}", written):
        raise _unreadable(text)
    return unit ** int(written), tokens


def _named(name: str, text: str) -> Unit:
    unit = PLAIN.get(name) or PREFIXABLE.get(name)
    if unit is None and len(name) > 1:
        prefix, rest = name[0], name[1:]
        if prefix in PREFIXES and rest in PREFIXABLE:
            unit = sized(PREFIXABLE[rest], PREFIXES[prefix])
    if unit is None:
        if not re.fullmatch(r"[A-Za-zµμ°%]\w*", name):
            raise _unreadable(text)
        raise unknown("unit", name, names())
    return called(name, unit)


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every unit name that :func:`parse` knows, common prefixes included."""
    prefixed = [prefix + symbol for symbol in ("g", "L", "mol", "M", "m", "s") for prefix in "kcmunpf"]
    return tuple(sorted({*PLAIN, *PREFIXABLE, *prefixed, "kPa", "kHz", "mV", "mN"}))


def table(definitions: Mapping[str, Iterable[UnitFactor]]) -> dict[str, Unit]:
    """The units of a model text by id: its own definitions over the unit kinds of SBML."""
    known = {kind: called(SYMBOLS.get(kind, kind), unit) for kind, unit in KINDS.items()}
    known["kilogram"] = KINDS["kilogram"]
    return known | {name: define(factors, name) for name, factors in definitions.items()}
