"""A mechanism removed and its claim failing: every claim built rests on the edges that it names."""

from __future__ import annotations

import pytest

from allodynia.judge import Word, judge, load_claims
from allodynia.study import Expectation, load_study, study_names
from allodynia.study.systems import system_for

BUILT = [claim for claim in load_claims() if set(study_names()).issuperset(claim.studies)]
# What the papers do not bear out, or the model is known not to show, has no verdict to lose.
UPHELD = [claim for claim in BUILT if not claim.not_supported and not claim.failing]
# Claims that one module holds by itself, and where a test of that module takes the mechanism away.
WITHIN = {"fibres-regrow": "tests/system/test_nerve.py"}
STANDS = {Word.SHOWN, Word.BY_CONSTRUCTION, Word.INPUT, Word.DESCRIPTIVE, Word.REPORTED}


def design(claim, *, cut=False):
    """Fewer worlds than a published verdict takes: a cut edge must not be a matter of the last digit.

    People as many as the claim's studies ask for, where groups are told apart by little; and of a trial as many
    replicates, whose range is held against the interval of a record, unless an edge is cut.
    """
    specs = [load_study(name).spec for name in claim.studies]
    return Expectation(
        worlds=max([12, *(one.expectation.worlds for one in specs if one.trial is not None and not cut)]),
        donors=24,
        people=max([24, *(one.expectation.people for one in specs)]),
        independent=any(one.expectation.independent for one in specs),
    )


def test_the_claims_of_the_transfer_experiment_are_built_and_each_rests_on_something():
    assert {claim.id for claim in BUILT} >= {
        "transfer-pressure", "transfer-cold", "transfer-grip-activity", "transfer-fibre-loss", "transfer-recovers",
        "transfer-two-countries", "transfer-target", "transfer-not-direct", "gate-mast-cell",
    }  # fmt: skip
    # A claim that only asks for numbers cannot fail, so it rests on nothing, and is not counted as shown.
    # What is a number put in has no mechanism to lose.
    asked = [claim for claim in BUILT if claim.grade != "input" and claim.id not in WITHIN]
    for claim in asked:
        assert bool(claim.rests_on) == any(one.kind != "report" for one in claim.criteria), claim.id
    for claim in BUILT:
        edges = {edge for name in claim.studies for edge in system_for(load_study(name)).edges}
        assert edges.issuperset(claim.rests_on), claim.id


@pytest.mark.parametrize("claim", UPHELD, ids=lambda claim: claim.id)
def test_a_claim_stands_while_its_edges_are_whole(claim):
    assert judge(claim, design=design(claim)).word in STANDS


@pytest.mark.parametrize(
    ("claim", "edge"),
    [pytest.param(claim, edge, id=f"{claim.id}-{edge}") for claim in UPHELD for edge in claim.rests_on],
)
def test_a_claim_fails_without_an_edge_it_rests_on(claim, edge):
    verdict = judge(claim, design=design(claim, cut=True), edges={edge: 0.0})
    assert verdict.word is Word.FAILED, verdict.reason
