"""What a study file may say: the protocol as data. Unknown keys are refused, everything else is checked when it is
bound.

The JSON Schema made from these models is published beside this file (``schema.json``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from allodynia.study.assay.kinds import AssaySpec
from allodynia.study.assay.plain import Plain
from allodynia.study.diagnose.spec import DiagnosisSpec
from allodynia.study.manners import Evidence, Name, Number, Spec
from allodynia.study.quantities import Amount, Time
from allodynia.study.statistics.observable import Observable
from allodynia.study.trial.spec import TrialSpec


class Published(Spec):
    """What the papers say about an endpoint in an arm, for the table beside what was simulated."""

    text: str
    evidence: Evidence
    claim: str | None = None


class Donors(Spec):
    """People who give material: ``n`` of a population of the system."""

    population: str
    n: Annotated[int, Field(ge=1, le=100_000)]
    label: str = ""
    evidence: Evidence = "assumed"


class PoolSpec(Spec):
    """Material of all donors of a group in equal parts; see :class:`allodynia.cohort.Pool` for the arithmetic."""

    of: str
    specificity: Literal["shared", "private"] = "shared"
    titre: str
    potency: Annotated[list[str], Field(min_length=1)]
    label: str = ""


class Step(Spec):
    """A step of a titration: ``amount`` at each dose while it ``lasts``; the last step lasts to the end."""

    amount: Amount
    lasts: Time | None = None


class Dose(Spec):
    """An amount put into a state of the model at once, or over a time through a parameter that is a rate.

    ``drug`` and ``route`` name a drug of the system and a dose form of it, which know the state. ``into`` names the
    state that the amount is added to. ``through`` names a rate parameter that is raised by amount / over while an
    infusion runs. An amount for each kilogram (``0.4 g/kg``) is multiplied by each subject's ``weight``, a parameter.
    Doses come ``every`` so long, ``repeat`` times or as many as fit before ``lasts`` is over; ``titration`` gives the
    amount step by step instead of ``amount``.
    """

    drug: str | None = None
    route: str | None = None
    into: str | None = None
    through: str | None = None
    amount: Amount | None = None
    titration: Annotated[list[Step], Field(min_length=1)] | None = None
    weight: str | None = None
    over: Time | None = None
    at: Time
    every: Time | None = None
    repeat: Annotated[int, Field(ge=1, le=10_000)] = 1
    lasts: Time | None = None
    evidence: Evidence = "assumed"
    note: str = ""


class Change(Spec):
    """A parameter or state set to a value from a time on, and back to what it was at ``until``: a bath, a switch."""

    of: str
    to: Amount
    at: Time
    until: Time | None = None
    evidence: Evidence = "assumed"
    note: str = ""


class RunIn(Spec):
    """A study that begins ``run_in`` after the state ``after``; what sets an arm apart acts from then on."""

    run_in: Time
    after: Literal["steady_state", "as_stated"] = "steady_state"


Begin = Literal["steady_state", "as_stated"] | RunIn
"""In which state subjects are at time 0: at rest, or as the model (and the population) states its start."""


class Expected(Spec):
    """How many worlds (draws of what is uncertain) the expectation takes, and who is in each of them.

    ``independent`` draws each of the people alone instead of spreading them evenly, and others in every arm: for
    statistics that learn from some people and are tried on the rest.
    """

    worlds: Annotated[int, Field(ge=2, le=100_000)] = 64
    donors: Annotated[int, Field(ge=1, le=100_000)] = 32
    people: Annotated[int, Field(ge=1, le=100_000)] = 32
    independent: bool = False


class Arm(Spec):
    """Subjects treated alike.

    ``people`` names the population that the subjects are. ``donors`` or ``pool`` name whose material animals are
    given; none of them is a vehicle. ``twins_of`` says that the same subjects are used as in another arm, which only a
    simulation can do. ``edges`` sets gains of edges (a knock-out is 0), ``inputs`` values of parameters.
    """

    label: str = ""
    people: str | None = None
    donors: str | None = None
    pool: str | None = None
    subjects: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    doses: list[Dose] = []
    changes: list[Change] = []
    edges: dict[str, Number] = {}
    inputs: dict[str, Amount] = {}
    twins_of: str | None = None
    begin: Begin | None = None
    published: dict[str, Published] = {}
    note: str = ""


class Endpoint(Spec):
    """Something measured: an output of the model, in a unit, on some days, through an assay.

    ``assay`` says how it is measured; ``noise`` is short for the plain kind (an error in proportion, one that is added,
    counting).
    ``floor`` and ``ceiling`` are the ends of the apparatus' scale (a cut-off). ``summary`` says how a subject's
    reading enters the table: as it is, as percent of its own baseline, or as the change from it. ``good`` says which
    way is better for the subject, where a claim asks whether something gets better.
    """

    label: str
    output: str
    unit: str
    measured: Annotated[list[Time], Field(min_length=1)]
    noise: Plain | None = None
    assay: AssaySpec | None = None
    floor: Amount | None = None
    ceiling: Amount | None = None
    summary: Literal["value", "percent_of_baseline", "change"] = "value"
    table_at: Time | None = None
    good: Literal["higher", "lower"] | None = None
    note: str = ""


class Sampling(Spec):
    """When trajectories are kept: evenly, and at further times; measuring times are always added."""

    every: Time
    also: list[Time] = []


class Baseline(Spec):
    """Which readings are a subject's own reference: the mean over these times, all before the first dose acts."""

    at: Annotated[list[Time], Field(min_length=1)]


class Plot(Spec):
    """An output to draw that nobody measures."""

    output: str
    label: str
    unit: str


class StudySpec(Spec):
    """A study: the question, who gets what, what is measured when, and the statistics that claims refer to.

    ``modules`` simulates a part of the system only (a dish: what comes from elsewhere keeps its resting value),
    ``drugs`` adds the tables of drugs, ``chance`` what happens to subjects by chance (each subject has the same luck in
    every arm). ``begin`` says in which state subjects are at time 0; by default people are at rest, and animals as the
    model states its start. ``weighted`` takes people by the prevalence weights of their population, where it has them.
    ``trial`` makes it a randomised trial of people, ``diagnosis`` says which readings are tests for a disease.
    """

    title: str
    question: str
    species: Literal["mouse", "rat", "human"]
    modules: Annotated[list[str], Field(min_length=1)] | None = None
    drugs: list[str] = []
    chance: list[str] = []
    begin: Begin | None = None
    weighted: bool = False
    follow_up: Time
    sampling: Sampling
    baseline: Baseline | None = None
    subjects: Annotated[int, Field(ge=1, le=1_000_000, description="subjects a donor, or in an arm without donors")]
    expectation: Expected = Expected()
    donors: dict[Name, Donors] = {}
    pools: dict[Name, PoolSpec] = {}
    hypotheses: Literal["all"] | list[str] = []
    arms: Annotated[dict[Name, Arm], Field(min_length=1)]
    endpoints: Annotated[dict[Name, Endpoint], Field(min_length=1)]
    also_draw: dict[Name, Plot] = {}
    observables: dict[Name, Observable] = {}
    trial: TrialSpec | None = None
    diagnosis: DiagnosisSpec | None = None
    note: str = ""
