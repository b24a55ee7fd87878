"""Who enters a trial: candidates are looked at in order, by readings that vary, until enough are in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput
from allodynia.study.answers import numbers
from allodynia.study.regimen import Act
from allodynia.study.trial.answering import Answering, answering, beliefs
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.entry import BoundEntry
from allodynia.study.trial.outputs import Solver
from allodynia.study.trial.source import Drawn, People
from allodynia.study.trial.taking import Taking

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

LEAST_ENTERING = 0.01
"""A trial that less than this share of those asked may enter is refused."""

FIRST_LOOK = 512
"""Candidates of a world after which it is refused, if nobody was let in."""

MOST_AT_ONCE = 8192
"""Candidates held at a time, so that memory does not grow with the share that is turned away."""


class NobodyEnters(InvalidInput):
    """Next to nobody of those asked meets the conditions of entry."""


@dataclass(frozen=True)
class Enrolled:
    """Those who entered: ``place`` i8[world, person] of each among the candidates.

    With their ``parameters``, their ``states`` and true ``outputs`` f8[world, person, output] at allocation, their
    ``reads`` at screening (f8[world, person] by endpoint), and the ``flow`` i8[world] of those asked.
    """

    place: I8
    parameters: F8
    states: F8
    outputs: F8
    reads: dict[str, F8]
    flow: dict[str, I8]


@dataclass
class Enroller:
    """Lets people into ``trial``. ``passing`` is the share let in so far: how many are drawn at first, and no more."""

    trial: BoundTrial
    people: People
    solver: Solver
    taking: Taking
    seed: int
    uncertainty: bool
    per_day: float
    passing: float = field(default=1.0)

    def enrol(self, worlds: range) -> Enrolled:
        """Those who enter in ``worlds``.

        Raises
        ------
        NobodyEnters
            The line and the counts are named.
        """
        parts = []
        start = worlds.start
        while start < worlds.stop:
            wanted = self._wanted()
            step = max(1, MOST_AT_ONCE // wanted)
            here = range(start, min(start + step, worlds.stop))
            parts.append(self._enrol(here, wanted))
            start = here.stop
        return _joined(parts)

    def _wanted(self) -> int:
        need = self.trial.people / max(self.passing, LEAST_ENTERING)
        return int(
            self.trial.people + np.ceil(1.1 * (need - self.trial.people) + 2.0 * np.sqrt(need - self.trial.people))
        )

    def _enrol(self, worlds: range, wanted: int) -> Enrolled:
        while True:
            drawn = self.people.draw(worlds, wanted)
            judged = self._judge(worlds, drawn)
            enough = judged.admitted.sum(axis=1) >= self.trial.people
            looked, entered = judged.admitted.size, int(judged.admitted.sum())
            if entered < LEAST_ENTERING * looked and wanted >= min(FIRST_LOOK, 2 * self.trial.people):
                self._refuse(judged, looked, entered)
            self.passing = max(entered / looked, LEAST_ENTERING)
            if enough.all():
                return self._take(drawn, judged)
            wanted = max(2 * wanted, self._wanted())

    def _refuse(self, judged: _Judged, looked: int, entered: int) -> None:
        why = ", ".join(f"{said} {int(np.count_nonzero(~met))}" for said, met in judged.met.items())
        raise NobodyEnters(
            f"hardly anybody may enter: {entered} of {looked} people meet the conditions; not met: {why}",
            where=self.trial.study.where("trial", "inclusion"),
        )

    def _judge(self, worlds: range, drawn: Drawn) -> _Judged:
        trial, number = self.trial, np.arange(worlds.start, worlds.stop)
        count = drawn.status.shape[1]
        person = np.broadcast_to(np.arange(count), (number.size, count))
        table = numbers(self.seed, number, uncertainty=self.uncertainty)
        who = answering(trial, self.seed, number, person, table, self.per_day)
        flat = drawn.parameters.reshape(-1, drawn.parameters.shape[-1])
        states = drawn.states.reshape(flat.shape[0], -1)
        rests = (drawn.status == 0).reshape(-1)
        true = np.full((flat.shape[0], 1, len(self.solver.outputs)), np.nan)
        if rests.any():
            true[rests] = self.solver.solve(flat[rests], states[rests], np.array([0.0]), None).values
        shaped = true.reshape(*drawn.status.shape, 1, -1)
        before = np.array([-(trial.run_in + trial.screened)])
        reads: dict[str, F8] = {}
        met: dict[str, NDArray[np.bool_]] = {"came to rest": drawn.status == 0}
        for entry in trial.entries:
            met[entry.said] = entry.admits(self._value(entry, who, drawn, shaped, before, reads))
        for name in trial.also_read:
            if name not in reads:
                reads[name] = who.read(name, self.solver.values(name, shaped), before)[..., 0]
        admitted = np.logical_and.reduce([*met.values()])
        after = drawn.states
        if trial.before is not None:
            after, shaped, followed = self._run_in(trial.before, who, drawn, admitted)
            met["followed through the run-in"] = followed
        for entry in trial.at_allocation:
            value = self._value(entry, who, drawn, shaped, np.array([0.0]), {})
            fits = entry.fallen(value, reads[entry.of]) if entry.relative else entry.admits(value)
            met[f"{entry.said} after the run-in"] = fits | ~admitted
        return _Judged(np.logical_and.reduce([*met.values()]), met, reads, after, shaped[:, :, 0])

    def _value(self, entry: BoundEntry, who: Answering, drawn: Drawn, true: F8, time: F8, reads: dict[str, F8]) -> F8:
        if entry.column is not None:
            return np.asarray(drawn.parameters[..., entry.column])
        if entry.of not in reads:
            reads[entry.of] = who.read(entry.of, self.solver.values(entry.of, true), time)[..., 0]
        return reads[entry.of]

    def _run_in(
        self, before: tuple[str, tuple[Act, ...], float], who: Answering, drawn: Drawn, admitted: NDArray[np.bool_]
    ) -> tuple[F8, F8, NDArray[np.bool_]]:
        """States and true values after the run-in of those ``admitted`` to it, and who could be followed there."""
        states = drawn.states.copy()
        true = np.full((*drawn.status.shape, 1, len(self.solver.outputs)), np.nan)
        followed = np.ones(drawn.status.shape, dtype=bool)
        here = admitted.nonzero()
        if not here[0].size:
            return states, true, followed
        _, given, belief = before
        start = -self.trial.run_in
        acts = [replace(act, time=act.time + start) for act in given if act.time < self.trial.run_in]
        acts += self.taking.expecting(start, belief if belief >= 0.0 else max(beliefs(self.trial)))
        rows, traits = drawn.parameters[here], who.traits
        doses = self.taking.schedule(
            rows, traits.placebo[here], traits.adherence[here], [acts], np.zeros(len(rows), dtype=np.int64)
        )
        solved = self.solver.solve(rows, states[here], np.array([0.0]), doses, start=start)
        states[here], true[here], followed[here] = solved.final, solved.values, solved.status == 0
        return states, true, followed

    def _take(self, drawn: Drawn, judged: _Judged) -> Enrolled:
        """The first of each world who were admitted, and what became of those looked at before the last of them."""
        n = self.trial.people
        order = np.cumsum(judged.admitted, axis=1)
        place = np.stack([np.searchsorted(row, np.arange(1, n + 1)) for row in order])
        looked = np.arange(order.shape[1])[None, :] <= place[:, -1:]
        flow = {"asked": looked.sum(axis=1)}
        still = looked
        for said, met in judged.met.items():
            flow[f"not {said}" if said != "came to rest" else "without a steady state"] = (still & ~met).sum(axis=1)
            still = still & met
        flow["allocated"] = still.sum(axis=1)
        world = np.arange(place.shape[0])[:, None]
        reads = {name: value[world, place] for name, value in judged.reads.items()}
        return Enrolled(
            place,
            drawn.parameters[world, place],
            judged.states[world, place],
            judged.outputs[world, place],
            reads,
            flow,
        )


@dataclass(frozen=True)
class _Judged:
    """``admitted`` bool[world, candidate], the conditions ``met`` by what they say, screening ``reads``; states and
    outputs at allocation.
    """

    admitted: NDArray[np.bool_]
    met: dict[str, NDArray[np.bool_]]
    reads: dict[str, F8]
    states: F8
    outputs: F8


def _joined(parts: list[Enrolled]) -> Enrolled:
    if len(parts) == 1:
        return parts[0]
    reads = {name: np.concatenate([part.reads[name] for part in parts]) for name in parts[0].reads}
    flow = {name: np.concatenate([part.flow[name] for part in parts]) for name in parts[0].flow}
    return Enrolled(
        np.concatenate([part.place for part in parts]), np.concatenate([part.parameters for part in parts]),
        np.concatenate([part.states for part in parts]), np.concatenate([part.outputs for part in parts]), reads, flow,
    )  # fmt: skip
