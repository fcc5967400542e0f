"""Declarations made at random out of all that nests: the executor still says what plain Construct says, at every cut.

Every repetition takes a byte at least (over anything of zero width plain Construct never ends), and nothing recurs (it would never end, either)."""

# ruff: noqa: E501 - a row is a declaration

from __future__ import annotations

import random
from typing import Any

import pytest

from wiregram.model.errors import GrammarError

LEAVES = (
    "Int8ub", "Int16ub", "Int16sl", "Int24ub", "VarInt", "Flag", "Bytes(1)", "Bytes(2)", "Bytes({n})", "Const(b'a')", "Const(1, Int8ub)", "Pass", "Tell", "Index",
    "Computed({n} + 1)", "Check({n} < 200)", "Enum(Int8ub, a=1, b=2)", "OneOf(Int8ub, [0, 1, 97])", "NullTerminated(GreedyBytes)", "Until(b'ab')", "CString('utf8')",
    "PascalString(Int8ub, 'latin-1')", "Padding(1)", "GreedyBytes", "Terminated", "Computed(this._index)", "Mapping(Int8ub, {{'x': 0, 'y': 97}})", "ExprAdapter(Int8ub, obj_ & 3, obj_)",
    "BitStruct('p'/Nibble, 'q'/Flag, Padding(3))", "Array({n} & 3, Int8ub)", "GreedyRange(Int16ub)", "Seek(1, 1)", "FlagsEnum(Int8ub, r=1, s=2)", "Decimal(Until(b'a'))",
)  # fmt: skip
HOLDERS = (
    "Struct('n'/Int8ub, 'x'/{0}, 'y'/{1})", "Struct('n'/Int8ub, 'x'/{0}, StopIf(this.n & 1), 'y'/{1})", "Sequence('n'/Int8ub, {0}, {1})",
    "FocusedSeq('x', 'n'/Int8ub, 'x'/{0}, {1})", "Prefixed(Int8ub, {0})", "FixedSized(3, {0})", "FixedSized({n}, {0})", "Optional({0})", "Select({0}, {1})", "Peek({0})",
    "Array(2, {0})", "Array({n} & 3, {0})", "GreedyRange(Struct('n'/Int8ub, 'x'/{0}))", "GreedyRange(Sequence(Int8ub, {0}))", "RepeatUntil(obj_ == 0, Int8ub)", "If({n} & 1, {0})",
    "IfThenElse({n} > 96, {0}, {1})", "Switch({n}, {{0: {0}, 97: {1}}}, default=Int8ub)", "Padded(4, {0})", "Aligned(2, {0})", "NullTerminated({0})", "RawCopy({0})",
    "Pointer(0, {0})", "Pointer({n} & 3, {0}, stream=this._root._io)", "Union(0, 'x'/{0}, 'y'/{1})", "Hex({0})", "NullStripped({0})", "Rebuild({0}, 0)", "OffsettedEnd(-1, {0})",
    "PrefixedArray(Int8ub, {0})", "ByteSwapped(Struct('a'/Int8ub, 'b'/{0}))",
)  # fmt: skip


NESTS = 30
"""Declarations a seed; tests/soak.py tries many more."""
SAMPLES = (b"\0\1\2\3abc\0ab\1\1\0", b"\2\1\3aab\0a\1ab", b"aab\0abababab", b"\1\1\1\1\1\1\1\1")


def declared(rng: random.Random, depth: int, inside: bool) -> str:
    """The source of one declaration. `inside`: a level with a field `n` is around it."""
    number = "this.n" if inside else "2"
    if depth <= 0 or rng.random() < 0.25:
        return rng.choice(LEAVES).format(n=number)
    holder = rng.choice(HOLDERS)
    level = holder.startswith(("Struct", "Sequence", "FocusedSeq"))
    own = inside or level
    if holder.startswith(("GreedyRange(Struct", "Union")):
        own = holder.startswith("GreedyRange(Struct")
    return holder.format(declared(rng, depth - 1, own), declared(rng, depth - 1, own), n=number)


@pytest.mark.parametrize("seed", range(8))
def test_agrees_however_declarations_nest(seed: int, case: Any, damage: Any) -> None:
    rng = random.Random(seed)
    run = 0
    while run < NESTS:
        source = f"message = {declared(rng, 3, False)}"
        try:
            one = case(source)
        except GrammarError:
            continue
        run += 1
        for sample in SAMPLES:
            for data in damage(sample, rng):
                try:
                    one.agrees(data, splits=8)
                except RecursionError:
                    continue
                except AssertionError as error:
                    raise AssertionError(f"{source}: {error}") from None
