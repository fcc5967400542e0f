"""Each public name of Construct has a verdict, the documentation says the true one, and the inner names of Construct in use are what they were."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from types import ModuleType

import construct
import pytest
from construct import core, expr
from construct.lib import binary

from wiregram.frontends import load

DOCUMENTS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def verdicts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verdicts", DOCUMENTS / "verdicts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_in_the_documentation_is_true(verdicts: ModuleType) -> None:
    text = (DOCUMENTS / "grammars.md").read_text(encoding="utf-8")
    assert verdicts.MARK.search(text)
    assert verdicts.page(text) == text, "run: python docs/verdicts.py"


def test_every_public_name_is_in_it(verdicts: ModuleType) -> None:
    assert {kind: len(names) for kind, names in verdicts.names().items()} == {"classes": 69, "objects": 60, "macros": 18}
    table = verdicts.table()
    assert all(f"| `{name}` (" in table for names in verdicts.names().values() for name in names)


def test_every_refusal_says_what_to_do(verdicts: ModuleType) -> None:
    rows = [row.split(" | ") for row in verdicts.table().splitlines() if " | refused | " in row]
    assert len(rows) > 7
    assert all(len(row[2].strip(" |")) > 10 and "does not run" not in row[2] for row in rows)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (expr.this.a, {"_Path__name", "_Path__field", "_Path__parent"}),
        (expr.list_[-1], {"_Path2__name", "_Path2__index", "_Path2__parent"}),
        (expr.len_(expr.this.a), {"_FuncPath__func", "_FuncPath__operand"}),
        (expr.this.a + 1, {"op", "lhs", "rhs"}),
        (-expr.this.a, {"op", "operand"}),
        (core.FormatField(">", "H"), {"fmtstr", "length"}),
        (core.BytesInteger(3), {"length", "signed", "swapped"}),
        (core.BitsInteger(3), {"length", "signed", "swapped"}),
        (core.Enum(core.Byte, a=1), {"decmapping", "subcon"}),
        (core.Prefixed(core.Byte, core.GreedyBytes), {"lengthfield", "includelength", "subcon"}),
        (core.FocusedSeq("a", "a" / core.Byte), {"parsebuildfrom", "subcons"}),
        (core.Union(0, "a" / core.Byte), {"parsefrom", "subcons"}),
        (core.NullTerminated(core.GreedyBytes), {"term", "include", "consume", "require"}),
        (core.Pointer(0, core.Byte), {"offset", "stream", "subcon"}),
        (core.Bitwise(core.Octet), {"decodefunc", "decodeamount"}),
        (core.Bitwise(core.GreedyRange(core.Bit)), {"decoder", "decoderunit"}),
        (core.LazyBound(lambda: core.Byte), {"subconfunc"}),
        (core.Switch(expr.this.a, {}), {"keyfunc", "cases", "default"}),
        (core.IfThenElse(True, core.Byte, core.Byte), {"condfunc", "thensubcon", "elsesubcon"}),
        (core.Array(1, core.Byte), {"count", "discard", "subcon"}),
        ("a" / core.Byte, {"name", "subcon", "parsed"}),
    ],
    ids=lambda value: None if isinstance(value, set) else type(value).__name__,
)
def test_the_inner_names_of_construct_that_the_compiler_reads_are_there(value: object, names: set[str]) -> None:
    assert names <= set(vars(value))


def test_the_closures_and_functions_of_construct_that_the_compiler_reads_are_there() -> None:
    one_of = core.OneOf(core.Byte, [1])
    assert inspect.getclosurevars(one_of._validate).nonlocals.keys() >= {"validator"}
    assert "decoder" in inspect.getclosurevars(core.ExprAdapter(core.Byte, len, len)._decode).nonlocals
    assert core.Bitwise(core.Octet).decodefunc is binary.bytes2bits
    assert core.ByteSwapped(core.Short).decodefunc is binary.swapbytes
    assert core.BitsSwapped(core.Byte).decodefunc is binary.swapbitsinbytes
    assert construct.__version__ == "2.10.70"


@pytest.mark.parametrize(
    ("source", "empty"),
    [
        ("GreedyBytes", True), ('Struct("a"/Optional(Byte), "b"/GreedyRange(Byte))', True), ('Struct("a"/Peek(Byte))', True),
        ("Bytes(this._params.n)", True),
        ('Struct("a"/If(this._params.n, Byte))', True), ("NullTerminated(GreedyBytes, require=False)", True), ("Select(Byte, Pass)", True),
        ('Struct("a"/Byte, "b"/GreedyBytes)', False), ("Prefixed(Byte, GreedyBytes)", False), ("FixedSized(3, GreedyBytes)", False),
        ("CString('utf8')", False),
        ("IfThenElse(this._params.n, Byte, Short)", False), ("Padded(4, Optional(Byte))", False), ("Array(2, Byte)", False), ("Until(b'x')", False),
        ("BitStruct('a'/Octet)", False), ("LazyBound(lambda: Byte)", False), ("LazyBound(lambda: GreedyBytes)", True),
    ],
)  # fmt: skip
def test_the_report_says_that_a_message_can_be_empty(source: str, empty: bool) -> None:
    lines = load("case.py", f"from construct import *\nfrom wiregram.grammar import Until\nmessage = {source}\n").report("message")
    assert any("without taking a byte" in line for line in lines) == empty
