"""A small world for the machines: two kinds of messages, expressions by hand, and conversations with marks.

The parsers here are as simple as they can be and have the interface of model/parsing.py. The descriptions are compiled by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.flow import Flow
from wiregram.model.outcome import Done, Event, Switch
from wiregram.model.packet import TCP, UDP
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.model.record import Secret
from wiregram.program.expression import Extent
from wiregram.program.protocol import (
    COMPLETE,
    STOP,
    UPGRADE,
    Assign,
    Choice,
    Each,
    EventRule,
    Limits,
    Log,
    Pair,
    Protocol,
    Resync,
    SecretRule,
    Side,
    State,
    Table,
    Transition,
    Upgrade,
    Value,
)
from wiregram.transaction import Machine

SECOND = 1_000_000_000


class Message:
    """A program. `fields`: what it could give; `make(text)` gives the value, or None where the text is no message."""

    def __init__(self, name, fields, make, framed=False):
        self.name, self.fields, self.make, self.framed = name, fields, make, framed


class FakeParser:
    """A line up to LF, or two octets of length and as many bytes. A byte 0xff fits nowhere; 0xfe ends the message with a flaw."""

    def __init__(self, program):
        self.program = program
        self.used = self.offset = self.visits = 0
        self.need = 1
        self.expected = ""
        self.short = False
        self.flaw = None
        self.seen = 0
        self.end = -1
        self.answered = False
        self.complex = False

    def run(self, data, start, end, final):
        assert not self.answered, "called again after an answer"
        assert end - start >= self.seen, "the bytes are not those of the last call"
        size = end - start
        place = self.seen
        while place < size:
            byte = data[start + place]
            self.visits += 1
            place += 1
            if byte == 0xFF:
                return self._failed(place - 1, "no 0xff")
            if byte == 0xFD:
                self.complex = True
                return self._failed(place - 1, "simpler bytes")
            if byte == 0xFE:
                self.flaw = (place - 1, "no 0xfe")
            if self.program.framed:
                if place == 2:
                    self.end = 2 + (data[start] << 8 | data[start + 1])
            elif byte == 10:
                self.end = place
            if place == self.end:
                self.seen = self.used = place
                self.answered = True
                if self.program.make(bytes(data[start : start + place])) is None:
                    return self._failed(0, self.program.name)
                return MATCH
        self.seen = self.used = place
        self.need = self.end - place if self.end > place else 1
        if final:
            self.short = True
            return self._failed(place, "more")
        return MORE

    def _failed(self, offset, expected):
        self.answered = True
        self.offset, self.expected = offset, expected
        return FAILED

    def value(self, data, start):
        return self.program.make(bytes(data[start : start + self.used]))


def words(text):
    """`kind` is the first word; `arg` the others; a line that begins with `_` is noise. A last word of digits is `number`."""
    parts = text.strip().split()
    if not parts:
        return {"kind": b"_blank"} if text.strip(b"\r\n") == b"" and text[:1] in (b"\r", b"\n") else None
    if parts[0] not in (b"+", b"*") and not parts[0].strip(b"*+-_!<>.").isalnum():
        return None
    value = {"kind": parts[0], "arg": parts[1:]}
    if len(parts) > 1 and parts[-1].isdigit():
        value["number"] = int(parts[-1])
    return value


def frame(text):
    """Octets behind the length: id, role (0: request), the rest is `data`."""
    body = text[2:]
    if len(body) < 2:
        return None
    return {"kind": b"frame", "id": body[0], "qr": body[1], "data": body[2:]}


LINE = Message("line", ("kind", "arg", "number"), words)
FRAME = Message("frame", ("kind", "id", "qr", "data"), frame, framed=True)
LETTER = Message("letter", ("letter",), lambda text: {"letter": text[:1]} if text[:1] in b"SN" else None)


class LetterParser(FakeParser):
    """One octet."""

    def run(self, data, start, end, final):
        if end == start:
            return MORE if not final else self._failed(0, "a letter")
        self.used = self.seen = 1
        self.answered = True
        return MATCH if self.program.make(bytes(data[start : start + 1])) else self._failed(0, "S or N")


def begin_any(program, params=None):
    return LetterParser(program) if program is LETTER else FakeParser(program)


def const(value):
    return ("const", value)


def own(name):
    return ("own", name)


def req(name):
    return ("request", name)


def res(name):
    return ("response", name)


def same(code, value):
    return ("==", code, ("const", value))


def when(code, target=COMPLETE, **more):
    return Transition(target, when=code, **more)


def parse(name, *transitions, message=0, **more):
    return State(name, parse=(Choice(None, message),), next=transitions or (Transition(COMPLETE),), **more)


def decision(name, *transitions, **more):
    return State(name, next=transitions, **more)


def raw(name, extent, *transitions, **more):
    return State(name, extent=extent, next=transitions or (Transition(COMPLETE),), **more)


def side(*states, first=-1, start=0, resync=None):
    return Side(states, start=start, first=first, resync=resync or Resync("after", (b"\n",)))


def table(**entries):
    return Table(tuple((name, shape if isinstance(shape, Table | Each | Value) else Value(shape)) for name, shape in entries.items()))


def protocol(request, response, messages=(LINE,), record=None, **more):
    record = record if record is not None else table(asked=req("kind"), args=req("arg"), said=res("kind"), rest=res("arg"))
    return Protocol(
        name="fake",
        title="fake",
        ports={},
        mode={},
        speaks_first="client",
        messages=messages,
        fields=tuple(message.fields for message in messages),
        sides=(request, response),
        record=record,
        **more,
    )


def plain(value):
    """A record's value as a reader would write it down."""
    if isinstance(value, Secret):
        return "***"
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


