"""The one thing that the text of a model becomes: a system of ordinary differential equations.

``OdeSystem`` is where ``model/`` ends and ``engine/`` begins. It is immutable, knows no file format, and holds
everything a solver needs: states, parameters, right-hand side, exact sparse derivatives.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from allodynia.errors import Where, unknown
from allodynia.model.differentiate import Gradient, gradients
from allodynia.model.expr import Dag, Node, Op


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named number of the model: a state, a parameter or an observable.

    ``id`` is unique in the system; a composed system writes ``module.name``. ``unit`` is the text a person reads
    ("mg/mL"). ``value`` is the nominal value of a parameter (None for states and observables, whose values are
    expressions).
    """

    id: str
    unit: str
    value: float | None = None
    label: str = ""
    where: Where | None = None
    non_negative: bool = False


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse matrix of expressions in coordinate form, sorted by row, then column; entries not listed are zero."""

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What happens at the moment a condition turns from false to true.

    ``assignments`` are pairs of a state's row and its new value; all values are taken before any is set. Without
    ``delay`` (in ``time_unit``, evaluated when the trigger turns true) they are carried out at that moment. Of events
    due at one time the one with the highest ``priority`` goes first; None: no priority. An event that is not
    ``persistent`` is cancelled when its trigger turns false before it is carried out. ``initially`` is the value of
    the trigger just before the start: False lets the event fire at the start. ``values_at_trigger``: new values are
    those at the moment of the trigger, not of carrying out (SBML useValuesFromTriggerTime).
    """

    id: str
    trigger: Node
    assignments: tuple[tuple[int, Node], ...]
    delay: Node | None = None
    priority: Node | None = None
    persistent: bool = True
    initially: bool = True
    values_at_trigger: bool = True
    where: Where | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every expression of the event: trigger, new values, delay, priority (the last two where there are any)."""
        values = (node for _, node in self.assignments)
        return (self.trigger, *values, *(node for node in (self.delay, self.priority) if node is not None))


@dataclass(frozen=True)
class OdeSystem:
    """dy/dt = f(t, y, p), with everything a solver wants to know about it.

    ``rhs[i]`` is the node of dy_i/dt; ``initial[i]`` that of y_i(0), an expression of parameters (and time 0) only.
    ``observables`` name further nodes that may be sampled (functions of t, y, p), as may states and parameters.
    ``jacobian`` is the exact sparse df/dy; ``time_derivative[i]`` the node of the partial df_i/dt at fixed y, or None
    where it is identically zero. Time is in ``time_unit``.

    ``algebraic`` is empty, or says for each row whether it is 0 = rhs[i](t, y, p) instead: a zero row of the mass
    matrix, whose state follows the others (index 1). ``initial`` of such a state is a guess, from which a consistent
    start is solved for. What ``events`` change are states.
    """

    name: str
    dag: Dag
    states: tuple[Quantity, ...]
    parameters: tuple[Quantity, ...]
    observables: tuple[Quantity, ...]
    initial: tuple[Node, ...]
    rhs: tuple[Node, ...]
    observable_nodes: tuple[Node, ...]
    jacobian: Sparse
    time_derivative: tuple[Node | None, ...]
    time_unit: str = "d"
    notes: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    algebraic: tuple[bool, ...] = ()

    def parameter_index(self, identifier: str) -> int:
        """The row of a parameter in the ``p`` of this system; an unknown id raises, with the nearest names."""
        return _index("parameter", identifier, self.parameters)

    def state_index(self, identifier: str) -> int:
        """The row of a state in the ``y`` of this system; an unknown id raises, with the nearest names."""
        return _index("state", identifier, self.states)

    def find(self, identifier: str) -> tuple[Node, Quantity]:
        """The node and the description of a state, parameter or observable, looked up in this order.

        The node of a state or parameter that nothing depends on is made on the way; the store only grows.
        """
        for index, quantity in enumerate(self.states):
            if quantity.id == identifier:
                return self.dag.state(index), quantity
        for index, quantity in enumerate(self.parameters):
            if quantity.id == identifier:
                return self.dag.param(index), quantity
        for node, quantity in zip(self.observable_nodes, self.observables, strict=True):
            if quantity.id == identifier:
                return node, quantity
        known = [quantity.id for group in (self.states, self.parameters, self.observables) for quantity in group]
        raise unknown("state, parameter or observable", identifier, known)


@dataclass(frozen=True, slots=True)
class ParameterDerivative:
    """How a system moves with some of its parameters.

    ``dag`` holds every node of the system under its own number, and the derivatives after them. Columns of ``rhs``,
    ``initial`` and ``observables`` (rows: states, states, observables) are positions in ``ids``.
    """

    dag: Dag
    ids: tuple[str, ...]
    rhs: Sparse
    initial: Sparse
    observables: Sparse


def _index(kind: str, identifier: str, quantities: Sequence[Quantity]) -> int:
    for index, quantity in enumerate(quantities):
        if quantity.id == identifier:
            return index
    raise unknown(kind, identifier, [quantity.id for quantity in quantities])


def _sparse(rows: Sequence[Gradient], columns: Mapping[Node, int]) -> Sparse:
    entries = sorted((row, columns[v], node) for row, gradient in enumerate(rows) for v, node in gradient.items())
    return Sparse(*(tuple(part) for part in zip(*entries, strict=True))) if entries else Sparse((), (), ())


def _compact(dag: Dag, roots: Sequence[Node]) -> tuple[Dag, dict[Node, Node]]:
    """A store of only what ``roots`` need, and where each node went; order, and so topology, is kept."""
    small = Dag()
    moved: dict[Node, Node] = {}
    for node in dag.reachable(roots):
        moved[node] = small.add(dag.ops[node], *(moved[a] for a in dag.args[node]), payload=dag.payload[node])
    return small, moved


def complete(
    name: str,
    dag: Dag,
    *,
    states: Sequence[Quantity],
    parameters: Sequence[Quantity],
    initial: Sequence[Node],
    rhs: Sequence[Node],
    observables: Sequence[Quantity] = (),
    observable_nodes: Sequence[Node] = (),
    time_unit: str = "d",
    notes: Mapping[str, str] | None = None,
    events: Sequence[Event] = (),
    algebraic: Sequence[bool] = (),
) -> OdeSystem:
    """The system with its exact sparse Jacobian and partial time derivative.

    ``STATE i`` in ``dag`` is the i-th of ``states``, ``PARAM i`` the i-th of ``parameters``. The system gets a store
    of its own that holds only what it needs, so that equal systems have equal stores; ``dag`` is left as it was but
    for appended derivative nodes.
    """
    if not len(states) == len(initial) == len(rhs) or len(observables) != len(observable_nodes):
        raise ValueError("one initial value and one right-hand side a state, one node an observable")
    if algebraic and len(algebraic) != len(states):
        raise ValueError("whether a row is algebraic is said for every state or for none")
    time = dag.time()
    columns = {dag.state(index): index for index in range(len(states))}
    rows = gradients(dag, rhs, [*columns, time])
    by_time = [row.pop(time, None) for row in rows]
    jacobian = _sparse(rows, columns)
    known = [node for node in by_time if node is not None]
    changes = [node for event in events for node in event.nodes]
    small, moved = _compact(dag, [*initial, *rhs, *observable_nodes, *jacobian.nodes, *known, *changes])
    return OdeSystem(
        name=name,
        dag=small,
        states=tuple(states),
        parameters=tuple(parameters),
        observables=tuple(observables),
        initial=tuple(moved[node] for node in initial),
        rhs=tuple(moved[node] for node in rhs),
        observable_nodes=tuple(moved[node] for node in observable_nodes),
        jacobian=Sparse(jacobian.rows, jacobian.cols, tuple(moved[node] for node in jacobian.nodes)),
        time_derivative=tuple(None if node is None else moved[node] for node in by_time),
        time_unit=time_unit,
        notes=dict(notes or {}),
        events=tuple(_moved(event, moved) for event in events),
        algebraic=tuple(algebraic) if any(algebraic) else (),
    )


def _moved(event: Event, moved: Mapping[Node, Node]) -> Event:
    return replace(
        event,
        trigger=moved[event.trigger],
        assignments=tuple((row, moved[node]) for row, node in event.assignments),
        delay=None if event.delay is None else moved[event.delay],
        priority=None if event.priority is None else moved[event.priority],
    )


def parameter_derivative(system: OdeSystem, ids: Sequence[str]) -> ParameterDerivative:
    """The exact sparse derivatives of right-hand side, initial values and observables by the parameters ``ids``."""
    dag = system.dag.copy()
    columns = {dag.param(system.parameter_index(identifier)): column for column, identifier in enumerate(ids)}
    groups = (system.rhs, system.initial, system.observable_nodes)
    found = gradients(dag, [node for group in groups for node in group], columns)
    parts: list[Sparse] = []
    for group in groups:
        parts.append(_sparse(found[: len(group)], columns))
        found = found[len(group) :]
    return ParameterDerivative(dag, tuple(ids), *parts)


def system_digest(system: OdeSystem) -> str:
    """SHA-256 of what the system computes: every node, what it is for, and every id. Nominal values do not enter."""
    digest = hashlib.sha256()

    def feed(part: str | bytes) -> None:
        data = part.encode() if isinstance(part, str) else part
        digest.update(struct.pack("<q", len(data)) + data)

    roots = [*system.initial, *system.rhs, *system.observable_nodes, *system.jacobian.nodes]
    roots += [node for node in system.time_derivative if node is not None]
    roots += [node for event in system.events for node in event.nodes]
    dag, moved = _compact(system.dag, roots)
    for op, args, payload in zip(dag.ops, dag.args, dag.payload, strict=True):
        value = struct.pack("<d", payload) if op is Op.CONST else struct.pack("<q", int(payload))
        feed(struct.pack(f"<{1 + len(args)}q", op, *args) + value)
    for nodes in (system.initial, system.rhs, system.observable_nodes, system.jacobian.nodes):
        feed(struct.pack(f"<{len(nodes)}q", *(moved[node] for node in nodes)))
    for positions in (system.jacobian.rows, system.jacobian.cols):
        feed(struct.pack(f"<{len(positions)}q", *positions))
    feed(repr([None if node is None else moved[node] for node in system.time_derivative]))
    for quantities in (system.states, system.parameters, system.observables):
        feed(struct.pack("<q", len(quantities)))
        for quantity in quantities:
            feed(quantity.id)
            feed(quantity.unit)
            feed(str(quantity.non_negative))
    feed(system.time_unit)
    for event in system.events:
        changed = _moved(event, moved)
        feed(event.id)
        feed(repr((changed.trigger, changed.assignments, changed.delay, changed.priority)))
        feed(repr((event.persistent, event.initially, event.values_at_trigger)))
    if system.algebraic:
        feed(repr(system.algebraic))
    return digest.hexdigest()


def values_digest(system: OdeSystem) -> str:
    """SHA-256 of the nominal values of the parameters, in order, by their bits."""
    values = [float("nan") if quantity.value is None else quantity.value for quantity in system.parameters]
    return hashlib.sha256(struct.pack(f"<{len(values)}d", *values)).hexdigest()
