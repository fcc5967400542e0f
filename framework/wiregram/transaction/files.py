"""A file on its way through: counted, hashed and handed on in pieces; only what overtook the octets before it waits for them, within a bound.
It knows no state and no exchange."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from typing import Any, Protocol

CLOSED, TRUNCATED, ERROR = "CLOSED", "TRUNCATED", "ERROR"
"""How a file ended: whole; cut off, or with a hole; with a coding that was given up."""


class Store(Protocol):
    """Who keeps the contents of files. `file` is a number of the store's own, from `begin`."""

    def begin(self) -> int:
        """A file begins."""

    def write(self, file: int, offset: int, data: bytes) -> None:
        """Octets of a file, which lie at `offset`."""

    def close(self, file: int, sha256: str) -> bool:
        """Nothing follows; `sha256` is '' where the file has holes. Whether it is kept."""


MOST_WAITING = 1 << 20
"""Octets that wait in all files of one flow. Where there are more, the hole before them is believed."""
RUN = 64
"""What octets that wait cost beside their number, in each run of them."""


class Waiting:
    """What waits in the files of one flow."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int = MOST_WAITING) -> None:
        self.limit = limit
        self.used = 0


class File:
    """`size` is how far the file reaches in one piece, or at all once it has `gaps`: octets before that are missing, and then there are no hashes.
    `start` is the offset in the direction of the item with which it began; `awaited`: what ends it is described, and has not come. Octets that lie
    behind missing ones wait in runs, sorted and apart."""

    __slots__ = (
        "_md5", "_number", "_runs", "_sha256", "_store", "_waiting", "awaited", "direction", "gaps", "name", "open", "size", "start", "state",
        "stored",
    )  # fmt: skip

    def __init__(self, name: Any, direction: int, start: int, store: Store | None, waiting: Waiting | None = None) -> None:
        self.name = name
        self.direction = direction
        self.start = start
        self.size = 0
        self.gaps = False
        self.open = True
        self.stored = False
        self.awaited = False
        self.state = CLOSED
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256(usedforsecurity=False)
        self._store = store
        self._number = -1 if store is None else store.begin()
        self._waiting = waiting or Waiting()
        self._runs: list[tuple[int, bytearray]] | None = None

    def write(self, data: bytes) -> None:
        """The next octets."""
        if not self.gaps:
            self._md5.update(data)
            self._sha256.update(data)
        if self._store is not None:
            self._store.write(self._number, self.size, data)
        self.size += len(data)

    def write_at(self, offset: int, data: bytes) -> None:
        """Octets that lie at `offset`: they wait for what is missing before them; what is there already is not written again."""
        if self.gaps:
            if self._store is not None:
                self._store.write(self._number, offset, data)
            self.size = max(self.size, offset + len(data))
        elif offset > self.size:
            self._wait(offset, data)
        else:
            data = data[self.size - offset :]
            if data:
                self.write(data)
            self._catch_up()

    def _wait(self, offset: int, data: bytes) -> None:
        """Keep octets that lie behind missing ones, as far as they do not wait already."""
        runs = self._runs
        if runs is None:
            runs = self._runs = []
        index = bisect_left(runs, offset, key=_start)
        if index and _end(runs[index - 1]) >= offset:
            index -= 1
            start, run = runs[index]
            fresh = data[_end(runs[index]) - offset :]
        else:
            start, run, fresh = offset, bytearray(), data
            runs.insert(index, (start, run))
            self._waiting.used += RUN
        run += fresh
        self._waiting.used += len(fresh)
        while index + 1 < len(runs) and runs[index + 1][0] <= start + len(run):
            later, octets = runs.pop(index + 1)
            both = start + len(run) - later
            self._waiting.used -= min(both, len(octets)) + RUN
            run += octets[both:]
        if self._waiting.used > self._waiting.limit:
            self._give_up()

    def _catch_up(self) -> None:
        """What waited for the octets that are there now follows them."""
        runs = self._runs
        while runs and runs[0][0] <= self.size:
            start, run = runs.pop(0)
            self._waiting.used -= len(run) + RUN
            if start + len(run) > self.size:
                self.write(bytes(run[self.size - start :]))

    def _give_up(self) -> None:
        """What is missing will not come any more."""
        runs, self._runs = self._runs, None
        for start, run in runs or ():
            self._waiting.used -= len(run) + RUN
            self.gaps = True
            self.write_at(start, bytes(run))

    def hole(self, length: int) -> None:
        """So many octets are lost."""
        self.gaps = True
        self.size += length
        self._give_up()

    def close(self, state: str = CLOSED) -> None:
        """Nothing follows; `state` says how it ended."""
        if self.open:
            self._give_up()
            self.open = False
            self.state = TRUNCATED if (self.gaps or self.awaited) and state == CLOSED else state
            if self._store is not None:
                self.stored = self._store.close(self._number, "" if self.gaps else self._sha256.hexdigest())

    def described(self) -> dict[str, Any]:
        """The `fileinfo` object of a record, by Suricata's names."""
        found: dict[str, Any] = {}
        if self.name is not None:
            found["filename"] = self.name
        found["gaps"] = self.gaps
        found["state"] = self.state
        if not self.gaps:
            found["md5"] = self._md5.hexdigest()
            found["sha256"] = self._sha256.hexdigest()
        found["stored"] = self.stored
        found["size"] = self.size
        return found


def _start(run: tuple[int, bytearray]) -> int:
    return run[0]


def _end(run: tuple[int, bytearray]) -> int:
    return run[0] + len(run[1])
