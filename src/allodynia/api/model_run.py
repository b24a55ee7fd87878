"""A user's model simulated into a run folder: trajectories as they are made, then the table and the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from allodynia.api.keeping import Keeping, Progress
from allodynia.api.model_options import ModelOptions
from allodynia.api.models import Bound, Model, load

if TYPE_CHECKING:
    from allodynia.engine import Solution
    from allodynia.runs.writer import RunWriter

F8 = NDArray[np.float64]

BLOCK_BYTES = 64 * 2**20
"""Subjects are written in blocks of about this much."""

BAND = (0.05, 0.95)

SUMMARY_NOTES = {
    "output": "id of the output, as the model has it",
    "time": "in the model's unit of time",
    "mean": "mean over the subjects that were solved, in 'unit'",
    "lo": "5th percentile over subjects",
    "hi": "95th percentile over subjects",
    "unit": "unit of the values; empty where the model gives none",
}


@dataclass(frozen=True)
class Meta:
    """What the run folder is told before the first subject."""

    times: F8
    time_unit: str
    outputs: tuple[Any, ...]
    subjects: Mapping[str, NDArray[Any]]
    block: int


class ModelSession(Keeping):
    """A model being simulated into a run folder. Use as a context manager: it closes the manifest however the run ends.

    Raises
    ------
    InvalidInput, UnreadableModel, UnsupportedModel
        The model or an option cannot be used. Nothing is written before the first subject is about to be solved.
    """

    _writer: RunWriter

    def __init__(self, path: str | Path, options: ModelOptions, out: Path | None = None) -> None:
        from allodynia.api.provenance import model_part
        from allodynia.cache import digest
        from allodynia.engine import Status
        from allodynia.runs.manifest import StudyPart
        from allodynia.runs.writer import RunWriter

        self.options = options
        self.model: Model = load(path)
        self.bound: Bound = self.model.bind(options)
        system = self.bound.system
        arguments = _arguments(path, options)
        self._writer = RunWriter(
            StudyPart(
                name=self.model.name, title=f"Simulation of {self.model.name}",
                digest=digest(self.model.source, repr(sorted(arguments.items()))), text=self.model.source,
            ),
            model_part(system),
            seed=options.seed, arguments=arguments, statuses={status.name: int(status) for status in Status},
            not_run=int(Status.NOT_RUN), out=out,
        )  # fmt: skip
        self.status = np.full(options.size, Status.NOT_RUN, dtype=np.int32)
        self._bands: dict[str, tuple[F8, F8, F8]] = {}

    def simulate(self, progress: Progress | None = None) -> None:
        """Solve every subject; each block of them is on disk as soon as it is finished."""
        bound, name = self.bound, self.model.name
        row_bytes = 8 * len(bound.times) * (len(bound.outputs) + 2)
        block = int(min(self.options.size, max(1, BLOCK_BYTES // row_bytes)))
        subjects = {"row": np.arange(self.options.size), **bound.given}
        self._writer.on_start(Meta(bound.times, bound.system.time_unit, bound.outputs, subjects, block))

        def keep(first: int, solution: Solution) -> None:
            self.status[first : first + len(solution)] = solution.status
            self._writer.on_block(first, bound.values(solution), solution.status, solution.failed_at)

        bound.solve(
            self.options, sink=keep, keep=False, block=block,
            progress=None if progress is None else lambda done, total: progress(name, done, total),
        )  # fmt: skip

    @property
    def failed(self) -> int:
        """Subjects that were not solved."""
        return int((self.status != 0).sum())

    @property
    def all_failed(self) -> bool:
        """Whether not one subject was solved."""
        return self.failed == len(self.status)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before the numbers are used."""
        from allodynia.engine import Status

        if not self.failed:
            return ()
        codes = self.status[self.status != 0]
        worst = Status(int(np.bincount(codes).argmax()))
        return (f"{self.failed} of {len(self.status)} subjects could not be solved and are left out: {worst.sentence}",)

    def bands(self) -> dict[str, tuple[F8, F8, F8]]:
        """Mean, 5th and 95th percentile over solved subjects of every output, read back from the folder: f8[t] each."""
        if not self._bands:
            from allodynia.runs.read import open_trajectories

            stored, solved = open_trajectories(self.folder), self.status == 0
            for output in self.bound.outputs:
                values = stored[output.id].to_numpy()[solved]
                if len(values):
                    lo, hi = np.quantile(values, BAND, axis=0)
                    self._bands[output.id] = (values.mean(axis=0), lo, hi)
                else:
                    nothing = np.full(len(self.bound.times), np.nan)
                    self._bands[output.id] = (nothing, nothing, nothing)
        return self._bands

    def rows(self) -> list[dict[str, Any]]:
        """One row an output: its mean at the start and the end with the 90 % band there, and its range in between."""
        found = []
        for output in self.bound.outputs:
            mean, lo, hi = self.bands()[output.id]
            row = {"output": output.id, "label": output.label, "unit": output.unit, "start": mean[0], "end": mean[-1]}
            row |= {"lo": lo[-1], "hi": hi[-1], "lowest": lo.min(), "highest": hi.max()}
            found.append({name: value if isinstance(value, str) else float(value) for name, value in row.items()})
        return found

    def document(self) -> dict[str, Any]:
        """The summary as JSON is printed and kept."""
        return {
            "model": self.model.name,
            "file": self.model.text.name,
            "folder": str(self.folder),
            "subjects": len(self.status),
            "failed": self.failed,
            "seed": self.options.seed,
            "start": self.options.start,
            "end": self.options.last,
            "time_unit": self.bound.system.time_unit,
            "warnings": list(self.warnings),
            "rows": self.rows(),
        }

    def write(self) -> None:
        """Write what is not on disk yet: table, summary over time, figures."""
        document = self.document()
        self._writer.results(document.pop("rows"), document)
        bands, times = self.bands(), self.bound.times
        count = len(times)
        self._writer.table(
            "summary",
            {
                "output": np.repeat([output.id for output in self.bound.outputs], count),
                "time": np.tile(times, len(self.bound.outputs)),
                "mean": np.concatenate([bands[output.id][0] for output in self.bound.outputs]),
                "lo": np.concatenate([bands[output.id][1] for output in self.bound.outputs]),
                "hi": np.concatenate([bands[output.id][2] for output in self.bound.outputs]),
                "unit": np.repeat([output.unit for output in self.bound.outputs], count),
            },
            SUMMARY_NOTES,
        )
        self._figures()
        if self.all_failed:
            self._writer.finish("failed", self.warnings[-1])

    def _figures(self) -> None:
        from allodynia.report.overview import Band, pages
        from allodynia.report.rendering import write_figure

        shown = [
            Band(output.label or output.id, output.unit, *self.bands()[output.id]) for output in self.bound.outputs
        ]
        solved = len(self.status) - self.failed
        note = f"mean of {solved} subjects, band: 5th to 95th percentile" if solved > 1 else "one subject"
        made = pages(self.model.name, note, self.bound.times, self.bound.system.time_unit, shown)
        for number, page in enumerate(made, start=1):
            write_figure(self.folder, f"overview-{number}", page)


def _arguments(path: str | Path, options: ModelOptions) -> dict[str, Any]:
    """The options as the manifest keeps them."""
    return {
        "model": str(path),
        "start": options.start,
        "end": options.last,
        "points": options.points,
        "subjects": options.size,
        "vary": [str(one) for one in options.vary],
        "outputs": None if options.outputs is None else list(options.outputs),
        "rtol": options.rtol,
        "atol": options.atol,
        "doses": [asdict(dose) for dose in options.doses],
    }
