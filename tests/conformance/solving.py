"""One case through the road that every user takes: read, assemble, simulate, sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from suite import F8, Case

from allodynia.engine import Status, simulate
from allodynia.errors import AllodyniaError, UnsupportedModel
from allodynia.model import ModelText, OdeSystem, read_sbml_models, to_ode

RTOL = 1e-8
ATOL_OF_ABSOLUTE = 1e-4
"""The suite's tolerances are on results, an engine's on a step: it runs this much tighter than the case allows."""


@dataclass(frozen=True)
class Verdict:
    """What became of a case: ``word`` is "pass", "refused" or "wrong", ``why`` says why not."""

    case: Case
    word: str
    why: str = ""


def judge_all(cases: Sequence[Case]) -> list[Verdict]:
    """The verdicts on ``cases``, whose models are read in one child process."""
    texts = read_sbml_models({case.id: case.sbml for case in cases})
    return [judge(case, texts[case.id]) for case in cases]


def judge(case: Case, text: ModelText | AllodyniaError) -> Verdict:
    """Simulate a case and compare. A refusal is an UnsupportedModel; anything else that goes awry is wrong."""
    if isinstance(text, UnsupportedModel):
        return Verdict(case, "refused", str(text))
    if isinstance(text, AllodyniaError):
        return Verdict(case, "wrong", f"cannot be read: {text}")
    try:
        found, status = _simulated(case, text)
    except UnsupportedModel as refusal:
        return Verdict(case, "refused", str(refusal))
    except AllodyniaError as error:
        return Verdict(case, "wrong", f"cannot be simulated: {error}")
    if status is not Status.SOLVED:
        return Verdict(case, "wrong", f"not solved: {status.sentence}")
    agrees = case.agrees(found)
    if agrees.all():
        return Verdict(case, "pass")
    row, column = np.argwhere(~agrees)[0]
    value, wanted = found[row, column], case.expected[row, column]
    place = f"{case.variables[column]} at time {case.times[row]:g}"
    return Verdict(case, "wrong", f"{place} is {value:.9g}, not {wanted:.9g}; {(~agrees).sum()} numbers differ")


def _simulated(case: Case, text: ModelText) -> tuple[F8, Status]:
    system = to_ode(text)
    sampled = [_Sampled.of(name, case, text) for name in case.variables]
    ids = tuple(dict.fromkeys(name for one in sampled for name in (one.id, one.size) if name))
    values = np.array([[np.nan if quantity.value is None else quantity.value for quantity in system.parameters]])
    solution = simulate(
        system, values, case.times, ids, rtol=RTOL, atol=_atol(system, case), start=case.times[0], threads=1
    )
    columns = [one.values({name: solution.output(name)[0] for name in ids}) for one in sampled]
    return np.stack(columns, axis=1), Status(solution.status[0])


def _atol(system: OdeSystem, case: Case) -> F8:
    return np.full(len(system.states), ATOL_OF_ABSOLUTE * case.absolute)


@dataclass(frozen=True)
class _Sampled:
    """A column: the quantity ``id``, times the ``size`` of its compartment, or over it."""

    id: str
    size: str | None = None
    divided: bool = False

    @staticmethod
    def of(name: str, case: Case, text: ModelText) -> _Sampled:
        species = next((item for item in text.species if item.id == name), None)
        if species is None or name not in case.amounts | case.concentrations:
            return _Sampled(name)
        dimensions = {item.id: item.dimensions for item in text.compartments}
        is_amount = species.only_substance or dimensions[species.compartment] == 0
        if is_amount == (name in case.amounts):
            return _Sampled(name)
        return _Sampled(name, species.compartment, divided=is_amount)

    def values(self, columns: dict[str, F8]) -> F8:
        if self.size is None:
            return columns[self.id]
        return columns[self.id] / columns[self.size] if self.divided else columns[self.id] * columns[self.size]
