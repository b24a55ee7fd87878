"""Which quantity each algebraic rule decides, and which rules can be solved for it on paper.

An algebraic rule says ``0 = formula`` without saying for whom. Each is matched with one quantity that it names and
that nothing else decides, a different one for each rule (SBML Level 3 Version 2 Core, section 4.9.3: a model in which
that is impossible has no solution). A rule whose formula is a straight line in its quantity is solved for it there and
then, which is exact; the others become rows 0 = f(t, y) of the system.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from allodynia.errors import InvalidInput
from allodynia.model.interpret import Interpreter
from allodynia.model.text import AlgebraicRule, Math, ModelText, Number, Rate, Symbol

# Above this many algebraic rules all stay rows: the search for those that can be solved takes time by their square.
_MANY = 500


@dataclass(frozen=True, slots=True)
class Match:
    """``rule`` decides ``variable``; ``linear``: it can be solved for it by a division."""

    variable: str
    rule: AlgebraicRule
    linear: bool


def changed_by_events(text: ModelText) -> frozenset[str]:
    """The ids that events assign to."""
    return frozenset(assignment.variable for event in text.events for assignment in event.assignments)


def match_algebraic_rules(text: ModelText) -> dict[str, Match]:
    """What each algebraic rule of ``text`` decides, by that quantity's id.

    Where there is a choice, one that no event changes comes before one that an event does, then one that is not held
    at a boundary before one that is, then one without a value before one with, then one that the rule names itself
    before one it only reaches through other rules.

    Raises InvalidInput for a rule that is left without a quantity to decide.
    """
    if not text.algebraic_rules:
        return {}
    reach = _Reach(text)
    free = _undecided(text)
    assigned = changed_by_events(text)
    held = {species.id for species in text.species if species.boundary}
    given = {item.id for item in text.parameters if item.value is not None}
    given |= {item.id for item in text.species if item.initial_amount is not None}
    given |= {item.id for item in text.species if item.initial_concentration is not None}
    given |= {rule.variable for rule in text.initial_assignments}
    few = len(text.algebraic_rules) <= _MANY
    options: list[list[str]] = []
    for rule in text.algebraic_rules:
        named = [name for name in _symbols(rule.math) if name in free]
        further = [name for name in reach.closure(rule.math) if name in free] if few else []
        choice = dict.fromkeys([*named, *further])
        options.append(sorted(choice, key=lambda name: (name in assigned, name in held, name in given)))
    found = _match(options)
    for index, rule in enumerate(text.algebraic_rules):
        if index not in found:
            message = "an algebraic rule decides nothing: other rules, reactions or constants decide all it names"
            raise InvalidInput(message, where=text.where(rule.line))
    matches: dict[str, Match] = {}
    for index, rule in enumerate(text.algebraic_rules):
        variable = found[index]
        linear = few and _is_linear(text, rule, variable)
        if linear:
            others = tuple(t for t in rule.math if not (isinstance(t, Symbol) and t.id == variable))
            linear = variable not in reach.closure(others)
        if linear:
            reach.solved[variable] = rule.math
        matches[variable] = Match(variable, rule, linear)
    return matches


def _symbols(math: Math) -> Iterable[str]:
    return (token.id for token in math if isinstance(token, Symbol))


def _undecided(text: ModelText) -> set[str]:
    """Ids that may change and that no rule and no reaction decides."""
    decided = {rule.variable for rule in (*text.assignment_rules, *text.rate_rules)}
    reacting = {participant.species for participant in text.participants()}
    decided |= {species.id for species in text.species if species.id in reacting and not species.boundary}
    free = {item.id for item in text.species if not item.constant}
    free |= {item.id for item in text.parameters if not item.constant}
    free |= {item.id for item in text.compartments if not item.constant}
    free |= {item.id for item in text.participants() if item.id and not item.constant}
    return free - decided


def _match(options: Sequence[Sequence[str]]) -> dict[int, str]:
    """A largest assignment of each row to one of its options, no option used twice (augmenting paths)."""
    holder: dict[str, int] = {}
    held: dict[int, str] = {}
    for root in range(len(options)):
        came: dict[str, int] = {}
        waiting = deque([root])
        end: str | None = None
        while waiting and end is None:
            row = waiting.popleft()
            for name in options[row]:
                if name in came:
                    continue
                came[name] = row
                if name not in holder:
                    end = name
                    break
                waiting.append(holder[name])
        while end is not None:
            row = came[end]
            previous = held.get(row)
            holder[end], held[row] = row, end
            end = previous
    return held


class _Reach:
    """What a formula depends on, through rules, laws and the rates of what it asks the rate of."""

    def __init__(self, text: ModelText) -> None:
        self.solved: dict[str, Math] = {}
        self._now: dict[str, Math] = {rule.variable: rule.math for rule in text.assignment_rules}
        self._now |= {reaction.id: reaction.law for reaction in text.reactions if reaction.law is not None}
        self._rates: dict[str, list[Math]] = {rule.variable: [rule.math] for rule in text.rate_rules}
        self._places: Mapping[str, str] = {species.id: species.compartment for species in text.species}
        factors = {item.id: item.conversion_factor or text.conversion_factor for item in text.species}
        for reaction in text.reactions:
            for participant in (*reaction.reactants, *reaction.products):
                names = [reaction.id, participant.id, factors.get(participant.species)]
                needed: Math = tuple(Symbol(name) for name in names if name)
                self._rates.setdefault(participant.species, []).append(needed)

    def closure(self, math: Math) -> dict[str, None]:
        """Every id that ``math`` depends on, in order of discovery."""
        found: dict[str, None] = {}
        rates: set[str] = set()
        waiting = [math]
        while waiting:
            for token in waiting.pop():
                if isinstance(token, Rate) and token.id not in rates:
                    rates.add(token.id)
                    waiting += self._rates.get(token.id, [])
                    waiting.append((Symbol(token.id),))
                    place = self._places.get(token.id)
                    if place is not None:
                        waiting.append((Rate(place), Symbol(place)))
                elif isinstance(token, Symbol) and token.id not in found:
                    found[token.id] = None
                    for known in (self._now, self.solved):
                        if token.id in known:
                            waiting.append(known[token.id])
                    if token.id in self._places:
                        waiting.append((Symbol(self._places[token.id]),))
        return found


class _Degrees:
    """Formulas as their degree in one quantity: 0 (not in it), 1 (a straight line), 2 (anything else)."""

    def number(self, _literal: Number) -> int:
        """A literal."""
        return 0

    def apply(self, function: str, arguments: list[int]) -> int:
        """A function of parts of these degrees."""
        highest = max(arguments, default=0)
        if highest == 0:
            return 0
        if function in ("plus", "minus"):
            return highest
        if function == "times":
            return min(2, sum(arguments))
        if function == "divide" and arguments[1:] == [0]:
            return highest
        if function == "piecewise" and not any(arguments[1::2]):
            return highest
        return 2


def _is_linear(text: ModelText, rule: AlgebraicRule, variable: str) -> bool:
    interpreter: Interpreter[int] = Interpreter(text, _Degrees())
    degree: Callable[[str], int] = lambda name: int(name == variable)  # noqa: E731
    rate: Callable[[str], int] = lambda name: 2 * (name == variable)  # noqa: E731
    return interpreter.value(rule.math, degree, line=rule.line, rate=rate) == 1
