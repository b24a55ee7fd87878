"""What every strategy does to the data, and what is refused."""

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.study.analysis.estimand import Estimand, apply, rule

WORDS = {"population": "people with fibromyalgia", "treatment": "drug against placebo",
         "variable": "pain at week 12", "summary": "difference of means"}  # fmt: skip
VALUES = np.array([[[5.0, 4.0, 3.0, 2.0], [6.0, np.nan, 4.0, 3.0]]])
BASELINE = np.array([[7.0, 8.0]])


def make(**events):
    return Estimand(**WORDS, events=events)


@pytest.mark.parametrize(
    ("strategy", "first", "second"),
    [
        ("treatment_policy", [5, 4, 3, 2], [6, np.nan, 4, 3]),
        ("hypothetical", [5, 4, np.nan, np.nan], [np.nan] * 4),
        ("composite", [5, 4, 10, 10], [10] * 4),
        ("while_on_treatment", [5, 4, 4, 4], [8] * 4),
    ],
)
def test_every_strategy_has_its_rule(strategy, first, second):
    found = apply(make(stopped=strategy), VALUES, BASELINE, {"stopped": [[2.0, 0.0]]}, worst=10.0)
    np.testing.assert_array_equal(found, [[first, second]])
    none = apply(make(stopped=strategy), VALUES, BASELINE, {"stopped": [[np.nan, np.nan]]}, worst=10.0)
    np.testing.assert_array_equal(none, VALUES)
    assert rule(strategy) in make(stopped=strategy).sentence()


def test_the_earliest_event_decides_and_the_strictest_of_two_at_once():
    both = make(rescue="hypothetical", death="composite")
    found = apply(both, VALUES, BASELINE, {"death": [[3.0, 2.0]], "rescue": [[1.0, 2.0]]}, worst=10.0)
    np.testing.assert_array_equal(found, [[[5, np.nan, np.nan, np.nan], [6, np.nan, 10, 10]]])


def test_while_on_treatment_passes_over_a_gap():
    found = apply(make(stopped="while_on_treatment"), VALUES, BASELINE, {"stopped": [[np.nan, 2.0]]}, worst=10.0)
    np.testing.assert_array_equal(found[0, 1], [6, np.nan, 6, 6])


def test_the_sentence_holds_all_five_attributes():
    said = make(stopped="treatment_policy").sentence()
    assert all(part in said for part in [*WORDS.values(), "stopped: treatment policy"])
    assert "missing at random" in make().sentence()


def test_what_cannot_be_estimated_is_refused():
    with pytest.raises(InvalidInput, match="principal stratum"):
        make(stopped="principal_stratum")
    with pytest.raises(InvalidInput, match="composite"):
        make(stopped="composit")
    with pytest.raises(InvalidInput, match="variable"):
        Estimand(**(WORDS | {"variable": " "}), events={})
    with pytest.raises(InvalidInput, match="stopped"):
        apply(make(stopped="composite"), VALUES, BASELINE, {"stoped": [[0.0, 0.0]]}, worst=10.0)
    for when in ([[4.0, 0.0]], [[0.5, 0.0]], [[-1.0, 0.0]]):
        with pytest.raises(InvalidInput, match="numbers of visits"):
            apply(make(stopped="composite"), VALUES, BASELINE, {"stopped": when}, worst=10.0)
