"""One subject from start to end: steps, samples, actions, events, jumps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from allodynia.engine import control
from allodynia.engine.actions import Action, ActionKind
from allodynia.engine.reference.agenda import Agenda
from allodynia.engine.reference.consistent import consistent
from allodynia.engine.reference.crossing import Watcher
from allodynia.engine.reference.equations import Equations, Step, Vector, rosenbrock_step
from allodynia.engine.stateless import with_a_state
from allodynia.engine.status import Status
from allodynia.engine.switches import Hybrid, find_hybrid
from allodynia.engine.tableaux import tableau
from allodynia.engine.tolerances import Tolerances
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem


@dataclass(frozen=True)
class Trajectory:
    """One subject: like a row of `Solution`."""

    values: Vector
    status: Status
    failed_at: float
    steps: int
    rejected: int
    final: Vector


def integrate(
    system: OdeSystem,
    parameters: ArrayLike,
    times: Sequence[float],
    outputs: Sequence[str],
    *,
    start: float = 0.0,
    actions: Sequence[Action] = (),
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    method: str = "Rodas5P",
    max_steps: int = 100_000,
) -> Trajectory:
    """Integrate one subject; arguments as in `allodynia.engine.simulate`."""
    return _Integration(system, parameters, times, outputs, start, actions, rtol, atol, method, max_steps).run()


class _Failed(Exception):
    def __init__(self, status: Status) -> None:
        self.status = status


class _Integration:
    def __init__(
        self,
        system: OdeSystem,
        parameters: ArrayLike,
        times: Sequence[float],
        outputs: Sequence[str],
        start: float,
        actions: Sequence[Action],
        rtol: float,
        atol: ArrayLike,
        method: str,
        max_steps: int,
    ) -> None:
        system = with_a_state(system)
        hybrid = find_hybrid(system)
        self.plain = hybrid is None
        if hybrid is None:
            hybrid = Hybrid(system, len(system.parameters), (), (), (), (), ())
        self.switches = len(hybrid.switches)
        self.held, self.free = Equations(hybrid.system), Equations(system)
        self.method = tableau(method)
        self.p = np.concatenate([np.array(parameters, dtype=np.float64), np.zeros(self.switches)])
        self.times = list(times)
        self.start = start
        self.actions = list(actions)
        self.rtol, self.atol = rtol, Tolerances(rtol, atol).vector(len(system.states))
        nothing_below = np.array([q.non_negative for q in system.states])
        self.low = np.where(nothing_below, -control.UNDERSHOOT_IN_ATOL * self.atol, -np.inf)
        self.max_steps = max_steps
        self.sampler = Evaluator(system.dag, [system.find(name)[0] for name in outputs])
        self.values = np.full((len(self.times), len(outputs)), np.nan)
        self.t = start
        self.y = self.held.initial(start, np.zeros(self.held.n), self.p)
        self.sampled = self.steps = self.rejected = 0
        self.old_error = 0.0
        self.shy = False
        self.guess = self.lead = 1.0
        self.setting_out = False
        self.clear: float | None = None
        # events and jumps
        self.agenda = Agenda(system)
        self.watcher = Watcher(hybrid, self.method)
        self.boundary = self.foretold = self.aim = math.inf
        self.live = self.live_for_a_step = False
        self.crowd, self.last_crossing = 0, -math.inf

    def run(self) -> Trajectory:
        if not np.isfinite(self.y).all():
            return self._end(Status.BAD_START)
        try:
            self._occur()
            while self.t < self.times[-1]:
                if self._act():
                    self.live, self.crowd = False, 0
                    self._occur()
                self._resume()
                self._move()
                self._occur()
        except _Failed as failure:
            return self._end(failure.status)
        return self._end(Status.SOLVED)

    # at an instant ----------------------------------------------------------------------------------------------------
    def _occur(self) -> None:
        """All that happens at the present time: events, one after the other, then the samples due."""
        carried_out = 0
        while True:
            self._be_consistent()
            status = self.agenda.turn(self.t, self.y, self.p)
            if status is not Status.SOLVED:
                raise _Failed(status)
            changed = self.agenda.carry_out(self.t, self.y, self.p)
            if changed is None:
                break
            carried_out += 1
            if carried_out > control.STORM:
                raise _Failed(Status.EVENT_STORM)
            self.y, self.live, self.crowd = changed, False, 0
        while self.sampled < len(self.times) and self.times[self.sampled] <= self.t:
            self._sample(self.t, self.y)

    def _be_consistent(self) -> None:
        self.watcher.set_switches(self.t, self.y, self.p)
        found = consistent(self.held, self.t, self.y, self.p, self.rtol, self.atol)
        if found is None:
            raise _Failed(Status.NO_CONSISTENT_START)
        self.y = found
        self.watcher.set_switches(self.t, self.y, self.p)

    def _act(self) -> bool:
        """Apply the actions due; whether there were any."""
        acted = False
        while self.actions and self.actions[0].time <= self.t:
            action = self.actions.pop(0)
            on_state = action.kind in {ActionKind.ADD_STATE, ActionKind.SET_STATE}
            adds = action.kind in {ActionKind.ADD_STATE, ActionKind.ADD_PARAMETER}
            vector = self.y = self.y.copy() if on_state else self.y
            vector = vector if on_state else self.p
            vector[action.target] = (vector[action.target] if adds else 0.0) + action.value
            acted = True
        return acted

    def _resume(self) -> None:
        """Set out again: how far, and with which first step."""
        after = self.actions[0].time if self.actions else math.inf
        self.boundary = min(self.times[-1], after, self.agenda.next_time())
        self.foretold = self.watcher.forecast(self.t, self.y, self.p, self.boundary)
        self.aim = math.inf
        self.guess = self._first_step(self.boundary - self.t)
        self.h = min(self.guess * self.lead, self.boundary - self.t)
        self.old_error, self.shy, self.setting_out = 0.0, False, True

    # between instants -------------------------------------------------------------------------------------------------
    def _move(self) -> None:
        """Step until something happens: the boundary, an event, a jump."""
        here = False
        while not here:
            goal = min(self.boundary, self.aim, self.foretold if self.foretold > self.t else math.inf)
            left = goal - self.t
            reaches = self.h >= left * control.REACH
            size = left if reaches else min(self.h, 0.5 * left)
            t_new = goal if reaches else self.t + size
            live = self.live or self.live_for_a_step
            tried = rosenbrock_step(self.free if live else self.held, self.method, self.t, self.y, self.p, size)
            here = self._judge(tried, t_new, live)

    def _judge(self, tried: Step, t_new: float, live: bool) -> bool:
        """Accept or reject a step and choose the next; whether the end of this one is an instant."""
        order = self.method.order
        with np.errstate(all="ignore"):
            scale = self.rtol * np.maximum(np.abs(tried.y_new), np.abs(self.y)) + self.atol
            norm = self._norm(tried.error, scale)
        finite = bool((np.abs(tried.y_new) < control.LARGEST).all()) and math.isfinite(norm)
        under = finite and bool((tried.y_new < self.low).any())
        t_old, self.clear = self.t, None
        size = math.log(max(norm, control.SMALLEST_ERROR)) if finite else 0.0
        here = False
        if finite and not under and norm <= 1.0:
            self.steps += 1
            grow = math.exp(-control.PROPORTIONAL / order * size + control.INTEGRAL / order * self.old_error)
            grow = min(max(control.SAFETY * grow, control.SHRINK), control.GROW)
            factor = min(grow, 1.0) if self.shy else grow
            self.old_error, self.shy = size, False
            if self.setting_out:
                self.lead = min(max(tried.h * factor / self.guess, control.LEAST_LEAD), control.MOST_LEAD)
                self.setting_out = False
            here = self._accept(tried, t_new, live)
        else:
            self.rejected += 1
            self.shy = True
            factor = min(max(control.SAFETY * math.exp(-size / order), control.SHRINK), 1.0)
            factor = control.UNDERSHOOT_SHRINK if under else factor
            factor = factor if finite else control.NOT_FINITE_SHRINK
            self.live_for_a_step = self.live_for_a_step or (self.switches > 0 and not finite)
            if factor * tried.h < self._smallest_step(t_old):
                reason = Status.UNDERSHOOT if under else Status.STEP_TOO_SMALL
                raise _Failed(reason if finite else Status.NOT_FINITE)
        self.h = tried.h * factor if self.clear is None else control.SHORTENED * (self.clear - t_old)
        if self.clear is not None and self.h < self._smallest_step(t_old):
            raise _Failed(Status.UNRESOLVED)
        if self.steps + self.rejected >= self.max_steps and self.t != self.boundary:
            raise _Failed(Status.STEP_LIMIT)
        return here

    def _accept(self, tried: Step, t_new: float, live: bool) -> bool:
        """Go on to the end of a step, or to the first crossing in it, or not at all if it is to be taken anew."""
        sighting = self.watcher.look(tried, t_new, self.p, self.agenda.was, live)
        end, y = t_new, tried.y_new
        self.clear = sighting.clear
        if sighting.clear is not None:
            self.steps -= 1
            self.rejected += 1
            return False
        if sighting.time is not None:
            share = (sighting.time - tried.t) / tried.h
            if self.aim == math.inf and control.NEAR_END < share < 1.0 - control.NEAR_END:
                self.aim = min(sighting.time + control.BEYOND * (sighting.time - tried.t), t_new)
                self.steps -= 1
                self.rejected += 1
                return False
            if sighting.time < t_new:
                end, y = sighting.time, tried.dense(self.method, sighting.time)
            self._count_crossing(end)
        here = sighting.time is not None or end == self.boundary or self.live_for_a_step
        self.agenda.was = sighting.seen
        for index in sighting.fell:
            self.agenda.fell(index)
        exact = end if self.plain or not here else end - control.SAME_TIME * (abs(end) + tried.h)
        while self.sampled < len(self.times) and self.times[self.sampled] <= exact:
            self._sample(self.times[self.sampled], tried.dense(self.method, self.times[self.sampled]))
        self.t, self.y, self.aim, self.live_for_a_step = end, y, math.inf, False
        return here

    def _count_crossing(self, t: float) -> None:
        """Crossings that crowd together are sliding along a switch: it is let go."""
        span = self.times[-1] - self.start
        near = t - self.last_crossing <= control.CROWDED * max(abs(t), control.TIME_SCALE * span)
        self.crowd = self.crowd + 1 if near else 0
        self.last_crossing = t
        self.live = self.live or self.crowd > control.CROWD + self.switches

    def _smallest_step(self, t: float) -> float:
        return control.SMALLEST_STEP * max(abs(t), control.TIME_SCALE * (self.times[-1] - self.start))

    # small things -----------------------------------------------------------------------------------------------------
    def _norm(self, x: Vector, scale: Vector) -> float:
        with np.errstate(all="ignore"):
            return math.sqrt(float(np.mean((x / scale) ** 2)))

    def _first_step(self, left: float) -> float:
        """Source: Hairer, Norsett, Wanner, Solving ODE I, 1993, II.4."""
        scale = self.rtol * np.abs(self.y) + self.atol
        slope = self.held.motion(self.t, self.y, self.p)
        d0, d1 = self._norm(self.y, scale), self._norm(slope, scale)
        fallback = control.FALLBACK_START * left
        first = control.START_FRACTION * (d0 / d1) if d0 > control.FLAT and d1 > control.FLAT else fallback
        first = min(first, left) if first > 0 else fallback
        further = self.held.motion(self.t + first, self.y + first * slope, self.p)
        with np.errstate(all="ignore"):
            d2 = self._norm(further - slope, scale) / first
        steepest = d2 if d2 > d1 else d1
        if steepest > 1e-15:
            aim = math.exp((math.log(control.START_ERROR) - math.log(steepest)) / self.method.order)
        else:
            aim = max(fallback, 1e-3 * first)
        chosen = min((control.START_FURTHEST if self.plain else control.START_NEAR) * first, aim)
        return min(chosen, left) if chosen > 0 else fallback

    def _sample(self, t: float, y: Vector) -> None:
        self.values[self.sampled] = self.sampler(t, y, self.p)
        self.sampled += 1

    def _end(self, status: Status) -> Trajectory:
        solved = status is Status.SOLVED
        final = self.y if solved else np.full(self.held.n, np.nan)
        return Trajectory(self.values, status, math.nan if solved else self.t, self.steps, self.rejected, final)
