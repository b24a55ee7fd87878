"""An ``OdeSystem`` as SBML Level 3 Version 1: parameters, rules and events, nothing else.

Another engine that reads this text solves the same equations. Numbers are written with ``repr``, which reads back to
the same bits; what is used more than once is the value of an observable, of a parameter of its own with an assignment
rule, or the argument of a function, so that neither the text nor the work of a program that unfolds it grows beyond the
graph (see `sharing`). Every quantity and literal has its unit, unless the system has quantities without.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from allodynia.model.expr import Dag, Node, Op
from allodynia.model.ode import Event, OdeSystem, Quantity
from allodynia.model.unit import DIMENSIONLESS, Unit
from allodynia.model.units import parse
from allodynia.model.write.annotations import Terms, annotation
from allodynia.model.write.ids import free, given_values, identifier, ids_of, value_of
from allodynia.model.write.node_units import node_units
from allodynia.model.write.sharing import Call, share
from allodynia.model.write.unit_definitions import UnitDefinitions

_TAGS: dict[Op, str] = {
    Op.ADD: "plus", Op.SUB: "minus", Op.MUL: "times", Op.DIV: "divide", Op.NEG: "minus", Op.POW: "power",
    Op.ABS: "abs", Op.EXP: "exp", Op.LOG: "ln", Op.SQRT: "root", Op.FLOOR: "floor", Op.CEIL: "ceiling",
    Op.SIN: "sin", Op.COS: "cos", Op.TAN: "tan", Op.ASIN: "arcsin", Op.ACOS: "arccos", Op.ATAN: "arctan",
    Op.SINH: "sinh", Op.COSH: "cosh", Op.TANH: "tanh", Op.ASINH: "arcsinh", Op.ACOSH: "arccosh", Op.ATANH: "arctanh",
    Op.LT: "lt", Op.LE: "leq", Op.EQ: "eq", Op.NE: "neq", Op.AND: "and", Op.OR: "or", Op.NOT: "not",
}  # fmt: skip
_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time"> t </csymbol>'


def to_sbml(
    system: OdeSystem,
    values: Mapping[str, float] | None = None,
    *,
    initial: Sequence[float] | None = None,
    terms: Terms | None = None,
) -> str:
    """The text of ``system`` as one SBML document.

    Parameters
    ----------
    system
        What is written. States become parameters with rate rules, observables parameters with assignment rules.
    values
        Parameter values by id, in the system's units, over the nominal ones.
    initial
        States at time 0, shape (n_states,); left out, the initial expressions of the system are written.
    terms
        Terms of public vocabularies by quantity id; "" is the model itself.

    Raises
    ------
    InvalidInput
        ``values`` names a parameter that the system lacks, or a parameter has no value at all.
    """
    given = given_values(system, values)
    ids = ids_of(system)
    text = _Mathml(system, ids)
    units, terms = text.units, terms or {}
    rules: list[str] = []
    for quantity, node in zip(system.observables, system.observable_nodes, strict=True):
        rules.append(
            _rule("assignmentRule", ids[quantity.id], text.rule(ids[quantity.id], node, text.unit_of(quantity)))
        )
    algebraic = system.algebraic or (False,) * len(system.states)
    for quantity, node, is_row in zip(system.states, system.rhs, algebraic, strict=True):
        if is_row:
            rules.append(f"<algebraicRule>{_math(text.of(node))}</algebraicRule>")
        else:
            rules.append(_rule("rateRule", ids[quantity.id], text.of(node, text.rate_of(quantity))))
    events = [_event(event, f"event{number}", system, ids, text) for number, event in enumerate(system.events, 1)]
    starts: list[str] = []
    declare = _Declarations(ids, text, terms)
    declared = [declare(quantity, value_of(quantity, given), constant=True) for quantity in system.parameters]
    for index, quantity in enumerate(system.states):
        start = None if initial is None else float(initial[index])
        declared.append(declare(quantity, start, constant=False))
        if start is None:
            math_text = _math(text.of(system.initial[index], text.unit_of(quantity)))
            starts.append(f'<initialAssignment symbol="{ids[quantity.id]}">{math_text}</initialAssignment>')
    declared += [declare(quantity, None, constant=False) for quantity in system.observables]
    declared += [
        f'<parameter id="{name}"{text.units_attribute(unit)} constant="false"/>' for name, _, unit in text.shared
    ]
    shared = [_rule("assignmentRule", name, body) for name, body, _ in text.shared]
    of_time = "" if units is None else f' timeUnits="{text.definitions.id(units.time)}"'
    about, metaid = annotation("model", terms.get("", ())), ' metaid="model"' if terms.get("") else ""
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">',
            f"<model{metaid} id={quoteattr(identifier(system.name) or 'model')} name={quoteattr(system.name)}"
            f"{of_time}>",
            *((about,) if about else ()),
            *(
                ("<listOfFunctionDefinitions>", *text.functions, "</listOfFunctionDefinitions>")
                if text.functions
                else ()
            ),
            *text.definitions.lines(),
            "<listOfParameters>",
            *declared,
            "</listOfParameters>",
            *(("<listOfInitialAssignments>", *starts, "</listOfInitialAssignments>") if starts else ()),
            *(("<listOfRules>", *shared, *rules, "</listOfRules>") if shared or rules else ()),
            *(("<listOfEvents>", *events, "</listOfEvents>") if events else ()),
            "</model>",
            "</sbml>",
            "",
        )
    )


class _Mathml:
    """Prints nodes; what several of them use once, as ``shared`` (name, formula, unit) or ``functions``."""

    def __init__(self, system: OdeSystem, ids: Mapping[str, str]) -> None:
        self._dag: Dag = system.dag
        self._states = [ids[state.id] for state in system.states]
        self._parameters = [ids[parameter.id] for parameter in system.parameters]
        pieces = share(system, ids)
        self._names = pieces.names
        self._taken = {*ids.values(), *pieces.names.values()}
        self.definitions = UnitDefinitions(self._taken)
        self.units = node_units(system, pieces.reachable)
        self._functions: dict[str, str] = {}
        self._bodies: dict[Node, str] = {}
        self._printed: dict[Node, str] = {}
        for node in pieces.reachable:  # arguments come first, so no recursion is needed
            call = pieces.calls.get(node)
            self._bodies[node] = body = self._print(node, self._printed) if call is None else self._call(call)
            self._printed[node] = f"<ci> {self._names[node]} </ci>" if node in self._names else body
        self.shared = [
            (self._names[node], self._bodies[node], None if self.units is None else self.units[node])
            for node in pieces.made_up
        ]

    @property
    def functions(self) -> list[str]:
        """The definitions of functions."""
        return [
            f'<functionDefinition id="{name}">{_math(f"<lambda>{body}</lambda>")}</functionDefinition>'
            for body, name in self._functions.items()
        ]

    def of(self, node: Node, unit: Unit | None = None) -> str:
        """The MathML of ``node``; a literal by itself has ``unit``."""
        return self._of(node, unit, self._printed)

    def rule(self, name: str, node: Node, unit: Unit | None) -> str:
        """The MathML of the rule of ``name``, whose value is ``node``."""
        return self._bodies[node] if self._names.get(node) == name else self.of(node, unit)

    def unit_of(self, quantity: Quantity) -> Unit | None:
        """The unit of a quantity, None where units are not written."""
        return None if self.units is None else parse(quantity.unit)

    def rate_of(self, state: Quantity) -> Unit | None:
        """The unit of a state's change."""
        return None if self.units is None else parse(state.unit) / self.units.time

    def units_attribute(self, unit: Unit | None) -> str:
        """The attribute that names ``unit``; empty where units are not written."""
        return "" if self.units is None else f' units="{self.definitions.id(unit or DIMENSIONLESS)}"'

    def _call(self, call: Call) -> str:
        """The call of a function that is written once for all formulas of one form."""
        names = [f"a{number}" for number in range(1, len(call.arguments) + 1)]
        inside = {node: f"<ci> {name} </ci>" for node, name in zip(call.arguments, names, strict=True)}
        for node in call.inside:
            inside[node] = self._print(node, inside)
        form = "".join(f"<bvar><ci> {name} </ci></bvar>" for name in names) + inside[call.node]
        if form not in self._functions:
            self._functions[form] = free(f"function_{len(self._functions) + 1}", self._taken)
        arguments = "".join(self._printed[node] for node in call.arguments)
        return f"<apply><ci> {self._functions[form]} </ci>{arguments}</apply>"

    def _of(self, node: Node, unit: Unit | None, printed: Mapping[Node, str]) -> str:
        if unit is not None and self._dag.ops[node] is Op.CONST:
            return _number(float(self._dag.payload[node]), self.definitions.id(unit))
        return printed[node]

    def _print(self, node: Node, printed: Mapping[Node, str]) -> str:
        op, payload = self._dag.ops[node], self._dag.payload[node]
        args = [
            self._of(argument, None if self.units is None else self.units.place(node, position), printed)
            for position, argument in enumerate(self._dag.args[node])
        ]
        if op is Op.CONST:
            return _number(float(payload))
        if op is Op.TIME:
            return _TIME
        if op is Op.STATE:
            return f"<ci> {self._states[int(payload)]} </ci>"
        if op is Op.PARAM:
            return f"<ci> {self._parameters[int(payload)]} </ci>"
        if op in (Op.TRUE, Op.FALSE):
            return f"<{op.name.lower()}/>"
        if op is Op.SELECT:
            return _piecewise(args[1], args[0], args[2])
        if op in (Op.MIN, Op.MAX):
            order = "leq" if op is Op.MIN else "geq"
            return _piecewise(args[0], f"<apply><{order}/>{args[0]}{args[1]}</apply>", args[1])
        return f"<apply><{_TAGS[op]}/>{''.join(args)}</apply>"


