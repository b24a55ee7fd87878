"""The run folder of a fit: the readings as they were given, what they say, and where the numbers come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allodynia.cache import digest
from allodynia.runs.files import write_text
from allodynia.runs.kept import KeptRun
from allodynia.runs.manifest import ModelPart, StudyPart, SubjectsPart


class FitWriter(KeptRun):
    """Keeps a fit on disk; ``readings`` is the text of the readings, the rest as for :class:`KeptRun`."""

    def __init__(
        self, study: StudyPart, model: ModelPart, *, seed: int, arguments: Mapping[str, Any], readings: str,
        out: Path | None = None,
    ) -> None:  # fmt: skip
        arguments = {**arguments, "readings_digest": digest(readings)}
        super().__init__(study, model, seed=seed, arguments=arguments, out=out)
        self._readings, self._animals = readings, 0

    def open(self) -> None:
        """Make the folder, with the readings and the manifest of a running fit."""
        self.make_folder(f"fit-{self._study.name}", self._readings)
        write_text(self.folder / "readings.csv", self._readings)
        self.running()

    def simulated(self, animals: int) -> None:
        """How many animals have been solved."""
        self._animals = animals

    def subjects(self) -> SubjectsPart:
        """The animals simulated so far."""
        return SubjectsPart(total=self._animals, by_status={"SOLVED": self._animals})
