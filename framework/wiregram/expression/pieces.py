"""Closures that are the same whether secrets are marked or seen through."""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from wiregram.expression.functions import BODIES, length, starts_growing
from wiregram.expression.scope import Scope
from wiregram.model.record import Secret
from wiregram.program.expression import Code

Run = Callable[[Scope], Any]

SCOPES = frozenset(("own", "request", "response", "tx", "session", "flow", "parent", "item"))
FIRST: Code = ("const", 0)
LAST: Code = ("const", sys.maxsize)
"""The ends of a slice that are left out."""


def leaf(where: str, name: str, opened: Callable[[Any], Any]) -> Run:
    """A field or variable; `opened` is what becomes of a `Secret`. The scopes that guards and records read most have closures of their own."""

    def own(scope: Scope) -> Any:
        value = scope.own.get(name)
        return opened(value) if value.__class__ is Secret else value

    def request(scope: Scope) -> Any:
        value = scope.request.get(name)
        return opened(value) if value.__class__ is Secret else value

    def response(scope: Scope) -> Any:
        value = scope.response.get(name)
        return opened(value) if value.__class__ is Secret else value

    def item(scope: Scope) -> Any:
        value = scope.item.get(name)
        return opened(value) if value.__class__ is Secret else value

    fields = attrgetter(where)

    def other(scope: Scope) -> Any:
        value = fields(scope).get(name)
        return opened(value) if value.__class__ is Secret else value

    return {"own": own, "request": request, "response": response, "item": item}.get(where, other)


def counted(code: Code) -> Run:
    """`octets(side)`, `body(side)`."""
    what, side = code

    def count(scope: Scope) -> Any:
        return scope.count(what, side)

    return count


def constant(code: Code) -> Run:
    """A constant; a list or table is a copy each time, since variables may go on to change it."""
    value = code[1]
    if isinstance(value, (list, tuple)):
        return lambda scope: list(value)
    if isinstance(value, dict):
        return lambda scope: dict(value)
    return lambda scope: value


def held(code: Code) -> Run:
    """A constant that is only looked at."""
    value = code[1]
    return lambda scope: value


def default(runs: tuple[Run, ...]) -> Run:
    """The first value that is present."""

    def first(scope: Scope) -> Any:
        for run in runs:
            value = run(scope)
            if value is not None:
                return value
        return None

    return first


def memo(run: Run, number: int) -> Run:
    """A shared part: evaluated once as long as the scope remembers."""

    def remembered(scope: Scope) -> Any:
        known = scope.memo
        if known is None:
            return run(scope)
        value = known.get(number, scope)  # the scope itself is no value
        if value is scope:
            value = known[number] = run(scope)
        return value

    return remembered


def measured(scope: Scope, value: Any) -> int | None:
    """The length of a value; where it was cut, the length that it had."""
    whole = scope.whole
    if whole is not None:
        known = whole.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
    return length(value)


def present(run: Run) -> Run:
    return lambda scope: run(scope) is not None


def body(code: Code) -> Callable[..., Any]:
    """The body of a call's function. `starts` of the other direction's bytes so far waits while they are too few to tell."""
    if code[1] == "starts":
        text = code[2]
        while text[0] == "memo" or (text[0] == "call" and text[1] in ("lower", "upper")):
            text = text[2]
        if text[0] == "other":
            return starts_growing
    return BODIES[code[1]]
