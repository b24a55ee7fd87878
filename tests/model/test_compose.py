"""Modules and edges: what is joined computes what is written, and what is cut or does not fit is refused at load."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allodynia.errors import AllodyniaError, InvalidInput, UnitMismatch, Where
from allodynia.model import Edge, ModelText, OdeSystem, compose, evaluate, read_antimony_modules, system_digest

UNITS = """
  unit mg = 1e-3 gram
  unit mL = 1e-3 litre
  unit day = 86400 second
  unit time_unit = day
  unit mg_per_mL = mg / mL
  unit mg_per_L = mg / litre
  unit per_day = 1 / day
"""
TEXTS = {
    "plasma.ant": f"""model plasma
{UNITS}
  var load has per_day
  load = 0                                  // input port, rests at 0
  const space has mL, k has per_day
  var amount has mg
  amount = 8
  var c has mg_per_mL
  c := amount / space
  amount' = -(k + load) * amount
end
""",
    "ganglion.ant": f"""model ganglion
{UNITS}
  var igg has mg_per_mL
  igg = 0
  var warmth has dimensionless
  warmth = 0.5                              // input port, rests at 0.5
  const half has mg_per_mL, k has per_day
  var bound has dimensionless
  bound = start
  const start has dimensionless
  bound' = k * (warmth * igg / (igg + half) - bound)
end
""",
    "answer.ant": f"""model answer
{UNITS}
  var bound has dimensionless
  bound = 0
  const rate has per_day
  var clearance has per_day
  clearance := rate * bound ^ 2
