"""How far a person believes in the treatment, by what the trial lets people know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from allodynia.errors import InvalidInput, unknown

Blinding = Literal["double-blind", "single-blind", "open-label"]
BLINDINGS: tuple[Blinding, ...] = ("double-blind", "single-blind", "open-label")
"""Who does not know the arm. Under each blinding but ``open-label`` the person does not."""

Kind = Literal["active", "placebo", "none"]
KINDS: tuple[Kind, ...] = ("active", "placebo", "none")
"""What an arm's people are given: a treatment, something that looks like it, nothing."""


def expectation(blinding: str, allocation: Mapping[str, float], kinds: Mapping[str, str], arm: str) -> float:
    """The belief, 0 to 1, of the people of ``arm`` that what they get works.

    ``allocation`` gives each arm's part, ``kinds`` what its people are given. Whoever is given nothing has nothing to
    believe in: 0. An open-label treatment is trusted: 1; a placebo that people know to be one is not: 0. Blinded people
    believe as much as their chance of the treatment, among the arms in which anything is given. In a cross-over every
    period has its own draw, so the same chance holds in each.

    Raises
    ------
    InvalidInput
        An unknown arm, blinding or kind, or no arm in which anything is given.
    """
    if blinding not in BLINDINGS:
        raise unknown("blinding", blinding, BLINDINGS)
    if arm not in allocation:
        raise unknown("arm", arm, allocation)
    for name in allocation:
        if name not in kinds:
            raise InvalidInput(f"arm {name!r} does not say what its people are given: {', '.join(KINDS)}")
        if kinds[name] not in KINDS:
            raise unknown(f"kind of arm {name!r}", kinds[name], KINDS)
    if kinds[arm] == "none":
        return 0.0
    if blinding == "open-label":
        return 1.0 if kinds[arm] == "active" else 0.0
    given = {name: part for name, part in allocation.items() if kinds[name] != "none"}
    total = sum(given.values())
    if any(part < 0.0 for part in given.values()) or not total > 0.0:
        raise InvalidInput("the allocation's parts are not negative, and some are above 0")
    return sum(part for name, part in given.items() if kinds[name] == "active") / total
