"""Models made of submodels (the SBML package ``comp``) as one flat model, in the child process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from allodynia.model.read.refusal import Refusal
from allodynia.model.read.unfold import Endless, unfolded

# Elements of the flat model.
_LARGEST = 200_000

LineOf = Callable[..., int | None]


def survey_submodels(document: Any) -> None:
    """Raise Refusal for submodels that stand in other files, contain themselves, or unfold to too much."""
    plugin = document.getPlugin("comp")
    if plugin is None:
        return
    for index in range(plugin.getNumExternalModelDefinitions()):
        external = plugin.getExternalModelDefinition(index)
        name = external.getId()
        message = f"submodel {name!r} is in another file, which is not read; put its model into this one"
        raise Refusal("unsupported", message, line=int(external.getLine()) or None, element=name)
    models = {"": document.getModel()}
    for index in range(plugin.getNumModelDefinitions()):
        definition = plugin.getModelDefinition(index)
        models[definition.getId()] = definition
    own = {name: _size(model) for name, model in models.items()}
    uses = {name: [submodel.getModelRef() for submodel in _submodels(model)] for name, model in models.items()}
    try:
        size = unfolded(own, uses)[""]
    except Endless as endless:
        line = int(models[endless.part].getLine()) or None
        message = f"model {endless.part!r} contains itself"
        raise Refusal("unreadable", message, line=line, element=endless.part) from None
    if size > _LARGEST:
        raise Refusal("unreadable", f"flat, the model has {size:,} elements, more than {_LARGEST:,}")


def flatten(document: Any) -> bool:
    """Put every submodel of ``document`` in its place; False if there are none. Lines stay those of the text."""
    import libsbml

    if document.getPlugin("comp") is None:
        return False
    options = libsbml.ConversionProperties()
    options.addOption("flatten comp", True)
    options.addOption("performValidation", False)
    options.addOption("leavePorts", False)
    options.addOption("abortIfUnflattenable", "requiredOnly")
    document.getErrorLog().clearLog()
    if document.convert(options) != libsbml.LIBSBML_OPERATION_SUCCESS or document.getModel() is None:
        errors = [document.getError(i) for i in range(document.getNumErrors())]
        said = next((e.getMessage() for e in errors if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR), "")
        line = next((int(e.getLine()) for e in errors if e.getLine()), None)
        what = " ".join(said.split())[:300] or "libSBML gives no reason"
        raise Refusal("unreadable", f"its submodels do not make one model: {what}", line=line)
    return True


def _submodels(model: Any) -> Iterator[Any]:
    plugin = model.getPlugin("comp")
    if plugin is not None:
        yield from (plugin.getSubmodel(index) for index in range(plugin.getNumSubmodels()))


def _size(model: Any) -> int:
    counts = (
        model.getNumCompartments(), model.getNumSpecies(), model.getNumParameters(), model.getNumReactions(),
        model.getNumRules(), model.getNumEvents(), model.getNumInitialAssignments(),
        model.getNumFunctionDefinitions(),
    )  # fmt: skip
    return 1 + int(sum(counts))
