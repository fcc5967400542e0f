"""Programs: the same on every run, plain data, checked when they are loaded; the types of messages; fields that nothing reads."""

# ruff: noqa: E501 - a row is a declaration

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from wiregram.frontends import load
from wiregram.model.parsing import MATCH
from wiregram.parse import begin, formulas
from wiregram.parse import binary as executor
from wiregram.program.binary import FIELD, NUMBERS, ONE, TWO, VALUE, WITH, BinaryProgram, Formula, Switch
from wiregram.program.protocol import Limits
from wiregram.program.types import ANY, BYTES, INT, LIST, STRUCT

GRAMMARS = Path(__file__).parents[3] / "grammars"
HEAD = "from construct import *\nfrom wiregram.grammar import Decimal, Until\n"
DUMP = """
import sys
from wiregram.frontends import load
from wiregram.program.protocol import Limits
for name in ("dns", "modbus"):
    grammar = load(f"{sys.argv[1]}/{name}.py")
    for message in ("message", "framed") if name == "dns" else ("request", "response"):
        print(grammar.compile(message, {}, None, Limits()).dump())
case = "from construct import *\\nmessage = Struct('a'/OneOf(CString('utf8'), {'x', 'y', 'zz', 'w'}), 'b'/Enum(Byte, a=1, b=2))"
print(load("case.py", case).compile("message", {}, None, Limits()).dump())
"""


def test_the_dump_does_not_depend_on_the_hash_seed() -> None:
    dumps = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", DUMP, str(GRAMMARS)], capture_output=True, env=environment, check=True, text=True)
        dumps.append(done.stdout)
    assert dumps[0] == dumps[1]
    assert "pointer" in dumps[0]


@pytest.mark.parametrize(("name", "message"), [("dns", "message"), ("dns", "framed"), ("modbus", "request"), ("modbus", "response")])
def test_a_program_survives_being_written_and_read(name: str, message: str) -> None:
    program = load(GRAMMARS / f"{name}.py").compile(message, {}, None, Limits())
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(program), type=BinaryProgram)
    assert again == program
    assert again.dump() == program.dump()


HALT = (NUMBERS["halt"], 0, 0, -1)


