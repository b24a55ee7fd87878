"""The measured models are those of the literature, and operations are counted as one would by hand."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.operations import work
from benchmarks.problems import problem

from allodynia.engine import simulate
from allodynia.model import read_antimony, to_ode

# Published reference solutions: Hairer and Wanner, Solving ODE II, 1996, and Mazzia and Magherini, Test Set for Initial
# Value Problem Solvers, release 2.4, 2008. Robertson's at t = 40 is example of the documentation of LSODE.
PUBLISHED = {
    "hires": (
        321.8122,
        {
            "y1": 0.7371312573325668e-3,
            "y4": 0.1175651343283149e-2,
            "y6": 0.6238968252742796e-2,
            "y8": 0.2850001604101e-2,
        },
    ),
    "pollu": (60.0, {"y1": 0.5646255480022769e-1, "y4": 0.5523140207484359e-2, "y19": 0.1772146513969984e-5}),
    "robertson": (40.0, {"A": 0.7158270687, "B": 9.185534764e-6, "C": 0.2841637457}),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_solutions(name: str) -> None:
    one = problem(name, 1)
    end, published = PUBLISHED[name]
    found = simulate(one.system, one.nominal[None], [end], list(published), rtol=1e-11, atol=1e-20).values[0, 0]
    np.testing.assert_allclose(found, list(published.values()), rtol=2e-8)


def test_operations_of_a_decay_counted_by_hand() -> None:
    text = "model decay()\n  k = 0.5; x = 1;\n  x' = -k*x;\nend"
    needed = work(to_ode(read_antimony(text, "decay.ant", strict_units=False)))
    # f = (-k) x with -k computed once a subject: 1 operation, J is that constant. LU of one entry: 1 - (h gamma) J and
    # its reciprocal. A solve: h gamma f, what is added to it but for the first, times the reciprocal.
    slopes, factor, solves, measured = 8 * 1, 2 + 1, 8 * 3 - 1, 9
    arguments, couplings = 2 * (1 + 2 + 3 + 4 + 5) + 1 + 1, 2 * (1 + 2 + 3 + 4 + 5 + 6 + 7) - 7
    assert needed.attempt == slopes + factor + solves + measured + arguments + couplings
    assert needed.sample == 2 * 8
