"""What binary programs compute: operators of expressions, conversions of values. Each is bounded: a few bytes never make a huge value.

Where a value cannot be computed they raise one of `FAULTS`; where it is not what a grammar allows, `Mismatch`.
"""

from __future__ import annotations

import operator
import zlib
from collections.abc import Callable
from typing import Any

from wiregram.program import binary as form

CEILING = 1 << 16
"""Octets or elements of a joined value, bits of a number."""
DIGITS = 4000
"""As in `wiregram.grammar`: Python converts no text of more than 4,300 digits."""

FAULTS = (TypeError, LookupError, ValueError, ArithmeticError, AttributeError)


class Mismatch(Exception):  # noqa: N818 - an answer, not an error
    """A value that the grammar does not allow."""


def _add(left: Any, right: Any) -> Any:
    value = left + right
    if isinstance(value, (bytes, list)) and len(value) > CEILING:
        raise OverflowError
    return value


def _times(left: Any, right: Any) -> Any:
    if isinstance(left, (bytes, list)) or isinstance(right, (bytes, list)):
        held, count = (left, right) if isinstance(left, (bytes, list)) else (right, left)
        if isinstance(count, int) and len(held) * count > CEILING:
            raise OverflowError
    elif isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > CEILING:
        raise OverflowError
    return left * right


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, bytes):
        raise TypeError
    return left % right


def _power(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int) and (right > CEILING or left.bit_length() * right > CEILING):
        raise OverflowError
    return left**right


def _shift(left: Any, right: Any) -> Any:
    if isinstance(right, int) and isinstance(left, int) and right + left.bit_length() > CEILING:
        raise OverflowError
    return left << right


def _plus(value: Any) -> Any:
    return +value


def _characters(value: Any) -> int:
    return len(value.decode())


OPERATORS: tuple[Callable[[Any, Any], Any], ...] = (
    _add, operator.sub, _times, operator.truediv, operator.floordiv, _modulo, _power, operator.xor, _shift, operator.rshift,
    operator.and_, operator.or_,
    operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge,
)  # fmt: skip
UNARY: tuple[Callable[[Any], Any], ...] = (operator.neg, _plus, operator.not_)
FUNCTIONS: tuple[Callable[[Any], Any], ...] = (len, sum, min, max, abs, _characters, zlib.crc32, zlib.adler32)


def decimal(spelt: Any) -> int:
    if not isinstance(spelt, bytes):
        raise Mismatch
    if len(spelt) <= DIGITS and spelt.isdigit():
        return int(spelt)
    digits = spelt[1:] if spelt[:1] == b"-" else spelt
    if not digits.isdigit() or len(digits) > DIGITS:
        raise Mismatch
    return int(spelt)


def text_of(octets: Any, encoding: str) -> bytes:
    """The same text in UTF-8. Raises ValueError where it is none."""
    if encoding == "utf-8":
        octets.decode()
        return bytes(octets)
    decoded: str = octets.decode(encoding)
    return decoded.encode()


def bits_of(number: int, kind: int) -> Any:
    """The lowest bits of a number as a bit field's form says: octets in reverse, two's complement, or a bool."""
    width = kind >> 3
    number &= (1 << width) - 1
    if not kind & 7:
        return number
    if kind & form.SWAPPED:
        number = int.from_bytes(number.to_bytes(width // 8, "big"), "little")
    if kind & form.NEGATIVE and number >> (width - 1):
        number -= 1 << width
    return number != 0 if kind & form.TRUTH else number


def varint(data: Any, first: int, last: int) -> int:
    """Groups of seven bits, the lowest first: eight groups make seven octets, so a long one costs no more than it is long."""
    number = shift = 0
    if last - first <= 8:
        for at in range(first, last):
            number |= (data[at] & 127) << shift
            shift += 7
        return number
    octets = bytearray()
    for begin in range(first, last, 8):
        number = shift = 0
        for at in range(begin, min(begin + 8, last)):
            number |= (data[at] & 127) << shift
            shift += 7
        octets += number.to_bytes(7, "little")
    return int.from_bytes(octets, "little")
