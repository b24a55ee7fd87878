"""Trajectories on disk: the same bits back, and a half-written store that is still a store."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.runs.read import open_trajectories
from allodynia.runs.trajectories import FOLDER, Layout, Output, TrajectoryStore

SOLVED, TOO_STIFF, NOT_RUN = 0, 3, 9


def layout(n: int = 10, block: int = 4) -> Layout:
    return Layout(
        times=np.array([0.0, 0.1, 1 / 3, 28.0]),
        time_unit="d",
        outputs=(Output("igg.c_plasma", "mg/mL", "human IgG in plasma"), Output("symptom.paw_pressure", "g")),
        subjects={
            "arm": np.array(["fm_igg", "contrôle µ"] * (n // 2)),
            "donor": np.arange(n) // 2,
        },
        statuses={"SOLVED": SOLVED, "TOO_STIFF": TOO_STIFF, "NOT_RUN": NOT_RUN},
        not_run=NOT_RUN,
        block=block,
    )


def awkward(shape: tuple[int, ...]) -> np.ndarray:
    """Doubles of every kind, by their bits: subnormal, huge, negative zero, NaN and infinity among them."""
    bits = np.random.default_rng(7).integers(0, 2**64, size=shape, dtype=np.uint64)
    values = bits.view(np.float64)
    values.flat[:4] = [-0.0, 5e-324, np.inf, np.nan]
    return values


def test_xarray_reads_the_same_bits_without_a_warning(tmp_path: Path) -> None:
    wanted, plan = awkward((10, 4, 2)), layout()
    store = TrajectoryStore(tmp_path, plan, {"study": "a study"})
    for first in (8, 0, 4):  # blocks finish in any order
        store.write(
            first,
            wanted[first : first + 4],
            np.zeros(len(wanted[first : first + 4]), dtype=np.int32),
            np.full(len(wanted[first : first + 4]), np.nan),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = open_trajectories(tmp_path).load()
    assert dict(dataset.sizes) == {"subject": 10, "time": 4}
    for k, output in enumerate(plan.outputs):
        assert dataset[output.id].dims == ("subject", "time")
        assert dataset[output.id].values.tobytes() == wanted[:, :, k].tobytes()
        assert dataset[output.id].attrs["units"] == output.unit
    assert dataset["time"].values.tobytes() == plan.times.tobytes()
    assert dataset["time"].attrs["units"] == "d"
    assert list(dataset["arm"].values) == list(plan.subjects["arm"])
    assert list(dataset["donor"].values) == list(plan.subjects["donor"])
    assert {"arm", "donor", "status", "failed_at"} <= set(dataset.coords)
    assert (dataset["status"].values == SOLVED).all()
    assert dataset.attrs["study"] == "a study"


def test_what_was_not_finished_reads_as_not_run(tmp_path: Path) -> None:
    store = TrajectoryStore(tmp_path, layout())
    values, failed = np.ones((4, 4, 2)), np.array([np.nan, 2.5, np.nan, np.nan])
    store.write(4, values, np.array([SOLVED, TOO_STIFF, SOLVED, SOLVED]), failed)
    dataset = open_trajectories(tmp_path).load()
    assert list(dataset["status"].values) == [NOT_RUN] * 4 + [SOLVED, TOO_STIFF, SOLVED, SOLVED] + [NOT_RUN] * 2
    done = dataset["symptom.paw_pressure"].values
    assert (done[4:8] == 1).all()
    assert np.isnan(done[:4]).all() and np.isnan(done[8:]).all()
    assert dataset["failed_at"].values[5] == 2.5
    flags = dataset["status"].attrs
    assert dict(zip(flags["flag_meanings"].split(), flags["flag_values"], strict=True)) == layout().statuses


def test_the_status_of_a_block_appears_after_its_trajectories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped at any write, a block is either whole or says "not run"."""
    import allodynia.runs.trajectories as module

    order: list[str] = []
    real = module.write_bytes
    store = TrajectoryStore(tmp_path, layout())

    def spy(path: Path, data: bytes) -> None:
        order.append(path.relative_to(tmp_path / FOLDER).parts[0])
        real(path, data)

    monkeypatch.setattr(module, "write_bytes", spy)
    store.write(0, np.zeros((4, 4, 2)), np.zeros(4, dtype=int), np.full(4, np.nan))
    assert order[-1] == "status"
    assert set(order[:-1]) == {"igg.c_plasma", "symptom.paw_pressure", "failed_at"}


@pytest.mark.parametrize("name", ["../escape", "a/b", ".hidden", "", "a\\b", "zarr json", "x" * 300])
def test_a_name_that_would_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    plan = layout()
    hostile = Layout(plan.times, "d", (Output(name, "g"),), plan.subjects, plan.statuses, NOT_RUN, 4)
    with pytest.raises(InvalidInput, match="cannot name a file"):
        TrajectoryStore(tmp_path, hostile)


@pytest.mark.parametrize(("first", "m"), [(1, 4), (0, 3), (4, 5), (8, 1)])
def test_a_block_that_is_no_chunk_is_refused(tmp_path: Path, first: int, m: int) -> None:
    store = TrajectoryStore(tmp_path, layout())
    with pytest.raises(ValueError, match="not one block"):
        store.write(first, np.zeros((m, 4, 2)), np.zeros(m, dtype=int), np.full(m, np.nan))


def test_the_metadata_of_the_root_is_that_of_each_array(tmp_path: Path) -> None:
    """Readers with and without consolidated metadata see the same store."""
    TrajectoryStore(tmp_path, layout())
    root = json.loads((tmp_path / FOLDER / "zarr.json").read_text(encoding="utf-8"))
    inline = root["consolidated_metadata"]["metadata"]
    on_disk = {path.parent.name for path in (tmp_path / FOLDER).glob("*/zarr.json")}
    assert set(inline) == on_disk
    for name, document in inline.items():
        assert json.loads((tmp_path / FOLDER / name / "zarr.json").read_text(encoding="utf-8")) == document
