"""An animal experiment many times over: simulate, compare, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allodynia.api.keeping import Keeping, Progress
from allodynia.api.trials import check_assurance, check_common, drawn_beside
from allodynia.errors import AllSubjectsFailed, InvalidInput

if TYPE_CHECKING:
    from allodynia.runs.replicates import ReplicateWriter
    from allodynia.study.analysis.power import Power
    from allodynia.study.trial.animal_result import AnimalResult


@dataclass(frozen=True, slots=True)
class AnimalOptions:
    """How an animal experiment is run.

    Like :class:`allodynia.api.trials.TrialOptions`, with ``donors`` an arm, ``mice`` a donor, and the ``arms`` tested
    and controlling; None for the study's own.
    """

    replicates: int = 200
    donors: int | None = None
    mice: int | None = None
    arms: tuple[str, str] | None = None
    seed: int = 1
    out: Path | None = None
    resume: Path | None = None
    uncertainty: bool = False
    assurance: int | None = None
    hypothesis: str | None = None
    edges: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_common(self.seed, self.out, self.resume)
        check_assurance(self.assurance, uncertainty=self.uncertainty)
        for name in ("replicates", "donors", "mice"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidInput(f"{name}: {value} is not at least 1")
        if self.donors == 1:
            raise InvalidInput("donors: one donor an arm says nothing of donors; take at least 2")

    @property
    def draws(self) -> int:
        """Replicates with their own draw of what is uncertain, beside the others."""
        return drawn_beside(self.replicates, self.assurance, uncertainty=self.uncertainty)

    def to_json(self) -> dict[str, Any]:
        """The options as the manifest keeps them; not the folders, which say where and not what."""
        kept = asdict(self)
        del kept["out"], kept["resume"]
        return kept


class AnimalSession(Keeping):
    """An animal experiment being run. Use as a context manager: it closes the manifest however the run ends.

    Raises
    ------
    InvalidInput
        The study, an option, or the folder to go on with cannot be used. Nothing is written before the first animal.
    """

    _writer: ReplicateWriter

    def __init__(self, study: str | Path, options: AnimalOptions) -> None:
        from allodynia.api.provenance import model_part, study_part
        from allodynia.runs.replicates import ReplicateWriter
        from allodynia.study import load_study
        from allodynia.study.systems import system_for
        from allodynia.study.trial.animals import Laboratory, bind_experiment

        self.options = options
        self.study = load_study(study)
        self.system = system = system_for(self.study)
        self.experiment = bind_experiment(
            self.study, system, donors=options.donors, mice=options.mice, arms=options.arms,
            edges=dict(options.edges) or None, hypothesis=options.hypothesis,
        )  # fmt: skip
        self._laboratory = Laboratory(self.experiment, system, options.seed, uncertainty=options.uncertainty)
        arguments = {
            **options.to_json(), "donors": self.experiment.donors, "mice": self.experiment.mice,
            "arms": [self.experiment.test, self.experiment.control],
        }  # fmt: skip
        self._writer = ReplicateWriter(
            study_part(self.study), model_part(system.ode), seed=options.seed, arguments=arguments,
            people=self.experiment.animals * (options.replicates + options.draws), out=options.out,
            resume=options.resume,
        )  # fmt: skip
        self._result: AnimalResult | None = None
        self._lost = 0

    def conduct(self, progress: Progress | None = None) -> None:
        """Simulate every replicate; each block of them is on disk as soon as it is finished. Then compare the arms."""
        import numpy as np

        from allodynia.runs.replicates import DRAWS
        from allodynia.study.trial.animal_result import summarise_animals
        from allodynia.study.trial.animals import joined_measured

        options, name = self.options, self.study.name
        self._writer.open()
        said = None if progress is None else partial(progress, name)
        data = joined_measured([*self._laboratory.all(options.replicates, store=self._writer.blocks(), progress=said)])
        gone = np.isnan(next(iter(data.true.values()))[..., 0])
        self._lost = int(gone.sum())
        if gone.all():
            raise AllSubjectsFailed(f"no animal of {self.study.name!r} could be solved; see {self.folder}")
        drawn = None
        if options.draws:
            said = None if progress is None else partial(progress, f"{name}, drawn")
            laboratory = replace(self._laboratory, uncertainty=True)
            drawn = joined_measured([*laboratory.all(options.draws, store=self._writer.blocks(DRAWS), progress=said)])
        self._result = summarise_animals(self.experiment, data, uncertainty=options.uncertainty, drawn=drawn)

    @property
    def result(self) -> AnimalResult:
        """What the replicates show. Raises ``RuntimeError`` before :meth:`conduct`."""
        if self._result is None:
            raise RuntimeError("nothing has been conducted yet")
        return self._result

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before the numbers are used."""
        from allodynia.study.analysis.status import without_result

        said = []
        if self._lost:
            said.append(f"{self._lost} animals could not be solved and are left out")
        for row in self.result.days:
            if row.primary:
                said += without_result("the primary comparison", row.why, self.result.replicates)
        return tuple(said)

    def document(self) -> dict[str, Any]:
        """Everything that is printed, as JSON keeps it."""
        from allodynia.study.trial.arrive import arrive

        result = self.result
        return {
            "study": self.study.name,
            "title": self.study.spec.title,
            "arrive": arrive(self.experiment),
            "seed": self.options.seed,
            "replicates": result.replicates,
            "animals": self.experiment.animals,
            "with_donors": self.experiment.with_donors,
            "folder": str(self.folder),
            "share": result.word,
            "days": [
                {
                    "endpoint": row.endpoint, "label": row.label, "day": row.day, "unit": row.unit,
                    "primary": row.primary, "effect": row.effect.mean, "effect_lo": row.effect.lo,
                    "effect_hi": row.effect.hi, "truth": row.truth, "spread": row.spread, "icc": row.icc,
                    **shares(row.power), **assured(row.assurance),
                }
                for row in result.days
            ],
            "designs": [
                {"donors": one.donors, "mice": one.mice, "animals": one.animals, **shares(one.power)}
                for one in result.designs
            ],
            "warnings": list(self.warnings),
        }  # fmt: skip

    def write(self) -> None:
        """Write what is not on disk yet: the results and the figures."""
        from allodynia.report.animal_figures import write_animals

        found = self.document()
        write_animals(self.folder, found, self.result.courses)
        self._writer.results(found.pop("days"), found)


def assured(one: Power | None) -> dict[str, Any]:
    """The share of replicates with a draw of their own that show the effect, as flat numbers."""
    found = (None,) * 4 if one is None else (float(one.power), float(one.lo), float(one.hi), int(one.replicates))
    return dict(zip(("assurance", "assurance_lo", "assurance_hi", "assurance_replicates"), found, strict=True))


def shares(power: Any) -> dict[str, Any]:
    """A share of replicates with its interval, as flat numbers."""
    return {
        "power": float(power.power), "power_lo": float(power.lo), "power_hi": float(power.hi),
        "without_result": int(power.failed),
    }  # fmt: skip
