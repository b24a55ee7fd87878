"""What leaves: the system and its studies in the formats that other programs read.

SBML and Antimony hold the equations, PEtab a study as conditions, observables and measurements, OMEX all of it in one
file. Doses become events of the model; their amounts are parameters, which a condition sets.
"""

from __future__ import annotations

from allodynia.export.bundle import omex
from allodynia.export.petab import petab_problem
from allodynia.export.scheduled import Scheduled, of_plan, scheduled
from allodynia.export.typical import typical_values

__all__ = ["Scheduled", "of_plan", "omex", "petab_problem", "scheduled", "typical_values"]
