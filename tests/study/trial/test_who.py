"""Who is in a trial: a pool drawn once, what is uncertain drawn in every replicate, and selection by a reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import norm

from allodynia.study.analysis.power import scaled_power
from allodynia.study.trial.dataset import joined
from allodynia.study.trial.enrichment import enrichment
from allodynia.study.trial.result import summarise
from allodynia.study.trial.sizes import least_by_law, size_curve
from allodynia.study.trial.source import PooledPeople

from .conftest import TRIAL, conductor, same, with_value
from .test_conduct import ALONE


def run(system, text=ALONE, replicates=4, **more):
    size = more.pop("size", None)
    made = conductor(system, text, **more)
    return made, joined([*made.all(replicates, size=size)])


def test_people_of_a_pool_come_again_with_luck_of_their_own(patients):
    _, data = run(patients, replicates=6, pool_size=30, twins=0)
    before = data.true["pain"][..., 0]
    assert len(np.unique(before.round(12))) <= 30
    common = np.unique(before.round(12), return_counts=True)[1].max()
    assert common > 3
    one = before.round(12) == np.unique(before.round(12))[0]
    assert len(np.unique(data.readings["pain"][one][:, 0])) > 1 or one.sum() < 3
    _, again = run(patients, replicates=6, pool_size=30, twins=0, size=2)
    same(data, again)


def test_weights_say_how_often_a_member_is_asked(patients):
    made = conductor(patients, pool_size=20)
    members = made.enroller.people
    assert isinstance(members, PooledPeople)
    weights = np.where(np.arange(20) < 5, 3.0, 1.0)
    drawn = replace(members, weights=weights).draw(range(8), 500)
    chosen = (drawn.parameters[..., None, :] == members.parameters).all(axis=-1).argmax(axis=-1)
    share = (chosen < 5).mean()
    assert share == pytest.approx(15 / 30, abs=4 * np.sqrt(0.25 / 4000))
    fewer = replace(members, weights=weights).draw(range(8), 100)
    assert (fewer.parameters == drawn.parameters[:, :100]).all()


class Kept:
    """Twelve people in a file that knows nothing of weights and drugs; the last did not come to rest."""

    def __init__(self, members):
        self.weights = np.arange(1.0, 13.0)
        self.status = np.where(np.arange(12) == 11, 1, 0).astype(np.int32)
        self.members = members

    def within(self, ode, parameters, states):
        known = [number for number, one in enumerate(ode.parameters) if one.id != "body.weight"]
        parameters = parameters.copy()
        parameters[:, known] = self.members.parameters[:, known]
        return parameters, self.members.states.copy()


def test_people_of_a_file_are_asked_by_their_weight_and_what_it_lacks_is_drawn(patients):
    members = conductor(patients, seed=9, pool_size=12).enroller.people
    made, data = run(patients, replicates=8, stored=Kept(members), twins=0)
    people = made.enroller.people
    assert len(people.parameters) == 11
    column = [one.id for one in patients.ode.parameters].index("body.weight")
    assert (people.parameters[:, column] != members.parameters[:11, column]).all()
    gain = [one.id for one in patients.ode.parameters].index("switch.gain")
    drawn = people.draw(range(8), 400).parameters[..., gain]
    heaviest = (drawn == members.parameters[10, gain]).mean()
    assert heaviest == pytest.approx(11 / 66, abs=0.03)
    known = np.unique(members.states[:11, 0].round(9))
    assert data.solved.all()
    assert len(np.unique(data.true["pain"][..., 0].round(6))) <= known.size


def test_what_is_uncertain_is_drawn_in_every_replicate_and_only_then(patients):
    """With the table's values replicates differ by who is in them; with draws, by what they hold for true as well."""
    uncertain = with_value(patients, "drugs.effect", 0.01)
    uncertain.parameters["drugs.effect"] = replace(
        uncertain.parameters["drugs.effect"], level="shared", uncertainty={"lognormal": {"factor": 4}}
    )
    spread = {}
    for drawn in (False, True):
        made, data = run(uncertain, replicates=12, twins=12, people=20, uncertainty=drawn)
        gain = data.potential["pain@56"]
        spread[drawn] = (gain[..., 1] - gain[..., 0]).mean(axis=1).std()
        assert summarise(made.trial, data, 1, uncertainty=drawn).word == ("assurance" if drawn else "power")
    assert spread[True] > 4 * spread[False]


def test_assurance_is_the_power_of_replicates_with_a_draw_each_and_leaves_power_as_it_is(patients):
    uncertain = with_value(patients, "drugs.effect", 0.02)
    uncertain.parameters["drugs.effect"] = replace(
        uncertain.parameters["drugs.effect"], level="shared", uncertainty={"lognormal": {"factor": 100}}
    )
    made, data = run(uncertain, ALONE, replicates=30, people=60)
    _, drawn = run(uncertain, ALONE, replicates=20, people=60, uncertainty=True, twins=0)
    row = summarise(made.trial, data, 1, uncertainty=False, drawn=drawn).effects[0]
    alone = summarise(made.trial, data, 1, uncertainty=False).effects[0]
    among = summarise(made.trial, drawn, 1, uncertainty=True).effects[0]
    assert row.power == alone.power and alone.assurance is None
    assert row.assurance == among.assurance == among.power
    assert (row.power.replicates, row.assurance.replicates) == (30, 20)
    assert 0.05 < row.assurance.power < row.power.power - 0.1


