"""The units of everything that a model text names."""

from __future__ import annotations

from allodynia.errors import InvalidInput, unknown
from allodynia.model.text import Compartment, ModelText
from allodynia.model.units import DIMENSIONLESS, Unit, define, table

_BUILT_IN = {"substance": "mole", "volume": "litre", "area": "square metre", "length": "metre", "time": "second"}


class TextUnits:
    """Looks up units in one model text; None where the text does not say."""

    def __init__(self, text: ModelText) -> None:
        self._text = text
        try:
            self._units = table(text.unit_definitions)
        except InvalidInput as error:
            raise type(error)(error.message, where=text.where(None)) from None
        for name, kind in _BUILT_IN.items():
            if name not in self._units:
                self._units[name] = define([]) if kind not in self._units else self._units[kind]
        self._units.setdefault("area", self._units["metre"] ** 2)
        self._compartments = {c.id: c for c in text.compartments}
        self._symbols = self._all()

    def unit(self, name: str | None, line: int | None = None) -> Unit | None:
        """The unit with id ``name``; an unknown id raises."""
        if name is None:
            return None
        if name not in self._units:
            raise unknown("unit", name, self._units, where=self._text.where(line))
        return self._units[name]

    @property
    def time(self) -> Unit | None:
        """The unit of time."""
        return self.unit(self._text.units.time)

    @property
    def extent(self) -> Unit | None:
        """The unit that reactions count in."""
        return self.unit(self._text.units.extent)

    def symbol(self, name: str) -> Unit | None:
        """The unit of the element with id ``name``, as it stands in formulas."""
        return self._symbols.get(name)

    def substance(self, name: str | None) -> Unit | None:
        """The unit of amounts of a species that names its own unit ``name``, or none."""
        return self.unit(name or self._text.units.substance)

    def _size(self, compartment: Compartment) -> Unit | None:
        if compartment.unit is not None:
            return self.unit(compartment.unit, compartment.line)
        units = self._text.units
        named = {3.0: units.volume, 2.0: units.area, 1.0: units.length}.get(compartment.dimensions)
        return DIMENSIONLESS if compartment.dimensions == 0 else self.unit(named)

    def _all(self) -> dict[str, Unit | None]:
        text = self._text
        found: dict[str, Unit | None] = {c.id: self._size(c) for c in text.compartments}
        for species in text.species:
            amount = self.substance(species.substance_unit)
            compartment = self._compartments.get(species.compartment)
            size = None if compartment is None else found[compartment.id]
            if species.only_substance or (compartment is not None and compartment.dimensions == 0):
                found[species.id] = amount
            elif amount is not None and size is not None:
                ratio = amount / size
                found[species.id] = Unit(ratio.dimension, ratio.factor, f"{amount.text}/{size.text}")
        for parameter in text.parameters:
            found[parameter.id] = self.unit(parameter.unit, parameter.line)
        for participant in text.participants():
            if participant.id:
                found[participant.id] = DIMENSIONLESS
        rate = None if self.extent is None or self.time is None else self.extent / self.time
        if rate is not None and self.extent is not None and self.time is not None:
            rate = Unit(rate.dimension, rate.factor, f"{self.extent.text}/{self.time.text}")
        for reaction in text.reactions:
            found[reaction.id] = rate
        return found
