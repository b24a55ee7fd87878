"""One study from its name to its run folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from allodynia.api.keeping import Progress
from allodynia.api.opened import Run
from allodynia.api.options import DEFAULTS, Options
from allodynia.api.session import Session
from allodynia.errors import AllSubjectsFailed


def run(
    study: str | Path,
    *,
    subjects: int | None = DEFAULTS.subjects,
    seed: int = DEFAULTS.seed,
    out: str | Path | None = DEFAULTS.out,
    hypothesis: str | None = DEFAULTS.hypothesis,
    ada: bool | None = DEFAULTS.ada,
    edges: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a study and keep it in a run folder.

    Parameters
    ----------
    study
        A study's name, or the path of a study file.
    subjects, seed, out, hypothesis, ada, edges
        As for :class:`allodynia.api.options.Options`; the command line has the same defaults.
    progress
        Called with what is under way, subjects done and subjects in all.

    Returns
    -------
    Run
        The run, read from its folder as its parts are asked for.

    Raises
    ------
    InvalidInput, UnitMismatch
        The study, an option or a name in them cannot be used; nothing was written.
    AllSubjectsFailed
        Not one subject could be solved; the folder says how each ended.
    """
    options = Options(subjects, seed, None if out is None else Path(out), hypothesis, ada, dict(edges or {}))
    with Session(study, options) as session:
        session.simulate(progress)
        session.judge(progress)
        session.write()
        if session.all_failed:
            raise AllSubjectsFailed(f"no subject of {session.study.name!r} could be solved; see {session.folder}")
    return Run(session.folder)
