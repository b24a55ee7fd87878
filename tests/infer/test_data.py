"""A file of readings: what it may look like, and what is said of one that cannot be used."""

from __future__ import annotations

import pytest

from allodynia.errors import InvalidInput
from allodynia.infer import parse_readings, template

ARMS = {"fm": "fm", "fm_igg": "fm", "healthy": "healthy", "vehicle": ""}
HEAD = "mouse,donor,arm,day,paw_pressure_g\n"


def parse(text: str):
    return parse_readings(text, "thresholds.csv", ARMS, last_day=28.0, ceiling=250.0)


def test_the_template_is_a_file_of_readings() -> None:
    found = parse(template())
    assert found.donors == {"fm-1": "fm", "fm-2": "fm", "h-1": "healthy"}
    assert len(found.mice) == 8 and found.missing == 1 and found.count == 55


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mouse,donor,arm,day,pressure_g\n1,a,fm,0,100\n", "thresholds.csv:1: the column 'paw_pressure_g' is absent; "
         "is it the one called 'pressure_g'?"),
        ("mouse,arm,day,paw_pressure_g\n1,fm,0,100\n", "thresholds.csv:1: the column 'donor' is absent; the columns "),
        (HEAD.replace("arm", "day"), "thresholds.csv:1: the column 'arm' is absent"),
        (HEAD.replace("\n", ",day\n"), "thresholds.csv:1: the column 'day' is there 2 times"),
        (HEAD + "1,a,fm,0,100\n1,a,fm,1,10O\n", "thresholds.csv:3: paw_pressure_g: '10O' is not a number"),
        (HEAD + "1,a,fm,zero,100\n", "thresholds.csv:2: day: 'zero' is not a number"),
        (HEAD + "\n1,a,fm,,100\n", "thresholds.csv:3: day: '' is not a number"),
        (HEAD + "1,a,fm,0,inf\n", "thresholds.csv:2: paw_pressure_g: 'inf' is not a number"),
        (HEAD + "1,a,fm,0,-3\n", "thresholds.csv:2: paw_pressure_g: -3 g is no threshold"),
        (HEAD + "1,a,fm,0,300\n", "the end of the study's scale (ceiling) being 250 g"),
        (HEAD + "1,a,fm,40,100\n", "thresholds.csv:2: day: 40 is after the study's follow-up of 28 d"),
        (HEAD + "1,a,health,0,100\n", "thresholds.csv:2: unknown arm 'health'; did you mean 'healthy'"),
        (HEAD + "1,,fm,0,100\n", "thresholds.csv:2: donor: no donor is named in the arm 'fm'"),
        (HEAD + "1,a,vehicle,0,100\n", "thresholds.csv:2: donor: 'a' is named in the arm 'vehicle'"),
        (HEAD + "1,a,fm,0,100\n2,a,healthy,0,100\n", "thresholds.csv:3: donor 'a' is in the arms 'fm' and 'healthy'"),
        (HEAD + ",a,fm,0,100\n", "thresholds.csv:2: mouse: no animal is named"),
        (HEAD + "1,a,fm,0\n", "thresholds.csv:2: 4 values where the header has 5"),
        (HEAD, "there are no readings"),
        (HEAD + "1,a,fm,0,\n", "there are no readings"),
        (" \n", "the file is empty"),
        ("mouse;donor;arm;day;paw_pressure_g\n1;a;fm;0;98,5\n", "'98,5' is not a number; write a decimal point"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    assert said in str(refused.value) and str(refused.value).startswith("thresholds.csv")


def test_columns_in_any_order_further_ones_and_semicolons() -> None:
    rows = ("2;A;80.5;fm;m1;a", "0;A;100;fm;m1;a", "2;A;;fm;m2;a", "-1;B;99;vehicle;m9;NA")
    text = "\n".join(["day;cage;paw_pressure_g;arm;mouse;donor", *rows])
    found = parse(text)
    assert [mouse.name for mouse in found.mice] == ["m1", "m9"]  # m2 was never read
    assert found.mice[0].day.tolist() == [0.0, 2.0] and found.mice[0].grams.tolist() == [100.0, 80.5]
    assert found.missing == 1 and found.donors == {"a": "fm"} and found.days.tolist() == [2.0]


def test_mouse_numbers_may_begin_anew_for_every_donor() -> None:
    found = parse(HEAD + "1,a,fm,0,100\n1,b,fm,0,90\n1,,vehicle,0,95\n1,a,fm,1,80\n")
    assert [(mouse.donor, mouse.day.size) for mouse in found.mice] == [("a", 2), ("b", 1), ("", 1)]
