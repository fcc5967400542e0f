"""The bodies of the functions that `program.functions` lists. Arguments are present; a result is absent where there is none. None raises,
none takes more time than its arguments are long, and none knows a protocol."""

from __future__ import annotations

import binascii
import hashlib
import re
import socket  # for the text of an address only
from collections.abc import Callable
from typing import Any

from wiregram.expression import values
from wiregram.expression.certificates import certificate
from wiregram.expression.headers import parameter
from wiregram.expression.operators import BITS
from wiregram.expression.values import LARGEST, SMALLEST, TEXT
from wiregram.program.expression import Extent, Xor

BLANKS = b" \t"
_SPACE = b" \t\r\n\v\f"
_RUN = re.compile(rb"[0-9]+")
_DIGITS = 20
"""Decimal digits of the largest number."""
WIDTH = 1024


def length(x: Any) -> int | None:
    return len(x) if type(x) is bytes or type(x) is list or type(x) is dict else None


def number(text: Any, base: Any = 10) -> int | None:
    if type(text) is not bytes:
        return text if type(text) is int and base == 10 else None
    digits = text.strip(BLANKS)
    if base == 10 and len(digits) < _DIGITS and digits.isdigit():
        return int(digits)
    if type(base) is not int or not 2 <= base <= 36:
        return None
    minus = digits.startswith(b"-")
    digits = digits[minus:]
    if not digits.isalnum():
        return None
    digits = digits.lstrip(b"0") or b"0"
    if len(digits) > 64:
        return None
    try:
        value = int(digits, base)
    except ValueError:
        return None
    value = -value if minus else value
    return value if SMALLEST <= value <= LARGEST else None


def text(x: Any) -> bytes | None:
    if type(x) is int:
        return b"%d" % x if x.bit_length() <= BITS else None
    return x if type(x) is bytes else None


def upper(x: Any) -> bytes | None:
    return x.upper() if type(x) is bytes else None


def lower(x: Any) -> bytes | None:
    return x.lower() if type(x) is bytes else None


def strip(x: Any, chars: Any = _SPACE) -> bytes | None:
    if type(x) is not bytes or type(chars) is not bytes:
        return None
    return x.strip(bytes(set(chars)) if len(chars) > 256 else chars)


def starts(x: Any, p: Any) -> bool | None:
    return x.startswith(p) if type(x) is bytes and type(p) is bytes else None


def starts_growing(x: Any, p: Any) -> bool | None:
    """`starts` of a text of which more may come: absent while it is too short to tell."""
    if type(x) is not bytes or type(p) is not bytes:
        return None
    if len(x) < len(p):
        return None if p.startswith(x) else False
    return bool(x.startswith(p))


def ends(x: Any, p: Any) -> bool | None:
    return x.endswith(p) if type(x) is bytes and type(p) is bytes else None


def split(x: Any, sep: Any, most: Any = -1) -> list[bytes] | None:
    if type(x) is not bytes or type(sep) is not bytes or type(most) is not int or not sep:
        return None
    return x.split(sep, most if -1 <= most < len(x) else -1)


def lines(x: Any) -> list[bytes] | None:
    if type(x) is not bytes:
        return None
    found = x.split(b"\n")
    last = found.pop()
    whole = [line[: len(line) - 1] if line.endswith(b"\r") else line for line in found]
    return [*whole, last] if last else whole


def tokens(x: Any) -> list[bytes] | None:
    if type(x) is not bytes:
        return None
    return [token for part in x.lower().split(b",") if (token := part.strip(_SPACE))]


def numbers(x: Any) -> list[int | None] | None:
    return [number(run) for run in _RUN.findall(x)] if type(x) is bytes else None


def join(parts: Any, sep: Any) -> bytes | None:
    if type(parts) is not list or type(sep) is not bytes:
        return None
    texts = []
    size = len(sep) * len(parts)
    for part in parts:
        part = text(values.bare(part))
        if part is None:
            return None
        texts.append(part)
        size += len(part)
    return sep.join(texts) if size <= TEXT else None


def sort(elements: Any) -> list[Any] | None:
    if type(elements) is not list:
        return None
    plain = [values.bare(element) for element in elements]
    kinds = {type(element) for element in plain}
    return sorted(plain) if kinds <= {int} or kinds <= {bytes} else None


def without(elements: Any, other: Any) -> list[Any] | None:
    if type(elements) is not list or type(other) is not list:
        return None
    left_out = {element for part in other if (element := values.bare(part)).__class__ is int or type(element) is bytes}
    return [element for element in elements if (plain := values.bare(element)).__class__ not in (int, bytes) or plain not in left_out]


def hexes(elements: Any, width: Any = 0) -> list[bytes | None] | None:
    return [hexadecimal(values.bare(element), width) for element in elements] if type(elements) is list else None


