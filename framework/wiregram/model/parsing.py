"""The three-valued result of a parser, and the interface that every executor has."""

from __future__ import annotations

from typing import Protocol

MORE, MATCH, FAILED = 0, 1, 2
OUTCOMES = ("more", "match", "failed")


class Parser(Protocol):
    """One message under way. The caller owns the bytes and keeps them from the message's first byte on; the parser keeps
    positions only, all of them counted from that first byte, so the caller may move the bytes between two calls.

    `run(data, start, end, final)` goes on where the last call stopped, over the message's bytes `data[start:end]` (the message's first
    byte is `data[start]`; earlier calls saw a prefix of the same bytes). `final` says that no byte will ever follow. It answers
    MORE (never when final), MATCH or FAILED, and the answer, the value and the length do not depend on how the calls cut the bytes.
    After MORE it is called again with more bytes, or with final. After MATCH or FAILED it is not called again.
    """

    used: int
    """MATCH: the message's length. Else: how many of its bytes were looked at."""
    need: int
    """MORE: at least so many bytes beyond `end` are missing (1 when unknown)."""
    offset: int
    """FAILED: the offset of the byte that does not fit."""
    expected: str
    """FAILED: what the grammar expected there."""
    short: bool
    """FAILED: only because the input ended; more bytes might have made a message."""
    flaw: tuple[int, str] | None
    """MATCH: an error that cost one sized region only (offset, expected)."""
    visits: int
    """Bytes looked at so far, look-back and rewinding included: the work counter."""
    rewound: int
    """Of `visits`, what comes on top of one look at each byte: bytes gone back over, and a look for each step that takes none."""

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int: ...

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        """After MATCH, with the same bytes: the message as a struct, with its `kind`."""
        ...

    def partial(self) -> dict[str, object] | None:
        """After FAILED because the input ended (`short`): the fields that are complete, with the `kind`. None: no field is."""
        ...
