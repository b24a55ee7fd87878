"""Modules as text: which there are, what each holds, and the units of what it names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from allodynia.errors import InvalidInput, unknown
from allodynia.model import ModelText, Unit, read_antimony_modules
from allodynia.model.quantities import TextUnits
from allodynia.system.fields import names, only
from allodynia.system.rows import ModuleInfo
from allodynia.yamltext import Document


def read_modules(
    root: Path, wiring: Document, chosen: Collection[str] | None = None, also: Collection[str] = ()
) -> tuple[dict[str, ModelText], dict[str, ModuleInfo]]:
    """The modules that the wiring lists, or those of them that are ``chosen``, and those ``also`` of its optional ones,
    as model texts and as what a person wants to know of them.

    Raises
    ------
    InvalidInput
        A module that has no text in ``root/modules``, or is listed twice; one chosen that the wiring does not list;
        anything in a text that cannot be used.
    """
    data = wiring.data if isinstance(wiring.data, dict) else {}
    only(data, ("modules", "optional", "chance", "inputs", "edges"), "the wiring", wiring.where())
    always = names(data, "modules", "the wiring", wiring.where(("modules",)))
    listed = (*always, *optional_modules(wiring))
    present = sorted(path.stem for path in (root / "modules").glob("*.ant"))
    for name in (*(chosen or ()), *also):
        if name not in listed:
            raise unknown("module", name, listed)
    sources_by_file: dict[str, str] = {}
    for position, name in enumerate(listed):
        where = wiring.where(("modules", position) if position < len(always) else ("optional", position - len(always)))
        if name not in present:
            raise unknown("module", name, present, where=where)
        if listed.index(name) != position:
            raise InvalidInput(f"module {name!r} is listed twice", where=where)
        sources_by_file[f"modules/{name}.ant"] = (root / "modules" / f"{name}.ant").read_text(encoding="utf-8")
    wanted = [name for name in listed if name in (always if chosen is None else chosen) or name in also]
    read = read_antimony_modules({f"modules/{name}.ant": sources_by_file[f"modules/{name}.ant"] for name in wanted})
    models = {name: read[f"modules/{name}.ant"] for name in wanted}
    modules = {name: describe(name, sources_by_file[f"modules/{name}.ant"], models[name]) for name in wanted}
    return models, modules


def optional_modules(wiring: Document) -> tuple[str, ...]:
    """The modules that are part of a system only where something asks for them."""
    data = wiring.data if isinstance(wiring.data, dict) else {}
    return names(data, "optional", "the wiring", wiring.where(("optional",)))


def describe(name: str, source: str, model: ModelText) -> ModuleInfo:
    """What a person wants to know of a module; the comment before ``model`` says what it is for."""
    head = [line.removeprefix("//").strip() for line in source.split("\nmodel ", 1)[0].splitlines()]
    states = tuple(rule.variable for rule in model.rate_rules)
    changed = {*states, *(rule.variable for rule in model.assignment_rules)}
    return ModuleInfo(
        id=name,
        purpose=" ".join(head).strip(),
        states=states,
        constants=tuple(p.id for p in model.parameters if p.constant),
        ports=tuple(p.id for p in model.parameters if not p.constant and p.id not in changed),
        where=model.where(None),
        text=source,
    )


def units_of(models: Mapping[str, ModelText]) -> Callable[[str], Unit]:
    """A function from ``module.name`` to its unit as the module declares it; it raises InvalidInput where none is."""
    tables = {name: TextUnits(model) for name, model in models.items()}

    def unit(identifier: str) -> Unit:
        module, _, name = identifier.partition(".")
        found = tables[module].symbol(name)
        if found is None:
            raise InvalidInput(f"{identifier!r} has no unit in its module", where=models[module].where(None))
        return found

    return unit
