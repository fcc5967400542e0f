"""What cannot be compiled is refused by name, with its place and what to write instead; what Python takes from an expression is found."""

from __future__ import annotations

from typing import Any

import pytest

from wiregram.frontends import load
from wiregram.model.errors import GrammarError
from wiregram.program.protocol import Limits

HEAD = "from construct import *\nfrom wiregram.grammar import Decimal, Until\n"

REFUSED = [
    ('Struct("a"/Own(Pickled), "b"/Computed(lambda c: 1))', "Pickled", "read the bytes"),
    ('Struct("a"/Computed(lambda c: 1), "b"/Bytes(this.zz))', "no field 'zz'", "read there so far: a"),
    ('Struct("a"/Checksum(Int8ub, sum, this.b))', "no field 'b' is read before", ""),
    ('Struct("a"/CString("utf8"), "b"/Checksum(Int8ub, sum, this.a))', "Checksum over a value of type text", "RawCopy"),
    ('Struct("a"/Compressed(GreedyBytes, "rot13"))', "Compressed by 'rot13'", "it knows zlib, gzip"),
    ('Struct("data"/Int8ub, "a"/Compressed(GreedyBytes, "zlib"))', "Compressed beside a field named 'data'", "rename it"),
    ('Struct("a"/Compressed(Struct("b"/Computed(this._params.k)), "zlib"))', "this._params.k within Compressed", "this._.field"),
    ('Struct("a"/ProcessXor(300, GreedyBytes))', "ProcessXor(300, ...)", "from 0 to 255"),
    ('Struct("a"/ProcessXor("x", GreedyBytes))', "a pad of type text", "from 0 to 255"),
    ('Struct("a"/ProcessRotateLeft(1, 0, GreedyBytes))', "groups of 0", "at least one byte"),
    ('Struct("a"/CString("utf8"), "b"/RestreamData(this.a, Byte))', "RestreamData over this.a of type text", "takes bytes"),
    ('Struct("a"/Lazy(VarInt))', "Lazy over VarInt", "write Struct"),
    ('Struct("a"/Lazy(Int8ub), "b"/Bytes(this.a))', "Construct reads 'a' later", "leave Lazy out"),
    ('Optional(Lazy(Int8ub))', "Lazy within an alternative", "write Struct"),
    ('Struct("a"/LazyStruct("n"/Int8ub, "d"/Bytes(this.n)))', "Bytes in a LazyStruct", "write Struct"),
    ('Struct("a"/LazyArray(2, Struct("i"/Index, "v"/Int8ub)))', "LazyArray over Struct", "write Struct"),
    ('Struct("a"/Bytewise(Int8ub))', "Bytewise outside of Bitwise", "leave it out"),
    ('Struct("a"/Bitwise(Struct("b"/Bytewise(VarInt))))', "Bytewise over VarInt, of no fixed size", "Bytewise(Bytes(this.length))"),
    ('Struct("n"/Computed(1), "a"/If(this.n > 0, LazyBound(lambda: message)))', "comes round without taking a byte", "read at least one byte"),
    ('Struct("n"/Peek(Byte), "a"/If(this.n > 1, LazyBound(lambda: message)))', "comes round without taking a byte", "read at least one byte"),
    ('Struct("p"/Pointer(0, Byte), "a"/Optional(LazyBound(lambda: message)))', "comes round without taking a byte", "read at least one byte"),
    ('Union(0, "p"/Byte, "a"/LazyBound(lambda: message))', "comes round without taking a byte", "read at least one byte"),
    ('Struct("n"/Optional(Byte), "m"/Bytes(this.n), "a"/Optional(LazyBound(lambda: message)))', "comes round without", "read at least one byte"),
    ('Struct("a"/Pickled)', "Pickled", "read the bytes"),
    ('Struct("a"/Probe())', "Probe", "leave it out"),
    ('Struct("a"/Int8ub.compile())', "Compiled", "use the declaration itself"),
    ('Struct("a"/Rebuffered(Int8ub))', "Rebuffered", "leave it out"),
    ('Struct("a"/RepeatUntil(list_[-1] == 0, Int8ub))', "list_", "compare the element"),
    ('Struct("a"/RepeatUntil(False, Int8ub))', "RepeatUntil(False, ...)", "obj_ == 0"),
    ('Struct("a"/BitStruct("b"/Int8ub))', "Int8ub within Bitwise", "BitsInteger"),
    ('Struct("a"/Nibble)', "BitsInteger outside of Bitwise", "BitStruct"),
    ('Struct("a"/Bitwise(BitsInteger(12)))', "Bitwise over 12 bits", "add Padding"),
    ('Struct("a"/Bitwise(GreedyRange(Bit)))', "GreedyRange within Bitwise", "BitsInteger"),
    ('Struct("a"/FocusedSeq("z", "b"/Int8ub))', "FocusedSeq('z', ...)", "name of one of its members"),
    ('Struct("a"/Int8ub, "b"/Bytes(this.c))', "no field 'c' is read before", "read there so far: a"),
    ('Struct("n"/Int8ub, "s"/Struct("b"/Bytes(this.n)))', "no field 'n' is read before", "it is above: this._.n"),
    ('Struct("s"/Struct("b"/Bytes(this.n)))', "no field 'n' is read before", "read 'n' before"),
    ('Struct("a"/Struct("n"/Int8ub), "b"/Bytes(this.a.m))', "there is no field 'm'", "there are: n"),
    ('Struct("a"/Bytes(this._._._.n))', "not so many levels", "`_` goes up by one"),
    ('Struct("a"/Bytes(2), Check(this.a == "ab"))', "bytes and text together", "b'...'"),
    ('Struct("a"/Enum(Int8ub, x=1), Check(this.a == b"x"))', "bytes and text together", "'...'"),
    ('Struct("a"/Bytes(1), "b"/Switch(this.a, {"x": Int8ub}))', "the value is bytes, the case text", "can never be taken"),
    ('Struct("a"/Int8ub, "b"/Switch(this.a, {(1, 2): Int8ub}))', "the case (1, 2)", "a number, bytes or text"),
    ('Struct("a"/CString("utf8"), "b"/Computed(this.a[0]))', "a part of text", "read it as bytes"),
    ('Struct("a"/Int8ub, "b"/Bytes(2), "c"/Computed(this.b[this.a]))', "an index that is an expression", "constant index"),
    ('Struct("_io"/Int8ub)', "a field named '_io'", "Construct uses that name itself"),
    ('Struct("a"/GreedyString("nonsense"))', "the encoding 'nonsense'", "text encoding"),
    ('Struct("a"/Bytes(-1))', "a size of -1", "never negative"),
    ('Struct("a"/Const(300, Int8ub))', "Const(300, Int8ub)", "does not fit"),
    ('Struct("a"/Aligned(1, Int8ub))', "Aligned(1, ...)", "at least 2"),
    ('Struct("a"/LazyBound(lambda: nowhere))', "NameError", "LazyBound(lambda: name)"),
    ('Struct("a"/Pointer(0, Int8ub, stream=this._io))', "stream=this._io", "this._root._io"),
    ('StopIf(True)', "StopIf outside", "among the members of a Struct"),
    ('Struct("a"/Hex(VarInt))', "Hex over VarInt", "leave Hex out"),
    ('Struct("kind"/Int8ub)', "a field 'kind' of type int", "give it another name"),
    ('Struct("a"/BitsSwapped(VarInt))', "BitsSwapped over a declaration of no fixed size", "region of known size"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "suggestion"), REFUSED, ids=[row[0][:50] for row in REFUSED])
