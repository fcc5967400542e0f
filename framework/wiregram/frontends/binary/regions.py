"""Declarations that say where others lie: regions, positions, alignment, bits, swapped bytes. One function a class."""

from __future__ import annotations

from typing import Any

import construct
from construct import core
from construct.lib import binary

from wiregram.frontends.binary.expressions import outer, spoken
from wiregram.frontends.binary.kinds import ABSENT, NUMBER, OCTETS, UNKNOWN, plain
from wiregram.frontends.binary.reading import counted_bytes, handles, in_bits, octets
from wiregram.frontends.binary.writer import FRAMED, WHOLE, Label, Writer, described
from wiregram.program.binary import FLAWED, OPERATORS, PARTIAL
from wiregram.program.types import STRUCT, Type


def region(writer: Writer, con: Any, want: bool, note: str) -> Type:
    """A declaration within so many bytes; their number is at hand."""
    end = Label()
    frame = writer.tail and not writer.called and type(writer.unwrapped(con)[1]) is core.Struct
    writer.code.emit("region", end, FLAWED | (PARTIAL if frame else 0), note=note)
    writer.height += 1
    writer.regions += 1
    kind = writer.visit(con, want)
    writer.regions -= 1
    writer.height -= 1
    writer.code.place(end)
    writer.code.emit("region_end")
    return kind


