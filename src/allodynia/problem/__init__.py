"""PEtab problems: a model, the conditions it was measured in, and how well it explains the measurements."""

from __future__ import annotations

from allodynia.problem.problem import Experiment, Problem, load_problem
from allodynia.problem.simulate import Explained, explain

__all__ = ["Experiment", "Explained", "Problem", "explain", "load_problem"]
