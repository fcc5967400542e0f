"""A declaration that needs itself on every way, or comes back to itself before a byte, is refused; one that may end is not."""

from __future__ import annotations

import pytest

from wiregram.frontends.binary import load
from wiregram.model.errors import GrammarError
from wiregram.program.protocol import Limits

ITSELF = "cannot compile an endless LazyBound: what it names needs itself on every way"
ROUND = "cannot compile a LazyBound that comes round without taking a byte"


@pytest.mark.parametrize(
    ("declaration", "why"),
    [
        ('Struct("x"/LazyBound(lambda: message))', ITSELF),
        ('Struct("n"/Byte, "x"/LazyBound(lambda: message))', ITSELF),
        ("LazyBound(lambda: message)", ITSELF),
        ('Struct("n"/Byte, "x"/Switch(this.n, {1: LazyBound(lambda: message)}, default=LazyBound(lambda: message)))', ITSELF),
        ('Struct("n"/Byte, "x"/IfThenElse(this.n, LazyBound(lambda: message), Struct("y"/LazyBound(lambda: message))))', ITSELF),
        ('Struct("x"/Array(2, LazyBound(lambda: message)))', ITSELF),
        ('Struct("x"/Prefixed(Byte, LazyBound(lambda: message)))', ITSELF),
        ('Sequence(Byte, FocusedSeq("v", "v"/LazyBound(lambda: message)))', ITSELF),
        ('Struct("n"/Byte, "x"/Select(LazyBound(lambda: message), Struct("y"/LazyBound(lambda: message))))', ITSELF),
        ('Struct("x"/Select(LazyBound(lambda: message), Byte))', ROUND),
        ('Struct("x"/Optional(LazyBound(lambda: message)), "n"/Byte)', ROUND),
        ('Struct("x"/GreedyRange(LazyBound(lambda: message)))', ROUND),
        ('Struct("x"/Peek(Struct("y"/LazyBound(lambda: message))), "n"/Byte)', ROUND),
    ],
)
def test_what_never_ends_is_refused(declaration: str, why: str) -> None:
    grammar = load("case.py", f"from construct import *\nmessage = {declaration}\n")
    with pytest.raises(GrammarError) as raised:
        grammar.compile("message", {}, None, Limits())
    assert why in str(raised.value)
    assert "case.py:2:" in str(raised.value)


@pytest.mark.parametrize(
    "declaration",
    [
        'Struct("n"/Byte, "x"/If(this.n > 0, LazyBound(lambda: message)))',
        'Struct("n"/Byte, "x"/Array(this.n, LazyBound(lambda: message)))',
        'Struct("n"/Byte, "x"/Optional(LazyBound(lambda: message)))',
        'Struct("n"/Byte, "x"/GreedyRange(LazyBound(lambda: message)))',
        'Struct("n"/Byte, "x"/Switch(this.n, {1: LazyBound(lambda: message)}))',
        'Struct("n"/Byte, StopIf(this.n == 0), "x"/LazyBound(lambda: message))',
        'Select(Struct("a"/Const(b"("), "x"/LazyBound(lambda: message), Const(b")")), Const(b"."))',
    ],
)
def test_what_may_end_is_not(declaration: str) -> None:
    load("case.py", f"from construct import *\nmessage = {declaration}\n").compile("message", {}, None, Limits())


def test_two_that_need_each_other_are_refused_together() -> None:
    source = 'from construct import *\none = Struct("a"/Byte, "b"/LazyBound(lambda: two))\ntwo = Struct("c"/LazyBound(lambda: one))\n'
    grammar = load("case.py", source)
    for name in ("one", "two"):
        assert any(ITSELF in problem.text for problem in grammar.problems(name))
    mended = load("case.py", source.replace('"c"/LazyBound(lambda: one)', '"n"/Byte, "c"/If(this.n, LazyBound(lambda: one))'))
    assert not mended.problems("one") + mended.problems("two")


@pytest.mark.parametrize(
    ("declaration", "parameters"),
    [
        ('Struct("n"/Byte)', set()),
        ('Struct("n"/Bytes(this._params.size))', {"size"}),
        ('Struct("a"/Struct("n"/Bytes(this._._.size)), "b"/If(this._params.more, Byte))', {"size", "more"}),
        ('Struct("n"/Byte, "x"/If(this.n, LazyBound(lambda: inner)))', {"deep"}),
        ('Struct("n"/Byte, "x"/If(this.n, LazyBound(lambda: outer)))', None),
    ],
)
def test_the_parameters_are_what_expressions_read(declaration: str, parameters: set[str] | None) -> None:
    source = 'from construct import *\ninner = Struct("x"/Bytes(this._params.deep))\nouter = Struct("x"/Bytes(this._._.up))\nmessage = ' + declaration
    assert load("case.py", source + "\n").parameters("message") == parameters
