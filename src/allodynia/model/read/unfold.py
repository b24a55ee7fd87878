"""How large something becomes when every use of a part is replaced by the part itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Endless(Exception):
    """A part that is made of itself; ``part`` is its name."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


def unfolded(own: Mapping[str, int], uses: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The unfolded size of each part: its ``own`` and that of all it ``uses``, as often as it uses them.

    Worked out once a part, so a tower of parts that each use the one below twice is no work. Uses of what is not in
    ``own`` count nothing. Raises Endless for a part that is made of itself.
    """
    sizes: dict[str, int] = {}
    for root in own:
        path = [root]
        while path:
            name = path[-1]
            used = [other for other in uses.get(name, ()) if other in own]
            missing = next((other for other in used if other not in sizes), None)
            if missing is None:
                sizes[name] = own[name] + sum(sizes[other] for other in used)
                path.pop()
            elif missing in path:
                raise Endless(missing)
            else:
                path.append(missing)
    return sizes
