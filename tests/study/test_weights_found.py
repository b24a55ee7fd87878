"""Published numbers as goals, and the weights that ship: what they reach, and that they are what the search gives."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.api.weights import weighting_text
from allodynia.cohort import Tally
from allodynia.cohort.tilting import effective_size
from allodynia.cohort.weighting import Weighting
from allodynia.errors import InvalidInput
from allodynia.study import weights_found
from allodynia.study.cohort_fit import Healthy, against_healthy, fit, outputs_of, shown
from allodynia.study.recruit import Recruiter
from allodynia.study.weights_found import Found, find_weights, solve, weigh
from allodynia.system import load_system
from allodynia.system.cohort_targets import ReadingError, TargetRow, Term
from allodynia.system.weighting_table import read_weighting
from allodynia.yamltext import load

RNG = np.random.default_rng(7)
X = RNG.normal(10.0, 2.0, 4000)
VALUES = {"x": X, "y": np.exp(0.5 * RNG.normal(size=4000)), "woman": (RNG.random(4000) < 0.8).astype(float)}
VALUES["z"] = np.where(VALUES["woman"] > 0.5, X, 5.0 * X - 40.0)  # men's values have another mean and spread
ONES = np.ones(X.size)


PLAIN = (Term("x"),)


def target(
    name="t", statistic="mean", value=11.0, interval=(10.9, 11.1), terms=PLAIN, about=0.0, among=None, held=True
):
    return TargetRow(
        name, statistic, terms, "all", among, value, interval, about, ReadingError(), None, "", 1.0, ("r",), "", held,
        None,
    )  # fmt: skip


HEALTHY = Healthy({"smd": (9.0, 2.0), "ratio": (8.0, 1.0), "gap": (12.0, 1.0)}, {})


@pytest.mark.parametrize(
    "one",
    [
        target(),
        target(statistic="sd", value=1.5, interval=(1.4, 1.6), about=10.0),
        target(statistic="share", value=0.3, interval=(0.28, 0.32), terms=(Term("x", 1, 10.0),)),
        target("smd", "smd", 0.8, (0.75, 0.85)),
        target("ratio", "ratio_to_healthy", 1.3, (1.28, 1.32)),
        target("gap", "difference_from_healthy", -1.0, (-1.1, -0.9)),
        target(value=10.5, interval=(10.4, 10.6), among=("woman", 0.5)),
        target("smd", "smd", 0.8, (0.78, 0.82), terms=(Term("z"),), among=("woman", 0.5)),
    ],
    ids=lambda one: one.statistic,
)
def test_each_statistic_is_brought_to_its_published_value(one):
    tilt, goals, per = solve([one], VALUES, HEALTHY, 1e5, 8.0)
    weights = weigh([one], VALUES, HEALTHY, goals, per, tilt)
    assert shown(one, VALUES, weights, HEALTHY) == pytest.approx(one.value, abs=0.02)
    assert weights.max() <= 8.0 * (1.0 + 1e-9)


def test_statistics_of_unweighted_people_are_the_usual_ones():
    assert shown(target(), VALUES, ONES, HEALTHY) == pytest.approx(X.mean())
    assert shown(target(statistic="sd", about=3.0), VALUES, ONES, HEALTHY) == pytest.approx(X.std())
    women = X[VALUES["woman"] == 1.0]
    assert shown(target(among=("woman", 0.5)), VALUES, ONES, HEALTHY) == pytest.approx(women.mean())
    pooled = np.sqrt(0.5 * (X.std() ** 2 + 4.0))
    assert shown(target("smd", "smd"), VALUES, ONES, HEALTHY) == pytest.approx((X.mean() - 9.0) / pooled)


def test_a_percentile_of_healthy_people_is_that_of_a_lognormal():
    one = target("low", "share", 0.4, (0.3, 0.5), terms=(Term("y", -1, None, 5.0),))
    cuts = against_healthy([one], VALUES, ONES).cuts["low"]
    assert cuts[0] == pytest.approx(np.exp(-1.645 * 0.5), rel=0.03)
    assert shown(one, VALUES, ONES, Healthy({}, {"low": cuts})) == pytest.approx(0.05, abs=0.01)


def test_two_goals_that_contradict_each_other_are_both_missed_and_said_so():
    goals = [target("a", value=9.0, interval=(8.9, 9.1)), target("b", value=11.0, interval=(10.9, 11.1))]
    tilt, told, per = solve(goals, VALUES, HEALTHY, 10.0, 8.0)
    rows = fit(goals, VALUES, weigh(goals, VALUES, HEALTHY, told, per, tilt), HEALTHY)
    assert [row.within for row in rows] == [False, False]
    assert rows[0].distance == pytest.approx(-rows[1].distance, rel=0.1)
    assert rows[0].distance > 5.0


def test_percentiles_of_healthy_people_are_kept_for_targets_that_are_only_compared():
    """No multiplier is theirs, and yet what is kept of a search must suffice to compare people with them."""
    low = target("low", "share", 0.4, (0.3, 0.5), terms=(Term("y", -1, None, 5.0),), held=False)
    healthy = against_healthy([target(), low], VALUES, ONES)
    tilt, goals, per = solve([target()], VALUES, healthy, 10.0, 8.0)
    tally = Tally("fm", 4000, 0, 0, 0, {})
    found = Found("fm", (target(),), goals, per, tilt, healthy, 10.0, (), (), 4000, 3000.0, tally, 1)
    read = read_weighting(load(weighting_text(found), "weighting.yaml"), {"fm": (target(), low)}, {"r"})["fm"]
    kept = Healthy(read.healthy, read.cuts)
    assert kept == healthy and not kept.lacks([target(), low])
    assert fit([low], VALUES, ONES, kept)[0].simulated == pytest.approx(0.05, abs=0.01)
    assert Healthy({}, {}).lacks([target(), low, target("ratio", "ratio_to_healthy")]) == ["low", "ratio"]
    assert Weighting.of(read).tilt.multipliers == pytest.approx(tilt.multipliers)


# --------------------------------------------------------------------------------------------- what ships
@pytest.fixture(scope="module")
def system():
    return load_system("human")


@pytest.fixture(scope="module")
def pool(system):
    targets = system.people["fibromyalgia"].targets
    return Recruiter(system, "fibromyalgia", outputs_of(targets), spread=True).find(11, range(1), 1024)


def test_shipped_weights_bring_people_they_have_not_seen_nearer_to_published_ones(system, pool):
    row = system.people["fibromyalgia"]
    held = [one for one in row.targets if one.held]
    healthy = Healthy(row.weighting.healthy, row.weighting.cuts)
    weights = Weighting.of(row.weighting).weights(dict(pool.values))
    before = fit(held, pool.values, np.ones(weights.size), healthy)
    after = fit(held, pool.values, weights, healthy)

    def off(rows):
        return float(np.mean([min(abs(row.distance), 5.0) ** 2 for row in rows]))

    assert off(after) < 0.5 * off(before)
    assert sum(one.within for one in after) >= len(held) - 3
    assert weights.mean() == pytest.approx(1.0, abs=0.12)
    assert effective_size(weights) > 0.2 * weights.size


def test_the_weakest_strength_must_leave_as_many_people_too(system, monkeypatch):
    """Goals that the weakest strength already spends the pool on are not met by weights that are handed out."""
    monkeypatch.setattr(weights_found, "LEAST_EFFECTIVE", 1.0)
    with pytest.raises(InvalidInput, match="leave 100 % of the pool"):
        find_weights(system, "fibromyalgia", people=64, seed=2)


def test_every_held_target_has_its_multiplier_and_no_other(system):
    row = system.people["fibromyalgia"]
    assert [one.target.id for one in row.weighting.multipliers] == [one.id for one in row.targets if one.held]


def test_the_search_finds_weights_again(system):
    found = find_weights(system, "fibromyalgia", people=512, seed=2)
    assert found.effective >= 0.25 * found.people
    by_name = {row.target: row for row in found.weighted}
    assert by_name["widespread_pain"].within
    assert not by_name["fiqr_below_first_quartile"].within, "nobody in remission is in this population"
