"""Declarations that read bytes or compute one value: numbers, bytes, text, constants, enumerations, checks. One function a class."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable
from typing import Any

import construct
from construct import core

from wiregram.frontends.binary.expressions import outer, symbolic
from wiregram.frontends.binary.kinds import ABSENT, NEVER, NUMBER, OCTETS, REAL, STRING, TRUTH, UNKNOWN, merged, of_constant
from wiregram.frontends.binary.writer import ENDS, Handler, Writer, described
from wiregram.grammar import Decimal, Until
from wiregram.model.errors import WARNING
from wiregram.program.binary import ALIGNED, CUT, INCLUDE, LEAVE, LITTLE, NEGATIVE, OPTIONAL, SIGNED, SWAPPED
from wiregram.program.binary import TRUTH as AS_TRUTH
from wiregram.program.types import BYTES, STRUCT, Type

FIELDS: dict[type, Handler] = {}


def handles(*classes: type) -> Callable[[Handler], Handler]:
    """Enters a function under the classes that it handles."""

    def register(function: Handler) -> Handler:
        for one in classes:
            FIELDS[one] = function
        return function

    return register


def in_bits(writer: Writer, con: Any) -> bool:
    """Refuses what counts bytes where bits are counted."""
    if writer.bits:
        better = "write BitsInteger(n), Nibble, Octet, Bit, Flag or Padding(bits)"
        writer.refuse(f"{described(con)} within Bitwise, where it would count bits as bytes", better)
    return bool(writer.bits)


def form_of(con: core.FormatField) -> int:
    """The bits of an integer's form."""
    little = con.fmtstr[0] == "<" or (con.fmtstr[0] == "=" and sys.byteorder == "little")
    return (LITTLE if little and con.length > 1 else 0) | (SIGNED if con.fmtstr[1].islower() else 0)


@handles(core.FormatField)
def format_field(writer: Writer, con: core.FormatField, want: bool) -> Type:
    if in_bits(writer, con):
        return NUMBER
    note = writer.note(described(con))
    code = con.fmtstr[1]
    kind = REAL if code in "efd" else TRUTH if code == "?" else NUMBER
    if not want:
        writer.code.emit("skip", con.length, note=note)
    elif code == "?":
        writer.code.emit("flag", note=note)
    elif code in "efd":
        order = "<" if con.fmtstr[0] == "<" or (con.fmtstr[0] == "=" and sys.byteorder == "little") else ">"
        writer.code.emit("float", writer.code.constant(order + code), con.length, note=note)
    else:
        integer(writer, con.length, form_of(con), note)
    return kind


def integer(writer: Writer, size: int, form: int, note: str) -> None:
    quick = {1: "u8", 2: "u16", 4: "u32"}.get(size)
    if quick and not form:
        writer.code.emit(quick, note=note)
    else:
        writer.code.emit("integer", size, form, note=note)


@handles(core.BytesInteger)
def bytes_integer(writer: Writer, con: core.BytesInteger, want: bool) -> Type:
    if in_bits(writer, con):
        return NUMBER
    note = writer.note("BytesInteger")
    form = SIGNED if con.signed else 0
    if callable(con.swapped):
        writer.refuse("an expression for swapped=", "choose between two declarations with IfThenElse")
    elif con.swapped:
        form |= LITTLE
    size = writer.number(con.length, note)
    if size is None:
        writer.code.emit("integer_counted", 0, form, note=note)
    elif size == 0:
        writer.refuse("BytesInteger(0)", "Construct refuses it; write Computed(0)")
    elif not want:
        writer.code.emit("skip", size, note=note)
    else:
        integer(writer, size, form, note)
    return NUMBER


@handles(core.BitsInteger)
def bits_integer(writer: Writer, con: core.BitsInteger, want: bool) -> Type:
    if not writer.bits:
        writer.refuse("BitsInteger outside of Bitwise, where it reads bytes for bits", "put it into a BitStruct or Bitwise(...)")
        return NUMBER
    form = NEGATIVE if con.signed else 0
    if callable(con.swapped):
        writer.refuse("an expression for swapped=", "choose between two declarations with IfThenElse")
    elif con.swapped:
        form |= SWAPPED
    note = writer.note("BitsInteger")
    size = writer.number(con.length, note)
    if size is not None and form & SWAPPED and size % 8:
        writer.refuse(f"a swapped BitsInteger({size})", "only whole octets can be swapped")
    elif size == 0:
        writer.refuse("BitsInteger(0)", "Construct refuses it; write Computed(0)")
    if writer.bits == "word" and size is not None:
        writer.bits_left -= size
        if want:
            writer.code.emit("bits", max(0, writer.bits_left), size << 3 | form)
    else:
        if size is not None:
            writer.code.emit("constant", writer.code.constant(size))
        writer.code.emit("bits_counted", 0, form, note=note)
    return NUMBER


@handles(type(construct.Flag))
def flag(writer: Writer, con: Any, want: bool) -> Type:
    if writer.bits == "word":
        writer.bits_left -= 1
        if want:
            writer.code.emit("bits", max(0, writer.bits_left), 1 << 3 | AS_TRUTH)
    elif writer.bits:
        writer.code.emit("constant", writer.code.constant(1))
        writer.code.emit("bits_counted", 0, AS_TRUTH, note=writer.note("Flag"))
    else:
        writer.code.emit("flag" if want else "skip", 0 if want else 1, note=writer.note("Flag"))
    return TRUTH


@handles(type(construct.VarInt), type(construct.ZigZag))
def varint(writer: Writer, con: Any, want: bool) -> Type:
    if not in_bits(writer, con):
        writer.code.emit("varint", 0, 1 if con is construct.ZigZag else 0, note=writer.note(type(con).__name__))
    return NUMBER


def octets(writer: Writer, length: Any, want: bool, note: str) -> Type:
    """So many bytes."""
    size = writer.number(length, note)
    if size is None:
        counted_bytes(writer, want, note)
    elif want:
        writer.code.emit("bytes", size, CUT if writer.cuttable() else 0, note=note)
    else:
        writer.code.emit("skip", size, note=note)
    return OCTETS


def counted_bytes(writer: Writer, want: bool, note: str) -> None:
    """As many bytes as the number at hand."""
    if want:
        writer.code.emit("bytes_counted", 0, CUT if writer.cuttable() else 0, note=note)
    else:
        writer.code.emit("skip_counted", note=note)


@handles(core.Bytes)
def bytes_(writer: Writer, con: core.Bytes, want: bool) -> Type:
    if in_bits(writer, con):
        return OCTETS
    what = f"Bytes({outer(con.length)})" if symbolic(con.length) or isinstance(con.length, int) else "Bytes"
    return octets(writer, con.length, want, writer.note(what))


@handles(type(construct.GreedyBytes))
def greedy_bytes(writer: Writer, con: Any, want: bool) -> Type:
    if not in_bits(writer, con):
        writer.verdict("GreedyBytes", ENDS)
        writer.code.emit("greedy", 0, CUT if writer.cuttable() else 0, note=writer.note("GreedyBytes"))
    return OCTETS


@handles(Until)
def until(writer: Writer, con: Until, want: bool) -> Type:
    if not in_bits(writer, con):
        writer.code.emit("until", writer.code.constant(con.term), CUT if writer.cuttable() else 0, note=writer.note(f"Until({con.term!r})"))
    return OCTETS


@handles(Decimal)
def decimal(writer: Writer, con: Decimal, want: bool) -> Type:
    whole(writer, con.subcon, True)
    writer.code.emit("decimal", note=writer.note("decimal digits"))
    return NUMBER


