"""Definitions to an :class:`~allodynia.model.ode.OdeSystem`: order, formulas to nodes, what reactions add up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from allodynia.errors import InvalidInput
from allodynia.model.definitions import Definition, Module, Role
from allodynia.model.edges import Edge
from allodynia.model.expr import Node
from allodynia.model.happenings import event_needs, make_event
from allodynia.model.needs import Key, Needs, Phase
from allodynia.model.ode import OdeSystem, Quantity, complete
from allodynia.model.order import ordered
from allodynia.model.positivity import never_negative
from allodynia.model.values import Values

_SAMPLED_AS_THEY_ARE = (Role.PARAMETER, Role.STATE, Role.ALGEBRAIC)


def assemble(
    name: str,
    modules: Sequence[Module],
    definitions: Mapping[str, Definition],
    time_unit: str,
    impulses: Mapping[str, Sequence[Edge]] | None = None,
) -> OdeSystem:
    """The system of ``definitions``, by id in the system; formulas and events are those of ``modules``, and
    ``impulses`` what each event (by its id in the system) puts into states of other modules.

    Raises InvalidInput for a name that is nothing, a value that is missing, formulas that define each other in a
    circle; UnsupportedModel for what cannot be simulated.
    """
    needs = Needs(modules, definitions)
    integrated = [d for d in definitions.values() if d.role is Role.STATE]
    algebraic = [d for d in definitions.values() if d.role is Role.ALGEBRAIC]
    states = [d for d in definitions.values() if d.role in (Role.STATE, Role.ALGEBRAIC)]
    parameters = [d for d in definitions.values() if d.role is Role.PARAMETER]
    observed = [d for d in definitions.values() if d.role not in _SAMPLED_AS_THEY_ARE]
    observed = [d for d in observed if d.role is not Role.FLUX or d.math is not None]
    given = impulses or {}
    happenings = [
        (module, event, given.get(module.qualify(event.id), ()))
        for module in modules
        for event in module.text.events
        if event.assignments or module.qualify(event.id) in given
    ]

    def roots() -> Iterable[Key]:
        yield from ((Phase.START, d.id) for d in states)
        yield from ((Phase.NOW, d.id) for d in observed)
        yield from ((Phase.RATE, d.id) for d in integrated)
        for d in algebraic:
            yield from needs.of_residual(Phase.NOW, d)
        for module, event, edges in happenings:
            yield from event_needs(needs, module, event, edges)

    def circle(trip: list[Key]) -> InvalidInput:
        names = [f"rate of {name}" if phase.is_rate else name for phase, name in trip]
        shown = " -> ".join(names if len(names) <= 12 else [*names[:6], "...", *names[-5:]])
        message = f"algebraic loop: {shown} (each needs the next); put a state between"
        return InvalidInput(message, where=definitions[trip[-1][1]].where)

    values = Values(modules, definitions, states, parameters)
    for key in ordered(roots(), needs.of, circle):
        values.work_out(key)
    initial = [values.number(Phase.START, d.id) for d in states]
    rhs = [_right_hand_side(values, d) for d in states]
    events = [make_event(values, module, event, edges) for module, event, edges in happenings]
    lasting = never_negative(
        values.dag,
        [row for row, d in enumerate(states) if d.pool and d.role is Role.STATE],
        initial=initial,
        rhs=rhs,
        assigned=[pair for event in events for pair in event.assignments],
        parameters=[d.value for d in parameters],
        surely=[row for row, d in enumerate(states) if d.non_negative],
    )
    return complete(
        name,
        values.dag,
        states=[_quantity(d, non_negative=d.non_negative or row in lasting) for row, d in enumerate(states)],
        parameters=[_quantity(d) for d in parameters],
        initial=initial,
        rhs=rhs,
        observables=[_quantity(d) for d in observed],
        observable_nodes=[values.number(Phase.NOW, d.id) for d in observed],
        time_unit=time_unit,
        events=events,
        algebraic=[d.role is Role.ALGEBRAIC for d in states] if algebraic else (),
    )


def _right_hand_side(values: Values, d: Definition) -> Node:
    return values.residual(d) if d.role is Role.ALGEBRAIC else values.number(Phase.RATE, d.id)


def _quantity(d: Definition, *, non_negative: bool = False) -> Quantity:
    value = None if d.role is not Role.PARAMETER else math.nan if d.value is None else d.value
    return Quantity(d.id, "" if d.unit is None else d.unit.text, value, d.label, d.where, non_negative)
