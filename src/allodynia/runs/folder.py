"""Where a run's files go: one new folder, which nothing overwrites and nothing leaves."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from allodynia.errors import InvalidInput

PARENT = "runs"


def choose(out: Path | None, study: str, digest: str, *, moment: datetime | None = None) -> Path:
    """The folder that a run of ``study`` will be written to; not made yet.

    Parameters
    ----------
    out
        The folder the user named; None for ``runs/<study>-<UTC time>-<first digits of digest>`` here.
    study, digest
        The study's name, and a digest of all that decides the run's numbers.
    moment
        The time in the name; now when None.

    Raises
    ------
    InvalidInput
        ``out`` is a file, or a folder that already holds something.
    """
    if out is not None:
        check_free(out)
        return out
    stamp = (moment or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    base = Path(PARENT) / f"{slug(study)}-{stamp}-{digest[:8]}"
    path, again = base, 2
    while path.exists():  # the same study twice within a second
        path, again = base.with_name(f"{base.name}-{again}"), again + 1
    return path


def check_free(out: Path) -> None:
    """Refuse a folder that a run may not be written to.

    Raises
    ------
    InvalidInput
        ``out`` is a file, or a folder that already holds something.
    """
    if out.is_symlink() and not out.exists():
        raise InvalidInput(f"{out} is a link to nothing; name another folder with --out")
    if out.exists() and not out.is_dir():
        raise InvalidInput(f"{out} is a file; name a new or empty folder with --out")
    if out.is_dir() and any(out.iterdir()):
        raise InvalidInput(
            f"{out} already holds something, and a run overwrites nothing; name a new or empty folder with --out"
        )


def create(path: Path) -> Path:
    """Make the folder and return it. Raises :class:`InvalidInput` when it cannot be made here."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        check_free(path)
    except OSError as problem:
        raise InvalidInput(
            f"cannot make the run folder {path}: {problem.strerror or problem}; choose another with --out"
        ) from None
    return path


def slug(name: str) -> str:
    """``name`` as one safe part of a path."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:80] or "study"
