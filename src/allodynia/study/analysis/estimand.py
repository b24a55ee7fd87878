"""The estimand in words, and what it does to the data after an intercurrent event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.errors import InvalidInput, unknown
from allodynia.study.analysis import layout

F8 = NDArray[np.float64]

Strategy = Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment"]

_RULES: dict[str, str] = {
    "treatment_policy": "values after it are used as they are; those missing are missing at random or imputed",
    "hypothetical": "values after it are set missing, as if it had not happened, and the model or an imputation that "
    "assumes missing at random fills them",
    "composite": "values from it on are the worst of the scale, and the subject is a non-responder",
    "while_on_treatment": "the last value before it stands for all later ones",
}


@dataclass(frozen=True, slots=True)
class Estimand:
    """What a trial estimates, by the five attributes of ICH E9(R1) (2019).

    ``events`` gives the strategy for each cause of an intercurrent event ("stopped for adverse event", "rescue
    medication"). Where a subject has several, the earliest decides, and of those at one visit composite over
    hypothetical over while on treatment over treatment policy. Principal stratum is refused: who would have had an
    event under another arm is not in a trial's data. Raises InvalidInput for it, for an unknown strategy, and for an
    attribute left empty.
    """

    population: str
    treatment: str
    variable: str
    summary: str
    events: Mapping[str, Strategy]

    def __post_init__(self) -> None:
        for name in ("population", "treatment", "variable", "summary"):
            if not getattr(self, name).strip():
                raise InvalidInput(f"an estimand needs its {name} in words")
        for cause, strategy in self.events.items():
            strategy_of(strategy, cause)

    def sentence(self) -> str:
        """The estimand as one paragraph, with the rule for the data of every intercurrent event."""
        said = f"In {self.population}: {self.summary} in {self.variable}, for {self.treatment}."
        if not self.events:
            return f"{said} No intercurrent event is expected; a value that is missing is missing at random."
        causes: dict[Strategy, list[str]] = {}
        for cause, strategy in self.events.items():
            causes.setdefault(strategy, []).append(cause)
        parts = [
            f"{' and '.join(of)}: {strategy.replace('_', ' ')} ({rule(strategy)})" for strategy, of in causes.items()
        ]
        return f"{said} Intercurrent events: {'; '.join(parts)}."


def strategy_of(name: str, cause: str = "an intercurrent event") -> Strategy:
    """``name`` as a strategy; InvalidInput with the nearest names for an unknown one, with the reason for principal
    stratum.
    """
    if name == "principal_stratum":
        raise InvalidInput(
            f"{cause}: the principal stratum cannot be told from the data of a trial, since nobody is seen in both "
            f"arms; choose one of {', '.join(get_args(Strategy))}"
        )
    if name not in _RULES:
        raise unknown("strategy", name, get_args(Strategy))
    return cast("Strategy", name)


def rule(strategy: Strategy) -> str:
    """What ``strategy`` does to the values after an event, in words."""
    return _RULES[strategy_of(strategy)]


def apply(
    estimand: Estimand,
    values: ArrayLike,
    baseline: ArrayLike,
    events: Mapping[str, ArrayLike],
    *,
    worst: float,
) -> F8:
    """Values f8[replicate, subject, visit] as the estimand takes them.

    Parameters
    ----------
    estimand
        With a strategy for every cause in ``events``.
    values
        f8[replicate, subject, visit], NaN missing, in the unit of the endpoint.
    baseline
        f8[replicate, subject]; what stands while on treatment where the event precedes every value.
    events
        By cause f8[replicate, subject]: number of the first visit at or after the event (0 the first), NaN for none.
    worst
        The worst of the scale, which composite puts in (10 for pain on a numerical scale).

    Raises
    ------
    InvalidInput
        A cause without a strategy, visits that are not there, shapes that do not fit.
    """
    out = layout.values(values, "values", 3).copy()
    before = layout.values(baseline, "baseline", 2)
    if before.shape != out.shape[:2]:
        raise InvalidInput(f"baseline has the shape {before.shape}, values {out.shape}")
    visits = np.arange(out.shape[2])
    first = np.full(before.shape, np.inf)
    chosen = np.full(before.shape, -1)
    order: tuple[Strategy, ...] = ("treatment_policy", "while_on_treatment", "hypothetical", "composite")
    for cause, given in events.items():
        if cause not in estimand.events:
            raise unknown("intercurrent event", cause, estimand.events)
        when = layout.values(given, cause, 2)
        if when.shape != before.shape:
            raise InvalidInput(f"{cause} has the shape {when.shape}, subjects {before.shape}")
        here = ~np.isnan(when)
        if (when[here] != np.floor(when[here])).any() or (when[here] < 0).any() or (when[here] >= len(visits)).any():
            raise InvalidInput(f"{cause}: events are numbers of visits from 0 to {len(visits) - 1}")
        rank = order.index(estimand.events[cause])
        take = here & ((when < first) | ((when == first) & (rank > chosen)))
        first, chosen = np.where(take, when, first), np.where(take, rank, chosen)
    after = visits >= first[:, :, None]
    held = _last_before(out, before, first)
    for rank, strategy in enumerate(order):
        place = after & (chosen == rank)[:, :, None]
        match strategy:
            case "composite":
                out[place] = worst
            case "hypothetical":
                out[place] = np.nan
            case "while_on_treatment":
                out = np.where(place, held[:, :, None], out)
            case _:
                continue
    return out


def _last_before(values: F8, baseline: F8, first: F8) -> F8:
    """The last value seen before visit ``first``, the baseline where there is none."""
    held = baseline.copy()
    for visit in range(values.shape[2]):
        here = (visit < first) & ~np.isnan(values[:, :, visit])
        held = np.where(here, values[:, :, visit], held)
    return held
