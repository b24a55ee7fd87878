"""The grammar of ``--vary``, and the draws it asks for."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.api.vary import Variation, parse, variations
from allodynia.errors import InvalidInput

MANY = 200_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k1=2.5", Variation("k1", None, 2.5)),
        (" k1 = -1e-3 ", Variation("k1", None, -1e-3)),
        ("k1=lognormal(1,0.3)", Variation("k1", "lognormal", 1.0, 0.3)),
        ("R1.k = normal( .5 , 2. )", Variation("R1.k", "normal", 0.5, 2.0)),
        ("k=uniform(-1,1)", Variation("k", "uniform", -1.0, 1.0)),
        ("k=loguniform(1E-6,1e+3)", Variation("k", "loguniform", 1e-6, 1e3)),
    ],
)
def test_what_is_written_is_what_is_meant(text, expected):
    assert parse(text) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("k1", r"vary 'k1': expected '=', found its end"),
        ("=3", r"expected the name of a parameter, compartment or species, found '='"),
        ("k1=", r"expected a number or a distribution, found its end"),
        ("k1=lognorml(1,0.3)", r"unknown distribution 'lognorml'; did you mean 'lognormal'"),
        ("k1=normal(1)", r"expected ',', found '\)'"),
        ("k1=normal(1,2,3)", r"expected '\)', found ','"),
        ("k1=normal(1,2", r"expected '\)', found its end"),
        ("k1=normal(a,2)", r"expected the mean of normal, found 'a'"),
        ("k1=1 2", r"expected nothing more, found '2'"),
        ("k1=1e999", r"expected a number that is finite, found 'inf'"),
        ("k1=1+1", r"expected nothing more, found '\+1'"),
        ("k1=__import__('os')", r"unknown distribution '__import__'"),
        ("k1=normal(1,-2)", r"its sd is negative"),
        ("k1=lognormal(0,1)", r"its median is not above zero"),
        ("k1=uniform(2,1)", r"its lower end is above its upper end"),
        ("k1=loguniform(0,1)", r"its lower end is not above zero"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_a_mapping_says_the_same_as_texts_and_a_name_may_come_once():
    assert variations({"k": "normal(1, 2)", "j": 4}) == variations(["k=normal(1,2)", "j=4"])
    with pytest.raises(InvalidInput, match="'k' is given twice"):
        variations(["k=1", "k=2"])
    assert variations(None) == ()


@pytest.mark.parametrize(
    ("text", "median", "quantile", "value"),
    [
        ("k=normal(3,2)", 3.0, 0.8413447460685429, 5.0),
        ("k=lognormal(3,0.5)", 3.0, 0.8413447460685429, 3.0 * np.exp(0.5)),
        ("k=uniform(2,6)", 4.0, 0.75, 5.0),
        ("k=loguniform(0.01,100)", 1.0, 0.75, 10.0),
        ("k=normal(3,0)", 3.0, 0.9, 3.0),
        ("k=7", 7.0, 0.9, 7.0),
    ],
)
def test_draws_have_the_quantiles_of_the_distribution(text, median, quantile, value):
    one = parse(text)
    assert one.centre == pytest.approx(median, rel=1e-12)
    assert one.quantile(np.array([quantile]))[0] == pytest.approx(value, rel=1e-9)
    drawn = one.draw(5, MANY)
    # Four standard errors of a sample quantile, on the probability scale.
    for p in (0.1, 0.5, 0.9):
        edge = one.quantile(np.array([p]))[0]
        if one.quantile(np.array([0.99]))[0] > edge:
            assert abs((drawn < edge).mean() - p) < 4 * np.sqrt(p * (1 - p) / MANY)
        else:
            assert (drawn == edge).all()


def test_a_subject_is_the_same_whoever_else_is_drawn_and_whatever_else_varies():
    one = parse("k=lognormal(1,0.3)")
    assert one.draw(1, 10).tobytes() == one.draw(1, 1000)[:10].tobytes()
    assert (one.draw(1, 10) != one.draw(2, 10)).all()
    other = parse("j=lognormal(1,0.3)").draw(1, 1000)
    assert abs(np.corrcoef(one.draw(1, 1000), other)[0, 1]) < 0.13
