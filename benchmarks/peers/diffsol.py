"""diffsol, through pydiffsol: BDF, TR-BDF2 and ESDIRK34 over machine code made from its own language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pydiffsol

from allodynia.model import OdeSystem, Op
from benchmarks.peers.peer import Batch, Unusable, one_by_one
from benchmarks.problem import F8
from benchmarks.task import ONE, ONE_STRICT, Task

INFIX = {Op.ADD: "+", Op.SUB: "-", Op.MUL: "*", Op.DIV: "/"}
CALLS = {
    Op.POW: "pow",
    Op.ABS: "abs",
    Op.EXP: "exp",
    Op.LOG: "log",
    Op.SQRT: "sqrt",
    Op.TANH: "tanh",
    Op.MIN: "min",
    Op.MAX: "max",
}


def diffsl(system: OdeSystem) -> str:
    """The system in the language of diffsol: parameters first among the inputs, then the initial values."""
    uses: dict[int, int] = {}
    nodes = system.dag.reachable(system.rhs)
    for node in nodes:
        for argument in system.dag.args[node]:
            uses[argument] = uses.get(argument, 0) + 1
    shared: list[str] = []
    names: dict[int, str] = {}

    def text(op: Op, arguments: list[str]) -> str:
        if op in INFIX:
            return f"({arguments[0]} {INFIX[op]} {arguments[1]})"
        if op is Op.NEG:
            return f"(-{arguments[0]})"
        if op not in CALLS:
            raise Unusable(f"its language has no {op.name.lower()}")
        return f"{CALLS[op]}({', '.join(arguments)})"

    for node in nodes:
        op, payload = system.dag.ops[node], system.dag.payload[node]
        match op:
            case Op.CONST:
                names[node] = f"({float(payload)!r})" if payload < 0 else repr(float(payload))
            case Op.TIME:
                names[node] = "t"
            case Op.STATE:
                names[node] = f"y{int(payload)}"
            case Op.PARAM:
                names[node] = f"p{int(payload)}"
            case _:
                body = text(op, [names[argument] for argument in system.dag.args[node]])
                if uses.get(node, 0) > 1:
                    shared.append(f"x{node} {{ {body} }}")
                    names[node] = f"x{node}"
                else:
                    names[node] = body
    inputs = ", ".join(
        [f"p{i} = 1" for i in range(len(system.parameters))] + [f"s{i} = 1" for i in range(len(system.states))]
    )
    states = ", ".join(f"y{i} = s{i}" for i in range(len(system.states)))
    slopes = ", ".join(names[node] for node in system.rhs)
    return "\n".join([f"in_i {{ {inputs} }}", f"u_i {{ {states} }}", *shared, f"F_i {{ {slopes} }}"])


@dataclass(frozen=True)
class Diffsol:
    """One compiled model a method."""

    task: Task
    text: str
    matrix: Any
    models: dict[str, Any]
    settings: tuple[str, ...]
    whole: bool = False

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:
        """One subject after the other."""
        method, policy = setting.split(" ", 1)
        problem, atol = self.task.problem, float(np.asarray(self.task.atol(policy, rtol)))
        model = self.models[method]
        model.rtol, model.atol = rtol, atol
        given = np.zeros(len(problem.system.parameters) + len(problem.states))

        def give(row: int) -> None:
            given[:] = np.concatenate([problem.parameters[row], problem.initial[row]])

        def run() -> F8:
            nonlocal model
            try:
                return np.asarray(model.solve_dense(given, problem.times).ys).T
            except BaseException:
                model = self.models[method] = _make(self.text, self.matrix, method)  # one that panicked stays locked
                model.rtol, model.atol = rtol, atol
                raise

        return one_by_one(self.task, rows, seconds, give, run)


def _make(text: str, matrix: Any, method: str) -> Any:
    return pydiffsol.Ode(text, matrix_type=matrix, ode_solver=getattr(pydiffsol, method))


@dataclass(frozen=True)
class Pydiffsol:
    """pydiffsol."""

    name: str = "pydiffsol"
    packages: tuple[str, ...] = ("pydiffsol",)

    def prepare(self, task: Task) -> Diffsol:
        """Compile the model for each method and kind of matrix."""
        text = diffsl(task.problem.system)
        dense = len(task.problem.states) <= 30
        matrix = pydiffsol.nalgebra_dense if dense else pydiffsol.faer_sparse
        models = {}
        try:
            for method in ("bdf", "tr_bdf2", "esdirk34"):
                models[method] = _make(text, matrix, method)
        except Exception as error:  # its own refusals, of several classes
            raise Unusable(f"refuses the model: {str(error).splitlines()[0][:120]}") from None
        return Diffsol(
            task, text, matrix, models, tuple(f"{method} {policy}" for method in models for policy in (ONE, ONE_STRICT))
        )


PEER = Pydiffsol()
