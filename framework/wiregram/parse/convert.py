"""What `types` makes of a terminal's text. Text that does not convert is absent (None); so is a number that was cut."""

from __future__ import annotations

import re

from wiregram.program.text import FLOAT, HEX, INT, LOWER, TRIM, UINT, UPPER

DIGITS = 1000
"""The longest number that is converted: work on longer ones would grow with the square of their length."""

BLANKS = b" \t\r\n"

_FLOAT = re.compile(rb"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_HEX = re.compile(rb"[0-9A-Fa-f]+")


def convert(conversion: int, text: bytes, shortened: bool) -> object:
    """`text` by one of the conversions of `program.text`; `shortened` says that it is only the field's beginning."""
    if conversion == UPPER:
        return text.upper()
    if conversion == LOWER:
        return text.lower()
    if conversion == TRIM:
        return text.strip(BLANKS)
    if shortened or len(text) > DIGITS:
        return None
    if conversion == UINT:
        return int.from_bytes(text, "big")
    text = text.strip(BLANKS)
    if conversion == INT:
        digits = text[1:] if text[:1] == b"-" else text
        return int(text) if digits.isdigit() else None
    if conversion == HEX:
        return int(text, 16) if _HEX.fullmatch(text) else None
    if conversion == FLOAT and _FLOAT.fullmatch(text):
        number = float(text)
        return number if number - number == 0 else None  # infinite: too large for a float
    return None
