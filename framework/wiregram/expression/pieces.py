"""Closures that are the same whether secrets are marked or seen through."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from wiregram.expression.functions import BODIES, starts_growing
from wiregram.expression.scope import Scope
from wiregram.program.expression import Code

Run = Callable[[Scope], Any]

SCOPES = frozenset(("own", "request", "response", "tx", "session", "flow", "item"))
FIRST: Code = ("const", 0)
LAST: Code = ("const", sys.maxsize)
"""The ends of a slice that are left out."""


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


def default(runs: tuple[Run, ...]) -> Run:
    """The first value that is present."""

    def first(scope: Scope) -> Any:
        for run in runs:
            value = run(scope)
            if value is not None:
                return value
        return None

    return first


def present(run: Run) -> Run:
    return lambda scope: run(scope) is not None


def body(code: Code) -> Callable[..., Any]:
    """The body of a call's function. `starts` of the other direction's bytes so far waits while they are too few to tell."""
    if code[1] == "starts":
        text = code[2]
        while text[0] == "call" and text[1] in ("lower", "upper"):
            text = text[2]
        if text[0] == "other":
            return starts_growing
    return BODIES[code[1]]
