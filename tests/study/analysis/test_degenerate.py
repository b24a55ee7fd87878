"""Whatever comes in, out comes a number, or NaN with a reason, or one line of refusal: never silence, never a crash."""

import warnings

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allodynia.errors import InvalidInput
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.crossover import crossover, two_by_two
from allodynia.study.analysis.donor_mixed import donor_mixed
from allodynia.study.analysis.loss_of_response import restricted_mean, times_to_loss
from allodynia.study.analysis.mmrm import mmrm
from allodynia.study.analysis.responders import nnt, responders, share_difference
from allodynia.study.analysis.rubin import imputed_ancova
from allodynia.study.analysis.status import Status


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
@example(26329)  # four animals of three donors in two cages: a maximum without an error of the effect
def test_every_analysis_gives_a_number_or_a_reason(seed):
    rng = np.random.default_rng(seed)
    replicates, subjects, visits = rng.integers(0, 4), rng.integers(0, 14), rng.integers(1, 5)
    arms = int(rng.integers(2, 4))
    y = rng.normal(size=(replicates, subjects, visits)) * 10.0 ** rng.integers(-4, 5)
    y = [y, np.full_like(y, np.nan), np.round(y), np.full_like(y, 3.0)][rng.integers(0, 4)]
    y = np.where(rng.random(y.shape) < rng.choice([0.0, 0.1, 0.4, 0.8]), np.nan, y)
    base = rng.normal(size=(replicates, subjects)) + 5.0
    base = [base, base, np.full_like(base, 5.0), np.where(rng.random(base.shape) < 0.3, np.nan, base)][
        rng.integers(0, 4)
    ]
    shared = rng.integers(-1, arms, subjects)
    arm = shared if rng.random() < 0.5 else rng.integers(-1, arms, (replicates, subjects))
    state = np.where(np.isnan(y), np.nan, y > 0.0)
    ring = (np.arange(visits)[:, None] + np.arange(visits)) % visits

    def counts():
        return responders(y[:, :, -1], base, arm, arms=arms)

    def animals():
        factors = {"donor": np.arange(subjects) // 2, "cage": np.arange(subjects) // 3}
        return donor_mixed(y[:, :, 0], shared, factors, arms=arms).effect

    methods = [
        lambda: ancova(y[:, :, -1], arm, base, arms=arms),
        lambda: mmrm(y, arm, base, arms=arms).effect,
        lambda: share_difference(counts()),
        lambda: restricted_mean(times_to_loss(state, np.arange(visits)), arm, 1.5, arms=arms),
        lambda: imputed_ancova(y, arm, base, seed=1, imputations=3, arms=arms),
        lambda: imputed_ancova(y, arm, base, seed=1, imputations=3, method="jump_to_reference", arms=arms),
        lambda: crossover(y, np.minimum(arm, visits - 1), ring).treatment,
        lambda: two_by_two(y[:, :, :2], np.minimum(arm, 1)).treatment,
        animals,
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in methods:
            try:
                found = method()
            except InvalidInput:
                continue
            good = found.status == Status.ESTIMATED
            assert np.isfinite(found.p[good]).all() and (found.lo[good] <= found.hi[good]).all()
            assert np.isnan(found.p[~good & (found.status != Status.NO_EVENT)]).all()
        difference = share_difference(counts())
        needed = nnt(difference.effect, difference.lo, difference.hi).nnt
        assert (np.isnan(needed) == (difference.status == Status.TOO_FEW)).all()
