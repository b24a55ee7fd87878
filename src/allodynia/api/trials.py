"""One trial from its study file to its run folder: conduct, analyse, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allodynia.api.keeping import Keeping, Progress
from allodynia.api.options import check_seed
from allodynia.errors import AllSubjectsFailed, InvalidInput

if TYPE_CHECKING:
    from allodynia.cohort.stored import StoredCohort
    from allodynia.runs.replicates import ReplicateWriter
    from allodynia.study.trial.bound import BoundTrial
    from allodynia.study.trial.dataset import Observed
    from allodynia.study.trial.enrichment import EnrichRow
    from allodynia.study.trial.result import TrialResult
    from allodynia.study.trial.sizes import SizeCurve


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """How a trial is run.

    Parameters
    ----------
    replicates
        How often the trial is conducted.
    people
        People allocated in each, instead of the study's number.
    seed
        Decides every random draw.
    out, resume
        A new run folder, or the folder of an interrupted run of the same trial to go on with.
    uncertainty
        Whether every replicate has its own draw of what is not known (assurance), or the table's values (power).
    assurance
        So many replicates beside them that have their own draw; None: a fifth of ``replicates``, and at least 50 or as
        many. With ``uncertainty`` every replicate has one anyway, and people of a ``cohort`` cannot.
    hypothesis, edges
        The rival explanation, and gains of edges, in all arms.
    pool
        People are taken by chance from so many drawn once; None: every replicate has its own.
    twins
        In so many replicates everybody is also followed in the arms that they did not get; None for about 400 people,
        with ``uncertainty`` eight of each replicate.
    cohort
        A file of people (``allodynia cohort``) from whom those of every replicate are taken by chance and weight.
    """

    replicates: int = 200
    people: int | None = None
    seed: int = 1
    out: Path | None = None
    resume: Path | None = None
    uncertainty: bool = False
    assurance: int | None = None
    hypothesis: str | None = None
    edges: Mapping[str, float] = field(default_factory=dict)
    pool: int | None = None
    twins: int | None = None
    cohort: Path | None = None

    def __post_init__(self) -> None:
        for name, least in (("replicates", 1), ("people", 2), ("pool", 2), ("twins", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InvalidInput(f"{name}: {value} is not at least {least}")
        check_common(self.seed, self.out, self.resume)
        for name in ("pool", "cohort"):
            if getattr(self, name) is not None and self.uncertainty:
                raise InvalidInput(
                    f"--{name}: people are found once, so they cannot be of every replicate's own draw; leave it out"
                )
        check_assurance(self.assurance, uncertainty=self.uncertainty)
        if self.assurance and self.cohort is not None:
            raise InvalidInput(
                "--assurance: people of a file cannot be of every replicate's own draw; leave out --cohort"
            )
        if self.pool is not None and self.cohort is not None:
            raise InvalidInput("--pool draws people and --cohort has them in a file; give one of them")

    @property
    def draws(self) -> int:
        """Replicates with their own draw of what is uncertain, beside the others."""
        if self.cohort is not None:
            return 0
        return drawn_beside(self.replicates, self.assurance, uncertainty=self.uncertainty)

    def to_json(self) -> dict[str, Any]:
        """The options as the manifest keeps them; not the folders, which say where and not what."""
        kept = asdict(self)
        del kept["out"], kept["resume"], kept["cohort"]
        return kept


LEAST_DRAWS = 50
"""Replicates for assurance where none are asked for, if there are as many: its interval is then 14 points to a side."""


def drawn_beside(replicates: int, assurance: int | None, *, uncertainty: bool) -> int:
    """How many replicates with a draw of their own go beside ``replicates`` that have the table's values."""
    if uncertainty:
        return 0
    return min(replicates, max(LEAST_DRAWS, replicates // 5)) if assurance is None else assurance


def check_assurance(assurance: int | None, *, uncertainty: bool) -> None:
    """Refuse a number of draws below 0, and one beside replicates that all have their own."""
    if assurance is not None and assurance < 0:
        raise InvalidInput(f"assurance: {assurance} is not at least 0")
    if assurance is not None and uncertainty:
        raise InvalidInput("--assurance: with --uncertainty every replicate has its own draw; leave one of them out")


def check_common(seed: int, out: Path | None, resume: Path | None) -> None:
    """Refuse a seed out of range, and a new folder where an old one is gone on with."""
    check_seed(seed)
    if out is not None and resume is not None:
        raise InvalidInput("--resume goes on in the folder that it names; leave out --out")


def _stored(file: Path, trial: BoundTrial, edges: dict[str, float]) -> StoredCohort:
    """The people of a cohort file, where they are those of the trial's population in the trial's world.

    Raises
    ------
    InvalidInput
        No such file, no cohort, one of another model, population, hypothesis or of other edges, or nobody in it.
    """
    from allodynia.api.cohorts import read_cohort

    found = read_cohort(file)
    identity = found.identity
    asked = {
        "population": (identity.population, trial.population),
        "hypothesis": (identity.hypothesis, trial.plan.arms[0].hypothesis),
        "edges": (dict(identity.edges), edges),
    }
    for what, (there, here) in asked.items():
        if there != here:
            raise InvalidInput(f"{file}: a cohort of another {what}: {there} there, {here} in the trial")
    if not (found.status == 0).any():
        raise InvalidInput(f"{file}: nobody in this cohort came to rest")
    return found


class TrialSession(Keeping):
    """A trial being run. Use as a context manager: it closes the manifest however the run ends.

    Raises
    ------
    InvalidInput
        The study, an option, or the folder to go on with cannot be used. Nothing is written before the first person.
    """

    _writer: ReplicateWriter

    def __init__(self, study: str | Path, options: TrialOptions) -> None:
        from allodynia.api.provenance import model_part, study_part
        from allodynia.cache import digest
        from allodynia.runs.replicates import ReplicateWriter
        from allodynia.study import load_study
        from allodynia.study.answers import shipped
        from allodynia.study.systems import system_for
        from allodynia.study.trial.bind import bind_trial
        from allodynia.study.trial.conduct import Conductor

        self.options = options
        self.study = load_study(study)
        self.system = system_for(self.study)
        self.trial = bind_trial(
            self.study, self.system, people=options.people, edges=dict(options.edges) or None,
            hypothesis=options.hypothesis,
        )  # fmt: skip
        stored = None if options.cohort is None else _stored(options.cohort, self.trial, dict(options.edges))
        self.conductor = Conductor(
            self.trial, self.system, options.seed, uncertainty=options.uncertainty, twins=options.twins,
            pool_size=options.pool, stored=stored,
        )  # fmt: skip
        self._writer = ReplicateWriter(
            study_part(self.study),
            model_part(self.system.ode),
            seed=options.seed,
            arguments={**options.to_json(), "people": self.trial.people, "answers": shipped().digest,
                "cohort": None if options.cohort is None else digest(options.cohort.read_bytes()),
            },
            people=self.trial.people * (options.replicates + options.draws),
            out=options.out,
            resume=options.resume,
        )  # fmt: skip
        self._result: TrialResult | None = None
        self._without_draws = ""

    def conduct(self, progress: Progress | None = None) -> None:
        """Conduct every replicate; each block of them is on disk as soon as it is finished. Then analyse them.

        Those with a draw of their own come last, so that an interruption leaves the others whole.
        """
        from allodynia.study.trial.dataset import joined
        from allodynia.study.trial.result import summarise

        self._writer.open()
        said = None if progress is None else partial(progress, self.study.name)
        data = joined([*self.conductor.all(self.options.replicates, store=self._writer.blocks(), progress=said)])
        if not data.solved.any():
            raise AllSubjectsFailed(f"nobody in {self.study.name!r} could be solved; see {self.folder}")
        self._result = summarise(
            self.trial, data, self.options.seed, uncertainty=self.options.uncertainty, drawn=self._drawn(progress)
        )

    def _drawn(self, progress: Progress | None) -> Observed | None:
        """Replicates with a draw of their own of what is uncertain, and people of their own; None where there are none,
        or where no such people can be found.
        """
        from allodynia.runs.replicates import DRAWS
        from allodynia.study.begin import ImplausiblePopulation
        from allodynia.study.trial.conduct import Conductor
        from allodynia.study.trial.dataset import joined
        from allodynia.study.trial.enrol import NobodyEnters

        options = self.options
        if not options.draws:
            return None
        said = None if progress is None else partial(progress, f"{self.study.name}, drawn")
        try:
            conductor = Conductor(self.trial, self.system, options.seed, uncertainty=True, twins=0)
            return joined([*conductor.all(options.draws, store=self._writer.blocks(DRAWS), progress=said)])
        except (ImplausiblePopulation, NobodyEnters) as refused:
            self._without_draws = refused.message
            return None

    @property
    def result(self) -> TrialResult:
        """What the replicates show. Raises ``RuntimeError`` before :meth:`conduct`."""
        if self._result is None:
            raise RuntimeError("nothing has been conducted yet")
        return self._result

    @cached_property
    def curve(self) -> SizeCurve | None:
        """Power of the primary analysis by people an arm."""
        from allodynia.study.trial.sizes import size_curve

        return size_curve(self.result)

    @cached_property
    def enrichment(self) -> tuple[EnrichRow, ...]:
        """What selecting by a reading at screening would do."""
        from allodynia.study.trial.enrichment import enrichment

        return enrichment(self.result)

    @cached_property
    def words(self) -> list[str]:
        """The design in words."""
        from allodynia.study.trial.words import design_in_words

        return design_in_words(self.trial)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before the numbers are used."""
        data = self.result.data
        failed = int(data.solved.size - data.solved.sum())
        said = []
        if failed:
            said.append(f"{failed} of {data.solved.size} people could not be solved and are left out")
        said += self.result.without_result
        if self._without_draws:
            said.append(f"assurance is not known: with draws of what is uncertain, {self._without_draws}")
        return tuple(said)

    def document(self) -> dict[str, Any]:
        """Everything that is printed, as JSON keeps it."""
        from allodynia.api.trial_rows import document

        return document(self)

    def write(self) -> None:
        """Write what is not on disk yet: the results, the figures, and the data sets as tables."""
        from allodynia.api.trial_rows import PEOPLE_NOTES, VISIT_NOTES, people_columns, visit_columns
        from allodynia.report.trial_figures import write_trial
        from allodynia.study.trial.result import changes

        found = self.document()
        write_trial(
            self.folder, found, changes(self.result), self.trial.plan.endpoint(self.trial.analyses[0].endpoint).label
        )
        self._writer.results(found.pop("effects"), found)
        self._writer.table("people", people_columns(self.result), PEOPLE_NOTES)
        self._writer.table("visits", visit_columns(self.result), VISIT_NOTES)
