"""An ``OdeSystem`` as SBML Level 3 Version 1: parameters, rules and events, nothing else.

Another engine that reads this text solves the same equations. Numbers are written with ``repr``, which reads back to
the same bits; a subexpression used more than once becomes a parameter of its own with an assignment rule, so that the
text grows with the graph and not with its unfolding. Every quantity and literal has its unit, unless the system has
quantities without.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from allodynia.model.expr import BOOLEAN, Dag, Node, Op
from allodynia.model.ode import Event, OdeSystem, Quantity
from allodynia.model.unit import DIMENSIONLESS, Unit
from allodynia.model.units import parse
from allodynia.model.write.annotations import Terms, annotation
from allodynia.model.write.ids import free, given_values, identifier, ids_of, value_of
from allodynia.model.write.node_units import node_units
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
        rules.append(_rule("assignmentRule", ids[quantity.id], text.of(node, text.unit_of(quantity))))
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
    """Prints nodes as MathML; ``shared`` gathers (id, MathML, unit) of subexpressions that stand more than once."""

    def __init__(self, system: OdeSystem, ids: Mapping[str, str]) -> None:
        self._dag: Dag = system.dag
        self._states = [ids[state.id] for state in system.states]
        self._parameters = [ids[parameter.id] for parameter in system.parameters]
        self.shared: list[tuple[str, str, Unit | None]] = []
        changes = [node for event in system.events for node in event.nodes]
        roots = (*system.rhs, *system.observable_nodes, *system.initial, *changes)
        reachable = self._dag.reachable(roots)
        uses = Counter(roots)
        for node in reachable:
            uses.update(self._dag.args[node])
        taken = set(ids.values())
        self.definitions = UnitDefinitions(taken)
        self.units = node_units(system, reachable)
        self._printed: dict[Node, str] = {}
        for node in reachable:  # arguments come first, so no recursion is needed
            body = self._print(node)
            # A truth value cannot be the value of a parameter, so those are unfolded.
            if uses[node] > 1 and self._dag.args[node] and self._dag.ops[node] not in BOOLEAN:
                name = f"x{node}"
                while name in taken:
                    name += "_"
                self.shared.append((name, body, None if self.units is None else self.units[node]))
                body = f"<ci> {name} </ci>"
            self._printed[node] = body

    def of(self, node: Node, unit: Unit | None = None) -> str:
        """The MathML of ``node``; a literal by itself has ``unit``."""
        if unit is not None and self._dag.ops[node] is Op.CONST:
            return _number(float(self._dag.payload[node]), self.definitions.id(unit))
        return self._printed[node]

    def unit_of(self, quantity: Quantity) -> Unit | None:
        """The unit of a quantity, None where units are not written."""
        return None if self.units is None else parse(quantity.unit)

    def rate_of(self, state: Quantity) -> Unit | None:
        """The unit of a state's change."""
        return None if self.units is None else parse(state.unit) / self.units.time

    def units_attribute(self, unit: Unit | None) -> str:
        """The attribute that names ``unit``; empty where units are not written."""
        return "" if self.units is None else f' units="{self.definitions.id(unit or DIMENSIONLESS)}"'

    def _argument(self, parent: Node, position: int) -> str:
        node = self._dag.args[parent][position]
        return self.of(node, None if self.units is None else self.units.place(parent, position))

    def _print(self, node: Node) -> str:
        op, payload = self._dag.ops[node], self._dag.payload[node]
        args = [self._argument(node, position) for position in range(len(self._dag.args[node]))]
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
            f'<event id="{free(name, ids)}" name={quoteattr(event.id)} '
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
