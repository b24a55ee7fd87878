"""Who is in a study and in which state they are at time 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import Cohort, ParameterTable, People, Rest, Settler, Tally, sample
from allodynia.cohort.people import LEAST_ACCEPTED
from allodynia.cohort.table import PeopleTable
from allodynia.errors import InvalidInput
from allodynia.study.plan import BoundArm

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Begun:
    """Subjects at time 0: ``parameters`` f8[row, parameter], ``initial`` f8[row, state] (None: the system's own), and
    ``status`` i4[row], where 0 is ready to be simulated.
    """

    parameters: F8
    initial: F8 | None
    status: NDArray[np.int32]
    tallies: dict[str, Tally]


class Beginner:
    """Draws the subjects of a study's arms and brings them to where the study begins."""

    def __init__(self, arms: Sequence[BoundArm], table: ParameterTable, settler: Settler) -> None:
        self.arms, self.table, self.settler = arms, table, settler

    def begin(self, seed: int, worlds: range, *, uncertainty: bool, spread: bool = True) -> Begun:
        """The subjects of ``worlds``, in the order of the cohort's layout; ``spread`` as for a cohort's sample."""
        cohorts = [arm.cohort for arm in self.arms]
        found = sample(
            self.table, cohorts, seed, worlds=worlds, uncertainty=uncertainty, settle=self._settle_candidates,
            spread=spread,
        )  # fmt: skip
        rows, states = len(found.parameters), len(self.settler.ode.states)
        status = np.zeros(rows, dtype=np.int32)
        for arm in self.arms:
            if arm.name in found.people:
                shaped = found.people[arm.name].status.reshape(found.layout.worlds, 1, -1)
                found.layout.view(status, arm.name)[...] = shaped
        if not any(self._moves(arm) for arm in self.arms):
            self._switch_on(found)
            return Begun(found.parameters, None, status, found.tallies)
        initial = np.full((rows, states), np.nan)
        for arm in self.arms:
            self._begin_arm(arm, found, seed, uncertainty, spread, initial, status)
        self._switch_on(found)
        return Begun(found.parameters, initial, status, found.tallies)

    def _switch_on(self, found: Cohort) -> None:
        """Let happen what happens by chance, in the arms that have it."""
        if not self.table.luck and any(arm.begin.switches for arm in self.arms):
            raise InvalidInput("chance: nobody's luck is drawn here; leave it out of the study")
        for arm in self.arms:
            for switch in arm.begin.switches:
                found.layout.view(found.parameters, arm.name)[..., self.table.column(switch)] = 1.0

    def _moves(self, arm: BoundArm) -> bool:
        """Whether an arm begins anywhere but where the system itself does."""
        return arm.begin.at_rest or arm.begin.run_in > 0.0 or bool(self._stated(arm))

    def _stated(self, arm: BoundArm) -> dict[int, float]:
        source = arm.cohort.source
        return dict(self.table.people[source.population].start) if isinstance(source, People) else {}

    def _begin_arm(
        self, arm: BoundArm, found: Cohort, seed: int, uncertainty: bool, spread: bool, initial: F8,
        status: NDArray[np.int32],
    ) -> None:  # fmt: skip
        layout = found.layout
        rows = layout.view(np.arange(status.size), arm.name).reshape(-1)
        known = found.people.get(arm.name)
        parameters = found.parameters[rows]
        before = parameters  # in a run-in, what sets the arm apart acts from its beginning on, and not before
        if arm.begin.run_in > 0.0 and arm.cohort.own:
            worlds = range(found.first_world, found.first_world + layout.worlds)
            plain = replace(arm.cohort, own={})
            before = sample(
                self.table, [plain], seed, worlds=worlds, uncertainty=uncertainty, settle=self._settle_candidates,
                spread=spread,
            ).parameters  # fmt: skip
        ready = status[rows] == 0
        if not arm.begin.at_rest:
            state = self.settler.start(parameters[ready], self._stated(arm))
            ended = np.zeros(len(state), dtype=np.int32)
        elif known is not None and known.states is not None and (before is not parameters or not arm.cohort.own):
            state = known.states.reshape(rows.size, -1)[ready]
            ended = np.zeros(len(state), dtype=np.int32)
        else:
            rest = self.settler.settle(before[ready], self.settler.start(before[ready], self._stated(arm)))
            state, ended = rest.states, rest.status
        if arm.begin.run_in > 0.0:
            going = ended == 0
            living = parameters[ready][going]
            living[:, [self.table.column(switch) for switch in arm.begin.switches]] = 1.0
            state[going], ended[going] = self.settler.run_in(living, state[going], arm.begin.run_in)
        initial[rows[ready]], status[rows[ready]] = state, ended

    def _settle_candidates(self, parameters: F8, people: PeopleTable) -> Rest:
        return settle_candidates(self.settler, parameters, people)


def settle_candidates(settler: Settler, parameters: F8, people: PeopleTable) -> Rest:
    """Candidates of a population at rest, with the values by which it is told who is one of it."""
    rest = settler.settle(parameters, settler.start(parameters, people.start))
    columns = [settler.outputs.index(name) for name in people.looked_at]
    return replace(rest, values=rest.values[:, columns])


def check_accepted(tallies: Sequence[Tally]) -> None:
    """Refuse populations of whose candidates too few are plausible.

    Raises
    ------
    InvalidInput
        Says how many were tried, and which range turned most of them away.
    """
    for tally in tallies:
        if tally.accepted < LEAST_ACCEPTED or tally.missing > 0.5 * (
            tally.missing + tally.tried - tally.rejected - tally.declined
        ):
            taken = tally.tried - tally.rejected
            why = ", ".join(
                f"{name} {count}" for name, count in sorted(tally.outside.items(), key=lambda item: -item[1])
            )
            raise ImplausiblePopulation(
                f"the population {tally.population!r} cannot be drawn: {taken} of {tally.tried} candidates "
                f"({100.0 * tally.accepted:.2g} %) have a plausible steady state; outside the plausible range: {why}"
            )


class ImplausiblePopulation(InvalidInput):
    """Nobody, or next to nobody, drawn from a population's distributions is one of them."""


def plausible_outputs(table: ParameterTable) -> tuple[str, ...]:
    """The outputs by which any population of the table is judged."""
    return tuple(dict.fromkeys(name for people in table.people.values() for name in people.looked_at))
