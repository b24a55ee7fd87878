"""The tables of published cohorts and of weights: what is refused, and where."""

from __future__ import annotations

import pytest

from allodynia.errors import InvalidInput, UnitMismatch
from allodynia.system.cohort_targets import read_targets
from allodynia.system.weighting_table import read_weighting
from allodynia.yamltext import load

UNITS = {"symptom.nrs": "dimensionless", "symptom.grip": "gram"}
GOOD = "{of: symptom.nrs, statistic: mean, value: 7, interval: [6, 8], unit: dimensionless, evidence: [r]}"


def targets(entry):
    text = f"populations:\n  fm:\n    pain:\n      {entry}\n"
    return read_targets(load(text, "t.yaml"), {"r"}, UNITS)["fm"]


def test_units_are_those_of_the_equations():
    (grip,) = targets(
        "{of: symptom.grip, statistic: mean, value: 20, interval: [18, 22], unit: kg, evidence: [r], "
        "reading: {additive: 1, assumed: half to two}}"
    )
    assert grip.value == pytest.approx(20_000.0) and grip.interval == pytest.approx((18_000.0, 22_000.0))
    assert grip.reading.additive == pytest.approx(1000.0) and grip.value * grip.scale == pytest.approx(20.0)
    (ratio,) = targets(
        "{of: symptom.grip, statistic: ratio_to_healthy, value: 0.7, interval: [0.6, 0.8], unit: kg, evidence: [r]}"
    )
    assert ratio.value == 0.7 and ratio.scale == 1.0


def test_what_is_not_part_of_the_system_is_left_out():
    assert targets(GOOD.replace("symptom.nrs", "bcell.titre")) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("statistic: mean", "statistic: meen", "mean"),
        ("evidence: [r]", "evidence: [q]", "r"),
        ("evidence: [r]", "evidence: []", "record"),
        ("value: 7", "value: 9", "within its interval"),
        ("interval: [6, 8]", "interval: [6]", "interval"),
        ("statistic: mean", "statistic: share", "above, below"),
        ("unit:", "colour: red, unit:", "colour"),
        ("unit:", "reading: {additive: 1}, unit:", "assumed"),
        ("unit:", "reading: {additiv: 1}, unit:", "additive"),
        ("of: symptom.nrs", "off: symptom.nrs", "off"),
        ("statistic: mean", "statistic: sd", "about"),
        ("unit:", "n: '30', unit:", "number of people, 1 or more, not '30'"),
        ("unit:", "n: 0, unit:", "number of people"),
        ("unit:", "n: true, unit:", "number of people"),
        ("unit:", "held: 0, unit:", "true or false, not 0"),
        ("unit:", "held: 'no', unit:", "true or false"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_at_its_line(old, new, said):
    assert old in GOOD
    with pytest.raises(InvalidInput, match=rf"t\.yaml:3: .*{said}"):
        targets(GOOD.replace(old, new))


def test_another_unit_is_refused():
    with pytest.raises(UnitMismatch):
        targets(GOOD.replace("symptom.nrs", "symptom.grip"))


WEIGHTS = """
populations:
  fm:
    grade: calibrated
    tuned_to: [r]
    cap: 6
    offset: 0.5
    multipliers:
      pain: {goal: 7, per: 0.5, multiplier: 0.1}
"""


def weighting(text, *, whole=True):
    return read_weighting(load(text, "w.yaml"), {"fm": targets(GOOD)}, {"r"}, whole=whole)


def test_a_weighting_is_read():
    row = weighting(WEIGHTS)["fm"]
    assert (row.cap, row.offset, row.multipliers[0].goal, row.multipliers[0].target.id) == (6.0, 0.5, 7.0, "pain")


def test_numbers_of_percentiles_stand_beside_the_healthy_or_with_the_multiplier():
    beside = weighting(WEIGHTS + "    cuts: {pain: [3.5]}\n")["fm"]
    assert beside.cuts == {"pain": (3.5,)} and beside.multipliers[0].target.terms[0].cut == 3.5
    within = weighting(WEIGHTS.replace("multiplier: 0.1", "multiplier: 0.1, cuts: [2]"))["fm"]
    assert within.cuts == {"pain": (2.0,)} and within.multipliers[0].target.terms[0].cut == 2.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grade: calibrated", "grade: measured", "calibrated"),
        ("tuned_to: [r]", "tuned_to: [s]", "'s'"),
        ("pain: {", "pian: {", "pain"),
        ("cap: 6", "cap: 0.5", "at least 1"),
        ("per: 0.5", "per: 0", "positive"),
        ("goal: 7", "goal: seven", "goal"),
        ("multiplier: 0.1", "multiplier: 0.1, cuts: [1, 2]", "a number for each of its outputs"),
        ("multiplier: 0.1", "multiplier: 0.1, cuts: []", "a number for each of its outputs"),
        ("offset: 0.5", "offset: 0.5\n    cuts: {pian: [1]}", "pain"),
        ("offset: 0.5", "offset: 0.5\n    cuts: {pain: [1, 2]}", "a number for each of its outputs"),
        ("offset: 0.5", "offset: 0.5\n    healthy: {pain: 1}", "must be a mapping"),
        ("offset: 0.5", "offset: 0.5\n    healthy: {pain: {mean: 1}}", "'sd'"),
        ("offset: 0.5", "offset: 0.5\n    healthy: {pian: {mean: 1, sd: 1}}", "pain"),
        ("multiplier: 0.1", "multiplier: 0.1, cuts: 1", "list of numbers"),
    ],
)
def test_a_weighting_that_cannot_be_used_is_refused(old, new, said):
    with pytest.raises(InvalidInput, match=said):
        weighting(WEIGHTS.replace(old, new))


def test_a_part_of_the_system_has_no_weights():
    assert weighting(WEIGHTS.replace("pain: {", "elsewhere: {"), whole=False) == {}
