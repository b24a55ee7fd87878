"""The statements that the system must show, as ``system/claims.yaml`` lists them, read into typed values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.yamltext import Document, load

GRADES = ("prediction", "calibration", "by_construction", "input", "descriptive")
CLAIMS = Path(__file__).parents[1] / "system" / "claims.yaml"
KINDS = ("range", "direction", "none", "interval_overlap", "report")
SIGNS = ("up", "down", "better")
BASES = ("published", "assumed")
CLAIM_KEYS = frozenset(
    ("id", "seeds", "statement", "evidence", "study", "grade", "expect", "rests_on", "with", "not_supported", "note")
)  # fmt: skip
CRITERION_KEYS = frozenset(
    ("observable", "kind", "arm", "at", "lo", "hi", "sign", "hypothesis", "with", "basis", "grade", "note")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Criterion:
    """One demand of a claim on one observable of its study.

    ``arms`` names the arms it is asked of, each by itself (empty: the observable has none), ``variants`` the named
    switches of ``hypotheses.yaml`` under which it must hold (``ada_on``, ``ada_off``), ``hypothesis`` the rival
    explanation it is asked of. ``basis`` says whether the bounds stand in a record or are a scientist's.
    """

    observable: str
    kind: str
    arms: tuple[str, ...]
    at: str | None
    lo: float | None
    hi: float | None
    sign: str | None
    hypothesis: str | None
    variants: tuple[str, ...]
    basis: str
    note: str
    where: Where


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of the articles: what it says, who measured it, and what a simulation must give for it to be shown.

    ``rests_on`` are the ids of the edges without which it must fail; ``not_supported`` is the reason, written by hand,
    why the papers do not bear the statement out, for claims where failing is the finding.
    """

    id: str
    statement: str
    seeds: tuple[str, ...]
    evidence: tuple[str, ...]
    study: str
    grade: str
    criteria: tuple[Criterion, ...]
    rests_on: tuple[str, ...]
    not_supported: str
    note: str
    where: Where


def load_claims() -> tuple[Claim, ...]:
    """Every claim that the package ships, in the order of the file.

    Raises
    ------
    InvalidInput
        A key, grade, kind or sign that is not known, a number that is none, or an id given twice; with file and line.
    """
    return read_claims(load(CLAIMS))


def read_claims(document: Document) -> tuple[Claim, ...]:
    """The claims of a parsed file. Raises as :func:`load_claims`."""
    if not isinstance(document.data, list):
        raise InvalidInput("claims are a list", where=document.where(()))
    claims = tuple(_claim(document, index) for index in range(len(document.data)))
    seen: dict[str, Where] = {}
    for claim in claims:
        if claim.id in seen:
            raise InvalidInput(f"claim {claim.id!r} was given before, at {seen[claim.id]}", where=claim.where)
        seen[claim.id] = claim.where
    return claims


def _claim(document: Document, index: int) -> Claim:
    raw, at = document.data[index], document.where
    where = at((index,))
    if not isinstance(raw, dict):
        raise InvalidInput("a claim is a mapping of keys", where=where)
    _known("key of a claim", raw, CLAIM_KEYS, lambda key: at((index, key)))
    for key in ("id", "statement", "study", "grade", "expect"):
        if key not in raw:
            raise InvalidInput(f"a claim needs {key!r}", where=where)
    _known("grade", [raw["grade"]], GRADES, lambda _: at((index, "grade")))
    variants = _names(raw.get("with"))
    criteria = tuple(
        _criterion(item, variants, at((index, "expect", position)), str(raw["id"]))
        for position, item in enumerate(raw["expect"])
    )
    return Claim(
        id=str(raw["id"]),
        statement=str(raw["statement"]),
        seeds=_names(raw.get("seeds")),
        evidence=_names(raw.get("evidence")),
        study=str(raw["study"]),
        grade=str(raw["grade"]),
        criteria=criteria,
        rests_on=_names(raw.get("rests_on")),
        not_supported=str(raw.get("not_supported", "")),
        note=str(raw.get("note", "")),
        where=where,
    )


def _criterion(raw: Any, variants: tuple[str, ...], where: Where, claim: str) -> Criterion:
    if not isinstance(raw, dict) or "observable" not in raw:
        raise InvalidInput(f"claim {claim!r}: an expectation is a mapping with an 'observable'", where=where)
    _known("key of an expectation", raw, CRITERION_KEYS, lambda _: where)
    lo, hi = (_bound(raw.get(key), key, where) for key in ("lo", "hi"))
    kind = str(raw.get("kind") or ("range" if lo is not None or hi is not None else ""))
    _known("kind of expectation", [kind], KINDS, lambda _: where)
    sign = raw.get("sign")
    if kind == "direction":
        _known("sign", [str(sign)], SIGNS, lambda _: where)
    if lo is not None and hi is not None and lo > hi:
        raise InvalidInput(f"claim {claim!r}: lo {lo:g} lies above hi {hi:g}", where=where)
    basis = str(raw.get("basis", "published"))
    _known("basis", [basis], BASES, lambda _: where)
    return Criterion(
        observable=str(raw["observable"]),
        kind=kind,
        arms=_names(raw.get("arm")),
        at=None if raw.get("at") is None else str(raw["at"]),
        lo=lo,
        hi=hi,
        sign=None if sign is None else str(sign),
        hypothesis=None if raw.get("hypothesis") is None else str(raw["hypothesis"]),
        variants=_names(raw.get("with")) or variants,
        basis=basis,
        note=str(raw.get("note", "")),
        where=where,
    )


def _bound(value: Any, key: str, where: Where) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"{key} must be a number, not {value!r}", where=where)
    return float(value)


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _known(
    kind: str, names: Iterable[str], options: Sequence[str] | frozenset[str], at: Callable[[str], Where]
) -> None:
    for name in names:
        if name not in options:
            raise unknown(kind, str(name), options, where=at(name))
