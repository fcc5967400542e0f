"""Bounds: no message makes the executor wait for ever, work without end, or keep more than it may."""

# ruff: noqa: E501 - a row is a declaration

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from wiregram.frontends import load
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse import begin
from wiregram.program.protocol import Limits

GRAMMARS = Path(__file__).parents[3] / "grammars"


def run(program: Any, data: bytes, final: bool = True) -> Any:
    parser = begin(program)
    return parser, parser.run(data, 0, len(data), final)


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ('Struct("n"/Int8sb, "d"/Bytes(this.n))', b"\xff"),
        ("Prefixed(Int8sb, Struct('a'/Byte))", b"\x80"),
        ("Prefixed(Int16ub, Byte, includelength=True)", b"\0\1"),
        ("PrefixedArray(Int8sb, Int16ub)", b"\xfe"),
        ('Struct("n"/Int8ub, "f"/FixedSized(this.n - 9, Byte))', b"\3"),
        ('Struct("n"/Float32b, "d"/Bytes(this.n))', b"\x40\0\0\0"),
        ('Struct("n"/Enum(Byte, a=1), "d"/Bytes(this.n))', b"\1"),
        ('Prefixed(Byte, Struct("n"/Int32ub, "d"/Bytes(this.n)))', b"\5\xff\xff\xff\xffa"),
        ('Prefixed(Byte, Struct("n"/Int64ub, "d"/Array(this.n, Byte)))', b"\x0a\xff\xff\xff\xff\xff\xff\xff\xffaa"),
        ('Struct("n"/Int64ub, "d"/Bytes(this.n))', b"\xff" * 8),
        ('Struct("n"/VarInt, "d"/Array(this.n, Byte))', b"\xff" * 40 + b"\1"),
        ('Struct("n"/Byte, "d"/Padded(this.n - 3, Byte))', b"\0"),
        ('Struct("n"/Byte, "d"/Aligned(this.n, Byte))', b"\1"),
        ('Struct("n"/Byte, "d"/BytesInteger(this.n))', b"\0"),
    ],
)
def test_an_impossible_length_fails_at_once(case: Any, source: str, data: bytes) -> None:
    one = case(f"message = {source}")
    parser, outcome = run(one.program, data, final=False)
    assert outcome == FAILED or parser.flaw
    one.agrees(data)


@pytest.mark.parametrize(
    ("source", "data", "need"),
    [
        ("Int32ub", b"a", 3),
        ('Struct("n"/Int16ub, "d"/Bytes(this.n))', b"\1\0x", 255),
        ("Prefixed(Int16ub, GreedyRange(Byte))", b"\1\0x", 255),
        ("PrefixedArray(Byte, Int16ub)", b"\3a", 5),
        ("Padded(9, Byte)", b"ab", 7),
        ("BitStruct('a'/BitsInteger(24))", b"a", 2),
        ("Until(b'xyz')", b"ab", 1),
        ("Const(b'abcd')", b"a", 1),  # one byte more may contradict already
    ],
)
def test_need_is_how_many_bytes_are_missing(case: Any, source: str, data: bytes, need: int) -> None:
    parser, outcome = run(case(f"message = {source}").program, data, False)
    assert (outcome, parser.need) == (MORE, need)


def test_recursion_is_bounded(case: Any) -> None:
    one = case('message = Struct("n"/Byte, "sub"/Optional(If(this.n > 0, LazyBound(lambda: message))))')
    parser, outcome = run(one.program, b"\1" * 5000 + b"\0")
    assert outcome == FAILED
    assert parser.complex
    assert run(one.program, b"\1" * 300 + b"\0")[1] == MATCH


def test_recursion_that_takes_no_byte_is_bounded(case: Any) -> None:
    """Of the message's own bytes, that is: each round takes one of a constant."""
    one = case('message = RestreamData(b"a", Struct("x"/Byte, "a"/LazyBound(lambda: message), "b"/LazyBound(lambda: message)))')
    parser, outcome = run(one.program, b"")
    assert outcome == FAILED
    assert parser.complex


