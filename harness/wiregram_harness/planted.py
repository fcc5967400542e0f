"""Faults put into the framework on purpose, to prove that the properties find them. Each is a context manager that says how often it struck.

They sit at the fault points of `wiregram.testing`, between rooms, so they work whether the rooms are compiled or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec

from wiregram import testing as door


class Strikes:
    """How often a planted fault has changed something: a fault that never strikes proves nothing."""

    def __init__(self) -> None:
        self.count = 0


class _Proxy:
    """A parser that passes everything on; the faults override."""

    def __init__(self, sound: door.Parser, strikes: Strikes) -> None:
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


def _parsers(kind: Callable[[door.Parser, Strikes], door.Parser]) -> Callable[[], AbstractContextManager[Strikes]]:
    @contextmanager
    def planted() -> Iterator[Strikes]:
        strikes = Strikes()
        with door.faulty_parsers(lambda sound: kind(sound, strikes)):
            yield strikes

    return planted


@contextmanager
def _lost_octet() -> Iterator[Strikes]:
    strikes = Strikes()

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
def _twice() -> Iterator[Strikes]:
    strikes = Strikes()

    def deliver(segment: door.Segment, deliveries: list[door.Delivery]) -> list[door.Delivery]:
        if deliveries or not segment.payload:
            return deliveries
        strikes.count += 1
        direction = int(segment.source_port < segment.target_port)
        return [door.Delivery(direction, door.DATA, segment.payload, len(segment.payload), -1, segment.time, segment.number)]

    with door.faulty_streams(deliver):
        yield strikes


@contextmanager
def _last_copy() -> Iterator[Strikes]:
    strikes = Strikes()
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
def _lost_end() -> Iterator[Strikes]:
    strikes = Strikes()

    def lose(segment: door.Segment, deliveries: list[door.Delivery]) -> list[door.Delivery]:
        kept = [delivery for delivery in deliveries if delivery.kind != door.END]
        strikes.count += len(deliveries) - len(kept)
        return kept

    with door.faulty_streams(lose):
        yield strikes


@contextmanager
def _mixed() -> Iterator[Strikes]:
    strikes = Strikes()
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
    """`plant()` puts the fault in; `properties` are those that may find it."""

    name: str
    what: str
    plant: Callable[[], AbstractContextManager[Strikes]]
    properties: tuple[str, ...]


STREAMS = ("chunk_invariance", "byte_accounting", "reassembly_model")

PLANTED = {
    fault.name: fault
    for fault in (
        Fault(
            "lost_octet",
            "a piece that does not end a line loses its last octet",
            _lost_octet,
            ("chunk_invariance", "byte_accounting", "reassembly_model"),
        ),
        Fault("twice", "a retransmission is delivered a second time", _twice, STREAMS),
        Fault("last_copy", "octets that come again with another value are delivered again", _last_copy, STREAMS),
        Fault("lost_end", "the end of a direction is not handed on", _lost_end, ("reassembly_model",)),
        Fault(
            "mixed",
            "a packet behind one of another flow has its first octet changed",
            _mixed,
            ("no_cross_flow", "reassembly_model", "chunk_invariance"),
        ),
        Fault("early_message", "five octets are a message", _parsers(_Early), ("no_early_message",)),
        Fault("late_message", "a message ends only when something follows it", _parsers(_Late), ("no_late_message",)),
        Fault("split_delimiter", "a delimiter that is cut is an error", _parsers(_Split), ("no_early_message",)),
        Fault("impatient", "too few octets are an error", _parsers(_Impatient), ("no_early_message",)),
        Fault("wrong_value", "long texts lose an octet, large numbers are one too high", _parsers(_Wrong), ("grammar_agreement",)),
        Fault("resumed_length", "a message that came in pieces is one octet short", _parsers(_Resumed), ("no_early_message",)),
        Fault("raises", "an octet above 127 makes the parser fall over", _parsers(_Raising), ("never_raises",)),
        Fault("greedy", "what follows a message is counted into it", _parsers(_Greedy), ("trailing_data", "grammar_agreement")),
    )
}
