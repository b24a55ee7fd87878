"""Modules and edges to one system of equations.

Each module is a model that stands alone; an edge makes an input port of one follow a quantity of another. Everything
that could go wrong silently is refused here: a port that nothing drives, one driven twice, unlike units at the ends
of an edge, values for parameters that do not exist, parameters without a value, formulas that define each other in a
circle.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from allodynia.errors import InvalidInput, UnitMismatch, Where, unknown
from allodynia.model.assemble import assemble
from allodynia.model.define import define_all
from allodynia.model.definitions import Definition, Module, Role
from allodynia.model.edges import Edge, refuse_doubles, refuse_undriven
from allodynia.model.ode import OdeSystem
from allodynia.model.quantities import TextUnits
from allodynia.model.text import ModelText
from allodynia.model.units import DIMENSIONLESS, Unit, parse, require_same

_GIVEN = (Role.PARAMETER, Role.STATE, Role.PORT, Role.CONCENTRATION)
_CALLED = {Role.STATE: "state", Role.CONCENTRATION: "state", Role.PORT: "input port"}
_MODULE = re.compile(r"[A-Za-z_]\w*")


def compose(
    modules: Mapping[str, ModelText],
    edges: Sequence[Edge] = (),
    values: Mapping[str, float] | None = None,
    *,
    open_ports: Collection[str] = (),
    non_negative: Collection[str] | bool = (),
    name: str = "system",
) -> OdeSystem:
    """One system of the ``modules``, joined by ``edges``.

    Parameters
    ----------
    modules : model texts by the name they have in the system. Ids become ``module.id``.
    edges : each drives one input port: a parameter declared ``var`` that its module leaves alone. The port's own
        value is what it rests at when the edge is cut: port = rest + gain · (source − rest), where ``gain`` is the
        parameter ``edge.<id>``, 1 as drawn. For a rest of 0 this is gain · source, which at gain 1 has the source's
        exact bits. An edge with an event adds gain · source to a state when the event happens.
    values : the number of each constant that the texts leave open, and of each state's start, by ``module.id`` in the
        unit the module declares.
    open_ports : ports (``module.id``) left as parameters of the system, at their resting value: study inputs.
    non_negative : states (``module.id``) that are never negative; True for all. So are species whose reactions take
        nothing where nothing is left.

    Raises
    ------
    InvalidInput : an undriven or doubly driven port, an unknown name, a missing, double or non-finite value, an
        algebraic loop.
    UnitMismatch : source, target and edge are not of one unit, or modules count time in different units.
    UnsupportedModel : a construct that is not simulated.
    """
    if not modules:
        raise InvalidInput("a system needs at least one module")
    for key in modules:
        if not _MODULE.fullmatch(key) or key == "edge":
            raise InvalidInput(f"{key!r} cannot be the name of a module; use a word of letters, digits and '_'")
    built = [Module(key, text, TextUnits(text)) for key, text in modules.items()]
    time_unit = _time_unit(built)
    definitions = {definition.id: definition for module in built for definition in define_all(module)}
    _give_values(definitions, values or {}, built)
    refuse_doubles(edges)
    _open(definitions, open_ports, edges)
    ports = [(d.id, d.where) for d in definitions.values() if d.role is Role.PORT]
    for edge in edges:
        _draw(edge, definitions)
    impulses = _impulses(edges, built)
    refuse_undriven(ports, edges, open_ports)
    _mark_non_negative(definitions, non_negative)
    for edge in edges:
        gain = f"gain of edge {edge.id}: {edge.source} to {edge.target}"
        definitions[edge.gain] = Definition(
            edge.gain, "", Role.PARAMETER, DIMENSIONLESS, edge.where or Where("edges"), label=gain, value=1.0
        )
    return assemble(name, built, definitions, time_unit, impulses)


def to_ode(text: ModelText, *, name: str | None = None) -> OdeSystem:
    """The system of one model on its own: ids stay as they are, constants have the values of the text.

    Raises as :func:`compose`; a quantity without a value is refused only if something depends on it.
    """
    module = Module("", text, TextUnits(text))
    definitions = {definition.id: definition for definition in define_all(module)}
    return assemble(name or text.id or text.name, [module], definitions, _time_unit([module]))


def _give_values(definitions: dict[str, Definition], values: Mapping[str, float], modules: Sequence[Module]) -> None:
    takers = {d.id: d for d in definitions.values() if d.role in _GIVEN and d.math is None and d.of is None}
    for identifier, value in values.items():
        taker = takers.get(identifier)
        if taker is None:
            if identifier in definitions:
                raise InvalidInput(
                    f"{identifier!r} has a formula and takes no value from the tables",
                    where=definitions[identifier].where,
                )
            raise unknown("parameter", identifier, takers)
        if taker.value is not None:
            raise InvalidInput(
                f"{identifier!r} has a value in its module and one in the tables; keep one", where=taker.where
            )
        if not math.isfinite(value):
            raise InvalidInput(f"the value of {identifier!r} is {value!r}, not a finite number", where=taker.where)
        taker.value = float(value)
        taker.per_size = taker.times_size = None
    strict = {module.name for module in modules if module.text.strict}
    for taker in takers.values():
        if taker.value is None and taker.module in strict:
            what = _CALLED.get(taker.role, "constant")
            raise InvalidInput(
                f"{what} {taker.id!r} has no value, neither in its module nor in the tables", where=taker.where
            )


def _open(definitions: dict[str, Definition], open_ports: Collection[str], edges: Sequence[Edge]) -> None:
    ports = [d.id for d in definitions.values() if d.role is Role.PORT]
    driven = {edge.target: edge for edge in edges}
    for port in open_ports:
        if port not in ports:
            raise unknown("input port", port, ports)
        if port in driven:
            edge = driven[port]
            raise InvalidInput(
                f"input port {port!r} is open, but edge {edge.id!r} drives it; keep one", where=edge.where
            )
    for port in open_ports:
        definitions[port].role = Role.PARAMETER


def _draw(edge: Edge, definitions: dict[str, Definition]) -> None:
    """Join the ends of ``edge`` after comparing their units."""
    target = definitions.get(edge.target)
    if target is None:
        raise unknown(
            "input port", edge.target, [d.id for d in definitions.values() if d.role is Role.PORT], where=edge.where
        )
    if edge.event and target.role is not Role.STATE:
        raise InvalidInput(
            f"edge {edge.id!r} puts something into {edge.target!r}, which is no state; name one, or drop its event",
            where=edge.where,
        )
    if not edge.event and target.role is not Role.PORT:
        raise InvalidInput(
            f"edge {edge.id!r} ends at {edge.target!r}, which is no input port; declare it 'var' and change it nowhere",
            where=edge.where,
        )
    source = definitions.get(edge.source)
    if source is None:
        raise unknown("source", edge.source, definitions, where=edge.where)
    try:
        wanted = parse(edge.unit)
    except InvalidInput as error:
        raise InvalidInput(f"edge {edge.id!r}: {error.message}", where=edge.where) from None
    require_same(_unit_of(source, edge), wanted, f"edge {edge.id!r}, source {edge.source!r}", where=edge.where)
    require_same(_unit_of(target, edge), wanted, f"edge {edge.id!r}, target {edge.target!r}", where=edge.where)
    if not edge.event:
        target.edge = edge


def _impulses(edges: Sequence[Edge], modules: Sequence[Module]) -> dict[str, list[Edge]]:
    """The edges of each event, by its id in the system.

    Raises InvalidInput for an event that no module has or that is delayed, two edges of one event into one state, and
    a state that the event sets itself.
    """
    events = {module.qualify(event.id): (module, event) for module in modules for event in module.text.events}
    own = {
        name: {module.qualify(item.variable) for item in event.assignments} for name, (module, event) in events.items()
    }
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        if not edge.event:
            continue
        if edge.event not in own:
            raise unknown("event", edge.event, own, where=edge.where)
        if events[edge.event][1].delay is not None:
            raise InvalidInput(
                f"edge {edge.id!r}: event {edge.event!r} has a delay; put it into a state", where=edge.where
            )
        if edge.target in own[edge.event]:
            raise InvalidInput(
                f"edge {edge.id!r} goes into {edge.target!r}, which event {edge.event!r} sets already; keep one",
                where=edge.where,
            )
        own[edge.event].add(edge.target)
        found.setdefault(edge.event, []).append(edge)
    return found


def _unit_of(definition: Definition, edge: Edge) -> Unit:
    if definition.unit is None:
        raise UnitMismatch(f"edge {edge.id!r}: {definition.id!r} has no unit", where=definition.where)
    return definition.unit


def _mark_non_negative(definitions: dict[str, Definition], non_negative: Collection[str] | bool) -> None:
    states = [d.id for d in definitions.values() if d.role is Role.STATE]
    named = states if non_negative is True else () if non_negative is False else non_negative
    for identifier in named:
        if identifier not in states:
            raise unknown("state", identifier, states)
        definitions[identifier].non_negative = True


def _time_unit(modules: Sequence[Module]) -> str:
    """The one unit of time of all modules; empty where none says."""
    found: Unit | None = None
    for module in modules:
        time = module.units.time
        if time is None:
            continue
        if found is not None:
            require_same(time, found, f"the unit of time of module {module.name!r}", where=module.text.where(None))
        found = found or time
    return "" if found is None else found.text
