"""What each quantity of a system is worked out from: the arrows of the order in which nodes are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import TypeAlias

from allodynia.errors import UnsupportedModel, Where, unknown
from allodynia.model.definitions import Definition, Module, Role
from allodynia.model.text import Math, Rate, Symbol


class Phase(IntEnum):
    """When a quantity is asked for: at time t, or at the start; its value, or its rate of change."""

    NOW = 0
    START = 1
    RATE = 2
    RATE_AT_START = 3

    @property
    def is_rate(self) -> bool:
        """Whether this asks for a rate of change."""
        return self in (Phase.RATE, Phase.RATE_AT_START)

    @property
    def at(self) -> Phase:
        """NOW or START: the moment, whatever is asked for."""
        return Phase.NOW if self in (Phase.NOW, Phase.RATE) else Phase.START

    @property
    def rate(self) -> Phase:
        """The rate of change at the same moment."""
        return Phase.RATE if self.at is Phase.NOW else Phase.RATE_AT_START


Key: TypeAlias = tuple[Phase, str]


class Needs:
    """Looks up what a key is worked out from."""

    def __init__(self, modules: Sequence[Module], definitions: Mapping[str, Definition]) -> None:
        self._modules = {module.name: module for module in modules}
        self._definitions = definitions

    def of(self, key: Key) -> list[Key]:
        """The keys that ``key`` is made of directly."""
        phase, identifier = key
        d = self._definitions[identifier]
        return list(self._of_rate(phase, d) if phase.is_rate else self._of_value(phase, d))

    def _of_value(self, phase: Phase, d: Definition) -> Iterator[Key]:
        match d.role:
            case Role.PARAMETER:
                return
            case Role.PORT:
                assert d.edge is not None  # noqa: S101 - undriven ports are refused before
                yield phase, d.edge.source
                return
            case Role.STATE | Role.ALGEBRAIC if phase is Phase.NOW:
                return
            case Role.FIXED if phase is Phase.NOW:
                yield Phase.START, d.id
                return
            case Role.SOLVED:
                yield from self.of_residual(phase, d)
                return
            case Role.CONCENTRATION if phase is Phase.NOW:
                yield from ((phase, name) for name in (d.amount, d.size) if name)
                return
        if d.math is not None:
            yield from self.symbols(phase, d.math, self._modules[d.module], d.where, guess=d.role is Role.ALGEBRAIC)
        elif d.of and d.value is None:
            yield from ((Phase.START, name) for name in (d.of, d.size) if name)
        else:
            yield from ((Phase.START, size) for size in (d.per_size, d.times_size) if size)

    def of_residual(self, phase: Phase, d: Definition) -> Iterable[Key]:
        """What the formula that an algebraic rule sets to 0 needs, but for the quantity it decides."""
        assert d.residual is not None  # noqa: S101 - only definitions with one are asked
        where = d.rate_where or d.where
        keys = self.symbols(phase, d.residual, self._modules[d.module], where)
        return [key for key in keys if d.role is not Role.SOLVED or key != (phase, d.id)]

    def _of_rate(self, phase: Phase, d: Definition) -> Iterator[Key]:
        at = phase.at
        match d.role:
            case Role.STATE:
                if d.rate is not None:
                    where = d.rate_where or d.where
                    yield from self.symbols(at, d.rate, self._modules[d.module], where)
                    if d.of and d.size:
                        yield from ((at, d.of), (at, d.size), (phase, d.size))
                    return
                for term in d.terms:
                    names = (term.flux, term.stoichiometry, term.factor)
                    yield from ((at, name) for name in names if isinstance(name, str))
                if d.divided_by:
                    yield at, d.divided_by
                if d.diluted_by:
                    yield from ((at, d.id), (at, d.diluted_by), (phase, d.diluted_by))
            case Role.CONCENTRATION:
                yield from ((phase, name) for name in (d.amount, d.size) if name)
                yield from ((at, name) for name in (d.id, d.size) if name)
            case Role.PARAMETER | Role.FIXED:
                return
            case _:
                message = (
                    f"the rate of {d.id!r} is asked for, but a rule or an edge decides its value at every moment; "
                    "write its rate as a formula"
                )
                raise UnsupportedModel(message, where=d.where)

    def symbols(
        self, phase: Phase, formula: Math, module: Module, where: Where | None, *, guess: bool = False
    ) -> list[Key]:
        """The keys that the symbols of ``formula`` stand for at ``phase`` (NOW or START).

        Raises unknown(...) for a name that is nothing; UnsupportedModel for a start that depends on a quantity whose
        own start is only known once the algebraic rules are solved (unless it is itself a mere ``guess``).
        """
        keys: dict[Key, None] = {}
        for token in formula:
            if isinstance(token, Symbol):
                keys[phase, module.qualify(token.id)] = None
            elif isinstance(token, Rate):
                keys[phase.rate, module.qualify(token.id)] = None
        for at, name in keys:
            d = self._definitions.get(name)
            if d is None:
                known = [other.id for other in self._definitions.values() if other.module == module.name]
                raise unknown("quantity", name, known, where=where)
            if at is Phase.START and d.role is Role.ALGEBRAIC and not guess:
                message = (
                    f"the start of something depends on {name!r}, which an algebraic rule decides together with the "
                    "states; write that start as a formula of other quantities"
                )
                raise UnsupportedModel(message, where=where)
        return list(keys)
