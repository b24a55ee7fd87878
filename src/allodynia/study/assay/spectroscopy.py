"""Magnetic resonance spectroscopy: a metabolite's peak fitted in a voxel, over that of a reference."""

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


class Spectroscopy(Spec):
    """``fit_cv`` is the error of the fitted peak (its Cramer-Rao bound over the value), ``reference_cv`` that of the
    water or creatine it is given over, ``voxel_cv`` what the share of tissue and fluid in the voxel adds.
    """

    kind: Literal["spectroscopy"]
    fit_cv: Annotated[float, Field(ge=0, lt=1)]
    reference_cv: Annotated[float, Field(ge=0, lt=1)] = 0.0
    voxel_cv: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def method(self, bench: Bench) -> Peak:  # noqa: ARG002, D102
        return Peak(self.fit_cv, self.reference_cv, self.voxel_cv)


@dataclass(frozen=True, slots=True)
class Peak(Method):
    """Coefficients of variation, see :class:`Spectroscopy`."""

    fit_cv: float
    reference_cv: float
    voxel_cv: float
    unbiased: bool = False

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        fitted = values[0] * (1.0 + self.fit_cv * draws.normal(0)) * draws.factor(2, self.voxel_cv)
        return fitted / draws.factor(1, self.reference_cv)
