"""Bytes that stand in for a message's own: with a pad, rotated, unpacked, taken from among bits; and numbers as points in time.

What comes out is bounded: `TooMuch` says that it would be more. Raises `Mismatch`, or one of `FAULTS`, where nothing comes out."""

from __future__ import annotations

import binascii
import bz2
import gzip
import lzma
import quopri
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import cycle
from typing import Any

from wiregram.parse.operators import FAULTS, Mismatch
from wiregram.program.binary import CODINGS, GIVEN, ROTATED, XORED

MEMORY = 64 << 20
"""What a decoder of lzma may ask for."""


class TooMuch(Exception):  # noqa: N818 - an answer, not an error
    """More would come out than may."""


def stand_in(kind: int, coding: int, octets: bytes, pushed: Any, value: Any, most: int) -> bytes:
    """The bytes in the place of `octets`, by one of the kinds of `program.binary`; `most`: how many may come out of a coding."""
    if kind == GIVEN:
        if not isinstance(value, bytes):
            raise Mismatch
        return value
    if kind == XORED:
        return xored(octets, value)
    if kind == ROTATED:
        return rotated(octets, pushed, value)
    return unpacked(octets, CODINGS[coding], most)


def among(octets: bytes, bit: int, count: int) -> bytes:
    """`count` octets that begin `bit` bits behind the first one."""
    if not bit:
        return octets
    number = int.from_bytes(octets, "big") >> (8 - bit)
    return (number & ((1 << 8 * count) - 1)).to_bytes(count, "big")


def xored(octets: bytes, pad: Any) -> bytes:
    if isinstance(pad, int):
        if pad == 0 or not octets:
            return octets
        return octets.translate(bytes(one ^ pad for one in range(256)))
    if not isinstance(pad, bytes):
        raise Mismatch
    if not pad:
        return octets
    return bytes(one ^ two for one, two in zip(octets, cycle(pad), strict=False))


def rotated(octets: bytes, amount: Any, group: Any) -> bytes:
    """Groups of `group` octets, each rotated to the left by so many bits."""
    if not isinstance(amount, int) or not isinstance(group, int) or group < 1 or len(octets) % group:
        raise Mismatch
    width = group * 8
    shift = amount % width
    if not shift or not octets:
        return octets
    whole, bits = divmod(shift, 8)
    first = bytearray()
    for at in range(0, len(octets), group):
        part = octets[at : at + group]
        first += part[whole:] + part[:whole]
    if not bits:
        return bytes(first)
    found = bytearray(len(first))
    for at in range(0, len(first), group):
        for place in range(group):
            found[at + place] = (first[at + place] << bits) & 255 | first[at + (place + 1) % group] >> (8 - bits)
    return bytes(found)


def unpacked(octets: bytes, coding: str, most: int) -> bytes:
    """What `octets` were packed from, as Python's own one-shot functions give it, but never more than `most`."""
    try:
        found = _DECODERS[coding](octets, max(most, 0) + 1)
    except (*FAULTS, EOFError, OSError, zlib.error, lzma.LZMAError, RuntimeError) as error:
        raise Mismatch from error
    if len(found) > most:
        raise TooMuch
    return found


def _zlib(octets: bytes, most: int) -> bytes:
    decoder = zlib.decompressobj()
    found = decoder.decompress(octets, most)
    if not decoder.eof and len(found) < most:
        raise EOFError
    return found


def _gzip(octets: bytes, most: int) -> bytes:
    return gzip.GzipFile(fileobj=BytesIO(octets)).read(most)


def _streams(make: Callable[[], Any], octets: bytes, most: int, empty: bool) -> bytes:
    """One packed stream after another; what follows the first and is none is left."""
    given = b""
    if not octets and not empty:
        raise EOFError
    first = True
    while octets:
        decoder = make()
        try:
            given += decoder.decompress(octets, most - len(given))
        except (OSError, lzma.LZMAError):
            if first:
                raise
            break
        if len(given) >= most:
            break
        if not decoder.eof:
            raise EOFError
        octets = decoder.unused_data
        first = False
    return given


def _bzip2(octets: bytes, most: int) -> bytes:
    return _streams(bz2.BZ2Decompressor, octets, most, True)


def _lzma(octets: bytes, most: int) -> bytes:
    return _streams(lambda: lzma.LZMADecompressor(memlimit=MEMORY), octets, most, False)


def _lz4(octets: bytes, most: int) -> bytes:
    from lz4.frame import LZ4FrameDecompressor  # type: ignore[import-not-found]  # whoever declares CompressedLZ4 has it

    decoder = LZ4FrameDecompressor()
    found: bytes = decoder.decompress(octets, most)
    if not decoder.eof and len(found) < most:
        raise EOFError
    return found


def _quopri(octets: bytes, most: int) -> bytes:
    return quopri.decodestring(octets)


def _uu(octets: bytes, most: int) -> bytes:
    import codecs

    found: bytes = codecs.decode(octets, "uu")
    return found


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "zlib": _zlib, "gzip": _gzip, "bzip2": _bzip2, "lzma": _lzma, "lz4": _lz4, "base64": lambda octets, most: binascii.a2b_base64(octets),
    "hex": lambda octets, most: binascii.a2b_hex(octets), "quopri": _quopri, "uu": _uu,
}  # fmt: skip

_START = datetime(1970, 1, 1, tzinfo=UTC)


def moment(value: Any, since: list[Any] | None) -> float:
    """Seconds since 1970. `since`: microseconds from then to the epoch, and seconds a unit; None: the fields of a time of MS-DOS."""
    if since is None:
        years, months = divmod(value["month"] - 1, 12)
        found = datetime(1980 + value["year"] + years, months + 1, 1, tzinfo=UTC)
        found += timedelta(days=value["day"] - 1, hours=value["hour"], minutes=value["minute"], seconds=value["second"] * 2)
        return found.timestamp()
    return (_START + timedelta(microseconds=since[0]) + timedelta(seconds=value * since[1])).timestamp()
