"""A study that fits its system: what will be simulated, every name looked up and every unit converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import CohortArm
from allodynia.errors import Where, unknown
from allodynia.study.assay import Assay
from allodynia.study.load import Study
from allodynia.study.regimen import Act

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Beginning:
    """The state of subjects at time 0: at rest or as stated, and then ``run_in`` (model's unit) further.

    ``switches`` are parameters that are set to 1 from then on: what happens by chance happens to nobody at rest.
    """

    at_rest: bool = False
    run_in: float = 0.0
    switches: tuple[str, ...] = ()


@dataclass(frozen=True)
class BoundArm:
    """An arm that can be simulated. ``unit`` is the experimental unit: ``donor``, or ``subject`` where no donors
    are compared.
    """

    name: str
    label: str
    spec_name: str
    cohort: CohortArm
    acts: tuple[Act, ...]
    hypothesis: str | None
    unit: str
    begin: Beginning = Beginning()


@dataclass(frozen=True)
class BoundEndpoint:
    """An endpoint in the model's terms: reading = ``factor`` x output, through ``assay``, at ``times`` (model time
    unit).
    """

    name: str
    label: str
    output: str
    unit: str
    factor: float
    times: F8
    baseline: F8
    assay: Assay
    summary: str
    table_at: float
    good: int = 0
    """1: higher is better for the subject, -1: lower, 0: the study does not say."""
    companions: tuple[tuple[str, float], ...] = ()
    """Further outputs that the assay reads (a reference region, say), each with the factor to the endpoint's unit."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every output of the model that it reads, its own first."""
        return (self.output, *(name for name, _ in self.companions))


@dataclass(frozen=True)
class Plan:
    """All that is needed to simulate a study: arms, endpoints, and what to sample when."""

    study: Study
    arms: tuple[BoundArm, ...]
    endpoints: Mapping[str, BoundEndpoint]
    grid: F8
    end: float
    drawn: tuple[tuple[str, str, str, float], ...]
    """Further outputs to keep: output id, label, unit, factor."""
    without_assay: Mapping[str, BoundEndpoint]
    """The same by name, as statistics take them: nobody measures them, so a reading is the true value."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameter id to its unit, in the model's order: what sub-groups may be formed by, beside endpoints."""
    time_unit: str = "d"

    def has_endpoint(self, name: str) -> bool:
        """Whether ``name`` is an endpoint, or an output drawn beside them."""
        return name in self.endpoints or name in self.without_assay

    def names(self) -> list[str]:
        """What a condition may be on."""
        return [*self.endpoints, *self.without_assay, *self.parameters]

    def arm(self, name: str, where: Where | None = None) -> BoundArm:
        """The arm called ``name``; unknown names are refused with the nearest."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise unknown("arm", name, (arm.name for arm in self.arms), where=where)

    def endpoint(self, name: str, where: Where | None = None) -> BoundEndpoint:
        """The endpoint, or output drawn beside them, called ``name``; unknown names are refused with the nearest."""
        found = self.endpoints.get(name) or self.without_assay.get(name)
        if found is None:
            raise unknown("endpoint", name, [*self.endpoints, *self.without_assay], where=where)
        return found
