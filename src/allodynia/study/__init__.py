"""What is done to subjects and what is measured: protocols read from text, simulated, and turned into statistics.

>>> from allodynia.study import load_study, simulate_study
"""

from allodynia.study.design import AsPlanned, Design, Expectation
from allodynia.study.load import Study, json_schema, load_study, read_study, study_names
from allodynia.study.result import StudyResult, SummaryRow
from allodynia.study.simulate import simulate_study
from allodynia.study.sink import Meta, Output, Sink
from allodynia.study.statistics.worlds import ObservableValue

__all__ = [
    "AsPlanned",
    "Design",
    "Expectation",
    "Meta",
    "ObservableValue",
    "Output",
    "Sink",
    "Study",
    "StudyResult",
    "SummaryRow",
    "json_schema",
    "load_study",
    "read_study",
    "simulate_study",
    "study_names",
]
