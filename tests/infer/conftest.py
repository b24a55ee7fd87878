"""An emulator that the tests share: it is the dear part."""

from __future__ import annotations

import numpy as np
import pytest
from tests.infer.laboratory import shipped, system

from allodynia.infer import parse_readings
from allodynia.infer.emulator import Courses, Experiment, experiment, simulate_courses
from allodynia.infer.result import candidate_days

ANIMALS = 128


@pytest.fixture(scope="session")
def known() -> Experiment:
    return experiment(shipped(), system(), {"ada": 1.0})


@pytest.fixture(scope="session")
def courses(known: Experiment) -> dict[str, Courses]:
    """With the mice's own antibodies, by what a file calls the arm."""
    times = np.unique(np.concatenate([[0.0], candidate_days(known)]))
    fm = simulate_courses(known, system(), "fm_igg", times, mice=ANIMALS, seed=1)
    saline = simulate_courses(known, system(), "saline", times, mice=ANIMALS, seed=1)
    return {"fm": fm, "healthy": fm, "vehicle": saline}


@pytest.fixture
def parsed(known: Experiment):
    return lambda text: parse_readings(text, "thresholds.csv", known.given(), last_day=known.last_day, ceiling=250.0)