def find(elements: Any, name: Any) -> Any:
    if type(elements) is not list or type(name) is not bytes:
        return None
    wanted = name.lower()
    size = len(wanted)
    for element in elements:
        element = values.bare(element)
        if type(element) is dict:
            fields: dict[str, Any] = element
            held = values.bare(fields.get("name"))
            if type(held) is bytes and len(held) == size and held.lower() == wanted:
                return fields.get("value")
    return None


def pick(elements: Any, field: Any, x: Any) -> Any:
    if type(elements) is not list or type(field) is not bytes:
        return None
    name = field.decode("utf-8", "replace")
    for element in elements:
        inside = values.bare(element)
        if type(inside) is dict:
            fields: dict[str, Any] = inside
            held = fields.get(name)
            if held is not None and values.same(held, x):
                return element
    return None


def each(elements: Any, field: Any) -> list[Any] | None:
    if type(elements) is not list or type(field) is not bytes:
        return None
    name = field.decode("utf-8", "replace")
    found = []
    for element in elements:
        element = values.bare(element)
        if type(element) is dict:
            held = element.get(name)
            if held is not None:
                found.append(held)
    return found


def param(x: Any, name: Any) -> bytes | None:
    return parameter(x, name) if type(x) is bytes and type(name) is bytes else None


def hexadecimal(x: Any, width: Any = 0) -> bytes | None:
    if type(width) is not int or not 0 <= width <= WIDTH:
        return None
    if type(x) is int:
        return (b"%x" % x).zfill(width) if x >= 0 else None
    return x.hex().encode().zfill(width) if type(x) is bytes else None


def base64(x: Any) -> bytes | None:
    if type(x) is not bytes:
        return None
    try:
        return binascii.a2b_base64(x.translate(None, _SPACE), strict_mode=True)
    except binascii.Error:
        return None


def ip(x: Any) -> bytes | None:
    if type(x) is bytes:
        if len(x) == 4:
            return b"%d.%d.%d.%d" % tuple(x)
        if len(x) == 16:
            return socket.inet_ntop(socket.AF_INET6, x).encode()
    return None


def oid(x: Any) -> bytes | None:
    """A number takes seven bits an octet, the last one has no high bit; the first holds two. Beyond 64 bits a number is none."""
    if type(x) is not bytes or not x or x[len(x) - 1] & 128:
        return None
    numbers: list[int] = []
    number = 0
    for octet in x:
        number = number << 7 | octet & 127
        if number >> 64:
            return None
        if not octet & 128:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return b".".join(b"%d" % number for number in (first, numbers[0] - 40 * first, *numbers[1:]))


def md5(x: Any) -> bytes | None:
    return hashlib.md5(x, usedforsecurity=False).hexdigest().encode() if type(x) is bytes else None


def sha1(x: Any) -> bytes | None:
    return hashlib.sha1(x, usedforsecurity=False).hexdigest().encode() if type(x) is bytes else None


def sha256(x: Any) -> bytes | None:
    return hashlib.sha256(x, usedforsecurity=False).hexdigest().encode() if type(x) is bytes else None


def x509(der: Any) -> dict[str, Any] | None:
    return certificate(der) if type(der) is bytes else None


def _delimiters(d: Any) -> tuple[bytes, ...] | None:
    if type(d) is bytes:
        return (d,) if d else None
    if type(d) is not list:
        return None
    found = tuple(values.bare(one) for one in d)
    return tuple(one for one in found if one) if all(type(one) is bytes for one in found) else None


def dotted() -> Extent:
    return Extent("dotted")


def until(d: Any) -> Extent | None:
    delimiters = _delimiters(d)
    return None if delimiters is None else Extent("until", delimiters)


def until_line(d: Any) -> Extent | None:
    delimiters = _delimiters(d)
    return None if delimiters is None else Extent("until_line", delimiters)


def rest() -> Extent:
    return Extent("rest")


def xor(key: Any) -> Xor | None:
    return Xor(key) if type(key) is bytes and key else None


BODIES: dict[str, Callable[..., Any]] = {
    "len": length,
    "int": number,
    "text": text,
    "upper": upper,
    "lower": lower,
    "strip": strip,
    "starts": starts,
    "ends": ends,
    "split": split,
    "lines": lines,
    "tokens": tokens,
    "numbers": numbers,
    "join": join,
    "sort": sort,
    "without": without,
    "find": find,
    "pick": pick,
    "each": each,
    "param": param,
    "hex": hexadecimal,
    "hexes": hexes,
    "base64": base64,
    "ip": ip,
    "oid": oid,
    "md5": md5,
    "sha1": sha1,
    "sha256": sha256,
    "x509": x509,
    "dotted": dotted,
    "until": until,
    "until_line": until_line,
    "rest": rest,
    "xor": xor,
}
"""Every function that takes present arguments; `present`, `default`, `octets` and `body` are the linker's."""

THROUGH = frozenset(("find", "pick", "each"))
"""Functions of a list whose result is secret where the element or field that they give is."""
