"""Which days to read next, where donors' arms are not treated alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.infer.laboratory import TEXT, system

from allodynia.infer import parse_readings, result
from allodynia.infer.design import next_days
from allodynia.infer.emulator import Courses, Experiment, experiment, grid
from allodynia.study.load import read_study

DAYS = np.array([2.0, 8.0, 14.0])


def test_each_donor_is_expected_to_follow_the_courses_of_its_own_arm(courses: dict[str, Courses]) -> None:
    """A donor whose arm shows nothing keeps all of its variance, whoever stands first."""
    shows = courses["fm"]
    flat = replace(shows, log_ratio=np.zeros_like(shows.log_ratio))
    one = np.exp(-0.5 * (np.concatenate([[-9.0], grid()]) / 0.3) ** 2)
    mass = np.stack([one, one]) / one.sum()

    def left(*arms: Courses) -> np.ndarray:
        return next_days(mass[: len(arms)], arms, DAYS, noise=0.1, mice=6, seed=1).left

    alone = left(shows)
    assert alone[1] < 0.7
    assert left(shows, flat) == pytest.approx(0.5 * (alone + 1.0), abs=0.02)
    assert left(flat, shows) == pytest.approx(0.5 * (alone + 1.0), abs=0.05)
    assert left(flat, flat) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("begin", "simulated"), [("", ["fm_igg"]), (", begin: {run_in: 7 d, after: as_stated}", ["fm_igg", "healthy_igg"])]
)
def test_arms_share_courses_only_where_they_begin_alike(
    monkeypatch: pytest.MonkeyPatch, begin: str, simulated: list[str]
) -> None:
    text = TEXT.format(mice=2, fm=1, healthy=1, days="0 d, 8 d", noise=0.1)
    study = read_study(text.replace("{donors: h, doses", "{donors: h" + begin + ", doses"), "own", "own.yaml")
    known: Experiment = experiment(study, system())
    rows = "mouse,donor,arm,day,paw_pressure_g\n1,a,fm,0,100\n1,a,fm,8,70\n2,b,healthy,0,100\n2,b,healthy,8,99\n"
    readings = parse_readings(rows, "thresholds.csv", known.given(), last_day=known.last_day, ceiling=250.0)
    asked: list[str] = []

    def courses(known, system, arm, times, **options):
        asked.append(arm)
        return Courses(times, np.zeros((1, 1, times.size)))

    monkeypatch.setattr(result, "simulate_courses", courses)
    result._courses(known, system(), readings, ("fm", "healthy"), 8, 1, None)
    assert asked == simulated
