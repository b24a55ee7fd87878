"""A study in one COMBINE archive: the model, the course of its typical subject, and the study as a PEtab problem."""

from __future__ import annotations

from allodynia.export.petab import condition_values, petab_problem
from allodynia.export.scheduled import of_plan
from allodynia.model.write import archive, time_course
from allodynia.model.write.annotations import Terms
from allodynia.model.write.ids import ids_of
from allodynia.study.result import StudyResult
from allodynia.study.system_like import SystemLike

COURSE = "course.sedml"


def omex(result: StudyResult, system: SystemLike, terms: Terms | None = None) -> bytes:
    """The archive's bytes.

    The course is that of the first arm's typical subject from time 0, at the endpoints' outputs; the study's text lies
    beside it.
    """
    plan = result.plan
    files = petab_problem(result, system, terms)
    model = of_plan(system.ode, plan)
    ids = ids_of(model.ode)
    first = plan.arms[0]
    outputs = dict.fromkeys((ids[endpoint.output], endpoint.label) for endpoint in plan.endpoints.values())
    changes = {ids[name]: value for name, value in condition_values(first, model, system).items()}
    files[COURSE] = time_course("model.xml", list(outputs), plan.end, 200, changes=changes)
    files["study.yaml"] = plan.study.text
    return archive(files, COURSE)
