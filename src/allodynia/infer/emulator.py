"""The course of a mouse as a function of how strong a donor's IgG is, from animals simulated once.

Thresholds tell of a donor's titre (specific share of the IgG) and potency (how strongly what is bound excites) next to
nothing but their product, here called strength, in multiples of a typical patient's. Not quite nothing, for the glia
begin to be saturated: twice the titre at half the potency moves a threshold by up to 8 %. So a strength is made of a
titre and a potency as it most probably is among patients: each takes a share of its logarithm in proportion to its
variance between them. The same animals get every strength; a course is a smooth function of its logarithm, read between
the simulated ones by cubic splines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import CohortArm, DonorGroup, Settler
from allodynia.errors import AllSubjectsFailed, InvalidInput, unknown
from allodynia.study.assay.plain import PlainError
from allodynia.study.begin import Beginner, plausible_outputs
from allodynia.study.bind import bind
from allodynia.study.design import AsPlanned
from allodynia.study.differences import population_rows, table_of
from allodynia.study.integrator import compiled
from allodynia.study.load import Study
from allodynia.study.plan import BoundArm, BoundEndpoint, Plan
from allodynia.study.schedule import schedule
from allodynia.study.system_like import SystemLike

F8 = NDArray[np.float64]
Progress = Callable[[int, int], None]

ENDPOINT = "paw_pressure"
TITRE, POTENCY = "igg.given_titre", "ganglion.potency"
TYPICAL = "fm"
"""The population whose typical donor has strength 1."""

STRENGTHS: F8 = np.exp2(np.arange(-3.0, 4.01, 0.5))
"""Simulated strengths. Below the first nothing happens, above the last nothing more: the response is saturated."""

STEP = 0.04
"""Of the logarithm of strength, between the places at which likelihoods are worked out: less than half of the standard
deviation that six mice leave.
"""

RTOL = 1e-6
"""Relative tolerance of the solver."""

FAMILY = "fit"
"""Names the streams of the emulator's animals: no study's own animals are among them."""


@dataclass(frozen=True)
class Population:
    """What is known of donors beforehand: ``share`` of them act, with strengths of median ``exp(centre)`` and spread
    ``spread`` of the logarithm; the others are inert.
    """

    name: str
    centre: float
    spread: float
    share: float


@dataclass(frozen=True)
class Experiment:
    """The study as far as it can be fitted. ``arms`` maps what a file may call an arm to the study's arm."""

    plan: Plan
    arms: Mapping[str, str]
    endpoint: BoundEndpoint
    populations: Mapping[str, Population]
    noise: float
    """Coefficient of variation of one reading, as the study has it."""
    typical: float
    """Titre times potency of a typical patient."""
    titre_share: float
    """Share of the variance of the logarithm of that product that is the titre's, between patients."""

    def made_of(self, strength: float) -> tuple[float, float]:
        """The factors by which titre and potency of a donor of this strength most probably differ from the typical."""
        return strength**self.titre_share, strength ** (1.0 - self.titre_share)

    @property
    def last_day(self) -> float:
        """The end of follow-up, d."""
        return self.plan.end

    def given(self) -> dict[str, str]:
        """What a file may call an arm, to the population of its donors (empty: none's IgG is given)."""
        return {name: self.population(name) for name in self.arms}

    def population(self, arm: str) -> str:
        """The population of the donors of an arm; empty for a vehicle."""
        source = self.plan.arm(self.arms[arm]).cohort.source
        return source.population if isinstance(source, DonorGroup) else ""


def experiment(study: Study, system: SystemLike, edges: Mapping[str, float] | None = None) -> Experiment:
    """What of ``study`` can be fitted.

    Raises
    ------
    InvalidInput
        The study has no paw pressure in grams read with a proportional error, or no arm with donors.
    """
    plan = bind(study, system, AsPlanned(), edges=dict(edges or {}))
    endpoint = plan.endpoint(ENDPOINT, study.where("endpoints"))
    where = study.where("endpoints", ENDPOINT)
    method = endpoint.assay.method
    if endpoint.unit != "g":
        raise InvalidInput(f"{ENDPOINT} is in {endpoint.unit}; readings are fitted in g", where=where)
    if not (
        isinstance(method, PlainError) and method.proportional > 0.0 and method.additive == method.counted_over == 0.0
    ):
        raise InvalidInput(f"{ENDPOINT}: only readings with a proportional error can be fitted", where=where)
    if plan.time_unit != "d":
        raise InvalidInput(f"time is in {plan.time_unit}; readings are fitted by day", where=where)
    names: dict[str, str] = {}
    populations = population_rows(system)
    for name in (TITRE, POTENCY):
        if name not in plan.parameters:
            raise unknown("parameter", name, plan.parameters, where=study.where("donors"))
    typical = float(populations[TYPICAL][TITRE].value * populations[TYPICAL][POTENCY].value)
    known: dict[str, Population] = {}
    for arm in plan.arms:
        source = arm.cohort.source
        if isinstance(source, DonorGroup):
            known.setdefault(source.population, _population(source.population, populations, typical))
            for word in (arm.spec_name, source.population):
                names.setdefault(word, arm.name)
        elif source is None and not arm.acts:
            for word in (arm.spec_name, "vehicle"):
                names.setdefault(word, arm.name)
    if not known:
        raise InvalidInput("no arm gets the IgG of single donors; there is nothing to fit", where=study.where("arms"))
    titre, potency = (_variance(populations[TYPICAL][name]) for name in (TITRE, POTENCY))
    share = titre / (titre + potency) if titre + potency > 0.0 else 1.0
    return Experiment(plan, names, endpoint, known, method.proportional, typical, share)


