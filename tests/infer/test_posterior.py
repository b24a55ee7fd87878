"""The posterior against truths that are known, and against integrals done another way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import logsumexp
from tests.infer.laboratory import DAYS, Truth, laboratory

from allodynia.infer import Readings, Variant
from allodynia.infer.emulator import Courses, Experiment
from allodynia.infer.likelihood import tabulate
from allodynia.infer.posterior import Target
from allodynia.infer.result import fit_variant

pytest.importorskip("nautilus", reason="the sampler is in the extra 'infer'")

HEAD = "mouse,donor,arm,day,paw_pressure_g\n"
Fitted = Callable[..., Variant]
Parse = Callable[[str], Readings]


@pytest.fixture(scope="session")
def fitted(known: Experiment, courses: dict[str, Courses]) -> Fitted:
    kept: dict[tuple[str, int], Variant] = {}  # several tests look at the same fit

    def variant(readings: Readings, seed: int = 1, *, anew: bool = False) -> Variant:
        populations = tuple(dict.fromkeys(known.population(arm) for arm in readings.donors.values())) or ("fm",)
        key = (readings.text, seed)
        if anew or key not in kept:
            kept[key] = fit_variant("on", known, readings, courses, populations, seed)
        return kept[key]

    return variant


@pytest.fixture(scope="module")
def truth() -> Truth:
    """Twenty-four donors of the population, three mice each, and two healthy ones."""
    return laboratory(24, 2, 3, seed=11)


@pytest.fixture(scope="module")
def few(truth: Truth) -> str:
    return truth.text(lambda row: row[1] in {"fm-1", "fm-2", "h-1"} or row[2] == "vehicle")


def test_intervals_hold_the_truth_as_often_as_they_say(truth: Truth, parsed: Parse, fitted: Fitted) -> None:
    """Ranks of the truth among the draws, over donors drawn from the population: 90 % intervals hold 90 % of them."""
    readings = parsed(truth.text(lambda row: row[2] == "fm"))
    posterior = fitted(readings).posterior
    true = np.array([truth.strength[donor] for donor in readings.donors])
    rank = (posterior.strength < true).mean(axis=0)[true > 0.0]
    held = ((rank > 0.05) & (rank < 0.95)).sum()
    # A binomial of 24 and 0.9 has less than 18 in one case of a hundred.
    assert held >= 0.72 * rank.size
    assert 0.35 < rank.mean() < 0.65
    # And they tell donors apart: they stand in much the right order.
    assert np.corrcoef(np.median(posterior.strength, axis=0), true)[0, 1] > 0.5
    assert np.median(posterior.noise) == pytest.approx(0.08, rel=0.1)


def test_donors_that_do_nothing_are_told(truth: Truth, parsed: Parse, fitted: Fitted) -> None:
    readings = parsed(truth.text(lambda row: row[2] == "healthy" or row[1] in {"fm-1", "fm-2"}))
    posterior = fitted(readings).posterior
    acts = dict(zip(readings.donors, 1.0 - posterior.mass[:, 0], strict=True))
    assert all((acts[donor] > 0.5) == (truth.strength[donor] > 0.3) for donor in acts)


def test_the_evidence_is_the_integral_over_a_grid(
    few: str, parsed: Parse, fitted: Fitted, known: Experiment, courses: dict[str, Courses]
) -> None:
    readings = parsed("\n".join(line for line in few.splitlines() if ",healthy," not in line))
    table = tabulate(readings.mice, courses, known.noise, [*readings.donors])
    target = Target(table, known.noise, [known.populations["fm"]], [0, 0])
    middle = (np.arange(30) + 0.5) / 30
    cube = np.stack(np.meshgrid(middle, middle, middle[::3], indexing="ij"), axis=-1).reshape(-1, 3)
    expected = logsumexp(target.log_likelihood(target.from_cube(cube))) - np.log(len(cube))
    assert fitted(readings).posterior.log_evidence == pytest.approx(expected, abs=0.1)


def test_readings_of_vehicle_alone_leave_the_prior_of_donors(truth: Truth, parsed: Parse, fitted: Fitted) -> None:
    variant = fitted(parsed(truth.text(lambda row: row[2] == "vehicle")))
    posterior = variant.posterior
    assert posterior.strength.shape[1] == 0 and variant.mean_band.shape[0] == 0
    assert posterior.centre.mean() == pytest.approx(0.0, abs=0.03)
    assert posterior.centre.std() == pytest.approx(np.log(3.0) / 1.96, rel=0.05)
    assert posterior.next_mass[0, 0] == pytest.approx(0.04)


def test_a_donor_read_before_the_dose_alone_is_as_one_not_tested(few: str, parsed: Parse, fitted: Fitted) -> None:
    readings = parsed(few + "91,new,fm,0,100\n91,new,fm,-1,104\n92,new,fm,0,\n")
    posterior = fitted(readings).posterior
    number = [*readings.donors].index("new")
    np.testing.assert_allclose(posterior.mass[number], posterior.next_mass[0], atol=1e-3)


def test_one_mouse_a_donor_says_less_than_three(truth: Truth, parsed: Parse, fitted: Fitted) -> None:
    first = {donor: mouse for mouse, donor, *_ in reversed(truth.rows) if donor}
    donors = {f"fm-{number}" for number in range(1, 7)}
    one = fitted(parsed(truth.text(lambda row: row[1] in donors and row[0] == first[row[1]]))).posterior
    three = fitted(parsed(truth.text(lambda row: row[1] in donors))).posterior
    acting = one.mass[:, 0] < 0.01
    ratio = one.strength.std(axis=0)[acting] / three.strength.std(axis=0)[acting]
    assert np.median(ratio) > 1.15


def test_missing_readings_and_unequal_groups_widen_only_whom_they_concern(
    few: str, parsed: Parse, fitted: Fitted
) -> None:
    lines = few.splitlines()
    thinned = [line for line in lines if not (",fm-1,fm," in line and line.split(",")[3] not in {"0", "4"})]
    whole, less = fitted(parsed(few)).posterior, fitted(parsed("\n".join(thinned))).posterior
    ratio = less.strength.std(axis=0) / whole.strength.std(axis=0)
    assert ratio[0] > 1.3 and ratio[1] == pytest.approx(1.0, abs=0.2)


def test_the_same_seed_gives_the_same_bits(few: str, parsed: Parse, fitted: Fitted) -> None:
    one, other = (fitted(parsed(few), seed) for seed in (1, 2))
    again = fitted(parsed(few), 1, anew=True)
    assert one.posterior.strength.tobytes() == again.posterior.strength.tobytes()
    assert one.posterior.log_evidence == again.posterior.log_evidence
    assert one.design.left.tobytes() == again.design.left.tobytes()
    assert one.posterior.strength.tobytes() != other.posterior.strength.tobytes()
    assert one.posterior.log_evidence == pytest.approx(other.posterior.log_evidence, abs=0.1)


def test_days_before_the_onset_say_least(few: str, parsed: Parse, fitted: Fitted) -> None:
    """Six hours after the first dose no mouse is sensitive yet; by days 8 to 18 mice of unlike donors differ."""
    design = fitted(parsed(few)).design
    left = dict(zip(design.days.tolist(), design.left.tolist(), strict=True))
    ranked = [day for day, _ in design.ranked]
    assert ranked[-1] == 0.25 and left[0.25] == pytest.approx(1.0, abs=0.03)
    assert 8.0 <= ranked[0] <= 18.0 and left[ranked[0]] < 0.9
    assert list(design.chosen_left) == sorted(design.chosen_left, reverse=True)
    assert set(DAYS[1:]) < set(design.days.astype(int))


def test_what_a_day_would_leave_is_what_it_leaves(truth: Truth, parsed: Parse, fitted: Fitted) -> None:
    """Donors tested on day 1 are tested on day 14 too, in new mice: the variance falls to what was expected."""
    some = {f"fm-{number}" for number in range(1, 13)}
    early = truth.text(lambda row: row[1] in some and row[3] in {0.0, 1.0})
    new = [row for row in laboratory(12, 1, 3, seed=11, days=(0, 14)).rows if row[1] in some]
    more = early + "".join(f"new{mouse},{donor},{arm},{day:g},{grams:.2f}\n" for mouse, donor, arm, day, grams in new)
    before, after = fitted(parsed(early)), fitted(parsed(more))
    expected = before.design.left[before.design.days.tolist().index(14.0)]
    found = after.posterior.strength.var(axis=0).sum() / before.posterior.strength.var(axis=0).sum()
    assert expected < 0.9 and found == pytest.approx(expected, abs=0.2)
