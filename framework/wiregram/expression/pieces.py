"""The parts of linked expressions that are the same whether secrets are marked or seen through, and what every part is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from wiregram.expression.functions import BODIES, length, starts_growing
from wiregram.expression.scope import Scope
from wiregram.model.record import Secret
from wiregram.program.expression import Code

SCOPES = frozenset(("own", "request", "response", "tx", "session", "flow", "parent", "item"))
FIRST: Code = ("const", 0)
LAST: Code = ("const", sys.maxsize)
"""The ends of a slice that are left out."""


class Run:
    """A linked expression: `of(scope)` is its value, None if that is absent. Hot rooms ask `of`; whoever else calls it as a function."""

    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        raise NotImplementedError

    def __call__(self, scope: Scope) -> Any:
        return self.of(scope)


class Field(Run):
    """A field or variable of any scope; `opened` is what becomes of a `Secret`. The scopes that guards and records read most have classes of
    their own."""

    __slots__ = ("fields", "name", "opened")

    def __init__(self, where: str, name: str, opened: Callable[[Any], Any]) -> None:
        self.fields = attrgetter(where)
        self.name = name
        self.opened = opened

    def of(self, scope: Scope) -> Any:
        value = self.fields(scope).get(self.name)
        return self.opened(value) if type(value) is Secret else value


class Own(Field):
    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        value = scope.own.get(self.name)
        return self.opened(value) if type(value) is Secret else value


class Request(Field):
    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        value = scope.request.get(self.name)
        return self.opened(value) if type(value) is Secret else value


class Response(Field):
    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        value = scope.response.get(self.name)
        return self.opened(value) if type(value) is Secret else value


class Item(Field):
    __slots__ = ()

    def of(self, scope: Scope) -> Any:
        value = scope.item.get(self.name)
        return self.opened(value) if type(value) is Secret else value


_FIELDS: dict[str, type[Field]] = {"own": Own, "request": Request, "response": Response, "item": Item}


def leaf(where: str, name: str, opened: Callable[[Any], Any]) -> Run:
    """A field or variable."""
    return _FIELDS.get(where, Field)(where, name, opened)


class Counted(Run):
    """`octets(side)`, `body(side)`."""

    __slots__ = ("side", "what")

    def __init__(self, what: str, side: str) -> None:
        self.what = what
        self.side = side

    def of(self, scope: Scope) -> Any:
        return scope.count(self.what, self.side)


def counted(code: Code) -> Run:
    return Counted(code[0], code[1])


class Constant(Run):
    """A constant that is only looked at, or that nobody can change."""

    __slots__ = ("constant",)

    def __init__(self, constant: Any) -> None:
        self.constant = constant

    def of(self, scope: Scope) -> Any:
        return self.constant


class Fresh(Run):
    """A constant list or table: a copy each time, since variables may go on to change it."""

    __slots__ = ("constant", "kind")

    def __init__(self, constant: Any, kind: Callable[[Any], Any]) -> None:
        self.constant = constant
        self.kind = kind

    def of(self, scope: Scope) -> Any:
        return self.kind(self.constant)


def constant(code: Code) -> Run:
    value = code[1]
    if isinstance(value, (list, tuple)):
        return Fresh(value, list)
    return Fresh(value, dict) if isinstance(value, dict) else Constant(value)


def held(code: Code) -> Run:
    """A constant that is only looked at."""
    return Constant(code[1])


class Default(Run):
    """The first value that is present."""

    __slots__ = ("runs",)

    def __init__(self, runs: tuple[Run, ...]) -> None:
        self.runs = runs

    def of(self, scope: Scope) -> Any:
        for run in self.runs:
            value = run.of(scope)
            if value is not None:
                return value
        return None


class Memo(Run):
    """A shared part: evaluated once as long as the scope remembers."""

    __slots__ = ("number", "run")

    def __init__(self, run: Run, number: int) -> None:
        self.run = run
        self.number = number

    def of(self, scope: Scope) -> Any:
        known = scope.memo
        if known is None:
            return self.run.of(scope)
        value = known.get(self.number, scope)  # the scope itself is no value
        if value is scope:
            value = known[self.number] = self.run.of(scope)
        return value


class Once(Run):
    """An expression that stands alone: what it says twice is evaluated once."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        before = scope.memo
        scope.memo = {}
        value = self.run.of(scope)
        scope.memo = before
        return value


class Present(Run):
    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run = run

    def of(self, scope: Scope) -> Any:
        return self.run.of(scope) is not None


class Listed(Run):
    """A list of values."""

    __slots__ = ("runs",)

    def __init__(self, runs: tuple[Run, ...]) -> None:
        self.runs = runs

    def of(self, scope: Scope) -> Any:
        made = []
        for run in self.runs:
            made.append(run.of(scope))
        return made


def measured(scope: Scope, value: Any) -> int | None:
    """The length of a value; where it was cut, the length that it had."""
    whole = scope.whole
    if whole is not None:
        known = whole.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
    return length(value)


def body(code: Code) -> Callable[..., Any]:
    """The body of a call's function. `starts` of the other direction's bytes so far waits while they are too few to tell."""
    if code[1] == "starts":
        text = code[2]
        while text[0] == "memo" or (text[0] == "call" and text[1] in ("lower", "upper")):
            text = text[2]
        if text[0] == "other":
            return starts_growing
    return BODIES[code[1]]
