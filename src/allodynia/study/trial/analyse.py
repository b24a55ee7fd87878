"""The analyses of all replicates at once: readings by estimand and rule for gaps, handed to the statistics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.crossover import crossover
from allodynia.study.analysis.estimate import Estimate
from allodynia.study.analysis.loss_of_response import restricted_mean, times_to_loss
from allodynia.study.analysis.mmrm import mmrm
from allodynia.study.analysis.responders import responders, share_difference
from allodynia.study.trial.analyses import BoundAnalysis
from allodynia.study.trial.bind import BoundTrial
from allodynia.study.trial.dataset import Observed
from allodynia.study.trial.gaps import baseline_of, counted, filled, visits_of

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


def analyse(trial: BoundTrial, data: Observed, one: BoundAnalysis, arm: I8 | None = None) -> Estimate:
    """Effects of every arm against the control, f8[replicate, arm - 1], arm less control.

    ``arm`` i8[replicate, person] is :func:`groups_of`, or the same with -1 for whoever is to be left out.
    """
    arm = groups_of(data) if arm is None else arm
    count, level = len(trial.arms), trial.spec.analysis.level
    baseline = baseline_of(trial, data, one.endpoint)
    values = counted(trial, data, one)
    match one.spec.method:
        case "ancova":
            return ancova(filled(values, baseline, one), arm, baseline, arms=count, level=level)
        case "mmrm":
            return _at_last(mmrm(values, arm, baseline, arms=count, level=level).effect)
        case "responders":
            share = one.spec.falls_by or 0.3
            counts = responders(filled(values, baseline, one), baseline, arm, reduction=share, arms=count)
            return share_difference(counts, level=level)
        case "cross_over":
            plan = np.array([one.arms for one in trial.givings], dtype=np.int64)
            return crossover(values, arm, plan, level=level).treatment
        case "loss_of_response":
            return _loss(trial, one, values, baseline, arm)
    raise ValueError(one.spec.method)


def groups_of(data: Observed) -> I8:
    """The arm of each person (in a cross-over: the sequence), i8[replicate, person]; -1: could not be solved."""
    return np.where(data.solved, data.giving, -1)


def _loss(trial: BoundTrial, one: BoundAnalysis, values: F8, baseline: F8, arm: I8) -> Estimate:
    """Mean time in response of those who respond at the first visit, up to the last."""
    kept = (1.0 - (one.spec.falls_by or 0.3)) * baseline[..., None]
    responding = np.where(np.isnan(values), np.nan, values <= kept)
    when = trial.times[visits_of(trial, one.endpoint, one.at)]
    dropout = "event" if one.spec.estimand == "composite" else "censored"
    times = times_to_loss(responding, when, dropout=dropout)  # type: ignore[arg-type]
    level = trial.spec.analysis.level
    return restricted_mean(times, arm, float(when[-1] - when[0]), arms=len(trial.arms), level=level)


def _at_last(found: Estimate) -> Estimate:
    """The last visit of an estimate over visits."""
    return replace(found, **{name: getattr(found, name)[..., -1] for name in Estimate.__dataclass_fields__})
