"""From `Code` to closures of a `Scope`. Two ways: `plain` sees through secrets and has short cuts for the forms that guards use; `tainted`
marks what is computed from a secret. Both give the same values and neither raises, whatever the scope holds."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from wiregram.expression.functions import THROUGH
from wiregram.expression.operators import BINARY, contained, cut, entry, equal, field, negative, part
from wiregram.expression.pieces import FIRST, LAST, SCOPES, Run, body, constant, counted, default, held, leaf, measured, memo, present
from wiregram.expression.scope import Scope
from wiregram.expression.tainted import link_tainted
from wiregram.expression.values import bare, reveal, truth
from wiregram.model.record import Secret
from wiregram.program.expression import Code

_DIGITS = 1300
"""Decimal digits of the largest number that can name an entry of a table, and some more."""
_SCALARS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in", "not in", "not", "and", "or", "neg", "-", "*", "//", "%", "<<", ">>", "&", "^", "|",
    "octets", "body", "side", "other", "verdict"))  # fmt: skip
"""Operations whose value holds nothing that could be secret."""


def link(code: Code, taint: bool = False, secrets: bool = True) -> Run:
    """The closure that evaluates `code`; None is absent. With `taint` a value computed from a `Secret` is a `Secret` (of a list: its
    elements are); without, the value is plain. Guards are linked without: they hold where the value `is True`. Where a scope never holds
    a secret (`secrets` False) the two are the same, and the faster one is taken.

    Lists and structs may be the scope's own (`lends`): whoever keeps one and changes it copies it first."""
    if taint and secrets:
        return link_tainted(code)
    run = plain(code)
    return run if not secrets or code[0] in _SCALARS else _revealed(run)


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


def _revealed(run: Run) -> Run:
    def value(scope: Scope) -> Any:
        found = run(scope)
        kind = found.__class__
        return reveal(found) if kind is list or kind is dict else found

    return value


def plain(code: Code) -> Run:
    """A closure whose value is no `Secret`, though a list or struct may hold some."""
    op = code[0]
    if op == "memo":
        return memo(plain(code[2]), ~code[1])  # apart from the value that may be a secret
    if op in SCOPES:
        return leaf(op, code[1], bare)
    if op in _SHORT and (short := _SHORT[op](code)):
        return short
    if op in BINARY:
        if code[2][0] == "const" and code[2][1].__class__ in (bytes, int):
            return _against(BINARY[op], plain(code[1]), code[2][1])
        return _binary(BINARY[op], plain(code[1]), plain(code[2]))
    return _LINKS[op](code)


# ---- leaves


def _whole(code: Code) -> Run:
    get = attrgetter(code[0])

    def whole(scope: Scope) -> Any:
        value = get(scope)
        return bare(value) if value.__class__ is Secret else value

    return whole


# ---- short cuts


def _compared(code: Code) -> Run | None:
    """`field == constant` and `field != constant`."""
    op, left, right = code
    if right[0] != "const" or right[1].__class__ not in (bytes, int):
        return None
    wanted, kind, holds = right[1], right[1].__class__, op == "=="

    def slow(value: Any) -> bool | None:
        result = equal(value, wanted)
        return None if result is None else result is holds

    if left[0] in ("own", "request"):
        name = left[1]
        if left[0] == "own":

            def own_is(scope: Scope) -> bool | None:
                value = scope.own.get(name)
                return (value == wanted) is holds if value.__class__ is kind else slow(bare(value))

            return own_is

        def request_is(scope: Scope) -> bool | None:
            value = scope.request.get(name)
            return (value == wanted) is holds if value.__class__ is kind else slow(bare(value))

        return request_is
    run = plain(left)

    def value_is(scope: Scope) -> bool | None:
        value = run(scope)
        return (value == wanted) is holds if value.__class__ is kind else slow(value)

    return value_is


def _ordered(code: Code) -> Run | None:
    """`number < constant` and the like."""
    op, left, right = code
    if right[0] != "const" or right[1].__class__ is not int:
        return None
    run, limit, slow = plain(left), right[1], BINARY[op]
    compare: Callable[[int], bool] = {"<": limit.__gt__, "<=": limit.__ge__, ">": limit.__lt__, ">=": limit.__le__}[op]

    def ordered(scope: Scope) -> Any:
        value = run(scope)
        return compare(value) if value.__class__ is int else slow(value, limit)

    return ordered


def _member(code: Code) -> Run | None:
    """`x in (constants)`: one look-up."""
    op, left, right = code
    if right[0] != "const" or not isinstance(right[1], (list, tuple)):
        return None
    members = list(right[1])
    texts = frozenset(member for member in members if member.__class__ is bytes)
    numbers = frozenset(member for member in members if member.__class__ is int)
    if len(texts) + len(numbers) == 0 or not all(member.__class__ is bytes or member.__class__ is int for member in members):
        return None
    run, holds = plain(left), op == "in"

    def member(scope: Scope) -> bool | None:
        value = run(scope)
        if value.__class__ is bytes:
            return (value in texts) is holds
        if value.__class__ is int:
            return (value in numbers) is holds
        return None if value is None else contained(value, members) is holds

    return member


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


# ---- operators


def _against(operate: Callable[[Any, Any], Any], run: Run, constant: Any) -> Run:
    return lambda scope: operate(run(scope), constant)


