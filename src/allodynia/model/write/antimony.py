"""An ``OdeSystem`` as Antimony: one flat model of constants, variables, rules and events, with every unit.

Numbers are written with ``repr``, as in SBML, and what is used more than once has a name of its own or is the argument
of a function, as there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from allodynia.errors import UnsupportedModel
from allodynia.model.expr import Node, Op
from allodynia.model.ode import Event, OdeSystem, Quantity
from allodynia.model.unit import DIMENSIONLESS, Unit
from allodynia.model.units import parse
from allodynia.model.write.ids import free, given_values, identifier, ids_of, value_of
from allodynia.model.write.node_units import node_units
from allodynia.model.write.sharing import Call, share
from allodynia.model.write.unit_definitions import KINDS, UnitDefinitions

_INFIX: dict[Op, str] = {
    Op.ADD: "+", Op.SUB: "-", Op.MUL: "*", Op.DIV: "/", Op.POW: "^",
    Op.LT: "<", Op.LE: "<=", Op.EQ: "==", Op.NE: "!=", Op.AND: "&&", Op.OR: "||",
}  # fmt: skip
_CALLS: dict[Op, str] = {
    Op.NEG: "-", Op.NOT: "!", Op.ABS: "abs", Op.EXP: "exp", Op.LOG: "ln", Op.SQRT: "sqrt", Op.FLOOR: "floor",
    Op.CEIL: "ceil", Op.SIN: "sin", Op.COS: "cos", Op.TAN: "tan", Op.ASIN: "arcsin", Op.ACOS: "arccos",
    Op.ATAN: "arctan", Op.SINH: "sinh", Op.COSH: "cosh", Op.TANH: "tanh", Op.ASINH: "arcsinh", Op.ACOSH: "arccosh",
    Op.ATANH: "arctanh",
}  # fmt: skip


_WORDS = """
DNA abs acos acosh acot acoth acsc acsch and arccos arccosh arccot arccoth arccsc arccsch arcsec arcsech
arcsin arcsinh arctan arctanh area asec asech asin asinh at atan atanh avogadro ceil ceiling compartment
const cos cosh cot coth csc csch delay divide else end eq exp exponentiale extent factorial false floor
formula function gene geq gt has identity implies import in infinity is length leq ln log log10 lt max min
minus model module nan neq not notanumber operator or pi piecewise plus pow power quotient rateOf reaction
rem root sec sech sin sinh species sqr sqrt substance substanceOnly tan tanh time time_unit times true unit
var volume xor
"""
RESERVED = frozenset(_WORDS.split())
"""What Antimony keeps for itself; a quantity of that name gets an underscore."""


def to_antimony(system: OdeSystem, values: Mapping[str, float] | None = None) -> str:
    """The text of ``system`` as one Antimony model.

    Parameters
    ----------
    system
        What is written. States become variables with rate rules, observables variables with assignment rules.
    values
        Parameter values by id, in the system's units, over the nominal ones.

    Raises
    ------
    InvalidInput
        ``values`` names a parameter that the system lacks, or a parameter has no value at all.
    UnsupportedModel
        The system has algebraic equations or a number that is not finite, for which Antimony has no words.
    """
    given = given_values(system, values)
    if any(system.algebraic):
        raise UnsupportedModel("Antimony has no algebraic equations; write SBML instead")
    text = _Formulas(system)
    ids, lines = text.ids, []
    for quantity in system.parameters:
        name, value = ids[quantity.id], _number(value_of(quantity, given))
        lines.append(f"  const {name} = {value}{text.has(name, quantity.unit)}{_said(quantity)}")
    for quantity, node in zip(system.states, system.initial, strict=True):
        name = ids[quantity.id]
        lines.append(f"  var {name}{text.has(name, quantity.unit)}{_said(quantity)}")
        lines.append(f"  {name} = {text.of(node, quantity.unit)}")
    for name, body, unit in text.shared:
        lines.append(f"  {name} := {body}{text.has(name, unit)}")
    for quantity, node in zip(system.observables, system.observable_nodes, strict=True):
        name = ids[quantity.id]
        body = text.rule(name, node, quantity.unit)
        lines.append(f"  {name} := {body}{text.has(name, quantity.unit)}{_said(quantity)}")
    for quantity, node in zip(system.states, system.rhs, strict=True):
        lines.append(f"  {ids[quantity.id]}' = {text.of(node, text.rate(quantity))}")
    taken = set(ids.values())
    lines += [_event(event, free(f"event{number}", taken), text) for number, event in enumerate(system.events, 1)]
    head = identifier(system.name) or "model"
    while head in taken or head == "model":
        head += "_"
    return "\n".join([*text.functions, f"model {head}", "", *text.units_lines(), *lines, "", "end", ""])


def _said(quantity: Quantity) -> str:
    """The name that the system knows a quantity by, as a comment."""
    return f"  // {quantity.id}" + (f", {quantity.unit}" if quantity.unit else "")


class _Formulas:
    """Prints nodes; what several of them use once, as ``shared`` (name, formula, unit) or ``functions``."""

    def __init__(self, system: OdeSystem) -> None:
        self.system, self.dag = system, system.dag
        self.ids = {name: f"{one}_" if one in RESERVED else one for name, one in ids_of(system).items()}
        pieces = share(system, self.ids)
        self._names = pieces.names
        self._taken = {*self.ids.values(), *pieces.names.values()}
        self.definitions = UnitDefinitions(self._taken)
        self.units = node_units(system, pieces.reachable)
        self._functions: dict[str, str] = {}
        self._bodies: dict[Node, str] = {}
        self._printed: dict[Node, str] = {}
        for node in pieces.reachable:
            call = pieces.calls.get(node)
            self._bodies[node] = body = self._print(node, self._printed) if call is None else self._call(call)
            self._printed[node] = self._names.get(node, body)
        self.shared = [
            (self._names[node], self._bodies[node], None if self.units is None else self.units[node])
            for node in pieces.made_up
        ]

    @property
    def functions(self) -> list[str]:
        """The definitions of functions, which stand before the model."""
        return [f"function {name}{form}\nend\n" for form, name in self._functions.items()]

    def of(self, node: Node, unit: Unit | str | None = None) -> str:
        """The formula of ``node``; a literal by itself has ``unit``."""
        return self._of(node, unit, self._printed)

    def rule(self, name: str, node: Node, unit: str) -> str:
        """The formula of ``name``, whose value is ``node``."""
        return self._bodies[node] if self._names.get(node) == name else self.of(node, unit)

    def _of(self, node: Node, unit: Unit | str | None, printed: Mapping[Node, str]) -> str:
        if self.dag.ops[node] is not Op.CONST:
            return printed[node]
        literal = _number(float(self.dag.payload[node]))
        if self.units is None or unit is None:
            return literal
        return f"({literal} {self.definitions.id(parse(unit) if isinstance(unit, str) else unit)})"

    def _call(self, call: Call) -> str:
        """The call of a function that is written once for all formulas of one form."""
        names = {self._printed[node]: f"a{number}" for number, node in enumerate(call.arguments, 1)}
        inside = {node: names[self._printed[node]] for node in call.arguments}
        for node in call.inside:
            inside[node] = self._print(node, inside, names)
        form = f"({', '.join(names.values())})\n  {inside[call.node]}"
        if form not in self._functions:
            self._functions[form] = free(f"function_{len(self._functions) + 1}", self._taken)
        return f"{self._functions[form]}({', '.join(names)})"

    def rate(self, state: Quantity) -> Unit | None:
        """The unit of a state's change."""
        return None if self.units is None else parse(state.unit) / self.units.time

    def has(self, name: str, unit: Unit | str | None) -> str:
        """The words that give ``name`` its unit."""
        if self.units is None:
            return ""
        said = parse(unit) if isinstance(unit, str) else unit or DIMENSIONLESS
        return f"; {name} has {self.definitions.id(said)}"

    def units_lines(self) -> list[str]:
        """The definitions of units, that of time first."""
        if self.units is None:
            return []
        lines = [f"  unit time_unit = {float(self.units.time.factor)!r} second"]
        for name, unit in self.definitions.items():
            parts = [f"{float(unit.factor)!r} dimensionless"]
            parts += [f"{KINDS[base]}^{float(exponent):g}" for base, exponent in unit.dimension]
            lines.append(f"  unit {name} = {' * '.join(parts)}")
        return [*lines, ""]

    def _print(self, node: Node, printed: Mapping[Node, str], given: dict[str, str] | None = None) -> str:
        """The formula of ``node`` from those of its arguments.

        Antimony takes no unit within a function: there a literal becomes one more of the arguments ``given``.
        """
        op, payload = self.dag.ops[node], self.dag.payload[node]
        args = []
        for place, argument in enumerate(self.dag.args[node]):
            formula = self._of(argument, None if self.units is None else self.units.place(node, place), printed)
            if given is not None and self.dag.ops[argument] is Op.CONST:
                formula = given.setdefault(formula, f"a{len(given) + 1}")
            args.append(formula)
        if op is Op.CONST:
            return _number(float(payload))
        if op is Op.TIME:
            return "time"
        if op is Op.STATE:
            return self.ids[self.system.states[int(payload)].id]
        if op is Op.PARAM:
            return self.ids[self.system.parameters[int(payload)].id]
        if op in (Op.TRUE, Op.FALSE):
            return op.name.lower()
        if op is Op.SELECT:
            return f"piecewise({args[1]}, {args[0]}, {args[2]})"
        if op in (Op.MIN, Op.MAX):
            sign = "<=" if op is Op.MIN else ">="
            return f"piecewise({args[0]}, {args[0]} {sign} {args[1]}, {args[1]})"
        if op in _INFIX:
            return f"({args[0]} {_INFIX[op]} {args[1]})"
        if op in (Op.NEG, Op.NOT):
            return f"({_CALLS[op]}{args[0]})"
        return f"{_CALLS[op]}({', '.join(args)})"


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise UnsupportedModel(f"Antimony has no word for {value!r}; write SBML instead")
    return repr(value) if math.copysign(1.0, value) > 0 else f"(-{abs(value)!r})"


def _event(event: Event, name: str, text: _Formulas) -> str:
    said = {True: "true", False: "false"}
    delay = "" if event.delay is None else f"{text.of(event.delay)} after "
    priority = "" if event.priority is None else f", priority = {text.of(event.priority)}"
    states = text.system.states
    changes = ", ".join(
        f"{text.ids[states[row].id]} = {text.of(node, states[row].unit)}" for row, node in event.assignments
    )
    return (
        f"  {name}: at {delay}{text.of(event.trigger)}, t0 = {said[event.initially]}, persistent = "
        f"{said[event.persistent]}, fromTrigger = {said[event.values_at_trigger]}{priority}: {changes};"
    )
