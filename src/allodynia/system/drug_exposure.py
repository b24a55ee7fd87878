"""The usual dose of a drug, and what it comes to: concentration over half-effect, share of the target.

Disposition is linear, so the average over a dosing interval at steady state is dose x bioavailability / (clearance x
interval), whatever the way between (Rowland and Tozer, Clinical Pharmacokinetics), and the average of the brain is the
ratio times the free one of plasma. Where absorption saturates, a dose is taken to find the gut empty. The share of a
target at the average is the arithmetic of one drug alone, not the average of the share; a simulation has that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allodynia.engine.elementary import log1p_of, pow_of
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.units import parse
from allodynia.system.fields import number, only, sources, text

if TYPE_CHECKING:
    from allodynia.system.drug_table import Drug

_KEYS = ("route", "amount", "every", "evidence", "assumed", "note")


@dataclass(frozen=True, slots=True)
class UsualDose:
    """What people usually take: ``amount`` mg by ``route`` every ``every`` days, and the words of the table for it."""

    route: str
    amount: float
    every: float
    words: str
    evidence: tuple[str, ...]
    assumed: str
    note: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """Averages over a dosing interval at steady state in mg/L: ``total`` and ``free`` in plasma, free in the ``brain``.

    For each port that it acts on, ``level`` gives the free average that counts there, ``over_half`` that over the
    concentration that has half of the most, ``share`` the effect that the drug alone has at it.
    """

    total: float
    free: float
    brain: float | None
    level: Mapping[str, float]
    over_half: Mapping[str, float]
    share: Mapping[str, float]


def read_usual(
    data: Mapping[str, Any], routes: Collection[str], known_evidence: Collection[str], where: Where
) -> UsualDose | None:
    """The usual dose of a drug's table, if it says one.

    Raises
    ------
    InvalidInput
        An unknown route, an amount that is none, or no source.
    """
    if "usual" not in data:
        return None
    entry = data["usual"]
    if not isinstance(entry, dict):
        raise InvalidInput("the usual dose is a mapping with route, amount and every", where=where)
    only(entry, _KEYS, "a usual dose", where)
    route = text(entry, "route", "a usual dose", where)
    if route not in routes:
        raise unknown("route", route, routes, where=where)
    amount, every = (_quantity(entry, key, unit, where) for key, unit in (("amount", "mg"), ("every", "d")))
    evidence = sources(entry, known_evidence, "a usual dose", where)
    assumed = text(entry, "assumed", "a usual dose", where, default="")
    if bool(evidence) == bool(assumed):
        raise InvalidInput("a usual dose needs a source: evidence ids, or the reason under 'assumed'", where=where)
    written = " every ".join(f"{entry[key]['value']:g} {entry[key]['unit']}" for key in ("amount", "every"))
    note = text(entry, "note", "a usual dose", where, default="")
    return UsualDose(route, amount, every, written, evidence, assumed, note)


def _quantity(entry: Mapping[str, Any], key: str, unit: str, where: Where) -> float:
    """A positive quantity written as value and unit, in ``unit``."""
    what = f"the {key} of a usual dose"
    written = entry.get(key)
    if not isinstance(written, dict):
        raise InvalidInput(f"{what} is a value with a unit: {{value: 100, unit: {unit}}}", where=where)
    only(written, ("value", "unit"), what, where)
    value = number(written, "value", what, where) * parse(text(written, "unit", what, where)).factor_to(parse(unit))
    if not value > 0.0:
        raise InvalidInput(f"{what} is positive, not {value:g} {unit}", where=where)
    return value


def exposure(drug: Drug) -> Exposure | None:
    """What the usual dose of ``drug`` comes to at its central values; None where the table says no dose or no way.

    A drug that a share of people handles differently (``share``, ``otherwise``) is taken as the others handle it.
    """
    constants = drug.constants
    if drug.usual is None or "clearance" not in constants:
        return None
    entered = drug.usual.amount * constants.get(f"{drug.usual.route}_bioavailability", 1.0)
    if drug.usual.route in drug.saturable:
        saturation = constants[f"{drug.usual.route}_saturation"]
        entered *= saturation / drug.usual.amount * log1p_of(drug.usual.amount / saturation)
    total = entered / (constants["clearance"] * drug.usual.every)
    free = constants["unbound"] * total
    brain = constants["brain_ratio"] * free if drug.enters_brain else None
    level, over_half, share = {}, {}, {}
    for target in drug.targets:
        level[target.port] = brain if target.at == "brain" and brain is not None else free
        ratio = level[target.port] / target.half.value
        over_half[target.port] = ratio
        bound = ratio if target.hill is None else pow_of(ratio, target.hill.value)
        share[target.port] = target.most.value * bound / (1.0 + bound)
    return Exposure(total, free, brain, level, over_half, share)
