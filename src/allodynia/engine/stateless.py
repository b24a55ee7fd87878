"""Models without states: parameters, and rules of time."""

from __future__ import annotations

import dataclasses

from allodynia.model.ode import OdeSystem, Quantity


def with_a_state(system: OdeSystem) -> OdeSystem:
    """The system itself; one without states is given one that stays at 0, so that there is something to integrate."""
    if system.states:
        return system
    nothing = system.dag.const(0.0)
    return dataclasses.replace(
        system, states=(Quantity("", ""),), initial=(nothing,), rhs=(nothing,), time_derivative=(None,)
    )
