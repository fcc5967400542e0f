"""Declarations that hold others: levels, repetitions, choices. One function a class; and the classes that are refused."""

from __future__ import annotations

from struct import calcsize
from typing import Any

import construct
from construct import core

from wiregram.frontends.binary.endless import endless
from wiregram.frontends.binary.expressions import outer
from wiregram.frontends.binary.kinds import ABSENT, NUMBER, OCTETS, UNKNOWN, merged, optional, plain
from wiregram.frontends.binary.reading import FIELDS, enumerated, form_of, handles, in_bits
from wiregram.frontends.binary.writer import ENDS, FRAMED, Label, Stop, Writer, described
from wiregram.program.binary import UNBUILT, UNCUT, Run
from wiregram.program.types import BOOL, BYTES, LIST, STRUCT, Type

RESERVED = frozenset({"_", "_params", "_root", "_parsing", "_building", "_sizing", "_subcons", "_io", "_index", "_flagsenum"})

_REFUSED = {
    core.EncryptedSym: "a monitor has no keys; read the bytes",
    core.EncryptedSymAead: "a monitor has no keys; read the bytes",
    core.Rebuffered: "it keeps bytes for the next message; leave it out",
    core.Compiled: "use the declaration itself: compiled Construct accepts short data",
    type(construct.Pickled): "it would call what the data names; read the bytes",
    type(construct.Numpy): "declare the array: Array(count, Float32b)",
    construct.Probe: "it prints; leave it out",
    construct.Debugger: "it opens a debugger; leave it out",
}


def _refused(writer: Writer, con: Any, want: bool) -> Type:
    writer.refuse(described(con), _REFUSED[type(con)])
    return UNKNOWN


_refused.refuses = True  # type: ignore[attr-defined]  # for declarations within a class that is not Construct's own

for _class in _REFUSED:
    FIELDS[_class] = _refused


# ---- levels


def members(writer: Writer, con: Any) -> list[Any]:
    for sub in con.subcons:
        if sub.name in RESERVED:
            writer.refuse(f"a field named '{sub.name}'", "Construct uses that name itself")
    return list(con.subcons)


@handles(core.Struct)
def struct(writer: Writer, con: core.Struct, want: bool) -> Type:
    subs = members(writer, con)
    writer.open()
    before, writer.stop = writer.stop, Stop(Label(), writer.height, writer.levels)
    stop = writer.stop
    fields: dict[str, Type] = {}
    maybe = False
    at = 0
    while at < len(subs):
        taken = run(writer, subs[at:], want, fields, maybe)
        if taken:
            at += taken
            continue
        name, inner = subs[at].name, writer.unwrapped(subs[at])[1]
        kind = writer.field(name, subs[at], want)
        if name is not None:
            fields[name] = optional(plain(kind)) if maybe else plain(kind)
        maybe = maybe or stops(inner)
        at += 1
    assert stop.label is not None
    writer.code.place(stop.label)
    writer.stop = before
    writer.close()
    writer.code.emit("close")
    return Type(STRUCT, fields=fields)


def stops(con: Any) -> bool:
    """Whether a member may stop the Struct that it stands in."""
    while type(con) in (core.Renamed, core.IfThenElse):
        if type(con) is core.IfThenElse:
            return stops(con.thensubcon) or stops(con.elsesubcon)
        con = con.subcon
    return type(con) is core.StopIf


def run(writer: Writer, subs: list[Any], want: bool, fields: dict[str, Type], maybe: bool) -> int:
    """Fields of fixed size in a row become one instruction. Gives how many members it took."""
    if writer.bits:
        return 0
    order, text, names, after, taken = "", "", [], [], 0
    shown: list[str] = []
    kinds: dict[str, Type] = {}
    for sub in subs:
        name, con = writer.unwrapped(sub)
        enum = con if type(con) is core.Enum else None
        if enum is not None:
            con = writer.unwrapped(enum.subcon)[1]
        letter = _letter(con, enum is not None)
        if letter is None or name in kinds or name in RESERVED or (letter[-1] == "x" and writer.wanted(name, want)):
            break
        if letter[0] in "<>":
            if order not in ("", letter[0]):
                break
            order = letter[0]
            letter = letter[1:]
        size = calcsize("<" + letter) if not letter[:-1].isdigit() else int(letter[:-1])
        if name is not None:
            writer.path.append(name)
            if letter.endswith("s") and size > writer.limits.field and writer.cuttable():
                writer.path.pop()
                break
            writer.path.pop()
            shown.append(name)
            writer.fields.setdefault(".".join((*writer.path, name)))
            kinds[name] = _kind(letter, enum)
        if writer.wanted(name, want):
            assert name is not None
            text += letter
            names.append(name)
            if enum is not None:
                after.append((name, enum))
        else:
            text += f"{size}x"
        taken += 1
    if taken < 2:
        return 0
    form = (order or ">") + text
    note = writer.note(f"{calcsize(form)} bytes ({', '.join(shown)})" if shown else f"{calcsize(form)} bytes")
    writer.scopes[-1].stored.update(names)
    if names:
        writer.code.emit("run", writer.code.run(Run(form, calcsize(form), tuple(names))), note=note)
    else:
        writer.code.emit("skip", calcsize(form), note=note)
    for name, enum in after:
        writer.path.append(name)
        writer.code.emit("map_field", writer.code.mapping(enumerated(writer, enum)), 0, writer.code.name(name))
        writer.path.pop()
    for name, kind in kinds.items():
        writer.scopes[-1][name] = kind
        fields[name] = optional(kind) if maybe else kind
    return taken