@pytest.mark.parametrize(
    "steps",
    [
        (), (TWO, 0, 0), (FIELD, 0, 1), (FIELD, -3, 0), (VALUE, 1, 0), (VALUE, 0, 0, TWO, 0, 0), (VALUE, 0, 0) * 2, (VALUE, 0, 0, WITH, 99, 0),
        (9, 0, 0), (VALUE, 0, 0, ONE, 99, 0), (VALUE, 0, 0) * 17 + (TWO, 0, 0) * 16, (VALUE, 0),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_does_not_load(steps: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"formula|zip"):
        BinaryProgram("x", (NUMBERS["formula"], 0, 0, -1, *HALT), names=("a",), constants=(1,), formulas=(Formula(steps),))


OPERANDS = (0, 1, 2, 7, 255, (1 << 30) - 1, 1 << 30, (1 << 31) + 5, (1 << 40) - 1, 1 << 40, (1 << 62) + 3, (1 << 64) - 1)


@pytest.mark.parametrize("by_words", [False, True])
@pytest.mark.parametrize("operator", ["+", "-", "*", "//", "%", "^", "<<", ">>", "&", "|", "==", "!=", "<", "<=", ">", ">="])
def test_formulas_compute_as_python_does_beyond_every_bound_of_a_machine_word(operator: str, by_words: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_words and not formulas.__file__.endswith(".py"):
        pytest.skip("the compiled form computes by machine words always")
    if by_words:
        monkeypatch.setattr(formulas, "COMPILED", True)
    text = f"{HEAD}message = Struct('a'/Int64ub, 'b'/Int64sb, 'x'/Computed((this.a {operator} this.b) + 0), 'y'/Computed(this.b {operator} 3), 'z'/Computed(5 {operator} this.b),"
    text += f" 'w'/Computed((this.a * 3 - this.b) {operator} this.b))"
    grammar = load("case.py", text)
    program, oracle = grammar.compile("message", {}, None, Limits()), grammar.model("message").oracle
    for left in OPERANDS:
        for right in (*OPERANDS[:-1], -1, -3, -(1 << 40), -(1 << 63)):
            if operator == "<<" and right > 64:
                continue
            data = left.to_bytes(8, "big") + right.to_bytes(8, "big", signed=True)
            parser, expected = begin(program), oracle(data)
            outcome = parser.run(data, 0, len(data), True)
            assert (parser.value(data, 0) if outcome == MATCH else None) == (None if expected is None else expected[0]), (left, right)


@pytest.mark.parametrize(
    ("code", "rest"),
    [
        ((), {}),
        ((1, 2, 3), {}),
        ((9999, 0, 0, -1, *HALT), {}),
        ((NUMBERS["jump"], 7, 0, -1, *HALT), {}),
        ((NUMBERS["jump"], -1, 0, -1, *HALT), {}),
        ((NUMBERS["u8"], 0, 0, 0, *HALT), {}),
        ((NUMBERS["u8"], 1, 0, -1, *HALT), {}),
        ((NUMBERS["constant"], 0, 0, -1, *HALT), {}),
        ((NUMBERS["load"], -3, 0, 0, *HALT), {"names": ("a",)}),
        ((NUMBERS["switch"], 0, 0, -1, *HALT), {"switches": (Switch(((1, 5),), 0),)}),
        ((NUMBERS["binary_constant"], 99, 0, -1, *HALT), {"constants": (1,)}),
        ((NUMBERS["u8"], 0, 0, -1), {}),
    ],
)
def test_a_program_that_points_nowhere_does_not_load(code: tuple[int, ...], rest: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"instruction|code|switch"):
        BinaryProgram("x", code, **rest)


def op(name: str, a: int = 0, b: int = 0, c: int | None = None) -> tuple[int, int, int, int]:
    return (NUMBERS[name], a, b, (0 if name == "stop" else -1) if c is None else c)


UNBALANCED = [
    (op("close"),), (op("open"),), (op("back"),) * 0 + (op("region_end"),), (op("array", 1), op("region_end")), (op("pad"),), (op("commit", 1),),
    (op("try", 1, 0),), (op("union_next", 0, 0),), (op("binary", 0),), (op("call", 2), op("halt"), op("open"), op("back")), (op("peek_end"),),
    (op("stop", 1, 1, 0),), (op("stop", 1, 0, 1),), (op("unless", 2), op("open")), (op("append"),), (op("layer_end"),), (op("pointer", 0, 0),),
    (op("slot", 3),), (op("call", 1, 9),),
]  # fmt: skip


@pytest.mark.parametrize("code", UNBALANCED, ids=lambda code: "-".join(list(NUMBERS)[one[0]] for one in code))
def test_a_program_that_takes_what_is_not_there_does_not_load(code: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="instruction"):
        BinaryProgram("x", tuple(number for one in (*code, op("halt")) for number in one), constants=(1,))


def test_a_forged_foreign_call_does_not_load() -> None:
    with pytest.raises(ValueError, match="foreign"):
        BinaryProgram("x", HALT, foreigns=(1,))


def test_operations_have_the_same_numbers_in_both_rooms() -> None:
    if not (executor.__file__ or "").endswith(".py"):
        pytest.skip("compiled: the numbers are C's alone")
    for name, number in NUMBERS.items():
        assert getattr(executor, {"match": "MATCH_BYTES"}.get(name, name.upper())) == number


def test_types_are_those_of_the_values() -> None:
    source = (
        'name = FocusedSeq("v", "n"/Byte, "v"/IfThenElse(this.n == 0, Computed(b""), FocusedSeq("t", "r"/LazyBound(lambda: name), "t"/Computed(this.r + b"."))))\n'
        'tree = Struct("n"/Byte, "sub"/Array(this.n, LazyBound(lambda: tree)))\n'
        'message = Struct("a"/Byte, "b"/Bytes(1), "c"/CString("utf8"), "d"/Enum(Byte, x=1, y=2), "e"/Array(2, Struct("f"/Int16ub)), "g"/If(this.a, Byte),\n'
        '    "h"/BitStruct("i"/Flag, Padding(7)), "j"/name, "k"/Switch(this.a, {1: Struct("x"/Byte), 2: Struct("y"/Byte)}), "l"/tree, "m"/Switch(this.a, {1: Byte, 2: Bytes(1)}))\n'
    )
    fields = load("case.py", HEAD + source).messages["message"].fields
    shown = {name: (kind.kind, kind.maybe) for name, kind in fields.items()}
    assert shown == {
        "a": (INT, False), "b": (BYTES, False), "c": (BYTES, False), "d": (BYTES, False), "e": (LIST, False), "g": (INT, True), "h": (STRUCT, False),
        "j": (BYTES, False), "k": (STRUCT, True), "l": (STRUCT, False), "m": (ANY, True),
    }  # fmt: skip
    assert fields["c"].text
    assert fields["d"].names == ("x", "y")
    assert fields["e"].item is not None
    assert fields["e"].item.fields["f"].kind == INT
    assert set(fields["k"].fields) == {"x", "y"}
    assert fields["k"].fields["x"].maybe
    below = fields["l"].fields["sub"].item
    assert below is not None
    assert below.fields["sub"].item is not None
    assert below.fields["sub"].item.kind == ANY  # a type that recurs is cut off


def test_a_field_named_kind_gives_the_kinds() -> None:
    grammar = load("case.py", HEAD + 'message = Struct("kind"/Enum(Byte, a=1, b=2))\nother = Byte\n')
    assert grammar.messages["message"].kinds == ("a", "b")
    assert grammar.messages["other"].kinds == ("other",)
    assert set(grammar.messages["other"].fields) == {"value"}


KEPT = [
    ('Struct("n"/Int8ub, "a"/Bytes(this.n), "b"/Int16ub, "c"/Struct("d"/Int8ub, "e"/Bytes(this.d)), "f"/GreedyBytes)', b"\2abxy\x03123rest", {"f"}),
    ('Struct("k"/Enum(Int8ub, a=1), "v"/Switch(this.k, {"a": Struct("x"/Int16ub)}), "w"/Array(2, Int8ub), "z"/CString("utf8"))', b"\1xyabq\0", {"w"}),
    ('Struct("k"/Int8ub, "v"/GreedyRange(Struct("x"/Prefixed(Int8ub, GreedyBytes))))', b"k\1a\2bc", {"k"}),
    ('Prefixed(Int8ub, Struct("a"/Int16ub, "b"/Int16ub, "c"/Mapping(Int8ub, {"x": 1})))', b"\5abcd\1", {"b"}),
    ('Struct("a"/BitStruct("p"/Nibble, "q"/Nibble), "b"/Computed(this.a.p), "c"/RawCopy(Int16ub))', b"abc", {"b"}),
]


@pytest.mark.parametrize(("source", "data", "keep"), KEPT)
def test_fields_that_nothing_reads_are_passed_over(source: str, data: bytes, keep: set[str]) -> None:
    grammar = load("case.py", f"{HEAD}message = {source}\n")
    whole, kept = (grammar.compile("message", {}, names, Limits()) for names in (None, frozenset(keep)))
    values = []
    for program in (whole, kept):
        parser = begin(program)
        assert parser.run(data, 0, len(data), True) == MATCH
        assert parser.used == len(data)
        values.append(parser.value(data, 0))
    assert set(values[1]) < set(values[0])
    assert keep <= set(values[1])
    assert all(values[0][name] == value for name, value in values[1].items())
    for size in range(len(data)):
        outcomes = {begin(program).run(data, 0, size, True) for program in (whole, kept)}
        assert len(outcomes) == 1


def test_a_report_says_what_waits_for_an_end() -> None:
    report = load(GRAMMARS / "dns.py").report("message")
    assert any("Pointer framed: looks back" in line for line in report)
    assert report[-1].startswith("message: start, id, flags, ")
    assert ": streams" in report[-1]
    fields = load(GRAMMARS / "dns.py").messages["message"].fields
    assert all(any(name == path or path.startswith(name + ".") for path in _paths(report)) for name in fields)


def _paths(report: list[str]) -> set[str]:
    """The fields that a report names."""
    named = {line.split(": ")[0].partition(".")[2] for line in report[:-1]}
    return named | set(report[-1].split(": ")[1].split(", "))
