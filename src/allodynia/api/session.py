"""One run, step by step: simulate, judge, write. The command line prints its table between the steps."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allodynia.api.keeping import Keeping, Progress
from allodynia.api.options import Options
from allodynia.api.rows import claim_rows, result_rows

if TYPE_CHECKING:
    from allodynia.judge.verdict import Verdict
    from allodynia.report.content import ClaimRow, ResultRow
    from allodynia.runs.writer import RunWriter
    from allodynia.study import StudyResult


ENDPOINT_NOTES = {
    "subject": "row of the cohort; the same number as in the trajectories",
    "arm": "the arm the subject is in",
    "donor": "whose material it was given; empty in an arm without donors",
    "endpoint": "what was measured, as the study names it",
    "day": "when, in days after the start",
    "true_value": "the model's value, in 'unit'",
    "measured_value": "the reading, with assay noise, in 'unit'; NULL where the subject was not solved",
    "unit": "the unit of both values",
}
SUMMARY_NOTES = {
    "mean": "mean over experimental units ('inference_unit'), in 'unit'",
    "lo": "lower end of its 95 % t interval",
    "hi": "upper end of its 95 % t interval",
    "day": "when, in days after the start",
    "failed": "subjects of the arm that were not solved, left out of the mean",
}


class Session(Keeping):
    """A study being run. Use as a context manager: it closes the manifest however the run ends.

    Parameters
    ----------
    study
        A study's name, or the path of a study file.
    options
        How to run it.

    Raises
    ------
    InvalidInput
        The study or an option cannot be used. Nothing is written before the first subject is about to be solved.
    """

    _writer: RunWriter

    def __init__(self, study: str | Path, options: Options) -> None:
        from allodynia.api.provenance import model_part, study_part
        from allodynia.engine import Status
        from allodynia.runs.writer import RunWriter
        from allodynia.study import load_study
        from allodynia.study.systems import system_for

        self.options = options
        self.study = load_study(study)
        self.system = system_for(self.study)
        ode = self.system.ode
        self._writer = RunWriter(
            study_part(self.study),
            model_part(ode),
            seed=options.seed,
            arguments=options.to_json(),
            statuses={status.name: int(status) for status in Status},
            not_run=int(Status.NOT_RUN),
            out=options.out,
        )
        self._result: StudyResult | None = None
        self.verdicts: tuple[Verdict, ...] = ()

    def simulate(self, progress: Progress | None = None) -> None:
        """Solve every subject; each block of them is on disk as soon as it is finished."""
        from allodynia.study import simulate_study

        name = self.study.name
        self._result = simulate_study(
            self.study,
            self.system,
            subjects=self.options.subjects,
            seed=self.options.seed,
            edges=self.options.gains() or None,
            hypothesis=self.options.hypothesis,
            sink=self._writer,
            progress=None if progress is None else lambda done, total: progress(name, done, total),
        )
        self._writer.people(self.people)

    def judge(self, progress: Progress | None = None) -> None:
        """The verdicts on the study's claims, on the expectation; from the cache where they were taken before."""
        from allodynia.judge import load_claims, verdicts

        claims = [claim for claim in load_claims() if claim.study == self.study.name]
        self.verdicts = verdicts(claims, progress=progress) if claims else ()

    @property
    def result(self) -> StudyResult:
        """What was simulated. Raises ``RuntimeError`` before :meth:`simulate`."""
        if self._result is None:
            raise RuntimeError("nothing has been simulated yet")
        return self._result

    @cached_property
    def rows(self) -> tuple[ResultRow, ...]:
        """The results table: this sample of donors, beside what was published and the verdicts."""
        return result_rows(self.result, self.verdicts)

    @cached_property
    def claim_rows(self) -> tuple[ClaimRow, ...]:
        """What the claims of the study ask for, and what the expectation gives, with switches side by side."""
        return claim_rows(self.verdicts)

    @property
    def people(self) -> list[dict[str, Any]]:
        """How the people of each arm were found: candidates tried, and rejected as not plausible."""
        from dataclasses import asdict

        return [{"arm": arm, **asdict(tally)} for arm, tally in self.result.tallies.items()]

    @property
    def failed(self) -> int:
        """Subjects that were not solved."""
        return self.result.failed

    @property
    def all_failed(self) -> bool:
        """Whether not one subject was solved."""
        return self.failed == len(self.result.status)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before the numbers are used."""
        from allodynia.engine import Status

        said = []
        asked = [name for name in ("hypothesis", "ada", "edges") if getattr(self.options, name) not in (None, {})]
        if asked and self.verdicts:
            said.append(f"verdicts are of the study as designed, not of this run with its own {', '.join(asked)}")
        if not self.failed:
            return tuple(said)
        codes = [int(code) for code in self.result.status if code]
        worst = Status(max(set(codes), key=codes.count))
        total = len(self.result.status)
        said.append(f"{self.failed} of {total} subjects could not be solved and are left out: {worst.sentence}")
        return tuple(said)

    def document(self) -> dict[str, Any]:
        """The table as JSON is printed and kept: the rows, the claims, and what they are of."""
        from dataclasses import asdict

        return {
            "study": self.study.name,
            "title": self.study.spec.title,
            "seed": self.options.seed,
            "folder": str(self.folder),
            "subjects": len(self.result.status),
            "failed": self.failed,
            "people": self.people,
            "warnings": list(self.warnings),
            "claims": [asdict(row) for row in self.claim_rows],
            "rows": [asdict(row) for row in self.rows],
        }

    def write(self) -> None:
        """Write what is not on disk yet: table, endpoints, summary, figures, report."""
        from allodynia.api.content import content
        from allodynia.report.write import write_report

        document = self.document()
        self._writer.results(document.pop("rows"), document)
        self._writer.table("endpoints", self.result.endpoints, ENDPOINT_NOTES)
        self._writer.table("summary", self.result.summary_columns(), SUMMARY_NOTES)
        if self._writer.manifest is None:
            raise RuntimeError("the run has no manifest yet")
        write_report(self.folder, content(self, self._writer.manifest.model_dump(mode="json")))
        if self.all_failed:
            self._writer.finish("failed", self.warnings[-1])
