"""How many: a study as it would be run once, or its expectation over donors, subjects and what is not known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AsPlanned:
    """The study as its file says: its donors, its subjects (``subjects`` a donor instead, if given), one world.

    ``uncertainty`` draws that world instead of taking the table's values. Arms hold different animals unless they
    are twins. ``independent`` draws each of its people alone, where chance itself is studied: otherwise they are
    spread evenly over their distributions, and a sample of them is closer to all people than one of a clinic is.
    """

    subjects: int | None = None
    uncertainty: bool = False
    independent: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """Many worlds, each a draw of the uncertain values, with ``donors`` donors in every arm and ``subjects``
    subjects each.

    Every arm holds the same animals (twins), so that a contrast of arms is not blurred by which animals fell into
    which; means are of true values, and only tests and standard deviations see the assay. Arms without donors have
    ``donors`` cages. An arm of people holds ``people`` of them.

    ``independent`` draws each of the people alone, and others in every arm: what is learnt from some of them and tried
    on the rest must not know the rest by how evenly all are spread.
    """

    worlds: int = 64
    donors: int = 32
    subjects: int | None = None
    people: int = 32
    independent: bool = False


Design = AsPlanned | Expectation
