"""The operators on values: absent is contagious, unlike types are unequal, and what cannot be computed is absent. None raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wiregram.expression import values
from wiregram.expression.values import ELEMENTS, LARGEST, SMALLEST, TEXT, in_range

BITS = 4096
"""Numbers with more bits than this are not multiplied or divided."""
SHIFT = 64
_HUGE = 1 << BITS


def equal(one: Any, other: Any) -> bool | None:
    return None if one is None or other is None else values.same(one, other)


def unequal(one: Any, other: Any) -> bool | None:
    return None if one is None or other is None else not values.same(one, other)


def _numbers(one: Any, other: Any) -> bool:
    kind, other_kind = type(one), type(other)
    return (kind is int or kind is float) and (other_kind is int or other_kind is float)


def _ordered(one: Any, other: Any) -> bool:
    return _numbers(one, other) or (type(one) is bytes and type(other) is bytes)


def less(one: Any, other: Any) -> bool | None:
    return bool(one < other) if _ordered(one, other) else None


def at_most(one: Any, other: Any) -> bool | None:
    return bool(one <= other) if _ordered(one, other) else None


def more(one: Any, other: Any) -> bool | None:
    return bool(one > other) if _ordered(one, other) else None


def at_least(one: Any, other: Any) -> bool | None:
    return bool(one >= other) if _ordered(one, other) else None


def contained(one: Any, other: Any) -> bool | None:
    """`in`: an element of a list (by Kleene: an absent element leaves it open), a part of a text, a name in a table."""
    if one is None:
        return None
    kind = type(other)
    if kind is list:
        result: bool | None = False
        for element in other:
            if element is None:
                result = None
            elif values.same(one, element):
                return True
        return result
    if kind is bytes:
        return one in other if type(one) is bytes else None
    if kind is dict:
        return entry(other, one) is not None if type(one) is bytes or type(one) is int else None
    return None


def absent_from(one: Any, other: Any) -> bool | None:
    result = contained(one, other)
    return None if result is None else not result


def entry(table: dict[Any, Any], key: Any) -> Any:
    """A table's entry: by a name, or by a number's decimal text. Keys may be text, octets or numbers."""
    kind = type(key)
    if kind is bytes:
        value = table.get(key)
        return table.get(key.decode("utf-8", "surrogateescape")) if value is None else value
    if kind is int:
        value = table.get(key)
        if value is None and key.bit_length() <= BITS:
            name = str(key)
            value = table.get(name)
            if value is None:
                value = table.get(name.encode())
        return value
    return None


def part(owner: Any, key: Any) -> Any:
    """`owner[key]`, which may be marked as secret."""
    kind = type(owner)
    if kind is dict:
        return entry(owner, key)
    if (kind is list or kind is bytes) and type(key) is int:
        size = len(owner)
        return owner[key] if -size <= key < size else None
    return None


def field(owner: Any, name: str) -> Any:
    """`owner.name`, which may be marked as secret."""
    return owner.get(name) if type(owner) is dict else None


def cut(owner: Any, first: Any, last: Any) -> Any:
    """`owner[first:last]`; both ends are numbers."""
    if type(owner) is not list and type(owner) is not bytes:
        return None
    return owner[first:last] if type(first) is int and type(last) is int else None


def negative(value: Any) -> Any:
    return in_range(-value) if type(value) is int or type(value) is float else None


def add(one: Any, other: Any) -> Any:
    if type(one) is int and type(other) is int:
        value = one + other
        return value if SMALLEST <= value <= LARGEST else None
    if type(one) is bytes and type(other) is bytes:
        return one + other if len(one) + len(other) <= TEXT else None
    if type(one) is list and type(other) is list:
        return one + other if len(one) + len(other) <= ELEMENTS else None
    return _safely(_plus, one, other)


def _plus(one: Any, other: Any) -> Any:
    return one + other


def _minus(one: Any, other: Any) -> Any:
    return one - other


def _times(one: Any, other: Any) -> Any:
    return one * other


def _quotient(one: Any, other: Any) -> Any:
    return one // other


def _rest(one: Any, other: Any) -> Any:
    return one % other


def _safely(compute: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    if not _numbers(one, other):
        return None
    if type(one) is int and not -_HUGE < one < _HUGE:
        return None
    if type(other) is int and not -_HUGE < other < _HUGE:
        return None
    try:
        return in_range(compute(one, other))
    except (ZeroDivisionError, OverflowError):
        return None


def subtract(one: Any, other: Any) -> Any:
    if type(one) is int and type(other) is int:
        value = one - other
        return value if SMALLEST <= value <= LARGEST else None
    return _safely(_minus, one, other)


def multiply(one: Any, other: Any) -> Any:
    return _safely(_times, one, other)


def divide(one: Any, other: Any) -> Any:
    return _safely(_quotient, one, other)


def modulo(one: Any, other: Any) -> Any:
    return _safely(_rest, one, other)


def shift_left(one: Any, other: Any) -> Any:
    if type(one) is not int or type(other) is not int or not 0 <= other <= SHIFT:
        return None
    return one << other if SMALLEST <= one << other <= LARGEST else None


def shift_right(one: Any, other: Any) -> Any:
    if type(one) is not int or type(other) is not int or other < 0:
        return None
    return in_range(one >> min(other, one.bit_length() + 1))


def both_bits(one: Any, other: Any) -> Any:
    return in_range(one & other) if type(one) is int and type(other) is int else None


def either_bits(one: Any, other: Any) -> Any:
    return in_range(one | other) if type(one) is int and type(other) is int else None


def unlike_bits(one: Any, other: Any) -> Any:
    return in_range(one ^ other) if type(one) is int and type(other) is int else None


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": unequal,
    "<": less,
    "<=": at_most,
    ">": more,
    ">=": at_least,
    "in": contained,
    "not in": absent_from,
    "+": add,
    "-": subtract,
    "*": multiply,
    "//": divide,
    "%": modulo,
    "<<": shift_left,
    ">>": shift_right,
    "&": both_bits,
    "^": unlike_bits,
    "|": either_bits,
}
"""Every binary operator but `and` and `or`, which look at their second operand only where they must."""
