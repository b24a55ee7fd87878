"""What published cohorts look like (``cohort_targets.yaml``), as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.units import parse
from allodynia.system.fields import mapping, number, only, optional_number, sources, text
from allodynia.yamltext import Document

TARGETS_FILE = "cohort_targets.yaml"

STATISTICS = ("mean", "sd", "share", "ratio_to_healthy", "difference_from_healthy", "smd")
AGAINST_HEALTHY = STATISTICS[3:]
TARGET_KEYS = (
    "of", "any", "all", "above", "below", "below_percentile_of_healthy", "statistic", "about", "among", "value",
    "interval", "n", "unit", "reading", "evidence", "basis", "held", "note",
)  # fmt: skip
READING_KEYS = ("proportional", "additive", "counted_over", "floor", "ceiling", "evidence", "assumed")
TERM_KEYS = ("of", "above", "below", "below_percentile_of_healthy")


@dataclass(frozen=True, slots=True)
class ReadingError:
    """The error of a reading: a coefficient of variation, a standard deviation, the tissue in which items are counted
    (0: none), and the ends of the scale (None: open); in the unit of the equations.
    """

    proportional: float = 0.0
    additive: float = 0.0
    counted_over: float = 0.0
    floor: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """An output, and for a share the cut that its reading must pass: ``sign`` 1 above, -1 below; ``percentile`` of
    healthy people instead of a ``cut``.
    """

    output: str
    sign: int = 0
    cut: float | None = None
    percentile: float | None = None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A published number of a population; ``value``, ``interval`` and ``about`` in the unit of the equations.

    ``scale`` takes them to the unit of the table, ``unit``. ``terms`` are joined by ``join`` (``all``, ``any``) where
    there are several; ``among`` keeps the people whose output lies above a value; ``n`` people were read (None: it is
    not said); ``held`` says whether weights are found by it, or it is only compared.
    """

    id: str
    statistic: str
    terms: tuple[Term, ...]
    join: str
    among: tuple[str, float] | None
    value: float
    interval: tuple[float, float]
    about: float
    reading: ReadingError
    n: int | None
    unit: str
    scale: float
    evidence: tuple[str, ...]
    basis: str
    held: bool
    where: Where

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs that it looks at."""
        found = [term.output for term in self.terms]
        return tuple(dict.fromkeys([*found, *([self.among[0]] if self.among else [])]))

    @property
    def percentiles(self) -> bool:
        """Whether a term of it is cut at a percentile of healthy people."""
        return any(term.percentile is not None for term in self.terms)

    @property
    def against_healthy(self) -> bool:
        """Whether it is told against the mean of healthy people."""
        return self.statistic in AGAINST_HEALTHY


def read_targets(
    document: Document, known: Collection[str], units: Mapping[str, str]
) -> dict[str, tuple[TargetRow, ...]]:
    """Population to its targets. ``known`` are the evidence ids, ``units`` those of the outputs of the system; a target
    on what is not part of it is left out.

    Raises
    ------
    InvalidInput
        An entry that cannot be used, with file and line.
    UnitMismatch
        A unit that measures something else than the output.
    """
    found = {}
    for population in mapping(document, ("populations",), "populations"):
        entries = mapping(document, ("populations", population), f"targets of {population!r}")
        rows = [
            _target(name, entry, known, units, document.where(("populations", population, name)))
            for name, entry in entries.items()
        ]
        found[population] = tuple(row for row in rows if row is not None)
    return found


def _target(name: str, entry: Any, known: Collection[str], units: Mapping[str, str], where: Where) -> TargetRow | None:
    what = f"target {name!r}"
    if not isinstance(entry, dict):
        raise InvalidInput(f"{what} needs an output, a statistic and a value", where=where)
    only(entry, TARGET_KEYS, "a target", where)
    joins = [key for key in ("of", "any", "all") if key in entry]
    if len(joins) != 1:
        raise InvalidInput(f"{what} looks at one output (of:) or at several (any: or all:)", where=where)
    join = joins[0]
    raw = [entry] if join == "of" else entry[join]
    if not isinstance(raw, list) or not raw or not all(isinstance(one, dict) for one in raw):
        raise InvalidInput(f"{what}: {join}: is a list of outputs with their cuts", where=where)
    statistic = text(entry, "statistic", what, where)
    if statistic not in STATISTICS:
        raise unknown("statistic", statistic, STATISTICS, where=where)
    outputs = [text(one, "of", what, where) for one in raw]
    among = _among(entry, what, where)
    if any(output not in units for output in (*outputs, *([among[0]] if among else []))):
        return None
    unit = text(entry, "unit", what, where)
    factors = {parse(unit).factor_to(parse(units[output])) for output in outputs}
    if len(factors) != 1:
        raise InvalidInput(f"{what}: its outputs are of several units", where=where)
    factor = factors.pop()
    terms = tuple(_term(one, statistic == "share", factor, what, where, inner=join != "of") for one in raw)
    own = 1.0 if statistic in ("share", "ratio_to_healthy", "smd") else factor
    ends = entry.get("interval")
    if not isinstance(ends, list) or len(ends) != 2 or not all(isinstance(one, int | float) for one in ends):
        raise InvalidInput(f"{what} needs interval: [lo, hi]", where=where)
    value = number(entry, "value", what, where)
    if not ends[0] <= value <= ends[1] or not ends[0] < ends[1]:
        raise InvalidInput(f"{what}: {value:g} does not lie within its interval", where=where)
    about = number(entry, "about", what, where) * factor if statistic == "sd" else 0.0
    evidence = sources(entry, known, what, where)
    if not evidence:
        raise InvalidInput(f"{what} needs the record it is from (evidence:)", where=where)
    held = entry.get("held", True)
    if not isinstance(held, bool):
        raise InvalidInput(f"{what}: held: is true or false, not {held!r}", where=where)
    return TargetRow(
        name, statistic, terms, "all" if join == "of" else join, among, value * own,
        (float(ends[0]) * own, float(ends[1]) * own), about, _reading(entry.get("reading"), factor, known, what, where),
        _people(entry, what, where), unit, 1.0 / own, evidence, text(entry, "basis", what, where, default=""), held,
        where,
    )  # fmt: skip


def _term(entry: Mapping[str, Any], cut: bool, factor: float, what: str, where: Where, *, inner: bool) -> Term:
    if inner:
        only(entry, TERM_KEYS, what, where)
    output = text(entry, "of", what, where)
    given = [key for key in ("above", "below", "below_percentile_of_healthy") if key in entry]
    if len(given) != (1 if cut else 0):
        raise InvalidInput(f"{what}: a share needs one of above, below, below_percentile_of_healthy", where=where)
    if not cut:
        return Term(output)
    if given[0] == "below_percentile_of_healthy":
        return Term(output, -1, None, number(entry, given[0], what, where))
    return Term(output, 1 if given[0] == "above" else -1, number(entry, given[0], what, where) * factor)


def _people(entry: Mapping[str, Any], what: str, where: Where) -> int | None:
    n = entry.get("n")
    if n is not None and (not isinstance(n, int) or isinstance(n, bool) or n < 1):
        raise InvalidInput(f"{what}: n: is a number of people, 1 or more, not {n!r}", where=where)
    return n


def _among(entry: Mapping[str, Any], what: str, where: Where) -> tuple[str, float] | None:
    among = entry.get("among")
    if among is None:
        return None
    if not isinstance(among, dict):
        raise InvalidInput(f"{what}: among: is {{of: .., above: ..}}", where=where)
    only(among, ("of", "above"), "among", where)
    return text(among, "of", what, where), number(among, "above", what, where)


def _reading(entry: Any, factor: float, known: Collection[str], what: str, where: Where) -> ReadingError:
    if entry is None:
        return ReadingError()
    if not isinstance(entry, dict):
        raise InvalidInput(f"{what}: reading: is a mapping", where=where)
    only(entry, READING_KEYS, "a reading", where)
    errs = any(key in entry for key in READING_KEYS[:3])
    if errs and not sources(entry, known, what, where) and not isinstance(entry.get("assumed"), str):
        raise InvalidInput(f"{what}: the error of a reading needs evidence:, or assumed: with its range", where=where)
    given = {key: optional_number(entry, key, what, where) for key in READING_KEYS[:5]}
    low, high = given["floor"], given["ceiling"]
    return ReadingError(
        given["proportional"] or 0.0, (given["additive"] or 0.0) * factor, (given["counted_over"] or 0.0) / factor,
        None if low is None else low * factor, None if high is None else high * factor,
    )  # fmt: skip


def with_cuts(target: TargetRow, cuts: tuple[float, ...]) -> TargetRow:
    """The target with its percentiles of healthy people as numbers."""
    if not cuts:
        return target
    terms = tuple(replace(term, cut=cut) for term, cut in zip(target.terms, cuts, strict=True))
    return replace(target, terms=terms)
