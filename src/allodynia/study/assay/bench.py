"""Where an assay is set up: units of the study turned into those of the endpoint, with file and line."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from allodynia.errors import InvalidInput, UnitMismatch, Where, unknown
from allodynia.study.assay.method import Method
from allodynia.study.quantities import Magnitude
from allodynia.study.statistics.terms import Term
from allodynia.study.units import convert, unit_of


class Spec(Term):
    """What every assay says: where its error is from."""

    evidence: str
    note: str = ""

    def companions(self) -> dict[str, str]:
        """Further outputs (or parameters) that it reads, by the key that names each."""
        return {}

    @abstractmethod
    def method(self, bench: Bench) -> Method:
        """The measuring, in the unit of the endpoint."""


@dataclass(frozen=True)
class Bench:
    """``unit`` is that of the endpoint, ``where`` gives the line of a key, ``outputs`` the unit of every output."""

    unit: str
    output: str
    outputs: Mapping[str, str]
    place: Callable[[str], Where]

    def amount(self, given: Magnitude, key: str, unit: str | None = None) -> float:
        """An amount in the endpoint's unit (or in ``unit``), not negative."""
        value = convert(given, unit or self.unit, key, self.place(key))
        if value < 0.0:
            raise InvalidInput(f"{key}: {given} is negative", where=self.place(key))
        return value

    def factor(self, output: str, key: str) -> float:
        """The number that turns another output into the endpoint's unit."""
        if output not in self.outputs:
            raise unknown("output", output, self.outputs, where=self.place(key))
        there, here = unit_of(self.outputs[output], self.place(key)), unit_of(self.unit, self.place("unit"))
        if not there.same_dimension(here):
            raise UnitMismatch(
                f"{key}: {output} is in {self.outputs[output]!r}, not in {self.unit!r}", where=self.place(key)
            )
        return there.factor_to(here)

    def need(self, dimension: str, what: str) -> float:
        """The number of ``dimension`` in one unit of the endpoint; refused where it measures something else."""
        here, wanted = unit_of(self.unit, self.place("unit")), unit_of(dimension, self.place("unit"))
        if not here.same_dimension(wanted):
            raise UnitMismatch(f"{what} is in {dimension}, not in {self.unit!r}", where=self.place("unit"))
        return here.factor_to(wanted)

    def refuse(self, said: str, key: str) -> InvalidInput:
        """An error at the line of a key."""
        return InvalidInput(said, where=self.place(key))
