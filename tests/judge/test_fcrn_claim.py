"""Lowering IgG against putting the fault right: which mechanism each number of the claim stands on."""

from __future__ import annotations

import pytest

from allodynia.judge import Word, judge, load_claims
from allodynia.study import Expectation

(CLAIM,) = (claim for claim in load_claims() if claim.id == "lower-igg-lower-pain")
DESIGN = Expectation(worlds=8, people=24)


def found(**options):
    verdict = judge(CLAIM, design=DESIGN, **options)
    values = {
        (one.criterion.observable, one.arm, one.criterion.at): one.estimate.value
        for one in verdict.outcomes
        if one.variant == "ada_on"
    }
    return verdict, values


@pytest.fixture(scope="module")
def whole():
    return found()


def test_making_no_antibody_helps_and_a_blocker_hardly(whole):
    verdict, values = whole
    assert verdict.word is Word.NOT_SUPPORTED
    corrected, blocked = (values["pain_effect_antibody", arm, "168 d"] for arm in ("corrected", "rozanolixizumab"))
    assert corrected < -0.2 < blocked < 0.0
    assert abs(values["pain_effect_central", "rozanolixizumab", "168 d"]) < 1e-6


def test_people_do_not_clear_their_own_antibody_as_mice_do(whole):
    verdict, _ = whole
    by_variant = [
        [one.estimate.value for one in verdict.outcomes if one.variant == name] for name in ("ada_on", "ada_off")
    ]
    assert by_variant[0] == pytest.approx(by_variant[1], rel=1e-9)


def test_without_the_drugs_edge_igg_stays(whole):
    _, values = found(edges={"drug-igg-fcrn-block": 0.0})
    assert values["igg_nadir_percent_efgartigimod_4_doses", None, None] == pytest.approx(0.0, abs=0.5)
    assert values["pain_change_antibody", "rozanolixizumab", "168 d"] == pytest.approx(0.0, abs=1e-6)
    assert values["pain_effect_antibody", "corrected", "168 d"] == pytest.approx(
        whole[1]["pain_effect_antibody", "corrected", "168 d"]
    )


def test_where_antibody_does_not_meet_glia_nothing_is_gained_by_correcting_it(whole):
    _, values = found(edges={"auto-to-glia": 0.0})
    assert values["pain_effect_antibody", "corrected", "168 d"] == pytest.approx(0.0, abs=0.01)
