"""The weights that make a population look as published cohorts do (``weighting.yaml``), as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.system.cohort_targets import TargetRow, with_cuts
from allodynia.system.fields import mapping, number, only, sources
from allodynia.yamltext import Document

WEIGHTING_FILE = "weighting.yaml"


@dataclass(frozen=True, slots=True)
class MultiplierRow:
    """What a weighting says of one target: the ``goal`` of its moment, the step ``per`` in which it is told, and the
    ``multiplier`` of that step. Percentiles of healthy people are numbers by then.
    """

    target: TargetRow
    goal: float
    per: float
    multiplier: float


@dataclass(frozen=True, slots=True)
class WeightingRow:
    """The weight of a person: min(exp(``offset`` + sum of multiplier x (moment - goal) / per), ``cap``).

    What healthy people showed when the weights were found, by target: ``healthy`` holds mean and SD for those that are
    told against them, ``cuts`` the numbers for those whose terms are cut at percentiles of theirs.
    """

    offset: float
    cap: float
    multipliers: tuple[MultiplierRow, ...]
    healthy: Mapping[str, tuple[float, float]]
    cuts: Mapping[str, tuple[float, ...]]


def read_weighting(
    document: Document, targets: Mapping[str, tuple[TargetRow, ...]], known: Collection[str], *, whole: bool = True
) -> dict[str, WeightingRow]:
    """Population to its weighting. ``known`` are the evidence ids. Where the system is not ``whole`` a weighting whose
    targets look at what is not there is left out.

    Raises
    ------
    InvalidInput
        An entry that cannot be used, with file and line.
    """
    data = document.data if isinstance(document.data, dict) else {}
    found = {
        population: _weighting(document, population, entry, targets.get(population, ()), known, whole)
        for population, entry in (data.get("populations") or {}).items()
    }
    return {population: row for population, row in found.items() if row is not None}


def _weighting(
    document: Document, population: str, entry: Any, targets: Sequence[TargetRow], known: Collection[str], whole: bool
) -> WeightingRow | None:
    path = ("populations", population)
    where = document.where(path)
    what = f"weighting of {population!r}"
    if not isinstance(entry, dict):
        raise InvalidInput(f"{what} must be a mapping", where=where)
    only(entry, ("grade", "tuned_to", "offset", "cap", "multipliers", "healthy", "cuts", "pool"), what, where)
    if entry.get("grade") != "calibrated" or not sources(entry, known, what, where, "tuned_to"):
        raise InvalidInput(f"{what} is calibrated, and names in tuned_to the records it was tuned to", where=where)
    published = {row.id: row for row in targets}
    parts = {
        key: {} if key != "multipliers" and entry.get(key) is None else mapping(document, (*path, key), key)
        for key in ("multipliers", "healthy", "cuts")
    }
    for key, part in parts.items():
        for name in part:
            if name not in published and whole:
                raise unknown("target", name, published, where=document.where((*path, key, name)))
    if any(name not in published for name in parts["multipliers"]):
        return None
    cuts = {name: _cuts(given, f"{what}: {name}", document.where((*path, "cuts", name)))
            for name, given in parts["cuts"].items()}  # fmt: skip
    told = {}
    for name, given in parts["multipliers"].items():
        at = document.where((*path, "multipliers", name))
        if not isinstance(given, dict):
            raise InvalidInput(f"{what}: {name} must be a mapping", where=at)
        only(given, ("goal", "per", "multiplier", "cuts"), what, at)
        told[name] = [number(given, key, f"{what}: {name}", at) for key in ("goal", "per", "multiplier")]
        if not told[name][1] > 0.0:
            raise InvalidInput(f"{what}: {name} needs a positive step", where=at)
        if "cuts" in given:  # where they stood before targets that are not held could have any
            cuts[name] = _cuts(given["cuts"], f"{what}: {name}", at)
    for name, row in published.items():
        if len(cuts.get(name, row.terms)) != len(row.terms) or (row.percentiles and name in told and name not in cuts):
            raise InvalidInput(f"{what}: {name} needs cuts:, a number for each of its outputs", where=where)
    healthy = {}
    for name in parts["healthy"]:
        at, pair = document.where((*path, "healthy", name)), mapping(document, (*path, "healthy", name), name)
        healthy[name] = (number(pair, "mean", f"{what}: {name}", at), number(pair, "sd", f"{what}: {name}", at))
    cap = number(entry, "cap", what, where)
    if not cap >= 1.0:
        raise InvalidInput(f"{what}: the cap must be at least 1, the mean weight", where=where)
    rows = [MultiplierRow(with_cuts(published[name], cuts.get(name, ())), *numbers) for name, numbers in told.items()]
    return WeightingRow(number(entry, "offset", what, where), cap, tuple(rows), healthy, cuts)


def _cuts(given: Any, what: str, where: Where) -> tuple[float, ...]:
    if not isinstance(given, list):
        raise InvalidInput(f"{what}: cuts: is a list of numbers", where=where)
    return tuple(number({"cut": cut}, "cut", what, where) for cut in given)
