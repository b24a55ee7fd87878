"""A cohort kept in a file: who was drawn, at rest, to be taken up by any trial of the same model.

One row a person: constants as ``parameter.ID``, states at rest as ``state.ID``, outputs there as ``output.ID``, and the
``weight`` the person has beside the others. Who they are (population, seed, the model's digest, ...) travels in the
file's metadata; a file of another model is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.people import Tally
from allodynia.errors import InvalidInput, unknown
from allodynia.model.ode import OdeSystem

F8 = NDArray[np.float64]

KEY = "allodynia_cohort"
"""Under which the identity stands in the file's metadata."""

FORMAT = 1


@dataclass(frozen=True)
class Identity:
    """Which cohort it is: two of the same identity hold the same people, as many as both have.

    ``model`` is the digest of the biology's texts, ``taken`` ``by_weight`` (every row counts the same), ``with_weight``
    (all plausible people, each with a weight) or ``all`` (no weights).
    """

    population: str
    species: str
    seed: int
    model: str
    hypothesis: str | None
    edges: dict[str, float] = field(default_factory=dict)
    taken: str = "by_weight"
    format: int = FORMAT


@dataclass(frozen=True)
class StoredCohort:
    """People by row: ``parameters`` f8[person, parameter], ``states`` f8[person, state] at rest, ``values`` f8[person]
    by output, ``weights`` f8[person] of mean about 1, ``status`` i4[person] (0: came to rest). ``tally`` counts the
    candidates looked at, by world (people are drawn some at a time, each time in a world of their own); it is empty
    where only some of the people are left, for whom nobody counted.
    """

    identity: Identity
    parameter_ids: tuple[str, ...]
    state_ids: tuple[str, ...]
    parameters: F8
    states: F8
    values: Mapping[str, F8]
    weights: F8
    status: NDArray[np.int32]
    asked: int
    tally: Mapping[str, Tally]

    @property
    def counts(self) -> dict[str, Any]:
        """Candidates over all worlds: tried, rejected (by output under ``outside``), declined, unsettled, missing; no
        numbers where nobody counted.
        """
        return _numbers(reduce(add, self.tally.values())) if self.tally else {"outside": {}}

    @property
    def people(self) -> int:
        """How many there are."""
        return len(self.parameters)

    def columns(self) -> dict[str, np.ndarray]:
        """The table of the file."""
        found: dict[str, np.ndarray] = {
            "person": np.arange(self.people, dtype=np.int64), "weight": self.weights, "status": self.status,
        }  # fmt: skip
        found |= {f"output.{name}": column for name, column in self.values.items()}
        found |= {f"state.{name}": self.states[:, number] for number, name in enumerate(self.state_ids)}
        found |= {f"parameter.{name}": self.parameters[:, number] for number, name in enumerate(self.parameter_ids)}
        return found

    def metadata(self) -> dict[str, str]:
        """What goes into the file's metadata."""
        data = {**asdict(self.identity), "asked": self.asked}
        data["tally"] = {world: _numbers(one) for world, one in self.tally.items()}
        return {KEY: json.dumps(data, sort_keys=True)}

    @classmethod
    def of(cls, columns: Mapping[str, np.ndarray], metadata: Mapping[str, str], file: str) -> StoredCohort:
        """The cohort of a table that was read from ``file``.

        Raises
        ------
        InvalidInput
            It is no cohort, or one of a later format.
        """
        try:
            data: dict[str, Any] = json.loads(metadata[KEY])
            if data["format"] != FORMAT:  # before anything else, which may be told otherwise there
                raise InvalidInput(f"{file}: a cohort of format {data['format']}, and this version reads {FORMAT}")
            asked, counts = int(data.pop("asked")), data.pop("tally")
            identity = Identity(**data)
            tally = {str(world): Tally(identity.population, **one) for world, one in counts.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise InvalidInput(f"{file}: no cohort of this program; draw one by `allodynia cohort`") from None

        def block(kind: str) -> tuple[tuple[str, ...], F8]:
            names = tuple(name.removeprefix(kind) for name in columns if name.startswith(kind))
            rows = len(columns["person"])
            table = np.empty((rows, len(names)))
            for number, name in enumerate(names):
                table[:, number] = columns[kind + name]
            return names, table

        parameter_ids, parameters = block("parameter.")
        state_ids, states = block("state.")
        outputs, values = block("output.")
        by_name = {name: values[:, number] for number, name in enumerate(outputs)}
        return cls(
            identity, parameter_ids, state_ids, parameters, states, by_name,
            np.asarray(columns["weight"], dtype=np.float64), np.asarray(columns["status"], dtype=np.int32), asked,
            tally,
        )  # fmt: skip

    def check_model(self, digest: str, file: str) -> None:
        """Refuse to use the cohort with a model whose biology has another digest.

        Raises
        ------
        InvalidInput
            It was drawn from another model.
        """
        if self.identity.model != digest:
            raise InvalidInput(
                f"{file}: drawn from another model ({self.identity.model[:12]}, and this one is {digest[:12]}); "
                f"draw it again by `allodynia cohort {self.identity.population}`"
            )

    def first(self, people: int) -> StoredCohort:
        """The first so many of them, as if nobody else had been asked for; but how many candidates they took is not
        known where others were drawn with them.
        """
        if people >= self.people:
            return self
        return replace(self.part(slice(people)), asked=people, tally={})

    def part(self, rows: slice) -> StoredCohort:
        """Some rows, with what the cohort says of itself as it is."""
        return replace(
            self, parameters=self.parameters[rows], states=self.states[rows], weights=self.weights[rows],
            values={name: column[rows] for name, column in self.values.items()}, status=self.status[rows],
        )  # fmt: skip

    def within(self, ode: OdeSystem, parameters: F8, states: F8) -> tuple[F8, F8]:
        """These people in a system that may hold more (drugs, say): ``parameters`` f8[person, parameter] and ``states``
        f8[person, state] of ``ode``, with what is known of each person put in. An input that is the same in everybody
        may be missing there: a drug drives it.

        Raises
        ------
        InvalidInput
            The system lacks a parameter or state of theirs.
        """
        rows, rest = parameters.copy(), states.copy()
        _put(rows, self.parameters, self.parameter_ids, [one.id for one in ode.parameters], "parameter")
        _put(rest, self.states, self.state_ids, [one.id for one in ode.states], "state")
        return rows, rest


def _numbers(tally: Tally) -> dict[str, Any]:
    """A tally without the population, which the identity names."""
    found = asdict(tally)
    del found["population"]
    return found


def _put(into: F8, values: F8, names: Sequence[str], known: Sequence[str], what: str) -> None:
    column = {name: number for number, name in enumerate(known)}
    for number, name in enumerate(names):
        if name in column:
            into[:, column[name]] = values[:, number]
        elif what != "parameter" or np.ptp(values[:, number], axis=0) > 0.0:
            raise unknown(what, name, known)
        # An input at rest, the same in everybody, that a drug of the other system drives: nothing to put in.
