"""A trial conducted: the same luck whatever the blocks, chance where there is nothing else, and causes that act."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import binom

from allodynia.study.analysis.status import Status
from allodynia.study.trial.allocate import allocate
from allodynia.study.trial.analyse import _paired, analyse, groups_of
from allodynia.study.trial.dataset import joined
from allodynia.study.trial.gaps import counted
from allodynia.study.trial.result import summarise

from .conftest import TRIAL, conductor, same, with_value, without_effect

ALONE = TRIAL.replace("  analysis:", "  leaving: {of: [], missed_visits: false}\n  analysis:")


def run(system, text=TRIAL, replicates=4, **more):
    size = more.pop("size", None)
    made = conductor(system, text, **more)
    return made.trial, joined([*made.all(replicates, size=size)])


def test_the_same_seed_gives_the_same_bits_whatever_blocks_and_threads(patients):
    diary = TRIAL.replace("  inclusion:", "  diary: {pain: P1W}\n  rescue: {endpoint: pain, at_least: 8}\n  inclusion:")
    _, whole = run(patients, diary, replicates=5, size=5, threads=2, twins=2)
    _, single = run(patients, diary, replicates=5, size=1, threads=1, twins=2)
    same(whole, single)
    _, more = run(patients, diary, replicates=7, size=3, twins=2)
    assert more.readings["pain"][:5].tobytes() == whole.readings["pain"].tobytes()
    _, other = run(patients, diary, replicates=5, seed=2, twins=2)
    assert (other.readings["pain"] != whole.readings["pain"]).mean() > 0.5


def test_blocks_balance_arms_in_an_order_of_their_own():
    given = allocate(3, np.arange(50), 24, (2, 1), 6)
    counts = np.stack([(given.reshape(50, 4, 6) == group).sum(axis=-1) for group in (0, 1)], axis=-1)
    assert (counts == [4, 2]).all()
    assert len({tuple(row) for row in given.tolist()}) == 50
    first = (given[:, 0] == 0).mean()
    assert abs(first - 2 / 3) < 4 * np.sqrt(2 / 9 / 50)


def test_placebo_against_placebo_is_significant_as_often_as_it_says(patients):
    """People drawn evenly spread, or arms that share luck, would make it rarer; a wrong error term more frequent."""
    text = TRIAL.replace(TRIAL[TRIAL.index("    doses:") : TRIAL.index("  placebo: {}")], "")
    text = text.replace("placebo: [placebo]", "control: placebo\n  placebo: [placebo, blocker]")
    trial, data = run(patients, text, replicates=400, people=24, twins=0)
    found = analyse(trial, data, trial.analyses[0], seed=1)
    shown = int((found.p[:, 0] < 0.05).sum())
    low, high = binom.ppf([0.0005, 0.9995], 400, 0.05)
    assert low <= shown <= high, shown
    z = found.effect[:, 0].mean() / (found.effect[:, 0].std(ddof=1) / 20)
    assert abs(z) < 3.5


def test_entry_by_threshold_on_a_varying_score_brings_regression_to_the_mean_and_nothing_else_does(patients):
    text = ALONE.replace("at_least: 4", "at_least: 8").replace("placebo: [placebo]", "placebo: []")
    _, selected = run(patients, text, replicates=4, twins=0)
    _, all_of_them = run(patients, text.replace("at_least: 8", "at_least: 0"), replicates=4, twins=0)
    falls = {}
    for name, data in (("selected", selected), ("all", all_of_them)):
        untreated = groups_of(data) == 0
        true = data.true["pain"][untreated]
        assert np.ptp(true, axis=1).max() < 1e-3  # nothing happens to them
        fall = (data.entry["pain"] - data.readings["pain"][..., -1])[untreated]
        falls[name] = fall.mean() / (fall.std(ddof=1) / np.sqrt(fall.size))
    assert falls["selected"] > 5
    assert abs(falls["all"]) < 3.5
    assert selected.flow["asked"].sum() > 1.3 * all_of_them.flow["asked"].sum()


def test_who_is_asked_is_accounted_for_and_the_first_who_may_enter_do(patients):
    trial, data = run(patients, TRIAL.replace("at_least: 4", "at_least: 7"), twins=0)
    flow = data.flow
    turned = [name for name in flow if name not in ("asked", "allocated")]
    assert (flow["asked"] - sum(flow[name] for name in turned) == flow["allocated"]).all()
    assert (flow["allocated"] == trial.people).all()
    assert (flow["asked"] == data.person[:, -1] + 1).all()
    assert (np.diff(data.person, axis=1) > 0).all()
    assert (data.entry["pain"] >= 7).all()


def test_with_the_drugs_effect_taken_away_its_effect_is_gone(patients):
    trial, data = run(patients, ALONE, replicates=6)
    found = summarise(trial, data, 1, uncertainty=False).effects[0]
    assert found.truth.hi < -0.5
    assert found.effect.hi < 0.0
    inert = without_effect(patients)
    trial, data = run(inert, ALONE, replicates=6)
    found = summarise(trial, data, 1, uncertainty=False).effects[0]
    assert abs(found.truth.mean) < 1e-4
    assert found.effect.lo < 0.0 < found.effect.hi


def test_an_arm_is_one_of_the_lives_that_its_people_could_have_had(patients):
    _, data = run(patients, ALONE, replicates=3, twins=3)
    arm = groups_of(data)
    own = np.take_along_axis(data.potential["pain@56"], arm[..., None], axis=-1)[..., 0]
    assert own == pytest.approx(data.true["pain"][..., -1], rel=1e-4)
    assert np.isnan(run(patients, ALONE, replicates=3, twins=1)[1].potential["pain@56"][1:]).all()


def test_belief_acts_and_goes_by_what_people_know(patients):
    """Placebo in an open trial does nothing, in a blinded one something, an open treatment most."""
    inert = without_effect(patients)
    change = {}
    for blinding in ("double", "open"):
        trial, data = run(inert, ALONE.replace("placebo: [placebo]", f"blinding: {blinding}\n  placebo: [placebo]"))
        arm = groups_of(data)
        for number, name in enumerate(trial.arms):
            change[blinding, name] = float(
                (data.true["pain"][..., -1] - data.true["pain"][..., 0])[arm == number].mean()
            )
    assert change["open", "placebo"] == pytest.approx(0.0, abs=1e-4)
    assert change["double", "placebo"] < -0.02
    assert change["open", "blocker"] < 1.5 * change["double", "blocker"] < 0.0


def test_those_who_leave_are_not_read_again_and_side_effects_make_more_leave(patients):
    trial, data = run(patients, TRIAL.replace("  analysis:", "  leaving: {side_effects: {blocker: 20}}\n  analysis:"))
    seen = data.seen("pain", trial.times)
    gone = trial.times[None, None, :] > data.left[..., None]
    assert gone.any()
    assert np.isnan(seen[gone]).all()
    assert not np.isnan(seen[..., 0]).any()
    arm = groups_of(data)
    adverse = data.cause == 1
    assert adverse[arm == 1].mean() > 2 * adverse[arm == 0].mean()
    result = summarise(trial, data, 1, uncertainty=False)
    assert result.arms[1].left["adverse_event"] == pytest.approx(adverse[arm == 1].mean())


def test_the_interval_of_one_trial_covers_the_truth_in_the_same_persons(patients):
    trial, data = run(patients, ALONE, replicates=60, people=40, twins=60)
    found = analyse(trial, data, trial.analyses[0], seed=1)
    gain = data.potential["pain@56"]
    truth = (gain[..., 1] - gain[..., 0]).mean()
    covered = ((found.lo[:, 0] <= truth) & (truth <= found.hi[:, 0])).mean()
    assert covered >= 0.85
    assert stdtrit(58, 0.975) * found.se[:, 0].mean() == pytest.approx((found.hi - found.lo)[:, 0].mean() / 2, rel=0.1)


def crossed(text=ALONE, washout="P4W"):
    text = text.replace("placebo: [placebo]", f"placebo: [placebo]\n  design: cross_over\n  washout: {washout}")
    return text.replace(
        "method: ancova, estimand: treatment_policy, missing: baseline_carried_forward",
        "method: cross_over, estimand: treatment_policy",
    )


def test_in_a_cross_over_everybody_is_their_own_control(patients):
    """What the arms do to a person one after the other is what they would do to a twin."""
    trial, data = run(patients, crossed(), replicates=6, twins=6, people=20)
    assert trial.starts.tolist() == [0.0, 84.0]
    last = np.flatnonzero(np.isclose(trial.visits, 56.0))[0]
    periods = np.stack([data.true["pain"][..., last], data.true["pain"][..., trial.visits.size + last]], axis=-1)
    order = np.array([one.arms for one in trial.givings])[data.giving]
    of_arm = np.take_along_axis(periods, np.argsort(order, axis=-1), axis=-1)
    assert of_arm == pytest.approx(data.potential["pain@56"][..., :2], rel=1e-3)
    assert (order.sum(axis=-1) == 1).all() and 0.4 < (order[..., 0] == 0).mean() < 0.6
    found = summarise(trial, data, 1, uncertainty=False)
    row = found.effects[0]
    assert row.effect.lo < row.truth.mean < row.effect.hi
    # The person's own pain is out of the comparison: it is more exact than the same number of people in two arms.
    parallel = run(patients, ALONE, replicates=6, twins=0, people=20)
    beside = analyse(*parallel, parallel[0].analyses[0], seed=1)
    assert found.estimates[0].se.mean() < 0.85 * beside.se.mean()


def test_without_a_washout_what_is_left_of_the_drug_is_seen(patients):
    """The placebo period after the drug is not that of a person who never had it: carry-over."""
    slow = with_value(patients, "drugs.loss", 0.03)
    kept = run(slow, crossed(washout="0 d"), replicates=2, twins=2, people=20)
    washed = run(slow, crossed(washout="P60W"), replicates=2, twins=2, people=20)
    left = []
    for trial, data in (kept, washed):
        second = (np.array([one.arms for one in trial.givings])[data.giving] == [1, 0]).all(axis=-1)
        after = data.true["pain"][..., trial.visits.size][second]
        left.append(float((data.true["pain"][..., 0][second] - after).mean()))
    assert left[0] > 1.0
    assert left[1] == pytest.approx(0.0, abs=0.02)


def test_an_open_arm_by_itself_improves_by_more_than_its_drug_does(patients):
    """Entry by threshold and belief are in its change from baseline, and the truth beside it leaves the first out."""
    text = ALONE.replace("  placebo: {}\n", "").replace("placebo: [placebo]", "blinding: open")
    text = text.replace("ancova", "before_after").replace("at_least: 4}", "at_least: 8}\n  screened: 0 d")
    inert = without_effect(patients)
    trial, data = run(inert, text, replicates=20, twins=20)
    row = summarise(trial, data, 1, uncertainty=False).effects[0]
    assert (row.arm, row.versus) == ("blocker", "baseline")
    assert row.effect.hi < row.truth.mean < -0.05
    change = (data.readings["pain"][..., -1] - data.readings["pain"][..., 0]).mean()
    assert row.effect.mean == pytest.approx(change)


def test_changes_that_are_alike_but_for_rounding_say_nothing_of_their_error():
    change = np.full((1, 30, 1), 0.1) + np.array([0.0, 1.4e-17] * 15)[None, :, None]
    assert np.unique(change).size == 2
    found = _paired(change, 0.95)
    assert found.status.item() == Status.NO_VARIANCE and np.isnan(found.p).all()


def test_a_replicate_without_a_result_is_told_with_its_reason(patients):
    trial, data = run(patients, TRIAL.replace("baseline_carried_forward", "complete_cases"), replicates=5, twins=0)
    nobody = data.missed.copy()
    nobody[:2, :, -1] |= data.giving[:2] == 1  # in two replicates nobody of the arm is seen at the end
    gone = replace(data, missed=nobody)
    said = summarise(trial, gone, 1, uncertainty=False, drawn=data).without_result
    assert len(said) == 1
    assert said[0].startswith("Pain, ancova gave no result in 2 of 5 replicates, which count as failures: an arm has")
    beside = summarise(trial, data, 1, uncertainty=False, drawn=gone).without_result
    assert [one[:46] for one in beside] == ["Pain, ancova with draws gave no result in 2 of"]
    row = summarise(trial, gone, 1, uncertainty=False).effects[0]
    assert (row.power.failed, row.power.replicates) == (2, 5)


def with_missing(trial, rule, **more):
    one = trial.analyses[0]
    return replace(one, spec=one.spec.model_copy(update={"missing": rule, **more}))


def test_rules_for_gaps_differ_where_people_left_and_only_there(patients):
    harsh = "  leaving: {side_effects: {blocker: 4}}\n  analysis:"
    trial, data = run(patients, TRIAL.replace("  analysis:", harsh), replicates=4, people=120, twins=0)
    kept = ("complete_cases", "baseline_carried_forward", "multiple_imputation", "jump_to_reference")
    found = {rule: analyse(trial, data, with_missing(trial, rule), seed=1) for rule in kept}
    effect = {rule: float(one.effect.mean()) for rule, one in found.items()}
    # Whoever leaves the blocker takes its effect away when they count as untreated, and keeps it when at random.
    assert effect["complete_cases"] < effect["jump_to_reference"] < 0.0
    assert effect["complete_cases"] < effect["baseline_carried_forward"] < 0.0
    assert effect["multiple_imputation"] == pytest.approx(effect["complete_cases"], abs=0.3)
    whole = [*conductor(patients, TRIAL.replace("  analysis:", harsh), people=120, twins=0).all(4, size=2)]
    parts = np.concatenate(
        [analyse(trial, part, with_missing(trial, "multiple_imputation"), seed=1).effect for part in whole]
    )
    assert parts.tobytes() == found["multiple_imputation"].effect.tobytes()
    trial, data = run(patients, ALONE, replicates=3, twins=0)
    same_all = [analyse(trial, data, with_missing(trial, rule), seed=1).effect for rule in kept]
    assert all(one == pytest.approx(same_all[0]) for one in same_all)


def test_rescue_is_taken_by_those_in_pain_and_counts_by_the_estimand(patients):
    text = ALONE.replace("  analysis:", "  rescue: {endpoint: pain, at_least: 8}\n  analysis:")
    trial, data = run(patients, text, replicates=4, twins=0)
    taken = np.isfinite(data.rescued)
    high = (data.readings["pain"][..., 1:] >= 8).any(axis=-1)
    assert (taken == high).all() and 0.05 < taken.mean() < 0.95
    rows = {
        estimand: analyse(trial, data, with_missing(trial, "complete_cases", estimand=estimand), seed=1)
        for estimand in ("treatment_policy", "hypothetical", "composite")
    }
    assert (rows["treatment_policy"].n == 40).all()
    assert (rows["hypothetical"].n < 40).all()
    assert rows["composite"].effect.mean() < rows["treatment_policy"].effect.mean()


def test_people_leave_a_cross_over_without_a_washout_too(patients):
    text = crossed(TRIAL, washout="0 d")
    trial, data = run(patients, text, replicates=2, twins=0)
    assert (data.cause > 0).any()
    gone = trial.times[None, None, :] > data.left[..., None]
    assert np.isnan(data.seen("pain", trial.times)[gone]).all()


def test_three_arms_of_unequal_shares_are_each_held_against_the_control(patients):
    half = TRIAL[TRIAL.index("  blocker:") : TRIAL.index("  placebo: {}")].replace("blocker:", "low:", 1)
    half = half.replace("600 mg", "60 mg").replace("the blocker", "a tenth of it")
    text = ALONE.replace("  placebo: {}", f"{half}  placebo: {{}}").replace(
        "placebo: [placebo]", "placebo: [placebo]\n  allocation: {placebo: 1, low: 1, blocker: 2}"
    )
    start = text.index("    primary:")
    text = (
        text[:start]
        + """\
    primary: {endpoint: pain, at: P8W, method: mmrm, estimand: hypothetical}
    secondary:
      - {endpoint: pain, at: P8W, arms: [low], method: ancova, estimand: treatment_policy, missing: complete_cases}
