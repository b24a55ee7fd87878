"""Who leaves a trial before its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from allodynia.study.statistics.of_trial import OfTrial, conducted
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask

CAUSES: tuple[Literal["adverse_event", "lack_of_efficacy", "other"], ...] = (
    "adverse_event", "lack_of_efficacy", "other",
)  # fmt: skip


class DropoutShare(OfTrial):
    """The share of an arm that has left by ``at`` (the end, where it is left out), for any of the causes ``of``."""

    kind: Literal["dropout_share"]
    of: list[Literal["adverse_event", "lack_of_efficacy", "other"]] = Field(default=[*CAUSES])

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        from allodynia.study.answers import Cause

        it, given = conducted(ask), ask.asked_at if ask.asked_at is not None else self.at
        until = np.inf if given is None else ask.observer.time(given, ask.name)
        inside = self.group(ask, ask.arm(self.arm))
        ask.count(np.where(inside, 0.0, np.nan))
        causes = [int(Cause[one.upper()]) for one in self.of]
        gone = inside & np.isin(it.data.cause, causes) & (it.data.left <= until)
        people = inside.sum(axis=1)
        return Worlds(np.where(people > 0, gone.sum(axis=1) / np.maximum(people, 1), np.nan), "1")
