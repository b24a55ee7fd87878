"""Claims that are known to fail, several studies in one claim, and what the command says of all."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from allodynia.errors import InvalidInput
from allodynia.judge import Word
from allodynia.judge.claims import load_claims, read_claims
from allodynia.judge.criteria import Estimate
from allodynia.judge.expectation import Question
from allodynia.judge.fit import posterior, scores
from allodynia.judge.ratio import over
from allodynia.judge.sources import check_sources
from allodynia.judge.summary import summary
from allodynia.judge.verdict import Outcome, conclude
from allodynia.judge.verdicts import check_criterion, verdicts, weigh
from allodynia.study import Expectation, load_study
from allodynia.yamltext import load

CLAIM = """
- id: two-studies
  statement: The pools act in both
  study: passive-transfer-pools
  grade: prediction
  failing: nobody has done it
  expect:
    - {observable: effect_of_sweden_over_uk, lo: 0.5, hi: 2, grade: calibration}
    - {observable: grip, study: passive-transfer, kind: direction, sign: down}
    - observable: first_day_mean_pressure_at_95_percent
      study: passive-transfer
      kind: report
      hypothesis: [antibody-glia, antibody-mast-cell]
    - observable: paw_pressure_over_baseline
      study: passive-transfer
      arm: fm_igg
      at: 8 d
      over: {study: passive-transfer, arm: healthy_igg, at: 8 d}
      hi: 0.95
