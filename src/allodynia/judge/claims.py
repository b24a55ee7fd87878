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
    ("id", "seeds", "statement", "evidence", "study", "grade", "expect", "rests_on", "with", "not_supported", "failing",
     "later", "note")
)  # fmt: skip
CRITERION_KEYS = frozenset(
    ("observable", "study", "kind", "arm", "at", "over", "lo", "hi", "counts", "sign", "hypothesis", "with", "basis",
     "grade", "note")
)  # fmt: skip
OVER_KEYS = frozenset(("observable", "study", "arm", "at"))


@dataclass(frozen=True, slots=True)
class Over:
    """What an observable is compared with where the claim is about a ratio of two studies (of two species, say)."""

    observable: str
    study: str
    arm: str | None
    at: str | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One demand of a claim on one observable of its study (or of another, ``study``).

    ``arms`` names the arms it is asked of, each by itself (empty: the observable has none), ``variants`` the named
    switches of ``hypotheses.yaml`` under which it must hold (``ada_on``, ``ada_off``), ``hypotheses`` the rival
    explanations it is asked of, each by itself. ``over`` divides it by an observable of another study. ``counts``
    (with, of) are those of a record, whose Clopper-Pearson interval an ``interval_overlap`` goes by. ``basis`` says
    whether the bounds stand in a record or are a scientist's, ``grade`` what the criterion would show.
    """

    observable: str
    study: str
    kind: str
    arms: tuple[str, ...]
    at: str | None
    over: Over | None
    lo: float | None
    hi: float | None
    counts: tuple[int, int] | None
    sign: str | None
    hypotheses: tuple[str, ...]
    variants: tuple[str, ...]
    basis: str
    grade: str
    note: str
    where: Where


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of the articles: what it says, who measured it, and what a simulation must give for it to be shown.

    ``rests_on`` are the ids of the edges without which it must fail; ``not_supported`` is the reason, written by hand,
    why the papers do not bear the statement out, for claims where failing is the finding. ``failing`` is the reason
    (one that a scientist would accept) why the model does not show it, for claims that are known to fail; ``later``
    says what it waits for, where its study is not part of this version.
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
    failing: str
    later: str
    note: str
    where: Where

    @property
    def studies(self) -> tuple[str, ...]:
        """Every study that it needs."""
        named = [name for one in self.criteria for name in (one.study, one.over.study if one.over else one.study)]
        return tuple(dict.fromkeys(named))


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
        _criterion(item, variants, at((index, "expect", position)), raw) for position, item in enumerate(raw["expect"])
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
        failing=str(raw.get("failing", "")),
        later=str(raw.get("later", "")),
        note=str(raw.get("note", "")),
        where=where,
    )


def _criterion(raw: Any, variants: tuple[str, ...], where: Where, whole: dict[str, Any]) -> Criterion:
    claim = str(whole["id"])
    if not isinstance(raw, dict) or "observable" not in raw:
        raise InvalidInput(f"claim {claim!r}: an expectation is a mapping with an 'observable'", where=where)
    _known("key of an expectation", raw, CRITERION_KEYS, lambda _: where)
    lo, hi = (_bound(raw.get(key), key, where) for key in ("lo", "hi"))
    bounded = lo is not None or hi is not None
    kind = str(raw.get("kind") or ("range" if bounded else "interval_overlap" if "counts" in raw else ""))
    _known("kind of expectation", [kind], KINDS, lambda _: where)
    sign = raw.get("sign")
    if kind == "direction":
        _known("sign", [str(sign)], SIGNS, lambda _: where)
    if lo is not None and hi is not None and lo > hi:
        raise InvalidInput(f"claim {claim!r}: lo {lo:g} lies above hi {hi:g}", where=where)
    basis = str(raw.get("basis", "published"))
    _known("basis", [basis], BASES, lambda _: where)
    grade = str(raw.get("grade", whole["grade"]))
    _known("grade", [grade], GRADES, lambda _: where)
    counts = _counts(raw.get("counts"), claim, where)
    return Criterion(
        observable=str(raw["observable"]),
        study=str(raw.get("study", whole["study"])),
        kind=kind,
        arms=_names(raw.get("arm")),
        at=None if raw.get("at") is None else str(raw["at"]),
        over=_over(raw.get("over"), str(raw["observable"]), claim, where),
        lo=lo,
        hi=hi,
        counts=counts,
        sign=None if sign is None else str(sign),
        hypotheses=_names(raw.get("hypothesis")),
        variants=_names(raw.get("with")) or variants,
        basis=basis,
        grade=grade,
        note=str(raw.get("note", "")),
        where=where,
    )


def _over(raw: Any, observable: str, claim: str, where: Where) -> Over | None:
    if raw is None:
        return None
    if not isinstance(raw, dict) or "study" not in raw:
        raise InvalidInput(f"claim {claim!r}: over: names a study and an observable of it", where=where)
    _known("key of over", raw, OVER_KEYS, lambda _: where)
    arm, at = (None if raw.get(key) is None else str(raw[key]) for key in ("arm", "at"))
    return Over(str(raw.get("observable", observable)), str(raw["study"]), arm, at)


def _counts(raw: Any, claim: str, where: Where) -> tuple[int, int] | None:
    if raw is None:
        return None
    if not (
        isinstance(raw, list)
        and len(raw) == 2
        and all(isinstance(one, int) and not isinstance(one, bool) for one in raw)
        and 0 <= raw[0] <= raw[1]
        and raw[1] > 0
    ):
        raise InvalidInput(f"claim {claim!r}: counts are [with, of], two whole numbers", where=where)
    return raw[0], raw[1]


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
