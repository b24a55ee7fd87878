"""An ``OdeSystem`` as SBML Level 3 Version 1: parameters, rules and events, nothing else.

Another engine that reads this text solves the same equations. Numbers are written with ``repr``, which reads back to
the same bits; a subexpression used more than once becomes a parameter of its own with an assignment rule, so that the
text grows with the graph and not with its unfolding.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from allodynia.errors import InvalidInput, unknown
from allodynia.model.expr import BOOLEAN, Dag, Node, Op
from allodynia.model.ode import Event, OdeSystem, Quantity

_TAGS: dict[Op, str] = {
    Op.ADD: "plus", Op.SUB: "minus", Op.MUL: "times", Op.DIV: "divide", Op.NEG: "minus", Op.POW: "power",
    Op.ABS: "abs", Op.EXP: "exp", Op.LOG: "ln", Op.SQRT: "root", Op.FLOOR: "floor", Op.CEIL: "ceiling",
    Op.SIN: "sin", Op.COS: "cos", Op.TAN: "tan", Op.ASIN: "arcsin", Op.ACOS: "arccos", Op.ATAN: "arctan",
    Op.SINH: "sinh", Op.COSH: "cosh", Op.TANH: "tanh", Op.ASINH: "arcsinh", Op.ACOSH: "arccosh", Op.ATANH: "arctanh",
    Op.LT: "lt", Op.LE: "leq", Op.EQ: "eq", Op.NE: "neq", Op.AND: "and", Op.OR: "or", Op.NOT: "not",
}  # fmt: skip
_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time"> t </csymbol>'


def to_sbml(
    system: OdeSystem, values: Mapping[str, float] | None = None, *, initial: Sequence[float] | None = None
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

    Raises
    ------
    InvalidInput
        ``values`` names a parameter that the system lacks, or a parameter has no value at all.
    """
    given = dict(values or {})
    known = {parameter.id for parameter in system.parameters}
    for name in given:
        if name not in known:
            raise unknown("parameter", name, known)
    quantities = (*system.states, *system.parameters, *system.observables)
    ids = _sbml_ids([quantity.id for quantity in quantities])
    text = _Mathml(system, ids)
    rules: list[str] = []
    for quantity, node in zip(system.observables, system.observable_nodes, strict=True):
        rules.append(_rule("assignmentRule", ids[quantity.id], text.of(node)))
    algebraic = system.algebraic or (False,) * len(system.states)
    for quantity, node, is_row in zip(system.states, system.rhs, algebraic, strict=True):
        if is_row:
            rules.append(f"<algebraicRule>{_math(text.of(node))}</algebraicRule>")
        else:
            rules.append(_rule("rateRule", ids[quantity.id], text.of(node)))
    events = [_event(event, f"event{number}", system, ids, text) for number, event in enumerate(system.events, 1)]
    starts: list[str] = []
    declared = [_declare(quantity, ids, _value(quantity, given), constant=True) for quantity in system.parameters]
    for index, quantity in enumerate(system.states):
        start = None if initial is None else float(initial[index])
        declared.append(_declare(quantity, ids, start, constant=False))
        if start is None:
            math_text = _math(text.of(system.initial[index]))
            starts.append(f'<initialAssignment symbol="{ids[quantity.id]}">{math_text}</initialAssignment>')
    declared += [_declare(quantity, ids, None, constant=False) for quantity in system.observables]
    declared += [f'<parameter id="{name}" constant="false"/>' for name, _ in text.shared]
    shared = [_rule("assignmentRule", name, body) for name, body in text.shared]
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">',
            f"<model id={quoteattr(_identifier(system.name) or 'model')} name={quoteattr(system.name)}>",
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
    """Prints nodes as MathML; ``shared`` gathers (id, MathML) of the subexpressions that stand more than once."""

    def __init__(self, system: OdeSystem, ids: Mapping[str, str]) -> None:
        self._dag: Dag = system.dag
        self._states = [ids[state.id] for state in system.states]
        self._parameters = [ids[parameter.id] for parameter in system.parameters]
        self.shared: list[tuple[str, str]] = []
        changes = [node for event in system.events for node in event.nodes]
        roots = (*system.rhs, *system.observable_nodes, *system.initial, *changes)
        reachable = self._dag.reachable(roots)
        uses = Counter(roots)
        for node in reachable:
            uses.update(self._dag.args[node])
        taken = set(ids.values())
        self._printed: dict[Node, str] = {}
        for node in reachable:  # arguments come first, so no recursion is needed
            body = self._print(node)
            # A truth value cannot be the value of a parameter, so those are unfolded.
            if uses[node] > 1 and self._dag.args[node] and self._dag.ops[node] not in BOOLEAN:
                name = f"x{node}"
                while name in taken:
                    name += "_"
                self.shared.append((name, body))
                body = f"<ci> {name} </ci>"
            self._printed[node] = body

    def of(self, node: Node) -> str:
        return self._printed[node]

    def _print(self, node: Node) -> str:
        op, payload = self._dag.ops[node], self._dag.payload[node]
        args = [self._printed[argument] for argument in self._dag.args[node]]
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


def _number(value: float) -> str:
    if math.isnan(value):
        return "<notanumber/>"
    if math.isinf(value):
        return "<infinity/>" if value > 0 else "<apply><minus/><infinity/></apply>"
    return f"<cn> {value!r} </cn>"


def _piecewise(then: str, condition: str, otherwise: str) -> str:
    return f"<piecewise><piece>{then}{condition}</piece><otherwise>{otherwise}</otherwise></piecewise>"


def _math(body: str) -> str:
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{body}</math>'


def _rule(kind: str, variable: str, body: str) -> str:
    return f'<{kind} variable="{variable}">{_math(body)}</{kind}>'


def _event(event: Event, name: str, system: OdeSystem, ids: Mapping[str, str], text: _Mathml) -> str:
    said = {True: "true", False: "false"}
    optional = (("delay", event.delay), ("priority", event.priority))
    return "".join(
        (
            f'<event id="{_free(name, ids)}" name={quoteattr(event.id)} '
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


def _free(name: str, ids: Mapping[str, str]) -> str:
    taken = set(ids.values())
    while name in taken:
        name += "_"
    return name


def _value(quantity: Quantity, given: Mapping[str, float]) -> float:
    value = given.get(quantity.id, quantity.value)
    if value is None:
        raise InvalidInput(f"parameter {quantity.id!r} has no value to write", where=quantity.where)
    return float(value)


def _declare(quantity: Quantity, ids: Mapping[str, str], value: float | None, *, constant: bool) -> str:
    shown = "" if value is None else f' value="{_attribute(value)}"'
    name = quoteattr(quantity.id)
    return f'<parameter id="{ids[quantity.id]}" name={name}{shown} constant="{str(constant).lower()}"/>'


def _attribute(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value)


def _identifier(name: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name.replace(".", "__"))
    return f"_{cleaned}" if cleaned[:1].isdigit() else cleaned


def _sbml_ids(names: Sequence[str]) -> dict[str, str]:
    """An SBML identifier for every name, distinct where the names are."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        candidate = _identifier(name)
        while candidate in taken:
            candidate += "_"
        ids[name] = candidate
        taken.add(candidate)
    return ids
