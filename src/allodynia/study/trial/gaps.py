"""What an analysis sees of the readings: by the estimand named in the file, and the rule for gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.estimand import Estimand, apply
from allodynia.study.analysis.imputation import baseline_carried_forward, last_carried_forward
from allodynia.study.assay.questionnaire import Answers
from allodynia.study.readings import places
from allodynia.study.trial.analyses import BoundAnalysis
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.dataset import Observed

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

EVENTS = ("leaving the trial", "rescue medication")


def baseline_of(trial: BoundTrial, data: Observed, endpoint: str) -> F8:
    """The reading at allocation, f8[replicate, person]; NaN for whoever could not be solved."""
    return data.seen(endpoint, trial.times)[..., 0]


def visits_of(trial: BoundTrial, endpoint: str, at: float) -> list[int]:
    """The numbers of the first period's visits after allocation, up to ``at``, at which ``endpoint`` is measured."""
    times = trial.plan.endpoints[endpoint].times
    here = places(trial.visits, [time for time in times if 0.0 < time <= at * (1.0 + 1e-9)], endpoint)
    return [int(one) for one in here]


def estimand_of(trial: BoundTrial, one: BoundAnalysis) -> Estimand:
    """The estimand of an analysis, in the five attributes of ICH E9(R1)."""
    strategy = one.spec.estimand
    names = [trial.label(trial.arms[arm]) for arm in one.arms]
    said = {
        "ancova": "the difference of means", "mmrm": "the difference of means", "cross_over": "the mean difference",
        "before_after": "the mean change",
        "responders": "the difference of shares of responders", "loss_of_response": "the difference of mean times",
    }  # fmt: skip
    beside = trial.label(trial.arms[0]) if one.controlled else "before"
    return Estimand(
        population=f"people of the population {trial.population!r} who meet the conditions of entry",
        treatment=f"{', '.join(names)} against {beside}", variable=one.label,
        summary=said[one.spec.method], events=dict.fromkeys(EVENTS, strategy),
    )  # fmt: skip


def counted(trial: BoundTrial, data: Observed, one: BoundAnalysis) -> F8:
    """The readings that an analysis takes, f8[replicate, person, visit] at :func:`visits_of`, or in a cross-over at the
    analysis' time of each period: after leaving or rescue they are what the estimand says, and NaN where nothing stands
    for them. In a cross-over every period stands for itself: what was read in another arm is no reading on treatment.
    """
    visits = np.array(visits_of(trial, one.endpoint, one.at))
    periods = [_counted(trial, data, one, period, visits) for period in range(trial.starts.size)]
    return np.stack([values[..., -1] for values in periods], axis=-1) if trial.crossed else periods[0]


def _counted(trial: BoundTrial, data: Observed, one: BoundAnalysis, period: int, visits: I8) -> F8:
    """The readings of one period at its ``visits``."""
    first = period * trial.visits.size
    seen, times = data.seen(one.endpoint, trial.times), trial.times[first + visits]
    before = seen[..., first]
    events = {}
    for name, when in zip(EVENTS, (data.left, data.rescued), strict=True):
        after = times > when[..., None]
        events[name] = np.where(after.any(axis=-1), after.argmax(axis=-1).astype(np.float64), np.nan)
        before = np.where(when < trial.times[first], np.nan, before)  # never on this period's treatment
    return apply(estimand_of(trial, one), seen[..., first + visits], before, events, worst=_worst(trial, one))


def _worst(trial: BoundTrial, one: BoundAnalysis) -> float:
    """The worst of an endpoint's scale; NaN where it has no end on that side."""
    assay = trial.plan.endpoints[one.endpoint].assay
    low, high = assay.floor, assay.ceiling
    if isinstance(assay.method, Answers):
        low, high = max(low, assay.method.lowest), min(high, assay.method.highest)
    worst = high if one.sign < 0 else low
    return worst if np.isfinite(worst) else np.nan


def filled(values: F8, baseline: F8, one: BoundAnalysis) -> F8:
    """The values at the last visit, f8[replicate, person], with gaps filled by a single value as the file says."""
    match one.spec.missing:
        case "baseline_carried_forward":
            values = baseline_carried_forward(values, baseline)
        case "last_carried_forward":
            values = last_carried_forward(values, baseline)
    return np.asarray(values[..., -1])
