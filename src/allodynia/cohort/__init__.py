"""Who: subjects drawn from the tables of a system, one row of parameter values each.

>>> from allodynia.cohort import CohortArm, DonorGroup, read_table, sample
"""

from allodynia.cohort.arms import CohortArm, DonorGroup, People, Pool
from allodynia.cohort.distributions import Distribution
from allodynia.cohort.layout import Layout
from allodynia.cohort.people import Tally
from allodynia.cohort.read_distribution import read_distribution
from allodynia.cohort.rest import Rest, Settler
from allodynia.cohort.sample import Cohort, sample
from allodynia.cohort.table import ParameterTable, PeopleTable, Variable, read_table

__all__ = [
    "Cohort",
    "CohortArm",
    "Distribution",
    "DonorGroup",
    "Layout",
    "ParameterTable",
    "People",
    "PeopleTable",
    "Pool",
    "Rest",
    "Settler",
    "Tally",
    "Variable",
    "read_distribution",
    "read_table",
    "sample",
]
