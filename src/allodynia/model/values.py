"""Keys to nodes: the value or the rate of each quantity, now or at the start, as an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allodynia.errors import AllodyniaError, InvalidInput, UnsupportedModel, Where
from allodynia.model.build import Builder
from allodynia.model.definitions import Definition, Module, Role
from allodynia.model.differentiate import derivative
from allodynia.model.expr import Dag, Node
from allodynia.model.interpret import Interpreter
from allodynia.model.needs import Key, Phase
from allodynia.model.text import Math as Formula
from allodynia.model.translate import NodeAlgebra


class Values:
    """The nodes of a system, made one key at a time, each after what it needs (:mod:`.needs`)."""

    def __init__(
        self,
        modules: Sequence[Module],
        definitions: Mapping[str, Definition],
        states: Sequence[Definition],
        parameters: Sequence[Definition],
    ) -> None:
        self.definitions = definitions
        self.builder = b = Builder()
        self._modules = {module.name: module for module in modules}
        self._interpreters = {
            (phase, module.name): Interpreter(
                module.text, NodeAlgebra(b, b.time() if phase is Phase.NOW else b.const(0.0))
            )
            for module in modules
            for phase in (Phase.NOW, Phase.START)
        }
        self._nodes: dict[Key, Node] = {}
        self._leaves = {d.id: b.state(index) for index, d in enumerate(states)}
        # A parameter without a value is there, as NaN, but nothing may depend on it.
        self._leaves |= {d.id: b.param(i) for i, d in enumerate(parameters) if d.value is not None}
        self.rows = {d.id: index for index, d in enumerate(states)}

    @property
    def dag(self) -> Dag:
        """The store that the nodes are in."""
        return self.builder.dag

    def number(self, phase: Phase, identifier: str) -> Node:
        """The node of something worked out before, as a number."""
        return self.builder.as_number(self._nodes[phase, identifier])

    def work_out(self, key: Key) -> None:
        """Make the node of ``key``."""
        phase, identifier = key
        d = self.definitions[identifier]
        self._nodes[key] = self._rate(phase, d) if phase.is_rate else self._value(phase, d)

    def formula(self, phase: Phase, module: Module, name: str, formula: Formula, where: Where | None) -> Node:
        """The node of ``formula`` (NOW or START), which belongs to ``name``. Errors say so, and where."""
        return self._translated(phase, module, name, formula, where, {})

    def residual(self, d: Definition) -> Node:
        """What an algebraic rule says is 0, now."""
        assert d.residual is not None  # noqa: S101 - only definitions with one are asked
        module = self._modules[d.module]
        return self.builder.as_number(self.formula(Phase.NOW, module, d.id, d.residual, d.rate_where or d.where))

    # values ---------------------------------------------------------------------------------------
    def _value(self, phase: Phase, d: Definition) -> Node:
        if d.role is Role.PARAMETER or (d.role in (Role.STATE, Role.ALGEBRAIC) and phase is Phase.NOW):
            if d.id not in self._leaves:
                raise InvalidInput(f"{d.id!r} has no value, and others depend on it; give it one", where=d.where)
            return self._leaves[d.id]
        if d.role is Role.PORT:
            return self._port(phase, d)
        if d.role is Role.FIXED and phase is Phase.NOW:
            return self._nodes[Phase.START, d.id]
        if d.role is Role.SOLVED:
            return self._solved(phase, d)
        if d.role is Role.CONCENTRATION and phase is Phase.NOW:
            return self.builder.div(self._nodes[phase, d.amount or ""], self._nodes[phase, d.size or ""])
        if d.math is not None:
            return self.builder.as_number(self.formula(phase, self._modules[d.module], d.id, d.math, d.where))
        return self._given(d)

    def _port(self, phase: Phase, d: Definition) -> Node:
        """``rest + gain · (source - rest)``; for a rest of 0 ``gain · source``, at gain 1 the source bit for bit."""
        assert d.edge is not None  # noqa: S101 - undriven ports are refused before
        b = self.builder
        source = b.as_number(self._nodes[phase, d.edge.source])
        gain = self._leaves[d.edge.gain]
        if d.value is None:
            raise InvalidInput(
                f"input port {d.id!r} has no resting value; give it one, like '{d.id} = 0'", where=d.where
            )
        if d.value == 0.0:
            return b.mul(gain, source)
        rest = b.const(d.value)
        return b.add(rest, b.mul(gain, b.sub(source, rest)))

    def _given(self, d: Definition) -> Node:
        """The start of a state, or a constant, given as a number, maybe an amount where a concentration is meant."""
        b = self.builder
        if d.role is Role.FLUX:
            raise UnsupportedModel(
                f"reaction {d.id!r} has no kinetic law, but its species are simulated; give it one", where=d.where
            )
        if d.value is None:
            if d.of and d.size:
                return b.mul(self._nodes[Phase.START, d.of], self._nodes[Phase.START, d.size])
            if d.role is Role.ALGEBRAIC:
                return b.const(1.0)  # only a guess, from which its rule is solved
            raise InvalidInput(f"{d.id!r} has no initial value; give it one", where=d.where)
        value = b.const(d.value)
        if d.per_size:
            return b.div(value, self._nodes[Phase.START, d.per_size])
        if d.times_size:
            return b.mul(value, self._nodes[Phase.START, d.times_size])
        return value

    def _solved(self, phase: Phase, d: Definition) -> Node:
        """``x`` of ``0 = a + slope · x``: the formula at x = 0, over its exact slope."""
        b = self.builder
        module = self._modules[d.module]
        where = d.rate_where or d.where
        assert d.residual is not None  # noqa: S101 - only definitions with one have this role
        unknown = b.state(len(self.rows) + list(self.definitions).index(d.id))
        line = b.as_number(self._translated(phase, module, d.id, d.residual, where, {d.id: unknown}))
        offset = b.as_number(self._translated(phase, module, d.id, d.residual, where, {d.id: b.const(0.0)}))
        slope = derivative(b.dag, line, unknown)
        if slope is None:
            message = f"{d.id!r}: the algebraic rule that should decide it does not depend on it"
            raise InvalidInput(message, where=where)
        return b.div(b.neg(offset), slope)

    def _translated(
        self, phase: Phase, module: Module, name: str, formula: Formula, where: Where | None, known: Mapping[str, Node]
    ) -> Node:
        def lookup(symbol: str) -> Node:
            identifier = module.qualify(symbol)
            return known[identifier] if identifier in known else self._nodes[phase, identifier]

        def rate(symbol: str) -> Node:
            return self._nodes[phase.rate, module.qualify(symbol)]

        line = None if where is None else where.line
        try:
            return self._interpreters[phase, module.name].value(formula, lookup, line=line, rate=rate)
        except AllodyniaError as error:
            if error.where is not None:
                raise
            raise type(error)(f"{name!r}: {error.message}", where=where) from None

    # rates ----------------------------------------------------------------------------------------
    def _rate(self, phase: Phase, d: Definition) -> Node:
        b, at = self.builder, phase.at
        if d.role is Role.CONCENTRATION:
            assert d.amount is not None and d.size is not None  # noqa: S101, PT018 - both, by its role
            change = b.sub(self._nodes[phase, d.amount], self._dilution(phase, d.id, d.size))
            return b.div(change, self._nodes[at, d.size])
        if d.role is not Role.STATE:
            return b.const(0.0)
        if d.rate is not None:
            module = self._modules[d.module]
            given = b.as_number(self.formula(at, module, d.id, d.rate, d.rate_where or d.where))
            if d.of and d.size:
                return b.add(b.mul(self._nodes[at, d.size], given), self._dilution(phase, d.of, d.size))
            return given
        total = self._reacting(at, d)
        if d.diluted_by:
            loss = b.div(self._dilution(phase, d.id, d.diluted_by), self._nodes[at, d.diluted_by])
            total = b.neg(loss) if total is None else b.sub(total, loss)
        return b.const(0.0) if total is None else total

    def _dilution(self, phase: Phase, concentration: str, size: str) -> Node:
        """A concentration times the rate at which its compartment grows."""
        return self.builder.mul(self._nodes[phase.at, concentration], self._nodes[phase, size])

    def _reacting(self, at: Phase, d: Definition) -> Node | None:
        """What all reactions together do to a species; None where there are none."""
        b = self.builder
        total: Node | None = None
        for term in d.terms:
            change = self.number(at, term.flux)
            if isinstance(term.stoichiometry, str):
                change = b.mul(self.number(at, term.stoichiometry), change)
            else:
                change = b.mul(b.const(term.stoichiometry), change)
            if term.factor is not None:
                change = b.mul(change, self.number(at, term.factor))
            if term.sign < 0:
                change = b.neg(change)
            total = change if total is None else b.add(total, change)
        return b.div(total, self.number(at, d.divided_by)) if total is not None and d.divided_by else total
