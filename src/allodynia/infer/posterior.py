"""The posterior: what all donors share by nested sampling, each donor's strength exactly given that.

Donors are exchangeable members of their population, whose centre and spread are learnt with them. Given these and the
noise, donors are independent and each has one unknown; it is summed out on a grid. So the sampler (nautilus: Lange
2023, MNRAS 525:3181) sees one dimension for the noise and two a population however many donors there are, and the
evidence is that of the whole model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr, ndtri

from allodynia.cohort.distributions import Z_975
from allodynia.errors import InvalidInput
from allodynia.infer.emulator import STEP, Population, grid
from allodynia.infer.likelihood import NOISE_SDS, Likelihood, between, noise_sd, prior_weights

F8 = NDArray[np.float64]

CENTRE_FACTOR = 3.0
"""A laboratory's donors have a median strength within this factor of the table's (95 %): assumed."""

SPREAD_FACTOR = 2.0
"""And a spread of its logarithm within this factor of the table's (95 %): assumed."""

NARROWEST = 0.02
"""Least spread between donors, of the logarithm: half a step of the grid."""

LIVE, EFFECTIVE = 400, 2500
"""Live points of the sampler, and draws of equal weight that its points must count as."""

DRAWS = 2000
"""Draws that are kept."""


@dataclass(frozen=True)
class Posterior:
    """Draws of everything unknown.

    ``strength`` f8[draw, donor]: titre times potency in multiples of a typical patient's, 0 for inert IgG; ``noise``
    f8[draw]; ``centre`` and ``spread`` f8[draw, population] of the logarithm of strength; ``mass`` f8[donor, 1 +
    grid], each donor's posterior with the rest averaged out, ``next_mass`` f8[population, 1 + grid] that of a donor not
    tested yet. ``log_evidence`` is natural; ``sampling_error`` is the sampler's, ``animals_error`` what hangs on which
    animals the emulator holds.
    """

    strength: F8
    noise: F8
    centre: F8
    spread: F8
    mass: F8
    next_mass: F8
    log_evidence: float
    sampling_error: float
    animals_error: float


class Target:
    """The posterior density of what all donors share, in standard normal coordinates cut off at three deviations."""

    def __init__(
        self, likelihood: Likelihood, noise: float, populations: Sequence[Population], of_donor: Sequence[int]
    ) -> None:
        self.log_noise = float(np.log(noise))
        self.populations, self.of_donor = tuple(populations), np.asarray(of_donor, dtype=np.int64)
        self.dimensions = 1 + 2 * len(self.populations)
        self._donors = [between(likelihood.log_noise, one) for one in likelihood.donors]
        self._vehicle = [between(likelihood.log_noise, one) for one in likelihood.vehicle]

    def from_cube(self, cube: F8) -> F8:
        """Coordinates from a point of the unit cube."""
        low, high = ndtr(-NOISE_SDS), ndtr(NOISE_SDS)
        return np.asarray(ndtri(low + np.asarray(cube) * (high - low)))

    def noise(self, points: F8) -> F8:
        """Logarithm of the coefficient of variation of a reading."""
        return np.asarray(self.log_noise + noise_sd() * points[:, 0])

    def population(self, points: F8, number: int) -> tuple[F8, F8]:
        """Centre and spread of a population."""
        known = self.populations[number]
        centre = known.centre + np.log(CENTRE_FACTOR) / Z_975 * points[:, 1 + 2 * number]
        spread = max(known.spread, NARROWEST) * np.exp(np.log(SPREAD_FACTOR) / Z_975 * points[:, 2 + 2 * number])
        return centre, np.maximum(spread, NARROWEST)

    def joint(self, points: F8, part: int = 0) -> F8:
        """Logarithm of prior times likelihood of every donor's strength, f8[n, donor, 1 + grid]."""
        table = self._donors[part](self.noise(points))
        for number, known in enumerate(self.populations):
            weights = prior_weights(*self.population(points, number), known.share)
            table[:, self.of_donor == number] += weights[:, None, :]
        return table

    def log_likelihood(self, points: F8, part: int = 0) -> F8:
        """Logarithm of the likelihood of all readings, f8[n]."""
        points = np.atleast_2d(points)
        vehicle = self._vehicle[part](self.noise(points))
        joint = self.joint(points, part)
        most = joint.max(axis=2, keepdims=True)  # finite: every donor is inert or acts
        joint -= most
        np.exp(joint, out=joint)
        return np.asarray(vehicle + (np.log(joint.sum(axis=2)) + most[..., 0]).sum(axis=1))