def test_alternatives_in_alternatives_end_in_too_complex(case: Any) -> None:
    """Without a bound this takes 2 ** 300 steps."""
    source = 'message = Struct("n"/Byte, "s"/Select(Struct("x"/LazyBound(lambda: message), Const(b"!")), Struct("y"/LazyBound(lambda: message), Const(b"?")), Const(b".")))'
    one = case(source, limits=Limits())
    started = time.process_time()
    parser, outcome = run(one.program, b"a" * 300)
    assert outcome == FAILED
    assert parser.complex
    assert parser.visits <= 64 * 300 + 4096 + 300
    assert time.process_time() - started < 5


@pytest.mark.parametrize("element", ["Pass", "Struct()", "Bytes(0)", "Peek(Byte)", "Optional(Const(b'x'))"])
def test_repeating_what_takes_no_byte_ends(case: Any, element: str) -> None:
    parser, outcome = run(case(f"message = GreedyRange({element})").program, b"ab")
    assert outcome == FAILED
    assert parser.complex
    parser, outcome = run(case(f"message = Array(10**9, {element})", limits=Limits()).program, b"ab")
    assert outcome == FAILED
    assert parser.complex


def test_repeating_until_what_never_comes_ends(case: Any) -> None:
    parser, outcome = run(case("message = RepeatUntil(obj_ == 1, Computed(0))", limits=Limits()).program, b"")
    assert outcome == FAILED
    assert parser.complex


def test_values_that_grow_by_doubling_are_bounded(case: Any) -> None:
    source = 'message = Struct("n"/Byte, "r"/IfThenElse(this.n > 0, LazyBound(lambda: message), Struct("t"/Computed({seed}))), "t"/Computed(this.r.t {by} this.r.t))'
    for seed, by in ((b"xx", "+"), (1 << 40, "*"), (3, "<<")):
        assert run(case(source.format(seed=seed, by=by)).program, b"\1" * 250 + b"\0")[1] == FAILED


def test_what_is_cut_is_told_with_its_whole_length(case: Any) -> None:
    one = case('message = Struct("n"/Byte, "a"/Bytes(this.n), "u"/Until(b";"), "s"/CString("utf8"), "b"/GreedyBytes)', limits=Limits(field=4))
    parser, outcome = run(one.program, b"\6abcdef12345;vwxyz\xc3\xa9\x00123456789")
    assert outcome == MATCH
    value = parser.value(b"", 0)
    assert value == {"n": 6, "a": b"abcd", "u": b"1234", "s": b"vwxy", "b": b"1234", "kind": b"message"}
    assert [whole for _, whole in parser.cuts] == [6, 5, 7, 9]
    assert [kept for kept, _ in parser.cuts] == [value["a"], value["u"], value["s"], value["b"]]
    assert all(kept is value[name] for (kept, _), name in zip(parser.cuts, "ausb", strict=True))


def test_what_an_alternative_left_behind_is_not_told(case: Any) -> None:
    source = 'message = Struct("s"/Select(Struct("a"/Bytes(6), Const(b"!")), Struct("b"/Bytes(3), "c"/Bytes(6))), "p"/Prefixed(Byte, Struct("d"/Bytes(6), Error)))'
    one = case(source, limits=Limits(field=4))
    parser, outcome = run(one.program, b"abcdefghi\6ABCDEF")
    assert outcome == MATCH
    assert parser.flaw is not None
    assert parser.value(b"", 0)["s"] == {"b": b"abc", "c": b"defg"}
    assert parser.cuts == [(b"defg", 6)]


def test_a_field_that_an_expression_reads_is_not_cut(case: Any) -> None:
    one = case('message = Struct("a"/Until(b";"), Check(len_(this.a) == 6), "b"/GreedyBytes)', limits=Limits(field=4))
    parser, outcome = run(one.program, b"abcdef;xyz")
    assert outcome == MATCH
    assert parser.value(b"", 0)["a"] == b"abcdef"


def test_long_lists_are_cut_and_counted(case: Any) -> None:
    one = case('message = Struct("a"/Array(9, Byte), "b"/GreedyRange(Struct("x"/Byte)))', limits=Limits(list=3))
    parser, outcome = run(one.program, bytes(range(20)))
    value = parser.value(b"", 0)
    assert outcome == MATCH
    assert (len(value["a"]), len(value["b"])) == (3, 3)
    assert [(kept is value[name], whole) for (kept, whole), name in zip(parser.cuts, "ab", strict=True)] == [(True, 9), (True, 11)]