"""
SMALL = Expectation(worlds=4, donors=6, subjects=4)


def claim(text=CLAIM):
    (found,) = read_claims(load(text))
    return found


@pytest.fixture(scope="module")
def judged():
    (verdict,) = verdicts([claim()], design=SMALL)
    return verdict


def outcome(holds, grade="prediction"):
    criterion = replace(load_claims()[0].criteria[0], grade=grade)
    return Outcome(criterion, "as designed", None, Estimate(1.0, 0.5, 1.5, 0.01, "1", 2048, 24576), holds, "12 to 24")


def test_criteria_may_ask_other_studies_hypotheses_and_ratios(judged):
    pools, grip, glia, mast, ratio = judged.outcomes
    assert [one.criterion.study for one in judged.outcomes[:2]] == ["passive-transfer-pools", "passive-transfer"]
    assert (pools.criterion.grade, grip.criterion.grade) == ("calibration", "prediction")
    assert (glia.hypothesis, mast.hypothesis) == ("antibody-glia", "antibody-mast-cell")
    assert glia.estimate.value != mast.estimate.value
    assert ratio.estimate.unit == "1"
    assert ratio.estimate.value == pytest.approx(judged_ratio(), rel=1e-12)


def judged_ratio():
    study = load_study("passive-transfer")
    from allodynia.study import simulate_study
    from allodynia.system import load_system

    name = "paw_pressure_over_baseline"
    result = simulate_study(study, load_system("mouse"), design=SMALL, observables=[name])
    ill, well = (result.observable(name, arm=arm, at="8 d").value for arm in ("fm_igg", "healthy_igg"))
    return ill / well


def test_a_claim_listed_as_failing_is_told_apart_and_one_that_holds_is_named(judged):
    known = conclude(claim(), (outcome(False),))
    assert known.word is Word.KNOWN
    assert known.reason.startswith("nobody has done it")
    assert conclude(replace(claim(), failing=""), (outcome(False),)).word is Word.FAILED
    assert judged.word is Word.SHOWN
    told = summary([known, judged])
    assert told.overtaken == ("two-studies",)
    assert not told.unexcused
    assert summary([conclude(replace(claim(), failing=""), (outcome(False),))]).unexcused == ("two-studies",)


def test_only_predictions_and_calibrations_are_counted():
    plain = replace(claim(), failing="")
    apart = conclude(replace(plain, grade="input"), (outcome(True, "input"), outcome(True, "calibration")))
    unsupported = conclude(replace(plain, not_supported="the papers say no"), (outcome(False),))
    shown, failed = conclude(plain, (outcome(True),)), conclude(plain, (outcome(False),))
    told = summary([apart, unsupported, shown, failed])
    assert (told.weighed, told.shown, told.not_supported, told.apart) == (3, 1, 1, 1)
    assert told.share == pytest.approx(2 / 3)
    assert (told.criteria, told.criteria_held) == (4, 2)


def test_a_claim_without_a_study_fails_unless_it_says_what_it_waits_for():
    missing, later = verdicts([
        replace(claim(CLAIM.replace("passive-transfer-pools", "nowhere")), failing=""),
        replace(claim(CLAIM.replace("passive-transfer-pools", "nowhere")), later="comes next"),
    ])  # fmt: skip
    assert (missing.word, later.word) == (Word.MISSING, Word.NOT_BUILT)
    assert summary([missing, later]).unexcused == ("two-studies",)


def test_a_population_that_cannot_be_drawn_holds_nothing_and_says_why():
    estimate = Estimate.missing("the population 'ill' cannot be drawn")
    ranged = claim().criteria[0]
    assert weigh(ranged, estimate) == (False, "a value")
    assert weigh(replace(ranged, kind="report"), estimate)[0] is None
    verdict = conclude(replace(claim(), failing=""), (replace(outcome(False), estimate=estimate),))
    assert "cannot be drawn" in verdict.reason


def test_counts_make_the_interval_of_the_record():
    asked = replace(claim().criteria[0], kind="interval_overlap", lo=None, hi=None, counts=(8, 8))
    assert weigh(asked, Estimate(0.6, 0.55, 0.64, 0.01, "1", 1, 1))[0]
    assert not weigh(asked, Estimate(0.6, 0.55, 0.62, 0.01, "1", 1, 1))[0]


def test_a_ratio_pairs_worlds_and_never_divides_by_nothing():
    one = Estimate(2.0, 1.0, 3.0, 0.1, "NRS", 64, 64, values=(1.0, 2.0, 3.0))
    two = Estimate(4.0, 3.0, 5.0, 0.1, "NRS", 64, 64, values=(2.0, 4.0, 6.0))
    found = over(one, two)
    assert (found.value, found.lo, found.hi, found.unit) == (0.5, 0.5, 0.5, "1")
    assert over(one, replace(two, value=0.0)).why
    assert over(Estimate.missing("no"), two).why == "no"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("observable: grip", "observable: igg_ganglion_over_cord", "told by a standardised effect"),
        ("observable: grip", "observable: gripp", "did you mean 'grip'"),
        ("arm: fm_igg\n", "arm: fm_ig\n", "did you mean 'fm_igg'"),
        ("lo: 0.5, hi: 2", "kind: interval_overlap, lo: 0.5", "needs lo and hi, or counts"),
    ],
)  # fmt: skip
def test_what_a_study_cannot_answer_is_refused_before_it_is_simulated(old, new, said):
    assert old in CLAIM
    found = claim(CLAIM.replace(old, new))
    studies = {name: load_study(name) for name in found.studies}
    with pytest.raises(InvalidInput) as refused:
        for criterion in found.criteria:
            check_criterion(criterion, studies)
    assert said in str(refused.value)
    assert refused.value.where is not None


def test_a_question_is_stored_by_itself():
    assert Question("a", "b", "c").key != Question("a", "b c").key


def test_hypotheses_are_weighed_by_their_scores_alone():
    def scored(name, value, unit="log score"):
        estimate = replace(outcome(None).estimate, value=value, unit=unit)
        return replace(outcome(None), estimate=estimate, hypothesis=name)

    outcomes = (scored("a", -1000.0), scored("b", -1000.0 - math.log(3)), scored("c", math.nan), scored("d", 1.0, "SD"))
    found = posterior(scores(conclude(claim(), outcomes)))
    assert found == pytest.approx({"a": 0.75, "b": 0.25})
    assert posterior({}) == {}


def test_claims_cite_records_and_edges_that_exist():
    check_sources(load_claims())
    with pytest.raises(InvalidInput, match="unknown evidence 'goebel2021-igg-dosin'; did you mean"):
        check_sources([replace(claim(), evidence=("goebel2021-igg-dosin",))])
    with pytest.raises(InvalidInput, match="unknown edge 'glia-gat'; did you mean 'glia-gate'"):
        check_sources([replace(claim(), rests_on=("glia-gat",))])
    check_sources([replace(claim(), rests_on=("drug-cord-nmda-block",))])
    with pytest.raises(InvalidInput, match="did you mean 'drug-cord-nmda-block'"):
        check_sources([replace(claim(), rests_on=("drug-cord-nmda-blok",))])


def test_a_criterion_may_ask_every_rival_explanation():
    asked = replace(claim(), criteria=(replace(claim().criteria[2], hypotheses=("all",)),))
    (verdict,) = verdicts([asked], design=SMALL)
    assert {one.hypothesis for one in verdict.outcomes} >= {"antibody-glia", "antibody-mast-cell"}


def test_a_claim_that_could_not_fail_is_reported_and_not_counted():
    verdict = conclude(replace(claim(), failing=""), (outcome(None), outcome(None)))
    assert verdict.word is Word.REPORTED
    told = summary([verdict])
    assert (told.weighed, told.shown, told.apart) == (0, 0, 1)
