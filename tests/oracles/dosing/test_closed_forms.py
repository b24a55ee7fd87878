"""Doses against closed forms, to 1e-8, alone and in company; and the closed forms against the equations."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.linalg import expm

from allodynia.engine.regimen import simulate_regimens

from .closed_forms import Person, absorbed, bolus, central, endless, infused, value
from .scenarios import ROUTES, STEADY, TIMES, Scenario, scenarios, system

RTOL, ATOL = 1e-12, 1e-13
AGREE = 1e-8
GROUPS = list(itertools.product((1, 2), ROUTES, STEADY))


def solve(compartments: int, subjects: list[Scenario]) -> np.ndarray:
    rows = [subject.row for subject in subjects]
    regimens = [subject.regimen for subject in subjects]
    found = simulate_regimens(system(compartments), rows, regimens, TIMES, ["central"], rtol=RTOL, atol=ATOL)
    assert found.solved.all(), found.counts()
    return found.values[:, :, 0]


def expected(subjects: list[Scenario]) -> np.ndarray:
    return np.array([[central(s.person, list(s.regimen), float(t)) for t in TIMES] for s in subjects])


@pytest.mark.parametrize(("compartments", "route", "steady"), GROUPS)
def test_every_combination_agrees_with_its_closed_form(compartments: int, route: str, steady: str) -> None:
    """Forty-eight unlike subjects in one batch; each number within 1e-8 of itself."""
    subjects = scenarios(compartments, route, steady)
    found, known = solve(compartments, subjects), expected(subjects)
    assert (known.max(axis=1) > 1.0).all()  # every subject received something
    error = np.abs(found - known) / (np.abs(known) + 1e-3 * known.max(axis=1, keepdims=True))
    worst, when = np.unravel_index(int(np.argmax(error)), error.shape)
    place = f"{subjects[worst].name}; at {TIMES[when]}: {found[worst, when]!r}, not {known[worst, when]!r}"
    assert error.max() < AGREE, place


@pytest.mark.parametrize("compartments", [1, 2])
def test_alone_is_as_in_company(compartments: int) -> None:
    """Every subject of every combination, alone: the bits that they had among all others, mixed."""
    groups = [scenarios(compartments, route, steady) for route in ROUTES for steady in STEADY]
    together = [subject for group in groups for subject in group]
    order = np.random.default_rng(3).permutation(len(together))
    found = solve(compartments, [together[i] for i in order])
    for place in range(len(order)):
        alone = solve(compartments, [together[order[place]]])
        assert alone[0].tobytes() == found[place].tobytes(), together[order[place]].name


def matrix(person: Person) -> np.ndarray:
    """Rates between depot, central and peripheral."""
    return np.array([
        [-person.ka, 0.0, 0.0],
        [person.ka, -person.k - person.k12, person.k21],
        [0.0, person.k12, -person.k21],
    ])  # fmt: skip


PEOPLE = [Person(0.2, 0.0, 0.1, 1.3, 0.0, 1.0, 0.0), Person(0.07, 0.4, 0.05, 2.0, 0.0, 1.0, 0.0)]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("t", [0.3, 4.0, 31.0])
def test_the_closed_forms_solve_the_equations(person: Person, t: float) -> None:
    """By the exponential of the matrix, which knows nothing of eigenvalues written out by hand."""
    A = matrix(person)
    through = expm(A * t)
    assert value(bolus(person), t) == pytest.approx(through[1, 1], rel=1e-11)
    assert value(absorbed(person), t) == pytest.approx(through[1, 0], rel=1e-11)
    length = 2.5
    inside = np.linalg.solve(A, expm(A * min(t, length)) - np.eye(3)) @ [0.0, 1.0 / length, 0.0]
    after = expm(A * max(t - length, 0.0)) @ inside
    assert infused(bolus(person), t, length) == pytest.approx(after[1], rel=1e-11)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("length", [None, 1.5, 19.0])
def test_the_endless_past_is_the_limit_of_a_long_one(person: Person, length: float | None) -> None:
    every, t, terms = 6.0, 2.0, bolus(person)
    one = (lambda s: value(terms, s)) if length is None else (lambda s: infused(terms, s, length))
    summed = sum(one(t + n * every) for n in range(4000))
    assert endless(terms, t, every, length) == pytest.approx(summed, rel=1e-11)
