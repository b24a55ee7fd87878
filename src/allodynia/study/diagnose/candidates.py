"""Which tests are compared: the markers of a study, and combinations of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from allodynia.errors import InvalidInput, unknown
from allodynia.study.diagnose.spec import DiagnosisSpec, Marker
from allodynia.study.load import Study

MOST_CROSSED = 4
"""Markers of which every combination is tried; of more only all together."""


@dataclass(frozen=True)
class Candidate:
    """A test: the endpoints that it reads, whether each is taken as its logarithm, and which way it points.

    ``sign`` is 1 where high values speak for the disease, -1 where low ones do, 0 where weights must be found.
    """

    name: str
    label: str
    markers: tuple[str, ...]
    endpoints: tuple[str, ...]
    logged: tuple[bool, ...]
    sign: int


def diagnosis_of(study: Study) -> DiagnosisSpec:
    """The study's section on tests, its names looked up.

    Raises
    ------
    InvalidInput
        The study has none, or a name in it is not known: with file and line.
    """
    spec, where = study.spec, study.where
    found = spec.diagnosis
    if found is None:
        raise InvalidInput(
            f"the study {study.name!r} says nothing of tests; it needs a diagnosis: section, as diagnostic-panel has",
            where=where(),
        )
    if found.disease not in spec.arms:
        raise unknown("arm", found.disease, spec.arms, where=where("diagnosis", "disease"))
    for number, arm in enumerate(found.versus):
        if arm not in spec.arms:
            raise unknown("arm", arm, spec.arms, where=where("diagnosis", "versus", number))
        if arm == found.disease:
            raise InvalidInput(f"{arm!r} cannot be told from itself", where=where("diagnosis", "versus", number))
    for name, marker in found.markers.items():
        path = ("diagnosis", "markers", name)
        for number, endpoint in enumerate(marker.of):
            if endpoint not in spec.endpoints:
                raise unknown("endpoint", endpoint, spec.endpoints, where=where(*path, "of", number))
        if (len(marker.of) == 1) != (marker.points is not None):
            alone = marker.points is None
            needed = "needs points: up or down" if alone else "finds its weights itself; leave out points:"
            raise InvalidInput(f"the marker {name!r} of {len(marker.of)} readings {needed}", where=where(*path))
    for name, group in found.together.items():
        if name in found.markers:
            raise InvalidInput(f"{name!r} is a marker already", where=where("diagnosis", "together", name))
        for number, one in enumerate(group.of):
            if one not in found.markers:
                raise unknown("marker", one, found.markers, where=where("diagnosis", "together", name, "of", number))
    return found


def candidates(spec: DiagnosisSpec, chosen: Sequence[str] | None = None) -> tuple[Candidate, ...]:
    """The tests to compare: every marker and the combinations that the study names; of the markers ``chosen``, each
    and every combination of up to four, or all together of more.

    Raises
    ------
    InvalidInput
        An unknown marker (the nearest are offered), or one named twice.
    """
    if chosen is None:
        single = [_candidate(name, marker.label, {name: marker}) for name, marker in spec.markers.items()]
        groups = spec.together.items()
        return (
            *single,
            *(_candidate(name, one.label, {part: spec.markers[part] for part in one.of}) for name, one in groups),
        )
    known = {**spec.markers, **spec.together}
    for name in chosen:
        if name not in known:
            raise unknown("marker", name, known)
    if len(set(chosen)) < len(chosen) or not chosen:
        raise InvalidInput("--markers: " + ("a marker is named twice" if chosen else "no marker is named"))
    found = [_of(spec, (name,)) for name in chosen]
    sizes = range(2, len(chosen) + 1) if len(chosen) <= MOST_CROSSED else (len(chosen),)
    found += [_of(spec, names) for size in sizes for names in combinations(chosen, size)]
    return tuple(found)


def _of(spec: DiagnosisSpec, names: tuple[str, ...]) -> Candidate:
    parts = {
        part: spec.markers[part]
        for name in names
        for part in ((name,) if name in spec.markers else spec.together[name].of)
    }
    labels = {name: one.label for name, one in spec.markers.items()}
    labels |= {name: one.label for name, one in spec.together.items()}
    return _candidate("+".join(names), " and ".join(labels[name] for name in names), parts)


def _candidate(name: str, label: str, markers: dict[str, Marker]) -> Candidate:
    read = {endpoint: marker.log for marker in markers.values() for endpoint in marker.of}
    only = next(iter(markers.values()))
    sign = {"up": 1, "down": -1, None: 0}[only.points if len(markers) == 1 else None]
    return Candidate(name, label, tuple(markers), tuple(read), tuple(read.values()), sign)
