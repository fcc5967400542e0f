"""Parameters of header values (`; name=value`): RFC 2045 section 5.1, quoted strings of RFC 5322, continuations and charsets of RFC 2231."""

from __future__ import annotations

import re

_PIECE = re.compile(rb'"(?:[^"\\]|\\.)*"?|<[^<>"]*>|[^;"<]+|<', re.DOTALL)
_NAME = re.compile(rb"[ \t\r\n]*([^=*;\s]+)(\*[0-9]{1,4})?(\*)?[ \t]*=[ \t\r\n]*")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_LATIN = (b"iso-8859-1", b"latin1", b"latin-1")


def parts(value: bytes) -> list[bytes]:
    """The value cut at each `;` that stands neither in a quoted string nor in angle brackets."""
    found: list[bytes] = []
    part = bytearray()
    at = 0
    while at < len(value):
        if value[at] == 0x3B:
            found.append(bytes(part))
            part.clear()
            at += 1
            continue
        piece = _PIECE.match(value, at)
        assert piece is not None, "every octet but ; begins a piece"
        part += piece[0]
        at = piece.end()
    found.append(bytes(part))
    return found


def parameter(value: bytes, name: bytes) -> bytes | None:
    """The parameter `name` (in any case) of a header's value, unquoted and decoded; None where there is none.

    A plain parameter is taken as it is; else `name*` and the pieces `name*0`, `name*1`, ... up to the first that is missing are joined.
    Latin-1 is turned into UTF-8; octets of any other charset stay as they are."""
    wanted = name.lower()
    pieces: dict[int, tuple[bytes, bool]] = {}
    for part in parts(value)[1:]:
        found = _NAME.match(part)
        if not found or found[1].lower() != wanted:
            continue
        held = _unquoted(part[found.end() :].strip())
        number = int(found[2][1:]) if found[2] else -1
        if number < 0 and not found[3]:
            return held
        pieces.setdefault(max(number, 0), (held, found[3] is not None))
    if 0 not in pieces:
        return None
    charset = b""
    octets = bytearray()
    number = 0
    while number in pieces:
        held, coded = pieces[number]
        if coded:
            if number == 0 and held.count(b"'") >= 2:
                charset, _, held = held.split(b"'", 2)
            held = _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode()), held)
        octets += held
        number += 1
    return octets.decode("latin-1").encode() if charset.lower() in _LATIN else bytes(octets)


def _unquoted(value: bytes) -> bytes:
    if not value.startswith(b'"'):
        return value
    end = len(value) - 1 if len(value) > 1 and value.endswith(b'"') else len(value)
    return _ESCAPED.sub(rb"\1", value[1:end])