end
""",
}
VALUES = {
    "plasma.space": 1.5, "plasma.k": 0.2, "ganglion.half": 0.4, "ganglion.k": 3.0, "ganglion.start": 0.1,
    "answer.rate": 0.7,
}  # fmt: skip
EDGES = [
    Edge("entry", "plasma.c", "ganglion.igg", "mg/mL", Where("wiring.yaml", 3)),
    Edge("warming", "ganglion.bound", "ganglion.warmth", "dimensionless", Where("wiring.yaml", 5)),
    Edge("response", "ganglion.bound", "answer.bound", "dimensionless", Where("wiring.yaml", 7)),
    Edge("ada", "answer.clearance", "plasma.load", "1/d", Where("wiring.yaml", 9)),
]


@pytest.fixture(scope="module")
def modules() -> dict[str, ModelText]:
    return {name.removesuffix(".ant"): text for name, text in read_antimony_modules(TEXTS).items()}


def rates(system: OdeSystem, **parameters: float) -> dict[str, float]:
    """Right-hand sides at amount = 8, bound = 0.25."""
    p = [parameters.get(q.id.replace(".", "__").replace("-", "_"), q.value) for q in system.parameters]
    values = evaluate(system.dag, system.rhs, 0.0, [8.0, 0.25], np.array(p, float))
    return dict(zip([q.id for q in system.states], values.tolist(), strict=True))


def test_composed_system_computes_what_is_written(modules: dict[str, ModelText]) -> None:
    system = compose(modules, EDGES, VALUES)
    c, bound = 8.0 / 1.5, 0.25
    assert [q.id for q in system.states] == ["plasma.amount", "ganglion.bound"]
    found = rates(system)
    assert found["plasma.amount"] == pytest.approx(-(0.2 + 0.7 * bound**2) * 8.0, rel=1e-15)
    assert found["ganglion.bound"] == pytest.approx(3.0 * (bound * c / (c + 0.4) - bound), rel=1e-15)
    assert evaluate(system.dag, system.initial, 0.0, np.zeros(2), [q.value for q in system.parameters]).tolist() == [
        8,
        0.1,
    ]
    assert system.time_unit == "day"
    assert {q.id: q.unit for q in system.states} == {"plasma.amount": "mg", "ganglion.bound": "dimensionless"}


def test_a_gain_of_zero_is_the_edge_cut_at_its_rest(modules: dict[str, ModelText]) -> None:
    system = compose(modules, EDGES, VALUES)
    assert {q.id: q.value for q in system.parameters if q.id.startswith("edge.")} == dict.fromkeys(
        ["edge.entry", "edge.warming", "edge.response", "edge.ada"], 1.0
    )
    c = 8.0 / 1.5
    assert rates(system, edge__ada=0.0)["plasma.amount"] == -0.2 * 8.0
    assert rates(system, edge__entry=0.0)["ganglion.bound"] == 3.0 * (0.0 - 0.25)
    assert rates(system, edge__warming=0.0)["ganglion.bound"] == pytest.approx(
        3 * (0.5 * c / (c + 0.4) - 0.25), rel=1e-15
    )
    assert rates(system, edge__ada=0.5)["plasma.amount"] == pytest.approx(-(0.2 + 0.35 * 0.0625) * 8.0, rel=1e-15)


@given(st.floats(allow_nan=False, width=64))
def test_gain_one_passes_the_exact_bits_of_the_source(modules: dict[str, ModelText], amount: float) -> None:
    system = compose(modules, EDGES, VALUES)
    nodes = [system.find("plasma.c")[0], system.find("ganglion.igg")[0]]
    source, port = evaluate(system.dag, nodes, 0.0, [amount, 0.25], [q.value for q in system.parameters])
    assert source.tobytes() == port.tobytes()


@pytest.mark.parametrize("cut", [edge.id for edge in EDGES])
def test_cutting_any_one_edge_is_refused(modules: dict[str, ModelText], cut: str) -> None:
    edge = next(edge for edge in EDGES if edge.id == cut)
    with pytest.raises(InvalidInput, match=f"input port '{edge.target}' is driven by no edge") as caught:
        compose(modules, [other for other in EDGES if other.id != cut], VALUES)
    module, _, port = edge.target.partition(".")
    assert caught.value.where is not None
    line = TEXTS[f"{module}.ant"].splitlines()[(caught.value.where.line or 0) - 1]
    assert caught.value.where.file == f"{module}.ant"
    assert line.split()[:2] == ["var", port]


@pytest.mark.parametrize(
    ("index", "unit"),
    [(i, u) for i in range(len(EDGES)) for u in ("mg", "mg/L", "g/mL", "1/d", "%", "mg/mL/d") if (i, u) != (3, "1/d")],
)
def test_an_edge_of_another_unit_is_refused(modules: dict[str, ModelText], index: int, unit: str) -> None:
    edges = list(EDGES)
    edges[index] = dataclasses.replace(edges[index], unit=unit)
    with pytest.raises(UnitMismatch, match=rf"^wiring.yaml:\d: edge '{edges[index].id}'"):
        compose(modules, edges, VALUES)


@pytest.mark.parametrize(
    ("unit", "reason"),
    [("mg_per_L", "differ by a factor of 0.001"), ("per_day", "measure different things"), ("mg", "measure different")],
)
def test_unlike_units_at_the_ends_are_refused(modules: dict[str, ModelText], unit: str, reason: str) -> None:
    """The module that receives declares another unit: by dimension, and by factor alone."""
    ganglion = modules["ganglion"]
    parameters = tuple(dataclasses.replace(p, unit=unit) if p.id == "igg" else p for p in ganglion.parameters)
    altered = {**modules, "ganglion": dataclasses.replace(ganglion, parameters=parameters)}
    with pytest.raises(UnitMismatch, match=f"edge 'entry', target 'ganglion.igg': .*{reason}"):
        compose(altered, EDGES, VALUES)


def edge(
    identifier: str = "extra", source: str = "plasma.c", target: str = "ganglion.igg", unit: str = "mg/mL"
) -> Edge:
    return Edge(identifier, source, target, unit, Where("wiring.yaml", 11))


@pytest.mark.parametrize(
    ("added", "message"),
    [
        (edge(), "'ganglion.igg' is driven twice, by edges 'entry' and 'extra'"),
        (edge("entry"), "edge 'entry' is drawn twice"),
        (edge("a b"), "edge id 'a b'"),
        (edge(target="ganglion.half"), "ends at 'ganglion.half', which is no input port"),
        (edge(target="ganglion.bound"), "ends at 'ganglion.bound', which is no input port"),
        (edge(target="ganglion.ig"), "unknown input port 'ganglion.ig'; did you mean 'ganglion.igg'"),
    ],
)
def test_edges_that_do_not_fit_are_refused(modules: dict[str, ModelText], added: Edge, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        compose(modules, [*EDGES, added], VALUES)
    assert str(caught.value).startswith("wiring.yaml:11: ")


def test_unknown_source_names_the_nearest(modules: dict[str, ModelText]) -> None:
    edges = [edge("entry", source="plasma.cc"), *EDGES[1:]]
    with pytest.raises(InvalidInput, match=r"wiring.yaml:11: unknown source 'plasma.cc'; did you mean 'plasma.c'"):
        compose(modules, edges, VALUES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plasma.k": None}, r"plasma.ant:\d+: constant 'plasma.k' has no value"),
        ({"plasma.kk": 1.0}, "unknown parameter 'plasma.kk'; did you mean 'plasma.k'"),
        ({"plasma.amount": 1.0}, "'plasma.amount' has a value in its module and one in the tables"),
        ({"plasma.c": 1.0}, "'plasma.c' has a formula"),
        ({"plasma.k": float("nan")}, "not a finite number"),
        ({"plasma.k": float("inf")}, "not a finite number"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    modules: dict[str, ModelText], change: dict[str, float], message: str
) -> None:
    values = {k: v for k, v in {**VALUES, **change}.items() if v is not None}
    with pytest.raises(InvalidInput, match=message):
        compose(modules, EDGES, values)


def test_an_open_port_is_a_parameter_at_its_rest(modules: dict[str, ModelText]) -> None:
    system = compose(modules, EDGES[1:], VALUES, open_ports=["ganglion.igg"])
    assert system.parameters[system.parameter_index("ganglion.igg")].value == 0.0
    assert rates(system, ganglion__igg=0.4)["ganglion.bound"] == pytest.approx(3 * (0.25 * 0.5 - 0.25), rel=1e-15)
    with pytest.raises(InvalidInput, match=r"'ganglion.igg' is open, but edge 'entry' drives it"):
        compose(modules, EDGES, VALUES, open_ports=["ganglion.igg"])
    with pytest.raises(InvalidInput, match=r"unknown input port 'ganglion.half'"):
        compose(modules, EDGES, VALUES, open_ports=["ganglion.half"])


def test_an_algebraic_loop_is_named() -> None:
    def part(name: str) -> str:
        start = f"model {name}\n unit time_unit = second\n var x has dimensionless\n x = 0\n"
        return f"{start} var y has dimensionless\n y := 2 dimensionless * x\nend\n"

    texts = read_antimony_modules({"a.ant": part("a"), "b.ant": part("b")})
    pair = {"a": texts["a.ant"], "b": texts["b.ant"]}
    edges = [Edge("ab", "a.y", "b.x", "dimensionless"), Edge("ba", "b.y", "a.x", "dimensionless")]
    with pytest.raises(InvalidInput, match=r"algebraic loop: (\w\.\w -> ){4}\w\.\w .*put a state between") as caught:
        compose(pair, edges)
    assert all(name in str(caught.value) for name in ("a.x", "a.y", "b.x", "b.y"))
    compose(pair, edges[:1], open_ports=["a.x"])  # one way round it is no loop


def test_modules_that_count_time_differently_are_refused(modules: dict[str, ModelText]) -> None:
    hourly = TEXTS["answer.ant"].replace("unit day = 86400 second", "unit day = 3600 second")
    altered = {**modules, "answer": read_antimony_modules({"answer.ant": hourly})["answer.ant"]}
    with pytest.raises(UnitMismatch, match=r"unit of time of module 'answer'.*factor"):
        compose(altered, EDGES, VALUES)


def test_non_negative_states_are_marked(modules: dict[str, ModelText]) -> None:
    def marked(choice: bool | list[str]) -> list[bool]:
        return [q.non_negative for q in compose(modules, EDGES, VALUES, non_negative=choice).states]

    assert marked(True) == [True, True]
    assert marked(["ganglion.bound"]) == [False, True]
    with pytest.raises(InvalidInput, match=r"unknown state 'ganglion.bond'"):
        marked(["ganglion.bond"])


def test_the_same_text_gives_the_same_system(modules: dict[str, ModelText]) -> None:
    first, second = compose(modules, EDGES, VALUES), compose(modules, EDGES, {**VALUES, "plasma.k": 0.3})
    assert system_digest(first) == system_digest(second)
    assert first.jacobian == second.jacobian


@pytest.mark.parametrize("name", ["", "edge", "a b", "1a", "a.b"])
def test_module_names(modules: dict[str, ModelText], name: str) -> None:
    with pytest.raises(AllodyniaError, match="name of a module"):
        compose({name: modules["answer"]}, [], {})
