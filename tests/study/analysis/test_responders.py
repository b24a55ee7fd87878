"""Responder shares against statsmodels' proportions and contingency tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from allodynia.errors import InvalidInput
from allodynia.study.analysis.responders import (
    Counts,
    nnt,
    responders,
    share_difference,
    wilson,
)
from allodynia.study.analysis.status import Status

from .trials import alone, near

CELLS = st.tuples(st.integers(1, 60), st.integers(1, 60)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


def one(x0, n0, x1, n1):
    return Counts(np.array([[x0, x1]]), np.array([[n0, n1]]))


@settings(max_examples=200, deadline=None)
@given(CELLS)
def test_difference_equals_newcombes_interval_and_the_chi_squared_test(cells):
    x0, n0, x1, n1 = cells
    found = share_difference(one(*cells))
    lo, hi = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff")
    assert (found.lo[0, 0], found.hi[0, 0]) == pytest.approx((lo, hi), abs=1e-9)
    assert found.effect[0, 0] == pytest.approx(x1 / n1 - x0 / n0)
    if 0 < x0 + x1 < n0 + n1:
        table = [[x1, n1 - x1], [x0, n0 - x0]]
        assert found.p[0, 0] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, abs=1e-9)
    else:
        assert found.p[0, 0] == 1.0
    for x, n in ((x0, n0), (x1, n1)):
        assert [float(side) for side in wilson(x, n)] == pytest.approx(
            proportion_confint(x, n, method="wilson"), abs=1e-9
        )


def test_dropouts_do_not_respond_and_thirty_percent_is_enough():
    before = np.array([[10.0, 10.0, 10.0, 10.0, 0.0, np.nan, 7.1]])
    after = np.array([[7.0, 7.01, np.nan, 4.0, 0.0, 1.0, 0.7 * 7.1]])
    found = responders(after, before, np.array([0, 0, 0, 1, 1, 1, 1]))
    assert found.responders.tolist() == [[1, 2]] and found.subjects.tolist() == [[3, 3]]
    assert responders(after, before, np.array([0, 0, 0, 1, 1, 1, 1]), reduction=0.5).responders.tolist() == [[0, 1]]
    with pytest.raises(InvalidInput, match="30"):
        responders(after, before, np.array([0, 0, 0, 1, 1, 1, 1]), reduction=30)


def test_number_needed_to_treat_goes_through_infinity_where_nothing_is_shown():
    found = share_difference(Counts(np.array([[20, 45], [20, 26], [45, 20], [20, 20]]), np.full((4, 2), 80)))
    number = nnt(found.effect, found.lo, found.hi)
    assert number.through_infinity[:, 0].tolist() == [False, True, False, True]
    assert number.nnt[0, 0] == pytest.approx(80 / 25) and number.nnt[3, 0] == np.inf
    assert 0 < number.lo[0, 0] < number.nnt[0, 0] < number.hi[0, 0]
    assert number.lo[2, 0] < number.nnt[2, 0] < number.hi[2, 0] < 0  # harm
    assert np.isnan(number.lo[1, 0]) and np.isnan(number.hi[1, 0])
    # Two pieces that both end in infinity; the estimate lies in the one that begins with ``benefit``.
    assert 0 < number.benefit[1, 0] < number.nnt[1, 0] and number.harm[1, 0] > 0
    assert 1 / number.benefit[1, 0] == pytest.approx(found.hi[1, 0])
    assert number.benefit[3, 0] == pytest.approx(number.harm[3, 0])


def test_coverage_is_nominal_and_empty_arms_are_missing():
    rng = np.random.default_rng(1)
    n = np.tile([60, 60], (20_000, 1))
    x = rng.binomial(n, [0.2, 0.4])
    found = share_difference(Counts(x, n))
    assert near(float(np.mean((found.lo < 0.2) & (found.hi > 0.2))), 0.95, 20_000, 6)
    alone(share_difference(Counts(x[7:8], n[7:8])), found, 7)
    empty = Counts(np.array([[0, 3], [0, 0]]), np.array([[0, 9], [5, 5]]))
    nobody = share_difference(empty)
    assert nobody.status[:, 0].tolist() == [Status.TOO_FEW, Status.NO_EVENT]
    assert np.isnan(nobody.effect[0, 0]) and np.isnan(nobody.p[0, 0])
    assert np.isnan(nnt(nobody.effect, nobody.lo, nobody.hi).nnt[0, 0])
