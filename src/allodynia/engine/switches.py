"""Where a right-hand side jumps: conditions and roundings that are held while a step is taken.

A step across a jump is wrong in every stage beyond it. So the integrator holds each such switch at its value: in the
equations that it steps with, a relation (a < b) is replaced by "parameter k is not 0", a rounding (floor, ceil) by
"parameter k", with one further parameter a switch. What is stepped with is smooth; where the switch itself, looked at
along the step, no longer has the value held, there is a crossing, the step ends there, and the switch is set anew.

What counts as a switch: every LT, LE, FLOOR and CEIL that the right-hand side, or a rounding that a trigger, depends
on, if its arguments change with time or with a state that moves by itself. EQ and NE of moving quantities hold for a
moment only (or differ for one) and are left as they are; in a trigger, where that moment would matter, they are
refused. MIN, MAX and ABS have kinks but no jumps, which the error control takes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from allodynia.errors import UnsupportedModel
from allodynia.model.expr import Node, Op
from allodynia.model.ode import OdeSystem, Quantity, Sparse

RELATIONS = frozenset({Op.LT, Op.LE})
ROUNDINGS = frozenset({Op.FLOOR, Op.CEIL})


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: ``node`` as the model has it, ``watched`` the same with the switches in its arguments held.

    ``parameter`` holds its value (a truth value as 1 or 0) in the equations that are stepped with.
    """

    node: Node
    watched: Node
    parameter: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """An expression linear in time: where it passes 0, or (``rounds``) where the rounding of it changes.

    ``rounds`` is the parameter that holds the rounding of ``node``, up or down as ``op`` says; None for a relation,
    whose sides differ by ``node``.
    """

    node: Node
    op: Op
    rounds: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """What decides a crossing that cannot be foretold: the sides of a relation, one less the other, where it passes 0.

    With ``rounding`` (floor or ceil) it is what is rounded, where it passes a whole number. ``of_switch``: it does not
    count while switches are let go.
    """

    node: Node
    rounding: Op | None
    of_switch: bool


@dataclass(frozen=True)
class Hybrid:
    """A system made ready to be stepped between jumps and events.

    ``system`` has the switches held, with one parameter each after the model's own; ``triggers`` are those of its
    events, switches held, and ``marks`` the relations within triggers that consist of more than one: a step ends at
    each of them, so that what holds but briefly is not stepped over. ``gaps`` are what cannot be foretold: where there
    are any, each step must be looked along.
    """

    system: OdeSystem
    own_parameters: int
    switches: tuple[Switch, ...]
    triggers: tuple[Node, ...]
    marks: tuple[Node, ...]
    forecasts: tuple[Forecast, ...]
    gaps: tuple[Gap, ...]

    @property
    def nodes(self) -> list[Node]:
        """Every expression that is evaluated on account of events and switches."""
        found = [node for event in self.system.events for node in event.nodes]
        found += [node for switch in self.switches for node in (switch.node, switch.watched)]
        found += [forecast.node for forecast in self.forecasts]
        return [*found, *self.triggers, *self.marks, *(gap.node for gap in self.gaps)]


def find_hybrid(system: OdeSystem) -> Hybrid | None:
    """What `Hybrid` says of a system; None for one without events, jumps and algebraic rows.

    Raises
    ------
    UnsupportedModel
        For an event triggered by the equality of quantities that move.
    """
    roots = list(system.rhs)
    triggers = [event.trigger for event in system.events]
    kinds = RELATIONS | ROUNDINGS
    found = [n for n in system.dag.reachable(roots) if system.dag.ops[n] in kinds]
    found += [n for n in system.dag.reachable(triggers) if system.dag.ops[n] in ROUNDINGS]
    holder = _Holder(system, sorted(set(found)))
    if not (holder.switches or system.events or any(system.algebraic)):
        return None
    own = len(system.parameters)
    jacobian = system.jacobian
    held = dataclasses.replace(
        system,
        dag=holder.dag,
        parameters=(*system.parameters, *(Quantity(f"switch {k}", "", 0.0) for k in range(len(holder.switches)))),
        rhs=tuple(holder.hold(node) for node in system.rhs),
        jacobian=Sparse(jacobian.rows, jacobian.cols, tuple(holder.hold(node) for node in jacobian.nodes)),
        time_derivative=tuple(None if node is None else holder.hold(node) for node in system.time_derivative),
    )
    watched = tuple(holder.hold(node) for node in triggers)
    for event, trigger in zip(system.events, watched, strict=True):
        if holder.holds_for_a_moment(trigger):
            raise UnsupportedModel(
                f"event {event.id!r} is triggered by an equality of quantities that move, which holds for a moment "
                "only; write >= or <= in its place",
                where=event.where,
            )
    forecasts, gaps = holder.forecasts(watched)
    return Hybrid(held, own, tuple(holder.switches), watched, holder.marks(watched), forecasts, gaps)


