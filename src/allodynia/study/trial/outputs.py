"""The model's outputs that a trial reads, and the engine's answers turned into what endpoints read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allodynia.model.ode import OdeSystem
from allodynia.study.integrator import Integrator
from allodynia.study.plan import Plan
from allodynia.study.schedule import Schedule

F8 = NDArray[np.float64]
Heard = Callable[[int, int], None] | None


@dataclass(frozen=True)
class Solver:
    """Solves people of a plan; ``endpoints`` are those read, ``rtol`` and ``threads`` are the engine's."""

    ode: OdeSystem
    plan: Plan
    endpoints: tuple[str, ...]
    integrate: Integrator
    rtol: float
    threads: int | None

    @property
    def outputs(self) -> tuple[str, ...]:
        """Ids of all that is sampled."""
        return tuple(dict.fromkeys(one for name in self.endpoints for one in self.plan.endpoint(name).outputs))

    def solve(
        self, parameters: F8, states: F8, times: F8, acts: Schedule | None, *, start: float = 0.0, heard: Heard = None
    ) -> Any:
        """The engine's solution for rows: ``values`` f8[row, time, output], ``status``, ``final``."""
        options: dict[str, Any] = {"initial": states, "rtol": self.rtol, "threads": self.threads, "start": start}
        if heard is not None:
            options["progress"] = heard
        return self.integrate(self.ode, np.ascontiguousarray(parameters), times, self.outputs, acts, **options)

    def values(self, endpoint: str, solved: F8) -> list[F8]:
        """What an endpoint reads, each f8[..., time] in its unit, from ``solved`` f8[..., time, output]."""
        bound = self.plan.endpoint(endpoint)
        wanted = ((bound.output, bound.factor), *bound.companions)
        return [solved[..., self.outputs.index(output)] * factor for output, factor in wanted]

    def truth(self, endpoint: str, solved: F8) -> F8:
        """The true value of an endpoint, f8[..., time]."""
        return self.plan.endpoint(endpoint).assay.truth(self.values(endpoint, solved))
