"""A fit from beginning to end, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from allodynia.infer.data import Mouse, Readings
from allodynia.infer.design import Design, next_days
from allodynia.infer.emulator import Courses, Experiment, experiment, simulate_courses
from allodynia.infer.likelihood import tabulate
from allodynia.infer.posterior import Posterior, Target, draw, quantiles, sample
from allodynia.study.load import Study
from allodynia.study.system_like import SystemLike

if TYPE_CHECKING:
    import xarray as xr

F8 = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

EDGE = "ada"
VARIANTS: Mapping[str, float] = {"on": 1.0, "off": 0.0}
"""Gain of the edge by which mice make antibodies against human IgG; nobody has measured it, so both are fitted."""

BAND = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Variant:
    """A fit with the edge ``ada`` on or off.

    ``mean_band`` f8[donor, time, 3] is the mean course at ``times`` of a donor's mice as a share of their own
    thresholds (2.5 %, median, 97.5 %), ``reading_band`` the same for one reading of one mouse.
    """

    name: str
    posterior: Posterior
    times: F8
    mean_band: F8
    reading_band: F8
    design: Design


@dataclass(frozen=True)
class Fit:
    """What readings say. ``donors`` maps donor to arm; ``variants`` by ``on`` and ``off``."""

    experiment: Experiment
    readings: Readings
    donors: Mapping[str, str]
    populations: tuple[str, ...]
    variants: Mapping[str, Variant]
    seed: int

    @property
    def log_odds(self) -> tuple[float, float]:
        """Log-evidence with ``ada`` less that without, and its error."""
        on, off = (self.variants[name].posterior for name in VARIANTS)
        errors = [one.sampling_error for one in (on, off)] + [one.animals_error for one in (on, off)]
        return on.log_evidence - off.log_evidence, float(np.sqrt(np.sum(np.square(errors))))

    def donor_rows(self) -> list[dict[str, Any]]:
        """One row a variant and donor: mean, median and 95 % interval of strength, and whether it acts at all."""
        rows = []
        for name, variant in self.variants.items():
            strength = variant.posterior.strength
            for number, (donor, arm) in enumerate(self.donors.items()):
                low, middle, high = quantiles(strength[:, number], BAND)
                mice = [mouse for mouse in self.readings.mice if mouse.donor == donor]
                rows.append(
                    {
                        "ada": name, "donor": donor, "arm": arm, "mice": len(mice),
                        "readings": sum(mouse.day.size for mouse in mice),
                        "strength": float(middle), "lo": float(low), "hi": float(high),
                        "sd": float(strength[:, number].std()),
                        "product": float(middle) * self.experiment.typical,
                        "acts": float(1.0 - variant.posterior.mass[number, 0]),
                    }
                )  # fmt: skip
        return rows

    def next_rows(self, draws: int = 20_000) -> list[dict[str, Any]]:
        """One row a variant and population: strength of a donor not tested yet."""
        rows = []
        for name, variant in self.variants.items():
            for number, population in enumerate(self.populations):
                mass = variant.posterior.next_mass[number]
                random = np.random.Generator(np.random.Philox(self.seed))
                low, middle, high = quantiles(draw(np.broadcast_to(mass, (draws, mass.size)), random), BAND)
                rows.append(
                    {"ada": name, "population": population, "strength": float(middle), "lo": float(low),
                     "hi": float(high), "acts": float(1.0 - mass[0])}
                )  # fmt: skip
        return rows

    def dataset(self) -> xr.Dataset:
        """The draws as xarray: ``strength`` [ada, draw, donor], ``noise`` [ada, draw], ``centre`` and ``spread``
        [ada, draw, population], and ``mean_band`` and ``reading_band`` [ada, donor, time, level].
        """
        import xarray as xr

        def stacked(get: Callable[[Variant], F8]) -> F8:
            return np.stack([get(variant) for variant in self.variants.values()])

        times = next(iter(self.variants.values())).times
        found = xr.Dataset(
            {
                "strength": (("ada", "draw", "donor"), stacked(lambda one: one.posterior.strength)),
                "noise": (("ada", "draw"), stacked(lambda one: one.posterior.noise)),
                "centre": (("ada", "draw", "population"), stacked(lambda one: one.posterior.centre)),
                "spread": (("ada", "draw", "population"), stacked(lambda one: one.posterior.spread)),
                "mean_band": (("ada", "donor", "time", "level"), stacked(lambda one: one.mean_band)),
                "reading_band": (("ada", "donor", "time", "level"), stacked(lambda one: one.reading_band)),
            },
            {"ada": [*self.variants], "donor": [*self.donors], "population": [*self.populations], "time": times,
             "level": list(BAND)},
        )  # fmt: skip
        found["strength"].attrs = {"unit": "1", "what": "titre x potency over that of a typical patient; 0 is inert"}
        found["noise"].attrs = {"unit": "1", "what": "coefficient of variation of one reading"}
        found["time"].attrs = {"unit": "d"}
        return found


def fit(
    readings: Readings,
    study: Study,
    system: SystemLike,
    *,
    seed: int = 1,
    animals: int = 384,
    progress: Progress | None = None,
) -> Fit:
    """Fit readings: every donor's titre times potency, with the mouse's own antibodies and without.

    Parameters
    ----------
    readings
        Of :func:`allodynia.infer.read_readings`.
    study, system
        The experiment that was done, and the system it is explained by.
    seed
        Of every random draw.
    animals
        Animals of the emulator: possible mice, of whom the real ones are taken to be.
    progress
        Hears what is under way, how much is done, and of how much.

    Raises
    ------
    InvalidInput
        The study cannot be fitted, or nautilus-sampler is not installed.
    AllSubjectsFailed
        The emulator's animals could not be solved.
    """
    found: dict[str, Variant] = {}
    known = experiment(study, system)
    donors = readings.donors
    populations = tuple(dict.fromkeys(known.population(arm) for arm in donors.values())) or (
        next(iter(known.populations)),
    )
    for name, gain in VARIANTS.items():
        here = experiment(study, system, {EDGE: gain})
        said = None if progress is None else _named(progress, f"mice, {EDGE} {name}")
        courses = _courses(here, system, readings, populations, animals, seed, said)
        found[name] = fit_variant(name, here, readings, courses, populations, seed, progress)
    return Fit(known, readings, donors, populations, found, seed)


def candidate_days(known: Experiment) -> F8:
    """Days on which mice could be read next: those of the study, and every day of its follow-up."""
    days = np.arange(1.0, np.floor(known.last_day) + 1.0)
    return np.unique(np.concatenate([known.endpoint.times[known.endpoint.times > 0.0], days]))


def _courses(
    known: Experiment, system: SystemLike, readings: Readings, populations: tuple[str, ...], animals: int, seed: int,
    progress: Callable[[int, int], None] | None,
) -> dict[str, Courses]:  # fmt: skip
    """The emulator's animals by what the file calls the arm; arms that mean the same share them."""
    times = np.unique(np.concatenate([[0.0], candidate_days(known), readings.days]))
    wanted = dict.fromkeys(mouse.arm for mouse in readings.mice)
    if not readings.donors:
        wanted |= dict.fromkeys(name for name in known.arms if known.population(name) in populations)
    real: dict[str, Courses] = {}
    treated = dict.fromkeys(known.arms[name] for name in wanted)
    # Arms with the same doses in the same world, begun alike, hold the same courses: the donor is what is varied.
    same: dict[object, str] = {}
    for arm in treated:
        bound = known.plan.arm(arm)
        key = (bound.acts, tuple(sorted(bound.cohort.settings.items())), tuple(sorted(bound.cohort.own.items())),
               bound.cohort.source is None, bound.begin)  # fmt: skip
        if key not in same:
            same[key] = arm
            real[arm] = simulate_courses(known, system, arm, times, mice=animals, seed=seed, progress=progress)
        real[arm] = real[same[key]]
    return {name: real[known.arms[name]] for name in wanted}


