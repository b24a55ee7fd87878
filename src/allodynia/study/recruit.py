"""People of a population at rest, outside of any study: for a cohort kept in a file, and for finding weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import CohortArm, ParameterTable, People, Settler, Tally, sample
from allodynia.errors import unknown
from allodynia.study.begin import check_accepted, plausible_outputs, settle_candidates
from allodynia.study.differences import table_of
from allodynia.study.system_like import SystemLike, edge_gains

F8 = NDArray[np.float64]

FAMILY = "cohort"
"""The family of people who belong to no study."""


@dataclass(frozen=True)
class Recruited:
    """People of some worlds, one after the other: ``parameters`` f8[person, parameter], ``states`` f8[person, state] at
    rest, ``values`` f8[person] of outputs there by id, ``status`` i4[person] (0 = at rest).
    """

    parameters: F8
    states: F8
    values: Mapping[str, F8]
    status: NDArray[np.int32]
    tally: Tally


class Recruiter:
    """Finds people of a population of ``system``.

    Parameters
    ----------
    population, outputs
        Whose, and what of them is looked at beside what says who is plausible.
    weighted
        Whether each is taken with a chance in proportion to their prevalence weight.
    hypothesis, edges
        The rival explanation (None: the system's default), and gains of edges, in which they are found.
    spread
        Whether they are spread evenly over their distributions, for means over few, or drawn one by one.

    Raises
    ------
    InvalidInput
        A population, output, hypothesis or edge that nobody knows.
    """

    def __init__(
        self, system: SystemLike, population: str, outputs: Sequence[str] = (), *, weighted: bool = False,
        hypothesis: str | None = None, edges: Mapping[str, float] | None = None, spread: bool = False,
        threads: int | None = None,
    ) -> None:  # fmt: skip
        known = getattr(system, "people", {})
        if population not in known:
            raise unknown("population of people", population, known)
        ode = system.ode
        names = {quantity.id for quantity in (*ode.states, *ode.observables)}
        for output in outputs:
            if output not in names:
                raise unknown("output", output, names)
        parameters = {quantity.id for quantity in ode.parameters}
        for edge in edges or {}:
            if f"edge.{edge}" not in parameters:
                raise unknown("edge", edge, [name[5:] for name in parameters if name.startswith("edge.")])
        table = table_of(system, {population: known[population]}, weighted=weighted)
        one = replace(table.people[population], also=tuple(outputs))
        self.table: ParameterTable = replace(table, people={population: one})
        self.hypothesis = hypothesis or getattr(system, "default_hypothesis", None)
        if self.hypothesis is not None and self.hypothesis not in system.hypotheses:
            raise unknown("hypothesis", self.hypothesis, system.hypotheses)
        gains = {**edge_gains(system, self.hypothesis), **(edges or {})}
        self.settings = {f"edge.{edge}": float(gain) for edge, gain in gains.items()}
        self.population, self.spread = population, spread
        self.settler = Settler(ode, plausible_outputs(self.table), threads=threads)

    def find(self, seed: int, worlds: range, people: int) -> Recruited:
        """``people`` of every world; those of a world are the same whatever other worlds are asked for.

        Raises
        ------
        InvalidInput
            Next to nobody drawn from the distributions is plausible.
        """
        arm = CohortArm(FAMILY, 1, people, People(self.population), FAMILY, self.settings)
        cohort = sample(
            self.table, [arm], seed, worlds=worlds, uncertainty=False, spread=self.spread,
            settle=lambda rows, who: settle_candidates(self.settler, rows, who),
        )  # fmt: skip
        found = cohort.people[FAMILY]
        check_accepted([found.tally])
        if found.states is None or found.values is None:
            raise RuntimeError("somebody is looked at, so states are kept")
        values = found.values.reshape(-1, found.values.shape[-1])
        looked_at = self.table.people[self.population].looked_at
        return Recruited(
            found.parameters.reshape(-1, found.parameters.shape[-1]), found.states.reshape(-1, found.states.shape[-1]),
            {name: values[:, number] for number, name in enumerate(looked_at)}, found.status.reshape(-1), found.tally,
        )  # fmt: skip
