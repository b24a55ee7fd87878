"""Doses given to one's own model, in Python and on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import allodynia as al
from allodynia.api.doses import parse
from allodynia.engine.regimen import Dose, Reset
from allodynia.errors import InvalidInput

ABSORPTION = """
model absorption()
  depot = 0; drug = 0; ka = 1.2; ke = 0.3; late = 0.5; rate = 0; share = 0.6
  depot' = -ka*depot
  drug' = ka*depot - ke*drug + rate
end
"""


@pytest.fixture
def model(tmp_path: Path) -> al.Model:
    path = tmp_path / "absorption.ant"
    path.write_text(ABSORPTION, encoding="utf-8")
    return al.load(path)


def absorbed(since: np.ndarray, ka: np.ndarray | float = 1.2, ke: float = 0.3) -> np.ndarray:
    """Drug of one unit in the depot, so long ago."""
    past = np.maximum(since, 0.0)
    return np.where(since > 0, ka / (ka - ke) * (np.exp(-ke * past) - np.exp(-ka * past)), 0.0)


def test_repeated_doses_with_lag_and_bioavailability(model: al.Model) -> None:
    doses = [Dose(at=1.0, amount=10.0, into="depot", every=4.0, repeat=3, lag="late", bioavailability=0.6)]
    found = model.simulate(end=20.0, points=41, subjects=5, vary={"ka": "lognormal(1.2, 0.3)"}, doses=doses)
    time, ka = found["time"].values, found["ka"].values[:, None]
    known = sum(6.0 * absorbed(time[None, :] - begin, ka) for begin in (1.5, 5.5, 9.5))
    np.testing.assert_allclose(found["drug"].values, known, rtol=1e-4, atol=1e-6)


def test_at_steady_state_every_interval_is_the_same(model: al.Model) -> None:
    doses = [Dose(at=0.0, amount=10.0, into="depot", every=6.0, repeat=3, steady=True)]
    drug = model.simulate(end=18.0, points=37, rtol=1e-8, doses=doses)["drug"].values[0]
    np.testing.assert_allclose(drug[12:25], drug[:13], rtol=1e-5)
    endless = sum(10.0 * absorbed(np.array([6.0 * k])) for k in range(1, 40))
    assert drug[0] == pytest.approx(float(endless[0]), rel=1e-5)


def test_an_infusion_ends(model: al.Model) -> None:
    found = model.simulate(end=10.0, points=21, doses=[Dose(at=2.0, amount=6.0, through="rate", over=3.0)])
    time = found["time"].values
    known = 2.0 / 0.3 * (np.exp(-0.3 * np.clip(time - 5.0, 0.0, None)) - np.exp(-0.3 * np.clip(time - 2.0, 0.0, None)))
    np.testing.assert_allclose(found["drug"].values[0], known, rtol=1e-4, atol=1e-6)


def test_what_the_command_line_writes() -> None:
    assert parse("into=depot amount=10 at=0 every=24 repeat=5 lag=late") == Dose(
        0.0, 10.0, into="depot", every=24.0, repeat=5, lag="late"
    )
    assert parse("through=rate, amount=6, at=2, over=3, steady, every=12") == Dose(
        2.0, 6.0, through="rate", over=3.0, every=12.0, steady=True
    )
    assert parse("reset at=48") == Reset(48.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("into=depot amuont=10 at=0", "amount"),
        ("into=depot amount=ten at=0", "must be a number"),
        ("into=depot at=0", "amount=... is missing"),
        ("into=depot amount=10 at=0 at=1", "twice"),
        ("reset at=0 amount=3", "reset"),
        ("into=depot amount=10 at=0 steady=yes", "stands alone"),
        ("into=depot amount=10 at=0 repeat=2.5 every=1", "whole number"),
    ],
)
def test_what_is_no_dose_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse(text)


def test_a_dose_into_what_is_not_there_is_refused(model: al.Model) -> None:
    with pytest.raises(InvalidInput, match="depot"):
        model.simulate(end=1.0, doses=[Dose(at=0.0, amount=1.0, into="deopt")])
