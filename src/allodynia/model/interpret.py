"""What a formula in postfix means, in any algebra: nodes of a DAG (:mod:`.translate`) or units (:mod:`.unit_check`).

Calls of functions that the model defines are expanded here, never in the text. The value of a call depends only on
the function and its arguments, so each distinct call is worked out once: a tower of functions that each call the one
below twice costs one visit a function, not 2ⁿ.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, Protocol, TypeVar

from allodynia.errors import UnreadableModel, UnsupportedModel, unknown
from allodynia.model.text import Apply, Call, Function, Math, ModelText, Number, Rate, Symbol

V = TypeVar("V", bound=Hashable)


class Algebra(Protocol[V]):
    """The meaning of literals and of functions."""

    def number(self, literal: Number) -> V:
        """The meaning of a literal."""
        ...

    def apply(self, function: str, arguments: list[V]) -> V:
        """The meaning of a MathML function of ``arguments``."""
        ...


class _Frame(Generic[V]):
    """One body being worked out: where it is, what it has so far, and what its symbols mean."""

    __slots__ = ("key", "position", "scope", "stack", "tokens")

    def __init__(self, tokens: Math, scope: Mapping[str, V] | None, key: Hashable) -> None:
        self.tokens = tokens
        self.scope = scope
        self.key = key
        self.position = 0
        self.stack: list[V] = []


class Interpreter(Generic[V]):
    """Works out the formulas of one model text."""

    def __init__(self, text: ModelText, algebra: Algebra[V]) -> None:
        self._text = text
        self._algebra = algebra
        self._functions: dict[str, Function] = {function.id: function for function in text.functions}
        self._known: dict[Hashable, V] = {}

    def value(
        self, math: Math, lookup: Callable[[str], V], *, line: int | None, rate: Callable[[str], V] | None = None
    ) -> V:
        """The meaning of ``math``, whose symbols mean what ``lookup`` says, their rates what ``rate`` does.

        Raises UnreadableModel for a formula that does not hold together (``line`` says where), and what the algebra
        raises.
        """
        frames: list[_Frame[V]] = [_Frame(math, None, None)]
        while True:
            frame = frames[-1]
            if frame.position == len(frame.tokens):
                if len(frame.stack) != 1:
                    raise UnreadableModel("a formula is not one expression", where=self._text.where(line))
                result = frame.stack[0]
                frames.pop()
                if not frames:
                    return result
                self._known[frame.key] = result
                frames[-1].stack.append(result)
                continue
            token = frame.tokens[frame.position]
            frame.position += 1
            match token:
                case Number():
                    frame.stack.append(self._algebra.number(token))
                case Symbol(id=name):
                    scope = frame.scope
                    frame.stack.append(lookup(name) if scope is None else self._argument(scope, name, line))
                case Rate(id=name):
                    if frame.scope is not None or rate is None:
                        message = f"the rate of {name!r} cannot be asked for inside a function; write it in the formula"
                        raise UnsupportedModel(message, where=self._text.where(line))
                    frame.stack.append(rate(name))
                case Apply(function=name, arity=count):
                    arguments = self._take(frame, count, name, line)
                    frame.stack.append(self._algebra.apply(name, arguments))
                case Call(function=name, arity=count):
                    arguments = self._take(frame, count, name, line)
                    key: Hashable = (name, *arguments)
                    if key in self._known:
                        frame.stack.append(self._known[key])
                    else:
                        frames.append(self._call(name, arguments, key, line))
                        if len(frames) > len(self._functions) + 1:
                            raise UnreadableModel(f"function {name!r} calls itself", where=self._text.where(line))

    def _argument(self, scope: Mapping[str, V], name: str, line: int | None) -> V:
        if name not in scope:
            raise unknown("argument", name, scope, where=self._text.where(line))
        return scope[name]

    def _take(self, frame: _Frame[V], count: int, name: str, line: int | None) -> list[V]:
        if count > len(frame.stack):
            raise UnreadableModel(f"{name!r} lacks arguments", where=self._text.where(line))
        arguments = frame.stack[len(frame.stack) - count :]
        del frame.stack[len(frame.stack) - count :]
        return arguments

    def _call(self, name: str, arguments: list[V], key: Hashable, line: int | None) -> _Frame[V]:
        function = self._functions.get(name)
        if function is None:
            raise unknown("function", name, self._functions, where=self._text.where(line))
        if len(arguments) != len(function.arguments):
            raise UnreadableModel(
                f"function {name!r} takes {len(function.arguments)} arguments, not {len(arguments)}",
                where=self._text.where(line),
            )
        return _Frame(function.body, dict(zip(function.arguments, arguments, strict=True)), key)
