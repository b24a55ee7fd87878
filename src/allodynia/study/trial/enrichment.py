"""Selection by a reading at screening: who is left at each cut-off, what the treatment does to them, who is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.power import scaled_power
from allodynia.study.statistics.student import Interval, mean_interval
from allodynia.study.trial.analyse import analyse, groups_of
from allodynia.study.trial.result import TrialResult, better, in_the_same_persons

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class EnrichRow:
    """People whose reading is at least ``cut_off``.

    ``share`` of those who may enter; ``effect`` in them; ``power`` of a trial of the planned number of them (by the
    normal law from their effect and its error); ``asked``: people who must be asked for that trial.
    """

    reading: str
    unit: str
    cut_off: float
    share: float
    effect: Interval
    truth: Interval | None
    power: float
    asked: float


def enrichment(result: TrialResult) -> tuple[EnrichRow, ...]:
    """One row a cut-off, the first of all comers; empty where the trial does not ask."""
    trial, data = result.trial, result.data
    if trial.enrich is None or trial.crossed:
        return ()
    name, cuts, percentiles = trial.enrich
    reads = data.entry[name]
    known = reads[~np.isnan(reads)]
    ends = [-np.inf, *cuts.tolist(), *np.percentile(known, percentiles).tolist()]
    one, group = trial.analyses[0], groups_of(data)
    arm, alpha = one.arms[0], 1.0 - trial.spec.analysis.level
    planned = trial.people / len(trial.arms)
    rows = []
    for cut in sorted(set(ends)):
        member = reads >= cut
        share = float(member.sum() / known.size)
        found = analyse(trial, data, one, np.where(member, group, -1), seed=result.seed)
        effect, se = found.effect[:, one.column(arm)], found.se[:, one.column(arm)]
        here = float(((group >= 0) & member).sum() / (data.replicates * len(trial.arms)))
        law = scaled_power(effect, se, max(here, 1.0), [planned], alpha=alpha, better=better(one))
        truth, _ = in_the_same_persons(data, one, arm, uncertainty=result.uncertainty, member=member)
        asked = result.flow["asked"] / share if share > 0.0 else np.inf
        unit = trial.plan.endpoint(name).unit
        rows.append(EnrichRow(name, unit, cut, share, mean_interval(effect), truth, float(law[0]), asked))
    return tuple(rows)
