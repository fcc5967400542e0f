"""Programs from the cache: the same as compiled anew, never stale, never trusted, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wiregram import frontends, parse
from wiregram.compiler import compile_library
from wiregram.frontends import Grammar, cache, remembered, text
from wiregram.frontends.remembered import Entry, Remembered
from wiregram.manifest.loading import load_tables, search_path
from wiregram.model.errors import GrammarError
from wiregram.model.parsing import MATCH
from wiregram.program.protocol import Limits
from wiregram.program.text import TextProgram

GRAMMAR = "%import rfc.EOL -> _EOL\nmessage: NAME _EOL\nNAME: /[a-z]+/\n"
BINARY = "from construct import *\nfrom cached_helper import SIZE\nmessage = Struct('a' / Bytes(SIZE))\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Python's own cache tells a changed file by the second
    yield tmp_path / "cached_helper.py"
    sys.modules.pop("cached_helper", None)


def write(path: Path, content: str) -> Path:
    """A file that was written a while ago."""
    path.write_text(content)
    before = time.time() - 60
    os.utime(path, (before, before))
    return path


def program(path: Path, limits: Limits | None = None, keep: frozenset[str] | None = None) -> tuple[Any, bool]:
    """The program of `message`, and whether the front end was loaded for it."""
    grammar = frontends.load(path)
    assert isinstance(grammar, Remembered)
    problems = grammar.problems("message")
    assert not problems
    assert grammar.report("message")
    return grammar.compile("message", {}, keep, limits or Limits()), grammar._grammar is not None


def value(found: Any, data: bytes) -> dict[str, object] | None:
    parser = parse.begin(found)
    return parser.value(data, 0) if parser.run(data, 0, len(data), True) == MATCH else None


def test_a_second_load_gives_the_same_without_the_front_end(tmp_path: Path, place: Path) -> None:
    path = write(tmp_path / "x.lark", GRAMMAR)
    first, loaded = program(path)
    assert loaded
    second, loaded = program(path)
    assert not loaded
    assert second == first == text.load(path).compile("message", {}, None, Limits())
    assert value(second, b"abc\r\n") == {"kind": b"message", "name": b"abc"}
    plain, kept = text.load(path), frontends.load(path)
    assert kept.messages == plain.messages
    assert kept.report("message") == plain.report("message")
    assert kept.parameters("message") == plain.parameters("message") == frozenset()
    assert kept.openings("message") == plain.openings("message")
    assert kept.closing("message") == plain.closing("message") == b"\n"
    assert [one.stat().st_mode & 0o777 for one in place.iterdir()] == [0o600]


def test_a_remembered_grammar_answers_the_whole_interface_itself() -> None:
    wanted = {name for name in {**vars(Grammar), **Grammar.__annotations__} if not name.startswith("_")}
    assert wanted <= set(vars(Remembered)) | {"path", "messages"}


def test_each_set_of_arguments_has_its_own_program(tmp_path: Path, place: Path) -> None:
    path = write(tmp_path / "x.lark", GRAMMAR)
    for _ in range(2):
        assert value(program(path)[0], b"abc\n") == {"kind": b"message", "name": b"abc"}
        assert value(program(path, Limits(field=2))[0], b"abc\n") == {"kind": b"message", "name": b"ab"}
        assert value(program(path, keep=frozenset())[0], b"abc\n") == {"kind": b"message"}


def test_a_changed_grammar_or_import_is_compiled_anew(tmp_path: Path, place: Path) -> None:
    write(tmp_path / "part.lark", "NAME: /[a-z]+/\n")
    path = write(tmp_path / "x.lark", "%import .part.NAME\n%import .rfc.EOL -> _EOL\nmessage: NAME _EOL\n")
    for name, content, data in (
        ("part.lark", "NAME: /[0-9]+/\n", b"12\n"),
        ("x.lark", '%import .part.NAME\n%import .rfc.EOL -> _EOL\nmessage: NAME ";" _EOL\n', b"12;\n"),
        ("rfc.lark", "EOL: /!/\n", b"12;!"),  # one beside the grammar goes before the bundled one
    ):
        program(path)
        assert not program(path)[1]
        write(tmp_path / name, content)
        found, loaded = program(path)
        assert loaded
        assert value(found, data) is not None
    (tmp_path / "rfc.lark").unlink()
    assert value(program(path)[0], b"12;\n") is not None


def test_a_changed_helper_of_a_binary_grammar_is_noticed(tmp_path: Path, place: Path, helper: Path) -> None:
    path = write(tmp_path / "x.py", BINARY)
    for size in (2, 3):
        write(helper, f"SIZE = {size}\n")
        for loaded in (True, False):
            sys.modules.pop("cached_helper", None)
            found = program(path)
            assert (value(found[0], b"abc"), found[1]) == ({"kind": b"message", "a": b"abc"[:size]}, loaded)


def test_a_helper_that_is_no_file_of_python_keeps_a_grammar_out_of_the_cache(tmp_path: Path, place: Path) -> None:
    path = write(tmp_path / "x.py", "from construct import *\nfrom msgspec._core import Raw\nmessage = Struct('a' / Byte)\n")
    assert not isinstance(frontends.load(path), Remembered)


def test_a_file_changed_at_this_moment_is_not_kept(tmp_path: Path, place: Path) -> None:
    path = tmp_path / "x.lark"
    path.write_text(GRAMMAR)
    os.utime(path, (time.time() + 1, time.time() + 1))
    assert not isinstance(frontends.load(path), Remembered)


def test_another_compiler_finds_nothing(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.lark", GRAMMAR)
    program(path)
    monkeypatch.setattr(remembered, "_tools", lambda: b"another")
    assert program(path)[1]


def test_a_broken_file_is_thrown_away_silently(tmp_path: Path, place: Path) -> None:
    path = write(tmp_path / "x.lark", GRAMMAR)
    first, _ = program(path)
    (kept,) = place.iterdir()
    whole = kept.read_bytes()
    broken = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 37)]
    for content in (*broken, b"", whole[:40], whole[:-1], whole + b"x"):
        kept.write_bytes(content)
        assert frontends.load(path).compile("message", {}, None, Limits()) == first
        assert kept.read_bytes() != content


@pytest.mark.parametrize("forged", [b"\xc1", b"\x90", b"\x80", msgspec.msgpack.encode({"files": {}, "messages": 3})])
def test_a_file_of_another_form_is_thrown_away(tmp_path: Path, place: Path, forged: bytes) -> None:
    path = write(tmp_path / "x.lark", GRAMMAR)
    first, _ = program(path)
    (kept,) = place.iterdir()
    cache.put(kept.stem, forged)
    assert program(path) == (first, True)


def test_tables_that_point_nowhere_are_compiled_anew(tmp_path: Path, place: Path) -> None:
    path = write(tmp_path / "x.lark", GRAMMAR)
    first, _ = program(path)
    (kept,) = place.iterdir()
    body = cache.get(kept.stem)
    assert body
    entry = msgspec.msgpack.decode(body, type=Entry)
    ((name, raw),) = entry.programs.items()
    good = msgspec.msgpack.decode(raw, type=TextProgram)
    bad = msgspec.structs.replace(good, moves=b"\xff" * len(good.moves))
    entry.programs[name] = msgspec.Raw(msgspec.msgpack.encode(bad))
    cache.put(kept.stem, msgspec.msgpack.encode(entry))
    assert program(path) == (first, True)
    assert program(path) == (first, False)


def test_a_wrong_grammar_is_said_to_be_wrong_each_time(tmp_path: Path, place: Path) -> None:
    path = write(tmp_path / "x.lark", "message: NAME\nNAME: /[a-z]+/\n")
    for _ in range(2):
        grammar = frontends.load(path)
        assert "cannot end on its last byte" in grammar.problems("message")[0].text
        with pytest.raises(GrammarError, match="cannot end"):
            grammar.compile("message", {}, None, Limits())
    write(path, "message NAME\n")
    for _ in range(2):
        with pytest.raises(GrammarError, match=r"x\.lark:1"):
            frontends.load(path)


def test_too_much_is_swept_away_oldest_first(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "OCTETS", 10_000)
    for number in range(40):
        cache.put(f"k{number}", bytes(1000))
        os.utime(place / f"k{number}{cache.SUFFIX}", (number, number))
        assert sum(one.stat().st_size for one in place.iterdir()) <= 10_000
    assert cache.get("k39") == bytes(1000)
    assert cache.get("k1") is None
    monkeypatch.setattr(cache, "FILES", 4)
    cache.put("last", b"x")
    assert len(list(place.iterdir())) <= 4


def test_what_is_read_stays(place: Path) -> None:
    cache.put("old", b"x")
    os.utime(place / f"old{cache.SUFFIX}", (1, 1))
    assert cache.get("old") == b"x"
    assert (place / f"old{cache.SUFFIX}").stat().st_mtime > 1


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_directory_that_others_may_write_to_is_not_used(place: Path, mode: int) -> None:
    place.mkdir()
    place.chmod(mode)
    cache.put("k", b"x")
    assert list(place.iterdir()) == []
    assert cache.home() is None


def test_a_place_that_cannot_be_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.lark", GRAMMAR)
    monkeypatch.setenv(cache.VARIABLE, str(path / "below"))
    assert not isinstance(frontends.load(path), Remembered)
    monkeypatch.setenv(cache.VARIABLE, "off")
    assert not isinstance(frontends.load(path), Remembered)


def test_the_place_follows_the_custom_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.home() == tmp_path / "wiregram"


CODE = """
import sys
from wiregram.compiler.library import examine
found, library = examine()
print(sorted(library.protocols), len(found), sorted({name.split('.')[0] for name in sys.modules} & {'lark', 'construct'}))
"""


def test_the_bundled_protocols_load_from_the_cache_without_lark_and_construct(place: Path) -> None:
    environment = {**os.environ, cache.VARIABLE: str(place)}
    said = [subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said[0].replace("['construct', 'lark']", "[]") == said[1]
    assert said[1].rstrip().endswith("[]")


def test_the_library_from_the_cache_is_the_compiled_one(place: Path) -> None:
    tables = load_tables(search_path())
    assert compile_library(tables) == compile_library(tables)
