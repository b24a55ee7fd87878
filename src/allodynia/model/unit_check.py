"""Units of formulas, strictly: what is added, compared or assigned must be of one unit, factor included.

libSBML checks units too, but lets some through (an initial value from another unit, a condition of a piecewise); a
module of the system must pass both. Only exponents, degrees of roots and bases of logarithms may be literals without
a unit.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from allodynia.errors import AllodyniaError, UnitMismatch, nearest
from allodynia.model.interpret import Interpreter
from allodynia.model.quantities import TextUnits
from allodynia.model.text import Math, ModelText, Number
from allodynia.model.units import DIMENSIONLESS, Unit, require_same


class Measured(NamedTuple):
    """What is known of a part of a formula: its unit (None: a literal without one) and, if literal, its number."""

    unit: Unit | None
    number: float | None = None


_Check: TypeAlias = Callable[[str, Math, Unit, int | None], None]
_PURE = Measured(DIMENSIONLESS)
_SAME = frozenset({"plus", "minus", "max", "min", "rem"})
_COMPARE = frozenset({"eq", "neq", "lt", "leq", "gt", "geq"})
_KEEP = frozenset({"abs", "floor", "ceiling"})
_LOGIC = frozenset({"and", "or", "not", "xor", "implies"})


class UnitAlgebra:
    """Literals and functions as units."""

    def __init__(self, units: TextUnits) -> None:
        self._units = units

    def number(self, literal: Number) -> Measured:
        """The unit that a literal carries."""
        return Measured(self._units.unit(literal.unit), literal.value)

    def apply(self, function: str, arguments: list[Measured]) -> Measured:
        """The unit of a function of quantities. Raises UnitMismatch; the caller adds the place."""
        if function in ("power", "root"):
            return self._power(function, arguments)
        if (
            all(argument.unit is None for argument in arguments)
            and arguments
            and function in ("minus", "plus", "times", "divide")
        ):
            return Measured(None, _literal(function, [argument.number for argument in arguments]))
        if function == "log" and len(arguments) == 2 and arguments[0].unit is None:
            arguments = arguments[1:]
        for argument in arguments:
            if argument.unit is None:
                which = "a literal" if argument.number is None else f"the literal {argument.number:g}"
                raise UnitMismatch(f"{which} has no unit; write it like '0.5 dimensionless'")
        units = [argument.unit for argument in arguments if argument.unit is not None]
        if function == "time":
            return Measured(self._units.time)
        if function == "piecewise":
            values = [units[i] for i in range(len(units)) if i % 2 == 0]
            return Measured(_alike("the pieces of 'piecewise'", values))
        if function in _SAME:
            number = -(arguments[0].number or 0.0) if function == "minus" and len(arguments) == 1 else None
            return Measured(_alike(f"the arguments of {function!r}", units), number)
        if function in _COMPARE:
            _alike(f"the two sides of {function!r}", units)
            return _PURE
        if function in _LOGIC:
            return _PURE
        if function in _KEEP and len(units) == 1:
            return Measured(units[0])
        if function == "times":
            product = DIMENSIONLESS
            for unit in units:
                product = product * unit
            return Measured(product)
        if function in ("divide", "quotient") and len(units) == 2:
            return Measured(units[0] / units[1])
        for unit in units:
            require_same(unit, DIMENSIONLESS, f"the argument of {function!r}")
        return _PURE

    def _power(self, function: str, arguments: list[Measured]) -> Measured:
        base, exponent = arguments if function == "power" else (arguments[1], arguments[0])
        if exponent.unit is not None:
            require_same(exponent.unit, DIMENSIONLESS, f"the exponent of {function!r}")
        if base.unit is None:
            raise UnitMismatch("a literal without a unit is raised to a power; write it like '0.5 dimensionless'")
        if base.unit.same(DIMENSIONLESS):
            return _PURE
        if exponent.number is None or exponent.number == 0:
            raise UnitMismatch(
                f"{base.unit.text!r} is raised to a power that is not a literal; divide by a reference first"
            )
        power = Fraction(exponent.number).limit_denominator(1000)
        return Measured(base.unit ** (power if function == "power" else 1 / power))


def _literal(function: str, numbers: list[float | None]) -> float | None:
    """What literals without units make: enough for exponents such as -1 and 1/2."""
    match function, numbers:
        case "minus", [float() as a]:
            return -a
        case "divide", [float() as a, float() as b] if b:
            return a / b
    return None


def _alike(what: str, units: list[Unit]) -> Unit:
    for unit in units[1:]:
        require_same(unit, units[0], what)
    return units[0] if units else DIMENSIONLESS


def _undeclared(name: str, text: ModelText) -> str:
    """Antimony makes a parameter of every name it meets, so a misspelt name shows as one without a unit."""
    declared = [p.id for group in (text.compartments, text.species, text.parameters) for p in group if p.id != name]
    near = nearest(name, declared, 1)
    hint = f", or did you mean {near[0]!r}?" if near else ""
    return f"{name!r} has no unit; declare it like '{name} has mg'{hint}"


def check_units(text: ModelText) -> None:
    """Raise UnitMismatch, naming file, line and element, for the first missing or inconsistent unit of ``text``."""
    units = TextUnits(text)
    time = units.time
    if time is None:
        message = "the model does not say its unit of time; add a line like 'unit time_unit = 86400 second'"
        raise UnitMismatch(message, where=text.where(None))
    interpreter: Interpreter[Measured] = Interpreter(text, UnitAlgebra(units))

    def lookup(name: str) -> Measured:
        unit = units.symbol(name)
        if unit is None:
            raise UnitMismatch(_undeclared(name, text))
        return Measured(unit)

    def rate(name: str) -> Measured:
        return Measured((lookup(name).unit or DIMENSIONLESS) / time)

    def check(name: str, math: Math, wanted: Unit, line: int | None) -> None:
        try:
            found = interpreter.value(math, lookup, line=line, rate=rate)
            if found.unit is None:
                raise UnitMismatch("its value is a literal without a unit; write it like '0.5 dimensionless'")
            require_same(found.unit, wanted, "its formula")
        except AllodyniaError as error:
            if error.where is not None:
                raise
            raise type(error)(f"{name!r}: {error.message}", where=text.where(line)) from None

    for group in (text.compartments, text.species, text.parameters):
        for element in group:
            if units.symbol(element.id) is None:
                raise UnitMismatch(_undeclared(element.id, text), where=text.where(element.line))
    for rule in (*text.assignment_rules, *text.initial_assignments):
        check(rule.variable, rule.math, lookup(rule.variable).unit or DIMENSIONLESS, rule.line)
    for rule in text.rate_rules:
        variable = lookup(rule.variable).unit or DIMENSIONLESS
        check(rule.variable, rule.math, variable / time, rule.line)
    for event in text.events:
        for part, wanted in ((event.trigger, DIMENSIONLESS), (event.delay, time), (event.priority, DIMENSIONLESS)):
            if part is not None:
                check(event.id, part, wanted, event.line)
        for item in event.assignments:
            check(item.variable, item.math, lookup(item.variable).unit or DIMENSIONLESS, item.line)
    _check_reactions(text, units, check)


def _check_reactions(text: ModelText, units: TextUnits, check: _Check) -> None:
    species = {item.id: item for item in text.species}
    for reaction in text.reactions:
        rate = units.symbol(reaction.id)
        extent = units.extent
        if rate is None or extent is None:
            message = f"{reaction.id!r}: the model does not say what reactions count in; add 'unit extent = ...'"
            raise UnitMismatch(message, where=text.where(reaction.line))
        if reaction.law is not None:
            check(reaction.id, reaction.law, rate, reaction.line)
        for participant in (*reaction.reactants, *reaction.products):
            item = species.get(participant.species)
            amount = None if item is None else units.substance(item.substance_unit)
            if item is None or amount is None or item.boundary:
                continue
            factor = units.symbol(item.conversion_factor or text.conversion_factor or "") or DIMENSIONLESS
            what = f"{reaction.id!r} changes {item.id!r}, whose amount"
            require_same(amount, extent * factor, what, where=text.where(reaction.line))
