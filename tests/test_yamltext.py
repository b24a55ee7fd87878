"""The YAML reader: plain data, the right lines, the same from the cache, and nothing that a hostile file could do."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from allodynia.errors import InvalidInput
from allodynia.yamltext import load

TEXT = """\
# head
plain: [1, -2.5, 1e-3, NO, on, ~, true, 0x1F, 0o17, 012, .5, 1_000, 2026-11-22]
quoted: ['1', "true", '']
deep:
  list:
    - name: a
      text: |
        two
        lines
    - [x, {y: 1.0}]
empty:
"""


def test_scalars_follow_the_core_schema_of_yaml_1_2():
    data = load(TEXT).data
    expected = [1, -2.5, 0.001, "NO", "on", None, True, 31, 15, 12, 0.5, "1_000", "2026-11-22"]
    assert data["plain"] == expected
    assert [type(value) for value in data["plain"]] == [type(value) for value in expected]
    assert data["quoted"] == ["1", "true", ""]
    assert data["deep"]["list"][0]["text"] == "two\nlines\n"
    assert data["empty"] is None


def test_lines_are_those_of_the_text():
    document = load(TEXT, "a.yaml")
    assert str(document.where(("plain",))) == "a.yaml:2"
    assert document.where(("deep", "list")).line == 5
    assert document.where(("deep", "list", 0, "text")).line == 7
    assert document.where(("deep", "list", 1, 1, "y")).line == 10
    assert document.where(("deep", "list", 7)).line == 5  # beyond the end: the nearest that exists
    assert document.where(("deep", "nothing", "more")).line == 4
    assert document.where().line == 2


def test_a_second_reading_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("ALLODYNIA_NO_CACHE", raising=False)
    first, second = load(TEXT), load(TEXT)
    assert any(tmp_path.rglob("*"))  # it came from the cache
    assert first == second
    monkeypatch.setenv("ALLODYNIA_NO_CACHE", "1")
    assert load(TEXT) == first


@settings(max_examples=300, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_survives_text_and_cache(value):
    text = f"x: {value!r}"
    for _ in range(2):
        read = load(text).data["x"]
        assert math.copysign(1.0, read) == math.copysign(1.0, value)
        assert read == value


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    # YAML 1.2 ends an implicit key after 1,024 characters; a character may take 12 of them when escaped.
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=80), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(plain)
def test_what_json_writes_is_read_back(data):
    # JSON is YAML 1.2: an independent writer for arbitrary nesting.
    import json

    assert load(json.dumps(data)).data == data


def test_agrees_with_another_reader_on_the_claims():
    from allodynia.system.load import FOLDER

    path = FOLDER / "claims.yaml"
    assert load(path).data == YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", r"t\.yaml:3: the key 'a' occurs twice; the first is on line 1"),
        ("a: !!python/object:os.system x", r"t\.yaml:1: the tag .* is not allowed"),
        ("a: !include /etc/passwd", r"t\.yaml:1: the tag"),
        ("a: [1", r"t\.yaml:\d: not YAML"),
        ("ok: 1\nbad: a: b", r"t\.yaml:2: not YAML"),
        ("a: *b", r"t\.yaml:1: alias \*b"),
        ("a: &b [*b]", r"t\.yaml:1: alias \*b"),
        ("--- 1\n--- 2\n", r"t\.yaml:2: a second document"),
        ("<<: {a: 1}", r"t\.yaml:1: merge keys"),
        ("? [a]\n: 1", r"t\.yaml:1: a key must be plain text"),
        ("%YAML 1.1\n---\na: yes", r"t\.yaml:2: written for YAML 1\.1"),
        ("[" * 5000, r"t\.yaml:1: nested more than"),
        ("a: \x00", r"t\.yaml: not YAML"),
        ('a: "\\ud800"', r"t\.yaml:1: half a character"),
        ("a: " + "9" * 5000, r"t\.yaml:1: a whole number"),
        ("a: " + "x" * 4_000_001, r"t\.yaml: 4000004 characters"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(InvalidInput, match=message) as error:
        load(text, "t.yaml")
    assert "\n" not in str(error.value)


def test_an_alias_bomb_is_refused_before_it_is_built():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    with pytest.raises(InvalidInput, match="more than 400000 values"):
        load("\n".join(lines))


def test_aliases_are_copies():
    data = load("a: &x [1]\nb: *x").data
    data["a"].append(2)
    assert data["b"] == [1]


def test_files(tmp_path):
    path = tmp_path / "study.yaml"
    with pytest.raises(InvalidInput, match="no such file"):
        load(path)
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(InvalidInput, match=r"study\.yaml:2: not UTF-8"):
        load(path)
    path.write_text("\ufeffa: 1\n", encoding="utf-8")
    assert load(path, "mine").data == {"a": 1}
    path.write_text("", encoding="utf-8")
    assert load(path).data is None
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(tmp_path)
