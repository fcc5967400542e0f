"""Declarations that turn the value of another into one: shown values, parts, conditions, points in time, checksums. One function a class."""

from __future__ import annotations

import binascii
import datetime
import inspect
import zlib
from typing import Any

from construct import core

from wiregram.frontends.binary.expressions import outer, symbolic
from wiregram.frontends.binary.foreign import Called
from wiregram.frontends.binary.kinds import NUMBER, REAL, UNKNOWN, plain
from wiregram.frontends.binary.reading import handles, whole
from wiregram.frontends.binary.writer import FRAMED, Label, Writer, described
from wiregram.program.binary import CUT, FUNCTIONS, OPERATORS, UNARY
from wiregram.program.types import ANY, BOOL, BYTES, INT, LIST, STRUCT, Type


@handles(core.Hex, core.HexDump)
def hex_(writer: Writer, con: Any, want: bool) -> Type:
    kind = writer.visit(con.subcon, want)
    if type(con) is core.Hex and (kind.kind in (INT, BOOL) or kind.enum or plain(kind).kind == ANY):
        try:
            con.subcon.sizeof()
        except (core.ConstructError, LookupError, TypeError):
            better = "Construct cannot show it, so it never matches; leave Hex out"
            writer.refuse(f"Hex over {described(con.subcon)}, a number of no fixed size", better)
        if plain(kind).kind == ANY or kind.maybe:
            writer.refuse("Hex over a value of no certain type", "leave Hex out: the record says how a value is shown")
        elif kind.kind == BOOL:
            if want:
                writer.code.emit("unary", UNARY.index("+"))
            return NUMBER
    return kind


@handles(core.NamedTuple)
def named_tuple(writer: Writer, con: core.NamedTuple, want: bool) -> Type:
    kind = whole(writer, con.subcon, True)
    names = list(con.factory._fields)
    writer.code.emit("names", writer.code.constant(names), note=writer.note(f"a tuple of {len(names)}"))
    return Type(STRUCT, fields={name: kind.fields.get(name, kind.item or UNKNOWN) for name in names})


@handles(core.Slicing)
def slicing(writer: Writer, con: core.Slicing, want: bool) -> Type:
    values = [con.start, con.stop, con.step]
    if not all(value is None or type(value) is int for value in values):
        writer.refuse("Slicing by expressions", "Construct does not evaluate them; use constants")
        return UNKNOWN
    kind = whole(writer, con.subcon, True)
    writer.code.emit("slice", writer.code.constant(values), note=writer.note("Slicing"))
    return kind


@handles(core.Indexing)
def indexing(writer: Writer, con: core.Indexing, want: bool) -> Type:
    if type(con.index) is not int:
        writer.refuse("Indexing by an expression", "Construct does not evaluate it; use a constant")
        return UNKNOWN
    kind = whole(writer, con.subcon, True)
    writer.code.emit("item", writer.code.constant(con.index), note=writer.note(f"an element {con.index}"))
    return kind.item or (NUMBER if kind.kind == BYTES else UNKNOWN) if kind.kind in (LIST, BYTES) else UNKNOWN


def closure(function: Any, name: str) -> Any:
    return inspect.getclosurevars(function).nonlocals.get(name)


@handles(core.ExprValidator)
def validator(writer: Writer, con: core.ExprValidator, want: bool) -> Type:
    test = closure(con._validate, "validator")
    qualified = getattr(test, "__qualname__", "")
    if qualified.startswith(("OneOf.<locals>", "NoneOf.<locals>")):
        negated = qualified.startswith("NoneOf")
        values = closure(test, "invalids" if negated else "valids")
        if not isinstance(values, (list, tuple, set, frozenset, dict, range)) or (isinstance(values, range) and len(values) > 4096):
            writer.refuse(f"{'NoneOf' if negated else 'OneOf'} over {type(values).__name__}", "give a list of numbers, bytes or text")
            return UNKNOWN
        constants = [writer.constant(value) for value in values]
        if None in constants:
            writer.refuse("OneOf with values that are no plain data", "give numbers, bytes or text")
            return UNKNOWN
        allowed = [value[0] for value in constants if value is not None]
        if isinstance(values, (set, frozenset)):
            allowed.sort(key=lambda value: (type(value).__name__, repr(value)))
        kind = whole(writer, con.subcon, True)
        writer.code.emit("one_of", writer.code.constant(allowed), int(negated), note=writer.note(f"{'none' if negated else 'one'} of {allowed!r}"))
        return kind
    kind = whole(writer, con.subcon, True)
    writer.code.emit("subject")
    note = writer.note(f"{outer(test)} to hold" if symbolic(test) else "ExprValidator")
    writer.expressions.emit(test, note, kind)
    writer.code.emit("check", note=note)
    writer.code.emit("again")
    return kind


