"""Whether a drug has left the body before the next period of a cross-over: five half-lives of its slowest part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from allodynia.errors import InvalidInput
from allodynia.study.load import Study
from allodynia.study.system_like import SystemLike
from allodynia.study.trial.spec import TrialSpec
from allodynia.study.units import days

HALF_LIVES = 5.0


def half_life(drug: Any) -> float | None:
    """The longest half-life in days of a drug's amount in depot, body and brain, at the table's values; None for what
    has no body of its own (IgG, which a module of the system handles).
    """
    rows: Mapping[str, Any] = getattr(drug, "rows", {})
    key = getattr(drug, "id", "").replace("-", "_")
    value = {name.removeprefix(f"drugs.{key}_"): float(row.value) for name, row in rows.items()}
    if "volume" not in value:
        return None
    loss = value["clearance"] / value["volume"]
    if "exchange" in value:
        out, back = value["exchange"] / value["volume"], value["exchange"] / value["peripheral_volume"]
        loss = float(-np.linalg.eigvals(np.array([[-loss - out, back], [out, -back]])).real.max())
    rates = [loss, *(rate for name, rate in value.items() if name.endswith("_absorption"))]
    if "brain_rate" in value:
        rates.append(value["brain_rate"])
    return math.log(2.0) / min(rates)


def check_washout(study: Study, spec: TrialSpec, system: SystemLike, washout: float, arms: tuple[str, ...]) -> None:
    """Refuse a washout shorter than five half-lives of a drug that any arm gets.

    Raises
    ------
    InvalidInput
        Names the drug, its half-life and the washout that would do.
    """
    drugs = getattr(system, "drugs", {})
    day = 1.0 / days(system.ode.time_unit)
    for arm in arms:
        for dose in study.spec.arms[arm].doses:
            if dose.drug is None or dose.drug not in drugs:
                continue
            life = half_life(drugs[dose.drug])
            if life is not None and washout < HALF_LIVES * life * day * (1.0 - 1e-9):
                place = ("trial", "washout") if spec.washout is not None else ("trial",)
                raise InvalidInput(
                    f"washout: {spec.washout or 'none'} is shorter than five half-lives of {dose.drug} "
                    f"(half-life {life:.2g} d): take at least {math.ceil(HALF_LIVES * life * 10) / 10:g} d",
                    where=study.where(*place),
                )
