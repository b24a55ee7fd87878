from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from allodynia.engine import ActionKind, Actions, simulate
from allodynia.model import OdeSystem
from allodynia.system import System, load_system

Dose = tuple[float, str, float]


class Bench:
    """Simulates one system for a list of subjects, each a mapping of parameter id to value, all with the same doses."""

    def __init__(self, ode: OdeSystem, system: System) -> None:
        self.ode, self.system = ode, system
        self.columns = {quantity.id: number for number, quantity in enumerate(ode.parameters)}
        self.states = [quantity.id for quantity in ode.states]

    def parameters(self, subjects: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        nominal = [0.0 if quantity.value is None else quantity.value for quantity in self.ode.parameters]
        table = np.tile(np.array(nominal, dtype=np.float64), (len(subjects), 1))
        for row, settings in enumerate(subjects):
            for name, value in settings.items():
                table[row, self.columns[name]] = value
        return table

    def run(
        self,
        subjects: Sequence[Mapping[str, float]],
        times: Iterable[float],
        outputs: Sequence[str],
        doses: Sequence[Dose] = (),
        rtol: float = 1e-8,
    ) -> dict[str, NDArray[np.float64]]:
        """Output id to [subject, time]."""
        table = self.parameters(subjects)
        schedule = [(time, ActionKind.ADD_STATE, self.states.index(state), amount) for time, state, amount in doses]
        solution = simulate(
            self.ode,
            table,
            np.array(list(times), dtype=np.float64),
            list(outputs),
            actions=Actions.shared(len(table), schedule) if schedule else None,
            rtol=rtol,
            atol=1e-11,
        )
        assert solution.solved.all()
        return {name: solution.output(name) for name in outputs}

    def gains(self, hypothesis: str | None = None, *switches: str) -> dict[str, float]:
        return {f"edge.{edge}": gain for edge, gain in self.system.gains(hypothesis, switches).items()}


@pytest.fixture(scope="session")
def system() -> System:
    return load_system("mouse")


@pytest.fixture(scope="session")
def mouse(system: System) -> Bench:
    return Bench(system.ode, system)


@pytest.fixture(scope="session")
def people() -> System:
    return load_system("human")


@pytest.fixture(scope="session")
def person(people: System) -> Bench:
    return Bench(people.ode, people)


@pytest.fixture(scope="session")
def four_doses() -> list[Dose]:
    """8 mg of IgG into the peritoneum on four days running."""
    return [(float(day), "igg.peritoneum", 8.0) for day in range(4)]


@pytest.fixture(scope="session")
def bench_of() -> Callable[..., Bench]:
    """Makes (once each) a bench of some modules of a species, or of all: ``bench_of("human", "cytokine")``."""
    made: dict[tuple[str, ...], Bench] = {}

    def bench(species: str, *modules: str) -> Bench:
        if (species, *modules) not in made:
            part = load_system(species, modules=list(modules) or None)
            made[species, *modules] = Bench(part.ode, part)
        return made[species, *modules]

    return bench
