"""Units as SBML defines them: powers of base kinds, and one factor."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from xml.sax.saxutils import quoteattr

from allodynia.model.unit import Unit
from allodynia.model.write.ids import free

KINDS = {
    "kg": "kilogram", "m": "metre", "s": "second", "A": "ampere", "K": "kelvin", "mol": "mole", "cd": "candela",
    "item": "item", "degC": "kelvin",
}  # fmt: skip
"""SBML has no degree Celsius of its own since Level 2 Version 2; differences are in kelvin."""


class UnitDefinitions:
    """The units that a document needs, each defined once; ``taken`` are ids that the document uses for quantities."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = set(taken)
        self._ids: dict[tuple[object, object], str] = {}
        self._units: dict[str, Unit] = {}

    def id(self, unit: Unit) -> str:
        """The id of ``unit``; one is made where there is none yet."""
        if unit.dimensionless and unit.factor == 1:
            return "dimensionless"
        key = (unit.dimension, unit.factor)
        if key not in self._ids:
            self._ids[key] = name = free(f"unit_{len(self._ids) + 1}", self._taken)
            self._units[name] = unit
        return self._ids[key]

    def items(self) -> Iterable[tuple[str, Unit]]:
        """The id of each unit, and the unit."""
        return self._units.items()

    def lines(self) -> list[str]:
        """The list of definitions, a line each; empty where nothing needs one."""
        if not self._units:
            return []
        return ["<listOfUnitDefinitions>", *map(self._define, self._units), "</listOfUnitDefinitions>"]

    def _define(self, name: str) -> str:
        unit = self._units[name]
        parts = [_unit("dimensionless", 1.0, float(unit.factor))] if unit.factor != 1 else []
        parts += [_unit(KINDS[base], float(exponent), 1.0) for base, exponent in unit.dimension]
        inner = f"<listOfUnits>{''.join(parts)}</listOfUnits>"
        return f'<unitDefinition id="{name}" name={quoteattr(unit.text)}>{inner}</unitDefinition>'


def _unit(kind: str, exponent: float, multiplier: float) -> str:
    return f'<unit kind="{kind}" exponent="{exponent!r}" scale="0" multiplier="{multiplier!r}"/>'
