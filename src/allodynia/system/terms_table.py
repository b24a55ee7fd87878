"""What the quantities of the system are in public vocabularies: proteins, chemicals, cells, tissues, genes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from allodynia import yamltext
from allodynia.errors import InvalidInput, unknown
from allodynia.model.write.annotations import Term, read_term
from allodynia.system.fields import mapping, names
from allodynia.system.load import FOLDER, System

HUMAN = "human"
OF_HUMANS = frozenset({"uniprot", "hgnc"})
"""Vocabularies whose terms in the table are those of humans."""


def load_terms(system: System, folder: Path | None = None) -> dict[str, list[Term]]:
    """Terms by quantity id, and under "" those of the species.

    Quantities of modules that are not part of ``system`` are left out. In an animal, what ``is`` a protein or gene of
    humans is written as homologous to it, and what has another relation to one goes without.

    Raises
    ------
    InvalidInput
        A quantity that its module does not have, an unknown qualifier or vocabulary, an identifier of the wrong form;
        with file and line.
    """
    document = yamltext.load((folder or FOLDER) / "terms.yaml", "terms.yaml")
    quantities = (*system.ode.states, *system.ode.parameters, *system.ode.observables)
    known = {quantity.id for quantity in quantities}
    found: dict[str, list[Term]] = {}
    for section, key in (("species", ""), ("quantities", None)):
        for name, entry in mapping(document, (section,), section).items():
            where = document.where((section, name))
            if not isinstance(entry, dict):
                raise InvalidInput(f"{name!r} needs qualifiers, such as {{is: [uniprot:P01375]}}", where=where)
            if key == "" and name != system.species:
                continue
            if key is None and not _part(name, system.modules, known):
                if name.partition(".")[0] in system.modules:
                    raise unknown("quantity", name, known, where=where)
                continue
            terms = []
            for qualifier in entry:
                for text in names(entry, qualifier, name, where):
                    try:
                        terms.append(read_term(qualifier, text))
                    except InvalidInput as error:
                        raise InvalidInput(f"{name!r}: {error.message}", where=where) from None
            if system.species != HUMAN:
                terms = _of_animals(terms)
            if terms:
                found[name if key is None else key] = terms
    return found


def _of_animals(terms: Iterable[Term]) -> list[Term]:
    """The terms that hold of an animal."""
    return [
        replace(term, qualifier="isHomologTo") if term.collection in OF_HUMANS else term
        for term in terms
        if term.collection not in OF_HUMANS or term.qualifier == "is"
    ]


def _part(name: str, modules: Collection[str], known: Collection[str]) -> bool:
    return name.partition(".")[0] in modules and name in known