def _letter(con: Any, enum: bool) -> str | None:
    """The letter of Python's `struct` for a field, with its byte order before it where that counts; None: no such field."""
    if type(con) is core.FormatField:
        code = con.fmtstr[1]
        if enum and code in "efd?":
            return None
        return str(code) if con.length == 1 else ("<" if form_of(con) & 1 else ">") + str(code)
    if enum:
        return None
    if type(con) is type(construct.Flag):
        return "?"
    if type(con) is core.Bytes and type(con.length) is int and 0 < con.length <= 4096:
        return f"{con.length}s"
    if type(con) is core.Padded and type(con.subcon) is type(construct.Pass) and type(con.length) is int and 0 < con.length <= 4096:
        return f"{con.length}x"
    return None


def _kind(letter: str, enum: core.Enum | None) -> Type:
    if enum is not None:
        return Type(BYTES, names=tuple(str(name) for name in enum.decmapping.values()), enum=True, text=True)
    if letter[-1] == "x":
        return plain(ABSENT)
    return OCTETS if letter[-1] == "s" else Type(BOOL) if letter == "?" else Type("float") if letter in "efd" else NUMBER


@handles(core.Sequence)
def sequence(writer: Writer, con: core.Sequence, want: bool) -> Type:
    subs = members(writer, con)
    writer.open()
    writer.code.emit("list")
    writer.height += 1
    before, writer.stop = writer.stop, Stop(Label(), writer.height, writer.levels)
    stop = writer.stop
    tail, writer.tail = writer.tail, False
    kinds = []
    for sub in subs:
        kinds.append(writer.field(sub.name, sub, want) if sub.name else writer.inner(sub, want))
        writer.code.emit("append")
    writer.tail = tail
    assert stop.label is not None
    writer.code.place(stop.label)
    writer.stop = before
    writer.height -= 1
    writer.close()
    writer.code.emit("list_end")
    return Type(LIST, item=plain(merged(kinds)) if kinds else None)


@handles(core.FocusedSeq)
def focused(writer: Writer, con: core.FocusedSeq, want: bool) -> Type:
    subs = members(writer, con)
    focus = con.parsebuildfrom
    if not isinstance(focus, str) or focus not in [sub.name for sub in subs]:
        writer.refuse(f"FocusedSeq({focus!r}, ...)", "its first argument is the name of one of its members")
        return UNKNOWN
    writer.open(False)
    kind = UNKNOWN
    last = max(at for at, sub in enumerate(subs) if sub.name == focus)
    dict_ = writer.scopes[-1].slots is None
    for at, sub in enumerate(subs):
        if at != last:
            writer.field(sub.name, sub, False)
            continue
        build = want or focus in writer.used
        depth = len(writer.path)
        if focus in writer.used:
            writer.path.append(focus)
        kind = writer.visit(sub, build)
        del writer.path[depth:]
        if build and (dict_ or focus in writer.used or at < len(subs) - 1):
            writer.store(focus)
        writer.scopes[-1][focus] = plain(kind)
    slots = writer.close().slots
    if slots is not None:
        if want and last < len(subs) - 1:
            writer.code.emit("slot", slots[focus])
    elif want:
        writer.code.emit("close_pick", writer.code.name(focus), note=writer.note(f"'{focus}'"))
    else:
        writer.code.emit("close")
    return kind


