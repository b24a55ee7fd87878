"""Studies by name or from a user's own file; both are read the same way."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from allodynia import cache, yamltext
from allodynia.errors import InvalidInput, Where, nearest, unknown
from allodynia.study.complaints import complaint
from allodynia.study.spec import StudySpec
from allodynia.yamltext import Document

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Study:
    """A study as its file says it: ``spec`` is what it means, ``text`` what was written, ``where`` on which line.

    ``name`` is the file's name without its ending.
    """

    name: str
    spec: StudySpec
    text: str
    document: Document

    @property
    def digest(self) -> str:
        """A hash of the text: two studies with the same digest are the same study."""
        return cache.digest(self.text)

    def where(self, *path: str | int) -> Where:
        """The file and line of the entry at ``path``."""
        return self.document.where(path)


def study_names() -> list[str]:
    """The studies that come with the system."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _folder().iterdir() if entry.name.endswith(".yaml"))


def load_study(name_or_path: str | os.PathLike[str]) -> Study:
    """The study called so, or in the file at that path (anything that ends in .yaml or .yml, or has a folder in it).

    Raises
    ------
    InvalidInput
        No such study (the nearest names are offered), or something wrong in its file (the line is named).
    """
    text = os.fspath(name_or_path)
    if not isinstance(name_or_path, str) or text.endswith(SUFFIXES) or os.sep in text or "/" in text:
        path = Path(text)
        if not path.is_file():
            known = [*study_names(), *(str(entry) for entry in _siblings(path) if not entry.name.startswith("."))]
            if not nearest(text, known):
                raise InvalidInput(f"there is no study file {text!r}; 'allodynia studies' lists those that come along")
            raise unknown("study", text, known)
        return read_study(_text_of(path), path.stem, text)
    if text not in study_names():
        raise unknown("study", text, study_names())
    entry = _folder() / f"{text}.yaml"
    return read_study(entry.read_text(encoding="utf-8"), text, f"allodynia/system/studies/{text}.yaml")


def read_study(text: str, name: str, file: str) -> Study:
    """The study that ``text`` says; ``file`` is what to call it in messages."""
    document = yamltext.load(text, name=file)
    if not isinstance(document.data, dict):
        raise InvalidInput(
            "a study is a mapping: title, question, species, arms, endpoints, ...", where=document.where()
        )
    try:
        spec = StudySpec.model_validate(document.data)
    except ValidationError as error:
        raise complaint(error, document, StudySpec) from None
    return Study(name, spec, text, document)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a study file, for editors and other programs; ``schema.json`` beside this file holds the
    same.
    """
    schema = StudySpec.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "allodynia-study.schema.json", **schema}


def json_schema_text() -> str:
    """The published schema as text, exactly as it stands in ``schema.json``."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"


def _folder() -> Any:
    return resources.files("allodynia.system") / "studies"


def _siblings(path: Path) -> list[Path]:
    try:
        return [entry for entry in path.parent.iterdir() if entry.suffix in SUFFIXES]
    except OSError:
        return []


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > yamltext.LARGEST_TEXT:
            raise InvalidInput(f"larger than {yamltext.LARGEST_TEXT} bytes", where=Where(str(path)))
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot be read as text: {error}", where=Where(str(path))) from None
