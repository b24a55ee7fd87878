"""How exactly to integrate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.errors import InvalidInput


@dataclass(frozen=True)
class Tolerances:
    """The error of a step is held below ``rtol`` |y| + ``atol``, root mean square over states.

    ``atol`` is one number or one a state, in the unit of the state.
    """

    rtol: float = 1e-6
    atol: ArrayLike = 1e-9

    def vector(self, n_states: int) -> NDArray[np.float64]:
        """The absolute tolerance of every state.

        Raises
        ------
        InvalidInput
            Unless ``rtol`` lies in 1e-14 .. 0.1 and every ``atol`` in 1e-200 .. 1e200.
        """
        if not 1e-14 <= self.rtol <= 0.1:
            raise InvalidInput(f"rtol {self.rtol} is outside 1e-14 .. 0.1")
        atol = np.asarray(self.atol, dtype=np.float64)
        if atol.ndim > 1 or (atol.ndim == 1 and len(atol) != n_states):
            raise InvalidInput(f"atol must be one number or {n_states} of them, one a state")
        if not ((atol >= 1e-200) & (atol <= 1e200)).all():
            raise InvalidInput("every atol must lie in 1e-200 .. 1e200")
        return np.ascontiguousarray(np.broadcast_to(atol, (n_states,)))
