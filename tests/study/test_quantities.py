"""Numbers with units, as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allodynia.study.quantities import parse_magnitude, parse_time


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("8 mg", 8, "mg"),
        ("1.5e-3mg/mL", 1.5e-3, "mg/mL"),
        (" -.5 d ", -0.5, "d"),
        ("28 d", 28, "d"),
        ("3 1/d", 3, "1/d"),
    ],
)
def test_what_is_written_is_what_is_meant(text, value, unit):
    found = parse_magnitude(text)
    assert (found.value, found.unit) == (value, unit)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_survives(value):
    assert parse_magnitude(f"{value!r} mg").value == value


@pytest.mark.parametrize(
    ("text", "days"), [("P28D", 28), ("PT6H", 0.25), ("P1DT12H", 1.5), ("P2W", 14), ("PT90M", 0.0625)]
)
def test_durations_in_iso_8601(text, days):
    found = parse_time(text)
    assert (found.unit, found.value) == ("d", pytest.approx(days))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8", "has no unit"), (8, "has no unit"), (8.5, "has no unit"), ("nan mg", "not a finite number"),
        ("-inf d", "not a finite number"), ("1e999 mg", "not a finite number"), ("mg", "not a number with a unit"),
        ("", "not a number with a unit"), (None, "not a number with a unit"), (True, "not a number with a unit"),
        (math.nan, "has no unit"), ("8 mg; rm", None),
    ],
)  # fmt: skip
def test_what_is_no_number_with_a_unit_is_refused(text, said):
    if said is None:  # a strange unit is for the units to refuse
        assert parse_magnitude(text).unit == "mg; rm"
        return
    with pytest.raises(ValueError, match=said):
        parse_magnitude(text)


@pytest.mark.parametrize("text", ["P", "PT", "P1DT", "28", "P1Y"])
def test_half_a_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"number with a unit|no unit"):
        parse_time(text)
