"""What libSBML finds wrong with a document, in the child process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allodynia.model.read.precheck import Survey
from allodynia.model.read.refusal import Refusal

# Packages whose elements may be ignored even where a file says they are required.
_HARMLESS = frozenset({"l3v2extendedmath"})


def check(document: Any, found: Survey, *, strict: bool, line_of: Callable[..., int | None] | None) -> None:
    """Raise Refusal for what libSBML calls an error and, if ``strict``, for every unit that is missing or inconsistent."""
    import libsbml  # noqa: PLC0415 - loads a C++ library: child process only

    for package in found.required:
        if package not in _HARMLESS:
            raise Refusal("unsupported", f"the model needs the SBML package {package!r}, which is not supported")
    _raise_first(document, found, line_of, strict=False)
    if document.getModel() is None:
        raise Refusal("unreadable", "the document holds no model")
    for category in (
        libsbml.LIBSBML_CAT_MODELING_PRACTICE,
        libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
        *(() if strict else (libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,)),
    ):
        document.setConsistencyChecks(category, False)
    document.checkConsistency()
    _raise_first(document, found, line_of, strict=strict)


def _raise_first(document: Any, found: Survey, line_of: Callable[..., int | None] | None, *, strict: bool) -> None:
    import libsbml  # noqa: PLC0415

    worst: list[tuple[str, Any]] = []
    for index in range(document.getNumErrors()):
        error = document.getError(index)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            worst.append(("unreadable", error))
        elif strict and error.getCategory() == libsbml.LIBSBML_CAT_UNITS_CONSISTENCY:
            worst.append(("units", error))
        elif strict and error.getErrorId() in _UNIT_DECLARATIONS:
            worst.append(("units", error))
    if not worst:
        return
    kind, error = worst[0]
    line: int | None = int(error.getLine()) or None
    element = found.element_at(line)
    if line_of is not None:
        line = line_of(element, "rule", "rate", "reaction", "set", "declared") if element else None
    said = _said(error)
    more = f" (and {len(worst) - 1} more)" if len(worst) > 1 else ""
    about = f"{element!r}: " if element else ""
    raise Refusal("units" if kind == "units" else "unreadable", f"{about}{said}{more}", line=line, element=element)


# Wrong units on compartments, species and parameters, which libSBML counts among general errors or warnings.
_UNIT_DECLARATIONS = frozenset({20217, 20511, 20608, 20701, 20406, 20407, 20408, 20409, 20410, 20509, 20515})


def _said(error: Any) -> str:
    """The last sentence of a libSBML message, which is about this model; the rest quotes the specification."""
    lines = [line.strip() for line in error.getMessage().strip().splitlines() if line.strip()]
    last = lines[-1] if lines else error.getShortMessage()
    if last.startswith("Reference:"):
        last = lines[0]
    return " ".join(last.split())[:600]
