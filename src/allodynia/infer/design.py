"""On which days should the next mice be read? Preposterior analysis by expected posterior variance.

For every day: a donor's strength is drawn from today's posterior, the readings of new mice that it would give are
drawn, and the posterior that they would leave is worked out; its variance is averaged (Raiffa and Schlaifer 1961;
Chaloner and Verdinelli 1995, Stat. Sci. 10:273, Bayesian A-optimality).
New mice are read once before the dose and on the day; the
mean over them is taken as normal, with the spread between animals that the emulator has at each strength. Days are
added one at a time, the best first (greedy), as far as they narrow the posterior by more than the draws tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.infer.emulator import Courses
from allodynia.infer.posterior import moments

F8 = NDArray[np.float64]

DRAWS = 200
"""Experiments imagined a donor."""

MOST_DAYS = 4
"""Days chosen together."""


@dataclass(frozen=True)
class Design:
    """``left`` f8[day]: expected variance of strength over today's, both summed over donors, when the new mice are read
    on that day of ``days``; ``chosen`` days together, in the order of choice, with ``chosen_left`` after each.
    ``mice`` new mice a donor.
    """

    days: F8
    left: F8
    chosen: tuple[float, ...]
    chosen_left: tuple[float, ...]
    mice: int

    @property
    def ranked(self) -> list[tuple[float, float]]:
        """Days with what they leave, the most telling first."""
        order = np.argsort(self.left, kind="stable")
        return [(float(self.days[number]), float(self.left[number])) for number in order]


def next_days(mass: F8, courses: Sequence[Courses], days: F8, *, noise: float, mice: int, seed: int) -> Design:
    """Which of ``days`` to read on.

    Parameters
    ----------
    mass
        Today's posterior of each donor, f8[donor, 1 + grid].
    courses
        Of each donor's arm; donors of one arm are given the same object.
    noise
        Coefficient of variation of a reading.
    mice
        New mice a donor.
    """
    distinct = {id(one): one for one in courses}
    expected = {name: _expected(one, days, noise, mice) for name, one in distinct.items()}
    random = np.random.Generator(np.random.Philox(seed))
    true = np.stack([random.choice(mass.shape[1], size=DRAWS, p=one / one.sum()) for one in mass])
    normal = random.standard_normal((*true.shape, days.size))
    imagined = _Imagined(mass, [*expected.values()], [[*expected].index(id(one)) for one in courses], true, normal)
    left = np.array([imagined.left([number]) for number in range(days.size)])
    chosen: list[int] = []
    chosen_left: list[float] = []
    for _ in range(min(MOST_DAYS, days.size)):
        rest = [number for number in range(days.size) if number not in chosen]
        tried = [imagined.left([*chosen, number]) for number in rest]
        best = int(np.argmin(tried))
        if tried[best] > 0.99 * (chosen_left[-1] if chosen_left else 1.0):
            break
        chosen.append(rest[best])
        chosen_left.append(float(tried[best]))
    return Design(days, left, tuple(float(days[number]) for number in chosen), tuple(chosen_left), mice)


def _expected(courses: Courses, days: F8, noise: float, mice: int) -> tuple[F8, F8]:
    """Mean f8[place, day] and covariance f8[place, day, day] of the mean reading of so many mice."""
    course = courses.on_grid(courses.at(days))
    mean = course.mean(axis=1)
    variance = float(np.log1p(noise**2))
    centred = course - mean[:, None, :]
    # Between mice, and the errors of the day's reading and of the one before the dose, which all days share.
    cov = np.einsum("pkr,pks->prs", centred, centred) / course.shape[1]
    return mean, (cov + variance * (np.eye(days.size) + 1.0)) / mice


@dataclass(frozen=True)
class _Imagined:
    """Experiments: ``expected`` are means and covariances of each arm's courses, ``of_donor`` which are a donor's."""

    mass: F8
    expected: Sequence[tuple[F8, F8]]
    of_donor: Sequence[int]
    true: NDArray[np.int64]
    normal: F8

    def left(self, which: list[int]) -> float:
        """Expected variance over today's, both summed over donors, when all days ``which`` are read."""
        roots = [np.linalg.cholesky(cov[:, which][:, :, which]) for _, cov in self.expected]
        inverses = [np.linalg.inv(root) for root in roots]
        before, after = 0.0, 0.0
        for donor, (mass, arm) in enumerate(zip(self.mass, self.of_donor, strict=True)):
            now = float(moments(mass)[1])
            if now <= 0.0:
                continue
            mean, root, inverse = self.expected[arm][0][:, which], roots[arm], inverses[arm]
            log_size = np.log(np.einsum("pii->pi", root)).sum(axis=1)
            true = self.true[donor]
            seen = mean[true] + np.einsum("sij,sj->si", root[true], self.normal[donor][:, which])
            # Places that no posterior mass is at need not be weighed.
            kept = np.flatnonzero(mass > 1e-12 * mass.max())
            apart = seen[:, None, :] - mean[kept]
            scaled = np.einsum("pij,spj->spi", inverse[kept], apart)
            log_weight = np.log(mass[kept]) - log_size[kept] - 0.5 * (scaled**2).sum(axis=2)
            weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
            full = np.zeros((len(true), mass.size))
            full[:, kept] = weight / weight.sum(axis=1, keepdims=True)
            before, after = before + now, after + float(moments(full)[1].mean())
        return after / before if before > 0.0 else 1.0
