"""Events of a model text as events of a system: what they need, and what they set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from allodynia.errors import InvalidInput, UnsupportedModel, Where
from allodynia.model.definitions import Definition, Module, Role
from allodynia.model.edges import Edge
from allodynia.model.expr import Node, Op
from allodynia.model.needs import Key, Needs, Phase
from allodynia.model.ode import Event
from allodynia.model.text import Event as EventText
from allodynia.model.text import Math, Symbol
from allodynia.model.values import Values


def event_needs(needs: Needs, module: Module, event: EventText, impulses: Sequence[Edge] = ()) -> Iterator[Key]:
    """Every key that the formulas of ``event`` need, the sizes of compartments whose species it sets, and what its
    ``impulses`` put where.
    """
    for edge in impulses:
        yield from ((Phase.NOW, name) for name in (edge.source, edge.target, edge.gain))
    where = module.text.where(event.line)
    formulas = [event.trigger, event.delay, event.priority, *(item.math for item in event.assignments)]
    for formula in formulas:
        if formula is not None:
            yield from needs.symbols(Phase.NOW, formula, module, where)
    variables = tuple(Symbol(item.variable) for item in event.assignments)
    yield from needs.symbols(Phase.NOW, variables, module, where)


def make_event(values: Values, module: Module, event: EventText, impulses: Sequence[Edge] = ()) -> Event:
    """The event, in nodes. An assignment to a species in a changing compartment sets its amount; ``impulses`` add to
    states of other modules.

    Raises InvalidInput for an assignment to what something else decides.
    """
    where = module.text.where(event.line)
    b = values.builder

    def number(formula: Math | None) -> Node | None:
        if formula is None:
            return None
        return b.as_number(values.formula(Phase.NOW, module, event.id, formula, where))

    given: dict[str, Node] = {}
    for item in event.assignments:
        node = number(item.math)
        assert node is not None  # noqa: S101 - assignments have formulas
        given[module.qualify(item.variable)] = node
    return Event(
        id=module.qualify(event.id),
        trigger=b.as_truth(values.formula(Phase.NOW, module, event.id, event.trigger, where)),
        assignments=(*_assignments(values, given, event, where), *(_impulse(values, edge) for edge in impulses)),
        delay=number(event.delay),
        priority=number(event.priority),
        persistent=event.persistent,
        initially=event.initially,
        # Two impulses of one moment add up: each is added to what the other has left.
        values_at_trigger=event.values_at_trigger and not impulses,
        where=where,
    )


def _impulse(values: Values, edge: Edge) -> tuple[int, Node]:
    b = values.builder
    target, source, gain = (values.number(Phase.NOW, name) for name in (edge.target, edge.source, edge.gain))
    return values.rows[edge.target], b.add(target, b.mul(gain, source))


def _assignments(
    values: Values, given: Mapping[str, Node], event: EventText, where: Where
) -> Iterator[tuple[int, Node]]:
    for name, node in given.items():
        d = values.definitions[name]
        if name in values.rows:
            yield values.rows[name], node
        elif d.role is Role.CONCENTRATION and d.amount in values.rows:
            yield values.rows[d.amount], _amount(values, d, node, event, where)
        else:
            message = f"event {event.id!r} sets {name!r}, which a rule decides or which is constant; let one of them go"
            raise InvalidInput(message, where=where)


def _amount(values: Values, d: Definition, concentration: Node, event: EventText, where: Where) -> Node:
    """What makes ``concentration`` in the compartment as it is just before the event.

    Source: SBML test suite, case 01779, where one event sets both.
    """
    size = values.number(Phase.NOW, d.size or "")
    later = event.delay is not None and event.values_at_trigger
    if later and any(values.dag.ops[node] in (Op.STATE, Op.TIME) for node in values.dag.reachable([size])):
        message = (
            f"event {event.id!r} sets the concentration {d.id!r} after a delay, while its compartment may change in "
            "size; set an amount (hasOnlySubstanceUnits), or useValuesFromTriggerTime='false'"
        )
        raise UnsupportedModel(message, where=where)
    return values.builder.mul(concentration, size)
