"""How much room the events of a system take."""

from __future__ import annotations

from dataclasses import dataclass

from allodynia.engine import control
from allodynia.engine.plan import Plan


@dataclass(frozen=True)
class Book:
    """The size of the agenda of a plan: how many events, values of their assignments, and pending events."""

    events: int
    values: int
    capacity: int
    most_values: int

    @classmethod
    def of(cls, plan: Plan) -> Book:
        """The size for a plan; all zero without events."""
        events = plan.system.events
        counts = [len(event.assignments) for event in events]
        kept = [len(event.assignments) for event in events if event.values_at_trigger]
        capacity = 2 * len(events) + control.PENDING if events else 0
        return cls(len(events), sum(counts), capacity, max(kept, default=0))
