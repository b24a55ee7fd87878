"""From criteria to a word, and from a cache that must never answer for another model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allodynia import cache
from allodynia.errors import InvalidInput
from allodynia.judge import Word, judge, load_claims
from allodynia.judge.criteria import Estimate
from allodynia.judge.expectation import Condition, Question, digest, expect
from allodynia.judge.verdict import Outcome, conclude
from allodynia.judge.verdicts import weigh
from allodynia.study import Expectation, load_study
from allodynia.system import load_system

SMALL = Expectation(worlds=4, donors=6, subjects=4)
CLAIMS = {claim.id: claim for claim in load_claims()}
RECOVERS = CLAIMS["transfer-recovers"]


def outcome(holds: bool | None) -> Outcome:
    estimate = Estimate(1.0, 0.5, 1.5, 0.01, "d", units=2048, subjects=24576)
    return Outcome(RECOVERS.criteria[0], "ada_on", None, estimate, holds, "12 to 24")


def test_one_broken_criterion_fails_a_claim_whatever_its_grade():
    for grade in ("prediction", "calibration", "by_construction", "input", "descriptive"):
        claim = replace(RECOVERS, grade=grade)
        assert conclude(claim, (outcome(True), outcome(False))).word is Word.FAILED


def test_only_predictions_and_calibrations_are_shown():
    words = {grade: conclude(replace(RECOVERS, grade=grade), (outcome(True), outcome(None))).word for grade in (
        "prediction", "calibration", "by_construction", "input", "descriptive")}  # fmt: skip
    assert words == {
        "prediction": Word.SHOWN, "calibration": Word.SHOWN, "by_construction": Word.BY_CONSTRUCTION,
        "input": Word.INPUT, "descriptive": Word.DESCRIPTIVE,
    }  # fmt: skip


def test_a_claim_that_papers_do_not_bear_out_is_not_supported_and_says_why():
    verdict = conclude(replace(RECOVERS, not_supported="nobody measured it"), (outcome(False),))
    assert verdict.word is Word.NOT_SUPPORTED
    assert verdict.reason.startswith("nobody measured it")


def test_a_report_is_never_held_against_a_claim():
    report = next(criterion for criterion in RECOVERS.criteria if criterion.kind == "report")
    assert weigh(report, outcome(None).estimate) == (None, "reported")


def test_the_transfer_claims_are_judged_on_two_thousand_donors_with_all_their_mice():
    verdict = judge(CLAIMS["transfer-fibre-loss"])
    for found in verdict.outcomes:
        assert found.estimate.units >= 2000
        assert found.estimate.subjects >= 12 * 2000
        assert found.estimate.failed == 0
    assert {found.variant for found in verdict.outcomes} == {"ada_on", "ada_off"}


def test_an_expectation_is_stored_under_all_that_it_depends_on():
    study, system = load_study("passive-transfer"), load_system("mouse")
    asked = Question("ienfd")
    base = digest(study, system, Condition(), asked, SMALL, 1)
    assert base == digest(study, system, Condition(), asked, SMALL, 1)
    assert base != digest(load_study("passive-transfer-pools"), system, Condition(), asked, SMALL, 1)
    assert base != digest(study, system, Condition(variant="ada_off"), asked, SMALL, 1)
    assert base != digest(study, system, Condition(hypothesis="antibody-mast-cell"), asked, SMALL, 1)
    assert base != digest(study, system, Condition(edges={"glia-gate": 0.5}), asked, SMALL, 1)
    assert base != digest(study, system, Condition(), Question("grip"), SMALL, 1)
    assert base != digest(study, system, Condition(), asked, replace(SMALL, worlds=5), 1)
    assert base != digest(study, system, Condition(), asked, SMALL, 2)
    assert base != digest(study, replace(system, digest="another"), Condition(), asked, SMALL, 1)


def test_what_is_stored_reads_back_to_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ALLODYNIA_NO_CACHE", raising=False)
    study, system, asked = load_study("passive-transfer"), load_system("mouse"), [Question("grip"), Question("ienfd")]
    fresh = expect(study, system, Condition(), asked, SMALL)
    for question in asked:
        assert cache.get("expectation", digest(study, system, Condition(), question, SMALL, 1)) is not None
    assert expect(study, system, Condition(), asked, SMALL) == fresh


def test_an_unknown_variant_names_the_nearest():
    claim = replace(RECOVERS, criteria=(replace(RECOVERS.criteria[0], variants=("ada_onn",)),))
    with pytest.raises(InvalidInput, match="did you mean 'ada_on'"):
        judge(claim, design=SMALL)
