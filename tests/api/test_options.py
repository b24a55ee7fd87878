"""One table of defaults for Python and the command line; what cannot be meant is refused."""

from __future__ import annotations

import inspect

import pytest

import allodynia as al
from allodynia.api.options import DEFAULTS, LARGEST_SEED, Options
from allodynia.cli.commands.run import run as command
from allodynia.errors import InvalidInput


def test_python_and_the_command_line_share_every_default() -> None:
    for function in (al.run, command):
        parameters = inspect.signature(function).parameters
        for name in ("subjects", "seed", "out", "hypothesis", "ada"):
            assert parameters[name].default == getattr(DEFAULTS, name), (function, name)


def test_ada_is_an_edge_like_any_other() -> None:
    assert Options(ada=False, edges={"glia-gate": 0.5}).gains() == {"glia-gate": 0.5, "ada": 0.0}
    assert Options().gains() == {}
    with pytest.raises(InvalidInput, match="set twice"):
        Options(ada=True, edges={"ada": 1.0})


@pytest.mark.parametrize(
    "wrong", [{"subjects": 0}, {"seed": -1}, {"seed": LARGEST_SEED + 1}, {"edges": {"ada": float("nan")}}]
)
def test_an_option_out_of_range_is_refused(wrong: dict) -> None:
    with pytest.raises(InvalidInput):
        Options(**wrong)
