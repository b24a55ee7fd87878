"""The analyses of all replicates at once: readings by estimand and rule for gaps, handed to the statistics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis import layout
from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.crossover import crossover
from allodynia.study.analysis.estimate import Estimate, by_student
from allodynia.study.analysis.loss_of_response import restricted_mean, times_to_loss
from allodynia.study.analysis.mmrm import mmrm
from allodynia.study.analysis.responders import fell_by, responders, share_difference
from allodynia.study.analysis.rubin import imputed_ancova
from allodynia.study.analysis.status import Status
from allodynia.study.trial.analyses import IMPUTED, BoundAnalysis
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.dataset import Observed
from allodynia.study.trial.gaps import baseline_of, counted, filled, visits_of

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


def analyse(trial: BoundTrial, data: Observed, one: BoundAnalysis, arm: I8 | None = None, *, seed: int) -> Estimate:
    """Effects of every arm against the control, f8[replicate, arm - 1], arm less control; or of every arm against its
    own baseline, f8[replicate, arm].

    ``arm`` i8[replicate, person] is :func:`groups_of`, or the same with -1 for whoever is to be left out; ``seed`` is
    of the draws of multiple imputation.
    """
    arm = groups_of(data) if arm is None else arm
    count, level = len(trial.arms), trial.spec.analysis.level
    baseline = baseline_of(trial, data, one.endpoint)
    values = counted(trial, data, one)
    match one.spec.method:
        case "ancova" if one.spec.missing in IMPUTED:
            return imputed_ancova(
                values, arm, baseline, seed=seed, method=IMPUTED[one.spec.missing], arms=count, level=level,
                first=int(data.world[0]),
            )  # fmt: skip
        case "ancova":
            return ancova(filled(values, baseline, one), arm, baseline, arms=count, level=level)
        case "mmrm":
            return _at_last(mmrm(values, arm, baseline, arms=count, level=level).effect)
        case "responders":
            counts = responders(filled(values, baseline, one), baseline, arm, reduction=one.share, arms=count)
            return share_difference(counts, level=level)
        case "before_after":
            change = filled(values, baseline, one) - baseline
            return _paired(np.stack([np.where(arm == k, change, np.nan) for k in range(count)], axis=-1), level)
        case "cross_over":
            plan = np.array([one.arms for one in trial.givings], dtype=np.int64)
            return crossover(values, arm, plan, level=level).treatment
        case "loss_of_response":
            return _loss(trial, data, one, values, arm)
    raise ValueError(one.spec.method)


def groups_of(data: Observed) -> I8:
    """The arm of each person (in a cross-over: the sequence), i8[replicate, person]; -1: could not be solved."""
    return np.where(data.solved, data.giving, -1)


def _paired(change: F8, level: float) -> Estimate:
    """The mean of changes f8[replicate, person, arm] in each arm, by the paired t test."""
    known = ~np.isnan(change)
    n = known.sum(axis=1)
    mean = np.where(known, change, 0.0).sum(axis=1) / np.maximum(n, 1)
    rss = np.where(known, (change - mean[:, None]) ** 2, 0.0).sum(axis=1)
    codes = np.full(n.shape, Status.ESTIMATED, np.int8)
    codes[rss <= layout.EXACT * np.where(known, change**2, 0.0).sum(axis=1) * np.maximum(n, 1)] = Status.NO_VARIANCE
    codes[n < 2] = Status.TOO_FEW
    se = np.sqrt(rss / np.maximum(n - 1, 1) / np.maximum(n, 1))
    return by_student(mean, se, (n - 1).astype(np.float64), n, codes, level)


def _loss(trial: BoundTrial, data: Observed, one: BoundAnalysis, values: F8, arm: I8) -> Estimate:
    """Mean time in response of those who respond at the first visit, up to the last; after a run-in on a treatment the
    first is allocation, and the response is held against the reading before the run-in.
    """
    baseline, visits = baseline_of(trial, data, one.endpoint), visits_of(trial, one.endpoint, one.at)
    if trial.withdrawal:
        values, visits = np.concatenate([baseline[..., None], values], axis=-1), [0, *visits]
        baseline = data.entry[one.endpoint]
    responding = np.where(np.isnan(values), np.nan, fell_by(values, baseline[..., None], one.share))
    when = trial.times[visits]
    dropout = "event" if one.spec.estimand == "composite" else "censored"
    times = times_to_loss(responding, when, dropout=dropout)  # type: ignore[arg-type]
    level = trial.spec.analysis.level
    return restricted_mean(times, arm, float(when[-1] - when[0]), arms=len(trial.arms), level=level)


def _at_last(found: Estimate) -> Estimate:
    """The last visit of an estimate over visits."""
    return replace(found, **{name: getattr(found, name)[..., -1] for name in Estimate.__dataclass_fields__})
