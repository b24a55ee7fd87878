"""What every statistic is: a part of a study file that says what it reads, and can work itself out from readings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from allodynia.study.statistics.terms import Condition, Quantity, Term

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask
    from allodynia.study.statistics.worlds import Worlds


class Statistic(Term):
    """The base of all kinds: a label a person reads and a note on its definition.

    A kind is a file of its own: the fields that a study gives, and :meth:`compute`. All are taken in each world by
    itself, with donors as the unit and subjects nested in them; where there are no donors, subjects are the unit.
    """

    keeps_unit: ClassVar[bool] = False
    """Whether it is in the unit of the observables that it is made of: one of effects is an effect."""

    label: str = ""
    note: str = ""

    def quantities(self) -> dict[str, Quantity]:
        """What it reads, by the key that names the endpoint."""
        return {}

    def conditions(self) -> list[Condition]:
        """The conditions it applies, sub-groups included."""
        found: list[Condition] = []
        for name in ("where", "versus_where", "among", "any", "all"):
            found += getattr(self, name, None) or []
        return found

    def arm_names(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where each arm is named, and its name."""
        for key in ("arm", "versus", "control", "closed", "open", "closed_control", "open_control"):
            given = getattr(self, key, None)
            if isinstance(given, str):
                yield (key,), given
        for key in ("arms", "over", "positive_controls"):
            listed: Any = getattr(self, key, None)
            if isinstance(listed, list):
                for number, given in enumerate(listed):
                    yield (key, number), given

    def parts(self) -> list[str]:
        """Other observables that it is made of."""
        return []

    def baseline(self) -> str:
        """What of it compares with a subject's baseline; empty where nothing does."""
        for quantity in (*self.quantities().values(), *(one.quantity for one in self.conditions())):
            if quantity.scale != "value":
                return f"scale: {quantity.scale}"
        return ""

    def standardised_effect(self) -> bool:
        """Whether it is in standard deviations, or a correlation, by itself; see :func:`is_standardised`."""
        return False

    def good(self) -> str:
        """The endpoint whose good direction a claim of "better" goes by; empty where there is none."""
        first = next(iter(self.quantities().values()), None)
        return "" if first is None else first.endpoint

    def check(self, plan: Plan, where: Where) -> None:
        """Refuse what cannot be worked out in this study."""

    @abstractmethod
    def compute(self, ask: Ask) -> Worlds:
        """The statistic in every world."""


def is_standardised(name: str, known: Mapping[str, Statistic]) -> bool:
    """Whether an observable is an effect in standard deviations, or a correlation, that a direction can be told of: by
    itself, or as made of such alone.
    """
    spec = known[name]
    if spec.parts():
        return spec.keeps_unit and all(part in known and is_standardised(part, known) for part in spec.parts())
    return spec.standardised_effect()


class OfEndpoint(Statistic, Quantity):
    """A statistic of one quantity."""

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        return {"endpoint": self}
