"""What a study file may say of tests for a disease: whom they are to find, among whom, by which readings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from allodynia.study.manners import Evidence, Name, Spec

Portion = Annotated[float, Field(gt=0, lt=1)]


class Marker(Spec):
    """A test: readings of the study, each at the time that its endpoint puts into the table.

    One reading ``points`` up or down: which values speak for the disease, said before anything is looked at. Several
    are weighed by a logistic regression. ``log`` takes their logarithms. ``caution`` is printed beside the results.
    """

    label: str
    of: Annotated[list[str], Field(min_length=1)]
    points: Literal["up", "down"] | None = None
    log: bool = False
    caution: str = ""


class Combination(Spec):
    """Several markers together."""

    label: str
    of: Annotated[list[str], Field(min_length=2)]


class Prevalence(Spec):
    """The share of people who have the disease, where the test is used."""

    share: Portion
    evidence: Evidence


class DiagnosisSpec(Spec):
    """Tests for the disease that the people of one arm have (``disease``), against the people of others (``versus``).

    ``specificity`` is the one at which sensitivity is given, ``together`` names combinations, ``prevalence`` the places
    at whose prevalence a result is weighed.
    """

    disease: str
    versus: Annotated[list[str], Field(min_length=1)]
    specificity: Portion = 0.9
    prevalence: dict[Name, Prevalence] = {}
    markers: Annotated[dict[Name, Marker], Field(min_length=1)]
    together: dict[Name, Combination] = {}
