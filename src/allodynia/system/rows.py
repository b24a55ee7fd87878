"""What the tables of the system hold, as values that keep the line they stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from allodynia.errors import Where

Level = Literal["shared", "donor", "subject"]
LEVELS: tuple[Level, ...] = ("shared", "donor", "subject")

Grade = Literal["measured", "calibrated", "extrapolated", "assumed"]
GRADES: tuple[Grade, ...] = ("measured", "calibrated", "extrapolated", "assumed")


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One constant of the system: its number, who differs in it, how well it is known, and where it comes from.

    ``value``, ``between``, ``uncertainty`` and ``assumed`` are in ``unit``, that of the module, ready for use;
    ``written_value`` and ``written_unit`` are what the table says. ``between`` and ``uncertainty`` are plain data, such
    as ``{"lognormal": {"cv": 0.3}}``, or None. ``share`` of the members of the level draw from ``between`` (None: all
    do), the rest have the value ``otherwise``. ``evidence`` are ids of records; without one, ``assumed`` is the prior
    range. ``tuned_to`` names the claims and records that a calibrated value was tuned to.
    """

    id: str
    value: float
    unit: str
    written_value: float
    written_unit: str
    level: Level
    between: Mapping[str, Any] | None
    uncertainty: Mapping[str, Any] | None
    share: float | None
    otherwise: float | None
    evidence: tuple[str, ...]
    assumed: Mapping[str, Any] | None
    grade: Grade
    tuned_to: tuple[str, ...]
    note: str
    where: Where


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """One edge: ``source`` drives the input port ``target``, both in ``unit``; ``what`` says it in words.

    With a ``cause`` it is an impulse: ``source`` is added to the state ``target`` whenever what that names happens.
    """

    id: str
    source: str
    target: str
    unit: str
    what: str
    evidence: tuple[str, ...]
    assumed: str
    note: str
    where: Where
    cause: str = ""

    @property
    def gain(self) -> str:
        """The id of the parameter that scales this edge: 1 as drawn, 0 cut."""
        return f"edge.{self.id}"


@dataclass(frozen=True, slots=True)
class InputRow:
    """A port that no module drives: a study may set it, otherwise it rests."""

    id: str
    what: str
    evidence: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A rival explanation, or a switch beside one: gains of edges by edge id, nothing else."""

    id: str
    label: str
    edges: Mapping[str, float]
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Population:
    """Donors of one kind: their donor-level parameters by id."""

    id: str
    label: str
    parameters: Mapping[str, ParameterRow]
    evidence: tuple[str, ...]
    note: str
    where: Where


@dataclass(frozen=True, slots=True)
class ModuleInfo:
    """One module: its name, the comment at its head, and how much it holds."""

    id: str
    purpose: str
    states: tuple[str, ...]
    constants: tuple[str, ...]
    ports: tuple[str, ...]
    where: Where
    text: str = field(repr=False, default="")
