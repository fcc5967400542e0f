"""The other way to link: what is computed from a secret is a secret. A list's elements are secret one by one, so that it keeps its length;
`present`, and the length of a list, tell nothing secret."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from wiregram.expression.functions import THROUGH
from wiregram.expression.operators import BINARY, add, cut, field, negative, part
from wiregram.expression.pieces import FIRST, LAST, SCOPES, Run, body, constant, counted, default, held, leaf, measured, memo, present
from wiregram.expression.scope import Scope
from wiregram.expression.values import bare, holds_secret, reveal, spread, truth, wrap
from wiregram.model.record import Secret
from wiregram.program.expression import Code


def link_tainted(code: Code) -> Run:
    """The closure of `code`; its value may be or hold `Secret`s."""
    op = code[0]
    if op == "memo":
        return memo(link_tainted(code[2]), code[1])
    if op in SCOPES:
        return leaf(op, code[1], spread)
    if op == "+":
        return _sum(link_tainted(code[1]), link_tainted(code[2]))
    if op in BINARY:
        if code[2][0] == "const":
            return _against(BINARY[op], link_tainted(code[1]), code[2][1])
        return _strict(BINARY[op], (_operand(code[1]), link_tainted(code[2])))
    return _LINKS[op](code)


def _whole(code: Code) -> Run:
    return attrgetter(code[0])


_NESTING = frozenset((list, dict, Secret))


def _strict(operate: Callable[..., Any], runs: tuple[Run, ...]) -> Run:
    """An operation that looks at all of its operands: one secret makes the result secret. It must take absent operands."""
    if len(runs) == 1:
        (alone,) = runs

        def unary(scope: Scope) -> Any:
            value = alone(scope)
            return _marked(operate, (value,)) if value.__class__ in _NESTING else operate(value)

        return unary
    if len(runs) == 2:
        left, right = runs

        def binary(scope: Scope) -> Any:
            one, other = left(scope), right(scope)
            if one.__class__ in _NESTING or other.__class__ in _NESTING:
                return _marked(operate, (one, other))
            return operate(one, other)

        return binary

    def strict(scope: Scope) -> Any:
        return _marked(operate, tuple(run(scope) for run in runs))

    return strict


def _against(operate: Callable[..., Any], run: Run, constant: Any) -> Run:
    def against(scope: Scope) -> Any:
        value = run(scope)
        return _marked(operate, (value, constant)) if value.__class__ in _NESTING else operate(value, constant)

    return against


def _operand(code: Code) -> Run:
    return held(code) if code[0] == "const" else link_tainted(code)


def _marked(operate: Callable[..., Any], values: tuple[Any, ...]) -> Any:
    for value in values:
        if value.__class__ in _NESTING and holds_secret(value):
            return wrap(operate(*(reveal(value) for value in values)))
    return operate(*values)


def _contagious(compute: Callable[..., Any]) -> Callable[..., Any]:
    def contagious(*values: Any) -> Any:
        return None if None in values else compute(*values)

    return contagious


def _sum(left: Run, right: Run) -> Run:
    whole = _strict(add, (left, right))

    def total(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        if one.__class__ is list and other.__class__ is list:
            return add(one, other)
        return whole(scope)

    return total


def _not(code: Code) -> Run:
    return _strict(_negated, (link_tainted(code[1]),))


def _negated(value: Any) -> bool | None:
    holds = truth(value)
    return None if holds is None else not holds


def _neg(code: Code) -> Run:
    return _strict(negative, (link_tainted(code[1]),))


def _kleene(code: Code) -> Run:
    """`and`, `or`: secret if an operand that was looked at is."""
    left, right, decides = link_tainted(code[1]), link_tainted(code[2]), code[0] == "or"

    def kleene(scope: Scope) -> Any:
        one = left(scope)
        secret = one.__class__ is Secret
        first = truth(one)
        if first is not decides:
            other = right(scope)
            secret = secret or other.__class__ is Secret
            second = truth(other)
            first = second if second is decides or first is not None else None
        return wrap(first) if secret else first

    return kleene


def _if(code: Code) -> Run:
    test, then, otherwise = (link_tainted(operand) for operand in code[1:])

    def chosen(scope: Scope) -> Any:
        value = test(scope)
        holds = truth(value)
        found = then(scope) if holds else None if holds is None else otherwise(scope)
        return wrap(found) if value.__class__ is Secret else found

    return chosen


def _of(owner: Any, found: Any) -> Any:
    """A part of a secret is secret."""
    return wrap(bare(found)) if owner.__class__ is Secret else spread(found)


def _attr(code: Code) -> Run:
    run, name = link_tainted(code[1]), code[2]

    def attr(scope: Scope) -> Any:
        owner = run(scope)
        return _of(owner, field(bare(owner), name))

    return attr


def _index(code: Code) -> Run:
    run, key = _operand(code[1]), _operand(code[2])

    def index(scope: Scope) -> Any:
        owner, place = run(scope), key(scope)
        found = _of(owner, part(bare(owner), bare(place)))
        return wrap(found) if place.__class__ is Secret else found

    return index


def _slice(code: Code) -> Run:
    run = link_tainted(code[1])
    first, last = link_tainted(FIRST if code[2] is None else code[2]), link_tainted(LAST if code[3] is None else code[3])

    def sliced(scope: Scope) -> Any:
        owner, low, high = run(scope), first(scope), last(scope)
        found = cut(bare(owner), bare(low), bare(high))
        secret = owner.__class__ is Secret or low.__class__ is Secret or high.__class__ is Secret
        return wrap(found) if secret else found

    return sliced


def _list(code: Code) -> Run:
    runs = tuple(link_tainted(operand) for operand in code[1:])
    return lambda scope: [run(scope) for run in runs]


def _call(code: Code) -> Run:
    if code[1] == "present":
        return present(link_tainted(code[2]))
    if code[1] == "default":
        return default(tuple(link_tainted(operand) for operand in code[2:]))
    runs = tuple(_operand(operand) for operand in code[2:])
    if code[1] == "len":
        return _length(runs[0])
    if code[1] in THROUGH:
        return _through(body(code), runs)
    return _strict(_contagious(body(code)), runs)


def _length(run: Run) -> Run:
    def size(scope: Scope) -> Any:
        value = run(scope)
        if value.__class__ is Secret:
            inside = bare(value)
            return measured(scope, inside) if inside.__class__ is list else wrap(measured(scope, inside))
        return measured(scope, value)

    return size


def _through(compute: Callable[..., Any], runs: tuple[Run, ...]) -> Run:
    """A function of a list that hands on elements or fields with their own marks; the other arguments' secrecy counts too."""

    def through(scope: Scope) -> Any:
        first = runs[0](scope)
        rest = [run(scope) for run in runs[1:]]
        if first is None or None in rest:
            return None
        found = spread(compute(bare(first), *(reveal(value) for value in rest)))
        secret = first.__class__ is Secret or any(value.__class__ is Secret for value in rest)
        return wrap(bare(found)) if secret else found

    return through


_LINKS: dict[str, Callable[[Code], Run]] = {
    "const": constant,
    "this": _whole,
    "side": _whole,
    "other": _whole,
    "verdict": _whole,
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
