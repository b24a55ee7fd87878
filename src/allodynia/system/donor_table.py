"""Populations of donors: what their IgG is like."""

from __future__ import annotations

from collections.abc import Mapping

from allodynia.errors import InvalidInput, unknown
from allodynia.model import ModelText
from allodynia.system.evidence_library import EvidenceLibrary
from allodynia.system.fields import mapping, only, sources, text
from allodynia.system.module_texts import units_of
from allodynia.system.parameters import parameter_row
from allodynia.system.rows import ParameterRow, Population
from allodynia.yamltext import Document


def read_populations(
    donors: Document, parameters: Mapping[str, ParameterRow], models: Mapping[str, ModelText], evidence: EvidenceLibrary
) -> dict[str, Population]:
    """The populations by name; each gives donor-level ``parameters`` anew.

    Raises
    ------
    InvalidInput
        A parameter that is not of the donor level, or an entry that :func:`parameter_row` refuses.
    """
    units = units_of(models)
    donor_level = [name for name, row in parameters.items() if row.level == "donor"]
    populations = {}
    for name, entry in mapping(donors, ("populations",), "populations").items():
        where = donors.where(("populations", name))
        if not isinstance(entry, dict):
            raise InvalidInput(f"population {name!r} needs a label and parameters", where=where)
        only(entry, ("label", "evidence", "note", "parameters"), f"population {name!r}", where)
        rows = {}
        for parameter, value in mapping(donors, ("populations", name, "parameters"), "parameters").items():
            at = donors.where(("populations", name, "parameters", parameter))
            if parameter.partition(".")[0] not in models:
                continue
            if parameter not in donor_level:
                raise unknown("donor-level parameter", parameter, donor_level, where=at)
            rows[parameter] = parameter_row(
                parameter, value, units(parameter), evidence.ids, at, base=parameters[parameter]
            )
        populations[name] = Population(
            id=name,
            label=text(entry, "label", f"population {name!r}", where),
            parameters=rows,
            evidence=sources(entry, evidence.ids, f"population {name!r}", where),
            note=text(entry, "note", f"population {name!r}", where, default=""),
            where=where,
        )
    return populations
