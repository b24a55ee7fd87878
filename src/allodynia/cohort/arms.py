"""What the sampler is asked for: arms of subjects, the donors whose material they get, pools of donors, and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Specificity = Literal["shared", "private"]


@dataclass(frozen=True, slots=True)
class DonorGroup:
    """People who give material: ``name`` tells them from other people of the same ``population``.

    Donor ``i`` of a group is the same person in every arm that draws on the group.
    """

    name: str
    population: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Material of several donors in equal parts: donors ``j * members`` .. ``(j + 1) * members - 1`` of ``group``
    make pool j.

    ``titre`` is the parameter that adds up (specific antibody in a unit of material), ``potency`` those that act
    per specific antibody, and ``specificity`` says what the donors' antibodies see:

    shared
        All bind the same antigen. The pool's titre is the mean titre, its potency the mean of the potencies
        weighted by titre, so that titre x potency, what drives a response at low dose, is the mean of the members'
        products.
    private
        Each donor's antibody has an antigen of its own. Pooling k donors dilutes each antibody k-fold and nothing
        sums: the pool acts as its strongest member (largest titre x first potency) at a k-th of its titre. This is
        the bounding case: antigens whose effects add downstream lie between the two.
    """

    name: str
    group: DonorGroup
    members: int
    titre: str
    potency: tuple[str, ...]
    specificity: Specificity = "shared"


@dataclass(frozen=True, slots=True)
class People:
    """The subjects are people themselves: those of a population of the system."""

    population: str


@dataclass(frozen=True, slots=True)
class CohortArm:
    """Subjects treated alike.

    Parameters
    ----------
    name
        The arm's id.
    donors
        How many donors' material (or pools, or cages where nobody gives any); each gets ``subjects`` subjects.
    subjects
        Subjects a donor.
    source
        A group of single donors, a pool, None for a vehicle; or people, who are subjects and no donors.
    family
        Arms of one family hold the same subjects under different treatment (twins), others hold different subjects.
    settings
        Parameter id to value for every subject, after all sampling: the world that the arm's subjects live in (the
        edges of a hypothesis, say). People are drawn, and found plausible, in this world.
    own
        The same for what sets this arm apart from others (knock-outs, inputs); comes after ``settings``, and does not
        decide who is in the arm.
    """

    name: str
    donors: int
    subjects: int
    source: DonorGroup | Pool | People | None = None
    family: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)
    own: Mapping[str, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Subjects in the arm."""
        return self.donors * self.subjects
