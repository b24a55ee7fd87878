"""The gain of a loop: how much of what goes round it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from allodynia.study.statistics import moments
from allodynia.study.statistics.statistic import OfEndpoint
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask


class LoopGain(OfEndpoint):
    """1 - open / closed: the response to a disturbance with an edge of the loop cut, over that with the loop closed.

    A response is the mean of an arm (``closed``, ``open``) less that of its undisturbed twin (``closed_control``,
    ``open_control``). A loop that returns the share G of what goes round makes every response 1 / (1 - G) times as
    large; at 1 it runs away. A closed response of nothing is undefined.
    """

    kind: Literal["loop_gain"]
    closed: str
    open: str
    closed_control: str
    open_control: str

    def good(self) -> str:  # noqa: D102
        return ""

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        closed, opened = (
            moments.over_donors(ask.values(self, ask.other(arm)))
            - moments.over_donors(ask.values(self, ask.other(control)))
            for arm, control in ((self.closed, self.closed_control), (self.open, self.open_control))
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return Worlds(np.where(closed == 0.0, np.nan, 1.0 - opened / closed), "1", "median")