def sample(target: Target, seed: int, *, progress: Callable[[int], None] | None = None) -> Posterior:
    """Sample ``target``; the same seed gives the same draws.

    ``progress`` hears how often the likelihood was worked out.

    Raises
    ------
    InvalidInput
        nautilus-sampler is not installed.
    """
    require_sampler()
    from nautilus import Sampler
    from threadpoolctl import threadpool_limits

    evaluations = 0

    def log_likelihood(points: F8) -> F8:
        nonlocal evaluations
        evaluations += len(points)
        if progress is not None:
            progress(evaluations)
        return target.log_likelihood(points)

    sampler = Sampler(
        target.from_cube, log_likelihood, n_dim=target.dimensions, n_live=LIVE, vectorized=True, seed=seed,
        n_networks=0, pool=None,
    )  # fmt: skip
    # The sampler's matrices are small: threads cost more than they do, and their number would enter the last bits.
    with threadpool_limits(1):
        sampler.run(n_eff=EFFECTIVE, discard_exploration=True, verbose=False)
    points, log_weight, _ = sampler.posterior()
    weight = np.exp(log_weight - logsumexp(log_weight))
    random = np.random.Generator(np.random.Philox(seed))
    chosen = points[_systematic(weight, DRAWS, random)]
    return _posterior(target, chosen, float(sampler.log_z), 1.0 / float(np.sqrt(sampler.n_eff)), random)


def require_sampler() -> None:
    """Refuse to begin without the sampler.

    Raises
    ------
    InvalidInput
        nautilus-sampler is not installed; the message says how to.
    """
    from importlib.util import find_spec

    if find_spec("nautilus") is None:
        raise InvalidInput("fitting needs nautilus-sampler; install it by: pip install 'allodynia[infer]'")


def _systematic(weight: F8, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Numbers of ``count`` points drawn with the weights, evenly."""
    at = (np.arange(count) + random.random()) / count
    return np.minimum(np.searchsorted(np.cumsum(weight), at), weight.size - 1)


def _posterior(target: Target, points: F8, log_evidence: float, error: float, random: np.random.Generator) -> Posterior:
    joint = target.joint(points)
    mass = np.exp(joint - joint.max(axis=2, keepdims=True))
    mass /= mass.sum(axis=2, keepdims=True)
    pairs = [target.population(points, number) for number in range(len(target.populations))]
    nexts = [
        np.exp(prior_weights(*pair, known.share)).mean(axis=0)
        for pair, known in zip(pairs, target.populations, strict=True)
    ]
    halves = [target.log_likelihood(points, part) - target.log_likelihood(points) for part in (1, 2)]
    each = [logsumexp(one) - np.log(one.size) for one in halves]
    return Posterior(
        strength=draw(mass, random), noise=np.exp(target.noise(points)),
        centre=np.stack([pair[0] for pair in pairs], axis=1), spread=np.stack([pair[1] for pair in pairs], axis=1),
        mass=mass.mean(axis=0), next_mass=np.array(nexts), log_evidence=log_evidence, sampling_error=error,
        animals_error=float(abs(each[0] - each[1]) / 2.0),
    )  # fmt: skip


def draw(mass: F8, random: np.random.Generator) -> F8:
    """Strengths f8[...] drawn from ``mass`` f8[..., 1 + grid]: evenly within a step of the grid."""
    total = np.cumsum(mass, axis=-1)
    which = (total < random.random(mass.shape[:-1])[..., None] * total[..., -1:]).sum(axis=-1)
    place = np.concatenate([[-np.inf], grid()])[np.minimum(which, grid().size)]
    return np.asarray(np.exp(place + STEP * (random.random(which.shape) - 0.5)))


def strengths() -> F8:
    """The strengths that ``mass`` belongs to, f8[1 + grid]."""
    return np.concatenate([[0.0], np.exp(grid())])


def moments(mass: F8) -> tuple[F8, F8]:
    """Mean and variance of strength, f8[...] each, from ``mass`` f8[..., 1 + grid]."""
    place = strengths()
    mean = mass @ place
    return mean, np.asarray(np.maximum(mass @ place**2 - mean**2, 0.0))


def quantiles(draws: F8, at: Sequence[float]) -> F8:
    """Quantiles f8[..., len(at)] of ``draws`` f8[draw, ...]."""
    return np.moveaxis(np.quantile(draws, at, axis=0), 0, -1)