def fit_variant(
    name: str, known: Experiment, readings: Readings, courses: Mapping[str, Courses], populations: tuple[str, ...],
    seed: int, progress: Progress | None = None,
) -> Variant:  # fmt: skip
    """Fit readings by ``courses`` (by what the file calls the arm) that were simulated with ``known``."""
    donors = readings.donors
    said = None if progress is None else (lambda done: progress(f"posterior, {EDGE} {name}", done, max(done, 30_000)))
    likelihood = tabulate(readings.mice, courses, known.noise, [*donors])
    of_donor = [populations.index(known.population(arm)) for arm in donors.values()]
    target = Target(likelihood, known.noise, [known.populations[one] for one in populations], of_donor)
    posterior = sample(target, seed, progress=said)
    times = next(iter(courses.values())).times
    bands = [
        _bands(posterior.strength[:, number], posterior.noise, courses[arm], seed)
        for number, arm in enumerate(donors.values())
    ]
    shape = (0, times.size, len(BAND))
    days = candidate_days(known)
    mass, arms = posterior.mass, [*donors.values()]
    if not arms:  # then it is asked of a donor not tested yet, of each population
        mass = posterior.next_mass
        arms = [next(arm for arm in courses if known.population(arm) == one) for one in populations]
    design = next_days(
        mass, [courses[arm] for arm in arms], days, noise=float(np.median(posterior.noise)),
        mice=_mice(readings.mice), seed=seed,
    )  # fmt: skip
    return Variant(
        name, posterior, times,
        np.array([mean for mean, _ in bands]).reshape(shape if not bands else (len(bands), *shape[1:])),
        np.array([one for _, one in bands]).reshape(shape if not bands else (len(bands), *shape[1:])),
        design,
    )  # fmt: skip


def _mice(mice: tuple[Mouse, ...]) -> int:
    """Mice a donor, as a rule: the median over donors."""
    counts: dict[str, int] = {}
    for mouse in mice:
        if mouse.donor:
            counts[mouse.donor] = counts.get(mouse.donor, 0) + 1
    return max(1, int(np.median([*counts.values()]))) if counts else 6


def _bands(strength: F8, noise: F8, courses: Courses, seed: int) -> tuple[F8, F8]:
    """The mean course of a donor's mice and a reading of one, f8[time, 3] each, over the mice's own thresholds."""
    from allodynia.infer.posterior import strengths

    grid_courses = courses.on_grid(np.arange(courses.times.size))
    which = np.abs(np.log(np.maximum(strength, 1e-9))[:, None] - np.log(np.maximum(strengths(), 1e-9))).argmin(axis=1)
    mean = np.exp(grid_courses).mean(axis=1)[which]
    random = np.random.Generator(np.random.Philox(seed))
    mouse = random.integers(courses.mice, size=strength.size)
    sigma = np.sqrt(np.log1p(noise**2))[:, None]
    error = np.exp(sigma * random.standard_normal((strength.size, courses.times.size)) - 0.5 * sigma**2)
    reading = np.exp(grid_courses[which, mouse]) * error
    return quantiles(mean, BAND), quantiles(reading, BAND)


def _named(progress: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(what, done, total)
