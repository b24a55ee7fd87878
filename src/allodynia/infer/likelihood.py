"""How likely readings are, given how strong each donor's IgG is and how exactly thresholds are read.

A reading is threshold x course x error, error lognormal. The mouse's own threshold before the dose is not known but by
its readings: it is integrated out over a prior that is flat in its logarithm, so each mouse is its own control, and one
that was never read before the dose tells only by the shape of its course. What else differs between mice
(absorption, clearance, how sensitive they become, whether they answer human IgG) is integrated out over the
emulator's animals, each of whom is a possible mouse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.distributions import Z_975
from allodynia.infer.data import Mouse
from allodynia.infer.emulator import Courses, grid

F8 = NDArray[np.float64]

NOISE_FACTOR = 3.0
"""Readings of another laboratory scatter by the study's noise within this factor (95 %): assumed."""

NOISE_SDS = 3.0
"""Where the prior of the noise ends, in its standard deviations."""

THRESHOLDS = np.log(1000.0)
"""Width of the prior of a mouse's own threshold, 1 g to 1 kg; the same in every variant, so none gains by it."""

NODES = 25
"""Sizes of the noise at which likelihoods are worked out."""

LARGEST_PART = 4_000_000
"""Numbers held at a time."""


@dataclass(frozen=True)
class Likelihood:
    """Logarithms of likelihoods, worked out at every strength and many sizes of the noise.

    ``log_noise`` f8[noise]: logarithm of the coefficient of variation of a reading; ``donors`` f8[part, noise, donor,
    1 + grid], inert first; ``vehicle`` f8[part, noise] of all mice that got nobody's IgG. Part 0 is of all animals of
    the emulator, 1 and 2 of its halves, from which it is told how much hangs on which were drawn.
    """

    log_noise: F8
    donors: F8
    vehicle: F8


def noise_sd() -> float:
    """Standard deviation of the logarithm of the noise, beforehand."""
    return float(np.log(NOISE_FACTOR) / Z_975)


def tabulate(mice: Sequence[Mouse], courses: Mapping[str, Courses], noise: float, names: Sequence[str]) -> Likelihood:
    """Work out the likelihood of the readings of ``mice``.

    ``courses`` by arm; ``noise`` is the coefficient of variation that the study has; ``names`` are the donors.
    """
    log_noise = np.log(noise) + np.linspace(-NOISE_SDS, NOISE_SDS, NODES) * noise_sd()
    donors = np.zeros((3, NODES, len(names), 1 + grid().size))
    vehicle = np.zeros((3, NODES))
    for group in _alike(mice):
        first = group[0]
        here = courses[first.arm]
        course = here.on_grid(here.at(first.day))
        if not first.donor:
            course = course[:1]
        found = _group(np.log([mouse.grams for mouse in group]), course, log_noise)  # [part, noise, mouse, place]
        for number, mouse in enumerate(group):
            if mouse.donor:
                donors[:, :, names.index(mouse.donor)] += found[:, :, number]
            else:
                vehicle += found[:, :, number, 0]
    return Likelihood(log_noise, donors, vehicle)


def _alike(mice: Sequence[Mouse]) -> list[list[Mouse]]:
    """Mice of one arm read on the same days, together."""
    groups: dict[tuple[object, ...], list[Mouse]] = {}
    for mouse in mice:
        groups.setdefault((mouse.arm, bool(mouse.donor), *np.maximum(mouse.day, 0.0)), []).append(mouse)
    return [*groups.values()]


def _group(log_grams: F8, course: F8, log_noise: F8) -> F8:
    """f8[part, noise, mouse, place] from ``log_grams`` f8[mouse, reading] and ``course`` f8[place, animal, reading]."""
    mice, readings = log_grams.shape
    places, animals, _ = course.shape
    # The threshold's integral leaves deviations from each one's own mean.
    seen = log_grams - log_grams.mean(axis=1, keepdims=True)
    shape = course - course.mean(axis=2, keepdims=True)
    own = np.einsum("pkr,pkr->pk", shape, shape)
    variance = np.log1p(np.exp(2.0 * log_noise))
    constant = -0.5 * (readings - 1) * np.log(2.0 * np.pi * variance) - 0.5 * np.log(readings) - np.log(THRESHOLDS)
    out = np.empty((3, log_noise.size, mice, places))
    half = animals // 2
    step = max(1, LARGEST_PART // (places * animals))
    for start in range(0, mice, step):
        part = seen[start : start + step]
        squares = (
            (part * part).sum(axis=1)[:, None, None] - 2.0 * np.einsum("mr,pkr->mpk", part, shape, optimize=True) + own
        )
        least = squares.min(axis=2, keepdims=True)
        for number, value in enumerate(variance):
            weight = np.exp((least - squares) / (2.0 * value))
            sums = (weight.mean(axis=2), weight[..., :half].mean(axis=2), weight[..., half:].mean(axis=2))
            for which, one in enumerate(sums):  # a half may lack any animal that comes near
                out[which, number, start : start + step] = np.log(np.maximum(one, 1e-300)) - least[..., 0] / (
                    2.0 * value
                )
    return np.asarray(out + constant[None, :, None, None])


def between(log_noise: F8, values: F8) -> Callable[[F8], F8]:
    """A function that gives ``values`` f8[noise, ...] at noises f8[n], f8[n, ...]: cubic in the logarithm."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(log_noise, values, axis=0)
    return lambda at: np.asarray(spline(np.clip(at, log_noise[0], log_noise[-1])))


def prior_weights(centre: F8, spread: F8, share: float) -> F8:
    """Logarithm of the prior of donors on inert and the grid, f8[n, 1 + grid]: a donor acts with probability
    ``share``, with a normal logarithm of strength; what lies beyond the grid is at its ends.
    """
    from scipy.special import ndtr

    places = grid()
    edges = 0.5 * (places[1:] + places[:-1])
    below = ndtr((edges - centre[:, None]) / spread[:, None])
    full = np.concatenate([np.zeros((len(below), 1)), below, np.ones((len(below), 1))], axis=1)
    mass = share * np.diff(full, axis=1)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.concatenate([np.full((len(mass), 1), 1.0 - share), mass], axis=1)))
