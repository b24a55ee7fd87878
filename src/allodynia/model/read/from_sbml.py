"""SBML text to a :class:`~allodynia.model.text.ModelText`, with libSBML, in the child process."""

from __future__ import annotations

from collections.abc import Callable

from allodynia.errors import AllodyniaError, UnitMismatch
from allodynia.model.read.consistency import check, raise_first
from allodynia.model.read.extraction import Extraction
from allodynia.model.read.flatten import flatten, survey_submodels
from allodynia.model.read.limits import Limits
from allodynia.model.read.precheck import survey
from allodynia.model.read.refusal import Kind, Refusal
from allodynia.model.text import ModelText
from allodynia.model.unit_check import check_units

_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"
LineOf = Callable[..., int | None]


def read_document(
    text: str,
    name: str,
    limits: Limits,
    *,
    strict: bool,
    exact: Callable[[float], float],
    line_of: LineOf | None = None,
) -> ModelText:
    """The model that SBML ``text`` holds.

    ``exact`` restores literals (the identity for a user's SBML). ``line_of(id, *roles)`` gives lines of another text
    that the SBML was made from; without it, lines are those of the SBML.
    """
    import libsbml

    found, clean = survey(text, limits)
    # Left to itself, libSBML adds the declaration on a line of its own, and every line it names is one too high.
    declared = clean.lstrip("\ufeff").startswith("<?xml")
    document = libsbml.readSBMLFromString(clean if declared else f"{_DECLARATION}{clean}")
    raise_first(document, found, strict=False, line_of=line_of)
    if document.getModel() is None:
        raise Refusal("unreadable", "the document holds no model")

    def extraction() -> Extraction:
        model = document.getModel()
        return Extraction(model, name, lambda value: exact(found.exact(value)), line_of, strict, found.level)

    survey_submodels(document)
    check(document, found, extraction().bodies(), strict=strict, line_of=line_of)
    if flatten(document):
        check(document, found, extraction().bodies(), strict=strict, line_of=line_of)
    model = extraction().model()
    if strict:
        _check_units(model)
        raise_first(document, found, strict=True, line_of=line_of)
    return model


def _check_units(model: ModelText) -> None:
    try:
        check_units(model)
    except AllodyniaError as error:
        kind: Kind = "units" if isinstance(error, UnitMismatch) else "invalid"
        raise Refusal(kind, error.message, line=error.where.line if error.where else None) from None