def _binary(operate: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    def binary(scope: Scope) -> Any:
        return operate(left(scope), right(scope))

    return binary


def _not(code: Code) -> Run:
    if code[1][0] == "not":
        return _truth(plain(code[1][1]))
    run = plain(code[1])

    def negated(scope: Scope) -> bool | None:
        value = run(scope)
        if value is True:
            return False
        if value is False:
            return True
        result = truth(value)
        return None if result is None else not result

    return negated


def _truth(run: Run) -> Run:
    def holds(scope: Scope) -> bool | None:
        return truth(run(scope))

    return holds


def _and(code: Code) -> Run:
    left, right = plain(code[1]), plain(code[2])

    def both(scope: Scope) -> bool | None:
        one = left(scope)
        if one is not True:
            one = truth(one)
            if one is False:
                return False
        other = right(scope)
        if other is not True:
            other = truth(other)
            if other is False:
                return False
        return None if one is None else other

    return both


def _or(code: Code) -> Run:
    left, right = plain(code[1]), plain(code[2])

    def either(scope: Scope) -> bool | None:
        one = left(scope)
        if one is not False:
            one = truth(one)
            if one is True:
                return True
        other = right(scope)
        if other is not False:
            other = truth(other)
            if other is True:
                return True
        return None if one is None else other

    return either


def _if(code: Code) -> Run:
    test, then, otherwise = (plain(operand) for operand in code[1:])

    def chosen(scope: Scope) -> Any:
        holds = test(scope)
        if holds is not True and holds is not False:
            holds = truth(holds)
        return then(scope) if holds else None if holds is None else otherwise(scope)

    return chosen


def _neg(code: Code) -> Run:
    run = plain(code[1])
    return lambda scope: negative(run(scope))


# ---- parts


def _attr(code: Code) -> Run:
    run, name = plain(code[1]), code[2]
    if code[1][0] == "item":
        return _attr_of_item(code[1][1], name)

    def attr(scope: Scope) -> Any:
        value = field(run(scope), name)
        return bare(value) if value.__class__ is Secret else value

    return attr


def _attr_of_item(where: str, name: str) -> Run:
    def attr(scope: Scope) -> Any:
        owner = scope.item.get(where)
        if owner.__class__ is not dict:
            owner = bare(owner)
            if owner.__class__ is not dict:
                return None
        value = owner.get(name)
        return bare(value) if value.__class__ is Secret else value

    return attr


def _looked_up(table: dict[Any, Any], key: Run) -> Run:
    """An entry of a constant table; every key that finds one is known beforehand."""
    keys: set[Any] = set()
    for name in table:
        text = name if name.__class__ is bytes else str(name).encode("utf-8", "surrogateescape")
        keys.add(text)
        if len(text) <= _DIGITS and text.removeprefix(b"-").isdigit():
            keys.add(int(text))
    entries = {wanted: found for wanted in keys if (found := entry(table, wanted)) is not None}

    def looked_up(scope: Scope) -> Any:
        wanted = key(scope)
        return entries.get(wanted) if wanted.__class__ is int or wanted.__class__ is bytes else None

    return looked_up


def _index(code: Code) -> Run:
    run = _operand(code[1])
    if code[2][0] == "const":
        place = code[2][1]

        def element(scope: Scope) -> Any:
            value = part(run(scope), place)
            return bare(value) if value.__class__ is Secret else value

        return element
    key = plain(code[2])
    if code[1][0] == "const" and code[1][1].__class__ is dict:
        return _looked_up(code[1][1], key)

    def index(scope: Scope) -> Any:
        value = part(run(scope), key(scope))
        return bare(value) if value.__class__ is Secret else value

    return index


def _operand(code: Code) -> Run:
    return held(code) if code[0] == "const" else plain(code)


def _slice(code: Code) -> Run:
    run = plain(code[1])
    first, last = plain(FIRST if code[2] is None else code[2]), plain(LAST if code[3] is None else code[3])
    return lambda scope: cut(run(scope), first(scope), last(scope))


def _list(code: Code) -> Run:
    runs = tuple(plain(operand) for operand in code[1:])
    return lambda scope: [run(scope) for run in runs]


# ---- functions


def _call(code: Code) -> Run:
    if code[1] == "present":
        return present(plain(code[2]))
    if code[1] == "default":
        return default(tuple(plain(operand) for operand in code[2:]))
    runs = tuple(_operand(operand) for operand in code[2:])
    if code[1] == "len":
        return _length(runs[0])
    compute = body(code)
    if not runs:
        return constant(("const", compute()))
    if len(runs) == 1:
        return _unary(compute, runs[0])
    if len(runs) == 2 and code[3][0] == "const" and code[3][1].__class__ in (bytes, int) and code[1] not in THROUGH:
        return _with(compute, runs[0], code[3][1])
    return _called(compute, runs)


def _length(run: Run) -> Run:
    def size(scope: Scope) -> Any:
        value = run(scope)
        return None if value is None else measured(scope, value)

    return size


def _with(compute: Callable[..., Any], run: Run, constant: bytes | int) -> Run:
    """A call with one constant behind the first argument, of a function that never hands on what it was given."""

    def called(scope: Scope) -> Any:
        value = run(scope)
        return None if value is None else compute(value, constant)

    return called


def _unary(compute: Callable[..., Any], run: Run) -> Run:
    def unary(scope: Scope) -> Any:
        value = run(scope)
        return None if value is None else compute(value)

    return unary


def _called(compute: Callable[..., Any], runs: tuple[Run, ...]) -> Run:
    def called(scope: Scope) -> Any:
        values = []
        for run in runs:
            value = run(scope)
            if value is None:
                return None
            values.append(value)
        found = compute(*values)
        return bare(found) if found.__class__ is Secret else found

    return called


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
