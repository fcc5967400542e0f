"""The bytes of a capture in pieces of bounded size: a file, a pipe, with or without gzip. Knows nothing of capture formats."""

from __future__ import annotations

import zlib
from typing import Protocol

CHUNK = 1 << 18


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Octets:
    """`more()` gives the next piece, b"" at the end. `position` counts the stored bytes taken so far; `problem` says what broke the bytes off."""

    def __init__(self, stream: Readable) -> None:
        # A pipe must not wait for a full piece: read1 gives what is there.
        self._read = getattr(stream, "read1", stream.read)
        self._inflate: zlib._Decompress | None = None
        self._waiting = b""
        self.position = 0
        self.problem: str | None = None

    def unzip(self, first: bytes) -> bytes:
        """What follows `first` (taken already) is a gzip file: give its first piece, and from now on its content."""
        self._inflate = zlib.decompressobj(wbits=31)
        self._waiting = first
        return self.more()

    def more(self) -> bytes:
        if self._inflate is None:
            return self._stored()
        while True:
            stored = self._waiting or self._stored()
            if not stored:
                if not self._inflate.eof:
                    self.problem = self.problem or "the gzip data is cut short"
                return b""
            if self._inflate.eof:  # a gzip file may have several members
                self._inflate = zlib.decompressobj(wbits=31)
            try:
                data = self._inflate.decompress(stored, CHUNK)
            except zlib.error:
                self.problem = "the gzip data is damaged"
                self._waiting = b""
                return b""
            self._waiting = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if data:
                return data

    def _stored(self) -> bytes:
        try:
            data: bytes = self._read(CHUNK)
        except OSError as error:
            self.problem = f"it cannot be read: {error.strerror or error}"
            return b""
        self.position += len(data)
        return data
