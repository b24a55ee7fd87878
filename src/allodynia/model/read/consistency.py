"""What libSBML finds wrong with a document, in the child process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from allodynia.model.read.precheck import Survey
from allodynia.model.read.refusal import Refusal
from allodynia.model.read.unfold import Endless, unfolded
from allodynia.model.text import Call, Math

# Packages that are understood, where a file says they are required.
_UNDERSTOOD = frozenset({"l3v2extendedmath", "comp"})
# Unknown or unfit units on models, compartments, species and parameters: no number depends on them unless units are
# strict.
_UNIT_DECLARATIONS = frozenset({10313, 20216, 20217, 20218, 20219, 20220, 20221, 20511, 20608, 20701})
# libSBML writes functions out to check units. Where the square of that is more than this many tokens it is left to us.
_WRITTEN_OUT = 1 << 25

LineOf = Callable[..., "int | None"]


def check(document: Any, found: Survey, bodies: Mapping[str, Math], *, strict: bool, line_of: LineOf | None) -> None:
    """Let libSBML check the document, its units too if ``strict``, and raise Refusal for what it calls an error.

    ``bodies`` are those of the functions that the model defines, by id. What it says about units is left noted in the
    document, for :func:`raise_first` to raise when our own check, which speaks more plainly, has found nothing.
    """
    import libsbml

    for package in found.required:
        if package not in _UNDERSTOOD:
            raise Refusal("unsupported", f"the model needs the SBML package {package!r}, which is not supported")
    size = written_out(bodies)
    general = libsbml.LIBSBML_CAT_GENERAL_CONSISTENCY
    skipped = [general, libsbml.LIBSBML_CAT_MODELING_PRACTICE, libsbml.LIBSBML_CAT_SBO_CONSISTENCY]
    if not strict or size**2 > _WRITTEN_OUT:
        skipped.append(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY)
    others = [category for category in _categories() if category != general]
    for part, left_out in ((severed(document), others), (document, skipped)):
        for category in left_out:
            part.setConsistencyChecks(category, False)
        part.checkConsistency()
        raise_first(part, found, strict=False, line_of=line_of)


def _categories() -> list[int]:
    """Every kind of check that libSBML can leave out."""
    import libsbml

    kinds = ("GENERAL", "IDENTIFIER", "UNITS", "STRICT_UNITS", "MATHML", "SBO")
    found = [getattr(libsbml, f"LIBSBML_CAT_{kind}_CONSISTENCY") for kind in kinds]
    return [*found, libsbml.LIBSBML_CAT_OVERDETERMINED_MODEL, libsbml.LIBSBML_CAT_MODELING_PRACTICE]


def severed(document: Any) -> Any:
    """A copy in which no formula refers to what another formula decides, and no function calls another.

    libSBML follows such references to the end, from every formula anew, which takes the fourth power of the length of
    a chain and is without end for a tower of functions. Circles are all that it looks for there; they are refused
    elsewhere, in time that grows with the text.
    """
    copy = document.clone()
    submodels = copy.getPlugin("comp")
    inner = range(0 if submodels is None else submodels.getNumModelDefinitions())
    for model in (copy.getModel(), *(submodels.getModelDefinition(index) for index in inner)):
        _sever(model)
    return copy


def _sever(model: Any) -> None:
    import libsbml

    number = libsbml.parseL3Formula("1")
    decided = [rule for rule in model.getListOfRules() if rule.isAssignment()]
    for owner in (*decided, *model.getListOfInitialAssignments()):
        if owner.isSetMath():
            owner.setMath(number)
    for function in model.getListOfFunctionDefinitions():
        if function.isSetMath():
            formula = function.getMath().deepCopy()
            stack = [formula]
            while stack:
                node = stack.pop()
                if node.getType() == libsbml.AST_FUNCTION:
                    node.setType(libsbml.AST_PLUS)
                stack.extend(node.getChild(i) for i in range(node.getNumChildren()))
            function.setMath(formula)


def written_out(bodies: Mapping[str, Math]) -> int:
    """How many tokens the largest function is, with every function it calls put in its place.

    Raises Refusal for functions that call themselves, which have no end.
    """
    own = {name: len(body) for name, body in bodies.items()}
    uses = {name: [token.function for token in body if isinstance(token, Call)] for name, body in bodies.items()}
    try:
        return max(unfolded(own, uses).values(), default=0)
    except Endless as endless:
        raise Refusal("unreadable", f"function {endless.part!r} calls itself", element=endless.part) from None


def raise_first(document: Any, found: Survey, *, strict: bool, line_of: LineOf | None) -> None:
    """Raise Refusal for the first thing libSBML has noted so far that is wrong, or a wrong unit if ``strict``."""
    import libsbml

    worst: list[tuple[bool, Any]] = []
    for index in range(document.getNumErrors()):
        error = document.getError(index)
        units = error.getCategory() == libsbml.LIBSBML_CAT_UNITS_CONSISTENCY or error.getErrorId() in _UNIT_DECLARATIONS
        if (units and strict) or (not units and error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR):
            worst.append((units, error))
    if not worst:
        return
    units, error = worst[0]
    line: int | None = int(error.getLine()) or None
    element = found.element_at(line)
    if line_of is not None:
        line = line_of(element, "rule", "rate", "reaction", "set", "declared") if element else None
    more = f" (and {len(worst) - 1} more)" if len(worst) > 1 else ""
    about = f"{element!r}: " if element else ""
    raise Refusal("units" if units else "unreadable", f"{about}{_said(error)}{more}", line=line, element=element)


def _said(error: Any) -> str:
    """The last sentence of a libSBML message, which is about this model; the rest quotes the specification."""
    lines = [line.strip() for line in error.getMessage().strip().splitlines() if line.strip()]
    last = lines[-1] if lines else error.getShortMessage()
    if last.startswith("Reference:"):
        last = lines[0]
    return " ".join(last.split())[:400]
