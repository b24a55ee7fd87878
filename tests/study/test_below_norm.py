"""Norms by age and sex, shares at any of several sites, and those who are referred, on people whose answer is plain."""

import numpy as np
import pytest

from allodynia.errors import AllodyniaError
from allodynia.study import Expectation, read_study, simulate_study
from allodynia.study.statistics.below_norm import below_norm, difference_of_shares, extreme, share

from .people import STUDY, person

AGES = np.tile(np.linspace(-2.0, 3.0, 500), (3, 1))[..., None]


def readings(seed, shift=0.0):
    noise = np.random.default_rng(seed).normal(size=AGES.shape[:2])
    return 12.0 - 2.0 * AGES[..., 0] + noise - shift


def test_of_the_healthy_themselves_the_level_is_below():
    healthy = readings(1)
    assert below_norm(healthy, AGES, healthy, AGES, 0.05).mean(axis=1) == pytest.approx(0.05, abs=0.003)


def test_age_is_not_illness():
    old = AGES + 3.0
    others = readings(2) - 6.0  # as healthy as the norm, but three decades older
    assert below_norm(others, old, readings(1), AGES, 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert below_norm(others, old[..., :0], readings(1), AGES[..., :0], 0.05).mean() > 0.5


def test_a_shift_of_two_standard_deviations_is_found_as_normal_tables_say():
    found = below_norm(readings(3, shift=2.0), AGES, readings(1), AGES, 0.05).mean()
    assert found == pytest.approx(0.639, abs=0.05)  # normal: P(z < 2 - 1.645)


def test_too_few_healthy_people_make_no_norm():
    found = below_norm(readings(3), AGES, readings(1)[:, :19], AGES[:, :19], 0.05)
    assert np.isnan(found).all()


def test_shares_count_any_site_the_chosen_and_those_positive_elsewhere():
    nan = np.nan
    calf = np.array([[1.0, 0.0, 0.0, nan, 1.0]])
    thigh = np.array([[1.0, 1.0, 0.0, 0.0, nan]])
    assert share([calf, thigh], None, []) == pytest.approx([3 / 4])  # nobody knows about the fourth
    assert share([thigh], None, [calf, thigh]) == pytest.approx([1.0])
    assert share([calf], np.array([[False, True, True, True, False]]), []) == pytest.approx([0.0])
    assert np.isnan(share([calf], np.zeros((1, 5), dtype=bool), []))


def test_those_who_show_most():
    strength = np.array([[0.9, 0.2, np.nan, 0.8, 0.7, 0.1]])
    assert extreme(strength, 0.4, "lowest").tolist() == [[False, True, False, False, False, True]]
    assert extreme(strength, 0.2, "highest").tolist() == [[True, False, False, False, False, False]]


def test_cohens_h_is_zero_between_equals_and_pi_between_none_and_all():
    assert difference_of_shares(np.array([0.3, 1.0]), np.array([0.3, 0.0])) == pytest.approx([0.0, np.pi])


OBSERVABLES = """\
  low_healthy: {kind: share_below_norm, sites: [x, y], arm: healthy2, norm: healthy, level: 0.1, at: 0 d}
  low_ill: {kind: share_below_norm, sites: [x], arm: healthy, norm: ill, level: 0.05, at: 0 d, adjust: [weight]}
  worst_ill: {kind: share_below_norm, sites: [x], arm: ill, norm: ill, level: 0.2, at: 0 d,
    select: {endpoint: x, part: 0.25, side: lowest}}
  apart: {kind: share_below_norm, sites: [x], arm: healthy, norm: ill, versus: ill2, at: 0 d}
"""


def study(text=OBSERVABLES):
    return read_study(
        STUDY.replace("  healthy: {people: healthy}", "  healthy: {people: healthy}\n  healthy2: {people: healthy}\n"
                      "  ill2: {people: ill, twins_of: ill}")
        .replace("observables:", "also_draw: {weight: {output: body.weight, label: Weight, unit: kg}}\nobservables:")
        + text, "switch", "switch.yaml",
    )  # fmt: skip


def test_in_a_study_of_people():
    result = simulate_study(study(), person(), design=Expectation(worlds=4, people=200))
    answers = {name: result.observable(name).value for name in ("low_healthy", "low_ill", "worst_ill", "apart")}
    assert answers["low_healthy"] == 0.0  # all alike, and nobody below the others
    assert answers["low_ill"] == 1.0  # nobody healthy has the switch on
    assert answers["worst_ill"] == pytest.approx(0.8, abs=0.01)  # a fifth of all are below, all of them in the quarter
    assert answers["apart"] == pytest.approx(np.pi - 2 * np.arcsin(np.sqrt(0.05)), abs=0.02)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("norm: healthy,", "norm: helthy,", "did you mean 'healthy'"),
        ("sites: [x, y]", "sites: [x, z]", "unknown endpoint 'z'"),
        ("level: 0.1", "level: 0.7", "level"),
        ("adjust: [weight]", "adjust: [wait]", "unknown endpoint 'wait'"),
    ],
)
def test_what_does_not_fit_is_refused(old, new, said):
    assert old in OBSERVABLES
    with pytest.raises(AllodyniaError) as refused:
        simulate_study(study(OBSERVABLES.replace(old, new)), person())
    assert said in str(refused.value)
    assert "switch.yaml" in str(refused.value)
