"""Commented study files to begin with."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from allodynia.errors import InvalidInput, unknown

KINDS = ("trial", "animals")


def template(kind: str = "trial") -> str:
    """The text of a commented study file: a ``trial`` of people, or a study in ``animals``.

    Raises
    ------
    InvalidInput
        Another kind.
    """
    if kind not in KINDS:
        raise unknown("kind of study", kind, KINDS)
    return (resources.files("allodynia.study") / "templates" / f"{kind}.yaml").read_text(encoding="utf-8")


def write_template(name: str, kind: str = "trial") -> Path:
    """Write a commented study file called ``name`` (``.yaml`` is added) and return where it is.

    Raises
    ------
    InvalidInput
        There is such a file already, or it cannot be written here.
    """
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(template(kind))
    except FileExistsError:
        raise InvalidInput(f"{path} is there already, and nothing is overwritten; choose another name") from None
    except OSError as problem:
        raise InvalidInput(f"cannot write {path}: {problem.strerror or problem}") from None
    return path
