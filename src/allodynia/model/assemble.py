"""Definitions to an :class:`~allodynia.model.ode.OdeSystem`: order, formulas to nodes, what reactions add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import IntEnum

from allodynia.errors import AllodyniaError, InvalidInput, UnsupportedModel, Where, unknown
from allodynia.model.build import Builder
from allodynia.model.definitions import Definition, Module, Role
from allodynia.model.expr import Node
from allodynia.model.interpret import Interpreter
from allodynia.model.ode import OdeSystem, Quantity, complete
from allodynia.model.text import Math as Formula
from allodynia.model.text import Symbol
from allodynia.model.translate import NodeAlgebra


class Phase(IntEnum):
    """When a quantity is asked for."""

    NOW = 0
    START = 1


Key = tuple[Phase, str]


def assemble(name: str, modules: Sequence[Module], definitions: Mapping[str, Definition], time_unit: str) -> OdeSystem:
    """The system of ``definitions``, by id in the system; formulas are those of ``modules``."""
    return _Assembly(modules, definitions).system(name, time_unit)


class _Assembly:
    def __init__(self, modules: Sequence[Module], definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._modules = {module.name: module for module in modules}
        self._states = [d for d in definitions.values() if d.role is Role.STATE]
        self._parameters = [d for d in definitions.values() if d.role is Role.PARAMETER]
        self._b = Builder()
        self._interpreters = {
            (phase, module.name): Interpreter(
                module.text, NodeAlgebra(self._b, self._b.time() if phase is Phase.NOW else self._b.const(0.0))
            )
            for module in modules
            for phase in Phase
        }
        self._nodes: dict[Key, Node] = {}
        self._leaves = {d.id: self._b.state(index) for index, d in enumerate(self._states)}
        # A parameter without a value is there, as NaN, but nothing may depend on it.
        self._leaves |= {d.id: self._b.param(i) for i, d in enumerate(self._parameters) if d.value is not None}

    def system(self, name: str, time_unit: str) -> OdeSystem:
        observed = [d for d in self._definitions.values() if d.role not in (Role.PARAMETER, Role.STATE)]
        observed = [d for d in observed if d.role is not Role.FLUX or d.math is not None]
        roots = [(Phase.START, d.id) for d in self._states] + [(Phase.NOW, d.id) for d in observed]
        for key in self._ordered(roots):
            self._nodes[key] = self._node(key)
        rhs = [self._rate(d) for d in self._states]
        return complete(
            name,
            self._b.dag,
            states=[self._quantity(d) for d in self._states],
            parameters=[self._quantity(d) for d in self._parameters],
            initial=[self._nodes[Phase.START, d.id] for d in self._states],
            rhs=rhs,
            observables=[self._quantity(d) for d in observed],
            observable_nodes=[self._b.as_number(self._nodes[Phase.NOW, d.id]) for d in observed],
            time_unit=time_unit,
        )

    def _quantity(self, d: Definition) -> Quantity:
        value = None if d.role is not Role.PARAMETER else math.nan if d.value is None else d.value
        return Quantity(d.id, "" if d.unit is None else d.unit.text, value, d.label, d.where, d.non_negative)

    # order ----------------------------------------------------------------------------------------
    def _ordered(self, roots: Sequence[Key]) -> list[Key]:
        """Every key that the roots and the rates of states need, each after what it needs itself.

        Raises InvalidInput, naming the circle, where formulas define each other.
        """
        wanted = [*roots, *(key for d in self._states for key in self._needs_of_rate(d))]
        order: list[Key] = []
        done: set[Key] = set()
        for root in wanted:
            path: dict[Key, list[Key]] = {}
            if root not in done:
                path[root] = self._needs(root)
            while path:
                key, left = next(reversed(path.items()))
                while left and left[-1] in done:
                    left.pop()
                if not left:
                    path.popitem()
                    done.add(key)
                    order.append(key)
                    continue
                need = left.pop()
                if need in path:
                    raise self._circle(list(path), need)
                path[need] = self._needs(need)
        return order

    def _circle(self, path: list[Key], again: Key) -> InvalidInput:
        names = [identifier for _, identifier in [*path[path.index(again) :], again]]
        round_trip = " -> ".join(names if len(names) <= 12 else [*names[:6], "...", *names[-5:]])
        where = self._definitions[again[1]].where
        return InvalidInput(f"algebraic loop: {round_trip} (each needs the next); put a state between", where=where)

    def _needs(self, key: Key) -> list[Key]:
        phase, identifier = key
        d = self._definitions[identifier]
        match d.role:
            case Role.PARAMETER:
                return []
            case Role.PORT:
                assert d.edge is not None  # noqa: S101 - undriven ports are refused before
                return [(phase, d.edge.source)]
            case Role.STATE if phase is Phase.NOW:
                return []
            case Role.FIXED if phase is Phase.NOW:
                return [(Phase.START, identifier)]
        if d.math is not None:
            return self._symbols(phase, d.math, d)
        return [(Phase.START, size) for size in (d.per_size, d.times_size) if size]

    def _needs_of_rate(self, d: Definition) -> list[Key]:
        if d.rate is not None:
            return self._symbols(Phase.NOW, d.rate, d)
        names = [name for term in d.terms for name in (term.flux, term.stoichiometry, term.factor)]
        return [(Phase.NOW, name) for name in [*names, d.divided_by] if isinstance(name, str)]

    def _symbols(self, phase: Phase, formula: Formula, d: Definition) -> list[Key]:
        module = self._modules[d.module]
        names = dict.fromkeys(module.qualify(token.id) for token in formula if isinstance(token, Symbol))
        for name in names:
            if name not in self._definitions:
                known = [other.id for other in self._definitions.values() if other.module == d.module]
                raise unknown("quantity", name, known, where=d.where)
        return [(phase, name) for name in names]

    # nodes ----------------------------------------------------------------------------------------
    def _node(self, key: Key) -> Node:
        phase, identifier = key
        d = self._definitions[identifier]
        if d.role is Role.PARAMETER or (d.role is Role.STATE and phase is Phase.NOW):
            if identifier not in self._leaves:
                raise InvalidInput(f"{identifier!r} has no value, and others depend on it; give it one", where=d.where)
            return self._leaves[identifier]
        if d.role is Role.PORT:
            return self._port(phase, d)
        if d.role is Role.FIXED and phase is Phase.NOW:
            return self._nodes[Phase.START, identifier]
        if d.math is not None:
            return self._formula(phase, d, d.math, d.where)
        return self._given(d)

    def _port(self, phase: Phase, d: Definition) -> Node:
        """``rest + gain · (source - rest)``; for a rest of 0 ``gain · source``, at gain 1 the source bit for bit."""
        assert d.edge is not None  # noqa: S101 - undriven ports are refused before
        b = self._b
        source = b.as_number(self._nodes[phase, d.edge.source])
        gain = self._leaves[d.edge.gain]
        if d.value is None:
            raise InvalidInput(
                f"input port {d.id!r} has no resting value; give it one, like '{d.id} = 0'", where=d.where
            )
        if d.value == 0.0:
            return b.mul(gain, source)
        rest = b.const(d.value)
        return b.add(rest, b.mul(gain, b.sub(source, rest)))

    def _given(self, d: Definition) -> Node:
        """The start of a state, or a constant, given as a number, maybe an amount where a concentration is meant."""
        if d.role is Role.FLUX:
            raise UnsupportedModel(
                f"reaction {d.id!r} has no kinetic law, but its species are simulated; give it one", where=d.where
            )
        if d.value is None:
            raise InvalidInput(f"{d.id!r} has no initial value; give it one", where=d.where)
        b = self._b
        value = b.const(d.value)
        if d.per_size:
            return b.div(value, self._nodes[Phase.START, d.per_size])
        if d.times_size:
            return b.mul(value, self._nodes[Phase.START, d.times_size])
        return value

    def _formula(self, phase: Phase, d: Definition, formula: Formula, where: Where) -> Node:
        module = self._modules[d.module]

        def lookup(name: str) -> Node:
            return self._nodes[phase, module.qualify(name)]

        try:
            return self._b.as_number(self._interpreters[phase, d.module].value(formula, lookup, line=where.line))
        except AllodyniaError as error:
            if error.where is not None:
                raise
            raise type(error)(f"{d.id!r}: {error.message}", where=where) from None

    def _rate(self, d: Definition) -> Node:
        """The right-hand side of a state."""
        b = self._b
        if d.rate is not None:
            return self._formula(Phase.NOW, d, d.rate, d.rate_where or d.where)
        total: Node | None = None
        for term in d.terms:
            change = self._nodes[Phase.NOW, term.flux]
            if isinstance(term.stoichiometry, str):
                change = b.mul(self._nodes[Phase.NOW, term.stoichiometry], change)
            else:
                change = b.mul(b.const(term.stoichiometry), change)
            if term.factor is not None:
                change = b.mul(change, self._nodes[Phase.NOW, term.factor])
            if term.sign < 0:
                change = b.neg(change)
            total = change if total is None else b.add(total, change)
        if total is None:
            return b.const(0.0)
        return b.div(total, self._nodes[Phase.NOW, d.divided_by]) if d.divided_by else total
