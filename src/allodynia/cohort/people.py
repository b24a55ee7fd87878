"""People as they are found: candidates by counter, of whom those with a plausible steady state are taken.

Candidate k of a world is point k of that world's sequence. Candidates are looked at in order, and person i is the
i-th that is plausible; so person i depends on the seed, the world, the population and i alone, not on how many people
are wanted nor how many candidates are solved at a time. A candidate without a steady state cannot be judged: it takes a
place and counts as a subject that failed.

Where a population has prevalence weights (:mod:`allodynia.cohort.weighting`), a plausible candidate is taken with a
chance in proportion to its weight, by a coordinate of its own of the same sequence; the rules above hold as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.distributions import Mixture
from allodynia.cohort.rest import Rest
from allodynia.cohort.sobol import Independent, ScrambledSobol
from allodynia.cohort.table import PeopleTable, Variable

F8 = NDArray[np.float64]
Settle = Callable[[F8, PeopleTable], Rest]
"""Brings candidates f8[n, n_parameters] of a population to rest; the values are those of its plausible outputs."""

LEAST_ACCEPTED = 0.02
"""A population of which less is plausible is not described by its distributions."""

TAKEN = "(taken)"
"""The coordinate that decides by weight."""

FIRST_LOOK = 256
"""Candidates of a world after which it is given up if less than that share was plausible."""


@dataclass(frozen=True)
class Tally:
    """How many candidates were looked at, in all worlds.

    ``tried`` candidates up to the last person wanted, ``rejected`` of them, ``unsettled`` (without a steady state),
    ``outside`` by output (rejected for it, perhaps among others), ``missing`` persons who were not found, ``declined``
    plausible candidates who were not taken for their weight.
    """

    population: str
    tried: int
    rejected: int
    unsettled: int
    missing: int
    outside: dict[str, int]
    declined: int = 0

    @property
    def accepted(self) -> float:
        """The share of candidates that was not rejected."""
        return 1.0 - self.rejected / self.tried if self.tried else 1.0

    def __add__(self, other: Tally) -> Tally:
        outside = {name: count + other.outside.get(name, 0) for name, count in self.outside.items()}
        return Tally(
            self.population, self.tried + other.tried, self.rejected + other.rejected,
            self.unsettled + other.unsettled, self.missing + other.missing, outside, self.declined + other.declined,
        )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """The people of an arm: ``parameters`` f8[world, person, parameter], ``states`` f8[world, person, state] at rest
    (None where nobody asked for it), ``status`` i4[world, person], ``values`` f8[world, person, output] at rest of what
    was looked at.
    """

    parameters: F8
    states: F8 | None
    status: NDArray[np.int32]
    tally: Tally
    values: F8 | None = None


class Candidates:
    """The candidates of a population in some worlds.

    ``centres`` f8[world, parameter] are everybody's values before anybody differs; ``varying`` says in what people
    differ, about which centre f8[world]. ``spread`` takes them as points of a Sobol sequence, so that means over few of
    them are close to those over many; otherwise each is drawn by itself, as the people of a trial are.
    """

    def __init__(
        self, seed: int, labels: tuple[str, ...], worlds: NDArray[np.int64], centres: F8,
        varying: list[tuple[Variable, F8]], *, spread: bool = True, weighted: bool = False,
    ) -> None:  # fmt: skip
        self.centres, self.varying = centres, varying
        mixed = [variable.id for variable, _ in varying if isinstance(variable.between, Mixture)]
        names = [*(variable.id for variable, _ in varying), *(f"{name} (part)" for name in mixed)]
        if weighted:
            names.append(TAKEN)
        self.column = {name: number for number, name in enumerate(names)}
        sequence = ScrambledSobol if spread else Independent
        self.sequence: ScrambledSobol | Independent = sequence(seed, labels, names, worlds)

    def parameters(self, first: int, count: int) -> F8:
        """Candidates ``first`` .. ``first + count - 1``, f8[world, candidate, parameter]."""
        return self.offered(first, count)[0]

    def offered(self, first: int, count: int, among: NDArray[np.intp] | None = None) -> tuple[F8, F8]:
        """The same, with the uniform number f8[world, candidate] that says whether a candidate is taken (0 where
        there are no weights); of every world, or of those in the places ``among``.
        """
        worlds = np.arange(len(self.centres)) if among is None else among
        points = self.sequence.points(first, count, worlds)
        out = np.repeat(self.centres[worlds, None, :], count, axis=1)
        for variable, centres in self.varying:
            centre = centres[worlds]
            u = points[:, :, self.column[variable.id]]
            chooser = points[:, :, self.column.get(f"{variable.id} (part)", self.column[variable.id])]
            if variable.between is not None:
                out[:, :, variable.column] = variable.between.quantile(centre[:, None], u, chooser)
        luck = points[:, :, self.column[TAKEN]] if TAKEN in self.column else np.zeros(out.shape[:2])
        return out, luck


def find_people(
    name: str,
    table: PeopleTable,
    candidates: Candidates,
    wanted: int,
    settings: dict[int, float],
    settle: Settle | None,
) -> Found:
    """The first ``wanted`` plausible people of every world.

    ``settings`` are set in every candidate (by column). Without ``settle``, or a range that is asked of them, all
    candidates are people.
    """
    worlds, width = candidates.centres.shape
    if settle is None or not table.looked_at:
        found = _set(candidates.parameters(0, wanted), settings)
        tally = Tally(name, worlds * wanted, 0, 0, 0, {})
        return Found(found, None, np.zeros((worlds, wanted), dtype=np.int32), tally)
    search = _Search(name, table, worlds, wanted, width)
    while search.open.any():
        count = search.chunk()
        parameters, luck = candidates.offered(search.seen, count, np.flatnonzero(search.open))
        offered = _set(parameters, settings)
        search.judge(offered, luck, settle(offered.reshape(-1, width), table), count)
    return search.found()


def _set(parameters: F8, settings: dict[int, float]) -> F8:
    for column, value in settings.items():
        parameters[..., column] = value
    return parameters


class _Search:
    """Who has been found so far in each world."""

    def __init__(self, name: str, table: PeopleTable, worlds: int, wanted: int, width: int) -> None:
        from allodynia.engine.status import Status

        self.name, self.table, self.wanted = name, table, wanted
        # A person of the mean weight is taken with a chance of 1 / cap, which is no sign of an implausible population.
        cap = table.weighting.tilt.cap if table.weighting is not None else 1.0
        self.least, self.first_look = LEAST_ACCEPTED / cap, int(np.ceil(FIRST_LOOK * cap))
        self.most = max(self.first_look, int(np.ceil(wanted / self.least)))
        self.have = np.zeros(worlds, dtype=np.int64)
        self.tried = np.zeros(worlds, dtype=np.int64)
        self.open = np.ones(worlds, dtype=bool)
        self.seen = self.rejected = self.unsettled = self.declined = 0
        self.outside = dict.fromkeys(table.plausible, 0)
        self.parameters = np.full((worlds, wanted, width), np.nan)
        self.states: F8 | None = None
        self.values = np.full((worlds, wanted, len(table.looked_at)), np.nan)
        self.status = np.full((worlds, wanted), int(Status.NOT_DRAWN), dtype=np.int32)

    def chunk(self) -> int:
        """How many candidates to solve next: as many as the open worlds need on average, so that few are solved in
        vain; the last worlds take rounds of their own. No result depends on it.
        """
        if self.seen == 0:
            return int(1 << (self.wanted - 1).bit_length())
        missing = float((self.wanted - self.have[self.open]).mean())
        share = max(float(self.have.sum()) / max(float(self.tried.sum()), 1.0), self.least)
        room = max(32.0, 16384.0 / int(self.open.sum()))
        likely = 8 * math.ceil(min(missing / share, room) / 8)
        return max(1, min(likely, self.most - self.seen))

    def judge(self, offered: F8, luck: F8, rest: Rest, count: int) -> None:
        """Take the plausible ones of the next ``count`` candidates of every open world, each by its ``luck`` where
        there are weights.
        """
        shape = offered.shape[:2]
        status = rest.status.reshape(shape)
        states = rest.states.reshape(*shape, -1)
        values = rest.values.reshape(*shape, -1)
        if self.states is None:
            self.states = np.full((*self.status.shape, states.shape[-1]), np.nan)
        unsettled = status != 0
        misses = {
            name: ~unsettled & ~((values[..., number] >= low) & (values[..., number] <= high))
            for number, (name, (low, high)) in enumerate(self.table.plausible.items())
        }
        fits = ~np.any([np.zeros(shape, dtype=bool), *misses.values()], axis=0)
        taken = fits
        if self.table.weighting is not None:
            by_name = {name: values[..., number] for number, name in enumerate(self.table.looked_at)}
            taken = fits & (unsettled | self.table.weighting.taken(by_name, luck))
        for row, world in enumerate(np.flatnonzero(self.open).tolist()):
            last = self._last(world, taken[row], count)
            here = np.flatnonzero(taken[row, :last])[: self.wanted - self.have[world]]
            place = slice(int(self.have[world]), int(self.have[world]) + here.size)
            self.parameters[world, place] = offered[row, here]
            self.states[world, place] = states[row, here]
            self.values[world, place] = values[row, here]
            self.status[world, place] = status[row, here]
            self.have[world] += here.size
            self.tried[world] += last
            self.rejected += int(last - np.count_nonzero(fits[row, :last]))
            self.declined += int(np.count_nonzero(fits[row, :last] & ~taken[row, :last]))
            self.unsettled += int(np.count_nonzero(unsettled[row, :last]))
            for name, missed in misses.items():
                self.outside[name] += int(np.count_nonzero(missed[row, :last]))
        self.seen += count

    def _last(self, world: int, taken: NDArray[np.bool_], count: int) -> int:
        """How many of ``count`` candidates are looked at in ``world`` before it has everybody, or is given up."""
        had, seen = int(self.have[world]), self.seen
        total = had + np.cumsum(taken)
        full = np.flatnonzero(total >= self.wanted)
        if full.size:
            self.open[world] = False
            return int(full[0]) + 1
        look = self.first_look - seen
        if 0 < look <= count and total[look - 1] < LEAST_ACCEPTED * FIRST_LOOK:
            self.open[world] = False
            return look
        if seen + count >= self.most:
            self.open[world] = False
        return count

    def found(self) -> Found:
        """Everybody, and the tally."""
        tally = Tally(
            self.name, int(self.tried.sum()), self.rejected, self.unsettled,
            int((self.wanted - self.have).sum()), self.outside, self.declined,
        )  # fmt: skip
        return Found(self.parameters, self.states, self.status, tally, self.values)
