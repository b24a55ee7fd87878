"""A PEtab problem from its YAML file: every table read, every id known, every number a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from allodynia import yamltext
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.problem.tables import Condition, Measurement, Noise, Observable, Parameter, Scale, Tables
from allodynia.problem.tsv import Row, parse

SCALES = ("lin", "log", "log10")
NOISES = ("normal", "laplace", "log-normal", "log-laplace")
LARGEST_TABLE = 200_000_000
_FILES = ("sbml_files", "condition_files", "observable_files", "measurement_files")
_KNOWN = (*_FILES, "visualization_files")

R = TypeVar("R")


def read_tables(path: str | Path) -> Tables:
    """The tables of the problem in a YAML file; the files it names lie in its folder or next to it.

    Raises
    ------
    InvalidInput
        A file is missing or cannot be read as what it should be, an id is unknown or comes twice, a number is none;
        with file and line.
    """
    path = Path(path)
    document = yamltext.load(path)
    data = document.data
    if not isinstance(data, dict):
        raise InvalidInput("not a PEtab problem: it needs 'parameter_file' and 'problems'", where=document.where())
    version = str(data.get("format_version", ""))
    if version.split(".", maxsplit=1)[0] != "1":
        raise InvalidInput(
            f"PEtab format_version {version or 'is missing'}; version 1 is read",
            where=document.where(("format_version",)),
        )
    problems = data.get("problems")
    if not isinstance(problems, list) or len(problems) != 1 or not isinstance(problems[0], dict):
        raise InvalidInput("'problems' must list exactly one problem", where=document.where(("problems",)))
    files = _Files(path.parent, document)
    part: dict[str, Any] = problems[0]
    for key in part:
        if key not in _KNOWN:
            raise unknown("key", key, _KNOWN, where=document.where(("problems", 0, key)))
    models = files.named(part.get("sbml_files"), ("problems", 0, "sbml_files"))
    if len(models) != 1:
        raise InvalidInput("'sbml_files' must name exactly one model", where=document.where(("problems", 0)))

    def tables(key: str, required: tuple[str, ...]) -> list[tuple[list[str], list[Row]]]:
        found = files.named(part.get(key), ("problems", 0, key))
        if not found:
            raise InvalidInput(f"{key!r} names no file", where=document.where(("problems", 0)))
        return [parse(text, name, required) for name, text in found]

    parameter_files = files.named(data.get("parameter_file"), ("parameter_file",))
    parameters = _by_id(
        [row for name, text in parameter_files for row in parse(text, name, ("parameterId", "estimate"))[1]],
        "parameterId", _parameter,
    )  # fmt: skip
    condition_tables = tables("condition_files", ("conditionId",))
    conditions = _by_id([row for _, rows in condition_tables for row in rows], "conditionId", _condition)
    observables = _by_id(
        [row for _, rows in tables("observable_files", ("observableId", "observableFormula")) for row in rows],
        "observableId", _observable,
    )  # fmt: skip
    required = ("observableId", "simulationConditionId", "measurement", "time")
    measurements = tuple(
        _measurement(row, conditions, observables) for _, rows in tables("measurement_files", required) for row in rows
    )
    if not measurements:
        raise InvalidInput("there is no measurement, so there is nothing to simulate", where=document.where())
    columns = dict.fromkeys(column for header, _ in condition_tables for column in header)
    return Tables(
        name=path.stem if path.stem != "problem" else path.resolve().parent.name,
        where=Where(str(path)),
        model_file=models[0][0],
        model_text=models[0][1],
        parameters=parameters,
        conditions=conditions,
        observables=observables,
        measurements=measurements,
        overridden=tuple(column for column in columns if column and column not in {"conditionId", "conditionName"}),
    )


class _Files:
    """The files that a problem names: text files in its folder or next to it, never a web address or a way out."""

    def __init__(self, folder: Path, document: yamltext.Document) -> None:
        self._folder = folder
        self._document = document

    def named(self, value: Any, key: tuple[str | int, ...]) -> list[tuple[str, str]]:
        """Name (as a person would open it) and text of each file under a key."""
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise InvalidInput(f"{key[-1]!r} must name files", where=self._document.where(key[:-1]))
        return [(str(self._folder / name), self._text(name, self._document.where(key))) for name in names]

    def _text(self, name: str, where: Where) -> str:
        path = self._folder / name
        if "://" in name or not path.resolve().is_relative_to(self._folder.resolve().parent):
            raise InvalidInput(f"{name!r} is not a file in the problem's own folder, or next to it", where=where)
        try:
            if path.stat().st_size > LARGEST_TABLE:
                raise InvalidInput(f"{name!r} is larger than {LARGEST_TABLE:,} bytes", where=where)
            return path.read_text(encoding="utf-8")
        except OSError as problem:
            raise InvalidInput(f"cannot read {name!r}: {problem.strerror or problem}", where=where) from None
        except UnicodeDecodeError:
            raise InvalidInput(f"{name!r} is not UTF-8 text", where=where) from None


def _by_id(rows: list[Row], column: str, make: Callable[[str, Row], R]) -> dict[str, R]:
    found: dict[str, R] = {}
    for row in rows:
        identifier = row.identifier(column)
        if identifier in found:
            raise InvalidInput(f"{column} {identifier!r} comes twice", where=row.where)
        found[identifier] = make(identifier, row)
    return found


def _parameter(identifier: str, row: Row) -> Parameter:
    estimate = row.choice("estimate", ("0", "1", "0.0", "1.0", "true", "false"), "1") in {"1", "1.0", "true"}
    lower, upper = (row.number(name) if row.get(name) else None for name in ("lowerBound", "upperBound"))
    if lower is not None and upper is not None and lower > upper:
        raise InvalidInput(f"the lower bound of {identifier!r} is above its upper bound", where=row.where)
    return Parameter(
        id=identifier,
        name=row.get("parameterName", identifier),
        scale=cast("Scale", row.choice("parameterScale", SCALES, "lin")),
        lower=lower,
        upper=upper,
        nominal=row.number("nominalValue"),
        estimate=estimate,
        where=row.where,
    )


def _condition(identifier: str, row: Row) -> Condition:
    columns = [name for name in row.cells if name not in {"conditionId", "conditionName"}]
    given = {name: row.value(name) for name in columns}
    values = {name: value for name, value in given.items() if value is not None}
    return Condition(identifier, row.get("conditionName", identifier), values, row.where)


def _observable(identifier: str, row: Row) -> Observable:
    transformation = row.choice("observableTransformation", SCALES, "lin")
    noise = row.choice("noiseDistribution", NOISES, "normal")
    if noise.startswith("log-"):
        if transformation == "log10":
            raise InvalidInput(f"noise {noise!r} is on the log scale, not on log10; give one of them", where=row.where)
        transformation, noise = "log", noise.removeprefix("log-")
    return Observable(
        id=identifier,
        name=row.get("observableName", identifier),
        formula=row.text("observableFormula"),
        noise_formula=row.text("noiseFormula"),
        transformation=cast("Scale", transformation),
        noise=cast("Noise", noise),
        where=row.where,
    )


def _measurement(row: Row, conditions: Mapping[str, Condition], observables: Mapping[str, Observable]) -> Measurement:
    observable, condition = row.text("observableId"), row.text("simulationConditionId")
    before = row.get("preequilibrationConditionId") or None
    if observable not in observables:
        raise unknown("observable", observable, observables, where=row.where)
    for name in (condition, before):
        if name is not None and name not in conditions:
            raise unknown("condition", name, conditions, where=row.where)
    value, time = row.number("measurement"), row.number("time", infinite=True)
    if time < 0:
        raise InvalidInput(f"time {time} is before the start of a simulation, which is 0", where=row.where)
    if observables[observable].transformation != "lin" and value <= 0:
        raise InvalidInput(
            f"measurement {value} of {observable!r} is compared by its logarithm, and has none", where=row.where
        )
    return Measurement(
        observable=observable,
        preequilibration=before,
        condition=condition,
        value=value,
        time=time,
        observable_parameters=row.values("observableParameters"),
        noise_parameters=row.values("noiseParameters"),
        dataset=row.get("datasetId"),
        replicate=row.get("replicateId"),
        where=row.where,
    )
