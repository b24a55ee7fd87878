"""Who: subjects drawn from the tables of a system, one row of parameter values each.

>>> from allodynia.cohort import CohortArm, DonorGroup, read_table, sample
"""

from allodynia.cohort.arms import CohortArm, DonorGroup, Pool
from allodynia.cohort.distributions import Distribution
from allodynia.cohort.layout import Layout
from allodynia.cohort.read_distribution import read_distribution
from allodynia.cohort.sample import Cohort, sample
from allodynia.cohort.table import ParameterTable, Variable, read_table

__all__ = [
    "Cohort",
    "CohortArm",
    "Distribution",
    "DonorGroup",
    "Layout",
    "ParameterTable",
    "Pool",
    "Variable",
    "read_distribution",
    "read_table",
    "sample",
]
