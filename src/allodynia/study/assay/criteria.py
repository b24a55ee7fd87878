"""The American College of Rheumatology's criteria of fibromyalgia of 2016, as a yes (1) or no (0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.assay.bench import Bench, Spec
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method
from allodynia.study.assay.questionnaire import SCALES, Answers

F8 = NDArray[np.float64]


class Acr2016(Spec):
    """The endpoint's output is the Widespread Pain Index, ``severity`` names that of the Symptom Severity Scale.

    Met by an index of at least 7 with a severity of at least 5, or an index of 4 to 6 with a severity of at least 9.
    Wolfe et al. 2016, Semin. Arthritis Rheum. 46:319. That pain be in four of five regions, and for three months, is
    not asked: the model has neither. ``wpi_sd`` and ``sss_sd`` are the errors of the answers, in points.
    """

    kind: Literal["acr2016"]
    severity: str
    wpi_sd: Annotated[float, Field(ge=0)]
    sss_sd: Annotated[float, Field(ge=0)]

    def companions(self) -> dict[str, str]:  # noqa: D102
        return {"severity": self.severity}

    def method(self, bench: Bench) -> Criteria:  # noqa: D102
        bench.need("dimensionless", "an index")
        return Criteria(Answers(*SCALES["wpi"], self.wpi_sd), Answers(*SCALES["sss"], self.sss_sd))


@dataclass(frozen=True, slots=True)
class Criteria(Method):
    """Values: index and severity."""

    index: Answers
    severity: Answers
    unbiased: bool = False

    def truth(self, values: Sequence[F8]) -> F8:
        """Whether the criteria are met by what the person would say."""
        return met(values[0], values[1])

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Whether they are met by what the person says."""
        other = replace(draws, endpoint=f"{draws.endpoint} severity")
        return met(self.index.read(values[:1], draws), self.severity.read(values[1:], other))


def met(index: F8, severity: F8) -> F8:
    """1 where the criteria are met, 0 where not, NaN where nothing is known."""
    yes = ((index >= 7.0) & (severity >= 5.0)) | ((index >= 4.0) & (index < 7.0) & (severity >= 9.0))
    return np.where(np.isnan(index) | np.isnan(severity), np.nan, yes.astype(np.float64))
