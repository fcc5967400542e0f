"""Until and Decimal, as Construct's own classes: they parse, they build, and refuse what they could not read again."""

from __future__ import annotations

from typing import Any

import pytest
from construct import Bytes, ConstructError, GreedyBytes, Int8ub, Struct

from wiregram.grammar import Decimal, Until

LINE = Until(b"\r\n")


@pytest.mark.parametrize("value", [b"", b"abc", b"\r", b"\n", b"a\rb"])
def test_until_reads_what_it_built(value: bytes) -> None:
    assert LINE.build(value) == value + b"\r\n"
    assert LINE.parse(value + b"\r\nrest") == value


@pytest.mark.parametrize("value", [b"a\r\nb", b"\r\n", "text", None])
def test_until_refuses_to_build_what_it_would_read_otherwise(value: Any) -> None:
    with pytest.raises(ConstructError):
        LINE.build(value)


def test_until_refuses_a_value_that_ends_in_part_of_the_term() -> None:
    with pytest.raises(ConstructError):
        Until(b"aa").build(b"xa")


@pytest.mark.parametrize("data", [b"", b"abc", b"abc\r"])
def test_until_needs_its_term(data: bytes) -> None:
    with pytest.raises(ConstructError):
        LINE.parse(data)


@pytest.mark.parametrize("term", [b"", "x", None])
def test_until_needs_a_term_of_bytes(term: Any) -> None:
    with pytest.raises(ConstructError):
        Until(term)


def test_until_leaves_what_follows() -> None:
    assert Struct("a" / LINE, "b" / GreedyBytes).parse(b"x\r\ny\r\n")["b"] == b"y\r\n"


@pytest.mark.parametrize("value", [0, 7, -12, 10**100])
def test_decimal_reads_what_it_built(value: int) -> None:
    assert Decimal(LINE).parse(Decimal(LINE).build(value)) == value


@pytest.mark.parametrize("data", [b"\r\n", b"-\r\n", b"+1\r\n", b"1 \r\n", b"0x1\r\n", b"1_0\r\n", b"\xd9\xa1\r\n", b"9" * 5000 + b"\r\n"])
def test_decimal_refuses_what_is_no_number(data: bytes) -> None:
    with pytest.raises(ConstructError):
        Decimal(LINE).parse(data)


@pytest.mark.parametrize("value", [b"1", "1", 1.0, True, None])
def test_decimal_builds_integers_only(value: Any) -> None:
    with pytest.raises(ConstructError):
        Decimal(LINE).build(value)


def test_decimal_of_a_fixed_size_has_a_size() -> None:
    assert Decimal(Bytes(3)).sizeof() == 3
    assert Struct("n" / Decimal(Bytes(2)), "x" / Int8ub).parse(b"42a")["n"] == 42
