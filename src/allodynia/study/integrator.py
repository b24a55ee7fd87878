"""What solves the subjects of a study: the compiled engine, or another with the same manners."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.model.ode import OdeSystem
from allodynia.study.schedule import KINDS, Schedule

F8 = NDArray[np.float64]


class Integrator(Protocol):
    """What solves the subjects."""

    def __call__(
        self,
        system: OdeSystem,
        parameters: F8,
        times: F8,
        outputs: tuple[str, ...],
        doses: Schedule | None,
        **options: Any,
    ) -> Any:
        """A solution with ``values`` f8[row, time, output], ``status`` i4[row] and ``failed_at`` f8[row]."""
        ...


def compiled(
    system: OdeSystem, parameters: F8, times: F8, outputs: tuple[str, ...], doses: Schedule | None, **options: Any
) -> Any:
    """The compiled engine as an :class:`Integrator`."""
    from allodynia import engine

    actions = None
    if doses is not None:
        codes = np.array([int(engine.ActionKind[name]) for name in KINDS], dtype=np.int32)
        actions = engine.Actions(doses.offsets, doses.time, codes[doses.kind], doses.target, doses.value)
    return engine.simulate(system, parameters, times, outputs, actions=actions, **options)