@handles(core.Prefixed)
def prefixed(writer: Writer, con: core.Prefixed, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    note = writer.note(f"Prefixed({described(con.lengthfield)}, {described(con.subcon)})")
    before, writer.tail = writer.tail, False
    writer.path.append("(length)")
    writer.visit(con.lengthfield, True)
    writer.path.pop()
    writer.tail = before
    if con.includelength:
        try:
            size = con.lengthfield.sizeof()
        except (core.ConstructError, LookupError, TypeError):
            writer.refuse("Prefixed(includelength=True) with a length field of no fixed size", "use a length field of fixed size")
            return UNKNOWN
        writer.code.emit("binary_constant", OPERATORS.index("-"), writer.code.constant(size), note=note)
    return counted(writer, con.subcon, want, note)


def counted(writer: Writer, con: Any, want: bool, note: str) -> Type:
    if type(writer.unwrapped(con)[1]) is type(construct.GreedyBytes):
        counted_bytes(writer, want, note)
        return OCTETS
    return region(writer, con, want, note)


@handles(core.FixedSized)
def fixed_sized(writer: Writer, con: core.FixedSized, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    note = writer.note(f"FixedSized({outer(con.length)}, {described(con.subcon)})")
    if type(writer.unwrapped(con.subcon)[1]) is type(construct.GreedyBytes):
        return octets(writer, con.length, want, note)
    size = writer.number(con.length, note)
    if size is not None:
        writer.code.emit("constant", writer.code.constant(size))
    return region(writer, con.subcon, want, note)


@handles(core.OffsettedEnd)
def offsetted_end(writer: Writer, con: core.OffsettedEnd, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("OffsettedEnd", WHOLE)
    note = writer.note(f"OffsettedEnd({outer(con.endoffset)})")
    writer.expressions.emit(con.endoffset, note)
    writer.code.emit("rest", note=note)
    writer.height += 1
    kind = writer.visit(con.subcon, want)
    writer.height -= 1
    writer.code.emit("region_end")
    return kind


@handles(core.NullStripped)
def null_stripped(writer: Writer, con: core.NullStripped, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    if not isinstance(con.pad, bytes) or not con.pad:
        writer.refuse(f"NullStripped with the padding {con.pad!r}", "a padding is bytes, at least one")
        return UNKNOWN
    if not writer.regions:
        writer.verdict("NullStripped", WHOLE)
    writer.code.emit("stripped", writer.code.constant(con.pad), note=writer.note("NullStripped"))
    writer.height += 1
    kind = writer.visit(con.subcon, want)
    writer.height -= 1
    writer.code.emit("region_end")
    return kind


@handles(core.Padded)
def padded(writer: Writer, con: core.Padded, want: bool) -> Type:
    note = writer.note(f"Padded({outer(con.length)})")
    empty = type(writer.unwrapped(con.subcon)[1]) is type(construct.Pass)
    if writer.bits:
        return _padded_bits(writer, con, empty, note)
    size = writer.number(con.length, note)
    if empty:
        if size is None:
            counted_bytes(writer, False, note)
        else:
            writer.code.emit("skip", size, note=note)
        writer.code.emit("drop")
        return ABSENT
    if size is not None:
        writer.code.emit("constant", writer.code.constant(size))
    writer.code.emit("pad", note=note)
    writer.height += 1
    kind = writer.visit(con.subcon, want)
    writer.height -= 1
    writer.code.emit("pad_end", note=note)
    return kind


def _padded_bits(writer: Writer, con: core.Padded, empty: bool, note: str) -> Type:
    if not empty:
        writer.refuse("Padded over a member within Bitwise", "write Padding(n) behind the member")
        return UNKNOWN
    size = writer.number(con.length, note)
    if writer.bits == "word" and size is not None:
        writer.bits_left -= size
    else:
        if size is not None:
            writer.code.emit("constant", writer.code.constant(size))
        writer.code.emit("bits_skip", note=note)
    writer.code.emit("drop")
    return ABSENT


@handles(core.Aligned)
def aligned(writer: Writer, con: core.Aligned, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    note = writer.note(f"Aligned({outer(con.modulus)})")
    if type(con.modulus) is int and con.modulus < 2:
        writer.refuse(f"Aligned({con.modulus}, ...)", "a modulus is at least 2")
        return UNKNOWN
    writer.expressions.emit(con.modulus, note)
    writer.code.emit("align", note=note)
    writer.height += 1
    kind = writer.visit(con.subcon, want)
    writer.height -= 1
    writer.code.emit("align_end", note=note)
    return kind


# ---- positions


@handles(core.Pointer)
def pointer(writer: Writer, con: core.Pointer, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("Pointer", FRAMED)
    note = writer.note(f"Pointer({outer(con.offset)})")
    rooted = con.stream is not None
    if rooted and spoken(con.stream) != "this._root._io":
        writer.refuse(f"Pointer(..., stream={spoken(con.stream)})", "leave it out, or write stream=this._root._io")
    elif rooted and not writer.scopes and not writer.called:
        writer.refuse("this._root._io outside of a Struct", "leave stream= out: there is no _root")
    if rooted and writer.layered:
        writer.refuse("Pointer(..., stream=this._root._io) within swapped bytes", "the bytes there are not the message's")
    writer.expressions.emit(con.offset, note)
    writer.code.emit("pointer", 0, int(rooted), note=note)
    writer.height += 1
    kind = writer.visit(con.subcon, want)
    writer.height -= 1
    writer.code.emit("pointer_end")
    return kind


@handles(core.Seek)
def seek(writer: Writer, con: core.Seek, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("Seek", FRAMED)
    if con.whence not in (0, 1, 2) or callable(con.whence):
        writer.refuse("Seek with an expression for whence", "write 0, 1 or 2")
        return NUMBER
    note = writer.note(f"Seek({outer(con.at)})")
    writer.expressions.emit(con.at, note)
    writer.code.emit("seek", 0, con.whence, note=note)
    return NUMBER


@handles(core.RawCopy)
def raw_copy(writer: Writer, con: core.RawCopy, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("RawCopy", FRAMED)
    writer.code.emit("raw")
    writer.height += 1
    kind = writer.inner(con.subcon, want)
    writer.height -= 1
    writer.code.emit("raw_end", note=writer.note("RawCopy"))
    return Type(STRUCT, fields={"data": OCTETS, "value": plain(kind), "offset1": NUMBER, "offset2": NUMBER, "length": NUMBER})


# ---- bits and swapped bytes

_CONVERSIONS = frozenset({
    core.Enum, core.FlagsEnum, core.Mapping, core.Const, core.Rebuild, core.Default, core.Hex, core.ExprValidator, core.ExprAdapter,
    core.ExprSymmetricAdapter,
})  # fmt: skip


def fixed_bits(writer: Writer, con: Any) -> bool:
    """Whether the place of every bit field is known: then they are cut out of one number."""
    core_ = writer.unwrapped(con)[1]
    kind = type(core_)
    if kind is core.BitsInteger:
        return type(core_.length) is int
    if kind is core.Padded:
        return type(core_.length) is int
    if kind in (core.Struct, core.Sequence, core.FocusedSeq):
        return all(fixed_bits(writer, sub) for sub in core_.subcons)
    if kind in _CONVERSIONS:
        return fixed_bits(writer, core_.subcon)
    return kind in (type(construct.Flag), core.Computed, core.Check, type(construct.Pass), type(construct.Index), type(construct.Error))


def bitwise(writer: Writer, con: Any, size: int | None, want: bool) -> Type:
    if writer.bits:
        writer.refuse("Bitwise within Bitwise", "leave the inner one out")
        return UNKNOWN
    before = writer.bits_left
    if size is not None and fixed_bits(writer, con):
        if con.sizeof() > size * 8:
            writer.refuse(f"Bitwise over {con.sizeof()} bits", "it never matches: the bits must be whole octets; add Padding")
        writer.bits, writer.bits_left = "word", size * 8
        writer.code.emit("word", size, note=writer.note(f"{size} bytes of bits"))
        kind = writer.visit(con, want)
    else:
        writer.bits = "counted"
        end = Label()
        if size is not None:
            writer.code.emit("constant", writer.code.constant(size))
            writer.code.emit("region", end, note=writer.note(f"{size} bytes of bits"))
            writer.height += 1
        writer.code.emit("bits_open")
        kind = writer.visit(con, want)
        if size is not None:
            writer.height -= 1
            writer.code.emit("bits_open")
            writer.code.place(end)
            writer.code.emit("region_end")
        else:
            writer.code.emit("bits_close", note=writer.note("bits that fill whole bytes"))
    writer.bits, writer.bits_left = "", before
    return kind


@handles(core.Transformed)
def transformed(writer: Writer, con: core.Transformed, want: bool) -> Type:
    amount = con.decodeamount
    if con.decodefunc is binary.bytes2bits and type(amount) is int:
        return bitwise(writer, con.subcon, amount, want)
    if con.decodefunc is binary.bits2bytes and type(amount) is int:
        return bytewise(writer, con.subcon, amount // 8, want)
    if in_bits(writer, con):
        return UNKNOWN
    kinds = {binary.swapbytes: 0, binary.swapbitsinbytes: 1}
    if con.decodefunc not in kinds or type(amount) is not int:
        writer.opaque("Transformed by a function", "Bitwise, ByteSwapped and BitsSwapped are understood; read the bytes for another")
        return UNKNOWN
    writer.code.emit("constant", writer.code.constant(amount))
    return layer(writer, con.subcon, kinds[con.decodefunc], want, writer.note(f"{amount} bytes"))


def layer(writer: Writer, con: Any, kind: int, want: bool, note: str) -> Type:
    """A declaration over as many octets as the number at hand, changed."""
    writer.code.emit("layer", kind, note=note)
    before, writer.layered = writer.layered, True
    writer.height += 1
    writer.regions += 1
    given = writer.visit(con, want)
    writer.regions -= 1
    writer.height -= 1
    writer.layered = before
    writer.code.emit("layer_end")
    return given


def bytewise(writer: Writer, con: Any, size: int | None, want: bool) -> Type:
    """Whole octets among bits, wherever they begin."""
    if not writer.bits:
        writer.refuse("Bytewise outside of Bitwise, where it reads bytes for bits", "leave it out")
        return UNKNOWN
    note = writer.note("whole bytes among bits")
    if size is None:
        inner = writer.unwrapped(con)[1]
        if type(inner) is not core.Bytes:
            writer.refuse(f"Bytewise over {described(con)}, of no fixed size", "write Bytewise(Bytes(this.length)), or fields of fixed size")
            return UNKNOWN
        writer.expressions.emit(inner.length, note)
        con = construct.GreedyBytes
    else:
        writer.code.emit("constant", writer.code.constant(size))
    before, writer.bits = writer.bits, ""
    kind = layer(writer, con, 2, want, note)
    writer.bits = before
    return kind


@handles(core.Restreamed)
def restreamed(writer: Writer, con: core.Restreamed, want: bool) -> Type:
    if con.decoder is binary.bytes2bits and con.decoderunit == 1:
        return bitwise(writer, con.subcon, None, want)
    if con.decoder is binary.bits2bytes and con.decoderunit == 8:
        return bytewise(writer, con.subcon, None, want)
    if con.decoder is binary.swapbitsinbytes:
        writer.refuse("BitsSwapped over a declaration of no fixed size", "put it into a region of known size, field by field")
    else:
        writer.opaque("Restreamed by a function", "put it into a region of known size, field by field")
    return UNKNOWN
