"""Words beside Construct's, for binary grammar files: delimited bytes, and numbers written in digits. They parse and build."""

from __future__ import annotations

import re
from typing import Any

from construct import (
    Construct,
    IntegerError,
    StreamError,
    StringError,
    Subconstruct,
    stream_read_entire,
    stream_seek,
    stream_tell,
    stream_write,
)

__all__ = ["Decimal", "Until"]

DIGITS = 4000
"""The longest number that is read: Python converts no text of more than 4,300 digits."""

_NUMBER = re.compile(rb"-?[0-9]{1,%d}" % DIGITS)


class Until(Construct):  # type: ignore[misc]  # construct has no types
    r"""The bytes up to the next `term`, which is consumed and is not part of the value.

    Unlike `NullTerminated(GreedyBytes, term)`, which compares aligned blocks of the term's length, it finds the term anywhere:
    `Until(b"\r\n")` reads `b"abc\r\n"` as `b"abc"`.
    """

    def __init__(self, term: bytes) -> None:
        super().__init__()
        if not isinstance(term, bytes) or not term:
            raise StringError(f"Until: expected bytes, at least one, not {term!r}")
        self.term = term

    def _parse(self, stream: Any, context: Any, path: str) -> bytes:
        start = stream_tell(stream, path)
        rest: bytes = stream_read_entire(stream, path)
        found = rest.find(self.term)
        if found < 0:
            raise StreamError(f"the stream ended before {self.term!r}", path=path)
        stream_seek(stream, start + found + len(self.term), 0, path)
        return rest[:found]

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> bytes:
        if not isinstance(obj, bytes) or (obj + self.term).find(self.term) != len(obj):
            raise StringError(f"expected bytes in which {self.term!r} does not occur, not {obj!r}", path=path)
        stream_write(stream, obj + self.term, len(obj) + len(self.term), path)
        return obj


class Decimal(Subconstruct):  # type: ignore[misc]  # construct has no types
    """The integer that the bytes of `of` spell in ASCII digits, with an optional minus before them. Anything else does not match."""

    def _parse(self, stream: Any, context: Any, path: str) -> int:
        spelt = self.subcon._parsereport(stream, context, path)
        if not isinstance(spelt, bytes) or not _NUMBER.fullmatch(spelt):
            raise IntegerError(f"expected digits, not {spelt!r}", path=path)
        return int(spelt)

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> int:
        if not isinstance(obj, int) or isinstance(obj, bool):
            raise IntegerError(f"expected an integer, not {obj!r}", path=path)
        self.subcon._build(b"%d" % obj, stream, context, path)
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        size: int = self.subcon._sizeof(context, path)
        return size
