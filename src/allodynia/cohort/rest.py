"""The steady state in which subjects are before a study begins, for thousands of subjects at a time.

Time does the search, from the stated start: every subject is integrated for a year of model time, then for as long
again as it has gone, and so on, on compiled code. It has come to rest when no state has moved over a stretch, the first
(which is searched with a loose tolerance) apart; so what is found lies in the basin of the stated start, and slow
states (a fibre density, a plasma cell) have their time. Subjects at rest leave; the others go on, up to a limit that
is a status.

:func:`allodynia.engine.steady_state.find_steady_state` does the same for one subject with a Newton polish and a test of
stability, which costs a decomposition of the Jacobian each time; here a state may be off by
:data:`MOVED` of its size, which no assay sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput
from allodynia.model.ode import OdeSystem
from allodynia.model.units import parse

if TYPE_CHECKING:
    from allodynia.engine.kernel import Kernel
    from allodynia.engine.solution import Solution

F8 = NDArray[np.float64]

FIRST_STRETCH = 360.0
"""Days of the first stretch; each later one is as long as all before it together."""

SEARCHING = 1e-3
"""Relative tolerance of the first stretch, or that of the settler where it is looser. Of the first stretch only the
basin matters: what error it leaves is gone by the end of the later ones, which keep the tolerance of the settler and
cost a few steps each.
"""

STRETCHES = 12
"""Stretches tried: 2,019 years in all, for plasma cells that live for decades."""

MOVED = 1e-4
"""A state rests when it moved by no more than this share of its size over the last stretch ..."""

LEAST = 1e-8
"""... or by no more than this, in its unit: ten times the absolute tolerance of the integration."""


@dataclass(frozen=True)
class Rest:
    """Where subjects came to rest.

    ``states`` f8[n, n_states] (NaN where none was reached), ``values`` f8[n, n_outputs] of the settler's outputs there,
    ``status`` i4[n] (0 = at rest), ``time`` f8[n] how long it took, in the model's unit.
    """

    states: F8
    values: F8
    status: NDArray[np.int32]
    time: F8


class Settler:
    """Brings subjects of one system to rest.

    Parameters
    ----------
    ode
        The equations, which must not depend on time itself.
    outputs
        Ids of the outputs wanted at rest.
    threads, rtol
        Of the engine; the first stretch, which only searches, is held to :data:`SEARCHING`.
    """

    def __init__(
        self, ode: OdeSystem, outputs: Sequence[str] = (), *, threads: int | None = None, rtol: float = 1e-6
    ) -> None:
        self.ode, self.outputs, self.threads, self.rtol = ode, tuple(outputs), threads, rtol

    @cached_property
    def _kernel(self) -> Kernel:
        from allodynia.engine import machine
        from allodynia.engine.kernel import kernel_at_hand

        return kernel_at_hand(self.ode, self.outputs or (self.ode.states[0].id,), "Rodas5P", machine.host(None))

    def _run(
        self, parameters: F8, until: float, start: float, initial: F8 | None, rtol: float | None = None
    ) -> Solution:
        from allodynia.engine.simulate import simulate_with

        return simulate_with(
            self._kernel, parameters, [until], start=start, initial=initial, rtol=rtol or self.rtol,
            threads=self.threads,
        )  # fmt: skip

    def start(self, parameters: F8, stated: Mapping[int, float]) -> F8:
        """Where subjects start: the system's own initial values but for those ``stated`` (by state's column)."""
        found = np.array(self._run(parameters, 0.0, 0.0, None).final)
        for column, value in stated.items():
            found[:, column] = value
        return found

    def settle(self, parameters: F8, initial: F8) -> Rest:
        """Every subject's steady state, from ``initial`` f8[n, n_states]; the same bits whoever else is asked for.

        Raises
        ------
        InvalidInput
            The equations depend on time itself, so that nothing rests.
        """
        from allodynia.engine.status import Status

        if any(node is not None for node in self.ode.time_derivative):
            raise InvalidInput(f"the equations of {self.ode.name!r} depend on time itself; begin as_stated")
        count = len(parameters)
        rest = Rest(
            np.full((count, len(self.ode.states)), np.nan),
            np.full((count, len(self.outputs)), np.nan),
            np.full(count, int(Status.NO_STEADY_STATE), dtype=np.int32),
            np.zeros(count),
        )
        first = FIRST_STRETCH * parse("d").factor_to(parse(self.ode.time_unit))
        waiting, before, now = np.arange(count), np.array(initial, dtype=np.float64), 0.0
        for stretch in range(STRETCHES):
            if not waiting.size:
                break
            until = first * 2.0**stretch
            rtol = max(self.rtol, SEARCHING) if stretch == 0 else self.rtol
            solution = self._run(np.ascontiguousarray(parameters[waiting]), until, now, before, rtol)
            final, status = solution.final, solution.status
            still = np.abs(final - before) <= MOVED * np.abs(final) + LEAST
            rests = (status == 0) & still.all(axis=1) & (stretch > 0)
            rest.time[waiting] = until
            rest.status[waiting[status != 0]] = status[status != 0]
            rest.status[waiting[rests]] = 0
            rest.states[waiting[rests]] = final[rests]
            if self.outputs:
                rest.values[waiting[rests]] = solution.values[rests, -1]
            left = (status == 0) & ~rests
            waiting, before, now = waiting[left], final[left], until
        return rest

    def run_in(self, parameters: F8, initial: F8, length: float) -> tuple[F8, NDArray[np.int32]]:
        """The states after ``length`` (model's unit) more, and the status of each subject."""
        solution = self._run(parameters, 0.0, -length, initial)
        return solution.final, solution.status
