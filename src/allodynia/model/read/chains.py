"""Long chains of assignments, hidden from Antimony and put back behind it.

Antimony asks libSBML for circles among assignments, which follows every assignment to every other that it rests on, by
any way: time grows with the cube of a chain's length, and 500 rules in a row take minutes. So where there are many, a
name that another assignment determines is written as one of its own, which to Antimony is a parameter of which nothing
is said; in the SBML it is turned back. Circles are found when the SBML is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MANY = 150
"""Uses of one assignment's result in another from which on Antimony may take seconds."""


def veiled(assignments: Sequence[tuple[str, Sequence[str]]], names: Iterable[str]) -> tuple[str, set[str]]:
    """The ending that veiled names bear, and the names to veil within assignments (none where there are few).

    ``assignments`` are their targets and the names on their right sides, ``names`` all that stand in the text.
    """
    targets = {target for target, used in assignments if used}
    uses = sum(1 for _, used in assignments for name in used if name in targets)
    if uses < MANY:
        return "", set()
    ending = "_veiled"
    taken = [name for name in names if name.endswith("_veiled")]
    while any(name.endswith(ending) for name in taken):
        ending = "_" + ending
    return ending, targets


def unveil(sbml: str, ending: str) -> str:
    """The SBML with every veiled name turned back, and without the parameters that Antimony made of them."""
    if not ending:
        return sbml
    own = re.compile(rf'[ \t]*<parameter id="\w+{ending}"[^<>]*/>\n?')
    return re.sub(rf"\b(\w+?){ending}\b", r"\1", own.sub("", sbml))
