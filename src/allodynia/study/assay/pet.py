"""Positron emission tomography: a tracer's volume of distribution in a region, or its ratio to a reference region."""

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
from allodynia.study.quantities import Amount

F8 = NDArray[np.float64]


class Pet(Spec):
    """The endpoint's output is the density of the target in a region, over that of a healthy brain.

    The tracer's distribution there is ``free`` x (1 + ``binding`` x affinity x density): free and non-specific tracer,
    and what is bound. ``affinity`` names a parameter or output of the subject that multiplies binding: the genotype of
    TSPO for second-generation tracers. ``read: vt`` is that volume, from arterial blood whose counting errs by
    ``input_cv``. ``read: dvr`` is its ratio to a ``reference`` region, where blood cancels out; a reference region that
    holds the target itself, and rises with it, makes other regions seem to fall. ``region_cv`` is the error of a
    region's time course. Innis et al. 2007, J. Cereb. Blood Flow Metab. 27:1533.
    """

    kind: Literal["pet"]
    read: Literal["vt", "dvr"]
    binding: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    free: Amount | None = None
    affinity: str | None = None
    reference: str | None = None
    region_cv: Annotated[float, Field(ge=0)]
    input_cv: Annotated[float, Field(ge=0)] = 0.0

    def companions(self) -> dict[str, str]:  # noqa: D102
        given = {"affinity": self.affinity, "reference": self.reference}
        return {key: output for key, output in given.items() if output is not None}

    def method(self, bench: Bench) -> Scan:  # noqa: D102
        if (self.read == "dvr") != (self.reference is not None):
            raise bench.refuse("read: dvr needs a reference: region, and read: vt has none", "read")
        if (self.read == "vt") != (self.free is not None):
            raise bench.refuse("read: vt needs free:, the volume of unbound tracer, and read: dvr has none", "read")
        free = 1.0 if self.free is None else bench.amount(self.free, "free")
        return Scan(
            self.binding, free, self.affinity is not None, self.reference is not None, self.region_cv, self.input_cv
        )


@dataclass(frozen=True, slots=True)
class Scan(Method):
    """See :class:`Pet`. Values: density in the region, then affinity and the reference region's density where asked."""

    binding: float
    free: float
    has_affinity: bool
    has_reference: bool
    region_cv: float
    input_cv: float
    unbiased: bool = False

    def truth(self, values: Sequence[F8]) -> F8:
        """Without errors."""
        affinity = values[1] if self.has_affinity else 1.0
        region = self.free * (1.0 + self.binding * affinity * values[0])
        if not self.has_reference:
            return np.asarray(region)
        return np.asarray(region / (self.free * (1.0 + self.binding * affinity * values[-1])))

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        found = self.truth(values) * draws.factor(0, self.region_cv)
        return found / draws.factor(1, self.region_cv) if self.has_reference else found * draws.factor(2, self.input_cv)
