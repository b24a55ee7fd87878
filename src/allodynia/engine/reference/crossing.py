"""Crossings within a step: the first moment at which a trigger turns true, or a switch leaves the value held.

What is found lies at the right end of a bracket of neighbouring doubles: there it has crossed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.engine import control
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
    the end; ``fell``: which of them turned false in between.
    """

    time: float | None
    seen: Truths
    fell: tuple[int, ...]


class Watcher:
    """Looks along steps of one system. ``p`` holds the model's parameters and the values of the switches."""

    def __init__(self, hybrid: Hybrid, method: Tableau) -> None:
        dag = hybrid.system.dag
        self._method = method
        self._places = control.LOOKS if hybrid.closely else 1
        self._own = hybrid.own_parameters
        self._triggers = Evaluator(dag, hybrid.triggers)
        self._marks = Evaluator(dag, hybrid.marks)
        self._watched = Evaluator(dag, [switch.watched for switch in hybrid.switches])
        self._switches = Evaluator(dag, [switch.node for switch in hybrid.switches])
        self._forecasts = hybrid.forecasts
        self._gaps = Evaluator(dag, hybrid.gaps)
        self._foretold = Evaluator(dag, [forecast.node for forecast in hybrid.forecasts])

    def set_switches(self, t: float, y: Vector, p: Vector) -> None:
        """Hold every switch at its value at (t, y)."""
        p[self._own :] = self._switches(t, y, p)

    def look(self, step: Step, t_new: float, p: Vector, was: Truths, live: bool) -> Sighting:
        """Look along a step that begins with triggers ``was``; switches do not count while they are ``live``."""
        places = [step.t + k / self._places * step.h for k in range(1, self._places)]
        moments = [(t, step.dense(self._method, t)) for t in places] + [(t_new, step.y_new)]
        dip = self._dip(step, moments, p)
        if dip < t_new:
            moments.append((dip, step.dense(self._method, dip)))
            moments.sort(key=lambda moment: moment[0])
        seen = was
        marks = self._marks(step.t, step.y, p)
        fell: set[int] = set()
        low = step.t

        def crossed(t: float, y: Vector) -> bool:
            rises = bool((self._now(t, y, p, live) & ~seen).any())
            rises = rises or bool((self._marks(t, y, p) != marks).any())
            return rises or (not live and bool((self._watched(t, y, p) != p[self._own :]).any()))

        for t, y in moments:
            if crossed(t, y):
                return Sighting(self._locate(step, low, t, crossed), seen, tuple(fell))
            now = self._now(t, y, p, live)
            fell.update(np.flatnonzero(seen & ~now).tolist())
            seen, low = now, t
        return Sighting(None, seen, tuple(fell))

    def _dip(self, step: Step, moments: list[tuple[float, Vector]], p: Vector) -> float:
        """Where a relation may turn for less than the time between two looks; infinity for nowhere."""
        first = math.inf
        gaps = np.array([self._gaps(t, y, p) for t, y in [(step.t, step.y), *moments]])
        for k in range(1, len(gaps) - 1):
            for before, here, after in gaps[k - 1 : k + 2].T:
                slope, bend = 0.5 * (after - before), before - 2.0 * here + after
                with np.errstate(all="ignore"):
                    vertex = -slope / bend
                    value = here + 0.5 * slope * vertex
                if abs(vertex) <= control.DIP and value * here < 0.0 and before * here > 0.0 and after * here > 0.0:
                    first = min(first, step.t + (k + vertex) / self._places * step.h)
        return first

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
