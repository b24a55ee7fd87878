"""A PEtab problem at its nominal parameters, as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from allodynia.api.keeping import Progress

RTOL = 1e-8
"""Relative tolerance at which measurements are explained."""


def summary(path: str | Path, *, rtol: float = RTOL, progress: Progress | None = None) -> dict[str, Any]:
    """Log-likelihood and chi squared of a problem, in all and by observable, and which conditions were not solved.

    Raises
    ------
    InvalidInput, UnsupportedModel, UnreadableModel
        The problem or its model cannot be used.
    """
    from allodynia.engine import Status
    from allodynia.problem import explain, load_problem

    problem = load_problem(path)
    tables = problem.tables
    found = explain(
        problem,
        rtol=rtol,
        unmeasured=True,
        progress=None if progress is None else lambda done, total: progress(problem.name, done, total),
    )
    rows = []
    for name in tables.observables:
        here = [number for number, row in enumerate(tables.measurements) if row.observable == name]
        llh, chi2 = found.log_likelihoods[here].sum(), (found.residuals[here] ** 2).sum()
        rows.append({"observable": name, "n": len(here), "llh": float(llh), "chi2": float(chi2)})
    experiments = (*problem.experiments, *problem.unmeasured)
    failed = [
        {"condition": str(experiment), "status": Status(int(code)).name, "sentence": Status(int(code)).sentence}
        for experiment, code in zip(experiments, found.status, strict=True)
        if code != Status.SOLVED
    ]
    return {
        "problem": problem.name,
        "file": str(path),
        "llh": found.llh,
        "chi2": found.chi2,
        "measurements": len(tables.measurements),
        "conditions": len(experiments),
        "states": len(problem.system.states),
        "estimated": len(problem.estimated),
        "rtol": rtol,
        "rows": rows,
        "failed": failed,
    }
