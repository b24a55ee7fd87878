"""Model text to equations: read, compose, differentiate, into one immutable :class:`OdeSystem`."""

from allodynia.model.build import Builder
from allodynia.model.compose import compose, to_ode
from allodynia.model.differentiate import derivative, gradients
from allodynia.model.edges import Edge
from allodynia.model.evaluate import Evaluator, evaluate
from allodynia.model.expr import Dag, Node, Op
from allodynia.model.ode import (
    Event,
    OdeSystem,
    ParameterDerivative,
    Quantity,
    Sparse,
    complete,
    parameter_derivative,
    system_digest,
    values_digest,
)
from allodynia.model.read.limits import Limits
from allodynia.model.read.reader import read_antimony, read_antimony_modules, read_sbml, read_sbml_models
from allodynia.model.text import ModelText
from allodynia.model.units import Unit
from allodynia.model.units import parse as parse_unit

__all__ = [
    "Builder",
    "Dag",
    "Edge",
    "Evaluator",
    "Event",
    "Limits",
    "ModelText",
    "Node",
    "OdeSystem",
    "Op",
    "ParameterDerivative",
    "Quantity",
    "Sparse",
    "Unit",
    "complete",
    "compose",
    "derivative",
    "evaluate",
    "gradients",
    "parameter_derivative",
    "parse_unit",
    "read_antimony",
    "read_antimony_modules",
    "read_sbml",
    "read_sbml_models",
    "system_digest",
    "to_ode",
    "values_digest",
]
