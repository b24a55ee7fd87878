"""The parts of one libSBML model as typed plain data, in the child process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from allodynia.model.read.postfix import to_postfix
from allodynia.model.read.refusal import Refusal
from allodynia.model.text import (
    AlgebraicRule,
    Apply,
    Assignment,
    Compartment,
    Event,
    Function,
    Math,
    ModelText,
    ModelUnits,
    Parameter,
    Participant,
    Reaction,
    Species,
)
from allodynia.model.units import UnitFactor

LineOf = Callable[..., int | None]


class Extraction:
    """Walks one libSBML model. What cannot be simulated is refused here, by id, line and reason."""

    def __init__(
        self, model: Any, name: str, exact: Callable[[float], float], line_of: LineOf | None, strict: bool, level: int
    ) -> None:
        self._model = model
        self._name = name
        self._exact = exact
        self._line_of = line_of
        self._strict = strict
        self._level = level
        self._stoichiometry_rules: list[Assignment] = []

    def model(self) -> ModelText:
        """The whole model."""
        m = self._model
        assignment_rules, rate_rules, algebraic_rules = self._rules()
        reactions = tuple(self._reaction(r) for r in m.getListOfReactions())
        return ModelText(
            name=self._name,
            id=m.getId(),
            units=self._units(),
            unit_definitions={
                definition.getId(): tuple(self._unit_factor(unit) for unit in definition.getListOfUnits())
                for definition in m.getListOfUnitDefinitions()
            },
            compartments=tuple(self._compartment(c) for c in m.getListOfCompartments()),
            species=tuple(self._species(s) for s in m.getListOfSpecies()),
            parameters=(*(self._parameter(p) for p in m.getListOfParameters()), *self._local_parameters()),
            assignment_rules=(*assignment_rules, *self._stoichiometry_rules),
            rate_rules=rate_rules,
            initial_assignments=tuple(
                self._assignment(a, a.getSymbol(), "set") for a in m.getListOfInitialAssignments() if a.isSetMath()
            ),
            reactions=reactions,
            functions=self.functions(),
            conversion_factor=m.getConversionFactor() if m.isSetConversionFactor() else None,
            strict=self._strict,
            algebraic_rules=algebraic_rules,
            events=tuple(self._event(e, i) for i, e in enumerate(m.getListOfEvents(), 1)),
        )

    def functions(self) -> tuple[Function, ...]:
        """The functions that the model defines."""
        return tuple(self._function(f) for f in self._model.getListOfFunctionDefinitions() if f.isSetMath())

    def bodies(self) -> dict[str, Math]:
        """The body of each function, by its id."""
        return {function.id: function.body for function in self.functions()}

    # places and numbers ---------------------------------------------------------------------------
    def _line(self, element: Any, name: str, *roles: str) -> int | None:
        if self._line_of is not None:
            return self._line_of(name, *roles)
        line = int(element.getLine())
        return line or None

    def _number(self, present: bool, value: float) -> float | None:
        """A numeric attribute, None where the text does not give it. A NaN that is written is a NaN."""
        return self._exact(value) if present else None

    def _math(self, owner: Any, name: str, line: int | None, rename: dict[str, str] | None = None) -> Math:
        return to_postfix(owner.getMath(), exact=self._exact, rename=rename or {}, line=line, element=name)

    # parts ----------------------------------------------------------------------------------------
    def _units(self) -> ModelUnits:
        m = self._model
        if self._level < 3:
            return ModelUnits("time", "substance", "substance", "volume", "area", "length")
        return ModelUnits(
            m.getTimeUnits() or None,
            m.getSubstanceUnits() or None,
            m.getExtentUnits() or None,
            m.getVolumeUnits() or None,
            m.getAreaUnits() or None,
            m.getLengthUnits() or None,
        )

    def _unit_factor(self, unit: Any) -> UnitFactor:
        import libsbml

        kind = libsbml.UnitKind_toString(unit.getKind())
        return UnitFactor(kind, float(unit.getExponentAsDouble()), int(unit.getScale()), float(unit.getMultiplier()))

    def _compartment(self, c: Any) -> Compartment:
        return Compartment(
            id=c.getId(),
            size=self._number(c.isSetSize() or self._level == 1, c.getSize()),
            unit=c.getUnits() or None,
            constant=bool(c.getConstant()),
            dimensions=float(c.getSpatialDimensionsAsDouble()),
            line=self._line(c, c.getId(), "declared", "set"),
            label=c.getName(),
        )

    def _species(self, s: Any) -> Species:
        return Species(
            id=s.getId(),
            compartment=s.getCompartment(),
            initial_amount=self._number(s.isSetInitialAmount(), s.getInitialAmount()),
            initial_concentration=self._number(s.isSetInitialConcentration(), s.getInitialConcentration()),
            substance_unit=s.getSubstanceUnits() or None,
            only_substance=bool(s.getHasOnlySubstanceUnits()),
            boundary=bool(s.getBoundaryCondition()),
            constant=bool(s.getConstant()),
            conversion_factor=s.getConversionFactor() if s.isSetConversionFactor() else None,
            line=self._line(s, s.getId(), "declared", "set"),
            label=s.getName(),
        )

    def _parameter(self, p: Any) -> Parameter:
        return Parameter(
            id=p.getId(),
            value=self._number(p.isSetValue(), p.getValue()),
            unit=p.getUnits() or None,
            constant=bool(p.getConstant()),
            line=self._line(p, p.getId(), "declared", "set"),
            label=p.getName(),
        )

    def _rules(self) -> tuple[tuple[Assignment, ...], tuple[Assignment, ...], tuple[AlgebraicRule, ...]]:
        always: list[Assignment] = []
        rates: list[Assignment] = []
        algebraic: list[AlgebraicRule] = []
        for rule in self._model.getListOfRules():
            if not rule.isSetMath():
                continue
            if rule.isAlgebraic():
                name = rule.getIdAttribute() or "algebraic rule"
                line = self._line(rule, name, "rule")
                algebraic.append(AlgebraicRule(self._math(rule, name, line), line))
            elif rule.isRate():
                rates.append(self._assignment(rule, rule.getVariable(), "rate"))
            else:
                always.append(self._assignment(rule, rule.getVariable(), "rule"))
        return tuple(always), tuple(rates), tuple(algebraic)

    def _assignment(self, owner: Any, variable: str, role: str) -> Assignment:
        line = self._line(owner, variable, role)
        return Assignment(variable, self._math(owner, variable, line), line)

    def _locals(self, reaction: Any) -> Iterable[Any]:
        law = reaction.getKineticLaw()
        if law is None:
            return []
        return list(law.getListOfLocalParameters() if self._level > 2 else law.getListOfParameters())

    def _local_parameters(self) -> Iterable[Parameter]:
        """Parameters that only one reaction sees, under an id no other element can have."""
        for reaction in self._model.getListOfReactions():
            for p in self._locals(reaction):
                line = self._line(p, reaction.getId(), "reaction")
                yield Parameter(
                    id=f"{reaction.getId()}.{p.getId()}",
                    value=self._number(p.isSetValue(), p.getValue()),
                    unit=p.getUnits() or None,
                    constant=True,
                    line=line,
                    label=p.getName(),
                )

    def _reaction(self, r: Any) -> Reaction:
        name = r.getId()
        line = self._line(r, name, "reaction")
        if r.isSetFast() and r.getFast():
            message = f"reaction {name!r} is fast, which is not supported; give it rate constants"
            raise Refusal("unsupported", message, line=line, element=name)
        law = r.getKineticLaw()
        rename = {p.getId(): f"{name}.{p.getId()}" for p in self._locals(r)}
        return Reaction(
            id=name,
            reactants=tuple(
                self._participant(p, name, f"reactant{i}") for i, p in enumerate(r.getListOfReactants(), 1)
            ),
            products=tuple(self._participant(p, name, f"product{i}") for i, p in enumerate(r.getListOfProducts(), 1)),
            law=self._math(law, name, line, rename) if law is not None and law.isSetMath() else None,
            line=line,
            label=r.getName(),
        )

    def _participant(self, p: Any, reaction: str, position: str) -> Participant:
        line = self._line(p, reaction, "reaction")
        if self._level == 2 and p.isSetStoichiometryMath() and p.getStoichiometryMath().isSetMath():
            # What level 3 writes as an assignment rule for the id of the reference.
            name = p.getId() or f"{reaction}.{position}"
            self._stoichiometry_rules.append(Assignment(name, self._math(p.getStoichiometryMath(), name, line), line))
            return Participant(p.getSpecies(), None, name, False, line)
        present = self._level < 3 or p.isSetStoichiometry()
        value = p.getStoichiometry()
        if self._level == 1:
            value /= p.getDenominator()
        return Participant(
            species=p.getSpecies(),
            stoichiometry=self._number(present, value),
            id=p.getId() or None,
            constant=bool(p.getConstant()) if self._level > 2 else True,
            line=line,
        )

    def _function(self, f: Any) -> Function:
        name = f.getId()
        line = self._line(f, name, "function")
        count = f.getNumArguments()
        body = f.getBody()
        if body is None:
            raise Refusal("unreadable", f"function {name!r} has no body", line=line, element=name)
        return Function(
            id=name,
            arguments=tuple(f.getArgument(i).getName() for i in range(count)),
            body=to_postfix(body, exact=self._exact, rename={}, line=line, element=name),
            line=line,
        )

    # events ---------------------------------------------------------------------------------------
    def _event(self, e: Any, number: int) -> Event:
        name = e.getId() or f"event {number}"
        line = self._line(e, name, "event", "reaction")

        def part(owner: Any) -> Math | None:
            return self._math(owner, name, line) if owner is not None and owner.isSetMath() else None

        trigger = e.getTrigger()
        third = self._level > 2
        return Event(
            id=name,
            trigger=part(trigger) or (Apply("false", 0),),  # without a condition it never happens
            assignments=tuple(
                self._assignment(a, a.getVariable(), "set") for a in e.getListOfEventAssignments() if a.isSetMath()
            ),
            delay=part(e.getDelay()),
            priority=part(e.getPriority()) if third else None,
            persistent=bool(trigger.getPersistent()) if third and trigger is not None else True,
            initially=bool(trigger.getInitialValue()) if third and trigger is not None else True,
            values_at_trigger=bool(e.getUseValuesFromTriggerTime()),
            line=line,
            label=e.getName(),
        )
