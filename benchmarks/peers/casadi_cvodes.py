"""CasADi: CVODES with exact sparse Jacobian, its expressions compiled by the C compiler where one is present."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass, field
from typing import Any

import casadi
import numpy as np

from allodynia.model import Op
from benchmarks.fold import fold
from benchmarks.peers.peer import Batch, Unusable, one_by_one
from benchmarks.problem import F8
from benchmarks.task import EACH, EACH_LOOSE, Task

TABLE: dict[Op, Any] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUB: lambda a, b: a - b,
    Op.MUL: lambda a, b: a * b,
    Op.DIV: lambda a, b: a / b,
    Op.NEG: lambda a: -a,
    Op.POW: lambda a, b: a**b,
    Op.ABS: casadi.fabs,
    Op.EXP: casadi.exp,
    Op.LOG: casadi.log,
    Op.SQRT: casadi.sqrt,
    Op.TANH: casadi.tanh,
    Op.MIN: casadi.fmin,
    Op.MAX: casadi.fmax,
    Op.LT: lambda a, b: a < b,
    Op.LE: lambda a, b: a <= b,
    Op.EQ: lambda a, b: a == b,
    Op.NE: lambda a, b: a != b,
    Op.AND: casadi.logic_and,
    Op.OR: casadi.logic_or,
    Op.NOT: casadi.logic_not,
    Op.SELECT: casadi.if_else,
}


@dataclass
class Casadi:
    """Symbols of the system; one integrator a tolerance, since CasADi fixes it when it builds one."""

    task: Task
    equations: dict[str, Any]
    made: dict[tuple[str, float], Any] = field(default_factory=dict)
    settings: tuple[str, ...] = (EACH, EACH_LOOSE)
    whole: bool = False

    def _integrator(self, setting: str, rtol: float) -> Any:
        key = (setting, rtol)
        if key not in self.made:
            options = {
                "reltol": rtol,
                # one number for all states: it has no other way
                "abstol": float(np.median(np.asarray(self.task.atol(setting, rtol)))),
                "max_num_steps": 1_000_000,
                "newton_scheme": "direct",
                "linear_solver": "csparse",
            }
            if shutil.which("gcc"):
                options |= {"jit": True, "compiler": "shell", "jit_options": {"flags": ["-O3", "-march=native"]}}
            times = self.task.problem.times
            # CasADi leaves what it compiles where it stands, and loads it from there until the process ends.
            with contextlib.chdir(tempfile.gettempdir()):
                self.made[key] = casadi.integrator("solve", "cvodes", self.equations, 0.0, list(times[1:]), options)
        return self.made[key]

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        problem, integrator = self.task.problem, self._integrator(setting, rtol)
        given: dict[str, F8] = {}

        def give(row: int) -> None:
            given.update(x0=problem.initial[row], p=problem.parameters[row])

        def run() -> F8:
            result = integrator(**given)["xf"]
            return np.vstack([given["x0"], np.asarray(result).T])

        return one_by_one(self.task, rows, seconds, give, run)


@dataclass(frozen=True)
class CasadiCvodes:
    """CasADi."""

    name: str = "casadi"
    packages: tuple[str, ...] = ("casadi",)

    def prepare(self, task: Task) -> Casadi:
        """Write the equations in its symbols."""
        system = task.problem.system
        y, p, t = casadi.SX.sym("y", len(system.states)), casadi.SX.sym("p", len(system.parameters)), casadi.SX.sym("t")

        def leaf(op: Op, payload: float | int) -> Any:
            match op:
                case Op.STATE:
                    return y[int(payload)]
                case Op.PARAM:
                    return p[int(payload)]
                case Op.TIME:
                    return t
            return casadi.SX(float(payload))

        try:
            slopes = fold(system.dag, system.rhs, leaf, TABLE)
        except KeyError as missing:
            raise Unusable(f"the function {missing} is not written for it") from None
        return Casadi(task, {"x": y, "p": p, "t": t, "ode": casadi.vertcat(*slopes)})


PEER = CasadiCvodes()