def _population(name: str, populations: Mapping[str, Mapping[str, object]], typical: float) -> Population:
    """The distribution of titre times potency that the tables of a population give."""
    centre, variance, share = -np.log(typical), 0.0, 1.0
    for parameter in (TITRE, POTENCY):
        row = populations[name][parameter]
        value = float(row.value)  # type: ignore[attr-defined]  # rows of a system's tables
        part = getattr(row, "share", None)
        if value == 0.0:
            share, value = 0.0, 1.0  # all are inert; the centre is without meaning
        if part is not None and not getattr(row, "otherwise", None):
            share *= float(part)
        centre += np.log(value)
        variance += _variance(row)
    return Population(name, float(centre), float(np.sqrt(variance)), share)


def _variance(row: object) -> float:
    """Variance of the logarithm of a donor-level parameter between donors who have it at all."""
    from allodynia.cohort import read_distribution

    return float(getattr(read_distribution(row.between, None), "sigma", 0.0)) ** 2  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Courses:
    """Courses of ``mice`` animals of an arm, as the logarithm of the threshold over its value before the first dose.

    ``log_ratio`` f8[1 + strength, mouse, time]; the first is of inert IgG, the others belong to :data:`STRENGTHS`.
    """

    times: F8
    log_ratio: F8

    @property
    def mice(self) -> int:
        """How many animals they are of."""
        return int(self.log_ratio.shape[1])

    def at(self, days: F8) -> NDArray[np.int64]:
        """The places of ``days`` among the times; all before the first dose are at its time."""
        from allodynia.study.readings import places

        return places(self.times, np.maximum(days, 0.0), "the course")

    def on_grid(self, which: NDArray[np.int64], rows: NDArray[np.int64] | slice = slice(None)) -> F8:
        """Courses at the times ``which``, f8[1 + grid, mouse, time]: inert first, then as :func:`grid`."""
        from scipy.interpolate import CubicSpline

        known = self.log_ratio[:, rows][:, :, which]
        between = CubicSpline(np.log(STRENGTHS), known[1:], axis=0)(grid())
        return np.concatenate([known[:1], between])


def grid() -> F8:
    """The logarithms of strength at which likelihoods are worked out."""
    low, high = np.log(STRENGTHS[[0, -1]])
    return np.linspace(low, high, 1 + int(np.ceil((high - low) / STEP)))


def simulate_courses(
    known: Experiment,
    system: SystemLike,
    arm: str,
    times: F8,
    *,
    mice: int,
    seed: int,
    progress: Progress | None = None,
) -> Courses:
    """Simulate ``mice`` animals given inert IgG and IgG of every strength, as the study's ``arm`` is treated.

    An arm in which nobody's IgG is given has one course for all strengths. Animals that could not be solved at some
    strength are left out at all.

    Raises
    ------
    AllSubjectsFailed
        Fewer than half of the animals could be solved.
    """
    bound = known.plan.arm(arm)
    strengths = [0.0, *STRENGTHS] if isinstance(bound.cohort.source, DonorGroup) else [0.0]
    animals = Animals(known, system, bound, times, mice, seed)
    courses, failed = [], np.zeros(mice, dtype=bool)
    for number, strength in enumerate(strengths):
        titre, potency = known.made_of(strength) if strength > 0.0 else (1.0, 0.0)
        course, lost = animals.course(animals.titre * titre, potency * known.typical / animals.titre)
        courses.append(course)
        failed |= lost
        if progress is not None:
            progress((number + 1) * mice, len(strengths) * mice)
    if failed.sum() > mice // 2:
        raise AllSubjectsFailed(f"{failed.sum()} of {mice} simulated animals could not be solved")
    found = np.stack(courses)[:, ~failed]
    if len(strengths) == 1:
        found = np.broadcast_to(found, (1 + STRENGTHS.size, *found.shape[1:]))
    return Courses(times, found)


class Animals:
    """Animals of an arm, the same whoever the donor is."""

    def __init__(self, known: Experiment, system: SystemLike, bound: BoundArm, times: F8, mice: int, seed: int) -> None:
        self.titre = float(population_rows(system)[TYPICAL][TITRE].value)
        self.known, self.system, self.bound, self.times = known, system, bound, times
        self.mice, self.seed = mice, seed
        self.table = table_of(system)
        self.settler = Settler(system.ode, plausible_outputs(self.table), rtol=RTOL)

    def course(self, titre: float, potency: float) -> tuple[F8, NDArray[np.bool_]]:
        """The animals' courses f8[mouse, time] with the IgG of a donor, and which of them could not be solved."""
        donor = {**self.bound.cohort.own, TITRE: titre, POTENCY: potency}
        cohort = CohortArm(self.bound.name, 1, self.mice, None, FAMILY, self.bound.cohort.settings, donor)
        arm = replace(self.bound, cohort=cohort)
        begun = Beginner([arm], self.table, self.settler).begin(self.seed, range(1), uncertainty=False)
        started = {} if begun.initial is None else {"initial": begun.initial}
        doses = schedule([arm], np.arange(self.mice), begun.parameters) if arm.acts else None
        output = (self.known.endpoint.output,)
        solution = compiled(
            self.system.ode, begun.parameters, self.times, output, doses, threads=None, rtol=RTOL, **started
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            course = np.log(solution.values[:, :, 0])
        return course - course[:, :1], (solution.status != 0) | (begun.status != 0)
