"""Parts that several expressions have in common, such as a definition that a record names in ten places: evaluated once a record.

A part that is shared becomes ("memo", number, code). Its value is kept in `Scope.memo` while there is one; whoever evaluates sets that to an empty
dict when nothing changes until the last of the expressions is evaluated, and to None behind it."""

from __future__ import annotations

from typing import Any

from wiregram.program.expression import Code

_LEAVES = frozenset(("const", "own", "request", "response", "tx", "session", "flow", "parent", "item", "this", "side", "other", "verdict"))


class Sharing:
    """`count` every expression first, then `rewrite` them. Parts that read the element of an `each` are never shared."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._counts: list[int] = []
        self._local: list[bool] = []

    def count(self, code: Code) -> None:
        """Note every part of `code`."""
        self._counts[self._number(code)] += 1
        for part in _parts(code):
            self.count(part)

    def rewrite(self, code: Code, times: int = 1) -> Code:
        """`code` with the parts that occur more often than what they stand in as memos."""
        number = self._number(code)
        mine = self._counts[number]
        found = code
        if code[0] != "const":
            found = tuple(self.rewrite(part, mine) if _is_code(part) else part for part in code)
        return ("memo", number, found) if mine > times and code[0] not in _LEAVES and not self._local[number] else found

    def _number(self, code: Code) -> int:
        """Equal parts have equal numbers."""
        if code[0] == "const":
            key: tuple[Any, ...] = ("const", repr(code[1]))
            local = False
        else:
            inner = [self._number(part) if _is_code(part) else repr(part) for part in code[1:]]
            key = (code[0], *inner)
            local = code[0] == "item" or any(self._local[part] for part in inner if isinstance(part, int))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._numbers)
            self._counts.append(0)
            self._local.append(local)
        return number


def _is_code(part: object) -> bool:
    return isinstance(part, tuple) and bool(part) and isinstance(part[0], str)


def _parts(code: Code) -> list[Code]:
    return [] if code[0] == "const" else [part for part in code[1:] if _is_code(part)]