class Talk:
    """One flow and its session. Turns: (direction, bytes) with a mark that shows all of the other side so far."""

    def __init__(self, description, transport=TCP, midstream=False, adopted=(None, None), machine=None, one_sided=False):
        self.flow = Flow(1, transport, b"\n\0\0\1", 4000, b"\n\0\0\2", 25, SECOND, 1)
        self.flow.midstream = midstream
        self.flow.packets = [1, 1] if not one_sided else [0, 0]
        self.machine = machine or Machine(description, begin_any)
        self.session = self.machine.open(self.flow, adopted)
        self.sent = [0, 0]
        self.fed = [0, 0]
        self.time = SECOND
        self.number = 0
        self.out = []
        self.stream = transport == TCP
        self.goes_on = False  # after a switch: feed the same session
        self.unfed = [b"", b""]

    def deliver(self, direction, kind, data=b"", length=0, mark=None):
        self.number += 1
        if mark is None:
            mark = self.sent[1 - direction] if self.stream and kind == DATA else -1
        if self.switch and not self.goes_on:
            self.unfed[direction] += data
            return
        self.fed[direction] += len(data) + length
        self.session.feed(Delivery(direction, kind, data, length, mark, self.time, self.number))
        if self.session.rest is None:
            self.check()
        self.out += self.session.take()

    def check(self):
        for direction in (0, 1):
            total = self.flow.accounts[direction].total() + self.session.pending(direction)
            assert total == self.fed[direction], (direction, total, self.fed)
            assert self.session.pending(direction) >= 0

    def say(self, direction, data, pieces=None, mark=None):
        """Send bytes, as one piece or in the pieces given; all of them have seen what was sent before."""
        if mark is None:
            mark = self.sent[1 - direction] if self.stream else -1
        for piece in pieces if pieces is not None else [data]:
            self.deliver(direction, DATA, piece, mark=mark)
        self.sent[direction] += len(data)
        return self

    def gap(self, direction, length):
        self.deliver(direction, GAP, length=length)
        self.sent[direction] += length
        return self

    def end(self, direction):
        self.deliver(direction, END)
        return self

    def wait(self, seconds):
        self.time += int(seconds * SECOND)
        self.session.tick(self.time)
        self.out += self.session.take()
        return self

    def finish(self):
        self.session.finish(self.time, self.number)
        self.out += self.session.take()
        if self.session.rest is None:
            self.check()
            assert self.session.pending(0) == self.session.pending(1) == 0
        return self

    @property
    def dones(self):
        return [item for item in self.out if isinstance(item, Done)]

    @property
    def bodies(self):
        return [plain(item.body) for item in self.dones]

    @property
    def events(self):
        return [item.name for item in self.out if isinstance(item, Event)]

    @property
    def switch(self):
        return next((item for item in self.out if isinstance(item, Switch)), None)

    def account(self, direction):
        account = self.flow.accounts[direction]
        return {name: getattr(account, name) for name in account.__slots__ if getattr(account, name)}


def cuts(data, size):
    """The bytes in pieces of `size`."""
    return [data[i : i + size] for i in range(0, len(data), size)]


def play(description, turns, size=0, **more):
    """A whole conversation of (direction, bytes); `size`: cut every turn into pieces so long."""
    talk = Talk(description, **more)
    for direction, data in turns:
        talk.say(direction, data, cuts(data, size) if size else None)
    return talk.finish()


@pytest.fixture(scope="session")
def kit():
    return SimpleNamespace(
        COMPLETE=COMPLETE, STOP=STOP, UPGRADE=UPGRADE, Assign=Assign, Choice=Choice, Each=Each, EventRule=EventRule, Extent=Extent, Limits=Limits,
        Log=Log, Pair=Pair, Resync=Resync, SecretRule=SecretRule, Side=Side, State=State, Table=Table, Transition=Transition, Upgrade=Upgrade,
        Value=Value, Done=Done, Event=Event, Switch=Switch, TCP=TCP, UDP=UDP, DATA=DATA, END=END, GAP=GAP, Delivery=Delivery, Machine=Machine,
        SECOND=SECOND, LINE=LINE, FRAME=FRAME, LETTER=LETTER, begin_any=begin_any, FakeParser=FakeParser, Message=Message, const=const, own=own,
        req=req, res=res, same=same, when=when, parse=parse, decision=decision, raw=raw, side=side, table=table, protocol=protocol, plain=plain,
        Talk=Talk, cuts=cuts, play=play, words=words,
    )  # fmt: skip
