"""Compares the executor with plain Construct: the same value, the same refusal, the same count of bytes, however the bytes are cut."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wiregram.frontends import load
from wiregram.model.parsing import FAILED, MORE
from wiregram.parse import begin
from wiregram.program.protocol import Limits

HEAD = "from construct import *\nfrom wiregram.grammar import Decimal, Until\n"
WIDE = Limits(message=1 << 20, field=1 << 20, list=1 << 20, work=100_000)


def exact(value: Any) -> Any:
    """A value in a form whose == tells types, orders and NaNs apart."""
    if isinstance(value, dict):
        return ("dict", [(name, exact(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return ("list", [exact(inner) for inner in value])
    if isinstance(value, float):
        return ("float", "nan" if math.isnan(value) else value.hex())
    return (type(value).__name__, value)


def parsed(program: Any, data: bytes, sizes: Iterator[int] | None = None, params: dict[str, object] | None = None) -> tuple[Any, ...]:
    """What the executor says in the end: ("match", value, used), or ("failed", offset, expected, short). `sizes` are those of the pieces."""
    parser = begin(program, params)
    held = bytearray(b"??")  # the message does not begin where the caller's bytes do
    at = 0
    outcome = MORE
    for size in sizes or ():
        held += data[at : at + size]
        at = min(len(data), at + size)
        outcome = parser.run(held, 2, len(held), False)
        if outcome != MORE:
            break
        assert parser.need >= 1
        if at == len(data):
            break
    if outcome == MORE:
        held = bytearray(b"??" + data)
        outcome = parser.run(held, 2, len(held), True)
    assert outcome != MORE, "MORE although nothing follows"
    if outcome == FAILED:
        assert parser.expected
        assert 0 <= parser.offset <= len(data)
        return ("failed", parser.offset, parser.expected, parser.short)
    if parser.flaw is not None:
        return ("flaw", parser.flaw, exact(parser.value(held, 2)), parser.used)
    return ("match", exact(parser.value(held, 2)), parser.used)


class Case:
    """A declaration, compiled, beside the oracle."""

    def __init__(self, source: str, limits: Limits = WIDE, keep: frozenset[str] | None = None) -> None:
        self.grammar = load("case.py", HEAD + source)
        self.program = self.grammar.compile("message", {}, keep, limits)
        self.model = self.grammar.model("message")

    def agrees(self, data: bytes, splits: int = 40, params: dict[str, object] | None = None) -> bool:
        """Asserts agreement on `data` and all its cuts; True if it is a message."""
        whole = parsed(self.program, data, None, params)
        value, used = self.model.oracle(data, params)
        if value is None:
            assert whole[0] in ("failed", "flaw"), f"Construct refuses {data!r}, the executor says {whole}"
        else:
            assert whole == ("match", exact(value), used), f"{data!r}: Construct says {value}, {used}"
        for pieces in cuts(len(data), splits):
            assert parsed(self.program, data, iter(pieces), params) == whole, f"{data!r} cut into {pieces}"
        return value is not None


def cuts(length: int, most: int) -> Iterator[list[int]]:
    """Byte by byte, whole but not final, and at every place of a short input."""
    yield [1] * length
    yield [length]
    if length <= most:
        for at in range(1, length):
            yield [at, length - at]


def damaged(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """Near-valid bytes: cut, flipped, longer, with a lying byte; and garbage."""
    if data:
        yield data[: rng.randrange(len(data))]
        at = rng.randrange(len(data))
        yield data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        yield data[:at] + bytes([rng.choice((0, 1, 127, 128, 255))]) + data[at + 1 :]
        yield data[:at] + data[at + 1 :]
        yield data[:at] + rng.randbytes(1) + data[at:]
    yield data + rng.randbytes(rng.randrange(1, 4))
    yield rng.randbytes(rng.randrange(0, 12))
    yield bytes(rng.choice(b"\0\1\2\3a") for _ in range(rng.randrange(0, 12)))


@pytest.fixture
def case() -> Callable[..., Case]:
    return Case


@pytest.fixture
def damage() -> Callable[[bytes, random.Random], Iterator[bytes]]:
    return damaged


@pytest.fixture
def parse() -> Callable[..., tuple[Any, ...]]:
    return parsed
