"""What the replicates of a trial show together: effects and power of each analysis, arms, who was asked and left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.estimate import Estimate
from allodynia.study.analysis.power import Better, Power, power
from allodynia.study.analysis.responders import Nnt, nnt, responders
from allodynia.study.analysis.status import reasons, without_result
from allodynia.study.answers import Cause
from allodynia.study.readings import places
from allodynia.study.statistics.student import Interval, mean_interval
from allodynia.study.trial.analyse import analyse, groups_of
from allodynia.study.trial.analyses import BoundAnalysis
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.conduct import outcome_name
from allodynia.study.trial.dataset import Observed

F8 = NDArray[np.float64]

RESPONSES = (0.3, 0.5)
"""Falls from baseline that count as a response: moderate and substantial relief (IMMPACT, Dworkin et al. 2008)."""


@dataclass(frozen=True)
class EffectRow:
    """One arm against the control, or its own baseline, in one analysis.

    ``effect`` is the mean of the replicates' estimates with its Monte Carlo error, ``lo`` and ``hi`` the mean ends of
    the interval that one trial would report, ``spread`` the standard deviation of estimates between replicates.
    ``truth`` is the mean difference in the same persons had everybody stayed, ``differs`` its standard deviation
    between persons of a replicate; None where no person was followed in both arms. ``power`` counts replicates that
    show the effect in the direction that is better, ``either`` in any, ``assurance`` those with a draw of their own of
    what is uncertain (None: there are none). ``needed`` are the numbers needed to treat that ``effect``, ``lo`` and
    ``hi`` come to, where they are of responders.
    """

    analysis: str
    method: str
    estimand: str
    primary: bool
    arm: str
    versus: str
    unit: str
    effect: Interval
    lo: float
    hi: float
    spread: float
    power: Power
    either: Power
    truth: Interval | None
    differs: float | None
    assurance: Power | None = None
    needed: Nnt | None = None


@dataclass(frozen=True)
class ArmRow:
    """What became of the people of an arm (in a cross-over: of a sequence), as shares of those allocated.

    ``values`` by endpoint: mean at baseline, mean at the last visit of those seen then, standard deviation between
    persons at baseline.
    """

    arm: str
    label: str
    people: float
    left: dict[str, float]
    rescued: float
    responders: dict[str, float]
    values: dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class TrialResult:
    """A trial in all its replicates."""

    trial: BoundTrial
    data: Observed
    seed: int
    uncertainty: bool
    estimates: tuple[Estimate, ...]
    effects: tuple[EffectRow, ...]
    arms: tuple[ArmRow, ...]
    flow: dict[str, float] = field(default_factory=dict)
    drawn: tuple[Estimate, ...] = ()
    """The estimates in the replicates for assurance, an analysis after the other; none where there are none."""

    @property
    def replicates(self) -> int:
        """How many there are."""
        return self.data.replicates

    @property
    def word(self) -> str:
        """What the share of successful replicates is called: averaged over what is uncertain it is assurance."""
        return "assurance" if self.uncertainty else "power"

    @property
    def without_result(self) -> tuple[str, ...]:
        """Which analyses gave no result in how many replicates, and why."""
        said = []
        for kind, estimates in (("", self.estimates), (" with draws", self.drawn)):
            for one, found in zip(self.trial.analyses, estimates, strict=kind == ""):
                columns = [one.column(arm) for arm in one.arms]
                codes, gone = found.status[:, columns], np.isnan(found.p[:, columns])
                said += without_result(f"{one.label}{kind}", reasons(codes, gone), len(codes))
        return tuple(said)


def summarise(
    trial: BoundTrial, data: Observed, seed: int, *, uncertainty: bool, drawn: Observed | None = None
) -> TrialResult:
    """Everything that is reported of the replicates ``data`` of a trial, but for the curve over sizes.

    ``uncertainty`` says whether each of them has a draw of its own of what is uncertain; ``drawn`` are replicates
    beside them that have.
    """
    estimates = tuple(analyse(trial, data, one, seed=seed) for one in trial.analyses)
    besides = () if drawn is None else tuple(analyse(trial, drawn, one, seed=seed) for one in trial.analyses)
    effects = []
    for number, (one, found) in enumerate(zip(trial.analyses, estimates, strict=True)):
        beside = found if uncertainty else besides[number] if besides else None
        for arm in one.arms:
            row = effect_row(trial, data, one, found, arm, uncertainty=uncertainty)
            effects.append(replace(row, assurance=None if beside is None else shown(trial, one, beside, arm)))
    flow = {name: float(counts.mean()) for name, counts in data.flow.items()}
    arms = tuple(_arm(trial, data, group) for group in range(len(trial.givings)))
    return TrialResult(trial, data, seed, uncertainty, estimates, tuple(effects), arms, flow, besides)


def changes(result: TrialResult) -> dict[str, F8]:
    """By arm, the percent change from baseline of every person of the first replicate who was seen at the primary
    analysis' visit; nothing of a cross-over, where a person has every arm.
    """
    trial, data, primary = result.trial, result.data, result.trial.analyses[0]
    if trial.crossed:
        return {}
    seen = data.seen(primary.endpoint, trial.times)[0]
    before, after = seen[:, 0], seen[:, _visit(trial, primary.at)]
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0.0, 100.0 * (after / before - 1.0), np.nan)
    groups = groups_of(data)[0]
    return {
        trial.label(giving.name): change[(groups == number) & np.isfinite(change)]
        for number, giving in enumerate(trial.givings)
    }


def better(one: BoundAnalysis) -> Better:
    """In which direction of the estimate the treatment does good."""
    if one.spec.method in ("responders", "loss_of_response"):
        return "higher"
    return "higher" if one.sign > 0 else "lower"


def unit_of(trial: BoundTrial, one: BoundAnalysis) -> str:
    """The unit of an analysis' estimates."""
    if one.spec.method == "responders":
        return "of people"
    if one.spec.method == "loss_of_response":
        return trial.time_unit
    unit = trial.plan.endpoints[one.endpoint].unit
    return "points" if unit == "dimensionless" else unit


