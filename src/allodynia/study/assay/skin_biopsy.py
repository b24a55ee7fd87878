"""Skin biopsy: nerve fibres that cross into the epidermis, counted along sections of known length and averaged."""

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
from allodynia.study.assay.plain import items, poisson
from allodynia.study.quantities import Amount, Magnitude

F8 = NDArray[np.float64]


class SkinBiopsy(Spec):
    """A punch at one site (a second site is a second endpoint).

    ``section`` is the length of epidermis in a section, ``sections`` how many are counted and averaged; counts are
    Poisson over the whole length. ``observer_cv`` is what counters differ by, ``section_cv`` what sections of one punch
    differ by beyond counting. Lauria et al. 2010, Eur. J. Neurol. 17:903: three sections of 50 um.
    """

    kind: Literal["skin_biopsy"]
    section: Amount
    sections: Annotated[int, Field(ge=1, le=20)] = 3
    observer_cv: Annotated[float, Field(ge=0)] = 0.0
    section_cv: Annotated[float, Field(ge=0)] = 0.0

    def method(self, bench: Bench) -> FibreCount:  # noqa: D102
        whole = Magnitude(self.section.value * self.sections, self.section.unit)
        return FibreCount(items(whole, bench, "section"), self.observer_cv, self.section_cv / self.sections**0.5)


@dataclass(frozen=True, slots=True)
class FibreCount(Method):
    """``counted_over``: items that one unit of the endpoint means along all sections."""

    counted_over: float
    observer_cv: float
    punch_cv: float
    unbiased: bool = True

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        there = values[0] * draws.factor(1, self.punch_cv)
        return (
            poisson(draws.uniform(0), there * self.counted_over) / self.counted_over * draws.factor(2, self.observer_cv)
        )
