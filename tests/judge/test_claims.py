"""What claims.yaml may say, and what is refused."""

from __future__ import annotations

import pytest

from allodynia.errors import InvalidInput
from allodynia.judge.claims import load_claims, read_claims
from allodynia.yamltext import load

GOOD = """
- id: recovers
  statement: Mice recover
  study: passive-transfer
  grade: calibration
  rests_on: [glia-gate]
  with: [ada_on, ada_off]
  expect:
    - {observable: day, lo: 12, hi: 24, basis: published}
    - {observable: grip, kind: direction, sign: down, with: [ada_on]}
"""


def test_every_shipped_claim_reads_and_is_unique():
    claims = load_claims()
    assert len(claims) == 53
    assert len({claim.id for claim in claims}) == 53
    assert all(claim.criteria for claim in claims)


def test_variants_of_a_claim_are_those_of_its_criteria_unless_they_name_their_own():
    (claim,) = read_claims(load(GOOD))
    assert [criterion.variants for criterion in claim.criteria] == [("ada_on", "ada_off"), ("ada_on",)]
    assert claim.criteria[0].kind == "range"
    assert claim.rests_on == ("glia-gate",)


@pytest.mark.parametrize(
    ("broken", "says", "line"),
    [
        (GOOD.replace("grade: calibration", "grade: calibraton"), "did you mean 'calibration'", 5),
        (GOOD.replace("sign: down", "sign: dwn"), "did you mean 'down'", 10),
        (GOOD.replace("lo: 12", "lo: 32"), "lo 32 lies above hi 24", 9),
        (GOOD.replace("lo: 12", "lo: twelve"), "lo must be a number", 9),
        (GOOD.replace("observable: day", "observabel: day"), "observable", 9),
        (GOOD.replace("study: passive-transfer", "stud: passive-transfer"), "did you mean 'study'", 4),
        (GOOD + GOOD, "was given before", 12),
        (GOOD.replace("lo: 12, hi: 24, ", ""), "kind of expectation", 9),
    ],
)
def test_a_broken_claim_is_refused_with_its_line(broken, says, line):
    with pytest.raises(InvalidInput) as refused:
        read_claims(load(broken))
    assert says in str(refused.value)
    assert refused.value.where is not None
    assert refused.value.where.line == line
