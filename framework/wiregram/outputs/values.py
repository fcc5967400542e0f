"""Values as outputs show them: octets as text, secrets hidden, absent ones left out, times and addresses as text. Takes any value, raises for none.

Octets that are UTF-8 are that text. Any other octet is written `\\xNN`, in lower case. So that the octets can be had back, a backslash that is
followed by `xNN` in the traffic itself is written `\\x5c`; every other backslash stays as it is.
"""

from __future__ import annotations

import functools
import math
import re
import socket  # for the text of an address only
from typing import Any

from wiregram.model.record import Secret

HIDDEN = "***"
DEPTH = 64
"""Levels of lists and tables that are shown; what is deeper is shown as `...`."""
DEEPER = "..."

_LARGEST, _SMALLEST = (1 << 64) - 1, -(1 << 63)
_DECIMAL = 4096
_BASES: tuple[type[Any], ...] = (int, float, bytes, list, dict)
_AMBIGUOUS = re.compile(rb"\\(?=x[0-9a-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Characters that move a cursor, colour a terminal or turn the reading order."""


def text(octets: bytes) -> str:
    """Octets as text; see above."""
    if b"\\x" in octets:
        octets = _AMBIGUOUS.sub(rb"\\x5c", octets)
    return octets.decode("utf-8", "backslashreplace")


def octets(shown: str) -> bytes:
    """What `text` was made from."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), shown.encode())


def plain(value: Any, show_secrets: bool = False, depth: int = DEPTH) -> Any:
    """The value in JSON's types: None for what is left out. In a table, absent values and empty tables are left out; a list keeps its length.

    A whole number beyond 64 bits becomes text, since few readers of JSON hold it; a float that is no number is absent."""
    kind = type(value)
    if kind is bytes:
        return text(value)
    if kind is int:
        return value if _SMALLEST <= value <= _LARGEST else _huge(value)
    if kind is bool or value is None:
        return value
    if kind is dict:
        return _table(value, show_secrets, depth - 1) if depth else DEEPER
    if kind is list or kind is tuple:
        return [plain(element, show_secrets, depth - 1) for element in value] if depth else DEEPER
    if kind is str:
        return value if value.isascii() else _valid(value)
    if kind is Secret:
        return plain(value.value, True, depth) if show_secrets else _hidden(value.value)
    if kind is float:
        return value if math.isfinite(value) else None
    return _other(value, show_secrets, depth)


def _table(table: dict[Any, Any], show_secrets: bool, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in table.items():
        kind = type(value)
        if kind is bytes:
            shown: Any = str(value, "utf-8", "backslashreplace") if b"\\x" not in value else text(value)
        elif kind is int:
            shown = value if _SMALLEST <= value <= _LARGEST else _huge(value)
        elif kind is bool:
            shown = value
        elif value is None:
            continue
        elif kind is dict:
            if depth:
                shown = _table(value, show_secrets, depth - 1)
                if not shown:
                    continue
            else:
                shown = DEEPER
        else:
            shown = plain(value, show_secrets, depth)
            if shown is None or (type(shown) is dict and not shown):
                continue
        made[name if type(name) is str and name.isascii() else _name(name)] = shown
    return made


def _name(name: Any) -> str:
    return str(plain(name, True)) if type(name) is not str else _valid(name)


def _hidden(value: Any) -> Any:
    """A secret list keeps its length; an absent value is absent, secret or not."""
    while type(value) is Secret:
        value = value.value
    if type(value) is list:
        return [HIDDEN] * len(value)
    return None if value is None else HIDDEN


def _huge(number: int) -> str:
    return str(number) if number.bit_length() <= _DECIMAL else hex(number)


def _valid(words: str) -> str:
    """The text, without halves of characters (which file names may have)."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return words.encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace")
    return words


def _other(value: Any, show_secrets: bool, depth: int) -> Any:
    """Subclasses of the plain types, and anything else by its text."""
    if isinstance(value, str):
        return _valid("".join(value))
    for kind in _BASES:
        if isinstance(value, kind):
            return plain(kind(value), show_secrets, depth)
    if isinstance(value, (bytearray, memoryview)):
        return text(bytes(value))
    return _valid("".join(str(value)))


def shortened(value: Any, size: int, depth: int = DEPTH) -> Any:
    """The value with every text in it cut at `size` octets, and how many were cut off; what lies deeper than `plain` shows stays as it is."""
    if isinstance(value, bytes):
        return value if len(value) <= size else b"%b[truncated %d additional bytes]" % (value[:size], len(value) - size)
    if isinstance(value, Secret):
        return Secret(shortened(value.value, size, depth))
    if not depth:
        return value
    if isinstance(value, dict):
        return {name: shortened(item, size, depth - 1) for name, item in value.items()}
    return [shortened(item, size, depth - 1) for item in value] if isinstance(value, list | tuple) else value


def shown(value: Any, show_secrets: bool = False, width: int = 0) -> str:
    """The value on one line of a terminal: nothing in it can move the cursor. '' for what is absent; cut at `width` characters."""
    made = plain(value, show_secrets)
    if made is None:
        return ""
    if isinstance(made, list):
        made = " ".join("" if element is None else str(element) for element in made)
    line = _CONTROL.sub(_escape, made if isinstance(made, str) else str(made))
    return line if not width or len(line) <= width else line[: width - 3] + "..."


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


@functools.lru_cache(maxsize=1024)
def address(packed: bytes) -> str:
    """A packed address as text (RFC 5952)."""
    if len(packed) == 4:
        return ".".join(map(str, packed))
    return socket.inet_ntop(socket.AF_INET6, packed) if len(packed) == 16 else packed.hex()


@functools.lru_cache(maxsize=256)
def _second(seconds: int) -> str:
    """`2020-01-31T12:00:00` of any second; Python's own calendar ends with the year 9999, a corrupt capture does not."""
    days, rest = divmod(seconds, 86_400)
    era, day = divmod(days + 719_468, 146_097)  # eras of 400 years that begin on the first of March
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    month = month + 3 if month < 10 else month - 9
    year += era * 400 + (month < 3)
    return f"{year:04d}-{month:02d}-{day:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def timestamp(time: int) -> str:
    """Nanoseconds since 1970 as EVE writes them, in UTC: `2020-01-31T12:00:00.123456+0000`."""
    seconds, rest = divmod(time, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06d}+0000"
