"""Scrambled Sobol points, and the search for plausible people, whatever the order they are asked in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allodynia.cohort.people import Candidates, find_people
from allodynia.cohort.read_distribution import read_distribution
from allodynia.cohort.rest import Rest
from allodynia.cohort.sobol import ScrambledSobol
from allodynia.cohort.table import PeopleTable, Variable

NAMES = [f"p{number}" for number in range(12)]
WORLDS = np.arange(6)


def sequence(worlds=WORLDS, names=NAMES, seed=1, labels=("people", "fm", "a")):
    return ScrambledSobol(seed, labels, names, worlds)


def test_every_margin_of_every_world_is_even():
    points = sequence().points(0, 64)
    cells = np.sort(np.floor(points * 64), axis=1)
    assert (cells == np.arange(64)[None, :, None]).all()
    assert points.min() > 0.0
    assert points.max() < 1.0


@settings(max_examples=30)
@given(st.integers(0, 200), st.integers(1, 50), st.integers(0, 4), st.integers(1, 2))
def test_any_part_is_that_of_the_whole(first, count, world, worlds):
    whole = sequence().points(0, 256)
    part = sequence(WORLDS[world : world + worlds]).points(first, count)
    assert (part == whole[world : world + worlds, first : first + count]).all()


def test_streams_and_worlds_are_unrelated_and_no_pair_is_tied_in_all():
    points = sequence(np.arange(64)).points(0, 32)
    other = sequence(np.arange(64), labels=("people", "healthy", "a")).points(0, 32)
    assert not (points == other).any(axis=2).all()
    ties = np.abs([np.corrcoef(world.T)[np.triu_indices(len(NAMES), 1)] for world in points])
    assert ties.mean(axis=0).max() < 0.4, "no two parameters go together in every world"


def test_a_mean_is_nearer_the_truth_than_random_numbers_make_it():
    errors = sequence(np.arange(64)).points(0, 32).mean(axis=1) - 0.5
    plain = np.random.default_rng(1).random((64, 32, len(NAMES))).mean(axis=1) - 0.5
    assert errors.std() < 0.2 * plain.std()


# ------------------------------------------------------------------------------------------------ the search
def candidates(worlds=WORLDS):
    spread = read_distribution({"uniform": [0, 1]})
    varying = [
        (Variable(name, column, "subject", 0.5, spread, None), np.full(worlds.size, 0.5))
        for column, name in enumerate(("a", "b"))
    ]
    return Candidates(1, ("people", "fm", "twins"), worlds, np.full((worlds.size, 3), 0.5), varying)


def settle(parameters, people):
    """At rest where it stands; a candidate with b below 0.05 never rests."""
    count = len(parameters)
    states = parameters[:, :1].copy()
    status = np.where(parameters[:, 1] < 0.05, 7, 0).astype(np.int32)
    states[status != 0] = np.nan
    return Rest(states, states.copy(), status, np.zeros(count))


def table(low, high):
    return PeopleTable((), {}, {"a": (low, high)})


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 0.8), st.floats(0.08, 0.2), st.integers(1, 40))
def test_people_are_the_first_plausible_candidates_in_order(low, width, wanted):
    found = find_people("fm", table(low, low + width), candidates(), wanted, {2: 9.0}, settle)
    offered = candidates().parameters(0, 4096)
    for world in range(WORLDS.size):
        a, b = offered[world, :, 0], offered[world, :, 1]
        takes = np.flatnonzero((b < 0.05) | ((a >= low) & (a <= low + width)))[:wanted]
        assert (found.parameters[world, :, 0] == a[takes]).all()
        assert (found.status[world] == np.where(b[takes] < 0.05, 7, 0)).all()
    assert (found.parameters[..., 2] == 9.0).all()
    assert found.tally.tried - found.tally.rejected == WORLDS.size * wanted
    assert found.tally.missing == 0
    assert found.tally.outside["a"] == found.tally.rejected


def test_more_people_do_not_change_the_first():
    few = find_people("fm", table(0.3, 0.5), candidates(), 5, {}, settle)
    many = find_people("fm", table(0.3, 0.5), candidates(), 60, {}, settle)
    one = find_people("fm", table(0.3, 0.5), candidates(WORLDS[2:3]), 60, {}, settle)
    assert (few.parameters == many.parameters[:, :5]).all()
    assert (one.parameters[0] == many.parameters[2]).all()


def test_a_world_in_which_nobody_fits_is_given_up_and_its_people_are_missing():
    def never(parameters, people):
        rest = settle(parameters, people)
        return Rest(rest.states, np.full_like(rest.values, 2.0), np.zeros_like(rest.status), rest.time)

    found = find_people("fm", table(0.0, 0.5), candidates(), 16, {}, never)
    assert found.tally.missing == WORLDS.size * 16
    assert found.tally.tried == WORLDS.size * 256
    assert (found.status != 0).all()
    assert np.isnan(found.parameters).all()


def test_without_a_range_everybody_is_taken():
    found = find_people("fm", PeopleTable((), {}, {}), candidates(), 8, {}, settle)
    assert found.states is None
    assert found.tally.accepted == pytest.approx(1.0)
    assert (found.parameters == candidates().parameters(0, 8)).all()
