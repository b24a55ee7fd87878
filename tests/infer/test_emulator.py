"""The emulator against the model itself."""

from __future__ import annotations

import numpy as np
import pytest
from tests.infer.laboratory import TEXT, system

from allodynia.errors import InvalidInput
from allodynia.infer.emulator import POTENCY, STRENGTHS, TITRE, Animals, Courses, Experiment, experiment, grid
from allodynia.study.load import read_study


def animals(known: Experiment, times: np.ndarray, mice: int) -> Animals:
    return Animals(known, system(), known.plan.arm("fm_igg"), times, mice, 1)


@pytest.fixture(scope="module")
def between(known: Experiment, courses: dict[str, Courses]) -> tuple[float, np.ndarray]:
    """A strength between two simulated ones, and the courses there of the first animals, simulated."""
    strength = float(np.exp(grid()[np.abs(grid() - np.log(STRENGTHS[5] * 2**0.25)).argmin()]))
    titre, potency = known.made_of(strength)
    found, lost = animals(known, courses["fm"].times, 16).course(1e-3 * titre, potency)
    assert not lost.any()
    return strength, found


def test_courses_between_simulated_strengths_are_those_of_the_model(
    courses: dict[str, Courses], between: tuple[float, np.ndarray]
) -> None:
    strength, simulated = between
    place = 1 + np.abs(grid() - np.log(strength)).argmin()
    read = courses["fm"].on_grid(np.arange(courses["fm"].times.size))[place, : len(simulated)]
    assert simulated.min() < -0.2
    # An eighth of the noise of one reading.
    assert np.abs(read - simulated).max() < 0.01


def test_titre_and_potency_tell_by_their_product(
    known: Experiment, courses: dict[str, Courses], between: tuple[float, np.ndarray]
) -> None:
    strength, simulated = between
    """What one of them could be off by between patients moves courses by less than a fifth of one reading's noise;
    twice the titre, as much as half of the noise when the potency is halved for it, and far more when it is not.
    """
    titre, potency = known.made_of(strength)
    assert titre * potency == pytest.approx(strength)
    here = animals(known, courses["fm"].times, 16)
    off = np.exp(0.09)  # SD of the titre between patients of one strength: 0.198 x 0.0998 / 0.222
    assert np.abs(here.course(1e-3 * titre * off, potency / off)[0] - simulated).max() < 0.016
    halved, kept = (here.course(2e-3 * titre, factor * potency)[0] for factor in (0.5, 1.0))
    assert 0.02 < np.abs(halved - simulated).max() < 0.08
    assert np.abs(kept - simulated).max() > 0.1


def test_inert_igg_and_vehicle_do_nothing(courses: dict[str, Courses]) -> None:
    for arm in ("fm", "vehicle"):
        assert np.abs(courses[arm].log_ratio[0].mean(axis=0)).max() < 0.005
        assert np.abs(courses[arm].log_ratio[0]).max() < 0.08  # less than the noise of one reading, in any animal


def test_priors_are_those_of_the_donors(known: Experiment) -> None:
    fm = known.populations["fm"]
    assert fm.centre == pytest.approx(0.0) and fm.share == pytest.approx(0.96)
    assert fm.spread == pytest.approx(np.sqrt(np.log1p(0.2**2) + np.log1p(0.1**2)))
    assert known.populations["healthy"].share == pytest.approx(0.02)
    assert known.given()["vehicle"] == "" and known.given()["fm"] == "fm"
    assert {TITRE, POTENCY} <= set(known.plan.parameters)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("paw_pressure:", "pressure:", "paw_pressure"),
        ("unit: g\n", "unit: kg\n", "readings are fitted in g"),
        ("proportional: 0.1", "proportional: 0.1, additive: 3 g", "only readings with a proportional error"),
    ],
)
def test_a_study_that_cannot_be_fitted_is_refused(old: str, new: str, said: str) -> None:
    text = TEXT.format(mice=2, fm=1, healthy=1, days="0 d, 8 d", noise=0.1).replace(old, new)
    with pytest.raises(InvalidInput, match=said):
        experiment(read_study(text, "own", "own.yaml"), system())
