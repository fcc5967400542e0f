"""Contents of files on disk: each under its hash, or under a number where there is none; never more than so many open at a time."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from wiregram.outputs import FileStore
from wiregram.outputs import files as room


def test_files_that_take_turns_are_kept_whole_and_few_are_open(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    numbers = [store.begin() for _ in range(room.AT_ONCE + 6)]
    assert numbers == list(range(1, room.AT_ONCE + 7))
    opened = {}
    for at, letter in enumerate(b"abc"):
        for number in numbers:
            store.write(number, at, bytes((letter,)))
            assert len(store._open) <= room.AT_ONCE
            opened.update(store._open)
    assert sum(not stream.closed for stream in opened.values()) <= room.AT_ONCE
    digest = sha256(b"abc").hexdigest()
    assert all(store.close(number, digest) for number in numbers)
    assert (tmp_path / digest[:2] / digest).read_bytes() == b"abc"
    assert list((tmp_path / "incomplete").iterdir()) == []


def test_a_file_with_holes_has_a_number_that_is_free(tmp_path: Path) -> None:
    (tmp_path / "incomplete").mkdir()
    (tmp_path / "incomplete" / "1").write_bytes(b"of another run")
    store = FileStore(tmp_path)
    number = store.begin()
    store.write(number, 3, b"end")
    assert store.close(number, "")
    assert number == 2
    assert (tmp_path / "incomplete" / "2").read_bytes() == b"\0\0\0end"
    assert (tmp_path / "incomplete" / "1").read_bytes() == b"of another run"