def _number(value: float, unit: str | None = None) -> str:
    if math.isnan(value):
        return "<notanumber/>"
    if math.isinf(value):
        return "<infinity/>" if value > 0 else "<apply><minus/><infinity/></apply>"
    said = "" if unit is None else f' sbml:units="{unit}"'
    return f"<cn{said}> {value!r} </cn>"


def _piecewise(then: str, condition: str, otherwise: str) -> str:
    return f"<piecewise><piece>{then}{condition}</piece><otherwise>{otherwise}</otherwise></piecewise>"


def _math(body: str) -> str:
    sbml = ' xmlns:sbml="http://www.sbml.org/sbml/level3/version1/core"' if "sbml:units" in body else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{sbml}>{body}</math>'


def _rule(kind: str, variable: str, body: str) -> str:
    return f'<{kind} variable="{variable}">{_math(body)}</{kind}>'


def _event(event: Event, name: str, system: OdeSystem, ids: Mapping[str, str], text: _Mathml) -> str:
    said = {True: "true", False: "false"}
    optional = (("delay", event.delay), ("priority", event.priority))
    return "".join(
        (
            f'<event id="{free(name, ids.values())}" name={quoteattr(event.id)} '
            f'useValuesFromTriggerTime="{said[event.values_at_trigger]}">',
            f'<trigger initialValue="{said[event.initially]}" persistent="{said[event.persistent]}">',
            f"{_math(text.of(event.trigger))}</trigger>",
            *(f"<{part}>{_math(text.of(node))}</{part}>" for part, node in reversed(optional) if node is not None),
            "<listOfEventAssignments>",
            *(
                f'<eventAssignment variable="{ids[system.states[row].id]}">{_math(text.of(node))}</eventAssignment>'
                for row, node in event.assignments
            ),
            "</listOfEventAssignments></event>",
        )
    )


class _Declarations:
    """Writes the parameter element of a quantity."""

    def __init__(self, ids: Mapping[str, str], text: _Mathml, terms: Terms) -> None:
        self._ids, self._text, self._terms = ids, text, terms

    def __call__(self, quantity: Quantity, value: float | None, *, constant: bool) -> str:
        name = self._ids[quantity.id]
        shown = "" if value is None else f' value="{_attribute(value)}"'
        units = self._text.units_attribute(self._text.unit_of(quantity))
        about = annotation(f"meta_{name}", self._terms.get(quantity.id, ()))
        metaid = f' metaid="meta_{name}"' if about else ""
        head = f'<parameter{metaid} id="{name}" name={quoteattr(quantity.id)}{shown}{units}'
        tail = f' constant="{str(constant).lower()}"'
        return f"{head}{tail}>{about}</parameter>" if about else f"{head}{tail}/>"


def _attribute(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value)