def test_is_refused_by_name_with_place_and_suggestion(source: str, text: str, suggestion: str) -> None:
    own = "class Own(Subconstruct): pass\n" if "Own(" in source else ""
    grammar = load("case.py", f"{HEAD}{own}message = {source}\n")
    with pytest.raises(GrammarError) as caught:
        grammar.compile("message", {}, None, Limits())
    problem = caught.value.problems[0]
    assert text in problem.text
    assert "'message'" in problem.text
    assert suggestion in problem.suggestion
    assert problem.file == "case.py"
    assert problem.line == 3 + bool(own)
    assert problem.source.startswith("message = ")
    assert problem.column > 0


def test_every_problem_of_a_message_is_said_at_once() -> None:
    grammar = load("case.py", f'{HEAD}message = Struct("a"/Lazy(VarInt), "b"/Bytes(-1),\n    "c"/Bytes(this.zz))\n')
    with pytest.raises(GrammarError) as caught:
        grammar.compile("message", {}, None, Limits())
    assert [problem.line for problem in caught.value.problems] == [3, 3, 4]
    assert [problem.source[problem.column - 1 :][:3] for problem in caught.value.problems] == ['"a"', '"b"', '"c"']


LINT = [
    ("this.a and this.b", "`and` keeps one", "this.a & this.b"),
    ("(this.a == 1) or (this.b == 2)", "`or` keeps one", "(this.a == 1) | (this.b == 2)"),
    ("not this.a", "`not` over `this`", "~this.a"),
    ("this.a in (1, 2)", "`in` over `this`", "(this.a == 1) | (this.a == 2)"),
    ("this.a not in [1, 2]", "`in` over `this`", "(this.a != 1) & (this.a != 2)"),
    ("1 in this.a", "`in` over `this`", "compare with each value"),
    ("1 < this.a < 5", "a chain of comparisons", "(1 < this.a) & (this.a < 5)"),
    ("1 if this.a else 2", "`if` over `this`", "IfThenElse"),
    ("this.a is None", "`is` compares the expression", "this.a == None"),
    ("len(this.a)", "`len` runs when the file is read", "len_"),
    ("max(this.a, this.b)", "`max` runs when the file is read", "cannot be said"),
]


