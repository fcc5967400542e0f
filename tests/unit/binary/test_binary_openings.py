"""How binary messages can begin: what a declaration fixes at fixed places."""

from __future__ import annotations

import pytest

from wiregram.frontends import load

ANY = (1 << 256) - 1


def openings(declaration: str) -> list[str]:
    ways = load("m.py", f"from construct import *\nm = {declaration}\n").openings("m")

    def shown(mask: int) -> str:
        octets = [octet for octet in range(256) if mask >> octet & 1]
        return ".." if mask == ANY else f"{octets[0]:02x}" if len(octets) == 1 else f"<{len(octets)}>"

    return [" ".join(shown(mask) for mask in way) for way in ways]


@pytest.mark.parametrize(
    ("declaration", "wanted"),
    [
        ('Struct("a" / Int16ub, Const(b"SMB"), "b" / GreedyBytes)', ".. .. 53 4d 42"),
        ('Struct("a" / Const(513, Int16ul), "b" / Int8ub)', "01 02 .."),
        ('Struct("a" / Int8ub, Check(this.a == 3), "b" / Int8ub)', "03 .."),
        ('Struct("a" / Int16ub, Check(this.a >> 8 == 3))', "03 .."),
        ('Struct("a" / Int16ul, Check(this.a >> 8 == 3))', ".. 03"),
        ('Struct("a" / Int8ub, Check(this.a & 0xC0 == 0x40))', "<64>"),
        ('Struct("a" / Int8ub, Check(this.a >= 0x80), Check((this.a != 0x81) | (this.a > 0xF0)))', "<127>"),
        ('Struct("a" / Int8ub, "b" / Int8ub, Check(this.a == this.b))', ".. .."),
        ('Struct("a" / Int8ub, "b" / Int8ub, Check((this.a == 1) & (this.b == 2)))', "01 02"),
        ('Struct("a" / Enum(Int8ub, x=7), Check(this.a == "x"))', "07"),
        ('Struct("a" / OneOf(Int8ub, [1, 2]), "b" / Const(b"z"))', "<2> 7a"),
        ('Struct("a" / Int32ub, Check(this.a == 0x2112A442))', "21 12 a4 42"),
        ('Struct("h" / Struct("m" / Const(b"AB")), "x" / Padding(2), "t" / Const(b"C"))', "41 42 .. .. 43"),
        ('Prefixed(Int16ub, Struct(Const(b"AB"), GreedyBytes))', ".. .. 41 42"),
        ('Struct("a" / FixedSized(4, Struct(Const(b"AB"), GreedyBytes)), Const(b"C"))', "41 42 .. .. 43"),
        ('Struct("n" / Int8ub, "s" / Bytes(this.n), Const(b"AB"))', ".."),
        ('Struct("a" / Int8ub, "b" / If(this.a == 1, Const(b"AB")), Const(b"CD"))', ".."),
        ('Struct("a" / BitStruct("x" / Nibble, "y" / Nibble), Const(b"AB"))', ".. 41 42"),
        ('Struct("a" / Array(3, Int16ub), Const(b"AB"))', ".. .. .. .. .. .. 41 42"),
        ('Struct("a" / Optional(Const(b"A")), Const(b"B"))', ""),
    ],
)
def test_what_is_certain_at_fixed_places(declaration: str, wanted: str) -> None:
    assert openings(declaration) == [wanted]


def test_a_choice_gives_a_way_each() -> None:
    assert openings('Select(Struct(Const(b"AB"), Int8ub), Const(b"CD"))') == ["41 42 ..", "43 44"]


def test_signed_numbers_and_other_levels_are_left_alone() -> None:
    assert openings('Struct("a" / Int8sb, Check(this.a == 3))') == [".."]
    assert openings('Struct("a" / Int8ub, "b" / Struct("c" / Int8ub, Check(this._.a == 3)))') == [".. .."]
