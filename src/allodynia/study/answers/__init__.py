"""What a person in a trial says and does beyond the biology: placebo, fluctuation, ratings, dropout, missing data.

Pure functions over arrays [replicate, person, ...]. Every random number has its place in a counter stream keyed (seed,
what it is for, world, person, day), and nothing else: a person has the same luck in every arm, whoever else is asked
for.

A trial uses them in this order::

    table = numbers(seed, worlds, uncertainty=...)            # the numbers of each replicate (system/answers.yaml)
    who = traits(table, seed, worlds, people)                 # i8[replicate]; i8[person] or i8[replicate, person]
    days = diary_days(times, 7)                               # f8[time, day]; times in days from the first dose
    felt = course(who, days, seed, worlds, people)            # or course(who, times, ...) for ratings at visits
    seen = answers(true, felt, "nrs", kept=~missing(table, days, seed, worlds, people, kind="entry"))
    belief = expectation("double-blind", {"drug": 2, "placebo": 1}, {"drug": "active", "placebo": "placebo"}, "drug")
    reward = belief * who.placebo                             # brain.reward of each person from the first dose on
    left = dropout(table, exposure, seen, baseline, belief, who, times, until, seed, worlds, people)

The placebo effect is not added here: ``brain.reward`` goes through the model's own brain. Regression to the mean is not
added either: it follows from who is let in by a threshold, since courses are stationary.

``true`` of a diary may be given once a reading or for each of its days. Flares, colds and stressors are events of their
own and no part of a course.
"""

from __future__ import annotations

from allodynia.study.answers.belief import BLINDINGS, KINDS, expectation
from allodynia.study.answers.course import FIRST_DAY, course, diary_days
from allodynia.study.answers.leaving import Cause, Left, dropout, missing
from allodynia.study.answers.numbers import Numbers, numbers, shipped
from allodynia.study.answers.reading import LEAST_A_WEEK, answers
from allodynia.study.answers.traits import Traits, traits

__all__ = [
    "BLINDINGS",
    "FIRST_DAY",
    "KINDS",
    "LEAST_A_WEEK",
    "Cause",
    "Left",
    "Numbers",
    "Traits",
    "answers",
    "course",
    "diary_days",
    "dropout",
    "expectation",
    "missing",
    "numbers",
    "shipped",
    "traits",
]
