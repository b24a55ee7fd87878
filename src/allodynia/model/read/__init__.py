"""Model text, which nobody has to trust, read into typed plain data.

The libraries that read SBML and Antimony can abort, hang or fill the memory on a malformed file, so they run only in
a child process with limits (:mod:`~allodynia.model.read.process`); what comes back is data, checked again on arrival.
"""

from allodynia.model.read.reader import read_antimony, read_antimony_modules, read_sbml

__all__ = ["read_antimony", "read_antimony_modules", "read_sbml"]
