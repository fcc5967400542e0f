"""The other way to link: what is computed from a secret is a secret. A list's elements are secret one by one, so that it keeps its length;
`present`, and the length of a list, tell nothing secret."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from wiregram.expression import operators, values
from wiregram.expression.functions import THROUGH
from wiregram.expression.operators import BINARY, add, negative
from wiregram.expression.pieces import (
    FIRST,
    LAST,
    SCOPES,
    Default,
    Listed,
    Memo,
    Present,
    Run,
    body,
    constant,
    counted,
    held,
    leaf,
    measured,
)  # fmt: skip
from wiregram.expression.scope import Scope
from wiregram.expression.values import reveal, spread, wrap
from wiregram.model.record import Secret
from wiregram.program.expression import Code


def link_tainted(code: Code) -> Run:
    """What evaluates `code`; its value may be or hold `Secret`s."""
    op = code[0]
    if op == "memo":
        return Memo(link_tainted(code[2]), code[1])
    if op in SCOPES:
        return leaf(op, code[1], spread)
    if op == "+":
        return Sum(add, (link_tainted(code[1]), link_tainted(code[2])))
    if op in BINARY:
        if code[2][0] == "const":
            return MarkedAgainst(BINARY[op], link_tainted(code[1]), code[2][1])
        return MarkedBinary(BINARY[op], (_operand(code[1]), link_tainted(code[2])))
    return _LINKS[op](code)


class Whole(Run):
    """`this`, `side`, `other`, `verdict`."""

    __slots__ = ("get",)

    def __init__(self, where: str) -> None:
        self.get = attrgetter(where)

    def of(self, scope: Scope) -> Any:
        return self.get(scope)


class Marked(Run):
    """An operation that looks at all of its operands: one secret makes the result secret. It must take absent operands, unless it is `strict`."""

    __slots__ = ("operate", "runs", "strict")

    def __init__(self, operate: Callable[..., Any], runs: tuple[Run, ...], strict: bool = False) -> None:
        self.operate = operate
        self.runs = runs
        self.strict = strict

    def of(self, scope: Scope) -> Any:
        found = []
        absent = False
        for run in self.runs:
            value = run.of(scope)
            if value is None:
                absent = True
            found.append(value)
        return None if absent and self.strict else _marked(self.operate, tuple(found))


class MarkedUnary(Run):
    __slots__ = ("operate", "run", "strict")

    def __init__(self, operate: Callable[..., Any], run: Run, strict: bool = False) -> None:
        self.operate = operate
        self.run = run
        self.strict = strict

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        if value is None and self.strict:
            return None
        kind = type(value)
        if kind is list or kind is dict or kind is Secret:
            return _marked(self.operate, (value,))
        return self.operate(value)


class MarkedBinary(Run):
    __slots__ = ("left", "operate", "right", "strict")

    def __init__(self, operate: Callable[..., Any], runs: tuple[Run, ...], strict: bool = False) -> None:
        self.operate = operate
        self.left, self.right = runs
        self.strict = strict

    def of(self, scope: Scope) -> Any:
        one = self.left.of(scope)
        other = self.right.of(scope)
        if self.strict and (one is None or other is None):
            return None
        kind = type(one)
        other_kind = type(other)
        if kind is list or kind is dict or kind is Secret or other_kind is list or other_kind is dict or other_kind is Secret:
            return _marked(self.operate, (one, other))
        return self.operate(one, other)


class Sum(MarkedBinary):
    """`+`: two lists, whose elements keep their marks, or an operation like others."""

    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        one = self.left.of(scope)
        other = self.right.of(scope)
        if type(one) is list and type(other) is list:
            return add(one, other)
        return _marked(add, (one, other))


class MarkedAgainst(Run):
    """The second operand is a constant."""

    __slots__ = ("constant", "operate", "run")

    def __init__(self, operate: Callable[..., Any], run: Run, constant: Any) -> None:
        self.operate = operate
        self.run = run
        self.constant = constant

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        kind = type(value)
        if kind is list or kind is dict or kind is Secret:
            return _marked(self.operate, (value, self.constant))
        return self.operate(value, self.constant)


def _strict(operate: Callable[..., Any], runs: tuple[Run, ...], strict: bool = False) -> Run:
    if len(runs) == 1:
        return MarkedUnary(operate, runs[0], strict)
    return MarkedBinary(operate, runs, strict) if len(runs) == 2 else Marked(operate, runs, strict)


def _operand(code: Code) -> Run:
    return held(code) if code[0] == "const" else link_tainted(code)


def _marked(operate: Callable[..., Any], found: tuple[Any, ...]) -> Any:
    for value in found:
        kind = type(value)
        if (kind is list or kind is dict or kind is Secret) and values.holds_secret(value):
            return wrap(operate(*[reveal(each) for each in found]))
    return operate(*found)


def _not(code: Code) -> Run:
    return MarkedUnary(_negated, link_tainted(code[1]))


def _negated(value: Any) -> bool | None:
    holds = values.truth(value)
    return None if holds is None else not holds


def _neg(code: Code) -> Run:
    return MarkedUnary(negative, link_tainted(code[1]))


class Kleene(Run):
    """`and`, `or`: secret if an operand that was looked at is."""

    __slots__ = ("decides", "left", "right")

    def __init__(self, left: Run, right: Run, decides: bool) -> None:
        self.left = left
        self.right = right
        self.decides = decides

    def of(self, scope: Scope) -> Any:
        one = self.left.of(scope)
        secret = type(one) is Secret
        first = values.truth(one)
        if first is not self.decides:
            other = self.right.of(scope)
            secret = secret or type(other) is Secret
            second = values.truth(other)
            first = second if second is self.decides or first is not None else None
        return wrap(first) if secret else first


def _kleene(code: Code) -> Run:
    return Kleene(link_tainted(code[1]), link_tainted(code[2]), code[0] == "or")


class Choice(Run):
    """`a if test else b`."""

    __slots__ = ("otherwise", "test", "then")

    def __init__(self, test: Run, then: Run, otherwise: Run) -> None:
        self.test = test
        self.then = then
        self.otherwise = otherwise

    def of(self, scope: Scope) -> Any:
        value = self.test.of(scope)
        holds = value if value is True or value is False else values.truth(value)
        if holds is None:
            return None
        found = self.then.of(scope) if holds else self.otherwise.of(scope)
        return wrap(found) if type(value) is Secret else found


def _if(code: Code) -> Run:
    test, then, otherwise = (link_tainted(operand) for operand in code[1:])
    return Choice(test, then, otherwise)


def _of(owner: Any, found: Any) -> Any:
    """A part of a secret is secret."""
    if type(owner) is Secret:
        return wrap(values.bare(found))
    return spread(found) if type(found) is Secret else found


class Attribute(Run):
    __slots__ = ("name", "run")

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.name = name

    def of(self, scope: Scope) -> Any:
        owner = self.run.of(scope)
        return _of(owner, operators.field(values.bare(owner), self.name))


def _attr(code: Code) -> Run:
    return Attribute(link_tainted(code[1]), code[2])


class Index(Run):
    __slots__ = ("key", "run")

    def __init__(self, run: Run, key: Run) -> None:
        self.run = run
        self.key = key

    def of(self, scope: Scope) -> Any:
        owner = self.run.of(scope)
        place = self.key.of(scope)
        found = _of(owner, operators.part(values.bare(owner), values.bare(place)))
        return wrap(found) if type(place) is Secret else found


def _index(code: Code) -> Run:
    return Index(_operand(code[1]), _operand(code[2]))


class Slice(Run):
    __slots__ = ("first", "last", "run")

    def __init__(self, run: Run, first: Run, last: Run) -> None:
        self.run = run
        self.first = first
        self.last = last

    def of(self, scope: Scope) -> Any:
        owner = self.run.of(scope)
        low = self.first.of(scope)
        high = self.last.of(scope)
        found = operators.cut(values.bare(owner), values.bare(low), values.bare(high))
        secret = type(owner) is Secret or type(low) is Secret or type(high) is Secret
        return wrap(found) if secret else found


def _slice(code: Code) -> Run:
    first, last = link_tainted(FIRST if code[2] is None else code[2]), link_tainted(LAST if code[3] is None else code[3])
    return Slice(link_tainted(code[1]), first, last)


def _list(code: Code) -> Run:
    return Listed(tuple(link_tainted(operand) for operand in code[1:]))


def _call(code: Code) -> Run:
    if code[1] == "present":
        return Present(link_tainted(code[2]))
    if code[1] == "default":
        return Default(tuple(link_tainted(operand) for operand in code[2:]))
    runs = tuple(_operand(operand) for operand in code[2:])
    if code[1] == "len":
        return Length(runs[0])
    if code[1] in THROUGH:
        return Through(body(code), runs)
    return _strict(body(code), runs, True)


class Length(Run):
    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        value = self.run.of(scope)
        if type(value) is Secret:
            inside = values.bare(value)
            return measured(scope, inside) if type(inside) is list else wrap(measured(scope, inside))
        return measured(scope, value)


class Through(Run):
    """A function of a list that hands on elements or fields with their own marks; the other arguments' secrecy counts too."""

    __slots__ = ("compute", "runs")

    def __init__(self, compute: Callable[..., Any], runs: tuple[Run, ...]) -> None:
        self.compute = compute
        self.runs = runs

    def of(self, scope: Scope) -> Any:
        arguments: list[Any] = []
        secret = absent = False
        for run in self.runs:
            value = run.of(scope)
            if value is None:
                absent = True
            elif type(value) is Secret:
                secret = True
            arguments.append(value if arguments else values.bare(value))
        if absent:
            return None
        first = arguments[0]
        found = spread(self.compute(first, *[reveal(value) for value in arguments[1:]]))
        return wrap(values.bare(found)) if secret else found


_LINKS: dict[str, Callable[[Code], Run]] = {
    "const": constant,
    "this": lambda code: Whole(code[0]),
    "side": lambda code: Whole(code[0]),
    "other": lambda code: Whole(code[0]),
    "verdict": lambda code: Whole(code[0]),
    "octets": counted,
    "body": counted,
    "not": _not,
    "and": _kleene,
    "or": _kleene,
    "if": _if,
    "neg": _neg,
    "attr": _attr,
    "index": _index,
    "slice": _slice,
    "list": _list,
    "call": _call,
}
