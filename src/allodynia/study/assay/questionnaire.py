"""Questionnaires: what a person would say, on a scale with two ends and steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.assay.bench import Bench, Spec
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method

F8 = NDArray[np.float64]

SCALES: dict[str, tuple[float, float, float]] = {
    "nrs": (0.0, 10.0, 1.0),
    "hads": (0.0, 21.0, 1.0),
    "fiqr": (0.0, 100.0, 1.0 / 6.0),
    "wpi": (0.0, 19.0, 1.0),
    "sss": (0.0, 12.0, 1.0),
    "psqi": (0.0, 21.0, 1.0),
}
"""Lowest, highest and step: numeric rating scale of pain, one subscale of the Hospital Anxiety and Depression Scale,
the revised Fibromyalgia Impact Questionnaire (sums of items over 3 and over 2), Widespread Pain Index, Symptom Severity
Scale, Pittsburgh Sleep Quality Index.
"""


class Questionnaire(Spec):
    """``scale`` names a known one, or give ``lowest``, ``highest`` and ``step``. ``sd`` is what one person's answers
    differ by when nothing has changed, in points.
    """

    kind: Literal["questionnaire"]
    scale: Literal["nrs", "hads", "fiqr", "wpi", "sss", "psqi"] | None = None
    lowest: float | None = None
    highest: float | None = None
    step: Annotated[float, Field(gt=0)] | None = None
    sd: Annotated[float, Field(ge=0)]

    def method(self, bench: Bench) -> Answers:  # noqa: D102
        bench.need("dimensionless", "a score")
        given = (self.lowest, self.highest, self.step)
        if (self.scale is None) == any(one is None for one in given):
            raise bench.refuse("a questionnaire has a scale: of its own, or lowest:, highest: and step:", "scale")
        lowest, highest, step = SCALES[self.scale] if self.scale is not None else given
        if lowest is None or highest is None or step is None or not lowest < highest:
            raise bench.refuse(f"lowest: {lowest} is not below highest: {highest}", "lowest")
        return Answers(lowest, highest, step, self.sd)


@dataclass(frozen=True, slots=True)
class Answers(Method):
    """In points."""

    lowest: float
    highest: float
    step: float
    sd: float
    unbiased: bool = False

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        said = np.clip(values[0] + self.sd * draws.normal(0), self.lowest, self.highest)
        return np.minimum(self.lowest + self.step * np.rint((said - self.lowest) / self.step), self.highest)