"""
    )
    trial, data = run(patients, text, replicates=8, people=80)
    assert (trial.arms, trial.ratio) == (("placebo", "blocker", "low"), (1, 2, 1))
    counts = np.stack([(data.giving == arm).sum(axis=1) for arm in range(3)])
    assert (counts == [[20], [40], [20]]).all()
    rows = {(row.method, row.arm): row for row in summarise(trial, data, 1, uncertainty=False).effects}
    assert set(rows) == {("mmrm", "blocker"), ("mmrm", "low"), ("ancova", "low")}
    assert rows["mmrm", "blocker"].effect.hi < rows["mmrm", "low"].effect.lo
    for row in rows.values():
        assert row.truth.mean == pytest.approx(row.effect.mean, abs=0.4)


def test_on_treatment_is_on_the_treatment_of_the_period(patients):
    """What was read in the other arm, or before any, is not the last reading of a treatment that was begun later."""
    text = crossed().replace("treatment_policy", "while_on_treatment")
    trial, data = run(patients, text, replicates=2, twins=0)
    seen = data.readings["pain"]
    visits = trial.visits.size
    at = {time: int(np.flatnonzero(np.isclose(trial.visits, time))[0]) for time in (0.0, 28.0, 56.0)}
    second = {114.0: seen[..., visits + at[28.0]], 87.0: seen[..., visits], 70.0: np.full(seen.shape[:2], np.nan)}
    for left, wanted in second.items():
        found = counted(trial, replace(data, left=np.full_like(data.left, left)), trial.analyses[0])
        np.testing.assert_array_equal(found[..., 0], seen[..., at[56.0]])
        np.testing.assert_array_equal(found[..., 1], wanted)
    found = counted(trial, replace(data, left=np.full_like(data.left, 30.0)), trial.analyses[0])
    np.testing.assert_array_equal(found[..., 0], seen[..., at[28.0]])
    assert np.isnan(found[..., 1]).all()


@pytest.mark.parametrize("washout", ["0 d", "P4W"])
def test_people_leave_for_what_they_get_in_the_period_and_believe_of_it(patients, washout):
    """In an open cross-over nobody leaves for an adverse event of the placebo, whichever comes first."""
    causes = "leaving: {of: [adverse_event], side_effects: {blocker: 3}, missed_visits: false}"
    text = crossed(TRIAL.replace("  analysis:", f"  {causes}\n  analysis:"), washout)
    trial, data = run(patients, text.replace("placebo: [placebo]", "blinding: open\n  placebo: [placebo]"), people=200)
    first = np.array([one.arms for one in trial.givings])[data.giving][..., 0]
    here = trial.starts[1]
    on_placebo = np.where(first == 0, data.left < here, (data.left > here) & np.isfinite(data.left))
    assert not on_placebo.any()
    for arm in (0, 1):
        assert np.isfinite(data.left[first == arm]).mean() > 0.02
