"""Terms of public vocabularies on the elements of a document, in the form that MIRIAM asks for: RDF with one qualifier
and one resource each.

Novère et al., Nature Biotechnology 2005, doi 10.1038/nbt1156; qualifiers: biomodels.net/biology-qualifiers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from allodynia.errors import InvalidInput, unknown

QUALIFIERS = (
    "is",
    "isVersionOf",
    "hasPart",
    "isPartOf",
    "occursIn",
    "hasProperty",
    "hasTaxon",
    "isHomologTo",
    "encodes",
    "isEncodedBy",
)
"""The biological qualifiers that are written."""

COLLECTIONS: Mapping[str, re.Pattern[str]] = {
    "uniprot": re.compile(r"[OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d([A-Z][A-Z\d]{2}\d){1,2}"),
    "CHEBI": re.compile(r"\d+"),
    "UBERON": re.compile(r"\d{7}"),
    "CL": re.compile(r"\d{7}"),
    "hgnc": re.compile(r"\d{1,5}"),
    "GO": re.compile(r"\d{7}"),
    "taxonomy": re.compile(r"\d+"),
    "MONDO": re.compile(r"\d{7}"),
}
"""The vocabularies, as identifiers.org names them, and the form of their identifiers."""


@dataclass(frozen=True, slots=True)
class Term:
    """What an element is: ``collection:identifier`` under a qualifier."""

    qualifier: str
    collection: str
    identifier: str

    @property
    def uri(self) -> str:
        """Where identifiers.org resolves it."""
        return f"https://identifiers.org/{self.collection}:{self.identifier}"


Terms: TypeAlias = Mapping[str, Sequence[Term]]
"""Terms by quantity id; those under "" are about the model."""


def read_term(qualifier: str, text: str) -> Term:
    """The term that ``uniprot:P01375`` names, checked for form.

    Raises
    ------
    InvalidInput
        A qualifier or vocabulary that is not known, or an identifier that does not have the vocabulary's form.
    """
    if qualifier not in QUALIFIERS:
        raise unknown("qualifier", qualifier, QUALIFIERS)
    collection, _, identifier = text.partition(":")
    if collection not in COLLECTIONS:
        raise unknown("vocabulary", collection, COLLECTIONS)
    if not COLLECTIONS[collection].fullmatch(identifier):
        raise InvalidInput(f"{text!r} does not have the form of {collection} ({COLLECTIONS[collection].pattern})")
    return Term(qualifier, collection, identifier)


def annotation(metaid: str, terms: Sequence[Term]) -> str:
    """The annotation element about ``metaid``; empty without terms."""
    if not terms:
        return ""
    said = "".join(
        f'<bqbiol:{term.qualifier}><rdf:Bag><rdf:li rdf:resource="{term.uri}"/></rdf:Bag></bqbiol:{term.qualifier}>'
        for term in terms
    )
    return (
        '<annotation><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:bqbiol="http://biomodels.net/biology-qualifiers/">'
        f'<rdf:Description rdf:about="#{metaid}">{said}</rdf:Description></rdf:RDF></annotation>'
    )