def test_text_is_cut_between_characters(case: Any) -> None:
    one = case('message = CString("utf8")', limits=Limits(field=4))
    parser, _ = run(one.program, "abc\u00e9def\0".encode())
    assert parser.value(b"", 0)["value"] == b"abc"


def test_each_byte_is_visited_once_however_it_comes(case: Any) -> None:
    one = case('message = Struct("n"/VarInt, "l"/Array(this.n, Struct("k"/Int16ub, "v"/Prefixed(Byte, GreedyBytes))), "t"/Until(b"\\r\\n"))')
    data = b"\x28" + b"\0\1\3abc" * 40 + b"x" * 500 + b"\r\n"
    parser = begin(one.program)
    held = bytearray()
    outcome = MORE
    for octet in data:
        assert outcome == MORE
        held.append(octet)
        outcome = parser.run(held, 0, len(held), False)
    assert outcome == MATCH
    assert (parser.visits, parser.rewound) == (len(data), 0)


def test_bytes_that_are_read_again_are_counted_apart_and_bounded(case: Any) -> None:
    one = case(
        'message = Struct("n"/Byte, "l"/Array(this.n, Struct("o"/Byte, "d"/Pointer(this.o, Bytes(20)))), "z"/Bytes(20))', limits=Limits(work=8)
    )
    data = b"\x0a" + bytes(range(10)) + bytes(20)
    parser, outcome = run(one.program, data)
    assert (outcome, parser.visits - parser.rewound, parser.rewound) == (MATCH, len(data), 10 * 20)


def test_a_long_number_costs_no_more_than_it_is_long(case: Any) -> None:
    one = case("message = VarInt")
    started = time.process_time()
    parser, outcome = run(one.program, b"\xff" * 60_000 + b"\1")
    assert outcome == MATCH
    assert parser.value(b"", 0)["value"].bit_length() == 7 * 60_000 + 1
    assert time.process_time() - started < 1


SUSPENDED = [
    ("dns.py", "message", bytes.fromhex("123481800001000100000000016100000100 01c00c0001000100000e100004c0000207")),
    (
        "dns.py",
        "message",
        bytes.fromhex(
            "123485800001000200010000037777770765 78616d706c6503636f6d0000010001c00c0005000100000e10000704686f7374c010c02d000100010000012c0004c0000207"
            "c01000020001000151800005026e73c010"
        ),
    ),
    ("modbus.py", "request", bytes.fromhex("00020000000b011000010002040001ffff")),
    (
        "",
        'Struct("l"/Array(9, Struct("k"/Int16ub, "v"/Prefixed(Byte, Struct("w"/Array(1, Struct("x"/Select(Const(b"a"), Byte), "y"/GreedyBytes)))))))',
        b"\0\1\3axy" * 9,
    ),
]


@pytest.mark.parametrize(("name", "message", "data"), SUSPENDED, ids=["dns", "dns, three labels", "modbus", "nested"])
def test_a_suspended_parser_takes_less_than_a_kibibyte(name: str, message: str, data: bytes) -> None:
    if name:
        program = load(GRAMMARS / name).compile(message, {}, None, Limits())
    else:
        program = load("case.py", f"from construct import *\nmessage = {message}\n").compile("message", {}, None, Limits())
    parser = begin(program)
    sizes = []
    for end in range(len(data)):
        assert parser.run(data, 0, end, False) == MORE
        sizes.append(parser.state())  # type: ignore[attr-defined]  # of binary messages alone
    assert 100 < max(sizes) < 1024


def test_a_level_of_recursion_adds_less_than_100_octets() -> None:
    grammar = load("case.py", 'from construct import *\nmessage = Struct("n"/Byte, "a"/If(this.n, LazyBound(lambda: message)))\n')
    parser = begin(grammar.compile("message", {}, None, Limits()))
    assert parser.run(b"a" * 10, 0, 10, False) == MORE
    before = parser.state()  # type: ignore[attr-defined]  # of binary messages alone
    assert parser.run(b"a" * 60, 0, 60, False) == MORE
    assert parser.state() - before < 50 * 100  # type: ignore[attr-defined]
