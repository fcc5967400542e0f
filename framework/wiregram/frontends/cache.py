"""The cache on disk: what was kept under a key, or nothing. It knows no grammar and never fails: what cannot be read is not there.

A file holds a digest of its content, so that a torn or altered one is noticed and thrown away; it is written beside its place and moved there.
What has not been read for longest goes when there is too much. `WIREGRAM_CACHE` names another directory, or turns it off ("off").
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

VARIABLE = "WIREGRAM_CACHE"
OFF = "off"

OCTETS, FILES = 64 << 20, 4096
"""The most that is kept; beyond it a quarter goes."""

FRESH = 20_000_000
"""A file that was changed so few nanoseconds before it was read may have been changed again within the clock's grain: nothing made of it is kept."""

DAY = 86_400.0
"""A file's time is that of its last reading, to the day."""

SUFFIX = ".wgc"
_HEAD = b"wiregram cache 1\n"
_DIGEST = 32


def digest(*parts: bytes) -> str:
    """A name for these parts together."""
    state = blake2b(digest_size=_DIGEST)
    for part in parts:
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return state.hexdigest()


def tools(home: Path, packages: Iterable[str], code: Iterable[Path]) -> str:
    """A name for what makes the things that are kept: Python, these packages in their versions, the `code` that lives at `home`."""
    parts = [sys.version, str(sys.implementation.cache_tag), str(home)]
    for package in packages:
        try:
            parts.append(version(package))
        except PackageNotFoundError:
            parts.append("")
    return digest(*(part.encode() for part in parts), *(path.read_bytes() for path in sorted(code)))


def digests(files: Iterable[str], started: int) -> dict[str, str] | None:
    """What the files hold, '' for one that is not there; None if one may have changed since `started` (ns), when they were read."""
    found = {}
    for name in files:
        found[name] = _content(name)
        try:
            if Path(name).stat().st_mtime_ns > started - FRESH:
                return None
        except OSError:
            continue  # it is not there, and its coming would be noticed
    return found


def unchanged(files: Mapping[str, str]) -> bool:
    """Whether every file holds what it held when `digests` was asked."""
    return all(_content(path) == known for path, known in files.items())


def _content(path: str) -> str:
    try:
        return digest(Path(path).read_bytes())
    except OSError:
        return ""


def home() -> Path | None:
    """The directory of the cache; None if it is turned off, or if the place is not this user's alone to write to."""
    said = os.environ.get(VARIABLE, "")
    if said == OFF:
        return None
    try:
        place = Path(said) if said else _users() / "wiregram"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = place.stat()
    except (OSError, RuntimeError):
        return None
    if hasattr(os, "geteuid") and (about.st_uid != os.geteuid() or about.st_mode & 0o022):
        return None
    return place


def get(key: str) -> bytes | None:
    """What was kept under `key`."""
    place = home()
    if place is None:
        return None
    path = place / (key + SUFFIX)
    try:
        with path.open("rb") as file:
            content = file.read()
            read = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    body = content[len(_HEAD) + _DIGEST :]
    if content[: len(_HEAD) + _DIGEST] != _HEAD + _sum(key, body):
        drop(key)
        return None
    now = time.time()
    if abs(now - read) > DAY:
        with contextlib.suppress(OSError):
            os.utime(path)
    return body


def put(key: str, body: bytes) -> None:
    """Keep `body` under `key`, whatever was there."""
    place = home()
    if place is None:
        return
    try:
        handle, name = tempfile.mkstemp(dir=place)
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_HEAD + _sum(key, body) + body)
        os.replace(name, place / (key + SUFFIX))
        _sweep(place)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)


def drop(key: str) -> None:
    """Forget what was kept under `key`."""
    place = home()
    if place is not None:
        with contextlib.suppress(OSError):
            (place / (key + SUFFIX)).unlink()


def _sum(key: str, body: bytes) -> bytes:
    return blake2b(key.encode() + b"\n" + body, digest_size=_DIGEST).digest()


def _users() -> Path:
    """Where this user's caches are, by the custom of the system."""
    said = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(said):
        return Path(said)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _sweep(place: Path) -> None:
    """Take away what was read longest ago, if there is too much; and what a writer that was killed has left."""
    found = []
    with os.scandir(place) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                about = entry.stat()
                if entry.name.endswith(SUFFIX):
                    found.append((about.st_mtime, about.st_size, entry.path))
                elif entry.name.startswith("tmp") and time.time() - about.st_mtime > DAY:
                    os.unlink(entry.path)
    size = sum(octets for _, octets, _ in found)
    if size <= OCTETS and len(found) <= FILES:
        return
    left = len(found)
    for _, octets, path in sorted(found):
        if size <= OCTETS * 3 // 4 and left <= FILES * 3 // 4:
            return
        with contextlib.suppress(OSError):
            os.unlink(path)
        size -= octets
        left -= 1
