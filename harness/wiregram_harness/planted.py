"""Faults put into the framework on purpose, to prove that the properties find them. Each is a context manager that says how often it struck.

Some sit at the fault points of `wiregram.testing` between rooms, and work whether the rooms are compiled or not; the others change the source of a
function inside a room, and need the plain form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec

from wiregram import testing as door


class _Proxy:
    """A parser that passes everything on; the faults override."""

    def __init__(self, sound: door.Parser, strikes: door.Strikes) -> None:
        self.sound = sound
        self.strikes = strikes
        self.calls = 0
        self.used = 0
        self.need = 1
        self.offset = 0
        self.expected = ""
        self.short = False
        self.flaw: tuple[int, str] | None = None
        self.visits = 0
        self.rewound = 0

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        self.calls += 1
        outcome = self.sound.run(data, start, end, final)
        for name in ("used", "need", "offset", "expected", "short", "flaw", "visits"):
            setattr(self, name, getattr(self.sound, name))
        return outcome

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        return self.sound.value(data, start)

    def partial(self) -> dict[str, object] | None:
        return self.sound.partial()

    def fail(self, offset: int, expected: str) -> int:
        self.strikes.count += 1
        self.offset, self.expected, self.used = offset, expected, offset
        return door.FAILED


class _Early(_Proxy):
    """Takes the first five octets for a message."""

    early = False

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        outcome = super().run(data, start, end, final)
        if outcome == door.MORE and end - start >= 5:
            self.strikes.count += 1
            self.early = True
            self.used = end - start
            return door.MATCH
        return outcome

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        return {} if self.early else self.sound.value(data, start)


class _Late(_Proxy):
    """Sees the end of a message only when something follows."""

    held = False

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        if self.held:
            return door.MATCH
        outcome = super().run(data, start, end, final)
        if outcome == door.MATCH and not final and self.used == end - start:
            self.strikes.count += 1
            self.held = True
            return door.MORE
        return outcome


class _Split(_Proxy):
    """Takes a carriage return at the end of what there is for an error: the delimiter is looked for whole."""

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        outcome = super().run(data, start, end, final)
        if outcome == door.MORE and end > start and data[end - 1] == 13:
            return self.fail(end - start - 1, "end of line")
        return outcome


class _Impatient(_Proxy):
    """Takes a message of which too little has come for an error."""

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        outcome = super().run(data, start, end, final)
        if outcome == door.MORE and end - start >= 3 and not final:
            return self.fail(end - start, "more bytes")
        return outcome


class _Wrong(_Proxy):
    """Gives texts of four octets and more without their last, and numbers above 255 one too high."""

    def value(self, data: bytes | bytearray, start: int) -> dict[str, object]:
        return {name: self._spoilt(item) for name, item in self.sound.value(data, start).items()}

    def _spoilt(self, item: Any) -> Any:
        if isinstance(item, list):
            return [self._spoilt(part) for part in item]
        if isinstance(item, bytes) and len(item) >= 4:
            self.strikes.count += 1
            return item[:-1]
        if type(item) is int and item > 255:
            self.strikes.count += 1
            return item + 1
        return item


class _Resumed(_Proxy):
    """Forgets where the message began when it goes on: the length is one short."""

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        outcome = super().run(data, start, end, final)
        if outcome == door.MATCH and self.calls > 1 and self.used > 1:
            self.strikes.count += 1
            self.used -= 1
        return outcome


class _Raising(_Proxy):
    """Falls over an octet above 127 in third place."""

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        if end - start > 2 and data[start + 2] > 127:
            self.strikes.count += 1
            raise IndexError("planted")
        return super().run(data, start, end, final)


class _Greedy(_Proxy):
    """Counts what follows a message into it."""

    def run(self, data: bytes | bytearray, start: int, end: int, final: bool) -> int:
        outcome = super().run(data, start, end, final)
        if outcome == door.MATCH and self.used < end - start:
            self.strikes.count += 1
            self.used += 1
        return outcome


def _parsers(kind: Callable[[door.Parser, door.Strikes], door.Parser]) -> Callable[[], AbstractContextManager[door.Strikes]]:
    @contextmanager
    def planted() -> Iterator[door.Strikes]:
        strikes = door.Strikes()
        with door.faulty_parsers(lambda sound: kind(sound, strikes)):
            yield strikes

    return planted


@contextmanager
def _lost_octet() -> Iterator[door.Strikes]:
    strikes = door.Strikes()

    def lose(segment: door.Segment, deliveries: list[door.Delivery]) -> list[door.Delivery]:
        for delivery in deliveries:
            if delivery.kind == door.DATA and len(delivery.data) >= 3 and delivery.data[-1] != 10:
                strikes.count += 1
                delivery.data = delivery.data[:-1]
                delivery.length -= 1
        return deliveries

    with door.faulty_streams(lose):
        yield strikes


@contextmanager
def _twice() -> Iterator[door.Strikes]:
    strikes = door.Strikes()

    def deliver(segment: door.Segment, deliveries: list[door.Delivery]) -> list[door.Delivery]:
        if deliveries or not segment.payload:
            return deliveries
        strikes.count += 1
        direction = int(segment.source_port < segment.target_port)
        return [door.Delivery(direction, door.DATA, segment.payload, len(segment.payload), -1, segment.time, segment.number)]

    with door.faulty_streams(deliver):
        yield strikes


@contextmanager
def _last_copy() -> Iterator[door.Strikes]:
    strikes = door.Strikes()
    seen: dict[tuple[int, int, int], bytes] = {}

    def prefer(segment: door.Segment, deliveries: list[door.Delivery]) -> list[door.Delivery]:
        if segment.number == 1:
            seen.clear()
        key = (segment.source_port, segment.target_port, segment.sequence)
        older = seen.get(key, segment.payload)
        if segment.payload:
            seen[key] = segment.payload
        if older != segment.payload and not deliveries:
            strikes.count += 1
            direction = int(segment.source_port < segment.target_port)
            return [door.Delivery(direction, door.DATA, segment.payload, len(segment.payload), -1, segment.time, segment.number)]
        return deliveries

    with door.faulty_streams(prefer):
        yield strikes


@contextmanager
def _lost_end() -> Iterator[door.Strikes]:
    strikes = door.Strikes()

    def lose(segment: door.Segment, deliveries: list[door.Delivery]) -> list[door.Delivery]:
        kept = [delivery for delivery in deliveries if delivery.kind != door.END]
        strikes.count += len(deliveries) - len(kept)
        return kept

    with door.faulty_streams(lose):
        yield strikes


@contextmanager
def _mixed() -> Iterator[door.Strikes]:
    strikes = door.Strikes()
    before: list[set[int]] = []

    def mix(segment: door.Segment, deliveries: list[door.Delivery]) -> list[door.Delivery]:
        ports = {segment.source_port, segment.target_port}
        other = bool(before) and before[-1] != ports
        before[:] = [ports]
        for delivery in deliveries:
            if other and delivery.kind == door.DATA and delivery.data:
                strikes.count += 1
                delivery.data = bytes([delivery.data[0] ^ 1]) + delivery.data[1:]
        return deliveries

    with door.faulty_streams(mix):
        yield strikes


class Fault(msgspec.Struct, frozen=True):
    """`plant()` puts the fault in; `protocol` is what it is looked for with; `room` where it lies."""

    name: str
    what: str
    room: str
    plant: Callable[[], AbstractContextManager[door.Strikes]]
    protocol: str = "echo"


def _source(place: str, *changes: tuple[str, str]) -> Callable[[], AbstractContextManager[door.Strikes]]:
    return lambda: door.rewritten(place, *changes)


def _fault(name: str, what: str, place: str, *changes: tuple[str, str], protocol: str = "echo") -> Fault:
    return Fault(name, what, place.partition(".")[0], _source(place, *changes), protocol)


_BETWEEN = (
    Fault("lost_octet", "a piece that does not end a line loses its last octet", "stream", _lost_octet),
    Fault("twice", "a retransmission is delivered a second time", "stream", _twice),
    Fault("last_copy", "octets that come again with another value are delivered again", "stream", _last_copy),
    Fault("lost_end", "the end of a direction is not handed on", "stream", _lost_end),
    Fault("mixed", "a packet behind one of another flow has its first octet changed", "stream", _mixed),
    Fault("early_message", "five octets are a message", "parse", _parsers(_Early)),
    Fault("late_message", "a message ends only when something follows it", "parse", _parsers(_Late)),
    Fault("split_delimiter", "a delimiter that is cut is an error", "parse", _parsers(_Split)),
    Fault("impatient", "too few octets are an error", "parse", _parsers(_Impatient)),
    Fault("wrong_value", "long texts lose an octet, large numbers are one too high", "parse", _parsers(_Wrong)),
    Fault("resumed_length", "a message that came in pieces is one octet short", "parse", _parsers(_Resumed)),
    Fault("raises", "an octet above 127 makes the parser fall over", "parse", _parsers(_Raising)),
    Fault("greedy", "what follows a message is counted into it", "parse", _parsers(_Greedy)),
)
"""Between rooms: in either form."""

_INSIDE = (
    _fault(
        "payload_offset",
        "a packet with an odd number of octets loses its first",
        "decode.decoder:Decoder._internet",
        ("data[body:end], wire - body", "data[body + CHANGED(0, (end - body) & 1) : end], wire - body"),
    ),
    _fault(
        "short_length",
        "octets beyond the first 255 of an IP packet are cut off",
        "decode.decoder:Decoder._internet",
        ("stop = at + (data[at + 2] << 8 | data[at + 3])", "stop = at + CHANGED(data[at + 2] << 8 | data[at + 3], max(40, data[at + 3]))"),
        protocol="dns",
    ),
    _fault(
        "udp_length",
        "a datagram loses its last octet",
        "decode.decoder:Decoder._internet",
        ("stop = at + stop if stop else wire  # zero: a jumbogram (RFC 2675)", "stop = CHANGED(at + stop, at + stop - 1)"),
        protocol="dns",
    ),
    _fault(
        "direction",
        "the lower address is always the server",
        "flow.table:FlowTable.find",
        ("direction = 0 if source == flow.client and source_port == flow.client_port else 1", "direction = CHANGED(side, 1 - side)"),
    ),
    _fault(
        "one_flow",
        "flows are told apart by addresses and the server's port only",
        "flow.table:FlowTable.find",
        ("key = (source, target, source_port, target_port,", "key = (source, target, CHANGED(source_port, 0), target_port,"),
        ("key = (target, source, target_port, source_port,", "key = (target, source, CHANGED(target_port, 0), source_port,"),
    ),
    _fault(
        "reuse",
        "a new connection between the same ports belongs to the old one",
        "flow.table:FlowTable._reused",
        ("if entry.state == CLOSED:\n        return True", "if CHANGED(entry.state == CLOSED, False):\n        return True"),
    ),
    _fault(
        "never_over",
        "a flow is the same one however long it was silent",
        "flow.table:FlowTable.find",
        ("if clock - entry.seen > timeout:", "if CHANGED(clock - entry.seen > timeout, False):"),
        protocol="dns",
    ),
    _fault(
        "quiet_hole",
        "a hole that has waited long enough waits on where no packet comes",
        "stream.reassembler:Reassembler._expect",
        ("if due < self.due:", "if CHANGED(due < self.due, False):"),
    ),
    _fault(
        "longer_copy",
        "a retransmission that is longer than the original brings nothing new",
        "stream.reassembler:Reassembler._place",
        ("if end > half.next:\n", "if CHANGED(end > half.next, offset >= half.next and end > half.next):\n"),
    ),
    _fault(
        "overlap_shift",
        "behind an overlap an octet comes twice",
        "stream.reassembler:Reassembler._place",
        ("payload[half.next - offset :]", "payload[CHANGED(half.next - offset, half.next - offset - 1) :]"),
    ),
    _fault(
        "end_data",
        "octets that come with the end are behind it",
        "stream.reassembler:Reassembler._place",
        ("half.fin = end\n", "half.fin = CHANGED(end, offset)\n"),
    ),
    _fault(
        "no_gap",
        "a gap is not told",
        "stream.reassembler:Reassembler._gap",
        ('out.append(Delivery(direction, GAP, b"", length, -1, time, number))', "STRIKE()"),
    ),
    _fault(
        "memory_leak",
        "what waited out of order stays counted",
        "stream.reassembler:Reassembler._release",
        ("self.memory.used -= freed", "self.memory.used -= CHANGED(freed, 0)"),
    ),
    _fault(
        "split_pattern",
        "a pattern that is cut is not found",
        "detect.matcher:Search.feed",
        ("self._iterator.set(piece, False)", "(STRIKE(), self._iterator.set(piece, True))"),
        protocol="pop3",
    ),
    _fault(
        "hasty_probe",
        "a probe gives up at two octets",
        "detect.probes:Trial.run",
        ("elif outcome == FAILED or limit == self.most:", "elif outcome == FAILED or limit == self.most or CHANGED(False, size == 2):"),
    ),
    _fault(
        "lost_wait",
        "of what waited for detection the last piece is lost",
        "engine.conversation:Conversation._decided",
        ("self._put_first(waiting)", "self._put_first(waiting[: CHANGED(len(waiting), max(1, len(waiting) - 1))])"),
    ),
    _fault(
        "blind_detection",
        "detection does not see the third piece of a direction",
        "engine.conversation:Conversation._so_far",
        (
            "elif isinstance(data, bytearray):\n        data += delivery.data",
            "elif isinstance(data, bytearray):\n        data += CHANGED(delivery.data, b'')",
        ),
        protocol="pop3",
    ),
    _fault(
        "held_memory",
        "what waited for detection stays counted",
        "engine.conversation:Conversation._hold",
        ("self._engine.held += octets", "self._engine.held += CHANGED(octets, max(0, octets))"),
    ),
    _fault(
        "forgets_token",
        "a token that was complete at the end of a piece is forgotten",
        "parse.text:TextParser.run",
        ("self._held = held\n", "self._held = CHANGED(held, 0)\n"),
        protocol="pop3",
    ),
    _fault(
        "steps_back",
        "a text parser that goes on looks at an octet again",
        "parse.text:TextParser.run",
        ("self._place = self.used = place - start\n", "self._place = self.used = CHANGED(place - start, max(self._base, place - start - 1))\n"),
    ),
    _fault(
        "short_text",
        "a text of four octets or more loses its last",
        "parse.text:TextParser._text",
        ("text = octets.cut(view, first, last)", "text = octets.cut(view, first, CHANGED(last, last - (last - first > 3)))"),
    ),
    _fault(
        "quadratic",
        "a token is looked for from the beginning, seventy times",
        "parse.text:TextParser.run",
        ("self._rewound += place - stop", "self._rewound += CHANGED(place - stop, 70 * (place - start))"),
        protocol="pop3",
    ),
    _fault(
        "byte_order",
        "numbers of two octets are read the wrong way round",
        "parse.binary:BinaryParser._loop",
        ("acc = octets[n] << 8 | octets[n + 1]", "acc = CHANGED(octets[n] << 8 | octets[n + 1], octets[n + 1] << 8 | octets[n])"),
        protocol="dns",
    ),
    _fault(
        "counted_short",
        "counted octets lose the last",
        "parse.binary:BinaryParser._loop",
        (
            "acc = views.cut(octets, start + pos, start + pos + n)\n                    pos = lack",
            "acc = views.cut(octets, start + pos, start + pos + CHANGED(n, max(0, n - 1)))\n                    pos = lack",
        ),
        protocol="dns",
    ),
    _fault(
        "resume_length",
        "a message that was gathered takes one octet less of the last piece",
        "transaction.items:Items._collect",
        (
            "self._match(cursor, parser, value, used, used - under, buffer, used)",
            "self._match(cursor, parser, value, used, CHANGED(used - under, max(0, used - under - 1)), buffer, used)",
        ),
    ),
    _fault(
        "message_limit",
        "a message may be one octet longer than its limit",
        "transaction.items:Items._message",
        ("if end - at > self._limit:", "if CHANGED(end - at > self._limit, end - at > self._limit + 1):"),
    ),
    _fault(
        "depth",
        "one octet beyond the depth is looked at",
        "transaction.items:Items.step",
        ("cursor.split(self._depth - cursor.offset)", "cursor.split(CHANGED(self._depth - cursor.offset, self._depth - cursor.offset + 1))"),
        ("if cursor.offset >= self._depth:", "if CHANGED(cursor.offset >= self._depth, cursor.offset > self._depth):"),
    ),
    _fault(
        "silent_error",
        "a message that does not match has no event",
        "transaction.items:Items._break_off",
        ("if name:", 'if CHANGED(bool(name), bool(name) and name != "parse_error"):'),
    ),
    _fault(
        "silent_gap",
        "a gap has no event",
        "transaction.items:Items._gap",
        ('self.event("gap", cursor.direction, start, cursor.exchange)', "STRIKE()"),
    ),
    _fault(
        "uncounted",
        "raw octets are not counted",
        "transaction.items:Items._raw",
        ("cursor.account.parsed += used", "cursor.account.parsed += CHANGED(used, 0)"),
        protocol="pop3",
    ),
    _fault(
        "wrong_exchange",
        "an answer belongs to the youngest request",
        "transaction.pairing:Pairing.oldest",
        ("found = queue[0] if queue else None", "found = CHANGED(queue[0], queue[-1]) if queue else None"),
    ),
    _fault(
        "logged_twice",
        "a transaction with an answer is logged twice",
        "transaction.journal:Journal.close",
        (
            "self._log(exchange, REQUEST, -1, time, number)",
            "[self._log(exchange, REQUEST, -1, time, number) for _ in range(CHANGED(1, 1 + exchange.seen[1]))]",
        ),
    ),
    _fault(
        "never_logged",
        "a transaction without a request is not logged",
        "transaction.exchanges:Exchanges._end",
        (
            "self.journal.close(exchange, self.time, self.number)",
            "self.journal.close(exchange, self.time, self.number) if exchange.seen[0] else STRIKE()",
        ),
        protocol="pop3",
    ),
    _fault(
        "hasty_end",
        "an exchange waits for its answer for a fraction of its time",
        "transaction.tables:Tables.__init__",
        ("self.timeout = pair.timeout", "self.timeout = CHANGED(pair.timeout, pair.timeout // 64)"),
    ),
    _fault(
        "shared_fields",
        "all exchanges share their fields",
        "transaction.exchange:Exchange.__init__",
        ("= ({}, {})", '= SHARED("fields", ({}, {}))'),
    ),
    _fault(
        "one_too_many",
        "one exchange more than the limit may be open",
        "transaction.session:Session._run",
        ("if len(still_open) > most:", "if CHANGED(len(still_open) > most, len(still_open) > most + 1):"),
    ),
    _fault(
        "impatient_hold",
        "a hold ends at once",
        "transaction.session:Session._deserted",
        ("if other.over or other.absent or other.hold is not None:", "if CHANGED(other.over or other.absent or other.hold is not None, True):"),
        protocol="pop3",
    ),
    _fault(
        "lost_dot",
        "a line end that is cut off from its dot is of the other kind",
        "transaction.extent:Dotted.take",
        ("before = data[j - 1] if j > start else self.last", "before = data[j - 1] if j > start else CHANGED(self.last, -1)"),
        protocol="pop3",
    ),
    _fault(
        "unasked",
        "an answer that nobody asked for has no event",
        "transaction.exchanges:Exchanges.open",
        ('self.event("response_without_request", cursor.direction, cursor.start, exchange)', "STRIKE()"),
    ),
    _fault(
        "swapped_ports",
        "an EVE record has the client's port as the server's",
        "outputs.eve:_add_ends",
        ('made["dest_port"] = ends.target_port', 'made["dest_port"] = CHANGED(ends.target_port, ends.source_port)'),
    ),
    _fault(
        "first_number",
        "the first transaction of a flow has no number in EVE",
        "outputs.eve:eve",
        ("if record.tx_id is not None:", "if CHANGED(record.tx_id is not None, bool(record.tx_id)):"),
    ),
    _fault(
        "shown_secret",
        "secrets are shown",
        "outputs.values:plain",
        ("if show_secrets else _hidden(value.value)", "if CHANGED(show_secrets, True) else _hidden(value.value)"),
        protocol="pop3",
    ),
)
"""Inside rooms: in the plain form only."""

PLANTED = {fault.name: fault for fault in (*_BETWEEN, *_INSIDE)}
BETWEEN = tuple(fault.name for fault in _BETWEEN)
