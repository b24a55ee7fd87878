"""A trial from Python: conducted, written, and read back from its folder as its parts are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allodynia.api.animals import AnimalOptions, AnimalSession
from allodynia.api.keeping import Progress
from allodynia.api.trials import TrialOptions, TrialSession

if TYPE_CHECKING:
    import pandas

    from allodynia.runs.manifest import Manifest


@dataclass(frozen=True)
class Trial:
    """A trial, or an animal experiment, that was conducted many times; ``folder`` holds it."""

    folder: Path

    @cached_property
    def results(self) -> dict[str, Any]:
        """What ``allodynia trial --json`` prints: design, flow, arms, power by size; its effects are ``rows``."""
        return dict(json.loads((self.folder / "table.json").read_text(encoding="utf-8")))

    @cached_property
    def table(self) -> pandas.DataFrame:
        """The effects, one row an analysis and arm (in animals: an endpoint and day)."""
        import pandas as pd

        return pd.DataFrame(self.results["rows"])

    @cached_property
    def people(self) -> pandas.DataFrame:
        """One row a person of a trial: who got what, who left when and why."""
        return self._frame("people")

    @cached_property
    def visits(self) -> pandas.DataFrame:
        """One row a reading of a trial, with the true value beside it."""
        return self._frame("visits")

    @property
    def manifest(self) -> Manifest:
        """Where the numbers come from."""
        from allodynia.runs.manifest import read_manifest

        return read_manifest(self.folder)

    def _frame(self, name: str) -> pandas.DataFrame:
        import pandas as pd

        from allodynia.runs.parquet import read_table

        return pd.DataFrame(read_table(self.folder, name))


def trial(
    study: str | Path,
    *,
    replicates: int = 200,
    people: int | None = None,
    donors: int | None = None,
    mice: int | None = None,
    arms: tuple[str, str] | None = None,
    seed: int = 1,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    uncertainty: bool = False,
    assurance: int | None = None,
    hypothesis: str | None = None,
    edges: Mapping[str, float] | None = None,
    pool: int | None = None,
    twins: int | None = None,
    cohort: str | Path | None = None,
    progress: Progress | None = None,
) -> Trial:
    """Conduct a trial (or an experiment in animals) many times and keep it in a run folder.

    Parameters
    ----------
    study
        A study's name, or the path of a study file.
    replicates, people, seed, out, resume, uncertainty, assurance, hypothesis, edges, pool, twins, cohort
        As for :class:`allodynia.api.trials.TrialOptions`; the command line has the same defaults.
    donors, mice, arms
        In animals: donors an arm, animals a donor, and the arms to compare (test, control).
    progress
        Called with what is under way, people done and people in all.

    Raises
    ------
    InvalidInput, UnitMismatch
        The study, an option or a name in them cannot be used.
    AllSubjectsFailed
        Not one person could be solved.
    """
    with session(
        study, replicates=replicates, people=people, donors=donors, mice=mice, arms=arms, seed=seed,
        out=None if out is None else Path(out), resume=None if resume is None else Path(resume),
        uncertainty=uncertainty, assurance=assurance, hypothesis=hypothesis, edges=dict(edges or {}), pool=pool,
        twins=twins, cohort=None if cohort is None else Path(cohort),
    ) as running:  # fmt: skip
        running.conduct(progress)
        running.write()
    return Trial(running.folder)


def session(
    study: str | Path,
    *,
    people: int | None = None,
    donors: int | None = None,
    mice: int | None = None,
    arms: tuple[str, str] | None = None,
    pool: int | None = None,
    twins: int | None = None,
    cohort: Path | None = None,
    **common: Any,
) -> TrialSession | AnimalSession:
    """A session of people or of animals, as the study is.

    Raises
    ------
    InvalidInput
        An option that is for the other kind of study, beside what the session itself refuses.
    """
    from allodynia.errors import InvalidInput
    from allodynia.study import load_study

    spec = load_study(study).spec
    if spec.trial is not None or spec.species == "human":
        for name, given in (("donors", donors), ("mice", mice), ("arms", arms)):
            if given is not None:
                raise InvalidInput(f"--{name} is for studies in animals; this one is of people")
        return TrialSession(study, TrialOptions(people=people, pool=pool, twins=twins, cohort=cohort, **common))
    for name, number in (("people", people), ("pool", pool), ("twins", twins), ("cohort", cohort)):
        if number is not None:
            raise InvalidInput(f"--{name} is for trials of people; this study is in animals: --donors and --mice")
    return AnimalSession(study, AnimalOptions(donors=donors, mice=mice, arms=arms, **common))
