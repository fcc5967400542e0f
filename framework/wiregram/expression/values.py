"""Values and absence: what is equal, what is true, what is secret. Every function takes any value and none raises.

Values nest as deep as a message does, so nothing here recurses."""

from __future__ import annotations

import math
from typing import Any

from wiregram.model.record import Secret
from wiregram.program.expression import Extent, Xor

LARGEST, SMALLEST = (1 << 64) - 1, -(1 << 63)
"""The numbers that records can hold; arithmetic beyond them is absent."""
TEXT = 1 << 20
"""Octets of the longest text that + and join make."""
ELEMENTS = 1 << 16
"""Elements of the longest list that + makes."""

_NUMBERS = (int, float)
_MARKED = frozenset((list, dict, Secret))
"""Classes of values that are or may hold secrets."""
_UNMARKED = frozenset((Secret, Extent, Xor))


def truth(value: Any) -> bool | None:
    """True, False or absent; 0, an empty text and an empty list are false."""
    if value is None:
        return None
    kind = type(value)
    if kind is bool:
        return value is True
    if kind is int or kind is float:
        return bool(value != 0)
    if kind is bytes or kind is list or kind is dict:
        return len(value) > 0
    return truth(bare(value)) if kind is Secret else None


def bare(value: Any) -> Any:
    """The value without its mark of secrecy; what it holds may still be marked."""
    while type(value) is Secret:
        value = value.value
    return value


def same(one: Any, other: Any) -> bool:
    """Equality of two present values; unlike types are unequal, but for int and float."""
    kind, other_kind = type(one), type(other)
    if kind is other_kind:
        if kind is list or kind is dict or kind is Secret:
            return _same_inside(one, other)
        return bool(one == other)
    if kind is Secret or other_kind is Secret:
        return same(bare(one), bare(other))
    return kind in _NUMBERS and other_kind in _NUMBERS and bool(one == other)


def _same_inside(one: Any, other: Any) -> bool:
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        one, other = bare(one), bare(other)
        if type(one) is list and type(other) is list:
            if len(one) != len(other):
                return False
            waiting += zip(one, other, strict=True)
        elif type(one) is dict and type(other) is dict:
            if one.keys() != other.keys():
                return False
            waiting += [(value, other[name]) for name, value in one.items()]
        elif not same(one, other):
            return False
    return True


def in_range(value: Any) -> Any:
    """A result of arithmetic, absent where no record could hold it."""
    if type(value) is int:
        return value if SMALLEST <= value <= LARGEST else None
    return value if math.isfinite(value) else None


def wrap(value: Any) -> Any:
    """The value as a secret; a list keeps its length."""
    if value is None or type(value) in _UNMARKED:
        return value
    if type(value) is list:
        return [element if element is None or type(element) is Secret else Secret(element) for element in value]
    return Secret(value)


def spread(value: Any) -> Any:
    """A secret list as a list of secrets; any other value as it is."""
    if type(value) is Secret:
        inside = bare(value)
        if type(inside) is list:
            return wrap(inside)
    return value


def holds_secret(value: Any) -> bool:
    """Whether the value is or holds a secret."""
    if type(value) is list:  # most often a list of texts or numbers
        for element in value:
            if type(element) in _MARKED:
                break
        else:
            return False
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if type(value) is Secret:
            return True
        if type(value) is list:
            waiting += [element for element in value if type(element) in _MARKED]
        elif type(value) is dict:
            waiting += [element for element in value.values() if type(element) in _MARKED]
    return False


def reveal(value: Any) -> Any:
    """The value without any mark of secrecy, inside lists and structs too; a copy only where there is one."""
    value = bare(value)
    if not holds_secret(value):
        return value
    shown: list[Any] = [None]
    waiting: list[tuple[Any, Any, Any]] = [(value, shown, 0)]
    while waiting:
        value, owner, place = waiting.pop()
        value = bare(value)
        if type(value) is list:
            copied: Any = list(value)
            waiting += [(element, copied, number) for number, element in enumerate(value) if type(element) in _MARKED]
            value = copied
        elif type(value) is dict:
            copied = dict(value)
            waiting += [(element, copied, name) for name, element in value.items() if type(element) in _MARKED]
            value = copied
        owner[place] = value
    return shown[0]


def hashable(value: Any) -> Any:
    """The value as a key of a dict, for pairing: equal for equal values and only for them; None where a part is absent, or for what is no key."""
    parts: list[Any] = []
    waiting = [value]
    while waiting:
        value = bare(waiting.pop())
        kind = type(value)
        if kind is bytes or kind is int or (kind is float and value == value):
            parts.append(value)
        elif kind is bool:
            parts.append(_TRUE if value else _FALSE)
        elif kind is list:
            parts += (_LIST, len(value))
            waiting += reversed(value)
        elif kind is dict:
            parts += (_STRUCT, len(value))
            for name in sorted(value, key=repr, reverse=True):
                waiting += (value[name], str(name).encode("utf-8", "replace"))
        else:
            return None
    return parts[0] if len(parts) == 1 else tuple(parts)


_TRUE, _FALSE, _LIST, _STRUCT = "true", "false", "list", "struct"
