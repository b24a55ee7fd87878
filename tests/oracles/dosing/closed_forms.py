"""Linear compartments solved by hand: every response is a sum of exponentials, every history a sum of responses.

One compartment: y' = -k y, so a unit dose leaves e^(-k t).

Two compartments: c' = -(k + k12) c + k21 p, p' = k12 c - k21 p. The eigenvalues -a, -b satisfy a + b = k + k12 + k21
and a b = k k21; with c(0) = 1, p(0) = 0, so c'(0) = -(k + k12),
c(t) = ((a - k21) e^(-a t) + (k21 - b) e^(-b t)) / (a - b).

Absorption from a depot d' = -ka d: the convolution of ka e^(-ka t) with the response to a bolus, term by term
w e^(-l t) -> w ka (e^(-l t) - e^(-ka t)) / (ka - l).

An infusion of a unit amount over T: the response averaged over entry times 0 .. T,
w (e^(-l (t - T)+) - e^(-l t)) / (l T).

Doses every tau from the endless past: the sum over n = 1, 2, ... of e^(-l (t + n tau)) is
e^(-l (t + tau)) / (1 - e^(-l tau)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from allodynia.engine.regimen import Dose, Reset

Terms = tuple[tuple[float, float], ...]
"""Pairs (w, l): the sum of w e^(-l t)."""


@dataclass(frozen=True)
class Person:
    """One subject: elimination, exchange (0: one compartment), absorption, lag, share that arrives, baseline."""

    k: float
    k12: float
    k21: float
    ka: float
    lag: float
    share: float
    baseline: float


def bolus(person: Person) -> Terms:
    """The central amount after a unit dose into it."""
    k, k12, k21 = person.k, person.k12, person.k21
    if k12 == 0.0:
        return ((1.0, k),)
    total, product = k + k12 + k21, k * k21
    a = 0.5 * (total + math.sqrt(total * total - 4.0 * product))
    b = product / a  # the small root without cancellation
    return (((a - k21) / (a - b), a), ((k21 - b) / (a - b), b))


def absorbed(person: Person) -> Terms:
    """The central amount after a unit dose into the depot."""
    ka = person.ka
    scaled = tuple((w * ka / (ka - rate), rate) for w, rate in bolus(person))
    return (*scaled, (-sum(w for w, _ in scaled), ka))


def value(terms: Terms, t: float) -> float:
    """The sum at time t after the dose."""
    return sum(w * math.exp(-rate * t) for w, rate in terms)


def infused(terms: Terms, t: float, length: float) -> float:
    """At time t after the beginning of an infusion of a unit amount over ``length``."""
    after = max(t - length, 0.0)
    during = min(t, length)
    return sum(w / rate * math.exp(-rate * after) * -math.expm1(-rate * during) / length for w, rate in terms)


def endless(terms: Terms, t: float, every: float, length: float | None) -> float:
    """At time t after a dose, that dose and all before it, ``every`` so much time for ever, none after."""
    if length is None:
        return sum(w * math.exp(-rate * t) / -math.expm1(-rate * every) for w, rate in terms)
    unfinished = 0
    while t + unfinished * every < length:
        unfinished += 1
    running = sum(infused(terms, t + n * every, length) for n in range(unfinished))
    later = t + unfinished * every - length
    gone = sum(
        w / rate * math.exp(-rate * later) * -math.expm1(-rate * length) / length / -math.expm1(-rate * every)
        for w, rate in terms
    )
    return running + gone


def central(person: Person, records: list[Dose | Reset], t: float) -> float:
    """The central amount at time t, from 0, sampled before what happens at t; records in order of time."""
    cut, since, total = -1, 0.0, 0.0
    for number, record in enumerate(records):
        wipes = isinstance(record, Reset) or record.steady
        if wipes and (record.at < t or (record.at == 0.0 and not isinstance(record, Reset))):
            cut, since = number, record.at
    begins_steady = cut >= 0 and not isinstance(records[cut], Reset)
    if not begins_steady:
        total += person.baseline * value(bolus(person), t - since)
    for number, record in enumerate(records):
        if number < cut or isinstance(record, Reset):
            continue
        terms = absorbed(person) if record.into == "depot" else bolus(person)
        lag = person.lag if isinstance(record.lag, str) else record.lag
        share = person.share if isinstance(record.bioavailability, str) else record.bioavailability
        amount = record.amount * share
        length = record.over if record.rate is None else amount / record.rate
        for dose in range(record.repeat):
            since_arrival = t - (record.at + dose * (record.every or 0.0) + lag)
            if since_arrival > 0.0:
                one = value(terms, since_arrival) if length is None else infused(terms, since_arrival, length)
                total += amount * one
        if record.steady and number == cut:
            since_last = t - (record.at + lag - record.every)  # of the last dose before the record
            while since_last <= 0.0:
                since_last += record.every  # not yet arrived: the one before
            total += amount * endless(terms, since_last, record.every, length)
    return total
