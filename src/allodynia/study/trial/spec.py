"""What the ``trial:`` section of a study file may say: who enters, how arms are given out, what is analysed how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from allodynia.study.manners import Evidence, Name, NotNegative, Number, Spec
from allodynia.study.quantities import Amount, Time

Cut = Number | Amount
Share = Annotated[float, Field(gt=0, lt=1)]
Method = Literal["ancova", "mmrm", "responders", "loss_of_response", "cross_over", "before_after"]
Estimand = Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment"]
Missing = Literal[
    "multiple_imputation", "jump_to_reference", "copy_reference", "baseline_carried_forward", "last_carried_forward",
    "complete_cases",
]  # fmt: skip


class Entry(Spec):
    """A condition of entry: a reading (of an endpoint, with its error) or a parameter of a person, and its cut-offs."""

    of: str
    at_least: Cut | None = None
    at_most: Cut | None = None
    above: Cut | None = None
    below: Cut | None = None
    evidence: Evidence = "assumed"
    note: str = ""

    @property
    def cuts(self) -> dict[str, object]:
        """The cut-offs given, by the word that says which side."""
        given = {name: getattr(self, name) for name in ("at_least", "at_most", "above", "below")}
        return {name: cut for name, cut in given.items() if cut is not None}


class AfterRunIn(Entry):
    """A condition at the end of a run-in: like one of entry, or that a reading has fallen by a share from screening."""

    falls_by: Share | None = None
    falls_by_less_than: Share | None = None


class TrialRunIn(Spec):
    """Time between screening and allocation: ``on`` nothing, a placebo that is believed in as much as the trial lets
    people believe, or an arm that everybody gets and knows (a randomised withdrawal; it is allocated only if
    ``allocation`` names it). ``then`` holds what must be met at its end.
    """

    lasts: Time
    on: str = "nothing"
    then: list[AfterRunIn] = []


class Rescue(Spec):
    """Who takes rescue medication: whoever's reading of ``endpoint`` at a visit is ``at_least`` so high.

    ``takes`` names the arm whose doses they take from that visit on, beside their own (it is allocated only if
    ``allocation`` names it); without it rescue is noted, and has no effect. What is read from the next visit on counts
    by the estimand.
    """

    endpoint: str
    at_least: Cut
    takes: str | None = None
    evidence: Evidence = "assumed"
    note: str = ""


class Leaving(Spec):
    """Who leaves before the end: how often and why stands in the system's ``answers.yaml``.

    ``of`` lists the causes that are at work; an empty list keeps everybody. ``judged_by`` is the endpoint by which lack
    of efficacy is felt (that of the primary analysis by default). ``side_effects`` gives an arm what its treatment
    itself adds to the hazard of leaving for an adverse event, over what full belief does: 1 doubles it.
    """

    of: list[Literal["adverse_event", "lack_of_efficacy", "other"]] = ["adverse_event", "lack_of_efficacy", "other"]
    judged_by: str | None = None
    side_effects: dict[Name, NotNegative] = {}
    missed_visits: bool = True
    evidence: Evidence = "assumed"


class Enrich(Spec):
    """What selecting by a reading before entry would do: people at or above each cut-off are looked at by themselves.

    ``percentiles`` take the cut-offs from the readings of those allocated.
    """

    of: str
    at_least: list[Cut] = []
    percentiles: list[Annotated[float, Field(ge=0, lt=100)]] = []


class Analysis(Spec):
    """One comparison with the control.

    ``method``: ``ancova`` (value at ``at``, adjusted for baseline), ``mmrm`` (all visits up to ``at``), ``responders``
    (share whose reading fell by ``falls_by``), ``loss_of_response`` (time until less than ``falls_by`` is left),
    ``cross_over`` (differences within persons), ``before_after`` (change from baseline in an arm by itself, as in a
    trial without a control). ``estimand`` says what the time after leaving or rescue stands for (ICH
    E9(R1)): ``treatment_policy`` (whatever is read counts), ``hypothetical`` (as if it had not happened: what is read
    after it does not count), ``composite`` (failure: the worst of the scale, no response), ``while_on_treatment`` (the
    last reading before it). ``missing`` says how the gaps are filled that are left then, for ``ancova``,
    ``responders`` and ``before_after``: by multiple imputation (``ancova`` alone) at random, or as if whoever left had
    gone over to the control (``jump_to_reference``) or had been in it from the first (``copy_reference``); by the
    baseline or the last reading; or not at all.
    """

    endpoint: str
    at: Time
    method: Method
    arms: list[str] = []
    estimand: Estimand
    missing: Missing | None = None
    falls_by: Share | None = None
    label: str = ""


class Analyses(Spec):
    """The primary analysis decides power; the secondary ones are reported beside it."""

    primary: Analysis
    secondary: list[Analysis] = []
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class TrialSpec(Spec):
    """A trial of people: randomised, or of one arm without a control.

    ``people`` are allocated, all arms together; ``population`` is who they are, unless the arms say it. ``allocation``
    gives each arm its share of a block (1 each by default), ``block`` the length of a random permuted block.
    ``placebo`` names the arms that get something that looks like the treatment, ``control`` the one that the others are
    compared with. Readings for ``inclusion`` are taken ``screened`` before allocation (before the run-in, if any). In a
    cross-over, each arm is given for the study's follow-up, in the order of the ``sequences``, with a ``washout``
    between. ``diary`` says which endpoints are means of a diary over the time before a visit.
    """

    people: Annotated[int, Field(ge=2, le=100_000)]
    population: str | None = None
    design: Literal["parallel", "cross_over"] = "parallel"
    allocation: dict[Name, Annotated[int, Field(ge=1, le=100)]] = {}
    block: Annotated[int, Field(ge=1, le=1000)] | None = None
    blinding: Literal["open", "single", "double"] = "double"
    placebo: list[str] = []
    control: str | None = None
    inclusion: list[Entry] = []
    screened: Time | None = None
    run_in: TrialRunIn | None = None
    sequences: Annotated[list[list[str]], Field(min_length=1)] | None = None
    washout: Time | None = None
    visits: list[Time] = []
    diary: dict[Name, Time] = {}
    rescue: Rescue | None = None
    leaving: Leaving = Leaving()
    enrich: Enrich | None = None
    analysis: Analyses
    evidence: Evidence = "assumed"
    note: str = ""
