"""What a manifest says of the study and the model of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allodynia.model.ode import OdeSystem
    from allodynia.runs.manifest import ModelPart, StudyPart
    from allodynia.study import Study


def study_part(study: Study) -> StudyPart:
    """The study: its whole text, so that a run outlives the file it came from."""
    from allodynia.runs.manifest import StudyPart

    return StudyPart(name=study.name, title=study.spec.title, digest=study.digest, text=study.text)


def model_part(ode: OdeSystem) -> ModelPart:
    """The equations and their values, by digests of content."""
    from allodynia.model import system_digest, values_digest
    from allodynia.runs.manifest import ModelPart

    return ModelPart(
        name=ode.name, digest=system_digest(ode), values_digest=values_digest(ode), states=len(ode.states),
        parameters=len(ode.parameters),
    )  # fmt: skip
