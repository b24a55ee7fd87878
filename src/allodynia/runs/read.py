"""Reading a run folder back, whatever wrote it and wherever it lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allodynia.errors import InvalidInput
from allodynia.runs.trajectories import FOLDER

if TYPE_CHECKING:
    import xarray


def open_trajectories(folder: Path) -> xarray.Dataset:
    """The trajectories of a run, read lazily: dimensions subject and time, one variable an output, units in ``attrs``.

    Raises
    ------
    InvalidInput
        The folder holds no trajectories.
    """
    import xarray as xr  # here: half a second that the results table need not wait for

    path = folder / FOLDER
    if not (path / "zarr.json").is_file():
        raise InvalidInput(f"{folder} holds no trajectories; name a run folder that 'allodynia run' has written")
    dataset: xarray.Dataset = xr.open_zarr(path)
    return dataset