class _Holder:
    """A copy of a system's store in which switches are replaced by parameters."""

    def __init__(self, system: OdeSystem, candidates: Iterable[Node]) -> None:
        self.dag = system.dag.copy()
        self.switches: list[Switch] = []
        self._own = len(system.parameters)
        algebraic = system.algebraic or (False,) * len(system.states)
        self._resting = {i for i, node in enumerate(system.rhs) if self.dag.is_const(node, 0.0) and not algebraic[i]}
        self._moved: dict[Node, Node] = {}
        for node in candidates:  # in topological order: switches inside come first
            watched = self.hold(node)
            if self._moves(watched):
                parameter = self._own + len(self.switches)
                self.switches.append(Switch(node, watched, parameter))
                value = self.dag.param(parameter)
                is_rounding = self.dag.ops[node] in ROUNDINGS
                self._moved[node] = value if is_rounding else self.dag.add(Op.NE, value, self.dag.const(0.0))

    def hold(self, root: Node) -> Node:
        """``root`` with the switches found so far held; the very same node where there are none in it."""
        dag, moved = self.dag, self._moved
        for node in dag.reachable([root]):
            if node not in moved:
                args = tuple(moved[a] for a in dag.args[node])
                same = args == dag.args[node]
                moved[node] = node if same else dag.add(dag.ops[node], *args, payload=dag.payload[node])
        return moved[root]

    def _moves(self, root: Node) -> bool:
        """Whether a node changes while nothing is done to the system."""
        dag = self.dag
        return any(
            dag.ops[n] is Op.TIME or (dag.ops[n] is Op.STATE and int(dag.payload[n]) not in self._resting)
            for n in dag.reachable([root])
        )

    def holds_for_a_moment(self, trigger: Node) -> bool:
        """Whether there is an equality (or its contrary) of what moves in a trigger."""
        dag = self.dag
        return any(dag.ops[n] in {Op.EQ, Op.NE} and self._moves(n) for n in dag.reachable([trigger]))

    def marks(self, triggers: Iterable[Node]) -> tuple[Node, ...]:
        """The relations inside triggers, but for triggers that are one relation and nothing else."""
        found: set[Node] = set()
        for trigger in triggers:
            bare = self.dag.args[trigger][0] if self.dag.ops[trigger] is Op.NOT else trigger
            if self.dag.ops[bare] not in RELATIONS:
                found |= {n for n in self.dag.reachable([trigger]) if self.dag.ops[n] in RELATIONS and self._moves(n)}
        return tuple(sorted(found))

    def forecasts(self, triggers: Iterable[Node]) -> tuple[tuple[Forecast, ...], tuple[Gap, ...]]:
        """What can be foretold of the switches and of the relations in triggers, and what of them cannot."""
        dag = self.dag
        watched = {switch.watched: switch.parameter for switch in self.switches}
        relations = [n for n in dag.reachable(triggers) if dag.ops[n] in RELATIONS]
        found: list[Forecast] = []
        gaps: list[Gap] = []
        for node in [*watched, *(n for n in relations if n not in watched and self._moves(n))]:
            rounds = dag.ops[node] in ROUNDINGS
            inner = dag.args[node][0] if rounds else dag.add(Op.SUB, *dag.args[node])
            if self._degree(inner) <= 1:
                found.append(Forecast(inner, dag.ops[node], watched[node] if rounds else None))
            else:
                gaps.append(Gap(inner, dag.ops[node] if rounds else None, node in watched))
        return tuple(found), tuple(gaps)

    def _degree(self, root: Node) -> int:
        """0: constant while nothing is done, 1: linear in time, 2: anything else."""
        dag = self.dag
        degree: dict[Node, int] = {}
        for node in dag.reachable([root]):
            inner = [degree[a] for a in dag.args[node]]
            match dag.ops[node]:
                case Op.TIME:
                    degree[node] = 1
                case Op.STATE:
                    degree[node] = 0 if int(dag.payload[node]) in self._resting else 2
                case Op.ADD | Op.SUB | Op.NEG:
                    degree[node] = max(inner)
                case Op.MUL:
                    degree[node] = min(sum(inner), 2)
                case Op.DIV if inner[1] == 0:
                    degree[node] = inner[0]
                case Op.SELECT if inner[0] == 0:
                    degree[node] = max(inner[1:])
                case _:
                    degree[node] = 2 if any(inner) else 0
        return degree[root]