def effect_row(
    trial: BoundTrial, data: Observed, one: BoundAnalysis, found: Estimate, arm: int, *, uncertainty: bool
) -> EffectRow:
    """What the replicates show of one arm in one analysis."""
    column = (slice(None), one.column(arm))
    effect = found.effect[column]
    mean, lo, hi = mean_interval(effect), _mean(found.lo[column]), _mean(found.hi[column])
    truth, differs = in_the_same_persons(data, one, arm, uncertainty=uncertainty)
    known = effect[~np.isnan(effect)]
    return EffectRow(
        one.label, one.spec.method, one.spec.estimand, one.primary, trial.arms[arm],
        trial.arms[0] if one.controlled else "baseline", unit_of(trial, one),
        mean, lo, hi, float(known.std(ddof=1)) if known.size > 1 else np.nan,
        shown(trial, one, found, arm), shown(trial, one, found, arm, either=True), truth, differs,
        needed=nnt(mean.mean, lo, hi) if one.spec.method == "responders" else None,
    )  # fmt: skip


def shown(trial: BoundTrial, one: BoundAnalysis, found: Estimate, arm: int, *, either: bool = False) -> Power:
    """The share of replicates that show the effect of an arm, in the better direction or in ``either``."""
    column = (slice(None), one.column(arm))
    wanted = "either" if either else better(one)
    return power(found.p[column], found.effect[column], better=wanted, alpha=1.0 - trial.spec.analysis.level)


def in_the_same_persons(
    data: Observed, one: BoundAnalysis, arm: int, *, uncertainty: bool, member: NDArray[np.bool_] | None = None
) -> tuple[Interval | None, float | None]:
    """The mean of what the arm does to a person, and its standard deviation between persons of a replicate, where both
    arms were followed; of the ``member`` bool[replicate, person] alone where given.

    Under ``uncertainty`` the people of a replicate share its draw, and the replicates are the units of the interval.
    """
    if one.spec.method in ("responders", "loss_of_response"):
        return None, None
    potential = data.potential[outcome_name(one.endpoint, one.at)]
    gain = potential[..., arm] - potential[..., 0 if one.controlled else -1]
    if member is not None:
        gain = np.where(member, gain, np.nan)
    known = ~np.isnan(gain)
    n = known.sum(axis=1)
    if not n.any():
        return None, None
    means = np.where(known, gain, 0.0).sum(axis=1)[n > 0] / n[n > 0]
    within = gain[n > 0] - means[:, None]
    freedom = int(n.sum()) - means.size
    differs = float(np.sqrt(np.nansum(within**2) / freedom)) if freedom > 0 else 0.0
    return mean_interval(means if uncertainty else gain), differs


def _arm(trial: BoundTrial, data: Observed, arm: int) -> ArmRow:
    here = groups_of(data) == arm
    people = np.maximum(here.sum(), 1)
    left = {
        cause.name.lower(): float((here & (data.cause == int(cause))).sum() / people)
        for cause in Cause if cause is not Cause.NONE
    }  # fmt: skip
    values, shares = {}, {}
    for name, bound in trial.plan.endpoints.items():
        seen = data.seen(name, trial.times)
        measured = [time for time in bound.times if time > 0.0]
        last = trial.times.size - trial.visits.size + _visit(trial, measured[-1]) if measured else 0
        before, after = seen[..., 0][here], seen[..., last][here]
        values[name] = (_mean(before), _mean(after), float(np.nanstd(before)) if before.size else np.nan)
    primary = trial.analyses[0]
    if primary.sign < 0 and not trial.crossed:
        visit = _visit(trial, primary.at)
        seen = data.seen(primary.endpoint, trial.times)
        group = np.where(here, 0, -1)
        for share in RESPONSES:
            counts = responders(seen[..., visit], seen[..., 0], group, reduction=share, arms=2)
            total = counts.subjects[:, 0].sum()
            shares[f"{100 * share:g} %"] = float(counts.responders[:, 0].sum() / total) if total else np.nan
    name = trial.givings[arm].name
    rescued = float((here & np.isfinite(data.rescued)).sum() / people)
    label = name if trial.crossed else trial.label(name)
    return ArmRow(name, label, float(here.sum() / data.replicates), left, rescued, shares, values)


def _visit(trial: BoundTrial, time: float) -> int:
    return int(places(trial.visits, [time], "the trial")[0])


def _mean(values: F8) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan
