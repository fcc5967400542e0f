"""Declarations that Construct reads later, if at all: they run at once, with the values that it gives when all are asked for.

Construct steps over what they hold by a size that it may only guess. So they hold what always matches and has one size, or what
Construct reads at once since it has none; everything else is refused, and Struct and Array in their place do the same."""

from __future__ import annotations

from typing import Any

import construct
from construct import core

from wiregram.frontends.binary.kinds import UNKNOWN, plain
from wiregram.frontends.binary.reading import handles, in_bits
from wiregram.frontends.binary.structure import flags, members
from wiregram.frontends.binary.writer import FRAMED, Label, Stop, Writer, described
from wiregram.grammar import Until
from wiregram.program.types import LIST, STRUCT, Type

_UNSIZED = frozenset({
    type(construct.VarInt), type(construct.ZigZag), type(construct.GreedyBytes), core.GreedyRange, core.RepeatUntil, core.NullTerminated,
    core.NullStripped, type(construct.Terminated), Until, core.Compressed, core.OffsettedEnd,
})  # fmt: skip
_HOLDERS = frozenset({core.StringEncoded, core.Enum, core.Prefixed, core.Rebuild, core.Default, core.Hex, core.HexDump})
PLAIN = "write Struct, Array or the declaration itself: fields that nothing reads are skipped anyway"


def exact(writer: Writer, con: Any) -> bool:
    """Whether it matches whatever bytes, all of one number."""
    con = writer.unwrapped(con)[1]
    kind = type(con)
    if kind in (core.FormatField, type(construct.Flag)):
        return True
    if kind in (core.Bytes, core.BytesInteger):
        return type(con.length) is int and con.length > 0
    if kind is core.Padded:
        return type(con.length) is int and type(con.subcon) is type(construct.Pass)
    if kind is core.Array:
        return type(con.count) is int and exact(writer, con.subcon)
    if kind in (core.Struct, core.Sequence):
        return all(exact(writer, sub) for sub in con.subcons)
    if kind is core.Enum:
        return type(writer.unwrapped(con.subcon)[1]) in (core.FormatField, core.BytesInteger)
    return False


def unsized(writer: Writer, con: Any) -> bool:
    """Whether Construct finds no size and so reads it at once."""
    named, con = writer.unwrapped(con)
    kind = type(con)
    if kind in _UNSIZED:
        return True
    if kind is core.Prefixed and named is None:
        return False
    return kind in _HOLDERS and unsized(writer, con.subcon)


def later(writer: Writer, con: Any, want: bool) -> Type:
    before, writer.lazy = writer.lazy, True
    kind = writer.inner(con, want)
    writer.lazy = before
    return kind


def allowed(writer: Writer, con: Any) -> bool:
    if writer.alternative:
        writer.refuse(f"{described(con)} within an alternative", f"Construct finds a mismatch too late; {PLAIN}")
    return not writer.alternative and not in_bits(writer, con)


@handles(core.Lazy)
def lazy(writer: Writer, con: core.Lazy, want: bool) -> Type:
    if not allowed(writer, con):
        return UNKNOWN
    if not exact(writer, con.subcon):
        writer.refuse(f"Lazy over {described(con.subcon)}, whose size Construct guesses or never finds", PLAIN)
        return UNKNOWN
    writer.verdict("Lazy", FRAMED)
    return later(writer, con.subcon, want)


@handles(core.LazyStruct)
def lazy_struct(writer: Writer, con: core.LazyStruct, want: bool) -> Type:
    subs = members(writer, con)
    if not allowed(writer, con):
        return UNKNOWN
    writer.verdict("LazyStruct", FRAMED)
    writer.open()
    before, writer.stop = writer.stop, Stop(None, 0, 0)
    fields: dict[str, Type] = {}
    for sub in subs:
        name = sub.name
        skipped = exact(writer, sub)
        if not skipped and not unsized(writer, sub):
            writer.refuse(f"{described(sub)} in a LazyStruct, whose size Construct guesses", PLAIN)
        if name is not None and skipped:
            writer.put_off.add(name)
        kind = writer.field(name, sub, want and name is not None)
        if name is not None:
            fields[name] = plain(kind)
            if skipped:
                del writer.scopes[-1][name]
    writer.stop = before
    writer.close()
    writer.code.emit("close")
    return Type(STRUCT, fields=fields)


@handles(core.LazyArray)
def lazy_array(writer: Writer, con: core.LazyArray, want: bool) -> Type:
    if not allowed(writer, con):
        return UNKNOWN
    if not exact(writer, con.subcon):
        writer.refuse(f"LazyArray over {described(con.subcon)}, whose size Construct guesses", PLAIN)
        return UNKNOWN
    writer.verdict("LazyArray", FRAMED)
    note = writer.note(f"LazyArray of {described(con.subcon)}")
    count = writer.number(con.count, note)
    if count is not None:
        writer.code.emit("constant", writer.code.constant(count))
    end, body = Label(), Label()
    writer.code.emit("array", end, flags_of(writer, want), note=note)
    writer.code.place(body)
    writer.height += 1
    kind = later(writer, con.subcon, want)
    writer.height -= 1
    writer.code.emit("array_next", body, flags_of(writer, want), note=note)
    writer.code.place(end)
    writer.code.emit("loop_end")
    return Type(LIST, item=plain(kind))


class _Kept:
    discard = False


def flags_of(writer: Writer, want: bool) -> int:
    return flags(writer, _Kept, want)
