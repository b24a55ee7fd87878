"""What there is to run, to judge and to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from allodynia.errors import unknown

if TYPE_CHECKING:
    from allodynia.judge.verdict import Verdict

Progress = Callable[[str, int, int], None]


def studies() -> list[dict[str, Any]]:
    """The studies that come with the system, each with its question, arms, endpoints and the claims judged by it."""
    from allodynia.judge import load_claims
    from allodynia.study import load_study, study_names

    judged = load_claims()
    found = []
    for name in study_names():
        spec = load_study(name).spec
        found.append(
            {
                "id": name,
                "title": spec.title,
                "question": spec.question,
                "species": spec.species,
                "follow_up": str(spec.follow_up),
                "subjects": spec.subjects,
                "arms": list(spec.arms),
                "endpoints": list(spec.endpoints),
                "claims": [claim.id for claim in judged if claim.study == name],
            }
        )
    return found


def claims(ids: Sequence[str] | None = None, *, progress: Progress | None = None) -> tuple[Verdict, ...]:
    """The verdict on every claim, or on those named.

    Raises
    ------
    InvalidInput
        Nobody knows one of the claims; the nearest names are offered.
    """
    from allodynia.judge import load_claims, verdicts

    known = load_claims()
    if ids is None:
        return verdicts(known, progress=progress)
    by_id = {claim.id: claim for claim in known}
    for name in ids:
        if name not in by_id:
            raise unknown("claim", name, by_id)
    return verdicts([by_id[name] for name in ids], progress=progress)
