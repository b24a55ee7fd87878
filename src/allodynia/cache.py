"""A content-addressed cache in the user's own folder: compiled kernels, parsed texts, expectation runs.

What is stored can always be made again, so nothing here is an error: a folder that cannot be trusted, a full or
read-only disk, a damaged entry all act as if the entry were not there. Entries are trusted code and data once read,
so the folder must belong to the user alone and each entry carries its own SHA-256.

The folder is ``$ALLODYNIA_CACHE_DIR``, else the platform's user cache folder. ``ALLODYNIA_NO_CACHE=1`` turns reading
and writing off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

_MAGIC = b"allodynia cache 1\n"
_HASH_SIZE = hashlib.sha256().digest_size
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")


def digest(*parts: str | bytes) -> str:
    """SHA-256 (hexadecimal) of the parts, each preceded by its length: ``("ab", "c")`` and ``("a", "bc")`` differ."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{'s' if isinstance(part, str) else 'b'}{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()


def digest_files(files: Iterable[Path]) -> str:
    """The digest of the names and contents of ``files``, in the order given: what some code or text says right now."""
    return digest(*(part for file in files for part in (file.name, file.read_bytes())))


def get(kind: str, key: str) -> bytes | None:
    """The bytes stored under ``(kind, key)``; None when absent, damaged, disabled, or not the user's own."""
    path = _entry(kind, key)
    root = _trusted_root()
    if root is None or not _is_own_folder(root / kind):
        return None
    try:
        with open(root / path, "rb", opener=_open_without_following) as file:
            if not _is_own(os.fstat(file.fileno())):
                return None
            stored = file.read()
    except OSError:
        return None
    head = len(_MAGIC) + _HASH_SIZE
    if len(stored) < head or not stored.startswith(_MAGIC):
        return None
    data = stored[head:]
    return data if hashlib.sha256(data).digest() == stored[len(_MAGIC) : head] else None


def put(kind: str, key: str, data: bytes) -> None:
    """Store ``data`` under ``(kind, key)``, replacing what was there at once. A disk that refuses is not an error."""
    path = _entry(kind, key)
    root = _trusted_root(create=True)
    if root is None:
        return
    target = root / path
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if not _is_own_folder(target.parent):
            return
        with open(partial, "xb", opener=_open_private) as file:
            file.write(_MAGIC + hashlib.sha256(data).digest() + data)
        os.replace(partial, target)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()


def folder() -> Path:
    """The cache folder, whether or not it exists or may be used."""
    named = os.environ.get("ALLODYNIA_CACHE_DIR")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "allodynia" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "allodynia"
    return Path(os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")) / "allodynia"


def _entry(kind: str, key: str) -> Path:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"a cache kind is a lower-case word, not {kind!r}")
    if not _KEY.fullmatch(key):
        raise ValueError(f"a cache key is 8 to 128 letters, digits, '-' or '_', not {key!r}")
    return Path(kind) / key


def _trusted_root(*, create: bool = False) -> Path | None:
    if os.environ.get("ALLODYNIA_NO_CACHE", "0") not in {"", "0"}:
        return None
    try:
        root = folder()
        if create:
            root.parent.mkdir(parents=True, exist_ok=True)
            root.mkdir(mode=0o700, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return root if _is_own_folder(root) else None


def _is_own_folder(path: Path) -> bool:
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and _is_own(info)


def _is_own(info: os.stat_result) -> bool:
    """Owned by this user, and nobody else can write (a folder: nobody else can even look)."""
    if sys.platform == "win32":
        return True  # the profile folder's access list already keeps other users out
    others = 0o077 if stat.S_ISDIR(info.st_mode) else 0o022
    return info.st_uid == os.geteuid() and not info.st_mode & others


def _open_without_following(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
