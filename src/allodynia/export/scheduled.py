"""A system with what is done to its subjects written into it, as events that any SBML engine carries out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allodynia.model.expr import Dag, Node, Op
from allodynia.model.ode import Event, OdeSystem, Quantity, complete
from allodynia.study.plan import Plan
from allodynia.study.regimen import Act

NOW = ".now"
"""Ends the id of the state that a parameter becomes which doses or changes move; the parameter is its start."""

AFTER = 1e-9
"""The moment, as a share of the time (at least of one unit of it): a ten-thousandth of a second of a day."""

_ON_PARAMETER = ("SET_PARAMETER", "ADD_PARAMETER")


@dataclass(frozen=True)
class Scheduled:
    """A system whose events carry out the acts of several arms.

    ``values`` gives, by arm, the parameters that make the events this arm's: an amount for each dose, and for each
    change its value and whether it is made. ``untreated`` are the same parameters when nothing is done.
    """

    ode: OdeSystem
    values: Mapping[str, Mapping[str, float]]
    untreated: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Slot:
    """One thing that some arm does: the ``number``-th of its kind on its target at its time."""

    time: float
    kind: str
    target: int
    per: int
    number: int


def of_plan(ode: OdeSystem, plan: Plan) -> Scheduled:
    """``ode`` with what a study does to the subjects of each of its arms."""
    return scheduled(ode, {arm.name: arm.acts for arm in plan.arms})


def scheduled(ode: OdeSystem, arms: Mapping[str, Sequence[Act]]) -> Scheduled:
    """``ode`` with the acts of every arm as events.

    A dose and a change happen a moment (``AFTER``) after their time, so that every engine takes a sample at that very
    time before them, as ours does.
    """
    doings = {name: _slots(acts) for name, acts in arms.items()}
    # Acts at one time keep the order in which the arms that have them give them.
    slots = sorted(dict.fromkeys(slot for doing in doings.values() for slot in doing), key=lambda slot: slot.time)
    if not slots:
        return Scheduled(ode, {name: {} for name in arms}, {})
    moved = sorted({slot.target for slot in slots if slot.kind in _ON_PARAMETER})
    writer = _Writer(ode, moved)
    names = {slot: writer.slot(slot, number) for number, slot in enumerate(slots, start=1)}
    untreated = {parameter: 0.0 for pair in names.values() for parameter in pair if parameter}
    values = {}
    for arm, doing in doings.items():
        values[arm] = dict(untreated)
        for slot, value in doing.items():
            amount, made = names[slot]
            values[arm][amount] = value
            if made:
                values[arm][made] = 1.0
    return Scheduled(writer.system(), values, untreated)


def _slots(acts: Sequence[Act]) -> dict[_Slot, float]:
    found: dict[_Slot, float] = {}
    for act in acts:
        number = 0
        while (slot := _Slot(act.time, act.kind, act.target, act.per, number)) in found:
            number += 1
        found[slot] = act.value
    return found


class _Writer:
    """Rebuilds a system with some of its parameters as states, and gathers events, one a moment."""

    def __init__(self, ode: OdeSystem, moved: Sequence[int]) -> None:
        self.ode = ode
        self.rows = {column: len(ode.states) + number for number, column in enumerate(moved)}
        self.dag = Dag()
        self.parameters = list(ode.parameters)
        self.now: dict[float, dict[int, Node]] = {}
        held = [
            Quantity(
                f"{ode.parameters[column].id}{NOW}", ode.parameters[column].unit, label=ode.parameters[column].label
            )
            for column in moved
        ]
        self.states = [*ode.states, *held]
        self.initial = [*self._copied(ode.initial, {}), *(self.dag.param(column) for column in moved)]
        self.rhs = [*self._copied(ode.rhs, self.rows), *(self.dag.const(0.0) for _ in moved)]
        self.observables = self._copied(ode.observable_nodes, self.rows)

    def slot(self, slot: _Slot, number: int) -> tuple[str, str]:
        """Writes the event of ``slot``; the parameters that hold its value and whether it happens ("" for a dose)."""
        row = self.rows[slot.target] if slot.kind in _ON_PARAMETER else slot.target
        unit = self.states[row].unit
        target = self.states[row].id.removesuffix(NOW)
        moment = self.now.setdefault(slot.time, {})
        before = moment.get(row, self.dag.state(row))
        if slot.kind.startswith("ADD"):
            name, made = f"dose.{number}", ""
            amount = self._parameter(name, unit if slot.per < 0 else self._over(unit, slot.per), f"given into {target}")
            if slot.per >= 0:
                amount = self.dag.add(Op.MUL, amount, self.dag.param(slot.per))
            moment[row] = self.dag.add(Op.ADD, before, amount)
        else:
            name, made = f"change.{number}", f"change.{number}.made"
            value = self._parameter(name, unit, f"set for {target}")
            share = self._parameter(made, "dimensionless", f"1 if {name} is made, 0 if not")
            moment[row] = self.dag.add(Op.ADD, before, self.dag.add(Op.MUL, share, self.dag.add(Op.SUB, value, before)))
        return name, made

    def system(self) -> OdeSystem:
        """The system with its events."""
        events = [
            Event(
                id=f"at {time!r} {self.ode.time_unit}",
                trigger=self.dag.add(Op.LE, self.dag.const(time + AFTER * max(1.0, time)), self.dag.time()),
                assignments=tuple(sorted(changes.items())),
                initially=False,
            )
            for time, changes in sorted(self.now.items())
        ]
        return complete(
            self.ode.name,
            self.dag,
            states=self.states,
            parameters=self.parameters,
            initial=self.initial,
            rhs=self.rhs,
            observables=self.ode.observables,
            observable_nodes=self.observables,
            time_unit=self.ode.time_unit,
            events=events,
            algebraic=(*self.ode.algebraic, *(False for _ in self.rows)) if self.ode.algebraic else (),
        )

    def _parameter(self, name: str, unit: str, label: str) -> Node:
        self.parameters.append(Quantity(name, unit, 0.0, label))
        return self.dag.param(len(self.parameters) - 1)

    def _over(self, unit: str, column: int) -> str:
        return f"({unit})/({self.ode.parameters[column].unit})"

    def _copied(self, roots: Sequence[Node], rows: Mapping[int, int]) -> list[Node]:
        """``roots`` in the new store, with the parameters in ``rows`` as states."""
        old, new = self.ode.dag, {}
        for node in old.reachable(roots):
            op, payload = old.ops[node], old.payload[node]
            if op is Op.PARAM and int(payload) in rows:
                new[node] = self.dag.state(rows[int(payload)])
            else:
                new[node] = self.dag.add(op, *(new[argument] for argument in old.args[node]), payload=payload)
        return [new[root] for root in roots]
