"""Rows of a cohort stay what they are, whoever else is drawn; donors and animals are shared where they must be."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allodynia.cohort import CohortArm, DonorGroup, Pool, read_table, sample
from allodynia.errors import InvalidInput, Where
from allodynia.model.build import Builder
from allodynia.model.ode import Quantity, complete

IDS = ("a.titre", "a.potency", "b.loss", "b.base", "c.fixed")


@dataclass
class Row:
    value: float
    level: str
    between: Any = None
    uncertainty: Any = None
    where: Where | None = None


def ode():
    b = Builder()
    return complete(
        "x", b.dag, states=[Quantity("s", "1")], parameters=[Quantity(name, "1", 1.0) for name in IDS],
        initial=[b.const(0.0)], rhs=[b.const(0.0)],
    )  # fmt: skip


ROWS = {
    "a.titre": Row(1.0, "donor", {"lognormal": {"cv": 0.5}}),
    "a.potency": Row(2.0, "donor", {"lognormal": {"cv": 0.2}}),
    "b.loss": Row(0.3, "subject", {"lognormal": {"cv": 0.2}}, {"lognormal": {"factor": 2}}),
    "b.base": Row(100.0, "subject", {"normal": {"sd": 5}}),
}
PEOPLE = {
    "fm": {"a.titre": Row(3.0, "donor", {"lognormal": {"cv": 0.5}})},
    "healthy": {"a.titre": Row(0.5, "donor", {"lognormal": {"cv": 0.5}}), "a.potency": Row(0.0, "donor")},
}
TABLE = read_table(ode(), ROWS, PEOPLE)
FM, HEALTHY = DonorGroup("fm", "fm"), DonorGroup("healthy", "healthy")


def arm(name, donors=4, subjects=3, source=FM, **more):
    return CohortArm(name, donors, subjects, source, **more)


def column(cohort, arm_name, parameter):
    return cohort.layout.view(cohort.parameters[:, IDS.index(parameter)], arm_name)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(-(2**40), 2**63), donors=st.integers(1, 6), subjects=st.integers(1, 5), worlds=st.integers(1, 4),
    more=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
)  # fmt: skip
def test_rows_do_not_depend_on_how_many_are_drawn_or_on_other_arms(seed, donors, subjects, worlds, more):
    small = sample(TABLE, [arm("x", donors, subjects)], seed, worlds=range(worlds), uncertainty=True)
    large = sample(
        TABLE,
        [arm("other", 2, 2, HEALTHY), arm("x", donors + more[0], subjects + more[1]), arm("saline", 1, 2, None)],
        seed, worlds=range(worlds + more[2]), uncertainty=True,
    )  # fmt: skip
    for parameter in IDS:
        few, many = column(small, "x", parameter), column(large, "x", parameter)
        np.testing.assert_array_equal(few, many[:worlds, :donors, :subjects])


def test_a_part_of_the_worlds_is_what_it_is_in_all_of_them():
    arms = [arm("x"), arm("y", source=HEALTHY)]
    whole = sample(TABLE, arms, 5, worlds=range(6), uncertainty=True)
    part = sample(TABLE, arms, 5, worlds=range(2, 5), uncertainty=True)
    rows = whole.layout.rows_a_world
    np.testing.assert_array_equal(part.parameters, whole.parameters[2 * rows : 5 * rows])
    assert part.world.tolist() == whole.world[2 * rows : 5 * rows].tolist()
    assert part.subject.tolist() == whole.subject[2 * rows : 5 * rows].tolist()


def test_a_parameter_does_not_depend_on_which_others_vary():
    fewer = read_table(ode(), {"b.base": ROWS["b.base"]}, PEOPLE)
    one, all_ = sample(fewer, [arm("x")], 3), sample(TABLE, [arm("x")], 3)
    np.testing.assert_array_equal(column(one, "x", "b.base"), column(all_, "x", "b.base"))


def test_the_same_donor_in_two_arms_is_the_same_person_and_other_groups_are_others():
    arms = [arm("x"), arm("y"), arm("z", source=DonorGroup("elsewhere", "fm"))]
    cohort = sample(TABLE, arms, 9)
    x, y, z = (column(cohort, name, "a.titre") for name in "xyz")
    np.testing.assert_array_equal(x, y)
    assert (x != z).all()
    assert (x == x[:, :, :1]).all(), "every mouse of a donor gets that donor's IgG"
    assert len(set(x[0, :, 0])) == 4


def test_twins_are_the_same_animals_and_other_arms_are_not():
    cohort = sample(TABLE, [arm("x"), arm("y", family="x"), arm("z")], 9)
    x, y, z = (column(cohort, name, "b.base") for name in "xyz")
    np.testing.assert_array_equal(x, y)
    assert (x != z).all()


def test_settings_come_last_and_seeds_differ():
    arms = [arm("x", settings={"b.loss": 7.0, "c.fixed": 0.0})]
    cohort = sample(TABLE, arms, 1)
    assert (column(cohort, "x", "b.loss") == 7.0).all()
    assert (column(cohort, "x", "c.fixed") == 0.0).all()
    assert (column(sample(TABLE, arms, 2), "x", "b.base") != column(cohort, "x", "b.base")).all()


def test_a_world_is_one_centre_for_all_its_subjects():
    cohort = sample(TABLE, [arm("x", 30, 40), arm("saline", 1, 2000, None)], 4, worlds=range(5), uncertainty=True)
    middles = np.median(column(cohort, "x", "b.loss"), axis=(1, 2))
    others = np.median(column(cohort, "saline", "b.loss"), axis=(1, 2))
    # the spread within is 20 %, so a median of 1,200 is known to 1 %; the centres differ by tens of percent
    np.testing.assert_allclose(middles, others, rtol=0.04)
    assert middles.max() / middles.min() > 1.2
    still = sample(TABLE, [arm("x", 30, 40)], 4, worlds=range(2))
    assert np.median(column(still, "x", "b.loss"), axis=(1, 2)) == pytest.approx([0.3, 0.3], rel=0.03)


def test_populations_replace_the_tables_own_donors():
    cohort = sample(TABLE, [arm("x", 400, 1), arm("y", 400, 1, HEALTHY), arm("v", 2, 2, None)], 4)
    assert np.median(column(cohort, "x", "a.titre")) == pytest.approx(3.0, rel=0.1)
    assert np.median(column(cohort, "x", "a.potency")) == pytest.approx(2.0, rel=0.05)
    assert (column(cohort, "y", "a.potency") == 0.0).all()
    assert (column(cohort, "v", "a.titre") == 1.0).all(), "a vehicle has the table's centre"


def test_a_shared_pool_adds_titres_and_weighs_potency_by_titre():
    pool = Pool("pool", FM, 4, "a.titre", ("a.potency",))
    cohort = sample(TABLE, [arm("x", 8, 1), arm("p", 8, 1, pool)], 12)
    titre, potency = column(cohort, "x", "a.titre")[0, :, 0], column(cohort, "x", "a.potency")[0, :, 0]
    pooled, strength = column(cohort, "p", "a.titre")[0, :, 0], column(cohort, "p", "a.potency")[0, :, 0]
    for number in range(2):
        members = slice(4 * number, 4 * number + 4)
        assert pooled[members] == pytest.approx(np.full(4, titre[members].mean()), rel=1e-14)
        # what drives a response at low dose is the mean of the members' products
        assert (pooled * strength)[members] == pytest.approx(np.full(4, (titre * potency)[members].mean()), rel=1e-14)
    assert cohort.donor[cohort.arm == "p"].tolist() == ["pool"] * 4 + ["pool-2"] * 4
    assert set(cohort.population[cohort.arm == "p"]) == {"fm"}


def test_a_private_pool_is_its_strongest_member_diluted():
    pool = Pool("pool", FM, 8, "a.titre", ("a.potency",), "private")
    cohort = sample(TABLE, [arm("x", 8, 1), arm("p", 1, 1, pool)], 12)
    titre, potency = column(cohort, "x", "a.titre")[0, :, 0], column(cohort, "x", "a.potency")[0, :, 0]
    best = int(np.argmax(titre * potency))
    assert column(cohort, "p", "a.titre").item() == titre[best] / 8
    assert column(cohort, "p", "a.potency").item() == potency[best]


def test_a_pool_of_one_is_that_donor_and_a_pool_without_titre_has_no_drive():
    alone = Pool("alone", FM, 1, "a.titre", ("a.potency",))
    cohort = sample(TABLE, [arm("x", 3, 1), arm("p", 3, 1, alone)], 12)
    for parameter in ("a.titre", "a.potency"):
        np.testing.assert_allclose(column(cohort, "p", parameter), column(cohort, "x", parameter), rtol=1e-15)
    none = read_table(ode(), ROWS, {"fm": {"a.titre": Row(0.0, "donor")}})
    empty = sample(none, [arm("p", 1, 1, Pool("pool", FM, 4, "a.titre", ("a.potency",)))], 1)
    assert column(empty, "p", "a.titre").item() == 0.0
    assert np.isfinite(column(empty, "p", "a.potency")).all()


def test_who_is_who():
    cohort = sample(TABLE, [arm("x", 2, 2), arm("saline", 1, 3, None)], 1, worlds=range(2))
    assert cohort.arm.tolist() == (["x"] * 4 + ["saline"] * 3) * 2
    assert cohort.donor.tolist() == (["fm-1", "fm-1", "fm-2", "fm-2"] + [""] * 3) * 2
    assert cohort.population.tolist() == (["fm"] * 4 + [""] * 3) * 2
    assert cohort.world.tolist() == [0] * 7 + [1] * 7
    assert cohort.subject.tolist() == list(range(14))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            {"b.lose": Row(1, "subject", None, None, Where("m.yaml", 3))},
            "m.yaml:3: unknown parameter 'b.lose'; did you mean 'b.loss'",
        ),
        ({"b.loss": Row(1, "rat", None, None, Where("m.yaml", 4))}, "m.yaml:4: unknown level 'rat'"),
        ({"b.loss": Row(1, "shared", {"cv": 0.1}, None, Where("m.yaml", 5))}, "m.yaml:5: b.loss: a shared parameter"),
    ],
)
def test_mistakes_in_the_table_are_told_at_their_line(rows, said):
    with pytest.raises(InvalidInput) as caught:
        read_table(ode(), rows)
    assert str(caught.value).startswith(said)


def test_unknown_population_is_refused():
    with pytest.raises(InvalidInput, match="unknown population 'helthy'; did you mean 'healthy'"):
        sample(TABLE, [arm("x", source=DonorGroup("g", "helthy"))], 1)
