"""The manifest: everything needed to say where a run's numbers came from, and to make them again.

``manifest.schema.json`` beside this file is the published JSON Schema of the same model; a test keeps the two alike.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from allodynia.runs.files import write_text
from allodynia.runs.jsontext import dumps

FILE = "manifest.json"
SCHEMA_FILE = "manifest.schema.json"

State = Literal["running", "finished", "interrupted", "failed"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]


class _Part(BaseModel):
    """A part of the manifest: no key may be missing, none may be unknown, none changes once written."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StudyPart(_Part):
    """The study as it was read: its whole text, so that a run outlives the file it came from."""

    name: str
    title: str
    digest: Digest
    text: str


class ModelPart(_Part):
    """Which equations and which nominal values: digests of content, not of files."""

    name: str
    digest: Digest
    values_digest: Digest
    states: int = Field(ge=0)
    parameters: int = Field(ge=0)


class MachinePart(_Part):
    """What computed it. The numbers do not depend on it; how long it took does."""

    processor: str
    architecture: str
    system: str
    cores: int = Field(ge=1)
    vector_width: int | None = Field(
        description="subjects solved side by side in one vector, the fewest where kernels differ; null where none was"
    )


class SubjectsPart(_Part):
    """How many subjects there are, and how many ended with each status of the solver."""

    total: int = Field(ge=0)
    by_status: dict[str, Annotated[int, Field(ge=0)]]


class PeoplePart(_Part):
    """The people of one arm: how many candidates were looked at, and how many of them are not of the population."""

    arm: str
    population: str
    tried: int = Field(ge=0)
    rejected: int = Field(ge=0)
    unsettled: int = Field(ge=0, description="candidates without a steady state; they count as failed subjects")
    missing: int = Field(ge=0, description="people wanted and not found")
    outside: dict[str, Annotated[int, Field(ge=0)]] = Field(
        description="candidates outside a plausible range, by output"
    )
    declined: int = Field(0, ge=0, description="plausible candidates who were not taken for their prevalence weight")


class Manifest(_Part):
    """Provenance of one run."""

    schema_version: Literal[1] = 1
    state: State
    started: Instant
    finished: Instant | None
    seed: int
    study: StudyPart
    model: ModelPart
    arguments: dict[str, Any] = Field(description="what the user asked for, as the defaults table completed it")
    versions: dict[str, str]
    machine: MachinePart
    subjects: SubjectsPart
    people: tuple[PeoplePart, ...] = ()
    error: str | None = Field(description="why the run did not finish; null when it did")


def now() -> str:
    """This instant in UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` in one step, so that a reader never meets half of it."""
    write_text(folder / FILE, dumps(manifest.model_dump(mode="json")) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run folder. Raises pydantic's ``ValidationError`` where it breaks its schema."""
    return Manifest.model_validate(json.loads((folder / FILE).read_text(encoding="utf-8")))


def schema() -> dict[str, Any]:
    """The JSON Schema of a manifest, as the package ships it."""
    text = (resources.files("allodynia.runs") / SCHEMA_FILE).read_text(encoding="utf-8")
    return dict(json.loads(text))
