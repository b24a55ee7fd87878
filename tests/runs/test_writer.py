"""A run folder from its first block to the last word of its manifest."""

import copy
import json
import signal
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pydantic
import pytest

from allodynia.cache import digest
from allodynia.runs.manifest import Manifest, ModelPart, StudyPart, read_manifest, schema
from allodynia.runs.parquet import read_notes, read_table
from allodynia.runs.read import open_trajectories
from allodynia.runs.trajectories import Output, TrajectoryStore
from allodynia.runs.writer import RunWriter


@dataclass(frozen=True)
class Meta:
    """What a study tells its sink, as the study's own class has it."""

    times: np.ndarray
    time_unit: str
    outputs: tuple[Output, ...]
    subjects: dict[str, np.ndarray]
    block: int


META = Meta(
    times=np.array([0.0, 1.0]),
    time_unit="d",
    outputs=(Output("symptom.paw_pressure", "g", "paw pressure"),),
    subjects={"arm": np.array(["a", "a", "b", "b"])},
    block=2,
)


NOT_FAILED = np.full(2, np.nan)


def writer(out: Path) -> RunWriter:
    text = "name: tiny\ntitle: two mice\n"
    return RunWriter(
        StudyPart(name="tiny", title="two mice", digest=digest(text), text=text),
        ModelPart(name="m", digest=digest("m"), values_digest=digest("v"), states=3, parameters=5),
        seed=1,
        arguments={"subjects": None, "edges": {"ada": 0.0}},
        statuses={"SOLVED": 0, "STEP_TOO_SMALL": 2, "NOT_RUN": 7},
        not_run=7,
        out=out,
    )


def test_a_finished_run_says_so_and_counts_its_subjects(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with writer(out) as run:
        run.widths = {8, 4}
        run.widths = {8, 4}
        run.on_start(META)
        assert read_manifest(out).state == "running"
        run.on_block(0, np.ones((2, 2, 1)), np.array([0, 2]), np.array([np.nan, 0.5]))
        run.on_block(2, np.ones((2, 2, 1)), np.array([0, 0]), NOT_FAILED)
    manifest = read_manifest(out)
    assert manifest.state == "finished"
    assert manifest.machine.vector_width == 4
    assert manifest.subjects.model_dump() == {"total": 4, "by_status": {"SOLVED": 3, "STEP_TOO_SMALL": 1}}
    assert manifest.finished is not None and manifest.finished >= manifest.started
    assert manifest.arguments == {"subjects": None, "edges": {"ada": 0.0}}
    assert manifest.study.text == "name: tiny\ntitle: two mice\n"
    assert manifest == run.manifest


def test_ctrl_c_keeps_what_was_finished(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt), writer(out) as run:
        run.on_start(META)
        run.on_block(0, np.full((2, 2, 1), 3.5), np.zeros(2, dtype=int), NOT_FAILED)
        raise KeyboardInterrupt
    manifest = read_manifest(out)
    assert (manifest.state, manifest.subjects.by_status) == ("interrupted", {"NOT_RUN": 2, "SOLVED": 2})
    dataset = open_trajectories(out).load()
    assert (dataset["symptom.paw_pressure"].values[:2] == 3.5).all()
    assert list(dataset["status"].values) == [0, 0, 7, 7]


def test_ctrl_c_does_not_come_between_a_block_and_its_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = TrajectoryStore.write

    def disturbed(self: TrajectoryStore, *block: Any) -> None:
        write(self, *block)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(TrajectoryStore, "write", disturbed)
    with pytest.raises(KeyboardInterrupt), writer(tmp_path / "run") as run:
        run.on_start(META)
        run.on_block(0, np.ones((2, 2, 1)), np.zeros(2, dtype=int), NOT_FAILED)
    manifest = read_manifest(tmp_path / "run")
    assert manifest.state == "interrupted"
    assert manifest.subjects.by_status["SOLVED"] == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_breaks_says_why(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writer(tmp_path / "run") as run:
        run.on_start(META)
        _ = 1 / 0
    manifest = read_manifest(tmp_path / "run")
    assert manifest.state == "failed"
    assert manifest.error == "ZeroDivisionError: division by zero"


def test_nothing_is_written_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no folder"), writer(tmp_path / "run") as run:
        _ = run.folder
    assert list(tmp_path.iterdir()) == []


def test_endpoints_read_back_bit_for_bit_with_their_units(tmp_path: Path) -> None:
    values = np.array([0.1, -0.0, 5e-324, np.nan])
    columns = {
        "subject": np.arange(4),
        "arm": np.array(["a", "it's", "µ", "b"]),
        "value": values,
    }
    notes = {"value": "what was measured, in 'unit'", "subject": "row of the cohort"}
    with writer(tmp_path / "run") as run:
        run.on_start(META)
        run.table("endpoints", columns, notes)
    read = read_table(tmp_path / "run", "endpoints")
    assert read["value"].tobytes() == values.tobytes()
    assert list(read["arm"]) == list(columns["arm"])
    assert list(read["subject"]) == [0, 1, 2, 3]
    assert read_notes(tmp_path / "run", "endpoints") == notes


def written(tmp_path: Path) -> dict[str, Any]:
    with writer(tmp_path / "run") as run:
        run.on_start(META)
    return dict(json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8")))


def test_the_manifest_keeps_its_published_schema(tmp_path: Path) -> None:
    jsonschema.validate(written(tmp_path), schema())
    published, coded = schema(), Manifest.model_json_schema(mode="serialization")
    assert set(published["properties"]) == set(coded["properties"])
    assert {name: set(part["properties"]) for name, part in published["$defs"].items()} == {
        name: set(part["properties"]) for name, part in coded["$defs"].items()
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("state",), "done"),
        (("started",), "yesterday"),
        (("model", "digest"), "abc"),
        (("subjects", "total"), -1),
        (("subjects", "by_status", "SOLVED"), -1),
        (("surprise",), 1),
        (("study",), None),
    ],
)
def test_a_wrong_manifest_is_refused_by_schema_and_reader(tmp_path: Path, path: tuple[str, ...], value: object) -> None:
    wrong = copy.deepcopy(written(tmp_path))
    part = wrong
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema())
    with pytest.raises(pydantic.ValidationError):
        Manifest.model_validate(wrong)


def test_the_schema_is_in_the_package() -> None:
    assert (resources.files("allodynia.runs") / "manifest.schema.json").is_file()
