"""A library from the cache: the same as compiled anew, never stale, never trusted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import wiregram
from wiregram.compiler import library as compiling
from wiregram.compiler.kept import Kept
from wiregram.frontends import cache
from wiregram.manifest.loading import search_path
from wiregram.model.errors import WiregramError
from wiregram.program.library import Library
from wiregram.program.settings import Settings

GRAMMAR = "%import rfc.EOL -> _EOL\nmessage: NAME _EOL\nNAME: /[a-z]+/\n"
MANIFEST = """[hail]
title = "Hail"
grammar = "hail.lark"
tcp = [4000]
request = { start = { parse = "message" } }
response = { start = { parse = "message" } }
record = { name = "request.name" }
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    place = tmp_path / "hail"
    (place / "grammars").mkdir(parents=True)
    write(place / "protocols.toml", MANIFEST)
    write(place / "hail.lark", GRAMMAR)
    return place


def write(path: Path, content: str) -> None:
    """A file that was written a while ago."""
    path.write_text(content)
    before = time.time() - 60
    os.utime(path, (before, before))


def load(home: Path, settings: Settings | Path | None = None) -> Library:
    return wiregram.load(home, settings=settings, bundled=False)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often a library was compiled since it was last asked."""
    calls = 0
    compile_library = compiling.compile_library

    def counted(*arguments: object) -> Library:
        nonlocal calls
        calls += 1
        return compile_library(*arguments)  # type: ignore[arg-type]

    def asked() -> int:
        nonlocal calls
        found, calls = calls, 0
        return found

    monkeypatch.setattr(compiling, "compile_library", counted)
    return asked


def test_a_second_load_compiles_nothing_and_gives_the_same(home: Path, compiled: Callable[[], int]) -> None:
    first = load(home)
    assert compiled() == 1
    assert load(home) == first
    assert compiled() == 0


def test_the_bundled_library_comes_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = wiregram.load()
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    kept = Kept(search_path(), None)
    kept.put(library, ())
    assert kept.get() == library


@pytest.mark.parametrize(
    "change",
    [
        lambda home: write(home / "protocols.toml", MANIFEST.replace("4000", "4001")),
        lambda home: write(home / "hail.lark", GRAMMAR.replace("a-z", "a-c")),
        lambda home: write(home / "grammars" / "hail.lark", GRAMMAR.replace("a-z", "a-d")),
    ],
    ids=["manifest", "grammar", "a grammar that is found first"],
)
def test_a_changed_file_is_noticed(home: Path, compiled: Callable[[], int], change: Callable[[Path], None]) -> None:
    before = load(home)
    change(home)
    after = load(home)
    assert compiled() == 2
    assert after != before
    assert load(home) == after
    assert compiled() == 0


def test_settings_count_whether_they_are_a_file_or_a_value(home: Path, compiled: Callable[[], int]) -> None:
    settings = home / "settings.toml"
    write(settings, "[protocols.hail]\ntcp = [5000]\n")
    plain, laid = load(home), load(home, settings)
    assert laid.protocols["hail"].ports == {"tcp": ((5000, 5000),)} != plain.protocols["hail"].ports
    assert load(home, laid.settings) == laid
    assert compiled() == 3
    write(settings, "[protocols.hail]\ntcp = [5001]\n")
    assert load(home, settings).protocols["hail"].ports == {"tcp": ((5001, 5001),)}
    assert compiled() == 1
    assert (load(home), load(home, settings).settings.protocols) == (plain, {"hail": {"tcp": [[5001, 5001]]}})
    assert compiled() == 0


def test_what_was_written_this_instant_is_not_kept(home: Path, compiled: Callable[[], int]) -> None:
    (home / "hail.lark").write_text(GRAMMAR)
    os.utime(home / "hail.lark", (time.time() + 5, time.time() + 5))
    assert load(home) == load(home)
    assert compiled() == 2


def test_errors_are_told_every_time(home: Path) -> None:
    write(home / "hail.lark", "message: NAME\n")
    for _ in range(2):
        with pytest.raises(WiregramError, match="NAME"):
            load(home)


def test_a_cache_that_is_off_keeps_nothing(home: Path, compiled: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, cache.OFF)
    assert load(home) == load(home)
    assert compiled() == 2


BODIES = [b"", b"\x80", b"\xc1", msgspec.msgpack.encode(7), msgspec.msgpack.encode(({}, [], [], {})), b"\x91" * 5000]


@pytest.mark.parametrize("body", BODIES)
def test_a_forged_entry_is_thrown_away(home: Path, compiled: Callable[[], int], body: bytes) -> None:
    good = load(home)
    kept = Kept(search_path([home], defaults=False), None)
    cache.put(kept._key, body)
    assert load(home) == good
    assert compiled() == 2


def test_an_entry_cut_or_bent_anywhere_never_raises(home: Path) -> None:
    load(home)
    kept = Kept(search_path([home], defaults=False), None)
    body = cache.get(kept._key)
    assert body is not None
    for at in range(0, len(body), 7):
        for bad in (body[:at], body[:at] + bytes([body[at] ^ 0x41]) + body[at + 1 :]):
            cache.put(kept._key, bad)
            found = kept.get()
            assert found is None or isinstance(found, Library)
