"""What happens to people by chance: the module that turns hazards into events, written from the wiring.

Each cause (colds, stressors) has a hazard, a rate that may depend on the state of the person. It is integrated from
when the cause is switched on; the event happens when the integral passes the next of a row of thresholds, which lie
unit exponentials apart. So times between events have the distribution that the hazard says, whatever it depends on (the
time change of a counting process: Daley and Vere-Jones 2003, An Introduction to the Theory of Point Processes, 7.4).

The draws are parameters of the person. They come from a stream of their own (:mod:`allodynia.cohort.luck`), so the same
person has the same luck in every arm, and integrating it is as exact as the rest.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.system.evidence_library import EvidenceLibrary
from allodynia.system.fields import mapping, only, sources, text
from allodynia.system.rows import EdgeRow
from allodynia.yamltext import Document

MODULE = "chance"
"""The name of the module in a system."""

DRAWS = 128
"""Events of one cause that a person can have. Of the shipped causes less than 1e-9 of people have more in half a year;
whoever does is not simulated further, which is a status.
"""

_HEAD = f"""// What happens by chance: integrated hazards, and the thresholds at which they become events.

model {MODULE}

  unit time_unit = 86400 second
  unit d = 86400 second
  unit per_d = 1 / d
"""
_NOT_A_NUMBER = "0 dimensionless / 0 dimensionless"
_WORD = re.compile(r"[a-z][a-z_]*")


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that happens by chance: its ``hazard`` is a quantity (``module.name``) in events a day."""

    id: str
    hazard: str
    what: str
    evidence: tuple[str, ...]
    assumed: str
    where: Where

    @property
    def switch(self) -> str:
        """The parameter that switches it on: 0 as the system stands, 1 in a study that asks for it."""
        return f"{MODULE}.{self.id}"

    @property
    def event(self) -> str:
        """The id of its event in a system."""
        return f"{MODULE}.{self.id}_happen"

    @property
    def draws(self) -> tuple[str, ...]:
        """The parameters that hold how far one threshold lies from the next."""
        return tuple(f"{MODULE}.{self.id}_wait_{number}" for number in range(1, DRAWS + 1))


def read_causes(wiring: Document, evidence: EvidenceLibrary) -> dict[str, Cause]:
    """The causes that the wiring lists, by id.

    Raises
    ------
    InvalidInput
        A cause without hazard, words or source, or whose name is no word.
    """
    data = wiring.data if isinstance(wiring.data, dict) else {}
    if "chance" not in data:
        return {}
    causes = {}
    for name, entry in mapping(wiring, ("chance",), "chance").items():
        where, what = wiring.where(("chance", name)), f"cause {name!r}"
        if not isinstance(entry, dict) or not _WORD.fullmatch(name):
            raise InvalidInput(f"{what} is a word, with hazard and what", where=where)
        only(entry, ("hazard", "what", "evidence", "assumed"), what, where)
        cause = Cause(
            name,
            text(entry, "hazard", what, where),
            text(entry, "what", what, where),
            sources(entry, evidence.ids, what, where),
            text(entry, "assumed", what, where, default=""),
            where,
        )
        if not (cause.evidence or cause.assumed):
            raise InvalidInput(f"{what} needs a source: evidence ids, or the reason under 'assumed'", where=where)
        causes[name] = cause
    return causes


def chosen_causes(causes: Mapping[str, Cause], names: Collection[str]) -> dict[str, Cause]:
    """The causes called ``names``, in the order of the wiring; InvalidInput for one that it does not list."""
    for name in names:
        if name not in causes:
            raise unknown("cause", name, causes)
    return {name: cause for name, cause in causes.items() if name in names}


def hazard_edges(causes: Mapping[str, Cause]) -> list[EdgeRow]:
    """An edge from the hazard of each cause to the module."""
    return [
        EdgeRow(
            id=f"hazard-of-{cause.id.replace('_', '-')}",
            source=cause.hazard,
            target=f"{MODULE}.{cause.id}_rate",
            unit="1/d",
            what=cause.what,
            evidence=cause.evidence,
            assumed=cause.assumed,
            note="",
            where=cause.where,
        )
        for cause in causes.values()
    ]


def chance_module(causes: Collection[str]) -> str:
    """The Antimony text of the module for ``causes``.

    The last threshold is not a number: whoever would need one more ends with a status, and nobody is spared events in
    silence. The first is read from the parameters and held in no state: subjects are brought to rest before they have
    their luck.
    """
    lines = [_HEAD]
    for name in causes:
        waits = [f"{name}_wait_{number}" for number in range(1, DRAWS + 1)]
        chosen = ", ".join(
            f"{wait}, {name}_count == {number} dimensionless" for number, wait in enumerate(waits[1:], start=1)
        )
        lines += [
            f"  var {name}_rate = 0 per_d               // the hazard, from where it belongs",
            f"  const {name} has dimensionless          // 1 while they happen",
            *(f"  const {wait} has dimensionless" for wait in waits),
            f"  var {name}_hazard = 0 dimensionless     // integrated",
            f"  var {name}_further = 0 dimensionless    // how far the next threshold lies beyond the first",
            f"  var {name}_count = 1 dimensionless      // which that is",
            f"  {name}_hazard' = {name} * {name}_rate",
            f"  {name}_further' = 0 per_d",
            f"  {name}_count' = 0 per_d",
            f"  {name}_happen: at {name}_hazard >= {waits[0]} + {name}_further, t0=true: "
            f"{name}_further = {name}_further + piecewise({chosen}, {_NOT_A_NUMBER}), "
            f"{name}_count = {name}_count + 1 dimensionless",
            "",
        ]
    return "\n".join([*lines, "end", ""])


def chance_values(causes: Collection[Cause]) -> dict[str, float]:
    """The value of each of its constants as the system stands: switched off, and every wait of its mean."""
    values = {cause.switch: 0.0 for cause in causes}
    return values | {wait: 1.0 for cause in causes for wait in cause.draws}
