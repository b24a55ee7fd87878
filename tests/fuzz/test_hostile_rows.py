"""Parameters that no measurement gives: every subject ends with a status, and touches nobody else."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from ode_systems import one_compartment, stiff

from allodynia.engine import Action, ActionKind, Actions, Solution, Status, simulate
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem

HOSTILE = (
    0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 1e-300, -1e-300, 5e-324, 1.7976931348623157e308, 2.3e-308, -1.0,
    1e16, 1e-16, 1e100, 1e-100, -1e-9,
)  # fmt: skip
MOST_STEPS = 3_000
FIELDS = ("values", "status", "failed_at", "steps", "rejected", "factorisations", "final")


@dataclass(frozen=True)
class Case:
    """A system with a plausible subject, and how it is simulated."""

    system: OdeSystem
    plain: np.ndarray
    times: np.ndarray
    doses: tuple[Action, ...]
    atol: float = 1e-9

    def run(self, rows: np.ndarray, **options: int) -> Solution:
        """All states of the subjects in ``rows``."""
        return simulate(
            self.system, rows, self.times, [q.id for q in self.system.states], atol=self.atol,
            actions=Actions.shared(len(rows), self.doses), max_steps=MOST_STEPS, **options,
        )  # fmt: skip


@cache
def case(name: str) -> Case:
    """The mouse of the passive transfer, a drug with absorption, or Robertson's stiff reactions."""
    if name == "one compartment":
        doses = (Action(0.5, ActionKind.ADD_STATE, 0, 10.0), Action(2.0, ActionKind.ADD_STATE, 1, 3.0))
        return Case(one_compartment(), np.array([1.3, 0.2, 5.0, 0.4]), np.array([0.0, 0.4, 1.0, 2.5, 6.0]), doses)
    if name == "robertson":
        return Case(stiff(), np.array([0.04, 3e7, 1e4]), np.array([0.0, 1e-4, 1.0, 400.0]), (), 1e-12)
    from allodynia.system import load_system

    system = load_system("mouse").ode
    plain = np.array([quantity.value for quantity in system.parameters])
    into = system.state_index("igg.peritoneum")
    doses = tuple(Action(float(day), ActionKind.ADD_STATE, into, 8.0) for day in range(4))
    return Case(system, plain, np.array([0.0, 0.5, 1.0, 4.0, 14.0]), doses)


