"""Of a message under way: pieces of octets, values that may be rewritten, and a stream whose octets are drawn. They hold what is made, and know
nothing of which declaration it is made of.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from wiregram_harness.declaration import LONGEST
from wiregram_harness.draw import Draw


class RejectedError(Exception):
    """The draws led nowhere: no message."""


def same(content: bytes) -> bytes:
    return content


class Group:
    """Pieces whose octets are changed as a whole (a prefix, a padding, bits) once they are complete."""

    __slots__ = ("close", "pieces")

    def __init__(self) -> None:
        self.pieces: list[Any] = []
        self.close: Callable[[bytes], bytes] = same


def join(pieces: list[Any]) -> bytes:
    return b"".join(piece if type(piece) is bytes else piece.close(join(piece.pieces)) for piece in pieces)


class Slot:
    """A drawn value that may be rewritten: its declaration, its piece, and every container that shows it."""

    __slots__ = ("con", "context", "homes", "index", "pieces")

    def __init__(self, con: Any, context: Any, pieces: list[Any]) -> None:
        self.con = con
        self.context = context
        self.pieces = pieces
        self.index = len(pieces) - 1
        self.homes: list[tuple[Any, Any]] = []


class Derived(Slot):
    """A value that is computed from drawn ones: to rewrite it is to rewrite one of those. `con` is the Computed."""

    __slots__ = ()


class Drawn(io.RawIOBase):
    """A stream whose octets are drawn as they are read; it can go back."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self._draw = draw
        self.octets = bytearray()
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        end = max(self._at, len(self.octets)) + self._draw.integer(0, 8) if size < 0 else self._at + size
        if end > LONGEST:
            raise RejectedError
        missing = end - len(self.octets)
        if missing > 0:
            self.octets += self._draw.bytes(missing, missing)
        found = bytes(self.octets[self._at : end])
        self._at = end
        return found

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, len(self.octets))[whence]
        if not 0 <= base + offset <= len(self.octets):
            raise RejectedError
        self._at = base + offset
        return self._at
