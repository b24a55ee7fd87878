"""Tests for a disease from a study's name to a run folder: simulate, compare, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allodynia.api.keeping import Keeping, Progress
from allodynia.api.options import check_seed
from allodynia.errors import AllSubjectsFailed, InvalidInput, unknown

if TYPE_CHECKING:
    import pandas

    from allodynia.runs.writer import RunWriter
    from allodynia.study.diagnose.compare import Row
    from allodynia.study.result import StudyResult


@dataclass(frozen=True, slots=True)
class DiagnoseOptions:
    """How tests are compared.

    Parameters
    ----------
    markers
        Names of the study's markers and combinations: each, and all combinations of up to four. None: as the study
        says.
    versus
        Arms to tell the disease from; None: as the study says.
    prevalence_clinic, prevalence_population
        Shares who have the disease, instead of the study's.
    specificity
        At which sensitivity and predictive values are given, instead of the study's.
    subjects
        People in each arm, instead of the study's number.
    seed
        Decides every random draw.
    out
        The run folder; None for a new one below ``runs/``.
    """

    markers: tuple[str, ...] | None = None
    versus: tuple[str, ...] | None = None
    prevalence_clinic: float | None = None
    prevalence_population: float | None = None
    specificity: float | None = None
    subjects: int | None = None
    seed: int = 1
    out: Path | None = None

    def __post_init__(self) -> None:
        for name in ("prevalence_clinic", "prevalence_population", "specificity"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < 1.0:
                raise InvalidInput(f"{name.replace('_', '-')}: {value:g} is not between 0 and 1")
        if self.subjects is not None and self.subjects < 2:
            raise InvalidInput(f"subjects: {self.subjects} is not at least 2")
        check_seed(self.seed)

    def to_json(self) -> dict[str, Any]:
        """The options as the manifest keeps them; not the folder, which says where and not what."""
        kept = asdict(self)
        del kept["out"]
        return kept


DEFAULTS = DiagnoseOptions()
STUDY = "diagnostic-panel"


class DiagnoseSession(Keeping):
    """Tests being compared. Use as a context manager: it closes the manifest however the run ends.

    Raises
    ------
    InvalidInput
        The study, a marker, an arm or an option cannot be used, or scikit-learn is needed and not there. Nothing is
        written before the first person.
    """

    _writer: RunWriter

    def __init__(self, study: str | Path, options: DiagnoseOptions) -> None:
        from allodynia.api.provenance import model_part, study_part
        from allodynia.engine import Status
        from allodynia.runs.writer import RunWriter
        from allodynia.study import load_study
        from allodynia.study.diagnose.candidates import candidates, diagnosis_of
        from allodynia.study.diagnose.panel import need_scikit_learn
        from allodynia.study.systems import system_for

        self.options = options
        self.study = load_study(study)
        self.spec = diagnosis_of(self.study)
        self.tests = candidates(self.spec, options.markers)
        self.versus = self._versus()
        self.specificity = options.specificity or self.spec.specificity
        self.prevalence = self._prevalence()
        if any(test.sign == 0 for test in self.tests):
            need_scikit_learn()
        self.system = system_for(self.study)
        self._writer = RunWriter(
            study_part(self.study), model_part(self.system.ode),
            seed=options.seed,
            arguments=options.to_json(),
            statuses={status.name: int(status) for status in Status},
            not_run=int(Status.NOT_RUN),
            out=options.out,
        )  # fmt: skip
        self._result: StudyResult | None = None
        self.rows: list[Row] = []

    def _versus(self) -> tuple[str, ...]:
        known = [arm for arm in self.study.spec.arms if arm != self.spec.disease]
        for arm in self.options.versus or ():
            if arm not in known:
                raise unknown("arm", arm, known)
        return self.options.versus or tuple(self.spec.versus)

    def _prevalence(self) -> dict[str, float]:
        found = {place: one.share for place, one in self.spec.prevalence.items()}
        for place in ("population", "clinic"):
            given = getattr(self.options, f"prevalence_{place}")
            found |= {} if given is None else {place: given}
        return found

    def compare(self, progress: Progress | None = None) -> None:
        """Simulate the people of every arm of the study, and judge every test against the arms that are asked about."""
        from allodynia.study import AsPlanned, simulate_study
        from allodynia.study.diagnose.compare import compare

        self._result = simulate_study(
            self.study, self.system, design=AsPlanned(self.options.subjects, independent=True), seed=self.options.seed,
            sink=self._writer,
            progress=None if progress is None else lambda done, total: progress(self.study.name, done, total),
        )  # fmt: skip
        self._writer.people([{"arm": arm, **asdict(tally)} for arm, tally in self._result.tallies.items()])
        if self._result.failed == len(self._result.status):
            raise AllSubjectsFailed(f"nobody in {self.study.name!r} could be solved; see {self.folder}")
        self.rows = compare(
            self._result, self.tests, self.spec.disease, self.versus, specificity=self.specificity,
            prevalence=self.prevalence, seed=self.options.seed,
            progress=None if progress is None else lambda done, total: progress("tests", done, total),
        )  # fmt: skip

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before the numbers are used."""
        failed = 0 if self._result is None else self._result.failed
        return (f"{failed} people could not be solved and are left out",) if failed else ()

    @cached_property
    def cautions(self) -> dict[str, str]:
        """By marker, what of its results was put in."""
        used = {marker for test in self.tests for marker in test.markers}
        return {name: one.caution for name, one in self.spec.markers.items() if one.caution and name in used}

    def document(self) -> dict[str, Any]:
        """Everything that is printed, and the curves, as JSON keeps it."""
        arms = self.study.spec.arms
        return {
            "study": self.study.name,
            "title": self.study.spec.title,
            "seed": self.options.seed,
            "folder": str(self.folder),
            "disease": self.spec.disease,
            "labels": {arm: arms[arm].label or arm for arm in (self.spec.disease, *self.versus)},
            "specificity": self.specificity,
            "prevalence": self.prevalence,
            "tests": {test.name: {"label": test.label, "endpoints": list(test.endpoints)} for test in self.tests},
            "cautions": self.cautions,
            "warnings": list(self.warnings),
            "rows": [flat(row) for row in self.rows],
            "curves": [
                {
                    "test": row.candidate.name, "versus": row.versus, "false_positive_rate": row.curve.alarms,
                    "sensitivity": row.curve.found,
                }
                for row in self.rows
            ],
        }  # fmt: skip

    def write(self) -> None:
        """Write what is not on disk yet: the tables, every reading, and a figure an arm."""
        from allodynia.api.session import ENDPOINT_NOTES
        from allodynia.report.roc import write_roc

        if self._result is None:
            raise RuntimeError("nothing has been compared yet")
        found = self.document()
        self._writer.results(found.pop("rows"), found)
        self._writer.table("endpoints", self._result.endpoints, ENDPOINT_NOTES)
        for arm in self.versus:
            write_roc(self.folder, arm, f"Against {found['labels'][arm]}", [
                (row.candidate.label, row.auc, row.curve.alarms, row.curve.found)
                for row in self.rows if row.versus == arm
            ], self.specificity)  # fmt: skip


