"""What sets one person's answers apart from another's, drawn once a person whatever the arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.cohort.philox import open_unit, philox, stream_key
from allodynia.engine.elementary import expit, logit, ndtr, ndtri
from allodynia.study.answers.numbers import Numbers

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Traits:
    """People's standing traits, f8[replicate, person] each.

    ``placebo``: share, 0 to 1, of what full belief can do (the model's port ``brain.reward`` is belief times this).
    ``variability``: standard deviation of one day's rating about the person's slow course, in points of pain (0 to 10)
    at the pain ``stated_at``. ``slow``: that of the slow course, whose memory is ``slow_time`` in days. ``nocebo``:
    factor on the hazard of leaving for an adverse event. ``adherence``: share of the doses taken.
    """

    placebo: F8
    variability: F8
    slow: F8
    nocebo: F8
    adherence: F8
    slow_time: F8
    stated_at: F8


def traits(table: Numbers, seed: int, worlds: ArrayLike, people: ArrayLike) -> Traits:
    """The traits of ``people`` (i8[person] or i8[replicate, person]) in the replicates ``worlds`` i8[replicate].

    A person is placed in a multivariate normal of placebo, variability, slow course, nocebo and adherence; the place is
    keyed (seed, world, person), so it depends neither on the arm nor on who else is asked for. Placebo has two kinds of
    people: in the share ``placebo_class``, at the upper end, it is logit-normal about ``placebo_median``; the others
    have none. So some people change much and most not at all, which no one normal distribution of changes does.
    """
    who = places(worlds, people)
    first = philox(stream_key(seed, "answers", "traits"), *who, 0)
    second = philox(stream_key(seed, "answers", "traits"), *who, 1)
    z = [ndtri(open_unit(one)) for one in (*first[:4], second[0])]
    value = table.value
    steady, placed = z[0], z[1]
    placebo = _mix(steady, placed, value["variability_placebo"])
    slow = _mix(steady, z[2], value["variability_slow"])
    return Traits(
        placebo=_two_kinds(placebo, value["placebo_class"], value["placebo_median"], value["placebo_spread"]),
        variability=_spread(table, "variability", steady),
        slow=_spread(table, "slow", slow),
        nocebo=_spread(table, "nocebo", z[3]),
        adherence=1.0 / (1.0 + _spread(table, "missed_odds", z[4])),
        slow_time=np.broadcast_to(value["slow_time"], steady.shape),
        stated_at=np.broadcast_to(value["stated_at"], steady.shape),
    )


def places(worlds: ArrayLike, people: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """World and person of every place, i8[replicate, 1] and i8[replicate or 1, person]."""
    world = np.asarray(worlds, dtype=np.int64).reshape(-1, 1)
    person = np.asarray(people, dtype=np.int64)
    return world, person[None, :] if person.ndim == 1 else person


def _mix(shared: F8, own: F8, correlation: F8) -> F8:
    """A standard normal number that correlates with ``shared``."""
    return np.asarray(correlation * shared + np.sqrt(1.0 - correlation**2) * own)


def _spread(table: Numbers, name: str, z: F8) -> F8:
    """A trait at the place ``z`` of its distribution."""
    centre, between = np.broadcast_to(table.value[name], z.shape), table.between[name]
    return centre if between is None else between.quantile(centre, ndtr(z), np.zeros_like(z))


def _two_kinds(z: F8, share: F8, median: F8, spread: F8) -> F8:
    """Placebo: none below the upper ``share`` of places, logit-normal within it, in the order of the places."""
    with np.errstate(divide="ignore", invalid="ignore"):
        within = 1.0 - ndtr(-z) / share  # 0 at the class's lower end, 1 at its upper
        strong = expit(logit(median) + spread * ndtri(within))
    return np.where(ndtr(-z) < share, strong, 0.0)
