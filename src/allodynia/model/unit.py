"""A unit as a value: what a quantity is made of, and how large one of it is.

A unit is a product of powers of base dimensions and a factor to the SI unit of that dimension. Factors are exact
fractions, so ``mg/mL`` and ``g/L`` are the same unit and ``1/d`` is not ``1/(24 h)`` by a rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from allodynia.errors import UnitMismatch, Where

# What a unit is made of: base dimensions with their exponents, or symbols as a person writes them with theirs.
Dimension: TypeAlias = tuple[tuple[str, Fraction], ...]
Spelling: TypeAlias = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure; equal when dimension and factor are equal, however it is written.

    ``dimension`` lists (base, exponent) for the bases kg, m, s, A, K, mol, cd, item and degC, without zeros.
    ``factor`` is the size of one such unit in the product of those bases. ``text`` is how a person writes it.
    """

    dimension: Dimension = ()
    factor: Fraction = Fraction(1)
    text: str = field(default="dimensionless", compare=False)
    spelling: Spelling = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    def __mul__(self, other: Unit) -> Unit:
        spelling = combined(self.spelling, other.spelling, 1)
        return _made(combined(self.dimension, other.dimension, 1), self.factor * other.factor, spelling)

    def __truediv__(self, other: Unit) -> Unit:
        spelling = combined(self.spelling, other.spelling, -1)
        return _made(combined(self.dimension, other.dimension, -1), self.factor / other.factor, spelling)

    def __pow__(self, exponent: Fraction | int) -> Unit:
        power = Fraction(exponent)
        dimension, spelling = (
            tuple((part, e * power) for part, e in parts if power) for parts in (self.dimension, self.spelling)
        )
        return _made(dimension, _power(self.factor, power), spelling)

    @property
    def dimensionless(self) -> bool:
        """Whether this is a pure number (of any factor: a percentage too)."""
        return not self.dimension

    def same_dimension(self, other: Unit) -> bool:
        """Whether both measure the same kind of quantity."""
        return self.dimension == other.dimension

    def same(self, other: Unit) -> bool:
        """Whether both are one unit: same dimension, same factor (to a part in 10¹²: some are read from decimals)."""
        return self.dimension == other.dimension and abs(self.factor / other.factor - 1) < Fraction(1, 10**12)

    def factor_to(self, other: Unit) -> float:
        """The number that turns a value in this unit into a value in ``other``, correctly rounded.

        Raises UnitMismatch when they do not measure the same kind of quantity.
        """
        if self.dimension != other.dimension:
            raise UnitMismatch(f"{self.text!r} cannot be turned into {other.text!r}: they measure different things")
        return float(self.factor / other.factor)


def combined(a: Dimension, b: Dimension, sign: int) -> Dimension:
    """The product of two lists of powers, the second raised to ``sign``."""
    total = dict(a)
    for part, exponent in b:
        total[part] = total.get(part, Fraction(0)) + sign * exponent
    return tuple(sorted((part, exponent) for part, exponent in total.items() if exponent))


def _power(factor: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1:
        return factor**exponent.numerator
    return Fraction(float(factor) ** float(exponent))


def _made(dimension: Dimension, factor: Fraction, spelling: Spelling) -> Unit:
    """A unit that comes of others: its text is spelt in their symbols."""
    return Unit(dimension, factor, spell(spelling), spelling)


def spell(parts: Iterable[tuple[str, Fraction]]) -> str:
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


def base(name: str, factor: Fraction | int | str = 1) -> Unit:
    """A unit of the base dimension ``name``."""
    return called(name, Unit(((name, Fraction(1)),), Fraction(factor)))


def called(text: str, unit: Unit) -> Unit:
    """The same unit under one symbol."""
    pure = unit.dimensionless and unit.factor == 1
    return Unit(unit.dimension, unit.factor, text, () if pure else ((text, Fraction(1)),))


def sized(unit: Unit, factor: Fraction | int | str) -> Unit:
    """A unit ``factor`` times as large."""
    return Unit(unit.dimension, unit.factor * Fraction(factor), unit.text, unit.spelling)


DIMENSIONLESS = Unit()


def require_same(found: Unit, wanted: Unit, what: str, *, where: Where | None = None) -> None:
    """Raise UnitMismatch, saying ``what`` and both units, unless ``found`` and ``wanted`` are one unit."""
    if found.same(wanted):
        return
    if found.same_dimension(wanted):
        reason = f"they differ by a factor of {float(found.factor / wanted.factor):.12g}"
    else:
        reason = "they measure different things"
    raise UnitMismatch(f"{what}: unit {found.text!r} is not {wanted.text!r}; {reason}", where=where)
