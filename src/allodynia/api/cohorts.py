"""A cohort from a population's name to a file, and how it compares with published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from allodynia.api.keeping import Progress
from allodynia.api.options import check_seed
from allodynia.errors import InvalidInput, unknown

if TYPE_CHECKING:
    import pandas as pd

    from allodynia.cohort.stored import Identity, StoredCohort
    from allodynia.study.cohort_fit import Fit
    from allodynia.study.recruit import Recruiter
    from allodynia.system import System

F8 = NDArray[np.float64]

TOGETHER = 250
"""People who are drawn together, as a world of their own. Person i is the same however many are asked for."""

TAKEN = ("by_weight", "with_weight", "all")


@dataclass(frozen=True, slots=True)
class CohortOptions:
    """How a cohort is drawn.

    Parameters
    ----------
    subjects, seed
        How many people; decides every random draw.
    out
        The Parquet file; one that holds the beginning of the same cohort is gone on with.
    taken
        ``by_weight``: each plausible person with a chance in proportion to the prevalence weight, so that all count the
        same; ``with_weight``: every plausible person, with the weight as a column; ``all``: without weights.
    outputs
        Outputs kept beside those that the population is judged and compared by.
    hypothesis, edges
        The rival explanation, and gains of edges.
    threads
        Of the engine.
    """

    subjects: int = 1000
    seed: int = 1
    out: Path | None = None
    taken: str = "by_weight"
    outputs: tuple[str, ...] = ()
    hypothesis: str | None = None
    edges: Mapping[str, float] = field(default_factory=dict)
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.subjects < 1:
            raise InvalidInput(f"subjects: {self.subjects} is not at least 1")
        check_seed(self.seed)
        if self.taken not in TAKEN:
            raise unknown("way to take people", self.taken, TAKEN)


@dataclass(frozen=True)
class CohortResult:
    """A cohort: ``stored`` people, the ``fits`` of targets in them, and in the plausible people before any weight
    (``plain``), each target in the same order.
    """

    stored: StoredCohort
    fits: tuple[Fit, ...]
    plain: tuple[Fit, ...]
    out: Path | None = None

    @property
    def table(self) -> pd.DataFrame:
        """One row a person: weight, outputs, states, parameters."""
        import pandas as pd

        return pd.DataFrame(self.stored.columns())

    @property
    def effective(self) -> float:
        """How many people of equal weight would know a mean as well."""
        from allodynia.cohort.tilting import effective_size

        return effective_size(self.stored.weights[self.stored.status == 0])

    def document(self) -> dict[str, Any]:
        """Everything that is printed, as JSON keeps it."""
        rows = [
            {**asdict(fit), "plain": plain.simulated, "distance": fit.distance, "plain_distance": plain.distance,
             "within": fit.within}
            for fit, plain in zip(self.fits, self.plain, strict=True)
        ]  # fmt: skip
        return {
            **asdict(self.stored.identity), "people": self.stored.people, "effective": self.effective,
            "counts": self.stored.counts, "targets": rows, "out": None if self.out is None else str(self.out),
        }  # fmt: skip


def draw_cohort(population: str = "fibromyalgia", *, progress: Progress | None = None, **options: Any) -> CohortResult:
    """Draw people of ``population`` and compare them with published cohorts; ``options`` as :class:`CohortOptions`.

    A file ``out`` is written when everybody is drawn, or on an interruption with those who are.

    Raises
    ------
    InvalidInput
        A population, output, hypothesis or edge that nobody knows; a file that holds another cohort.
    """
    from allodynia.study.cohort_fit import outputs_of
    from allodynia.study.recruit import Recruiter
    from allodynia.system import load_system

    chosen = CohortOptions(**options)
    system = load_system("human")
    if population not in system.people:
        raise unknown("population of people", population, system.people)
    targets = system.people[population].targets
    wanted = tuple(dict.fromkeys([*outputs_of(targets), *chosen.outputs]))
    if chosen.taken != "all" and system.people[population].weighting is None:
        chosen = replace(chosen, taken="all")
    finder = Recruiter(
        system, population, wanted, weighted=chosen.taken == "by_weight", hypothesis=chosen.hypothesis,
        edges=chosen.edges, threads=chosen.threads,
    )  # fmt: skip
    stored = _draw(system, finder, population, chosen, progress)
    return _compared(system, population, stored, chosen)


def read_cohort(file: str | Path) -> StoredCohort:
    """The cohort in ``file``, to be used with the model as it is now.

    Raises
    ------
    InvalidInput
        No such file, no cohort, or one of another model.
    """
    from allodynia.system import load_system

    found = _read(Path(file))
    found.check_model(load_system(found.identity.species).biology, str(file))
    return found


def _read(path: Path) -> StoredCohort:
    from allodynia.cohort.stored import StoredCohort
    from allodynia.runs.parquet import read_parquet

    return StoredCohort.of(*read_parquet(path), str(path))


def _draw(
    system: System, finder: Recruiter, population: str, options: CohortOptions, progress: Progress | None
) -> StoredCohort:
    """The people asked for: those in the file first, then new ones."""
    from allodynia.cohort.stored import Identity
    from allodynia.runs.parquet import write_parquet

    identity = Identity(
        population, system.species, options.seed, system.biology, finder.hypothesis, dict(options.edges), options.taken
    )
    parts = [_empty(system, finder, identity, options.subjects)]
    if options.out is not None and options.out.exists():
        kept = _read(options.out)
        kept.check_model(system.biology, str(options.out))
        if kept.identity != identity or set(kept.values) != set(parts[0].values):
            raise InvalidInput(f"{options.out}: holds another cohort; choose another file, or remove it")
        if kept.people >= options.subjects:
            return kept.first(options.subjects)
        parts = [replace(kept, asked=options.subjects)]
    elif options.out is not None and not options.out.parent.is_dir():
        raise InvalidInput(f"there is no folder {str(options.out.parent)!r} to write {options.out.name} into")
    try:
        done = parts[0].people
        while done < options.subjects:
            if progress is not None:
                progress(population, done, options.subjects)
            world, had = divmod(done, TOGETHER)
            count = min(TOGETHER, had + options.subjects - done)
            parts.append(_some(system, finder, identity, world, had, count, options))
            done += count - had
        if progress is not None:
            progress(population, done, options.subjects)
    finally:
        stored = _joined(parts, options.subjects)
        if options.out is not None and len(parts) > 1:
            write_parquet(options.out, stored.columns(), stored.metadata())
    return stored


def _some(
    system: System, finder: Recruiter, identity: Identity, world: int, had: int, count: int, options: CohortOptions
) -> StoredCohort:
    """People ``had`` .. ``count`` - 1 of a world."""
    from allodynia.cohort.stored import StoredCohort
    from allodynia.cohort.weighting import Weighting

    found = finder.find(options.seed, range(world, world + 1), count)
    row = system.people[identity.population].weighting
    weights = np.ones(count)
    if options.taken == "with_weight" and row is not None:
        weights = np.nan_to_num(Weighting.of(row).weights(dict(found.values)))
    ode = system.ode
    whole = StoredCohort(
        identity, tuple(one.id for one in ode.parameters), tuple(one.id for one in ode.states), found.parameters,
        found.states, found.values, weights, found.status, options.subjects, {str(world): found.tally},
    )  # fmt: skip
    return whole.part(slice(had, None))


def _empty(system: System, finder: Recruiter, identity: Identity, asked: int) -> StoredCohort:
    from allodynia.cohort.stored import StoredCohort

    ode = system.ode
    names = finder.table.people[identity.population].looked_at
    return StoredCohort(
        identity, tuple(one.id for one in ode.parameters), tuple(one.id for one in ode.states),
        np.empty((0, len(ode.parameters))), np.empty((0, len(ode.states))), {name: np.empty(0) for name in names},
        np.empty(0), np.empty(0, dtype=np.int32), asked, {},
    )  # fmt: skip


def _joined(parts: Sequence[StoredCohort], asked: int) -> StoredCohort:
    tally = {world: counts for part in parts for world, counts in part.tally.items()}
    return replace(
        parts[0], parameters=np.concatenate([one.parameters for one in parts]),
        states=np.concatenate([one.states for one in parts]),
        values={name: np.concatenate([one.values[name] for one in parts]) for name in parts[0].values},
        weights=np.concatenate([one.weights for one in parts]), status=np.concatenate([one.status for one in parts]),
        asked=asked, tally=tally,
    )  # fmt: skip


PLAIN = 1024
"""Plausible people by whom it is told what weights changed."""


def _compared(system: System, population: str, stored: StoredCohort, options: CohortOptions) -> CohortResult:
    """The cohort with its targets beside it."""
    from allodynia.study.cohort_fit import Healthy, fit, outputs_of
    from allodynia.study.recruit import Recruiter

    row = system.people[population]
    if not row.targets:
        return CohortResult(stored, (), (), options.out)
    if row.weighting is None:
        raise InvalidInput(f"no weights of {population!r} stand in weighting.yaml; find them by --calibrate")
    healthy = Healthy(row.weighting.healthy, row.weighting.cuts)
    if lacking := healthy.lacks(row.targets):
        raise InvalidInput(
            f"weighting.yaml does not say what healthy people show of the target {lacking[0]!r}, which is told against "
            "them; find the weights anew by --calibrate"
        )
    plain = Recruiter(
        system, population, outputs_of(row.targets), hypothesis=options.hypothesis, edges=options.edges, spread=True,
        threads=options.threads,
    ).find(options.seed, range(1), PLAIN)  # fmt: skip
    rests, well = stored.status == 0, plain.status == 0
    drawn = {name: column[rests] for name, column in stored.values.items()}
    before = {name: column[well] for name, column in plain.values.items()}
    return CohortResult(
        stored,
        fit(row.targets, drawn, stored.weights[rests], healthy),
        fit(row.targets, before, np.ones(int(well.sum())), healthy),
        options.out,
    )
