"""Looking at compiled expressions: what they read, and what they are where some of it is known. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wiregram.program.expression import Code

Field = tuple[str, str]
"""A name in a scope, as ("request", "verb")."""

SCOPED = ("own", "request", "response", "tx", "session", "flow", "parent", "item")


def walk(code: Code) -> Iterator[Code]:
    """`code` and every operation inside it."""
    yield code
    if code[0] == "const":
        return
    for part in code[1:]:
        if isinstance(part, tuple) and part and isinstance(part[0], str):
            yield from walk(part)


def names(code: Code) -> set[Field]:
    """The names that `code` reads, as (scope, name); ("this", "") for the whole message."""
    found: set[Field] = set()
    for part in walk(code):
        if part[0] in SCOPED:
            found.add((part[0], part[1]))
        elif part[0] == "this":
            found.add(("this", ""))
    return found


def on_side(code: Any, side: str) -> Any:
    """`code` with its own side's names written as that side's."""
    if not isinstance(code, tuple) or not code or code[0] == "const":
        return code
    if code[0] == "own":
        return (side, *code[1:])
    return tuple(on_side(part, side) for part in code)


def constant(code: Code | None) -> bool:
    return code is None or code[0] == "const"


def _simple(code: Code) -> tuple[Field, frozenset[Any]] | None:
    """`field == constant`, `field in (constants)`: the field and the constants."""
    if code[0] == "==":
        left, right = code[1], code[2]
        if left[0] == "const":
            left, right = right, left
        if left[0] in SCOPED and right[0] == "const" and isinstance(right[1], (int, bytes)):
            return (left[0], left[1]), frozenset([right[1]])
    if code[0] == "in" and code[1][0] in SCOPED:
        items = _constants(code[2])
        if items is not None:
            return (code[1][0], code[1][1]), frozenset(items)
    return None


def _constants(code: Code) -> list[Any] | None:
    if code[0] == "const" and isinstance(code[1], (list, tuple)):
        items = list(code[1])
    elif code[0] == "list" and all(part[0] == "const" for part in code[1:]):
        items = [part[1] for part in code[1:]]
    else:
        return None
    return items if all(isinstance(item, (int, bytes)) for item in items) else None


def decided(code: Code, known: dict[Field, Any]) -> bool | None:
    """Whether a guard holds, where the `known` names alone decide it; None where they do not."""
    op = code[0]
    if op == "const":
        return code[1] is True
    if op in ("and", "or"):
        left, right = decided(code[1], known), decided(code[2], known)
        if left is None or right is None:
            certain = op == "or"
            return certain if certain in (left, right) else None
        return (left and right) if op == "and" else (left or right)
    if op == "not":
        inner = decided(code[1], known)
        return None if inner is None else not inner
    simple = _simple(code)
    if simple is not None and simple[0] in known:
        return known[simple[0]] in simple[1]
    if op == "!=":
        same = decided(("==", *code[1:]), known)
        return None if same is None else not same
    return None
