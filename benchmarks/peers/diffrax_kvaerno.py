"""diffrax: Kvaerno5, vmapped over subjects and jitted, on the CPU in double precision."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

from allodynia.model import Op
from benchmarks.fold import fold
from benchmarks.peers.peer import Batch, Unusable
from benchmarks.task import EACH, EACH_LOOSE, Task

TABLE: dict[Op, Any] = {
    Op.ADD: jnp.add,
    Op.SUB: jnp.subtract,
    Op.MUL: jnp.multiply,
    Op.DIV: jnp.divide,
    Op.NEG: jnp.negative,
    Op.POW: jnp.power,
    Op.ABS: jnp.abs,
    Op.EXP: jnp.exp,
    Op.LOG: jnp.log,
    Op.SQRT: jnp.sqrt,
    Op.TANH: jnp.tanh,
    Op.MIN: jnp.minimum,
    Op.MAX: jnp.maximum,
    Op.LT: jnp.less,
    Op.LE: jnp.less_equal,
    Op.EQ: jnp.equal,
    Op.NE: jnp.not_equal,
    Op.AND: jnp.logical_and,
    Op.OR: jnp.logical_or,
    Op.NOT: jnp.logical_not,
    Op.SELECT: jnp.where,
}


@dataclass(frozen=True)
class Diffrax:
    """One compiled function of (parameters, initial values, rtol, atol) for a batch of subjects."""

    task: Task
    batch: Any
    settings: tuple[str, ...] = (EACH, EACH_LOOSE)
    whole: bool = True

    def solve(self, setting: str, rtol: float, rows: slice, seconds: float) -> Batch:  # noqa: ARG002
        """All subjects in one call; compilation is not counted."""
        problem = self.task.problem
        atol = jnp.asarray(self.task.atol(setting, rtol))
        parameters, initial = jnp.asarray(problem.parameters[rows]), jnp.asarray(problem.initial[rows])
        compiled = self.batch.lower(parameters, initial, jnp.asarray(rtol), atol).compile()
        start = time.process_time()
        values = np.asarray(compiled(parameters, initial, jnp.asarray(rtol), atol))
        share = (time.process_time() - start) / len(values)
        return Batch(values, np.full(len(values), share), np.zeros(len(values)))


@dataclass(frozen=True)
class DiffraxKvaerno:
    """diffrax."""

    name: str = "diffrax"
    packages: tuple[str, ...] = ("diffrax", "jax", "jaxlib")

    def prepare(self, task: Task) -> Diffrax:
        """Write the equations in its functions."""
        jax.config.update("jax_enable_x64", True)
        system, times = task.problem.system, jnp.asarray(task.problem.times)

        def slope(t: Any, y: Any, p: Any) -> Any:
            def leaf(op: Op, payload: float | int) -> Any:
                match op:
                    case Op.STATE:
                        return y[int(payload)]
                    case Op.PARAM:
                        return p[int(payload)]
                    case Op.TIME:
                        return t
                return jnp.asarray(float(payload))

            return jnp.stack([jnp.asarray(f, dtype=jnp.float64) for f in fold(system.dag, system.rhs, leaf, TABLE)])

        def one(p: Any, y: Any, rtol: Any, atol: Any) -> Any:
            solution = diffrax.diffeqsolve(
                diffrax.ODETerm(slope), diffrax.Kvaerno5(), times[0], times[-1], None, y, p,
                saveat=diffrax.SaveAt(ts=times), max_steps=1_000_000, throw=False,
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
            )  # fmt: skip
            return solution.ys

        try:
            fold(system.dag, system.rhs, lambda *_: jnp.asarray(1.0), TABLE)
        except KeyError as missing:
            raise Unusable(f"the function {missing} is not written for it") from None
        return Diffrax(task, jax.jit(jax.vmap(one, in_axes=(0, 0, None, None))))


PEER = DiffraxKvaerno()
