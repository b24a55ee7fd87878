"""A run as a Python caller sees it: a view of its folder, each part read when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from allodynia.errors import InvalidInput
from allodynia.runs.manifest import FILE, Manifest, read_manifest

if TYPE_CHECKING:
    import pandas
    import xarray


class Run:
    """One run folder. Nothing is read before it is asked for, and nothing in the folder is ever changed.

    ``trajectories`` are what the model does, without assay noise; ``endpoints`` are what was measured.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / FILE).is_file():
            raise InvalidInput(f"{self.folder} is not a run folder: it holds no {FILE}")

    @cached_property
    def manifest(self) -> Manifest:
        """Where the numbers came from."""
        return read_manifest(self.folder)

    @cached_property
    def trajectories(self) -> xarray.Dataset:
        """Every kept output over time: dimensions ``subject`` and ``time``, units in ``attrs``, read as it is needed.

        Coordinates ``arm``, ``donor``, ``population``, ``status`` say who each subject is and how it ended; a subject
        that was not solved holds NaN.
        """
        from allodynia.runs.read import open_trajectories

        return open_trajectories(self.folder)

    @cached_property
    def endpoints(self) -> pandas.DataFrame:
        """Every reading: one row a subject, endpoint and time."""
        return self._frame("endpoints")

    @cached_property
    def summary(self) -> pandas.DataFrame:
        """Mean over donors with its 95 % interval: one row an arm, endpoint and time."""
        return self._frame("summary")

    @cached_property
    def table(self) -> pandas.DataFrame:
        """The results table, as the command line prints it."""
        import json

        import pandas as pd

        document = json.loads(self._part("table.json").read_text(encoding="utf-8"))
        return pd.DataFrame(document["rows"])

    @property
    def report(self) -> Path:
        """The page that shows it all."""
        return self.folder / "report.html"

    def _part(self, name: str) -> Path:
        """A file of the run; a run that was stopped lacks those that are written last."""
        path = self.folder / name
        if not path.is_file():
            raise InvalidInput(
                f"{self.folder} holds no {name}: the run was {self.manifest.state} before it was written"
            )
        return path

    def _frame(self, name: str) -> pandas.DataFrame:
        """A table of the run as a data frame; what each column holds is in ``attrs``."""
        import pandas as pd

        from allodynia.runs.parquet import read_notes, read_table

        self._part(f"{name}.parquet")
        frame = pd.DataFrame(read_table(self.folder, name))
        frame.attrs.update(read_notes(self.folder, name))
        return frame

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name.lower()}" for name, n in self.manifest.subjects.by_status.items())
        return f"Run({str(self.folder)!r}: {self.manifest.study.name}, {self.manifest.state}, {counts})"


def open_run(folder: str | Path) -> Run:
    """The run in ``folder``.

    Raises
    ------
    InvalidInput
        The folder is not one that a run was written to.
    """
    return Run(folder)
