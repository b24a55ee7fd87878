"""Crossings within a step: the first moment at which a trigger turns true, or a switch leaves the value held.

The step is walked along in stretches over which it is certain that nothing turns twice, so that what is seen at their
ends is all there is. What is found lies at the right end of a bracket of neighbouring doubles: there it has crossed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.engine import control
from allodynia.engine.reference.bounds import is_certain
from allodynia.engine.reference.equations import Step, Vector
from allodynia.engine.switches import Hybrid
from allodynia.engine.tableaux import Tableau
from allodynia.model.evaluate import Evaluator
from allodynia.model.expr import Op

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen along a step.

    ``time``: where the first crossing is, None if there is none; ``seen``: the triggers as last seen before it, or at
    the end; ``fell``: which of them turned false in between. ``clear``: up to where it was seen that there is none,
    if that could not be said of the whole step; else None.
    """

    time: float | None
    seen: Truths
    fell: tuple[int, ...]
    clear: float | None


class Watcher:
    """Looks along steps of one system. ``p`` holds the model's parameters and the values of the switches."""

    def __init__(self, hybrid: Hybrid, method: Tableau) -> None:
        dag = hybrid.system.dag
        self._method = method
        self._hybrid = hybrid
        self._own = hybrid.own_parameters
        self._triggers = Evaluator(dag, hybrid.triggers)
        self._marks = Evaluator(dag, hybrid.marks)
        self._watched = Evaluator(dag, [switch.watched for switch in hybrid.switches])
        self._switches = Evaluator(dag, [switch.node for switch in hybrid.switches])
        self._forecasts = hybrid.forecasts
        self._foretold = Evaluator(dag, [forecast.node for forecast in hybrid.forecasts])

    def set_switches(self, t: float, y: Vector, p: Vector) -> None:
        """Hold every switch at its value at (t, y)."""
        p[self._own :] = self._switches(t, y, p)

    def look(self, step: Step, t_new: float, p: Vector, was: Truths, live: bool) -> Sighting:
        """Look along a step that begins with triggers ``was``; switches do not count while they are ``live``."""
        if live:
            self.set_switches(step.t, step.y, p)
        seen = was
        marks = self._marks(step.t, step.y, p)
        fell: set[int] = set()
        low = step.t

        def crossed(t: float, y: Vector) -> bool:
            rises = bool((self._now(t, y, p, live) & ~seen).any())
            rises = rises or bool((self._marks(t, y, p) != marks).any())
            return rises or (not live and bool((self._watched(t, y, p) != p[self._own :]).any()))

        powers = step.powers(self._method)
        share, width = 0.0, 1.0 / control.LOOKS if live and self._hybrid.gaps else 1.0
        tried = 0
        while share < 1.0:
            if tried == control.LOOK_LIMIT:
                return Sighting(None, seen, tuple(fell), low)
            tried += 1
            if width > control.SMALLEST_STRETCH and not is_certain(self._hybrid, step, powers, share, width, p, live):
                width *= 0.5
                continue
            share += width
            t = t_new if share == 1.0 else step.t + share * step.h
            y = step.y_new if share == 1.0 else step.dense(self._method, t)
            if crossed(t, y):
                return Sighting(self._locate(step, low, t, crossed), seen, tuple(fell), None)
            now = self._now(t, y, p, live)
            fell.update(np.flatnonzero(seen & ~now).tolist())
            seen, low = now, t
            width = min(2.0 * width, 1.0 / control.LOOKS if live else 1.0, 1.0 - share)
        return Sighting(None, seen, tuple(fell), None)

    def forecast(self, t: float, y: Vector, p: Vector, boundary: float) -> float:
        """The first crossing before ``boundary`` that can be foretold, and a little more; else infinity."""
        first = math.inf
        here, there = self._foretold(t, y, p), self._foretold(boundary, y, p)
        for forecast, a, b in zip(self._forecasts, here, there, strict=True):
            aim = 0.0
            if forecast.rounds is not None:  # the next whole number, up or down
                held = p[forecast.rounds]
                above = held if forecast.op is Op.CEIL else held + 1.0
                aim = above if b > a else above - 1.0
            if (a - aim) * (b - aim) < 0.0:
                way = (boundary - t) * ((aim - a) / (b - a))
                at = t + way + control.FORECAST_BEYOND * (abs(t) + abs(way))
                first = min(first, at) if at > t else first
        return first

    def _now(self, t: float, y: Vector, p: Vector, live: bool) -> Truths:
        """Which triggers hold."""
        if live:
            self.set_switches(t, y, p)
        truth: Truths = self._triggers(t, y, p) != 0
        return truth

    def _locate(self, step: Step, low: float, high: float, crossed: Callable[[float, Vector], bool]) -> float:
        """Halve the bracket: nothing crossed at ``low``, something at ``high``."""
        while high - low > control.FINEST * step.h:
            middle = low + 0.5 * (high - low)
            if not low < middle < high:
                break
            if crossed(middle, step.dense(self._method, middle)):
                high = middle
            else:
                low = middle
        return high
