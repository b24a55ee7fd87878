"""Doses and changes as the engine takes them: what happens to one subject of an arm, at what time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from allodynia.errors import InvalidInput, UnitMismatch, Where, unknown
from allodynia.model.ode import OdeSystem, Quantity
from allodynia.study.load import Study
from allodynia.study.quantities import Magnitude
from allodynia.study.spec import Change, Dose
from allodynia.study.titration import plain_doses
from allodynia.study.units import convert, time_of, unit_of

Kind = Literal["ADD_STATE", "SET_STATE", "SET_PARAMETER", "ADD_PARAMETER"]
MOST_ACTIONS = 100_000
BODY_WEIGHTS = ("body.weight", "igg.body_weight")
"""Parameters that an amount for each kilogram is multiplied by, the first that the system has."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done to a subject: ``kind`` and ``target`` (a column of the states or parameters), at ``time``.

    ``per`` is the column of the parameter (a body weight) that ``value`` is multiplied by, -1 for none.
    """

    time: float
    kind: Kind
    target: int
    value: float
    per: int = -1


def dosing_times(first: float, every: float | None, repeat: int) -> list[float]:
    """When doses are given: ``first``, and then every ``every`` until ``repeat`` have been given."""
    return [first + number * (every or 0.0) for number in range(repeat)]


@dataclass(frozen=True)
class Compiler:
    """Turns the doses and changes of a study's arms into acts on ``ode``; refuses what cannot be given."""

    study: Study
    ode: OdeSystem
    drugs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> float:
        """The end of follow-up in the model's time unit."""
        return time_of(self.study.spec.follow_up, self.ode.time_unit, "follow_up", self.study.where("follow_up"))

    def arm(self, name: str) -> tuple[Act, ...]:
        """Everything done to a subject of the arm called ``name``, in order of time; ties in the order written.

        Raises
        ------
        InvalidInput
            Unknown state or parameter, a dose that is not positive or outside follow-up; UnitMismatch for a wrong
            dimension.
        """
        spec = self.study.spec.arms[name]
        acts: list[Act] = []
        for number, dose in enumerate(spec.doses):
            path = ("arms", name, "doses", number)
            for one in plain_doses(dose, self.study, path, self.ode.time_unit, self.end):
                acts += self._dose(one, path)
        for number, change in enumerate(spec.changes):
            acts += self._change(change, ("arms", name, "changes", number))
        if len(acts) > MOST_ACTIONS:
            raise InvalidInput(f"more than {MOST_ACTIONS} doses for one subject", where=self.study.where("arms", name))
        return tuple(sorted(acts, key=lambda act: act.time))

    def _dose(self, dose: Dose, path: tuple[str | int, ...]) -> list[Act]:
        where = self.study.where
        if sum(way is not None for way in (dose.drug, dose.into, dose.through)) != 1:
            raise InvalidInput(
                "a dose is of a drug (drug: and route:), or goes into a state (into:), or through a rate parameter "
                "(through:); one of them",
                where=where(*path),
            )
        amount = _amount_of(dose)
        if amount.value < 0.0:
            raise InvalidInput(f"the dose {amount} is negative", where=where(*path, "amount"))
        if dose.repeat > 1 and dose.every is None:
            raise InvalidInput("repeat: needs every:, the time between doses", where=where(*path, "repeat"))
        times = self._times(dose, path)
        if dose.into is not None or dose.drug is not None:
            if dose.over is not None:
                raise InvalidInput(
                    "an infusion (over:) goes through a rate parameter (through:)", where=where(*path, "over")
                )
            key = "into" if dose.into is not None else "drug"
            target = self._state(dose.into or self._drug(dose, path), where(*path, key))
            value, per = self._amount(dose, self.ode.states[target], path)
            return [Act(time, "ADD_STATE", target, value, per) for time in times]
        return self._infusion(dose, path, times)

    def _drug(self, dose: Dose, path: tuple[str | int, ...]) -> str:
        """The state that a dose form of a drug goes into."""
        where = self.study.where
        if dose.drug is None or dose.drug not in self.drugs:
            raise unknown("drug", str(dose.drug), self.drugs, where=where(*path, "drug"))
        try:
            return str(self.drugs[dose.drug].into(dose.route))
        except InvalidInput as error:
            raise InvalidInput(error.message, where=where(*path, "route" if dose.route else "drug")) from None

    def _amount(self, dose: Dose, state: Quantity, path: tuple[str | int, ...]) -> tuple[float, int]:
        """The amount in the unit of the state, and the column of the weight it is to be multiplied by (-1: none)."""
        where, amount = self.study.where(*path, "amount"), _amount_of(dose)
        given, wanted = unit_of(amount.unit, where), unit_of(state.unit, where)
        column = self._weight(dose, path)
        if column is not None and not given.same_dimension(wanted):
            unit = f"{_whole(amount.unit)}*{_whole(self.ode.parameters[column].unit)}"
            if unit_of(unit, where).same_dimension(wanted):
                return convert(Magnitude(amount.value, unit), state.unit, state.id, where), column
        if dose.weight is not None:
            raise UnitMismatch(f"{amount} times {dose.weight} does not fit {state.id} in {state.unit}", where=where)
        return convert(amount, state.unit, state.id, where), -1

    def _weight(self, dose: Dose, path: tuple[str | int, ...]) -> int | None:
        """The column of what a dose may be multiplied by: the parameter named, else the system's body weight."""
        if dose.weight is not None:
            return self._parameter(dose.weight, self.study.where(*path, "weight"))
        columns = {quantity.id: number for number, quantity in enumerate(self.ode.parameters)}
        return next((columns[name] for name in BODY_WEIGHTS if name in columns), None)

    def _infusion(self, dose: Dose, path: tuple[str | int, ...], times: list[float]) -> list[Act]:
        where = self.study.where
        if dose.over is None:
            raise InvalidInput("an infusion needs over:, how long it runs", where=where(*path))
        over = time_of(dose.over, self.ode.time_unit, "over", where(*path, "over"))
        if not over > 0.0:
            raise InvalidInput(f"over: {dose.over} is no time at all", where=where(*path, "over"))
        target = self._parameter(str(dose.through), where(*path, "through"))
        amount = _amount_of(dose)
        rate = Magnitude(amount.value / dose.over.value, f"{_whole(amount.unit)}/{_whole(dose.over.unit)}")
        value = convert(rate, self.ode.parameters[target].unit, str(dose.through), where(*path, "amount"))
        if times[-1] + over > self.end * (1.0 + 1e-12):
            raise InvalidInput(
                f"the last infusion ends after follow-up ({self.study.spec.follow_up})", where=where(*path, "over")
            )
        if dose.every is not None and dose.repeat > 1 and times[1] - times[0] < over:
            raise InvalidInput("the next infusion would start before the last has ended", where=where(*path, "every"))
        acts: list[Act] = []
        for time in times:
            acts += [
                Act(time, "ADD_PARAMETER", target, value),
                Act(min(time + over, self.end), "ADD_PARAMETER", target, -value),
            ]
        return acts

    def _times(self, dose: Dose, path: tuple[str | int, ...]) -> list[float]:
        where, unit = self.study.where, self.ode.time_unit
        first = time_of(dose.at, unit, "at", where(*path, "at"), end=self.end)
        every = None
        if dose.every is not None:
            every = time_of(dose.every, unit, "every", where(*path, "every"))
            if not every > 0.0:
                raise InvalidInput(f"every: {dose.every} is no time at all", where=where(*path, "every"))
        times = dosing_times(first, every, dose.repeat)
        if times[-1] > self.end * (1.0 + 1e-12):
            late = f"dose {dose.repeat} would be given at {times[-1]:g} {unit}"
            raise InvalidInput(f"{late}, after the end of follow-up ({self.study.spec.follow_up})", where=where(*path))
        return times

    def _change(self, change: Change, path: tuple[str | int, ...]) -> list[Act]:
        where, unit = self.study.where, self.ode.time_unit
        start = time_of(change.at, unit, "at", where(*path, "at"), end=self.end)
        states = {quantity.id: number for number, quantity in enumerate(self.ode.states)}
        kind: Kind
        if change.of in states:
            target, kind, quantity = states[change.of], "SET_STATE", self.ode.states[states[change.of]]
        else:
            target, kind = self._parameter(change.of, where(*path, "of"), states), "SET_PARAMETER"
            quantity = self.ode.parameters[target]
        value = convert(change.to, quantity.unit, change.of, where(*path, "to"))
        if value < 0.0 and quantity.non_negative:
            raise InvalidInput(f"{change.of} cannot be negative: {change.to}", where=where(*path, "to"))
        acts = [Act(start, kind, target, value)]
        if change.until is not None:
            stop = time_of(change.until, unit, "until", where(*path, "until"), end=self.end)
            if not stop > start:
                raise InvalidInput(f"until: {change.until} is not after at: {change.at}", where=where(*path, "until"))
            acts.append(Act(stop, kind, target, self._back(change, kind, target, path)))
        return acts

    def _back(self, change: Change, kind: Kind, target: int, path: tuple[str | int, ...]) -> float:
        """What a change goes back to: a washed-out state is empty, a parameter has the arm's or the table's value
        again.
        """
        if kind == "SET_STATE":
            return 0.0
        where = self.study.where(*path, "until")
        given = self.study.spec.arms[str(path[1])].inputs.get(change.of)
        if given is not None:
            return convert(given, self.ode.parameters[target].unit, change.of, where)
        value = self.ode.parameters[target].value
        if value is None:
            raise InvalidInput(f"{change.of} has no value to go back to", where=where)
        return value

    def _state(self, name: str, where: Where) -> int:
        for number, quantity in enumerate(self.ode.states):
            if quantity.id == name:
                return number
        raise unknown("state", name, (quantity.id for quantity in self.ode.states), where=where)

    def _parameter(self, name: str, where: Where, also: dict[str, int] | None = None) -> int:
        for number, quantity in enumerate(self.ode.parameters):
            if quantity.id == name:
                return number
        known = [*(quantity.id for quantity in self.ode.parameters), *(also or ())]
        raise unknown("state or parameter" if also else "parameter", name, known, where=where)


def _amount_of(dose: Dose) -> Magnitude:
    if dose.amount is None:
        raise RuntimeError("a titration is taken apart before its doses are given")
    return dose.amount


def _whole(unit: str) -> str:
    """A unit that may stand on either side of a division: in brackets unless it is a single word."""
    return unit if unit.isalpha() else f"({unit})"