def flat(row: Row) -> dict[str, Any]:
    """A row as flat numbers."""
    found: dict[str, Any] = {
        "test": row.candidate.name, "versus": row.versus, "ill": row.ill, "others": row.others,
        "auc": row.auc.value, "auc_lo": row.auc.lo, "auc_hi": row.auc.hi, "apparent_auc": row.apparent,
        "specificity": row.specificity, "sensitivity": row.sensitivity.value, "sensitivity_lo": row.sensitivity.lo,
        "sensitivity_hi": row.sensitivity.hi,
    }  # fmt: skip
    for place, one in row.meaning.items():
        for name, value in (("ppv", one.positive), ("npv", one.negative)):
            found |= {
                f"{name}_{place}": value.value, f"{name}_{place}_lo": value.lo, f"{name}_{place}_hi": value.hi
            }  # fmt: skip
        found[f"to_test_{place}"] = one.to_ask
    return found | {"needed_ill": row.people.ill, "needed_others": row.people.others}


@dataclass(frozen=True)
class Diagnosis:
    """Tests that were compared: ``rows`` as the command prints them, in the run folder ``folder``."""

    folder: Path
    rows: list[dict[str, Any]]

    @property
    def table(self) -> pandas.DataFrame:
        """The rows as a data frame: one a test and arm."""
        import pandas as pd

        return pd.DataFrame(self.rows)


def diagnose(
    study: str | Path = STUDY,
    *,
    markers: Sequence[str] | None = None,
    versus: Sequence[str] | None = None,
    prevalence: Mapping[str, float] | None = None,
    specificity: float | None = DEFAULTS.specificity,
    subjects: int | None = DEFAULTS.subjects,
    seed: int = DEFAULTS.seed,
    out: str | Path | None = DEFAULTS.out,
    progress: Progress | None = None,
) -> Diagnosis:
    """Compare tests for a disease in simulated people, and keep the comparison in a run folder.

    Parameters
    ----------
    study
        A study with a ``diagnosis:`` section, by name or file.
    prevalence
        Shares who have the disease by place, ``clinic`` and ``population``.
    markers, versus, specificity, subjects, seed, out
        As for :class:`DiagnoseOptions`; the command line has the same defaults.
    progress
        Called with what is under way, how much is done and how much there is in all.

    Raises
    ------
    InvalidInput
        A name or an option cannot be used, or scikit-learn is needed and not there; nothing was written.
    """
    given = dict(prevalence or {})
    for place in given:
        if place not in ("clinic", "population"):
            raise unknown("place", place, ("clinic", "population"))
    options = DiagnoseOptions(
        None if markers is None else tuple(markers), None if versus is None else tuple(versus), given.get("clinic"),
        given.get("population"), specificity, subjects, seed, None if out is None else Path(out),
    )  # fmt: skip
    with DiagnoseSession(study, options) as session:
        session.compare(progress)
        session.write()
        return Diagnosis(session.folder, [flat(row) for row in session.rows])
