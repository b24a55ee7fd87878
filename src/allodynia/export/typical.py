"""The typical subject of an arm: every parameter at its centre, as its population, its donors and its arm have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allodynia.cohort import DonorGroup, People, Pool
from allodynia.study.plan import BoundArm
from allodynia.study.system_like import SystemLike


def typical_values(system: SystemLike, arm: BoundArm) -> dict[str, float]:
    """Parameter id to value where the typical subject of ``arm`` differs from the system's nominal values.

    A parameter that only a share of the members have is at its usual value when most have it, else at the other.
    """
    found: dict[str, float] = {}
    source = arm.cohort.source
    if isinstance(source, People):
        found |= _centres(system.people[source.population].parameters)  # type: ignore[attr-defined]
    elif isinstance(source, DonorGroup | Pool):
        group = source.group if isinstance(source, Pool) else source
        rows = system.populations[group.population]
        found |= _centres(getattr(rows, "parameters", rows))
    return {**found, **arm.cohort.settings, **arm.cohort.own}


def _centres(rows: Mapping[str, Any]) -> dict[str, float]:
    return {name: _centre(row) for name, row in rows.items()}


def _centre(row: Any) -> float:
    if row.share is None or row.share >= 0.5:
        return float(row.value)
    return float(row.otherwise)