@handles(core.ExprAdapter, core.ExprSymmetricAdapter)
def adapter(writer: Writer, con: core.ExprAdapter, want: bool) -> Type:
    decoder = closure(con._decode, "decoder")
    if getattr(decoder, "__qualname__", "").startswith("Filter.<locals>"):
        return filtered(writer, con, closure(decoder, "predicate"))
    kind = whole(writer, con.subcon, True)
    writer.code.emit("subject")
    return writer.expressions.emit(decoder, writer.note("ExprAdapter"), kind)


def filtered(writer: Writer, con: core.ExprAdapter, predicate: Any) -> Type:
    """Filter: the elements of a list of which a condition holds."""
    kind = whole(writer, con.subcon, True)
    if kind.kind not in (LIST, BYTES) or kind.text or kind.maybe:
        writer.refuse(f"Filter over a value of type {'text' if kind.text else kind}", "put it over an Array, a GreedyRange or bytes")
        return UNKNOWN
    item = (kind.item or UNKNOWN) if kind.kind == LIST else NUMBER
    note = writer.note(f"Filter({outer(predicate)})" if symbolic(predicate) else "Filter")
    body, end = Label(), Label()
    writer.code.emit("filter", end, note=note)
    writer.code.place(body)
    writer.expressions.emit(predicate, note, item)
    writer.code.emit("filter_next", body, note=note)
    writer.code.place(end)
    writer.code.emit("filter_end", 0, CUT if writer.cuttable() else 0)
    return Type(LIST, item=item)


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@handles(core.TimestampAdapter)
def timestamp(writer: Writer, con: Any, want: bool) -> Type:
    """A point in time: seconds since 1970 in UTC, to the microsecond."""
    qualified = type(con).__qualname__
    if qualified == "Timestamp.<locals>.MsdosTimestampAdapter":
        whole(writer, con.subcon, True)
        writer.code.emit("time", writer.code.constant(None), note=writer.note("a time of MS-DOS"))
        return REAL
    if qualified != "Timestamp.<locals>.EpochTimestampAdapter":
        return writer.own(con)
    epoch, unit = closure(con._decode, "epoch"), closure(con._decode, "unit")
    if epoch.utcoffset() or not isinstance(unit, (int, float)):
        writer.refuse("Timestamp with an epoch that is not in UTC, or a unit that is no number", "say the epoch in UTC, and the unit in seconds")
        return REAL
    kind = whole(writer, con.subcon, True)
    if plain(kind).kind not in (INT, BOOL, ANY) and kind != REAL:
        writer.refuse(f"Timestamp over a value of type {kind}", "it counts units: put it over a number")
    since = (epoch.datetime - _EPOCH) // datetime.timedelta(microseconds=1)
    writer.code.emit("time", writer.code.constant([since, unit]), note=writer.note("a point in time"))
    return REAL


_SUMS = {zlib.crc32: "crc32", binascii.crc32: "crc32", zlib.adler32: "adler32"}
"""Functions of octets that programs have themselves."""


@handles(core.Checksum)
def checksum(writer: Writer, con: core.Checksum, want: bool) -> Type:
    note = writer.note("Checksum")
    writer.verdict("Checksum", FRAMED)
    kind = whole(writer, con.checksumfield, True)
    writer.code.emit("subject")
    writer.code.emit("push")
    writer.uncut, before = True, writer.uncut
    data = writer.expressions.emit(con.bytesfunc, note)
    writer.uncut = before
    known = _SUMS.get(con.hashfunc) if callable(con.hashfunc) and not symbolic(con.hashfunc) else None
    if data.text or data.kind in (LIST, STRUCT) or (known is not None and data.kind not in (BYTES, ANY)):
        writer.refuse(f"Checksum over a value of type {'text' if data.text else data}", "a checksum is over bytes: RawCopy gives them as `data`")
    elif known is not None:
        writer.code.emit("function", FUNCTIONS.index(known))
    else:
        name = getattr(con.hashfunc, "__name__", type(con.hashfunc).__name__)
        writer.verdict("Checksum", f"foreign: calls {name} on the bytes")
        writer.code.emit("foreign", writer.code.foreign(Called(name, con.hashfunc)))
    writer.code.emit("binary", OPERATORS.index("=="))
    writer.code.emit("check", note=note)
    writer.code.emit("again")
    return plain(kind)
