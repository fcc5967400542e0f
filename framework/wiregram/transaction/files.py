"""A file on its way through: counted, hashed and handed on in pieces, never held. It knows no state and no exchange."""

from __future__ import annotations

import hashlib
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


class File:
    """`size` is how far the file reaches; `gaps`: octets before that are missing, and then there are no hashes. `start` is the offset in the
    direction of the item with which it began; `awaited`: what ends it is described, and has not come."""

    __slots__ = ("_md5", "_number", "_sha256", "_store", "awaited", "direction", "gaps", "name", "open", "size", "start", "state", "stored")

    def __init__(self, name: Any, direction: int, start: int, store: Store | None) -> None:
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

    def write(self, data: bytes) -> None:
        """The next octets."""
        if not self.gaps:
            self._md5.update(data)
            self._sha256.update(data)
        if self._store is not None:
            self._store.write(self._number, self.size, data)
        self.size += len(data)

    def write_at(self, offset: int, data: bytes) -> None:
        """Octets that lie at `offset`: what is missing before them is a hole, what is there already is not written again."""
        if offset > self.size:
            self.hole(offset - self.size)
        elif offset < self.size:
            data = data[self.size - offset :]
        if data:
            self.write(data)

    def hole(self, length: int) -> None:
        """So many octets are lost."""
        self.gaps = True
        self.size += length

    def close(self, state: str = CLOSED) -> None:
        """Nothing follows; `state` says how it ended."""
        if self.open:
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
