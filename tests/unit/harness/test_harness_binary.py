"""The generator for Construct declarations: what it makes is accepted by Construct, whole, and every branch comes."""

from __future__ import annotations

import io
import zlib
from typing import Any

import construct as c
import pytest
from construct import obj_, this

from wiregram.grammar import Decimal, Until
from wiregram_harness.binary import BinaryGenerator
from wiregram_harness.coverage import Ledger
from wiregram_harness.declaration import Facts, invert, leading, looks_back, paths
from wiregram_harness.draw import Explorer, Wishes

name = c.FocusedSeq(
    "value",
    "size" / c.Int8ub,
    "value"
    / c.IfThenElse(
        this.size >= 192,
        c.FocusedSeq(
            "target", "low" / c.Int8ub, "target" / c.Pointer(this._root.start + (this._.size & 63) * 256 + this.low, c.LazyBound(lambda: name))
        ),
        c.IfThenElse(this.size == 0, c.Computed(b""), c.FocusedSeq("label", "label" / c.Bytes(this._.size), "rest" / c.LazyBound(lambda: name))),
    ),
)
line = Until(b"\r\n")
tree = c.Struct("mark" / c.Bytes(1), "value" / c.Switch(this.mark, {
    b"+": line, b":": Decimal(line), b"*": c.FocusedSeq("items", "count" / Decimal(line), "items" / c.Array(this.count, c.LazyBound(lambda: tree))),
}, default=c.Error))  # fmt: skip
ber = c.FocusedSeq(
    "n", "first" / c.Int8ub, c.Check(this.first != 128),
    "n" / c.IfThenElse(this.first < 128, c.Computed(this.first), c.BytesInteger(this.first & 127)),
)  # fmt: skip

