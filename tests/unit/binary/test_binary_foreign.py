"""What the compiler cannot read runs as it is, on a whole frame, behind one interface; and points in time, which need a library to be declared."""

from __future__ import annotations

import importlib.util
import random
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from wiregram.frontends import load
from wiregram.model.errors import ERROR, WARNING
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse import begin
from wiregram.program.binary import BinaryProgram
from wiregram.program.protocol import Limits

HEAD = "from construct import *\n"
LAMBDA = 'Struct("n"/Byte, "d"/Bytes(lambda ctx: ctx.n))'
ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "examples"
GRAMMARS = [*sorted((ROOT / "grammars").glob("*.py")), *sorted(SHARED.glob("**/*.py"))]


def compiled(source: str) -> Any:
    return load("case.py", f"{HEAD}message = {source}\n").compile("message", {}, None, Limits())


def test_a_lambda_makes_its_message_foreign_and_is_warned_of_with_its_place() -> None:
    grammar = load("case.py", f"{HEAD}message = {LAMBDA}\n")
    (problem,) = grammar.problems("message")
    assert problem.severity == WARNING
    assert "a lambda" in problem.text
    assert "foreign" in problem.text
    assert problem.line == 2
    assert problem.source[problem.column - 1 :].startswith('"d"')
    assert "write it with `this`" in problem.suggestion
    assert grammar.report("message") == ["message: foreign: Construct itself parses the whole message, once its region, datagram or stream has ended"]


def test_a_foreign_message_waits_for_its_frame() -> None:
    parser = begin(compiled(LAMBDA))
    data = b"\2abc"
    assert parser.run(data, 0, 3, False) == MORE
    assert parser.run(data, 0, 4, False) == MORE
    assert parser.run(data, 0, 4, True) == MATCH
    assert parser.used == 3
    framed = begin(compiled(f"Prefixed(Int16ub, {LAMBDA})"))
    data = b"\0\4\2abcnext"
    assert framed.run(data, 0, 5, False) == MORE
    assert framed.need == 1
    assert framed.run(data, 0, len(data), False) == MATCH
    assert framed.used == 6
    assert framed.value(data, 0) == {"n": 2, "d": b"ab", "kind": b"message"}


@pytest.mark.parametrize("body", ["1 / 0", "ctx.nowhere", "-1", "[].pop()", "(lambda f: f(f))(lambda f: f(f))"])
def test_whatever_a_foreign_function_raises_is_no_match(body: str) -> None:
    parser = begin(compiled(f'Struct("d"/Bytes(lambda ctx: {body}))'))
    assert parser.run(b"abc", 0, 3, True) == FAILED
    assert parser.expected


def test_a_checksum_by_a_function_that_raises_is_no_match() -> None:
    parser = begin(compiled('Struct("d"/Byte, "c"/Checksum(Byte, lambda data: 1 / 0, this.d))'))
    assert parser.run(b"ab", 0, 2, True) == FAILED


def test_a_program_with_a_foreign_call_cannot_be_written() -> None:
    program = compiled(LAMBDA)
    assert program.foreigns
    with pytest.raises(TypeError):
        msgspec.msgpack.encode(program)


@pytest.mark.parametrize("path", GRAMMARS, ids=lambda path: path.stem)
def test_no_grammar_of_the_project_or_its_examples_is_foreign(path: Path) -> None:
    grammar = load(path)
    sound = [name for name in grammar.messages if not any(problem.severity == ERROR for problem in grammar.problems(name))]
    assert sound
    for message in sound:
        assert not any("foreign" in line for line in grammar.report(message)), message
        program = grammar.compile(message, {}, None, Limits())
        assert program.foreigns == ()
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(program), type=BinaryProgram) == program


class Moment:
    """What Construct asks of the library `arrow` for times: enough to declare them."""

    def __init__(self, year: int, month: int, day: int) -> None:
        self.datetime = datetime(year, month, day, tzinfo=UTC)

    def utcoffset(self) -> timedelta | None:
        return self.datetime.utcoffset()


@pytest.fixture
def arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = ModuleType("arrow")
    stand_in.Arrow = Moment  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(__import__("sys").modules, "arrow", stand_in)


@pytest.mark.usefixtures("arrow")
@pytest.mark.parametrize(
    ("source", "data", "expected"),
    [
        ("Timestamp(Int32ub, 1, 1970)", struct.pack(">I", 1514764800), 1514764800.0),
        ("Timestamp(Int64ub, 1., 1970)", b"\0\0\0\0ZIz\0", 1514764800.0),
        ("Timestamp(Int64ub, 10**-7, 1601)", struct.pack(">Q", 116444736000000000 + 15), 1.5e-6),
        ("Timestamp(Int32sb, 1, 1904)", struct.pack(">i", -1), -2082844801.0),
        ('Timestamp(Int32ub, "msdos", "msdos")', b'H9\x8c"', 1453743184.0),
    ],
)
def test_a_point_in_time_is_the_seconds_since_1970(source: str, data: bytes, expected: float) -> None:
    parser = begin(compiled(source))
    assert parser.run(data, 0, len(data), True) == MATCH
    assert parser.value(data, 0)["value"] == pytest.approx(expected, abs=2e-6)


@pytest.mark.usefixtures("arrow")
@pytest.mark.parametrize("source", ["Timestamp(Int64ub, 1, 1970)", 'Timestamp(Int32ub, "msdos", "msdos")', "Timestamp(Float64b, 1, 1970)"])
def test_a_time_beyond_all_years_is_no_match(source: str) -> None:
    data = b"\x7f\xf0" + b"\0" * 6 if "Float" in source else b"\xff" * 8
    outcome = begin(compiled(source)).run(data, 0, 8, True)
    assert outcome == (MATCH if "msdos" in source else FAILED)


@pytest.mark.skipif(importlib.util.find_spec("arrow") is None, reason="arrow is not installed")
@pytest.mark.parametrize(
    "source",
    [
        "Timestamp(Int32ub, 1, 1970)", "Timestamp(Int64sb, 10**-6, 1970)", "Timestamp(Int64ub, 10**-7, 1600)", "Timestamp(Float64b, 1, 1904)",
        "Timestamp(Int32sb, 0.3, 2000)", 'Timestamp(Int32ub, "msdos", "msdos")', 'Struct("a"/Timestamp(Int16ub, 86400, 1970), "b"/Byte)',
    ],
)  # fmt: skip
def test_times_agree_with_construct(source: str, case: Any) -> None:
    one, rng = case(f"message = {source}"), random.Random(source)
    accepted = [one.agrees(rng.randbytes(8)) for _ in range(200)]
    accepted += [one.agrees(rng.randrange(1 << 62).to_bytes(8, "big")) for _ in range(50)]
    accepted += [one.agrees(struct.pack(">d", rng.uniform(-1e9, 1e9))) for _ in range(50)]
    assert any(accepted)
