"""What a study needs of a system; :class:`allodynia.system.System` is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from allodynia.model.ode import OdeSystem


class SystemLike(Protocol):
    """What a study needs of a system. It may also have ``people`` (populations of subjects, by name) and ``drugs``
    (by name, each with ``into(route)``, the id of the state that a dose goes into).
    """

    @property
    def ode(self) -> OdeSystem:
        """The equations."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameter id to its table row."""
        ...

    @property
    def edges(self) -> Mapping[str, Any]:
        """Edge id to its row."""
        ...

    @property
    def hypotheses(self) -> Mapping[str, Any]:
        """Hypothesis name to the gains of edges it sets."""
        ...

    @property
    def populations(self) -> Mapping[str, Any]:
        """Donor population to its rows."""
        ...


def edge_gains(system: SystemLike, hypothesis: str | None) -> dict[str, float]:
    """The gains of edges that a hypothesis sets."""
    if hypothesis is None:
        return {}
    found = system.hypotheses[hypothesis]
    gains: Mapping[str, float] = found if isinstance(found, Mapping) else found.edges
    return {edge: float(gain) for edge, gain in gains.items()}
