"""Blocks: what is done at one go is what its instructions do one by one, in the plain form and the compiled one; and what becomes a block."""

# ruff: noqa: E501 - a row is a declaration

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from wiregram.frontends import load
from wiregram.model.parsing import FAILED, MATCH
from wiregram.parse import begin, fusion, runs
from wiregram.parse import machine as machines
from wiregram.program.binary import NUMBERS, BinaryProgram
from wiregram.program.protocol import Limits

GRAMMARS = Path(__file__).parents[3] / "grammars"
ROWS = [
    'Struct("a"/Int16ub, "m"/Const(b"xy"), "b"/Int16sl, Check(this.b != 3), "c"/Computed(this.a * 2 - this.b), "d"/Int8ub, "e"/Computed(this.d > 97))',
    'Struct("n"/Int8ub, "l"/Array(this.n & 3, Struct("x"/Int16sb, "e"/Enum(Byte, a=97), "y"/Int24ul, "z"/Bytes(2), "w"/Computed(this._.n + this.x))), "t"/Tell)',
    'Struct("n"/Int8ub, "l"/Array(this.n & 7, Struct("x"/Int8ub, Check(this.x != 98))), "r"/GreedyBytes)',
    'Struct("f"/Flag, "g"/Int64sb, "h"/Int64ul, "p"/Struct("q"/Int32sb, "v"/Flag, Padding(1)), "x"/Computed(this.h + 1), "y"/Computed(this.p.q // 3))',
    'Struct("a"/Int8ub, "a"/Int8ub, "b"/Computed(this.a << 40), "c"/Computed(this.b << 25), "d"/Computed(7 // (this.a - 97)))',
    'Struct("a"/FocusedSeq("v", "n"/Int8ub, "m"/Int8ub, "v"/Computed(this.n * 256 + this.m)), "b"/Sequence(Int16ub, Const(5), Int8ub), "c"/Enum(Int16ub, z=24930))'.replace(
        "Const(5)", "Computed(5)"
    ),
    'Prefixed(Byte, Struct("a"/Int16ub, "b"/Struct("c"/Int16ub, "d"/Computed(this._.a ^ this.c)), "e"/Computed(this.b.c)))',
    'Struct("a"/Int8ub, "b"/Optional(Struct("c"/Int8ub, Check(this.c == 98), "d"/Int16ub)), "e"/If(this.a > 97, Struct("f"/Int8ub, "g"/Computed(this._.a + this.f))), "r"/GreedyBytes)',
]
SAMPLES = (
    b"abcdefghijklmnopqrstuvwxyz0123",
    b"\1\2xy\3\0abcdefghijklmnopqrst",
    b"aaxyaab\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\2ab",
    b"\6abcdefgh",
    b"",
)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("source", ROWS)
def test_blocks_do_what_their_instructions_do(source: str, fused: bool, case: Any, damage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "FUSED", fused)
    one = case(f"message = {source}")
    rng = random.Random(source)
    assert any(one.agrees(data, splits=30) for data in SAMPLES)
    for sample in SAMPLES:
        for data in damage(sample, rng):
            one.agrees(data, splits=8)


@pytest.mark.skipif(not runs.__file__.endswith(".py"), reason="what is C's cannot be called from outside")
@pytest.mark.parametrize("kind", range(4))
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_an_array_of_integers_is_read_as_python_reads_them(size: int, kind: int) -> None:
    data = bytes(range(120, 250, 7)) + b"\x80\0\0\0\x7f\xff\xff\xff\xff"
    count = (len(data) - 2) // size
    pieces = [data[at : at + size] for at in range(2, 2 + count * size, size)]
    expected = [int.from_bytes(piece, "little" if kind & 1 else "big", signed=bool(kind & 2)) for piece in pieces]
    assert runs.integers(data, 2, count, size, kind) == expected


def blocks(program: BinaryProgram) -> dict[int, Any]:
    return fusion.fused(program, list(program.names))


def test_the_head_of_a_message_is_one_block() -> None:
    program = load(GRAMMARS / "modbus.py").compile("request", {}, None, Limits())
    head = blocks(program)[1]
    assert (head.size, head.beyond) == (8, 10)  # id, protocol, length, two checks, unit, function, the body's size


def test_an_array_of_flat_records_is_done_at_one_go() -> None:
    grammar = load("case.py", 'from construct import *\nmessage = PrefixedArray(Byte, Struct("x"/Int16sb, "y"/Int16sb))\n')
    program = grammar.compile("message", {}, None, Limits())
    (first,) = fusion.arrays(program, blocks(program))
    assert program.code[first * 4] == NUMBERS["array"]


@pytest.mark.parametrize("fused", [True, False])
def test_records_beyond_the_limit_of_a_list_are_cut(fused: bool, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "FUSED", fused)
    one = case('message = PrefixedArray(Byte, Struct("x"/Byte, "y"/Byte))', limits=Limits(list=2))
    parser = begin(one.program)
    assert parser.run(b"\4abcdefgh", 0, 9, True) == MATCH
    assert parser.value(b"\4abcdefgh", 0)["value"] == [{"x": 97, "y": 98}, {"x": 99, "y": 100}]
    assert [whole for _, whole in parser.cuts] == [4]  # type: ignore[attr-defined]  # of executors


@pytest.mark.parametrize("fused", [True, False])
def test_a_failed_check_in_a_block_names_its_own_place(fused: bool, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "FUSED", fused)
    one = case('message = Struct("a"/Int16ub, "b"/Byte, Check(this.a > 5), "c"/Int32ub)')
    parser = begin(one.program)
    assert parser.run(b"\0\1abcdef", 0, 8, True) == FAILED
    assert (parser.offset, parser.expected) == (3, "this.a > 5 to hold in 'message'")
    assert parser.partial() == {"kind": b"message", "a": 1, "b": 97}
