"""What has to be worked out before what."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def ordered(roots: Iterable[K], needs: Callable[[K], Iterable[K]], circle: Callable[[list[K]], Exception]) -> list[K]:
    """Every key that ``roots`` need, themselves included, each after what it needs itself.

    Raises what ``circle`` makes of a round trip (its first key is its last) where keys need each other.
    """
    order: list[K] = []
    done: set[K] = set()
    for root in roots:
        path: dict[K, list[K]] = {}
        if root not in done:
            path[root] = list(needs(root))
        while path:
            key, left = next(reversed(path.items()))
            while left and left[-1] in done:
                left.pop()
            if not left:
                path.popitem()
                done.add(key)
                order.append(key)
                continue
            need = left.pop()
            if need in path:
                names = list(path)
                raise circle([*names[names.index(need) :], need])
            path[need] = list(needs(need))
    return order
