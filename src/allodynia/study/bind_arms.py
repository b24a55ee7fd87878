"""Arms in the terms of a system: whose material, which animals, which knock-outs, what is done to them when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from allodynia.cohort import CohortArm, DonorGroup, People, Pool
from allodynia.errors import InvalidInput, unknown
from allodynia.study.design import Design, Expectation
from allodynia.study.load import Study
from allodynia.study.plan import Beginning, BoundArm
from allodynia.study.regimen import Compiler
from allodynia.study.spec import RunIn
from allodynia.study.system_like import SystemLike, edge_gains
from allodynia.study.units import convert, time_of


class ArmBinder:
    """Binds the arms of a study; every name that nobody knows is refused at its line."""

    def __init__(self, study: Study, system: SystemLike, design: Design) -> None:
        self.study, self.system, self.design = study, system, design
        self.spec, self.ode = study.spec, system.ode
        self.compiler = Compiler(study, system.ode, getattr(system, "drugs", {}))

    def arm(self, name: str, hypothesis: str | None, edges: Mapping[str, float], *, several: bool) -> BoundArm:
        """The arm called ``name`` under a hypothesis; ``several`` puts the hypothesis into its name."""
        spec = self.spec.arms[name]
        where = self.study.where
        self.check_edges(spec.edges, ("arms", name, "edges"))
        gains = {**edge_gains(self.system, hypothesis), **edges}
        settings = {f"edge.{edge}": float(gain) for edge, gain in gains.items()}
        own = {f"edge.{edge}": float(gain) for edge, gain in spec.edges.items()}
        units = {quantity.id: quantity.unit for quantity in self.ode.parameters}
        for parameter, amount in spec.inputs.items():
            if parameter not in units:
                raise unknown("parameter", parameter, units, where=where("arms", name, "inputs", parameter))
            own[parameter] = convert(amount, units[parameter], parameter, where("arms", name, "inputs", parameter))
        source, donors = self.source(name)
        family = self.family(name)
        subjects = spec.subjects or self.spec.subjects
        unit = "donor" if isinstance(source, DonorGroup) and donors > 1 else "subject"
        if isinstance(self.design, Expectation):
            donors, subjects = self.design.donors, self.design.subjects or subjects
            family = family if self.design.independent else "twins"
            if isinstance(source, People):
                donors, subjects = 1, self.design.people
        else:
            subjects = self.design.subjects or subjects
        full = f"{name}[{hypothesis}]" if several else name
        label = f"{spec.label or name} ({hypothesis})" if several else spec.label or name
        cohort = CohortArm(full, donors, subjects, source, family, settings, own)
        begin = self.begin(name, people=isinstance(source, People))
        return BoundArm(full, label, name, cohort, self.compiler.arm(name), hypothesis, unit, begin)

    def begin(self, name: str, *, people: bool) -> Beginning:
        """How an arm begins, and what happens to its subjects by chance from then on."""
        known = getattr(self.system, "chance", {})
        for number, cause in enumerate(self.spec.chance):
            if cause not in known:
                raise unknown("cause", cause, known, where=self.study.where("chance", number))
        switches = tuple(known[cause].switch for cause in sorted(set(self.spec.chance)))
        return replace(self._begin(name, people=people), switches=switches)

    def _begin(self, name: str, *, people: bool) -> Beginning:
        """In which state an arm's subjects are at time 0: as the arm says, else the study, else by who they are."""
        path: tuple[str | int, ...] = ("arms", name, "begin")
        given = self.spec.arms[name].begin
        if given is None:
            given, path = self.spec.begin, ("begin",)
        if given is None:
            return Beginning(at_rest=people)
        if not isinstance(given, RunIn):
            return Beginning(at_rest=given == "steady_state")
        where = self.study.where(*path, "run_in")
        length = time_of(given.run_in, self.ode.time_unit, "run_in", where)
        if not length > 0.0:
            raise InvalidInput(f"run_in: {given.run_in} is no time at all", where=where)
        return Beginning(at_rest=given.after == "steady_state", run_in=length)

    def family(self, name: str) -> str:
        """The arm whose animals ``name`` uses, following twins of twins."""
        seen = [name]
        while (other := self.spec.arms[seen[-1]].twins_of) is not None:
            where = self.study.where("arms", seen[-1], "twins_of")
            if other not in self.spec.arms:
                raise unknown("arm", other, self.spec.arms, where=where)
            if other in seen:
                raise InvalidInput(
                    f"arms are twins of each other in a circle: {' -> '.join([*seen, other])}", where=where
                )
            if self.population(other) != self.population(name):
                raise InvalidInput(f"the arm {other!r} holds subjects of another population", where=where)
            seen.append(other)
        return seen[-1]

    def population(self, name: str) -> str | None:
        """The population of people that an arm holds: its own, else that of the trial; None where it holds animals."""
        own, trial = self.spec.arms[name].people, self.spec.trial
        return own if own is not None or trial is None else trial.population

    def source(self, name: str) -> tuple[DonorGroup | Pool | People | None, int]:
        """The people of an arm, or the material that its animals get, and how many different ones it has."""
        spec, where = self.spec.arms[name], self.study.where
        people = self.population(name)
        if people is not None:
            if spec.donors is not None or spec.pool is not None:
                raise InvalidInput(
                    f"the arm {name!r} holds people; material of donors is given to animals", where=where("arms", name)
                )
            known = getattr(self.system, "people", {})
            if people not in known:
                place = where("arms", name, "people") if spec.people else where("trial", "population")
                raise unknown("population of people", people, known, where=place)
            return People(people), 1
        if spec.donors is not None and spec.pool is not None:
            raise InvalidInput(
                f"the arm {name!r} gets either donors: or pool:, not both", where=where("arms", name, "pool")
            )
        if spec.donors is not None:
            if spec.donors not in self.spec.donors:
                raise unknown("donors", spec.donors, self.spec.donors, where=where("arms", name, "donors"))
            return self.group(spec.donors), self.spec.donors[spec.donors].n
        if spec.pool is None:
            return None, 1
        if spec.pool not in self.spec.pools:
            raise unknown("pool", spec.pool, self.spec.pools, where=where("arms", name, "pool"))
        return self.pool(spec.pool), 1

    def group(self, name: str) -> DonorGroup:
        """The donors called ``name``."""
        population = self.spec.donors[name].population
        if population not in self.system.populations:
            where = self.study.where("donors", name, "population")
            raise unknown("population", population, self.system.populations, where=where)
        return DonorGroup(name, population)

    def pool(self, name: str) -> Pool:
        """The pool called ``name``."""
        spec, where = self.spec.pools[name], self.study.where
        if spec.of not in self.spec.donors:
            raise unknown("donors", spec.of, self.spec.donors, where=where("pools", name, "of"))
        known = {quantity.id for quantity in self.ode.parameters}
        for parameter, key in ((spec.titre, "titre"), *((one, "potency") for one in spec.potency)):
            if parameter not in known:
                raise unknown("parameter", parameter, known, where=where("pools", name, key))
        members = self.spec.donors[spec.of].n
        return Pool(name, self.group(spec.of), members, spec.titre, tuple(spec.potency), spec.specificity)

    def check_edges(self, edges: Mapping[str, float], path: tuple[str | int, ...] | None) -> None:
        """Refuse edges that the system does not have, and gains that are no numbers."""
        known = {quantity.id for quantity in self.ode.parameters}
        for edge, gain in edges.items():
            where = None if path is None else self.study.where(*path, edge)
            if f"edge.{edge}" not in known:
                raise unknown(
                    "edge",
                    edge,
                    (name.removeprefix("edge.") for name in known if name.startswith("edge.")),
                    where=where,
                )
            if not math.isfinite(gain):
                raise InvalidInput(f"the gain of edge {edge!r} must be a finite number, not {gain!r}", where=where)

    def check_published(self) -> None:
        """Refuse published values of endpoints that the study does not have."""
        for name, arm in self.spec.arms.items():
            for endpoint in arm.published:
                if endpoint not in self.spec.endpoints:
                    where = self.study.where("arms", name, "published", endpoint)
                    raise unknown("endpoint", endpoint, self.spec.endpoints, where=where)