DECLARATIONS: dict[str, Any] = {
    "length before content": c.Struct("n" / c.Int16ub, c.Check(this.n >= 2), "body" / c.FixedSized(this.n - 2, c.GreedyBytes)),
    "content looks at the length": c.Struct(
        "n" / c.Int8ub, "body" / c.FixedSized(this.n, c.Struct("id" / c.Int16ub, "code" / c.If(this._.n > 2, c.Int8ub)))
    ),
    "prefixed": c.Prefixed(c.VarInt, c.GreedyRange(c.PascalString(c.Int8ub, "utf8"))),
    "prefixed, length included": c.Prefixed(c.Int16ul, c.GreedyBytes, includelength=True),
    "prefixed by a composed length": c.Prefixed(ber, c.GreedyBytes),
    "counted": c.PrefixedArray(c.Int8ub, c.Int16ub),
    "counts": c.Struct("counts" / c.Array(2, c.Int8ub), "a" / c.Array(this.counts[0], c.Int8ub), "b" / c.Array(this.counts[1], c.Int16ub)),
    "switch on a name": c.Struct("k" / c.Enum(c.Int8ub, a=1, b=2), "v" / c.Switch(this.k, {"a": c.Int8ub, "b": c.Int16ub}, default=c.GreedyBytes)),
    "switch on part of a field": c.Struct("k" / c.Int16ub, "v" / c.Switch(this.k >> 12, {3: c.Int8ub, 9: c.Int16ub}, default=c.Pass)),
    "check on part of a field": c.Struct("v" / c.Int16ub, c.Check(this.v >> 8 == 3), "n" / c.Int16ub, c.Check(this.n <= 500)),
    "check on octets": c.Struct("k" / c.Bytes(1), c.Check(this.k != b"\0"), "v" / c.NullTerminated(c.GreedyBytes)),
    "bits": c.Struct("h" / c.BitStruct("a" / c.Flag, "n" / c.BitsInteger(3), c.Padding(4)), "v" / c.If(this.h.a, c.Bytes(this.h.n))),
    "text": c.Struct("a" / c.CString("utf8"), "b" / c.PaddedString(8, "ascii"), "c" / c.PascalString(c.Int8ub, "utf8")),
    "until a value": c.RepeatUntil(obj_ == 0, c.Int8ub),
    "optional": c.Struct("a" / c.Int8ub, "b" / c.Optional(c.Const(b"OK")), "c" / c.Select(c.Const(b"xy"), c.Int8ub)),
    "padding": c.Struct("a" / c.Padded(6, c.Prefixed(c.Int8ub, c.Bytes(2))), "b" / c.Aligned(4, c.CString("ascii"))),
    "checksum": c.Struct("raw" / c.RawCopy(c.Struct("a" / c.Int32ub)), "sum" / c.Checksum(c.Int32ub, zlib.crc32, this.raw.data)),
    "flags": c.Struct("f" / c.FlagsEnum(c.Int8ub, one=1, two=2), "x" / c.If(this.f.one, c.Int8ub), "i" / c.Index),
    "adapter by lambda": c.Struct("a" / c.ExprAdapter(c.Int8ub, lambda x, context: x * 2, lambda x, context: x // 2), "b" / c.Bytes(this.a & 7)),
    "rebuilt": c.Struct("n" / c.Rebuild(c.Int8ub, c.len_(this.d)), "d" / c.Bytes(this.n), "e" / c.Default(c.Int16ub, 5)),
    "stop": c.Struct("a" / c.Int8ub, c.StopIf(this.a > 3), "b" / c.Int16ub),
    "names": c.Struct("start" / c.Tell, "id" / c.Int16ub, "names" / c.PrefixedArray(c.Int8ub, name)),
    "names in a frame": c.Prefixed(c.Int16ub, c.Struct("start" / c.Tell, "id" / c.Int16ub, "names" / c.PrefixedArray(c.Int8ub, name))),
    "a recursive protocol of lines": tree,
    "floats and wide numbers": c.Struct("a" / c.Float64b, "b" / c.Int24ub, "c" / c.BytesInteger(5, signed=True), "d" / c.ZigZag, "e" / c.Int64sl),
    "check on what is computed": c.Struct(
        "size" / ber, c.Check(this.size > 0), c.Check(this.size <= 8), "n" / c.BytesInteger(this.size, signed=True)
    ),
    "check on what is left": c.Struct(
        "n" / c.Int8ub,
        "start" / c.Tell,
        "a" / c.CString("ascii"),
        "end" / c.Tell,
        "left" / c.Computed(this.n - this.end + this.start),
        c.Check(this.left >= 0),
        "b" / c.Bytes(this.left),
    ),
    "check on how long two fields are": c.Struct(
        "a" / Until(b"\0"), "b" / Until(b"\0"), c.Check(c.len_(this.a) <= 3), c.Check(c.len_(this.a) + c.len_(this.b) > 4)
    ),
    "check behind what it chose": c.Struct(
        "head" / c.Struct("n" / c.Int8ub, "code" / c.Int8ub),
        "data" / c.If(this.head.code > 40, c.Bytes(this.head.n)),
        c.Check((this.head.code == 50) | (this.head.code == 51)),
    ),
    "a sequence": c.Sequence(c.Int8ub, c.Const(b"\x7f"), c.NoneOf(c.Int8ub, [0])),
}


@pytest.mark.parametrize("what", DECLARATIONS)
def test_construct_takes_what_is_made_from_its_declaration(what: str) -> None:
    declaration = DECLARATIONS[what]
    ledger = Ledger()
    generator = BinaryGenerator("m", declaration, ledger)
    taken = 0
    made = [generator.make(Explorer(seed)) for seed in range(200)]
    for octets in made:
        stream = io.BytesIO(octets or b"")
        try:
            declaration.parse_stream(stream)
        except c.ConstructError:
            continue
        taken += octets is not None and stream.tell() == len(octets)
    assert taken >= 180, f"{taken} of 200 taken, {generator.rejected} dead ends"
    assert len(set(made)) > 3
    assert ledger.missing() == []


def test_lengths_and_compared_values_are_tried_on_both_sides_of_what_they_are_compared_with() -> None:
    declaration = c.Struct("n" / c.Int8ub, "v" / c.IfThenElse(this.n < 100, c.Int8ub, c.Int16ub), "k" / c.Int8ub, "w" / c.If(this.k == 7, c.Int8ub))
    generator = BinaryGenerator("m", declaration, Ledger())
    first = {(generator.make(Explorer(seed)) or b"\0")[0] for seed in range(400)}
    assert {99, 100, 101} <= first


def test_a_dialogue_can_ask_for_fields() -> None:
    declaration = c.Struct("id" / c.Int16ub, "flags" / c.Int16ub, "qr" / c.Computed(this.flags >> 15), "k" / c.Int8ub)
    generator = BinaryGenerator("m", declaration, Ledger())
    for seed in range(50):
        value = declaration.parse(generator.make(Explorer(seed), Wishes({"k": [77]}, {"id": 4711, "qr": seed % 2})))
        assert value.id == 4711
        assert value.qr == seed % 2
    made = [declaration.parse(generator.make(Explorer(seed), Wishes({"k": [77]}))).k for seed in range(100)]
    assert sum(k == 77 for k in made) > 50


def test_an_expression_is_undone_for_any_of_its_fields() -> None:
    expression = this.start + (this.size & 63) * 256 + this.low
    start, size, low = paths(expression)
    values = {"start": 2, "size": 193, "low": 5}

    def evaluate(part: Any) -> Any:
        return part(values) if callable(part) else part

    assert invert(expression, 300, low, evaluate) == 42
    assert invert(expression, 2 + 512 + 5, size, evaluate) == 194
    assert invert(expression, 300, start, evaluate) == 39
    values["x"] = b"long text"
    assert invert(c.len_(this.x), 3, next(paths(c.len_(this.x))), evaluate) == b"lon"
    assert invert(c.len_(this.start), 3, next(paths(c.len_(this.start))), evaluate) is None


def test_facts_of_a_declaration() -> None:
    facts = Facts(DECLARATIONS["content looks at the length"])
    assert "n" in facts.sizes
    assert set(facts.values["n"]) == {1, 2, 3}
    assert len(facts.settled) == 1
    assert not looks_back(DECLARATIONS["length before content"].subcons[-1].subcon.subcon, this.n - 2)
    assert Facts(DECLARATIONS["switch on part of a field"]).keys["k"] == [3 << 12, 9 << 12]
    assert Facts(DECLARATIONS["names"]).seeks


@pytest.mark.parametrize("what", [what for what in DECLARATIONS if what.startswith("check on")])
def test_a_check_is_met_by_rewriting_what_it_is_computed_from(what: str) -> None:
    generator = BinaryGenerator("m", DECLARATIONS[what], Ledger())
    for seed in range(200):
        generator.make(Explorer(seed))
    assert generator.rejected <= 4


def test_what_a_check_asked_for_is_asked_at_once_when_the_message_is_begun_anew() -> None:
    generator = BinaryGenerator("m", DECLARATIONS["check behind what it chose"], Ledger())
    assert all(generator.make(Explorer(seed)) for seed in range(200))


def test_a_branch_is_led_to_by_values_that_take_it() -> None:
    def found(condition: Any, holds: bool) -> set[Any]:
        return {value for _, value in leading(condition, holds)}

    assert found(this.n == 4, True) == {4}
    assert found(this.n == 4, False) == set()  # any other does
    assert found(this.n < 128, True) == {127}
    assert found(this.n < 128, False) == {128, 129}
    assert found(this.n & 2, True) == found((this.n & 2) == 0, False) - {-1} == {2}
    assert found((this.n & 2) == 0, True) == {0, 1}
    assert found((this.n == 4) & (this.k > 7), True) == {4, 8}


def test_a_key_that_is_computed_of_two_fields_is_met() -> None:
    forms = {0x0102: c.Int8ub, 0x0207: c.Int16ub, 0x1001: c.Pass}
    declaration = c.Struct("group" / c.Int8ub, "kind" / c.Int8ub, "form" / c.Computed(this.group << 8 | this.kind), "v" / c.Switch(this.form, forms))
    ledger = Ledger()
    generator = BinaryGenerator("m", declaration, ledger)
    made = [declaration.parse(generator.make(Explorer(seed))).form for seed in range(60)]
    assert sum(form in forms for form in made) > 30
    assert ledger.missing() == []


def test_a_wish_for_a_name_goes_to_the_number_behind_it() -> None:
    number = c.FocusedSeq("n", c.Const(b"\x0a"), "size" / c.Int8ub, c.Check(this.size > 0), c.Check(this.size <= 8), "n" / c.BytesInteger(this.size))
    code = c.Enum(c.FocusedSeq("n", "first" / number, "n" / c.Computed(this.first)), fine=0, broken=77, odd=78)
    declaration = c.Struct("code" / code, "more" / c.Switch(this.code, {"broken": c.Int8ub}, default=c.Pass))
    generator = BinaryGenerator("m", declaration, Ledger())
    eager = [declaration.parse(generator.make(Explorer(seed), Wishes({"code": [b"odd"]}, eager=True))).code for seed in range(200)]
    assert eager.count("odd") > 100
    assert {"fine", "broken"} <= {str(code) for code in eager}


def test_what_cannot_be_made_is_counted() -> None:
    generator = BinaryGenerator("m", c.Struct("a" / c.Int8ub, c.Error), Ledger())
    assert generator.make(Explorer(1)) is None
    assert generator.rejected == generator.made > 0