def test_people_who_share_a_draw_are_one_unit_of_what_is_true(patients):
    """Those of a replicate share what it holds for true: two hundred people of ten draws say no more than ten draws."""
    uncertain = with_value(patients, "drugs.effect", 0.01)
    uncertain.parameters["drugs.effect"] = replace(
        uncertain.parameters["drugs.effect"], level="shared", uncertainty={"lognormal": {"factor": 4}}
    )
    text = ALONE.replace("  analysis:", "  enrich: {of: pain, at_least: [5]}\n  analysis:")
    made, data = run(uncertain, text, replicates=10, twins=10, people=20, uncertainty=True)
    gain = data.potential["pain@56"]
    gain = gain[..., 1] - gain[..., 0]
    result = summarise(made.trial, data, 1, uncertainty=True)
    row = result.effects[0]
    draws = gain.mean(axis=1)
    half = stdtrit(9, 0.975) * draws.std(ddof=1) / np.sqrt(10)
    assert (row.truth.lo, row.truth.hi) == pytest.approx((draws.mean() - half, draws.mean() + half))
    pooled = 1.96 * gain.std(ddof=1) / np.sqrt(gain.size)
    assert row.truth.hi - row.truth.mean > 3 * pooled
    assert row.differs == pytest.approx(np.sqrt(gain.var(axis=1, ddof=1).mean()))
    everybody, _ = enrichment(result)
    assert everybody.truth == row.truth
    as_one = summarise(made.trial, data, 1, uncertainty=False).effects[0]
    assert as_one.truth.hi - as_one.truth.mean == pytest.approx(pooled, rel=0.02)


def test_under_uncertainty_a_few_people_of_each_of_many_replicates_are_followed(patients):
    _, data = run(patients, replicates=6, people=20, uncertainty=True)
    followed = np.isfinite(data.potential["pain@56"][..., 1])
    assert (followed.sum(axis=1) == 8).all()
    _, alike = run(patients, replicates=6, people=20, uncertainty=True, twins=6)
    whole = alike.potential["pain@56"]
    assert data.potential["pain@56"][followed] == pytest.approx(whole[followed], rel=1e-6)


def test_selection_by_what_the_drug_acts_on_raises_effect_and_power_and_asks_more(patients):
    """Those in much pain have more to lose; a reading that tells nothing selects nobody in particular."""
    text = ALONE.replace("  analysis:", "  enrich: {of: start, percentiles: [60]}\n  analysis:").replace(
        "endpoints:\n", "also_draw: {start: {output: switch.x, label: X, unit: dimensionless}}\nendpoints:\n"
    )
    made, data = run(patients, text, replicates=12, twins=12)
    result = summarise(made.trial, data, 1, uncertainty=False)
    everybody, high = enrichment(result)
    assert everybody.share == 1.0
    assert high.share == pytest.approx(0.4, abs=0.01)
    assert high.asked == pytest.approx(everybody.asked / high.share)
    assert (data.entry["start"] > 0).all()
    own = data.entry["start"] >= high.cut_off
    gain = data.potential["pain@56"][..., 1] - data.potential["pain@56"][..., 0]
    assert high.truth.mean == pytest.approx(gain[own].mean())
    assert abs(high.truth.mean - everybody.truth.mean) > 0.05


def test_the_normal_law_counts_one_direction():
    effect, se = np.full(9, -0.5), np.full(9, 0.25)
    right = scaled_power(effect, se, 50, [50, 200], better="lower")
    assert right == pytest.approx([norm.cdf(2 - 1.96), norm.cdf(4 - 1.96)], abs=1e-4)
    wrong = scaled_power(effect, se, 50, [50, 200], better="higher")
    assert wrong[1] < wrong[0] < 0.001
    varied = np.array([-0.6, -0.4, -0.5])
    least = least_by_law(varied, se[:3], 50, 0.8, "lower", 0.05)
    assert scaled_power(varied, se[:3], 50, [least.size], better="lower")[0] == pytest.approx(0.8)
    assert least.lo < least.size < least.hi
    assert least_by_law(varied, se[:3], 50, 0.8, "higher", 0.05).size == np.inf


def test_more_people_show_more(patients):
    made, data = run(patients, TRIAL.replace("600 mg", "60 mg"), replicates=60, people=60, twins=0)
    result = summarise(made.trial, data, 1, uncertainty=False)
    curve = size_curve(result)
    points = {point.size: point for point in curve.points}
    assert [point.simulated for point in curve.points] == [True] * 4 + [False] * 4
    assert max(points) == 4 * 30
    assert points[30].power == pytest.approx(float(result.effects[0].power.power))
    law = [point.power for point in curve.points if not point.simulated]
    assert law == sorted(law)
    assert points[30].power >= points[8].power
