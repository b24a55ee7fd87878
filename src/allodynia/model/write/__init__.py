"""Equations back to text that other programs read."""

from allodynia.model.write.antimony import to_antimony
from allodynia.model.write.omex import archive, time_course
from allodynia.model.write.sbml import to_sbml

__all__ = ["archive", "time_course", "to_antimony", "to_sbml"]
