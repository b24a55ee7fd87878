"""How many: a study as it would be run once, or its expectation over donors, subjects and what is not known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AsPlanned:
    """The study as its file says: its donors, its subjects (``subjects`` a donor instead, if given), one world.

    ``uncertainty`` draws that world instead of taking the table's values. Arms hold different animals unless they
    are twins.
    """

    subjects: int | None = None
    uncertainty: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """Many worlds, each a draw of the uncertain values, with ``donors`` donors in every arm and ``subjects``
    subjects each.

    Every arm holds the same animals (twins), so that a contrast of arms is not blurred by which animals fell into
    which; means are of true values, and only tests and standard deviations see the assay. Arms without donors have
    ``donors`` cages. An arm of people holds ``people`` of them.
    """

    worlds: int = 64
    donors: int = 32
    subjects: int | None = None
    people: int = 32


Design = AsPlanned | Expectation