def whole(writer: Writer, con: Any, want: bool) -> Type:
    """A member whose bytes are converted, so they must not be cut before."""
    before = writer.uncut
    writer.uncut = True
    kind = writer.inner(con, want)
    writer.uncut = before
    return kind


def terminator(con: core.NullTerminated) -> int:
    return ALIGNED | (INCLUDE if con.include else 0) | (0 if con.consume else LEAVE) | (0 if con.require else OPTIONAL)


@handles(core.NullTerminated)
def null_terminated(writer: Writer, con: core.NullTerminated, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    if not isinstance(con.term, bytes) or not con.term:
        writer.refuse(f"NullTerminated with the term {con.term!r}", "a term is bytes, at least one")
        return UNKNOWN
    if len(con.term) > 1:
        writer.refuse(
            f"NullTerminated with a term of {len(con.term)} bytes compares aligned blocks, so it can miss the term",
            f"to find the term anywhere write Until({con.term!r})",
            WARNING,
        )
    if not con.require:
        writer.verdict("NullTerminated(require=False)", ENDS)
    note = writer.note(f"NullTerminated({con.term!r})")
    if type(con.subcon) is type(construct.GreedyBytes):
        writer.code.emit("until", writer.code.constant(con.term), terminator(con) | (CUT if writer.cuttable() else 0), note=note)
        return OCTETS
    writer.code.emit("until_region", writer.code.constant(con.term), terminator(con), note=note)
    writer.height += 1
    kind = writer.visit(con.subcon, want)
    writer.height -= 1
    writer.code.emit("region_end")
    return kind


@handles(core.StringEncoded)
def string_encoded(writer: Writer, con: core.StringEncoded, want: bool) -> Type:
    try:
        info = codecs.lookup(con.encoding)
        if not info._is_text_encoding:
            raise LookupError
    except LookupError:
        writer.refuse(f"the encoding {con.encoding!r}", "write a text encoding of Python, such as 'utf-8' or 'latin-1'")
        return STRING
    if info.name in ("unicode_escape", "raw_unicode_escape", "utf-7", "idna", "punycode", "undefined"):
        writer.refuse(f"the encoding {con.encoding!r}", "read the bytes: GreedyBytes in place of a string")
    any_bytes = info.name in ("iso8859-1", "latin_1", "latin-1")
    whole(writer, con.subcon, want or not any_bytes)
    if want or not any_bytes:
        writer.code.emit("text", writer.code.constant(info.name), CUT if writer.cuttable() else 0, note=writer.note(f"{con.encoding} text"))
    return STRING


@handles(core.Const)
def const(writer: Writer, con: core.Const, want: bool) -> Type:
    _, inner = writer.unwrapped(con.subcon)
    value = writer.constant(con.value)
    if value is None:
        writer.refuse(f"Const({con.value!r})", "a constant is a number, bytes or text")
        return UNKNOWN
    exact = None
    if not writer.bits:
        if type(inner) is core.Bytes and isinstance(con.value, bytes) and inner.length == len(con.value):
            exact = con.value
        elif type(inner) is core.FormatField and type(con.value) is int and inner.fmtstr[1] not in "efd?":
            try:
                exact = inner.build(con.value)
            except construct.ConstructError:
                writer.refuse(f"Const({con.value!r}, {described(inner)})", "the number does not fit; nothing would ever match")
                return NUMBER
    shown = "0x" + exact.hex() if exact is not None and isinstance(con.value, int) else repr(con.value)
    note = writer.note(f"Const {shown}")
    if exact is not None:
        writer.code.emit("match", writer.code.constant(exact), writer.code.constant(value[0]), note=note)
    else:
        kind = whole(writer, con.subcon, True)
        if kind.kind == BYTES and kind.text != isinstance(con.value, str) and isinstance(con.value, (bytes, str)):
            writer.refuse(f"Const({con.value!r}) over a value of type {'text' if kind.text else 'bytes'}", "nothing would ever match")
        writer.code.emit("equal", writer.code.constant(value[0]), note=note)
    return of_constant(con.value)


@handles(core.Enum)
def enum(writer: Writer, con: core.Enum, want: bool) -> Type:
    names = tuple(str(name) for name in con.decmapping.values())
    kind = Type(BYTES, names=names, enum=True, text=True)
    numeric = type(writer.unwrapped(con.subcon)[1]) in (core.FormatField, core.BytesInteger, core.BitsInteger)
    whole(writer, con.subcon, want or not numeric)
    if want or not numeric:
        writer.code.emit("map", writer.code.mapping(enumerated(writer, con)), note=writer.note("Enum"))
    return kind


def enumerated(writer: Writer, con: core.Enum) -> tuple[tuple[Any, Any], ...]:
    pairs = []
    for number, name in con.decmapping.items():
        key = writer.constant(number)
        if key is None:
            writer.refuse(f"Enum over {number!r}", "an Enum's values are numbers or bytes")
        else:
            pairs.append((key[0], str(name).encode()))
    return tuple(pairs)


@handles(core.FlagsEnum)
def flags_enum(writer: Writer, con: core.FlagsEnum, want: bool) -> Type:
    writer.inner(con.subcon, True)
    writer.code.emit("flags", writer.code.mapping(tuple((str(name), int(value)) for name, value in con.flags.items())), note=writer.note("FlagsEnum"))
    return Type(STRUCT, fields={str(name): TRUTH for name in con.flags})


@handles(core.Mapping)
def mapping(writer: Writer, con: core.Mapping, want: bool) -> Type:
    pairs = []
    for raw, value in con.decmapping.items():
        key, result = writer.constant(raw), writer.constant(value)
        if key is None or result is None:
            writer.refuse(f"Mapping of {raw!r} to {value!r}", "map numbers or bytes to numbers, bytes or text")
        else:
            pairs.append((key[0], result[0]))
    whole(writer, con.subcon, True)
    writer.code.emit("map", writer.code.mapping(tuple(pairs), True), note=writer.note("Mapping"))
    return merged([of_constant(value) for value in con.decmapping.values()])


@handles(core.Computed)
def computed(writer: Writer, con: core.Computed, want: bool) -> Type:
    return writer.expressions.emit(con.func, writer.note(f"Computed({outer(con.func)})"))


@handles(core.Check)
def check(writer: Writer, con: core.Check, want: bool) -> Type:
    note = writer.note(f"{outer(con.func)} to hold")
    writer.expressions.emit(con.func, note)
    writer.code.emit("check", note=note)
    return ABSENT


@handles(type(construct.Error))
def error(writer: Writer, con: Any, want: bool) -> Type:
    writer.code.emit("fail", note=writer.note("another value: Error"))
    return NEVER


@handles(type(construct.Pass))
def pass_(writer: Writer, con: Any, want: bool) -> Type:
    writer.code.emit("drop")
    return ABSENT


@handles(type(construct.Index))
def index(writer: Writer, con: Any, want: bool) -> Type:
    writer.code.indexed = True
    if writer.lazy:
        writer.refuse("Index within a Lazy declaration", "it would be read too late; leave Lazy out")
    writer.code.emit("index", 0, 0, note=writer.note("Index"))
    return NUMBER


@handles(type(construct.Tell))
def tell(writer: Writer, con: Any, want: bool) -> Type:
    if writer.bits:
        writer.refuse("Tell within Bitwise, where it would count bits", "put it before")
    writer.code.emit("tell")
    return NUMBER


@handles(type(construct.Terminated))
def terminated(writer: Writer, con: Any, want: bool) -> Type:
    if not in_bits(writer, con):
        writer.verdict("Terminated", ENDS)
        writer.code.emit("terminated", note=writer.note("the end"))
    return ABSENT


@handles(core.Rebuild, core.Default)
def passed_through(writer: Writer, con: Any, want: bool) -> Type:
    return writer.visit(con.subcon, want)
