"""A compilation unit of elementary functions alone: for arrays, not for models."""

from __future__ import annotations

from collections.abc import Callable

from allodynia.engine.ir.arithmetic import plain_arithmetic
from allodynia.engine.ir.text import Code, Module
from allodynia.engine.ir.vecmath import exponential, logarithm, logistic, normal, power
from allodynia.engine.machine import Machine

ENTRY = "allodynia_elementary"

FUNCTIONS: dict[str, tuple[Callable[[Module], Code], int]] = {
    "exp": (exponential.build_exp, 1),
    "expm1": (exponential.build_expm1, 1),
    "log": (logarithm.build_log, 1),
    "log1p": (logarithm.build_log1p, 1),
    "pow": (power.build_pow, 2),
    "expit": (logistic.build_expit, 1),
    "logit": (logistic.build_logit, 1),
    "ndtr": (normal.build_ndtr, 1),
    "ndtri": (normal.build_ndtri, 1),
}
"""What is called ``math.<name>``, and how many arguments it has; their order is their number."""


def write_elementary(machine: Machine) -> str:
    """The IR text of a function that takes the address of five words.

    They are: the number of a function of `FUNCTIONS`, how many vectors, the addresses of both arguments (the second
    counts only for a function of two) and of the results, all of them at any multiple of 8.
    """
    module = Module(machine.width, machine.attributes)
    c = Code(module, ENTRY, ["ptr %ctx"], public=True)
    restore = plain_arithmetic(c, machine)
    wanted, count = (c.load1("%ctx", word, "i64") for word in range(2))
    first, second, result = (c.load1("%ctx", word, "ptr") for word in range(2, 5))
    for number, (name, (build, arguments)) in enumerate(FUNCTIONS.items()):
        module.require(f"math.{name}", build)
        with c.when(c.op(f"icmp eq i64 {wanted}, {number}")), c.count(count) as i:
            values = [c.op(f"load {c.vec}, ptr {c.at(place, i)}, align 8") for place in (first, second)[:arguments]]
            given = ", ".join(f"{c.vec} {value}" for value in values)
            found = c.op(f"call {c.vec} @math.{name}({given})")
            c.line(f"store {c.vec} {found}, ptr {c.at(result, i)}, align 8")
    restore()
    c.give()
    module.define(c)
    return module.text(machine.triple)
