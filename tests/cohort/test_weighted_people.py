"""People taken by weight: the right share of each kind, and the same person whatever else is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.cohort.moments import Moment
from allodynia.cohort.people import Candidates, find_people
from allodynia.cohort.read_distribution import read_distribution
from allodynia.cohort.rest import Rest
from allodynia.cohort.table import PeopleTable, Variable
from allodynia.cohort.tilting import Tilt
from allodynia.cohort.weighting import Weighting
from allodynia.system.cohort_targets import ReadingError

WORLDS = np.arange(4)
CAP = 4.0
# Everybody's a is even over 0..1; the weight is exp(offset + 3 a), of mean 1 without the bound.
OFFSET = -float(np.log((np.exp(3.0) - 1.0) / 3.0))
WEIGHTING = Weighting((Moment("mean", ("a",), ReadingError()),), (0.0,), (1.0,), Tilt(np.array([3.0]), OFFSET, CAP))


def candidates(worlds=WORLDS, *, spread=True, weighted=True):
    even = read_distribution({"uniform": [0, 1]})
    varying = [
        (Variable(name, column, "subject", 0.5, even, None), np.full(worlds.size, 0.5))
        for column, name in enumerate(("a", "b"))
    ]
    centres = np.full((worlds.size, 2), 0.5)
    return Candidates(1, ("people", "fm", "x"), worlds, centres, varying, spread=spread, weighted=weighted)


def settle(parameters, people):
    values = parameters[:, [{"a": 0, "b": 1}[name] for name in people.looked_at]]
    return Rest(parameters.copy(), values, np.zeros(len(parameters), dtype=np.int32), np.zeros(len(parameters)))


def table(weighting=WEIGHTING):
    return PeopleTable((), {}, {"b": (0.2, 1.0)}, weighting, ("b",))


@pytest.mark.parametrize("spread", [True, False])
def test_those_taken_follow_the_tilted_law(spread):
    found = find_people("fm", table(), candidates(spread=spread), 2000, {}, settle)
    a = np.sort(found.parameters[..., 0].reshape(-1))
    # The distribution function of a density in proportion to exp(3 a): nowhere does the bound bind.
    assert np.exp(OFFSET + 3.0) < CAP
    expected = (np.exp(3.0 * a) - 1.0) / (np.exp(3.0) - 1.0)
    places = (np.arange(a.size) + 0.5) / a.size
    assert np.abs(expected - places).max() < 1.63 / np.sqrt(a.size), "Kolmogorov's bound at 1 %"
    assert found.parameters[..., 1].min() > 0.2
    tally = found.tally
    plausible = tally.tried - tally.rejected
    assert (plausible - tally.declined) == found.status.size
    assert (plausible - tally.declined) / plausible == pytest.approx(1.0 / CAP, rel=0.05)
    assert tally.accepted == pytest.approx(0.8, abs=0.02), "who is declined for weight is not implausible"


def test_the_same_people_whatever_their_number_and_whoever_else_is_asked_for():
    whole = find_people("fm", table(), candidates(), 60, {}, settle)
    few = find_people("fm", table(), candidates(), 7, {}, settle)
    one = find_people("fm", table(), candidates(WORLDS[2:3]), 60, {}, settle)
    assert (few.parameters == whole.parameters[:, :7]).all()
    assert (one.parameters[0] == whole.parameters[2]).all()
    assert (one.values[0] == whole.values[2]).all()


def test_without_weights_the_candidates_are_those_of_before():
    plain = candidates(weighted=False)
    assert "(taken)" not in plain.column
    found = find_people("fm", table(None), plain, 16, {}, settle)
    offered = plain.parameters(0, 64)
    for world in range(WORLDS.size):
        fits = offered[world][offered[world, :, 1] >= 0.2][:16]
        assert (found.parameters[world] == fits).all()


def test_weights_and_chances_agree():
    values = {"a": np.array([0.0, 0.5, 1.0]), "b": np.ones(3)}
    weights = WEIGHTING.weights(values)
    assert weights == pytest.approx(np.exp(OFFSET + 3.0 * values["a"]))
    u = np.arange(0.5, 1000.0) / 1000.0
    share = [
        WEIGHTING.taken({name: np.full(u.size, one[k]) for name, one in values.items()}, u).mean() for k in range(3)
    ]
    assert share == pytest.approx(weights / CAP, abs=1e-3)
