"""The rows of the results table: what one sample of donors shows, beside what was published and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allodynia.report.content import ClaimRow, Expected, ResultRow

if TYPE_CHECKING:
    from allodynia.judge.verdict import Verdict
    from allodynia.study import StudyResult, SummaryRow

STATISTICS = {"value": "{unit}", "percent_of_baseline": "% of baseline", "change": "{unit} change"}

GRADES = {"calibration": "calibrated", "by_construction": "assumed", "input": "assumed", "descriptive": "assumed"}


def result_rows(result: StudyResult, verdicts: Sequence[Verdict]) -> tuple[ResultRow, ...]:
    """One row an arm and endpoint, at the time that the study puts into its table."""
    by_claim = {verdict.claim.id: verdict for verdict in verdicts}
    order = {arm.name: number for number, arm in enumerate(result.plan.arms)}
    chosen = sorted((row for row in result.summary() if row.in_table), key=lambda row: order[row.arm])
    return tuple(_row(row, result, by_claim) for row in chosen)


def _row(row: SummaryRow, result: StudyResult, by_claim: dict[str, Verdict]) -> ResultRow:
    spec_name = result.plan.arm(row.arm).spec_name
    published = result.plan.study.spec.arms[spec_name].published.get(row.endpoint)
    verdict = by_claim.get(published.claim) if published is not None and published.claim is not None else None
    return ResultRow(
        arm=row.arm,
        arm_label=row.arm_label,
        endpoint=row.endpoint,
        endpoint_label=row.endpoint_label,
        time=time_text(row.day),
        mean=row.mean,
        lo=row.lo,
        hi=row.hi,
        unit=STATISTICS[row.statistic].format(unit=row.unit),
        donors=row.n_units,
        unit_of_inference=row.inference_unit,
        failed=row.failed,
        published="" if published is None else published.text,
        claim="" if published is None else published.claim or "",
        verdict="" if verdict is None else verdict.word.value,
        grade="assumed" if verdict is None else grade(verdict),
    )


def claim_rows(verdicts: Sequence[Verdict]) -> tuple[ClaimRow, ...]:
    """One row a demand of a claim, with the ways in which the model was run beside each other."""
    rows: list[ClaimRow] = []
    for verdict in verdicts:
        asked: dict[tuple[str, str, str, str], dict[str, Expected]] = {}
        for outcome in verdict.outcomes:
            criterion, found = outcome.criterion, outcome.estimate
            at = "" if criterion.at is None else f"at {criterion.at}"
            under = "" if outcome.hypothesis is None else f"under {outcome.hypothesis}"
            of = " ".join(part for part in (outcome.arm or "", at, under) if part)
            basis = criterion.basis if outcome.holds is not None else ""
            unit = "" if found.unit in {"1", "dimensionless"} else found.unit
            values = asked.setdefault((criterion.observable, of, outcome.rule, basis), {})
            values[outcome.variant] = Expected(found.value, found.lo, found.hi, unit, outcome.holds)
        for (observable, of, rule, basis), values in asked.items():
            rows.append(
                ClaimRow(
                    claim=verdict.claim.id,
                    statement=verdict.claim.statement,
                    observable=observable,
                    of=of,
                    rule=rule,
                    basis=basis,
                    values=values,
                    verdict=verdict.word.value,
                    grade=grade(verdict),
                )
            )
    return tuple(rows)


def grade(verdict: Verdict) -> str:
    """How far the numbers of a claim are to be trusted, in one of four words.

    A prediction that was met, against bounds that stand in a record, was validated; any other prediction is carried
    beyond what was measured.
    """
    if verdict.claim.grade != "prediction":
        return GRADES[verdict.claim.grade]
    met = [outcome for outcome in verdict.outcomes if outcome.holds is not None]
    validated = bool(met) and all(outcome.holds and outcome.criterion.basis == "published" for outcome in met)
    return "validated on data not used" if validated else "extrapolated"


def time_text(day: float) -> str:
    """A time as a person says it: in whole days, else whole hours, else whole minutes, else as it is."""
    for unit, length in (("d", 1.0), ("h", 24.0), ("min", 1440.0)):
        number = day * length
        if abs(number - round(number)) < 1e-6:
            return f"{round(number)} {unit}"
    return f"{day:g} d"