def hostile(plain: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Rows with one to three parameters replaced, or made absurdly large, small or negative."""
    random = np.random.default_rng(seed)
    rows = np.tile(plain, (count, 1))
    for row in rows:
        for column in random.choice(len(plain), size=int(random.choice([1, 1, 2, 3])), replace=False):
            if random.random() < 0.7:
                row[column] = random.choice(HOSTILE)
            else:
                row[column] *= float(random.choice([-1.0, 1.0])) * 10.0 ** float(random.uniform(-30.0, 30.0))
    return rows


def healthy(plain: np.ndarray, count: int, seed: int) -> np.ndarray:
    return plain * np.exp(0.2 * np.random.default_rng(seed).normal(size=(count, len(plain))))


def check(case: Case, rows: np.ndarray, found: Solution) -> None:
    """What must hold of every row, whatever stands in it."""
    status = found.status
    assert not (status == Status.NOT_RUN).any()
    assert np.isin(status, [int(member) for member in Status]).all()
    solved = found.solved
    assert np.isfinite(found.values[solved]).all(), "a solved subject has states that are not finite"
    assert np.isfinite(found.final[solved]).all()
    assert np.isnan(found.failed_at[solved]).all()
    failed_at = found.failed_at[~solved]
    assert ((failed_at >= 0.0) & (failed_at <= case.times[-1])).all()
    assert np.isnan(found.final[~solved]).all()
    for values, when in zip(found.values[~solved], failed_at, strict=True):
        assert np.isfinite(values[case.times < when]).all()
        assert np.isnan(values[case.times > when]).all()
        assert (np.diff(np.isnan(values).astype(int), axis=0) >= 0).all(), "a number after NaN"
    assert (found.factorisations <= MOST_STEPS).all()
    # Where the equations are NaN from the start there is nothing to solve.
    slope = Evaluator(case.system.dag, case.system.rhs)
    start = Evaluator(case.system.dag, case.system.initial)
    for row, good in zip(rows, solved, strict=True):
        first = start(0.0, np.zeros(len(case.system.states)), row)
        if not np.isfinite(first).all() or np.isnan(slope(0.0, first, row)).any():
            assert not good, "solved, although its equations are NaN at the start"


def attack(name: str, count: int, seed: int) -> tuple[Case, np.ndarray, Solution]:
    """Hostile and healthy rows side by side; the healthy ones must not notice."""
    chosen = case(name)
    bad, good = hostile(chosen.plain, count, seed), healthy(chosen.plain, count, seed + 1)
    mixed = np.stack([bad, good], axis=1).reshape(2 * count, -1)
    begin = time.monotonic()
    found = chosen.run(mixed)
    assert time.monotonic() - begin < 120.0  # bounded by the steps allowed; without a bound it would be for ever
    alone = chosen.run(good, width=1, threads=1)
    for field in FIELDS:
        assert getattr(found, field)[1::2].tobytes() == getattr(alone, field).tobytes(), field
    assert alone.solved.all()
    among = found.rows(0, len(mixed))
    hurt = Solution(among.times, among.outputs, **{field: getattr(among, field)[::2] for field in FIELDS})
    check(chosen, bad, hurt)
    return chosen, bad, hurt


CASES = ("passive transfer", "one compartment", "robertson")


@pytest.mark.parametrize(("name", "count"), list(zip(CASES, (700, 650, 650), strict=True)))
def test_hostile_rows_end_with_a_status(name: str, count: int) -> None:
    chosen, bad, found = attack(name, count, seed=7)
    assert len(found.counts()) >= 3  # the rows are hostile enough to end in different ways
    alone = chosen.run(bad[:60], width=1, threads=1)
    for field in FIELDS:
        assert getattr(alone, field).tobytes() == getattr(found.rows(0, 60), field).tobytes(), field


@pytest.mark.long
def test_ten_thousand_hostile_rows(capsys: pytest.CaptureFixture[str]) -> None:
    counts: dict[Status, int] = {}
    total = 0
    for name, count in zip(CASES, (3_400, 3_300, 3_300), strict=True):
        _, _, found = attack(name, count, seed=1_000)
        total += len(found)
        for status, number in found.counts().items():
            counts[status] = counts.get(status, 0) + number
    with capsys.disabled():
        print(f"\n{total:,} hostile rows:", ", ".join(f"{k.name} {v:,}" for k, v in sorted(counts.items())))
    assert total == 10_000


def exact(row: np.ndarray, t: float) -> tuple[float, float]:
    """Depot and drug of `one_compartment` under the doses of its case, with 60 digits; NaN beyond all numbers."""
    import mpmath

    with mpmath.workdps(60):
        ka, ke, rate = (mpmath.mpf(float(row[i])) for i in (0, 1, 3))
        s, later = mpmath.mpf(t - 0.5), mpmath.mpf(t - 2.0)
        try:
            depot = 10 * mpmath.exp(-ka * s) if s > 0 else mpmath.mpf(0)
            drug = rate * (-mpmath.expm1(-ke * t) / ke if ke != 0 else mpmath.mpf(t))
            if s > 0:
                if ka == ke:
                    drug += 10 * ka * s * mpmath.exp(-ke * s)
                elif ka != 0:
                    drug += 10 * ka * mpmath.exp(-ke * s) * mpmath.expm1(-(ka - ke) * s) / (ke - ka)
            if later > 0:
                drug += 3 * mpmath.exp(-ke * later)
            return float(depot), float(drug)
        except OverflowError:
            return math.nan, math.nan


def test_what_is_solved_is_right() -> None:
    """A thousand absorption models with absurd rates: every number of a solved one against the closed form."""
    pytest.importorskip("mpmath")
    chosen = case("one compartment")
    rows = hostile(chosen.plain, 1_000, seed=21)
    found = chosen.run(rows)
    checked = 0
    for row, values, good in zip(rows, found.values, found.solved, strict=True):
        if not good or not np.isfinite(row).all():
            continue
        known = np.array([exact(row, float(t)) for t in chosen.times])
        largest = np.nanmax(np.abs(known))
        # The tolerances asked for are 1e-6 and 1e-9; growth multiplies an early error by e^(-k t), so by its largest.
        allowed = 1e-3 * np.abs(known) + 1e-6 * max(largest, 1e-2)
        wrong = ~(np.abs(values - known) <= allowed)
        assert not wrong.any(), f"{row.tolist()}: {values[wrong]}, not {known[wrong]}"
        checked += 1
    assert checked > 400
