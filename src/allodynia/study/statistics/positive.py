"""The share of donors whose material does something, each judged by a test on its own subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from allodynia.errors import InvalidInput
from allodynia.study.statistics import moments
from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.student import paired_less, welch_less
from allodynia.study.statistics.terms import Quantity, Times
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask


class ShareOfDonorsPositive(Statistic):
    """The share of donors whose subjects' readings fall (or rise), by a one-sided test per donor.

    ``paired`` tests each subject against its own baseline, ``welch`` the donor's subjects against those of
    ``versus``. A subject's reading is its mean over the times ``at``.
    """

    kind: Literal["share_of_donors_positive"]
    endpoint: str
    arm: str | None = None
    at: Times
    test: Literal["paired", "welch"] = "paired"
    versus: str | None = None
    direction: Literal["down", "up"] = "down"
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        return {"endpoint": Quantity(endpoint=self.endpoint, at=self.at)}

    def baseline(self) -> str:  # noqa: D102
        return f"kind: {self.kind}" if self.test == "paired" else ""

    def check(self, plan: Plan, where: Where) -> None:  # noqa: D102, ARG002
        if self.test == "welch" and self.versus is None:
            raise InvalidInput("test: welch needs versus:, the arm to test against", where=where)

    def compute(self, ask: Ask) -> Worlds:
        """The share of donors with a one-sided p below ``alpha``, in each world.

        Always on readings, for a test sees the assay. A donor that cannot be tested (fewer than two subjects solved) is
        left out.
        """
        arm, quantity = ask.arm(self.arm), self.quantities()["endpoint"]
        sign = 1.0 if self.direction == "down" else -1.0
        after = sign * ask.values(quantity, arm, measured=True)
        if self.test == "paired":
            times = ask.readings.plan.endpoint(self.endpoint).baseline
            p = paired_less(after, sign * ask.readings.measured(self.endpoint, arm, times).mean(axis=-1))
        else:
            other = sign * ask.values(quantity, ask.other(self.versus or arm), measured=True)
            p = welch_less(after, other.reshape(other.shape[0], 1, -1))
        positive = np.where(np.isnan(p), np.nan, np.where(p < self.alpha, 1.0, 0.0))
        return Worlds(moments.mean(positive, 1), "1", donors=positive)
