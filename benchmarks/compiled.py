"""Right-hand side and Jacobian of a system as compiled functions of one state: what a good user hands to scipy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allodynia.engine.compile import Loaded, load, to_object
from allodynia.engine.ir import equations
from allodynia.engine.ir.layout import Layout
from allodynia.engine.ir.text import Code, Module
from allodynia.engine.kernel import aligned
from allodynia.engine.machine import host
from allodynia.engine.plan import make_plan
from allodynia.engine.tableaux import RODAS5P
from allodynia.model import OdeSystem
from benchmarks.problem import F8

ENTRIES = {"rhs": "slope", "jacobian": "linearise", "constants": "hoist"}


@dataclass
class Compiled:
    """Calls take and return arrays that are views of one workspace: copy what must last."""

    code: dict[str, Loaded]
    address: int
    arrays: dict[str, F8]
    rows: list[int]
    cols: list[int]
    used: list[int]
    matrix: F8

    def set_parameters(self, parameters: F8) -> None:
        """Take one subject's parameters f8[parameters], and compute what depends on nothing else."""
        self.arrays["P"][: len(self.used)] = parameters[self.used]
        self.code["constants"].call(self.address)

    def rhs(self, t: float, y: F8) -> F8:
        """dy/dt f8[states]."""
        self.arrays["u"][:] = y
        self.arrays["tau"][0] = t
        self.code["rhs"].call(self.address)
        return self.arrays["f"]

    def jacobian(self, t: float, y: F8) -> F8:
        """df/dy f8[states, states]."""
        self.arrays["y"][:] = y
        self.arrays["t"][0] = t
        self.code["jacobian"].call(self.address)
        self.matrix[self.rows, self.cols] = self.arrays["J"][: len(self.rows)]
        return self.matrix


def compiled(system: OdeSystem) -> Compiled:
    """Machine code for one system, one state at a time."""
    machine = replace(host(), width=1)
    plan = make_plan(system, (), RODAS5P)
    layout = Layout(plan)
    module = Module(1, machine.attributes)
    for build in (equations.build_slope, equations.build_linearise, equations.build_hoist):
        module.define(build(module, plan, layout))
    for entry, function in ENTRIES.items():
        code = Code(module, entry, ["ptr %ws"], public=True)
        code.call(function, "ptr null", "ptr %ws")
        code.give()
        module.define(code)
    binary = to_object(module.text(machine.triple), machine)
    memory = aligned(8 * layout.size).view(np.float64)
    ends = [*layout.offset.values(), layout.size]
    arrays = {name: memory[start:end] for (name, start), end in zip(layout.offset.items(), ends[1:], strict=True)}
    n = len(system.states)
    return Compiled(
        {entry: load(binary, entry) for entry in ENTRIES}, memory.ctypes.data, arrays, list(system.jacobian.rows),
        list(system.jacobian.cols), list(plan.parameters), np.zeros((n, n)),
    )  # fmt: skip
