"""Declarations over bytes that stand in for the message's own: decrypted by a pad, rotated, unpacked, or taken from a field. One function a class."""

from __future__ import annotations

from typing import Any

import construct
from construct import core

from wiregram.frontends.binary.expressions import outer
from wiregram.frontends.binary.kinds import OCTETS, UNKNOWN
from wiregram.frontends.binary.reading import handles, in_bits, whole
from wiregram.frontends.binary.writer import FRAMED, WHOLE, Writer
from wiregram.program.binary import CODINGS, GIVEN, ROTATED, UNPACKED, XORED
from wiregram.program.types import ANY, BYTES, Type

_CODECS = {
    "zlib": "zlib", "gzip": "gzip", "bzip2": "bzip2", "lzma": "lzma", "zip": "zlib", "zlib_codec": "zlib", "bz2": "bzip2", "bz2_codec": "bzip2",
    "base64": "base64", "base64_codec": "base64", "hex": "hex", "hex_codec": "hex", "quopri": "quopri", "quopri_codec": "quopri", "uu": "uu",
    "uu_codec": "uu",
}  # fmt: skip
"""What Compressed calls a coding, and what a program calls it."""


def to_the_end(writer: Writer, note: str) -> None:
    """A region up to the end of the one at hand; it is then whole."""
    writer.code.emit("constant", writer.code.constant(0))
    writer.code.emit("rest", note=note)
    writer.height += 1
    writer.regions += 1


def region_over(writer: Writer) -> None:
    writer.height -= 1
    writer.regions -= 1
    writer.code.emit("region_end")


def instead(writer: Writer, con: Any, want: bool, kind: int, coding: int, note: str) -> Type:
    """The declaration over the bytes that stand in."""
    if type(writer.unwrapped(con)[1]) is type(construct.GreedyBytes):
        writer.verdict("GreedyBytes", WHOLE)
    writer.code.emit("stand_in", kind, coding, note=note)
    before, writer.layered = writer.layered, True
    writer.height += 1
    writer.regions += 1
    given = writer.visit(con, want)
    writer.regions -= 1
    writer.height -= 1
    writer.layered = before
    writer.code.emit("layer_end")
    return given


@handles(core.ProcessXor)
def process_xor(writer: Writer, con: core.ProcessXor, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("ProcessXor", WHOLE)
    note = writer.note("ProcessXor")
    if isinstance(con.padfunc, int) and not 0 <= con.padfunc <= 255:
        writer.refuse(f"ProcessXor({con.padfunc}, ...)", "a pad is a number from 0 to 255, or bytes")
    to_the_end(writer, note)
    pad = writer.expressions.emit(con.padfunc, note)
    if pad.text or pad.kind not in ("int", "bool", BYTES, ANY):
        writer.refuse(f"ProcessXor with a pad of type {'text' if pad.text else pad}", "a pad is a number from 0 to 255, or bytes")
    kind = instead(writer, con.subcon, want, XORED, 0, note)
    region_over(writer)
    return kind


@handles(core.ProcessRotateLeft)
def process_rotate_left(writer: Writer, con: core.ProcessRotateLeft, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("ProcessRotateLeft", WHOLE)
    note = writer.note("ProcessRotateLeft")
    if isinstance(con.group, int) and con.group < 1:
        writer.refuse(f"ProcessRotateLeft with groups of {con.group}", "a group is at least one byte")
    to_the_end(writer, note)
    writer.expressions.emit(con.amount, note)
    writer.code.emit("push")
    writer.expressions.emit(con.group, note)
    kind = instead(writer, con.subcon, want, ROTATED, 0, note)
    region_over(writer)
    return kind


@handles(core.Compressed, core.CompressedLZ4)
def compressed(writer: Writer, con: Any, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    name = type(con).__name__
    coding = "lz4" if type(con) is core.CompressedLZ4 else _CODECS.get(str(con.encoding).lower().replace("-", "_"))
    if coding is None:
        writer.refuse(f"Compressed by {con.encoding!r}", f"it knows {', '.join(CODINGS)}; read the bytes: GreedyBytes")
        return UNKNOWN
    writer.verdict(name, WHOLE)
    for field in writer.scopes[-1] if writer.scopes else ():
        if field in ("self", "data", "stream"):
            writer.refuse(f"{name} beside a field named '{field}'", "Construct parses anew with the fields as arguments, and fails; rename it")
    note = writer.note(f"{name} ({coding})")
    to_the_end(writer, note)
    before, writer.anew = writer.anew, True
    stop, writer.stop = writer.stop, None
    kind = instead(writer, con.subcon, want, UNPACKED, CODINGS.index(coding), note)
    writer.stop = stop
    writer.anew = before
    region_over(writer)
    return kind


@handles(core.RestreamData)
def restream_data(writer: Writer, con: core.RestreamData, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    note = writer.note("RestreamData")
    writer.verdict("RestreamData", FRAMED)
    data = con.datafunc
    if isinstance(data, core.Construct):
        given = whole(writer, data, True)
    elif isinstance(data, (bytes, bytearray)) or callable(data):
        given = writer.expressions.emit(data, note)
    else:
        writer.refuse(f"RestreamData over a {type(data).__name__}", "it takes bytes, this.field, or a declaration that gives bytes")
        return UNKNOWN
    if given != OCTETS and (given.text or given.kind not in (BYTES, ANY)):
        what = outer(data) if callable(data) else "the declaration"
        writer.refuse(f"RestreamData over {what} of type {'text' if given.text else given}", "it takes bytes")
    return instead(writer, con.subcon, want, GIVEN, 0, note)
