"""What the tables of a PEtab problem say, row by row, with the line of each.

Source: PEtab data format, version 1 (Schmiester et al. 2021, PLoS Computational Biology 17, e1008646).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from allodynia.errors import Where

Scale: TypeAlias = Literal["lin", "log", "log10"]
Noise: TypeAlias = Literal["normal", "laplace"]
Value: TypeAlias = "float | str"
"""A number, or the id of the parameter that holds it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A row of the parameter table. Values and bounds are on the linear scale; ``scale`` is where they are searched."""

    id: str
    name: str
    scale: Scale
    lower: float | None
    upper: float | None
    nominal: float
    estimate: bool
    where: Where


@dataclass(frozen=True, slots=True)
class Condition:
    """A row of the condition table: what stands instead of the model's own values; a cell left empty is not in it."""

    id: str
    name: str
    values: Mapping[str, Value]
    where: Where


@dataclass(frozen=True, slots=True)
class Observable:
    """A row of the observable table: what is measured, and how it scatters.

    ``transformation`` is the scale on which the noise is ``noise``-distributed about the simulated value;
    ``noise_formula`` gives its standard deviation (normal) or scale (Laplace).
    """

    id: str
    name: str
    formula: str
    noise_formula: str
    transformation: Scale
    noise: Noise
    where: Where


@dataclass(frozen=True, slots=True)
class Measurement:
    """A row of the measurement table. ``time`` may be infinite: then it is of the steady state."""

    observable: str
    preequilibration: str | None
    condition: str
    value: float
    time: float
    observable_parameters: tuple[Value, ...]
    noise_parameters: tuple[Value, ...]
    dataset: str
    replicate: str
    where: Where


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of a problem, by id in the order of their files, and the text of its model."""

    name: str
    where: Where
    model_file: str
    model_text: str
    parameters: Mapping[str, Parameter]
    conditions: Mapping[str, Condition]
    observables: Mapping[str, Observable]
    measurements: tuple[Measurement, ...]
    overridden: tuple[str, ...] = field(default=())
    """Columns of the condition table: ids of the model, or of parameters that only formulas name."""