@pytest.mark.parametrize(("expression", "text", "suggestion"), LINT)
def test_what_python_takes_from_an_expression_is_found(expression: str, text: str, suggestion: str) -> None:
    source = f'{HEAD}message = Struct("a" / Byte, "b" / Byte, "c" / If({expression}, Byte))\n'
    with pytest.raises(GrammarError) as caught:
        load("case.py", source)
    problem = caught.value.problems[0]
    assert problem.line == 3
    assert text in problem.text
    assert suggestion in problem.suggestion
    assert problem.column > source.splitlines()[2].index("If(")


def test_python_words_apart_from_this_are_left_alone() -> None:
    load("case.py", f'{HEAD}deep = True and not False\nmessage = Struct("a"/(Int8ub if deep else Int16ub), "b"/Check((this.a > 1) & (this.a < 9)))\n')


FILES = [
    ("message = Struct(", "this is no Python", 1),
    (HEAD + "x = 1 / 0\nmessage = Byte\n", "ZeroDivisionError", 3),
    (HEAD + "x = 1\n", "no declaration found", 1),
    ('message = Struct("a" / Int8ub)\n', "NameError", 1),
    (HEAD + "def f():\n    return Strukt()\nmessage = f()\n", "Strukt", 4),
]


@pytest.mark.parametrize(("source", "text", "line"), FILES)
def test_a_file_that_does_not_run_is_one_clear_error(source: str, text: str, line: int) -> None:
    with pytest.raises(GrammarError) as caught:
        load("case.py", source)
    problem = caught.value.problems[0]
    assert text in problem.text
    assert problem.line == line


def test_a_missing_file_is_one_clear_error(tmp_path: Any) -> None:
    with pytest.raises(GrammarError, match="cannot read the grammar"):
        load(tmp_path / "none.py")


def test_a_forgotten_import_is_suggested() -> None:
    with pytest.raises(GrammarError) as caught:
        load("case.py", 'message = Struct("a" / Int8ub)\n')
    assert "from construct import *" in caught.value.problems[0].suggestion


def test_imported_names_are_no_messages() -> None:
    assert list(load("case.py", f'{HEAD}size = Int8ub\nmessage = Struct("a" / size)\n').messages) == ["size", "message"]


def test_types_are_for_text_grammars() -> None:
    with pytest.raises(GrammarError, match="a binary grammar has no terminals"):
        load("case.py", f"{HEAD}message = Byte\n").compile("message", {"A": "int"}, None, Limits())


def test_an_unknown_message_is_named_with_those_that_there_are() -> None:
    with pytest.raises(GrammarError, match="there are: message"):
        load("case.py", f"{HEAD}message = Byte\n").compile("massage", {}, None, Limits())


def test_aligned_terminators_are_warned_of() -> None:
    grammar = load("case.py", HEAD + 'message = NullTerminated(GreedyBytes, term=b"\\r\\n")\n')
    problems = grammar.problems("message")
    assert [problem.severity for problem in problems] == ["warning"]
    assert "Until(b'\\r\\n')" in problems[0].suggestion
    grammar.compile("message", {}, None, Limits())


ENDING = [
    'message = Struct("n"/Byte, "a"/If(this.n > 1, LazyBound(lambda: message)))',
    'message = Struct("a"/LazyBound(lambda: other), "b"/If(this.a > 1, LazyBound(lambda: message)))\nother = Byte',
    'message = Struct("a"/Until(b";"), "b"/Select(LazyBound(lambda: message), Pass))',
    'message = FocusedSeq("b", "a"/Byte, "b"/Pointer(this.a, Optional(LazyBound(lambda: message))))',
    'message = Struct("a"/Prefixed(Byte, Optional(LazyBound(lambda: message))))',
]


@pytest.mark.parametrize("source", ENDING)
def test_a_recursion_that_takes_a_byte_is_no_endless_one(source: str) -> None:
    load("case.py", f"{HEAD}{source}\n").compile("message", {}, None, Limits())
