"""What is solved: a system, the text that other engines read, the times, and a population of subjects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allodynia.model import Evaluator, OdeSystem

F8 = NDArray[np.float64]

SPREAD = 0.3
"""Every varied parameter is its nominal value times exp(SPREAD z), z standard normal."""


@dataclass(frozen=True)
class Problem:
    """A model with its population. Everything that an engine may need to solve it, and nothing about any engine.

    Attributes
    ----------
    system : the equations; its states are the outputs.
    write_sbml : gives the same model as SBML, for engines that read it; ``sbml_ids`` maps ids of the system to its.
    end, times : integration from 0 to ``end``; ``times`` f8[t] rise, the first is 0.
    nominal : f8[parameters]
    varied : positions of the parameters that differ between subjects.
    parameters : f8[subjects, parameters]; initial : f8[subjects, states]
    amounts : states that are amounts of a species (others are concentrations), with the size of their compartment.
    """

    id: str
    title: str
    system: OdeSystem
    write_sbml: Callable[[], str]
    sbml_ids: Mapping[str, str]
    times: F8
    nominal: F8
    varied: tuple[int, ...]
    parameters: F8
    initial: F8
    amounts: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def sbml(self) -> str:
        """The model as SBML."""
        return self.write_sbml()

    @property
    def end(self) -> float:
        """The last time."""
        return float(self.times[-1])

    @property
    def states(self) -> tuple[str, ...]:
        """The ids of the states, which are the outputs."""
        return tuple(quantity.id for quantity in self.system.states)

    @property
    def sizes(self) -> F8:
        """What an amount is divided by to become a concentration; 1 for what is none: f8[states]."""
        return np.array([self.amounts.get(identifier, 1.0) for identifier in self.states])

    def sbml_id(self, identifier: str) -> str:
        """The id in the SBML text."""
        return self.sbml_ids.get(identifier, identifier)


def population(nominal: F8, varied: Sequence[int], subjects: int, seed: int, spread: float = SPREAD) -> F8:
    """Parameters of ``subjects`` subjects: f8[subjects, parameters]. Row i does not depend on how many are drawn."""
    rows = np.tile(nominal, (subjects, 1))
    noise = np.random.Generator(np.random.Philox(seed)).standard_normal((subjects, len(varied)))
    rows[:, list(varied)] *= np.exp(spread * noise)
    return rows


def starts(system: OdeSystem, parameters: F8) -> F8:
    """The initial values of every subject: f8[subjects, states]."""
    evaluator = Evaluator(system.dag, system.initial)
    values = evaluator(0.0, np.zeros((len(system.states), len(parameters))), parameters.T)
    return np.ascontiguousarray(
        np.broadcast_to(np.asarray(values, dtype=float).T, (len(parameters), len(system.states)))
    )
