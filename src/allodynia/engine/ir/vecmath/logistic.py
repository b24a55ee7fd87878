"""The logistic function and its inverse, with all digits at both ends."""

from __future__ import annotations

from allodynia.engine.ir.text import Code, Module
from allodynia.engine.ir.vecmath.exponential import build_exp
from allodynia.engine.ir.vecmath.logarithm import build_log, build_log1p


def build_expit(module: Module) -> Code:
    """expit(x) = 1 / (1 + exp(-x))."""
    vec = f"<{module.width} x double>"
    c = Code(module, "math.expit", [f"{vec} %x"], result=vec)
    module.require("math.exp", build_exp)
    small = c.op(f"call {vec} @math.exp({vec} {c.neg(c.abs('%x'))})")
    over = c.select(c.compare("olt", "%x", c.const(0.0)), small, c.const(1.0))
    c.give(f"{vec} {c.div(over, c.add(c.const(1.0), small))}")
    return c


def build_logit(module: Module) -> Code:
    """logit(p) = log(p / (1 - p)); near 1/2, where that loses its digits, log1p((2 p - 1) / (1 - p))."""
    vec = f"<{module.width} x double>"
    c = Code(module, "math.logit", [f"{vec} %x"], result=vec)
    module.require("math.log", build_log)
    module.require("math.log1p", build_log1p)
    rest = c.sub(c.const(1.0), "%x")
    whole = c.op(f"call {vec} @math.log({vec} {c.div('%x', rest)})")
    twice = c.sub(c.add("%x", "%x"), c.const(1.0))
    close = c.op(f"call {vec} @math.log1p({vec} {c.div(twice, rest)})")
    near = c.both(c.compare("ogt", "%x", c.const(0.3)), c.compare("olt", "%x", c.const(0.65)))
    c.give(f"{vec} {c.select(near, close, whole)}")
    return c
