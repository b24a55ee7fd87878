"""Events of one subject: which triggers have turned, what is pending, what is carried out next."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from allodynia.engine import control
from allodynia.engine.reference.equations import Vector
from allodynia.engine.status import Status
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem


@dataclass(frozen=True, slots=True)
class Pending:
    """An event to be carried out at ``time``; ``values`` if they were taken when it was triggered."""

    time: float
    event: int
    values: Vector | None


class Agenda:
    """The triggers and the pending events of one subject, in the order in which they were triggered.

    Of those due at one time the one with the highest priority goes first, priorities taken anew before each. Between
    equal priorities chance decides, as SBML has it: drawn by a counter, the number of events carried out so far, so
    that a subject's draws are always the same. Events without a priority (or with NaN) go after all others, in the
    order of being triggered, then in that of the model.
    """

    def __init__(self, system: OdeSystem) -> None:
        self.events = system.events
        self.was = np.array([event.initially for event in system.events], dtype=bool)
        self.pending: list[Pending] = []
        self.carried_out = 0
        self._capacity = 2 * len(self.events) + control.PENDING
        dag = system.dag
        self._triggers = Evaluator(dag, [event.trigger for event in self.events])
        self._delays = [_maybe(system, event.delay) for event in self.events]
        self._priorities = [_maybe(system, event.priority) for event in self.events]
        self._values = [Evaluator(dag, [node for _, node in event.assignments]) for event in self.events]

    def turn(self, t: float, y: Vector, p: Vector) -> Status:
        """Look at the triggers: those that turned true are put on the agenda, those that turned false may cancel."""
        now = self._triggers(t, y, p) != 0
        turned = np.flatnonzero(now != self.was)
        self.was = now
        for index in turned:
            event = self.events[index]
            if now[index]:
                delayed = self._delays[index]
                delay = 0.0 if delayed is None else float(delayed(t, y, p)[0])
                if not delay >= 0.0:
                    return Status.BAD_DELAY
                if len(self.pending) == self._capacity:
                    return Status.EVENT_STORM
                values = self._values[index](t, y, p) if event.values_at_trigger else None
                self.pending.append(Pending(t + delay, int(index), values))
            else:
                self.fell(int(index))
        return Status.SOLVED

    def fell(self, index: int) -> None:
        """A trigger has been false in between: an event that does not persist is cancelled."""
        if not self.events[index].persistent:
            self.pending = [one for one in self.pending if one.event != index]

    def carry_out(self, t: float, y: Vector, p: Vector) -> Vector | None:
        """The states after the next event that is due; None if none is."""
        latest = t + control.SAME_TIME * abs(t)
        due = [one for one in self.pending if one.time <= latest]
        if not due:
            return None
        priorities = [self._priority(one.event, t, y, p) for one in due]
        highest = max(priorities)
        equals = [one for one, priority in zip(due, priorities, strict=True) if priority == highest]
        chosen = equals[0 if highest == -math.inf else draw(self.carried_out) % len(equals)]
        self.carried_out += 1
        self.pending = [one for one in self.pending if one is not chosen]
        values = self._values[chosen.event](t, y, p) if chosen.values is None else chosen.values
        y = y.copy()
        for (state, _), value in zip(self.events[chosen.event].assignments, values, strict=True):
            y[state] = value
        return y

    def next_time(self) -> float:
        """When the next pending event is due; infinity if none is pending."""
        return min((one.time for one in self.pending), default=math.inf)

    def _priority(self, index: int, t: float, y: Vector, p: Vector) -> float:
        found = self._priorities[index]
        value = -math.inf if found is None else float(found(t, y, p)[0])
        return -math.inf if math.isnan(value) else value


def draw(counter: int) -> int:
    """A number of 63 bits that a counter stands for (SplitMix64: Steele, Lea, Flood, OOPSLA 2014)."""
    x = (counter + 1) * control.GOLDEN & (2**64 - 1)
    for shift, factor in control.MIXING:
        x = (x ^ (x >> shift)) * factor & (2**64 - 1)
    return (x ^ (x >> 31)) >> 1


def _maybe(system: OdeSystem, node: int | None) -> Evaluator | None:
    return None if node is None else Evaluator(system.dag, [node])
