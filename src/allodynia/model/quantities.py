"""The units of everything that a model text names."""

from __future__ import annotations

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.text import Compartment, ModelText
from allodynia.model.units import DIMENSIONLESS, Unit, table

# What levels 1 and 2 mean by these ids where a model does not redefine them.
_BUILT_IN = {"substance": "mole", "volume": "litre", "length": "metre", "time": "second"}


class TextUnits:
    """Looks up units in one model text; None where the text does not say."""

    def __init__(self, text: ModelText) -> None:
        self._text = text
        # Antimony makes a definition without factors of every unit it meets, so a misspelt unit shows as an empty one.
        self._undefined = {name for name, factors in text.unit_definitions.items() if not factors}
        try:
            self._units = table(text.unit_definitions)
        except InvalidInput as error:
            raise type(error)(error.message, where=text.where(None)) from None
        for name, kind in _BUILT_IN.items():
            self._units.setdefault(name, self._units[kind])
        self._units.setdefault("area", self._units["metre"] ** 2)
        self._compartments = {c.id: c for c in text.compartments}
        self._symbols = self._all()

    def unit(self, name: str | None, line: int | None = None) -> Unit | None:
        """The unit with id ``name``; an unknown id raises if the text was read strictly, else it says nothing."""
        if name is None:
            return None
        if name not in self._units:
            if not self._text.strict:
                return None
            raise unknown("unit", name, self._units, where=self._where(line))
        if self._text.strict and name in self._undefined:
            defined = set(self._units) - self._undefined
            raise unknown("unit", name, defined, where=self._where(line))
        return self._units[name]

    def _where(self, line: int | None) -> Where | None:
        """None without a line: whoever asks knows better."""
        return None if line is None else self._text.where(line)

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
                found[species.id] = amount / size
        for parameter in text.parameters:
            found[parameter.id] = self.unit(parameter.unit, parameter.line)
        for participant in text.participants():
            if participant.id:
                found[participant.id] = DIMENSIONLESS
        rate = None if self.extent is None or self.time is None else self.extent / self.time
        for reaction in text.reactions:
            found[reaction.id] = rate
        return found
