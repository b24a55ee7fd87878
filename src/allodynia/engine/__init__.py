"""Equations and a schedule in, trajectories out. The engine knows no biology: it serves any `OdeSystem`."""

from __future__ import annotations

from allodynia.engine.actions import Action, ActionKind, Actions
from allodynia.engine.simulate import simulate
from allodynia.engine.solution import Solution
from allodynia.engine.status import Status
from allodynia.engine.tolerances import Tolerances

__all__ = ["Action", "ActionKind", "Actions", "Solution", "Status", "Tolerances", "simulate"]
