"""Reassembly against a model that keeps a map of octets; hostile segments; bounds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.packet import ACK, FIN, PSH, RST, SYN, TCP, Segment
from wiregram.program.settings import EngineSettings
from wiregram.stream import Memory, Reassembler

M32 = 0xFFFFFFFF
ISN = st.one_of(st.integers(0, M32), st.integers(M32 - 300, M32), st.integers(0x7FFFFF00, 0x80000010))
BIG = EngineSettings()


def segment(sequence: int, data: bytes, flags: int = PSH, acknowledgement: int = 0, number: int = 1, length: int = -1, time: int = 0) -> Segment:
    return Segment(number, time, TCP, b"a", 1, b"b", 2, data, length, flags, sequence & M32, acknowledgement & M32)


@dataclass
class Lined:
    """What came of one direction, laid out."""

    data: dict[int, int]
    holes: list[range]
    ends: int
    size: int

    @property
    def gaps(self) -> set[int]:
        return {index for hole in self.holes for index in hole}


def lay_out(deliveries: list[Delivery], direction: int) -> Lined:
    lined = Lined({}, [], 0, 0)
    for delivery in deliveries:
        if delivery.direction != direction:
            continue
        assert lined.ends == 0, "nothing follows the end"
        if delivery.kind == DATA:
            assert delivery.data
            lined.data.update(enumerate(delivery.data, lined.size))
        elif delivery.kind == GAP:
            assert delivery.length > 0
            lined.holes.append(range(lined.size, lined.size + delivery.length))
        else:
            lined.ends += 1
        lined.size += delivery.length
    return lined


PIECES = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 40)), max_size=25)


@given(ISN, PIECES, st.booleans())
def test_what_was_seen_is_delivered_and_what_was_not_is_a_gap(isn: int, pieces: list[tuple[int, int]], fin: bool) -> None:
    stream = bytes(range(160))
    memory = Memory(1 << 20)
    room = Reassembler(BIG, memory)
    out = room.push(segment(isn, b"", SYN), 0)
    seen: set[int] = set()
    for at, size in pieces:
        out += room.push(segment(isn + 1 + at, stream[at : at + size]), 0)
        seen.update(range(at, at + size))
        lined = lay_out(out, 0)
        assert not lined.gaps
        assert set(lined.data) == set(range(next(index for index in range(200) if index not in seen)))
        assert room.pending(0) == len(seen) - len(lined.data)
    if fin:
        out += room.push(segment(isn + 1 + 160, b"", FIN), 0)
    out += room.finish(0, 0)
    lined = lay_out(out, 0)
    assert set(lined.data) == seen
    assert all(stream[index] == octet for index, octet in lined.data.items())
    last = 160 if fin else max(seen, default=-1) + 1
    assert lined.gaps == set(range(last)) - seen
    assert (lined.ends, lined.size, room.span(0), room.pending(0), memory.used) == (1, last, last, 0, 0)
    assert memory.counters["overlap_different_data"] == 0


@given(ISN, st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=30)), max_size=25))
def test_the_first_copy_of_every_octet_wins(isn: int, pieces: list[tuple[int, bytes]]) -> None:
    room = Reassembler(BIG)
    out = room.push(segment(isn, b"", SYN), 0)
    first: dict[int, int] = {}
    for at, data in pieces:
        due = next(index for index in range(200) if index not in first)
        out += room.push(segment(isn + 1 + at, data), 0)
        if not (at == due - 1 and len(data) == 1):
            for index, octet in enumerate(data, at):
                first.setdefault(index, octet)
    out += room.finish(0, 0)
    assert lay_out(out, 0).data == first


@given(ISN, st.binary(min_size=1, max_size=200), st.sets(st.integers(1, 199)), st.sets(st.integers(1, 199)))
def test_cuts_do_not_change_what_is_delivered(isn: int, stream: bytes, some: set[int], others: set[int]) -> None:
    def deliver(cuts: set[int]) -> tuple[dict[int, int], list[int]]:
        room = Reassembler(BIG)
        out = room.push(segment(isn, b"", SYN), 0)
        places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
        for start, stop in pairwise(places):
            out += room.push(segment(isn + 1 + start, stream[start:stop], ACK, 77), 0)
        return lay_out(out + room.finish(0, 0), 0).data, [delivery.mark for delivery in out]

    (one, marks), (two, _) = deliver(some), deliver(others)
    assert one == two == dict(enumerate(stream))
    assert set(marks) <= {0}


STEPS = st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.integers(0, 5), st.booleans()), max_size=60)


@given(ISN, ISN, STEPS)
def test_what_the_capture_lost_becomes_a_gap_and_disorder_does_not(isn: int, other: int, steps: list[tuple[int, bool, int, bool]]) -> None:
    """A sender whose segments may be acknowledged at once, seen through a capture that loses some and has others up to five places late."""
    wire: list[tuple[int, int, Segment]] = []
    stream = bytes(index % 251 for index in range(2000))
    lost: set[int] = set()
    at = 0
    for place, (size, drop, late, acked) in enumerate(steps):
        if drop:
            lost.update(range(at, at + size))
        else:
            wire.append((place + late, place, segment(isn + 1 + at, stream[at : at + size], ACK, other + 1)))
        at += size
        if acked:
            wire.append((place, place + 1000, segment(other + 1, b"", ACK, isn + 1 + at)))
    room = Reassembler(BIG)
    out = room.push(segment(isn, b"", SYN), 0) + room.push(segment(other, b"", SYN | ACK, isn + 1), 1)
    for _, _, one in sorted(wire, key=lambda item: item[:2]):
        out += room.push(one, 0 if one.payload else 1)
    out += room.push(segment(isn + 1 + at, b"", FIN), 0) + room.finish(0, 0)
    lined = lay_out(out, 0)
    assert lined.gaps == lost
    assert lined.data == {index: stream[index] for index in range(at) if index not in lost}


FLAGS = st.sampled_from([0, ACK, PSH | ACK, SYN, SYN | ACK, FIN, FIN | ACK, RST, RST | ACK, SYN | FIN, 255])
NUMBER = st.one_of(st.integers(0, 300), st.integers(M32 - 300, M32), st.integers(0, M32), st.integers(1 << 24, (1 << 24) + 300))
MORE = st.one_of(st.just(0), st.integers(0, 70_000))
TIME = st.integers(0, 2_000_000_000)
HOSTILE = st.lists(st.tuples(st.integers(0, 1), FLAGS, NUMBER, NUMBER, st.binary(max_size=60), MORE, TIME), max_size=50)


@given(HOSTILE, st.integers(0, 2000), st.integers(0, 3000), st.booleans())
def test_hostile_segments_break_no_rule(steps: list[tuple[int, int, int, int, bytes, int, int]], flow_limit: int, limit: int, swap: bool) -> None:
    memory = Memory(limit)
    room = Reassembler(EngineSettings(reassembly_flow=flow_limit), memory)
    out: list[Delivery] = []
    for direction, flags, sequence, acknowledgement, data, more, time in steps:
        out += room.push(segment(sequence, data, flags, acknowledgement, 1, len(data) + more, time), direction)
        assert memory.used <= limit
        assert room.pending(0) + room.pending(1) <= min(limit, flow_limit)
    out += room.finish(0, 0)
    for direction in (0, 1):
        lined = lay_out(out, direction)
        assert lined.ends == 1
        assert lined.size == room.span(direction)
        assert room.pending(direction) == 0
    assert memory.used == 0
    assert all(delivery.mark >= -1 for delivery in out)
    assert room.finish(0, 0) == []
    assert [delivery.kind for delivery in out].count(END) == 2
