"""From `Code` to what evaluates it, a `Run`. Two ways: `plain` sees through secrets and has short cuts for the forms that guards use;
`tainted` marks what is computed from a secret. Both give the same values and neither raises, whatever the scope holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wiregram.expression import plain as parts
from wiregram.expression.functions import THROUGH
from wiregram.expression.operators import BINARY, entry
from wiregram.expression.pieces import FIRST, LAST, SCOPES, Default, Listed, Memo, Present, Run, body, constant, counted, held, leaf
from wiregram.expression.tainted import link_tainted
from wiregram.expression.values import bare
from wiregram.program.expression import Code

_DIGITS = 1300
"""Decimal digits of the largest number that can name an entry of a table, and some more."""
_SCALARS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in", "not in", "not", "and", "or", "neg", "-", "*", "//", "%", "<<", ">>", "&", "^", "|",
    "octets", "body", "side", "other", "verdict"))  # fmt: skip
"""Operations whose value holds nothing that could be secret."""


def link(code: Code, taint: bool = False, secrets: bool = True) -> Run:
    """What evaluates `code`; None is absent. With `taint` a value computed from a `Secret` is a `Secret` (of a list: its
    elements are); without, the value is plain. Guards are linked without: they hold where the value `is True`. Where a scope never holds
    a secret (`secrets` False) the two are the same, and the faster one is taken.

    Lists and structs may be the scope's own (`lends`): whoever keeps one and changes it copies it first."""
    if taint and secrets:
        return link_tainted(code)
    run = plain(code)
    return run if not secrets or code[0] in _SCALARS else parts.Revealed(run)


def lends(code: Code) -> bool:
    """Whether the value may be a list or struct that the scope goes on to hold."""
    op = code[0]
    if op == "memo":
        return lends(code[2])
    if op == "if":
        return lends(code[2]) or lends(code[3])
    if op == "call":
        return code[1] in ("find", "pick") or (code[1] == "default" and any(map(lends, code[2:])))
    return op in SCOPES or op in ("attr", "index", "this")


def plain(code: Code) -> Run:
    """A part whose value is no `Secret`, though a list or struct may hold some."""
    op = code[0]
    if op == "memo":
        return Memo(plain(code[2]), ~code[1])  # apart from the value that may be a secret
    if op in SCOPES:
        return leaf(op, code[1], bare)
    if op in _SHORT and (short := _SHORT[op](code)):
        return short
    if op in BINARY:
        if code[2][0] == "const" and code[2][1].__class__ in (bytes, int):
            return parts.Against(BINARY[op], plain(code[1]), code[2][1])
        return parts.Binary(BINARY[op], plain(code[1]), plain(code[2]))
    return _LINKS[op](code)


def _whole(code: Code) -> Run:
    return parts.Whole(code[0])


# ---- short cuts


def _compared(code: Code) -> Run | None:
    """`field == constant` and `field != constant`."""
    op, left, right = code
    if right[0] != "const" or right[1].__class__ not in (bytes, int):
        return None
    wanted, holds = right[1], op == "=="
    if left[0] == "own":
        return parts.OwnIs(left[1], wanted, holds)
    if left[0] == "request":
        return parts.RequestIs(left[1], wanted, holds)
    return parts.Is(plain(left), wanted, holds)


def _ordered(code: Code) -> Run | None:
    """`number < constant` and the like."""
    op, left, right = code
    if right[0] != "const" or right[1].__class__ is not int:
        return None
    limit = right[1]
    compare: Callable[[int], bool] = {"<": limit.__gt__, "<=": limit.__ge__, ">": limit.__lt__, ">=": limit.__le__}[op]
    return parts.Ordered(plain(left), limit, compare, BINARY[op])


def _member(code: Code) -> Run | None:
    """`x in (constants)`."""
    op, left, right = code
    if right[0] != "const" or not isinstance(right[1], (list, tuple)):
        return None
    members = list(right[1])
    if not members or not all(member.__class__ is bytes or member.__class__ is int for member in members):
        return None
    return parts.Member(plain(left), members, op == "in")


_SHORT: dict[str, Callable[[Code], Run | None]] = {
    "==": _compared,
    "!=": _compared,
    "<": _ordered,
    "<=": _ordered,
    ">": _ordered,
    ">=": _ordered,
    "in": _member,
    "not in": _member,
}


# ---- operators and parts


def _not(code: Code) -> Run:
    if code[1][0] == "not":
        return parts.Truth(plain(code[1][1]))
    return parts.Not(plain(code[1]))


def _and(code: Code) -> Run:
    return parts.And(plain(code[1]), plain(code[2]))


def _or(code: Code) -> Run:
    return parts.Or(plain(code[1]), plain(code[2]))


def _if(code: Code) -> Run:
    test, then, otherwise = (plain(operand) for operand in code[1:])
    return parts.If(test, then, otherwise)


def _neg(code: Code) -> Run:
    return parts.Negative(plain(code[1]))


def _attr(code: Code) -> Run:
    if code[1][0] == "item":
        return parts.ItemAttribute(code[1][1], code[2])
    return parts.Attribute(plain(code[1]), code[2])


def _looked_up(table: dict[Any, Any], key: Run) -> Run:
    """An entry of a constant table."""
    keys: set[Any] = set()
    for name in table:
        text = name if name.__class__ is bytes else str(name).encode("utf-8", "surrogateescape")
        keys.add(text)
        if len(text) <= _DIGITS and text.removeprefix(b"-").isdigit():
            keys.add(int(text))
    return parts.LookedUp({wanted: found for wanted in keys if (found := entry(table, wanted)) is not None}, key)


def _index(code: Code) -> Run:
    run = _operand(code[1])
    if code[2][0] == "const":
        return parts.Element(run, code[2][1])
    key = plain(code[2])
    if code[1][0] == "const" and code[1][1].__class__ is dict:
        return _looked_up(code[1][1], key)
    return parts.Index(run, key)


def _operand(code: Code) -> Run:
    return held(code) if code[0] == "const" else plain(code)


def _slice(code: Code) -> Run:
    first, last = plain(FIRST if code[2] is None else code[2]), plain(LAST if code[3] is None else code[3])
    return parts.Slice(plain(code[1]), first, last)


def _list(code: Code) -> Run:
    return Listed(tuple(plain(operand) for operand in code[1:]))


# ---- functions


def _call(code: Code) -> Run:
    if code[1] == "present":
        return Present(plain(code[2]))
    if code[1] == "default":
        return Default(tuple(plain(operand) for operand in code[2:]))
    runs = tuple(_operand(operand) for operand in code[2:])
    if code[1] == "len":
        return parts.Length(runs[0])
    compute = body(code)
    if not runs:
        return constant(("const", compute()))
    if len(runs) == 1:
        return parts.Unary(compute, runs[0])
    if len(runs) == 2 and code[3][0] == "const" and code[3][1].__class__ in (bytes, int) and code[1] not in THROUGH:
        return parts.With(compute, runs[0], code[3][1])
    return parts.Called(compute, runs)


_LINKS: dict[str, Callable[[Code], Run]] = {
    "const": constant,
    "this": _whole,
    "side": _whole,
    "other": _whole,
    "verdict": _whole,
    "octets": counted,
    "body": counted,
    "not": _not,
    "and": _and,
    "or": _or,
    "if": _if,
    "neg": _neg,
    "attr": _attr,
    "index": _index,
    "slice": _slice,
    "list": _list,
    "call": _call,
}
