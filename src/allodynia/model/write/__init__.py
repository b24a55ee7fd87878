"""Equations back to text that other programs read."""

from allodynia.model.write.sbml import to_sbml

__all__ = ["to_sbml"]
