"""The cache never lies: what it returns is what was put, or nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from allodynia import cache

KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ALLODYNIA_NO_CACHE", raising=False)
    return tmp_path / "cache"


def test_returns_what_was_put_and_only_under_that_key() -> None:
    assert cache.get("kernel", KEY) is None
    cache.put("kernel", KEY, b"\x00code\xff")
    cache.put("kernel", KEY, b"second")
    assert cache.get("kernel", KEY) == b"second"
    assert cache.get("text", KEY) is None
    assert cache.get("kernel", KEY + "0") is None


def test_digest_tells_part_boundaries_and_types_apart() -> None:
    assert cache.digest("ab", "c") != cache.digest("a", "bc")
    assert cache.digest("ab") != cache.digest(b"ab")
    assert cache.digest("ab", b"c") == cache.digest("ab", b"c")


@pytest.mark.parametrize("position", [0, 20, 60, -1])
def test_one_flipped_bit_anywhere_makes_the_entry_absent(own_folder: Path, position: int) -> None:
    cache.put("kernel", KEY, b"object code" * 10)
    path = own_folder / "kernel" / KEY
    stored = bytearray(path.read_bytes())
    stored[position] ^= 1
    path.write_bytes(stored)
    assert cache.get("kernel", KEY) is None


def test_a_cut_entry_is_absent(own_folder: Path) -> None:
    cache.put("kernel", KEY, b"object code" * 10)
    path = own_folder / "kernel" / KEY
    for length in (0, 5, 40, 80):
        path.write_bytes(path.read_bytes()[:length])
        assert cache.get("kernel", KEY) is None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
@pytest.mark.parametrize("place", [".", "kernel", f"kernel/{KEY}"])
def test_what_others_could_have_written_is_refused(own_folder: Path, place: str) -> None:
    cache.put("kernel", KEY, b"object code")
    assert os.stat(own_folder).st_mode & 0o777 == 0o700
    os.chmod(own_folder / place, 0o777)
    assert cache.get("kernel", KEY) is None
    cache.put("kernel", KEY, b"replaced")
    if place == f"kernel/{KEY}":  # a fresh file of our own takes its place
        assert cache.get("kernel", KEY) == b"replaced"
    else:
        assert cache.get("kernel", KEY) is None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX links")
def test_links_are_not_followed(own_folder: Path, tmp_path: Path) -> None:
    cache.put("kernel", KEY, b"object code")
    entry = own_folder / "kernel" / KEY
    elsewhere = tmp_path / "elsewhere"
    entry.rename(elsewhere)
    entry.symlink_to(elsewhere)
    assert cache.get("kernel", KEY) is None
    (own_folder / "kernel").rename(tmp_path / "moved")
    (own_folder / "kernel").symlink_to(tmp_path / "moved")
    cache.put("kernel", "f" * 16, b"data")
    assert not (tmp_path / "moved" / ("f" * 16)).exists()


def test_no_cache_is_honoured_both_ways(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.put("kernel", KEY, b"object code")
    monkeypatch.setenv("ALLODYNIA_NO_CACHE", "1")
    assert cache.get("kernel", KEY) is None
    cache.put("kernel", "f" * 16, b"data")
    assert not (own_folder / "kernel" / ("f" * 16)).exists()
    monkeypatch.setenv("ALLODYNIA_NO_CACHE", "0")
    assert cache.get("kernel", KEY) == b"object code"


def test_a_place_that_cannot_hold_a_folder_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    cache.put("kernel", KEY, b"object code")
    assert cache.get("kernel", KEY) is None


def test_no_half_written_files_are_left(own_folder: Path) -> None:
    for i in range(20):
        cache.put("kernel", f"{i:016d}", b"x" * 1000)
    assert sorted(p.name for p in (own_folder / "kernel").iterdir()) == [f"{i:016d}" for i in range(20)]


@pytest.mark.parametrize(("kind", "key"), [("../up", KEY), ("kernel", "../../etc"), ("kernel", "short"), ("", KEY)])
def test_names_cannot_leave_the_folder(kind: str, key: str) -> None:
    with pytest.raises(ValueError, match="cache"):
        cache.put(kind, key, b"data")
    with pytest.raises(ValueError, match="cache"):
        cache.get(kind, key)
