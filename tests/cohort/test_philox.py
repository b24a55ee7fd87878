"""The counter-based generator is the published one, and its streams are apart."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from allodynia.cohort.philox import Key, open_unit, philox, stream_key, uniforms

WORDS = st.integers(0, 2**64 - 1)


@settings(max_examples=60, deadline=None)
@given(key=st.tuples(WORDS, WORDS), counter=st.tuples(*[WORDS] * 4))
def test_bits_equal_numpys_philox(key, counter):
    # numpy counts up before it draws
    number = sum(part << (64 * place) for place, part in enumerate(counter))
    before = (number - 1) % 2**256
    words = [(before >> (64 * place)) % 2**64 for place in range(4)]
    state = {"counter": np.array(words, dtype=np.uint64), "key": np.array(key, dtype=np.uint64)}
    expected = np.random.Philox(**state).random_raw(4)
    found = philox(Key(*key), *(np.uint64(part) for part in counter))
    assert [int(word) for word in found] == [int(word) for word in expected]


def test_a_place_does_not_depend_on_the_others():
    key = stream_key(7, "donor", "titre")
    many, _ = uniforms(key, np.arange(1000), 3)
    some, _ = uniforms(key, np.array([999, 4]), 3)
    assert some.tolist() == [many[999], many[4]]


def test_streams_of_other_seeds_and_labels_are_other_streams():
    keys = {
        stream_key(1, "a", "b"), stream_key(2, "a", "b"), stream_key(-1, "a", "b"), stream_key(1, "ab"),
        stream_key(1, "a", "b", ""), stream_key(1, "", "ab"), stream_key(1, "b", "a"),
    }  # fmt: skip
    assert len(keys) == 7
    columns = np.array([uniforms(key, np.arange(4000))[0] for key in keys])
    off = np.corrcoef(columns)[~np.eye(7, dtype=bool)]
    assert np.abs(off).max() < 5 / np.sqrt(4000)


def test_uniforms_never_touch_the_ends():
    ends = open_unit(np.array([0, 2**64 - 1], dtype=np.uint64))
    assert 0.0 < ends[0] < ends[1] < 1.0


def test_uniforms_are_uniform():
    u, other = uniforms(stream_key(3, "x"), np.arange(200_000))
    counts = np.histogram(u, 50, (0, 1))[0]
    # chi-square with 49 degrees of freedom: 98 is beyond 1 in 10,000
    assert (((counts - 4000) ** 2) / 4000).sum() < 98
    assert abs(np.corrcoef(u, other)[0, 1]) < 5 / np.sqrt(200_000)
