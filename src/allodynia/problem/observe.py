"""Observables and noise as nodes: what an instrument would show, and how far it scatters, at each measurement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import AllodyniaError, InvalidInput, unknown
from allodynia.model import Builder, Evaluator, ModelText, Node, OdeSystem
from allodynia.model.interpret import Interpreter
from allodynia.model.text import Math, ModelUnits, Symbol
from allodynia.model.translate import NodeAlgebra
from allodynia.problem.formulas import to_postfix
from allodynia.problem.tables import Measurement, Observable, Tables

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observed:
    """An observable as two nodes, and how many placeholders each of them has."""

    value: Node
    noise: Node
    observable_places: int
    noise_places: int

    @property
    def places(self) -> int:
        """All its placeholders: those of the observable first."""
        return self.observable_places + self.noise_places


class Formulas:
    """Every observable of a problem, in a copy of its system's store.

    Parameters of the nodes are those of the system, then the problem's extra ones, then placeholders: the i-th
    placeholder of an observable is read from column ``n_parameters + n_extra + i``.
    """

    def __init__(self, tables: Tables, system: OdeSystem, extra: tuple[str, ...]) -> None:
        self._system = system
        self._extra = {name: len(system.parameters) + number for number, name in enumerate(extra)}
        self._first_place = len(system.parameters) + len(extra)
        self.builder = Builder(system.dag.copy())
        self._interpreter = Interpreter(_nothing(tables.name), NodeAlgebra(self.builder, self.builder.time()))
        self._known = {q.id: node for node, q in zip(system.observable_nodes, system.observables, strict=True)}
        self._known |= {q.id: self.builder.param(number) for number, q in enumerate(system.parameters)}
        self._known |= {q.id: self.builder.state(number) for number, q in enumerate(system.states)}
        self.observed = {name: self._observed(row) for name, row in tables.observables.items()}
        self._evaluators = {
            name: Evaluator(self.builder.dag, (found.value, found.noise)) for name, found in self.observed.items()
        }
        for measurement in tables.measurements:
            self._check_count(measurement)

    def evaluate(self, observable: str, times: F8, states: F8, parameters: F8, places: F8) -> tuple[F8, F8]:
        """Value and noise of an observable at some of its measurements.

        Parameters
        ----------
        times : f8[m]
        states : f8[n_states, m]
        parameters : f8[n_parameters + n_extra, m]
        places : f8[its placeholders, m]
        """
        found = self._evaluators[observable](times, states, np.concatenate([parameters, places]))
        return found[0], found[1]

    def _observed(self, row: Observable) -> Observed:
        own: dict[str, Node] = {}
        formula, noise = to_postfix(row.formula, row.where), to_postfix(row.noise_formula, row.where)
        for_observable, for_noise = _places(formula, "observable", row), _places(noise, "noise", row)
        for number, name in enumerate([*for_observable, *for_noise]):
            own[name] = self.builder.param(self._first_place + number)
        value = self._node(formula, own, row)
        own[row.id] = value
        return Observed(value, self._node(noise, own, row), len(for_observable), len(for_noise))

    def _node(self, math: Math, own: Mapping[str, Node], row: Observable) -> Node:
        def lookup(name: str) -> Node:
            if name in own:
                return own[name]
            if name in self._known:
                return self._known[name]
            if name in self._extra:
                return self.builder.param(self._extra[name])
            if name == "time":
                return self.builder.time()
            raise unknown("quantity", name, [*self._known, *self._extra], where=row.where)

        try:
            return self.builder.as_number(self._interpreter.value(math, lookup, line=row.where.line))
        except AllodyniaError as problem:
            raise type(problem)(f"observable {row.id!r}: {problem.message}", where=row.where) from None

    def _check_count(self, row: Measurement) -> None:
        found = self.observed[row.observable]
        for kind, given, wanted in (
            ("observable", row.observable_parameters, found.observable_places),
            ("noise", row.noise_parameters, found.noise_places),
        ):
            if len(given) != wanted:
                raise InvalidInput(
                    f"{row.observable!r} takes {wanted} {kind} parameters, the measurement gives {len(given)}",
                    where=row.where,
                )


def _places(math: Math, kind: str, row: Observable) -> list[str]:
    """The placeholders in a formula, in their own order; they are numbered from 1 without a gap."""
    pattern = re.compile(rf"{kind}Parameter(\d+)_{re.escape(row.id)}")
    numbers = {int(m[1]) for t in math if isinstance(t, Symbol) and (m := pattern.fullmatch(t.id))}
    if numbers != set(range(1, len(numbers) + 1)):
        raise InvalidInput(f"the {kind} parameters of {row.id!r} are not numbered 1, 2, ...", where=row.where)
    return [f"{kind}Parameter{number}_{row.id}" for number in sorted(numbers)]


def _nothing(name: str) -> ModelText:
    """A model that defines no functions: formulas of tables call none."""
    return ModelText(name, name, ModelUnits(), {}, (), (), (), (), (), (), (), ())
