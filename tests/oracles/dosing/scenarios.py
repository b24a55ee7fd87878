"""Every combination of ways to dose, each with its own subject."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from allodynia.engine.regimen import Dose, Reset
from allodynia.model.build import Builder
from allodynia.model.ode import OdeSystem, Quantity, complete

from .closed_forms import Person

PARAMETERS = ("k", "k12", "k21", "ka", "rate", "lag", "share", "baseline")
TIMES = np.linspace(0.0, 48.0, 97)
ROUTES = ("bolus", "infusion over a time", "infusion at a rate", "absorption")
STEADY = ("never", "at the start", "later")


def system(compartments: int) -> OdeSystem:
    """A depot, a central and, with two compartments, a peripheral amount; ``rate`` flows into the central one."""
    b = Builder()
    k, k12, k21, ka, rate, _, _, baseline = (b.param(i) for i in range(len(PARAMETERS)))
    depot, inside, outside = (b.state(i) for i in range(3))
    gain = b.add(b.sub(b.mul(ka, depot), b.mul(k, inside)), rate)
    rhs, initial, names = [b.neg(b.mul(ka, depot)), gain], [b.const(0.0), baseline], ["depot", "central"]
    if compartments == 2:
        exchange = b.sub(b.mul(k12, inside), b.mul(k21, outside))
        rhs = [rhs[0], b.sub(gain, exchange), exchange]
        initial, names = [*initial, b.const(0.0)], [*names, "peripheral"]
    return complete(
        f"{compartments} compartments", b.dag,
        states=[Quantity(name, "mg", non_negative=True) for name in names],
        parameters=[Quantity(name, "1", 1.0) for name in PARAMETERS],
        initial=initial, rhs=rhs, time_unit="h",
    )  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """A subject and what they are given."""

    name: str
    person: Person
    regimen: tuple[Dose | Reset, ...]

    @property
    def row(self) -> list[float]:
        """The subject's parameters, in the order of `PARAMETERS`."""
        p = self.person
        return [p.k, p.k12, p.k21, p.ka, 0.0, p.lag, p.share, p.baseline]


def scenarios(compartments: int, route: str, steady: str) -> list[Scenario]:
    """All combinations of lag, bioavailability, repeats, reset, and doses at or between observations."""
    seed = [compartments, ROUTES.index(route), STEADY.index(steady)]
    random = np.random.default_rng(seed)
    found = []
    for lag, share, repeat, reset, observed in itertools.product((0, 1, 2), (0, 1), (1, 4), (0, 1), (0, 1)):
        # Lags and lengths are halves of an hour, so that with ``observed`` every beginning, end and reset is a sample.
        person = Person(
            k=float(random.uniform(0.05, 0.4)),
            k12=float(random.uniform(0.1, 0.6)) if compartments == 2 else 0.0,
            k21=float(random.uniform(0.05, 0.3)),
            ka=float(random.uniform(1.2, 2.5)),
            lag=float([0.5, 2.5, 7.0][int(random.integers(3))] if observed else random.uniform(0.2, 9.0)),
            share=float(random.uniform(0.3, 0.95)),
            baseline=float(random.uniform(0.0, 20.0)),
        )
        at = 0.0 if steady == "at the start" else 2.0 if observed else float(random.uniform(0.5, 6.0))
        every = 6.0 if observed else float(random.uniform(4.0, 9.0))
        over = float([1.5, 6.0, 8.0][int(random.integers(3))] if observed else random.uniform(0.3, 12.0))
        amount = float(random.uniform(20.0, 120.0))
        ways: dict[str, dict[str, object]] = {
            "bolus": {"into": "central"},
            "absorption": {"into": "depot"},
            "infusion over a time": {"through": "rate", "over": over},
            "infusion at a rate": {"through": "rate", "rate": amount / over},
        }
        options = ways[route] | {
            "every": every,
            "lag": (0.0, "lag", 1.5)[lag],
            "bioavailability": "share" if share else 1.0,
        }
        dose = Dose(at, amount, repeat=repeat, steady=steady == "at the start", **options)  # type: ignore[arg-type]
        regimen: list[Dose | Reset] = [dose]
        if steady == "later":
            start = 20.0 if observed else at + float(random.uniform(0.0, 3.0)) * every
            regimen.append(Dose(start, 0.7 * amount, repeat=repeat, steady=True, **options))  # type: ignore[arg-type]
        if reset:
            last = regimen[-1].at
            moment = last + (6.0 if observed else float(random.uniform(0.1, 2.5)) * every)
            # What is given at the very time of the reset, listed after it, stays.
            regimen += [Reset(moment), Dose(moment, 0.5 * amount, **options)]  # type: ignore[arg-type]
        name = (
            f"{('no lag', 'own lag', 'lag 1.5')[lag]}, {'own' if share else 'whole'} bioavailability, "
            f"{repeat} doses, {'reset' if reset else 'no reset'}, {'at' if observed else 'between'} observations"
        )
        found.append(Scenario(name, person, tuple(sorted(regimen, key=lambda record: record.at))))
    return found