@handles(core.Union)
def union(writer: Writer, con: core.Union, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    subs = members(writer, con)
    writer.verdict("Union", FRAMED)
    writer.open()
    writer.code.emit("union")
    writer.height += 1
    fields = {}
    before, writer.stop = writer.stop, None
    for at, sub in enumerate(subs):
        kind = writer.field(sub.name, sub, want)
        if sub.name is not None:
            fields[sub.name] = plain(kind)
        name = None if sub.name is None else sub.name.encode()
        writer.code.emit("union_next", writer.code.constant(at), writer.code.constant(name))
    writer.stop = before
    chosen = con.parsefrom is not None
    if chosen:
        writer.expressions.emit(con.parsefrom, writer.note("Union's choice"))
    writer.height -= 1
    writer.close()
    writer.code.emit("union_end", 0, int(chosen), note=writer.note("Union's choice"))
    return Type(STRUCT, fields=fields)


# ---- repetition


def flags(writer: Writer, con: Any, want: bool) -> int:
    if not want or con.discard:
        return UNBUILT
    return 0 if writer.cuttable() else UNCUT


def integers(writer: Writer, con: Any) -> core.FormatField | None:
    """The element of an array of plain integers, which is read at one go."""
    element = writer.unwrapped(con.subcon)[1]
    plain_integer = type(element) is core.FormatField and element.fmtstr[1] not in "efd?" and not writer.bits and not con.discard
    return element if plain_integer else None


@handles(core.Array)
def array(writer: Writer, con: core.Array, want: bool) -> Type:
    note = writer.note(f"Array({outer(con.count)}, {described(con.subcon)})")
    count = writer.number(con.count, note)
    element = integers(writer, con)
    if count is not None:
        writer.code.emit("constant", writer.code.constant(count))
    if element is not None:
        writer.code.emit("integers", element.length, form_of(element) | (4 if writer.cuttable() else 0), note=note)
        return Type(LIST, item=NUMBER)
    end, body = Label(), Label()
    writer.code.emit("array", end, flags(writer, con, want), note=note)
    writer.code.place(body)
    writer.height += 1
    kind = writer.inner(con.subcon, want and not con.discard)
    writer.height -= 1
    writer.code.emit("array_next", body, flags(writer, con, want), note=note)
    writer.code.place(end)
    writer.code.emit("loop_end")
    return Type(LIST, item=plain(kind))


@handles(core.GreedyRange)
def greedy_range(writer: Writer, con: core.GreedyRange, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    note = writer.note(f"GreedyRange({described(con.subcon)})")
    writer.verdict("GreedyRange", ENDS)
    element = integers(writer, con)
    if element is not None:
        writer.code.emit("integers_greedy", element.length, form_of(element) | (4 if writer.cuttable() else 0), note=note)
        return Type(LIST, item=NUMBER)
    end, body, stopped = Label(), Label(), Label()
    writer.code.emit("range", end, note=note)
    writer.code.place(body)
    writer.height += 1
    before, writer.stop = writer.stop, Stop(stopped, writer.height, writer.levels)
    alternative, writer.alternative = writer.alternative, True
    kind = writer.inner(con.subcon, want and not con.discard)
    writer.stop, writer.alternative = before, alternative
    writer.height -= 1
    writer.code.emit("range_next", body, flags(writer, con, want), note=writer.note("an element that takes bytes"))
    writer.code.place(stopped)
    writer.code.emit("commit", end)
    writer.code.place(end)
    writer.code.emit("loop_end")
    return Type(LIST, item=plain(kind))


@handles(core.RepeatUntil)
def repeat_until(writer: Writer, con: core.RepeatUntil, want: bool) -> Type:
    if not callable(con.predicate):
        writer.refuse(f"RepeatUntil({con.predicate!r}, ...)", "write a condition over the element: obj_ == 0")
        return UNKNOWN
    note = writer.note(f"RepeatUntil({outer(con.predicate)}, {described(con.subcon)})")
    body = Label()
    writer.code.emit("repeat", note=note)
    writer.code.place(body)
    writer.height += 1
    before = writer.uncut
    writer.uncut = True
    kind = writer.inner(con.subcon, True)
    writer.uncut = before
    writer.height -= 1
    writer.code.emit("repeat_keep", 0, flags(writer, con, want))
    writer.code.emit("subject")
    writer.expressions.emit(con.predicate, note, kind)
    writer.code.emit("repeat_test", body, note=note)
    writer.code.emit("loop_end")
    return Type(LIST, item=plain(kind))


# ---- choice


@handles(core.IfThenElse)
def if_then_else(writer: Writer, con: core.IfThenElse, want: bool) -> Type:
    writer.expressions.emit(con.condfunc, writer.note(f"If({outer(con.condfunc)})"))
    otherwise, end = Label(), Label()
    writer.code.emit("unless", otherwise)
    first = writer.visit(con.thensubcon, want)
    writer.code.emit("jump", end)
    writer.code.place(otherwise)
    second = writer.visit(con.elsesubcon, want)
    writer.code.place(end)
    return merged([first, second], writer.tail)


@handles(core.Switch)
def switch(writer: Writer, con: core.Switch, want: bool) -> Type:
    note = writer.note(f"Switch({outer(con.keyfunc)})")
    key = writer.expressions.emit(con.keyfunc, note)
    end = Label()
    cases: list[tuple[Any, Label]] = []
    default = Label()
    known: set[Any] = set()
    for value in con.cases:
        constant = writer.constant(value)
        if constant is None:
            writer.refuse(f"Switch with the case {value!r}", "a case is a number, bytes or text")
            continue
        if constant[0] in known:
            writer.refuse(f"Switch with cases that are bytes and text at once: {value!r}", "leave out the one that the value never is")
        if key.kind == BYTES and isinstance(value, (str, bytes)) and key.text != isinstance(value, str):
            have, need = ("text", "bytes") if key.text else ("bytes", "text")
            writer.refuse(f"Switch({outer(con.keyfunc)}) with the case {value!r}: the value is {have}, the case {need}", "it can never be taken")
        known.add(constant[0])
        cases.append((constant[0], Label()))
    writer.code.emit("switch", writer.code.switch(cases, default), note=note)
    kinds = []
    placed: dict[int, tuple[Label, Type]] = {}
    labels = iter(cases)
    for value, sub in con.cases.items():
        if writer.constant(value) is None:
            continue
        label = next(labels)[1]
        if id(sub) in placed:
            label.place = placed[id(sub)][0].place
            continue
        writer.code.place(label)
        kind = writer.visit(sub, want)
        writer.code.emit("jump", end)
        placed[id(sub)] = (label, kind)
        kinds.append(kind)
    if id(con.default) in placed:
        default.place = placed[id(con.default)][0].place
    else:
        writer.code.place(default)
        kinds.append(writer.visit(con.default, want))
    writer.code.place(end)
    return merged(kinds, writer.tail)


@handles(core.Select)
def select(writer: Writer, con: core.Select, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("Select", ENDS)
    note = writer.note(f"one of {', '.join(described(sub) for sub in con.subcons)}")
    if not con.subcons:
        writer.refuse("Select without members", "give at least one")
        return UNKNOWN
    end = Label()
    kinds = []
    before, writer.stop = writer.stop, Stop(None, 0, 0)
    alternative, writer.alternative = writer.alternative, True
    for at, sub in enumerate(con.subcons):
        following = Label()
        if at < len(con.subcons) - 1:
            writer.code.emit("try", following, note=note)
        kinds.append(writer.visit(sub, want))
        if at < len(con.subcons) - 1:
            writer.code.emit("commit", end)
            writer.code.place(following)
    writer.stop, writer.alternative = before, alternative
    writer.code.place(end)
    return merged(kinds, writer.tail)


@handles(core.Peek)
def peek(writer: Writer, con: core.Peek, want: bool) -> Type:
    if in_bits(writer, con):
        return UNKNOWN
    writer.verdict("Peek", FRAMED)
    end = Label()
    writer.code.emit("try", end, 1, note=writer.note("Peek"))
    before, writer.stop = writer.stop, Stop(None, 0, 0)
    alternative, writer.alternative = writer.alternative, True
    kind = writer.inner(con.subcon, want)
    writer.stop, writer.alternative = before, alternative
    writer.code.emit("peek_end")
    writer.code.place(end)
    return optional(plain(kind))


@handles(core.StopIf)
def stop_if(writer: Writer, con: core.StopIf, want: bool) -> Type:
    note = writer.note(f"StopIf({outer(con.condfunc)})")
    writer.expressions.emit(con.condfunc, note)
    stop = writer.stop
    if stop is None:
        writer.refuse("StopIf outside of a Struct, Sequence or GreedyRange", "put it among the members of a Struct")
    elif stop.label is None:
        writer.code.emit("unary", 2)
        writer.code.emit("check", note=note)
    else:
        writer.code.emit("stop", stop.label, writer.height - stop.height, writer.levels - stop.levels, note=note)
    writer.code.emit("drop")
    return ABSENT


@handles(core.LazyBound)
def lazy_bound(writer: Writer, con: core.LazyBound, want: bool) -> Type:
    try:
        target = con.subconfunc()
    except Exception as error:
        writer.refuse(f"LazyBound, whose function raises {type(error).__name__}: {error}", "write LazyBound(lambda: name)")
        return UNKNOWN
    if not isinstance(target, core.Construct):
        writer.refuse(f"LazyBound of {target!r}", "write LazyBound(lambda: name), with the name of a declaration")
        return UNKNOWN
    if why := endless(target):
        writer.refuse(
            f"an endless LazyBound: what it names {why}", "let it stand in an If, a Switch or an Array, behind what says whether there is more"
        )
        return UNKNOWN
    return writer.call(target, want)
