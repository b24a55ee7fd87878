"""Units as text, as values, and as SBML defines them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allodynia.errors import InvalidInput, UnitMismatch
from allodynia.model import parse_unit
from allodynia.model.units import UnitFactor, define, names


@pytest.mark.parametrize(
    ("text", "other", "factor"),
    [
        ("mg/mL", "g/L", 1.0),
        ("mg/mL", "ug/L", 1e6),
        ("mL/d/kg", "L/h/kg", 1e-3 / 24),
        ("1/d", "1/wk", 7.0),
        ("µM", "nmol/mL", 1.0),
        ("uM", "μM", 1.0),
        ("fibres/mm", "fibre/cm", 10.0),
        ("mm2", "mm^2", 1.0),
        ("mm²", "cm^2", 1e-2),
        ("s⁻¹", "Hz", 1.0),
        ("kPa", "N/cm^2", 0.1),
        ("%", "dimensionless", 1e-2),
        ("ng*h/mL", "mg d / L", 1e-3 / 24),
        ("mL/(d*kg)", "mL/d/kg", 1.0),
        ("degC", "celsius", 1.0),
        ("1e3/uL", "1/nL", 1.0),
        ("mmHg", "Pa", 133.322387415),
    ],
)
def test_factor_between_units(text: str, other: str, factor: float) -> None:
    assert parse_unit(text).factor_to(parse_unit(other)) == pytest.approx(factor, rel=1e-15)


def test_factors_are_exact_fractions() -> None:
    """A day of hours and an hour of minutes leave nothing over."""
    assert parse_unit("1/d").factor_to(parse_unit("1/h")) == 1 / 24
    assert parse_unit("mg/mL") == parse_unit("g/L")
    assert (parse_unit("d") / parse_unit("h")).factor == 24


@pytest.mark.parametrize(("a", "b"), [("mg", "mL"), ("degC", "K"), ("1/d", "d"), ("mol", "item"), ("mg/mL", "mg")])
def test_unlike_units_do_not_convert(a: str, b: str) -> None:
    assert not parse_unit(a).same_dimension(parse_unit(b))
    with pytest.raises(UnitMismatch, match="measure different things"):
        parse_unit(a).factor_to(parse_unit(b))


@pytest.mark.parametrize(
    ("text", "near"), [("mgg/mL", "'mg'"), ("fibr", "'fibre'"), ("dayss", "'days'"), ("mmolL", "'mmol'")]
)
def test_unknown_unit_names_the_nearest(text: str, near: str) -> None:
    with pytest.raises(InvalidInput, match=f"unknown unit .*did you mean .*{near}"):
        parse_unit(text)


@pytest.mark.parametrize(
    "text", ["", "m/", "(m", "m)", "5^", "m^", "m^99999", "/", "m//s", "(" * 50 + "m", "m" * 300, "0", "m^-"]
)
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_unit(text)


@given(st.text(alphabet="mgLdkhµ%/*^()-0123 .°²", max_size=24))
def test_any_text_is_a_unit_or_an_invalid_input(text: str) -> None:
    try:
        unit = parse_unit(text)
    except InvalidInput:
        return
    assert unit.factor > 0
    assert parse_unit(unit.text) == unit


def test_every_known_name_parses() -> None:
    assert all(parse_unit(name).factor > 0 for name in names())


F = UnitFactor


@pytest.mark.parametrize(
    ("name", "factors", "text"),
    [
        ("mg_per_mL", [F("gram", 1, -3), F("litre", -1, -3)], "mg/mL"),
        ("anything", [F("gram", 1, -3), F("litre", -1, -3)], "mg/mL"),
        ("per_d", [F("second", -1, 4, 8.64)], "1/d"),
        ("k", [F("second", -1, 0, 604800)], "1/wk"),
        ("fibre_per_mm", [F("item"), F("metre", -1, -3)], "fibre/mm"),
        ("clearance", [F("litre", 1, -3), F("second", -1, 4, 8.64), F("kilogram", -1)], "mL/d/kg"),
        ("L", [F("gram", 1, -3)], "mg"),  # an id that says another unit is not believed
        ("Hz", [F("second", -1)], "Hz"),
        ("none", [F("dimensionless")], "dimensionless"),
        ("degC", [F("kelvin")], "degC"),
    ],
)
def test_definitions_of_sbml_get_the_text_a_person_writes(name: str, factors: list[UnitFactor], text: str) -> None:
    unit = define(factors, name)
    assert unit.text == text
    assert unit == parse_unit(text)


def test_decimal_multipliers_are_read_as_decimals() -> None:
    assert define([F("gram", 1, 0, 0.001)]) == parse_unit("mg")
    assert define([F("second", 1, 0, 0.1)]).factor == Fraction(1, 10)
