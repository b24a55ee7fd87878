"""What every part of a study file has in common: its manners, and the kinds of its fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=60)]
"""How arms, donors, endpoints and observables are called."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Evidence = Annotated[str, Field(description="ids of evidence records, separated by spaces, or 'assumed'")]


class Spec(BaseModel):
    """The manners of every part: frozen, strict, and no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
