"""The unit of every expression of a system, worked out from those of its states and parameters.

A system forgets the units of literals once they have been checked. They follow from where a literal stands: in a sum
it has the sum's unit, in a product, a power or a function it is a pure number.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from allodynia.errors import InvalidInput
from allodynia.model.expr import Dag, Node, Op
from allodynia.model.ode import OdeSystem
from allodynia.model.unit import DIMENSIONLESS, Unit
from allodynia.model.units import parse

ALIKE = frozenset({Op.ADD, Op.SUB, Op.MIN, Op.MAX})
"""Operations whose arguments and value have one unit."""

KEEPS = frozenset({Op.NEG, Op.ABS, Op.FLOOR, Op.CEIL})
COMPARES = frozenset({Op.LT, Op.LE, Op.EQ, Op.NE})


class NodeUnits:
    """The unit of each node of a system; None for literals, which take that of their place."""

    def __init__(self, system: OdeSystem, reachable: Sequence[Node]) -> None:
        self._dag: Dag = system.dag
        self.time = parse(system.time_unit)
        self.states = [parse(state.unit) for state in system.states]
        self.parameters = [parse(parameter.unit) for parameter in system.parameters]
        self._found: dict[Node, Unit | None] = {}
        for node in reachable:
            self._found[node] = self._of(node)

    def __getitem__(self, node: Node) -> Unit | None:
        return self._found[node]

    def place(self, parent: Node, position: int) -> Unit:
        """The unit that a literal has as argument ``position`` of ``parent``."""
        op, args = self._dag.ops[parent], self._dag.args[parent]
        if op in ALIKE or op in COMPARES:
            return self._first([self._found[one] for one in args]) or DIMENSIONLESS
        if op is Op.SELECT and position > 0:
            return self._found[parent] or DIMENSIONLESS
        return DIMENSIONLESS

    def _of(self, node: Node) -> Unit | None:
        op, payload = self._dag.ops[node], self._dag.payload[node]
        args = [self._found[one] for one in self._dag.args[node]]
        if op is Op.STATE:
            return self.states[int(payload)]
        if op is Op.PARAM:
            return self.parameters[int(payload)]
        if op is Op.TIME:
            return self.time
        if op is Op.CONST:
            return None
        if op in ALIKE:
            return self._first(args)
        if op is Op.SELECT:
            return self._first(args[1:])
        if op in KEEPS:
            return args[0]
        if op in (Op.MUL, Op.DIV):
            above, below = (one or DIMENSIONLESS for one in args)
            return above * below if op is Op.MUL else above / below
        if op is Op.SQRT:
            return None if args[0] is None else args[0] ** Fraction(1, 2)
        if op is Op.POW:
            return self._power(args[0], self._dag.args[node][1])
        return DIMENSIONLESS

    def _power(self, unit: Unit | None, exponent: Node) -> Unit | None:
        if unit is None or unit.dimensionless:
            return unit
        if self._dag.ops[exponent] is not Op.CONST:
            raise InvalidInput(
                "a quantity with a unit is raised to a power that is no number; its unit cannot be written"
            )
        return unit ** Fraction(float(self._dag.payload[exponent])).limit_denominator(10**6)

    @staticmethod
    def _first(units: Sequence[Unit | None]) -> Unit | None:
        return next((unit for unit in units if unit is not None), None)


def node_units(system: OdeSystem, reachable: Sequence[Node]) -> NodeUnits | None:
    """The units of a system's expressions; None where a quantity has none, or one cannot be worked out."""
    quantities = (*system.states, *system.parameters, *system.observables)
    if not system.time_unit or not all(quantity.unit for quantity in quantities):
        return None
    try:
        for quantity in system.observables:
            parse(quantity.unit)
        return NodeUnits(system, reachable)
    except InvalidInput:
        return None
