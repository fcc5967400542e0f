"""Deliveries that wait for an acknowledgement: the same octets, later; nothing waits for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wiregram.model.delivery import DATA, END, Delivery
from wiregram.model.packet import ACK, FIN, RST, SYN, TCP, Segment
from wiregram.program.settings import EngineSettings
from wiregram.stream import Acknowledged, Memory, Reassembler

SETTINGS = EngineSettings(acknowledged=True)


class Wire:
    """Both ends of a flow whose numbers begin with 0: a segment is (direction, first octet, octets, acknowledged)."""

    def __init__(self, settings: EngineSettings = SETTINGS, shake: bool = True) -> None:
        self.memory = Memory(settings.reassembly_memory)
        self.room = Acknowledged(Reassembler(settings, self.memory), settings)
        self.number = 0
        if shake:
            self.send(0, -1, b"", 0, SYN)
            self.send(1, -1, b"", 0, SYN | ACK)

    def send(self, direction: int, first: int, data: bytes, acknowledged: int, flags: int = ACK) -> list[Delivery]:
        self.number += 1
        sequence, acknowledgement = (first + 1000) & 0xFFFFFFFF, acknowledged + 1000
        made = Segment(self.number, self.number * 10, TCP, b"a", 1, b"b", 2, data, flags=flags, sequence=sequence, acknowledgement=acknowledgement)
        return self.room.push(made, direction)


def told(deliveries: list[Delivery]) -> list[tuple[int, int, bytes, int]]:
    return [(one.direction, one.kind, one.data, one.number) for one in deliveries]


def test_octets_are_handed_on_with_the_packet_that_acknowledges_them() -> None:
    wire = Wire()
    assert wire.send(0, 0, b"question", 0) == []
    assert wire.room.pending(0) == 8
    assert told(wire.send(1, 0, b"answer", 8)) == [(0, DATA, b"question", 4)]
    assert told(wire.send(0, 8, b"", 6)) == [(1, DATA, b"answer", 5)]
    assert wire.room.pending(0) == wire.room.pending(1) == wire.memory.used == 0


def test_what_is_acknowledged_in_part_is_handed_on_in_part() -> None:
    wire = Wire()
    wire.send(0, 0, b"question", 0)
    first = wire.send(1, 0, b"", 3)
    assert told(first) == [(0, DATA, b"que", 4)]
    assert told(wire.send(1, 0, b"", 8)) == [(0, DATA, b"stion", 5)]
    assert wire.memory.used == 0


def test_an_end_waits_for_the_octets_before_it() -> None:
    wire = Wire()
    assert wire.send(0, 0, b"last", 0, ACK | FIN) == []
    assert told(wire.send(1, 0, b"", 5)) == [(0, DATA, b"last", 4), (0, END, b"", 4)]


def test_a_reset_and_the_finish_let_everything_go() -> None:
    wire = Wire()
    wire.send(0, 0, b"unseen", 0)
    assert [one.data for one in wire.send(1, 0, b"", 0, RST | ACK)] == [b"unseen", b"", b""]
    wire = Wire()
    wire.send(0, 0, b"unseen", 0)
    found = wire.room.finish(99, 0)
    assert told(found) == [(0, DATA, b"unseen", 3), (0, END, b"", 0), (1, END, b"", 0)]
    assert wire.memory.used == 0


def test_where_the_receiver_is_not_in_the_capture_nothing_waits() -> None:
    wire = Wire(shake=False)
    wire.send(0, -1, b"", 0, SYN)
    assert told(wire.send(0, 0, b"alone", 0)) == [(0, DATA, b"alone", 2)]


def test_no_more_waits_than_reassembly_may_hold() -> None:
    wire = Wire(EngineSettings(acknowledged=True, reassembly_flow=1000))
    for index in range(200):
        wire.send(0, 100 * index, bytes(100), 0)
        assert wire.room.pending(0) <= 1000
    assert wire.memory.used <= 1000 + 64


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9), st.booleans()), max_size=30), st.booleans())
def test_the_octets_of_each_direction_are_those_of_plain_reassembly(turns: list[tuple[int, int, bool]], swapped: bool) -> None:
    wire = Wire()
    sent = [b"", b""]
    seen = [0, 0]
    found: list[Delivery] = []
    for direction, size, sees in turns:
        if sees:
            seen[direction] = len(sent[1 - direction])
        data = bytes((len(sent[direction]) + index) & 255 for index in range(size))
        found += wire.send(direction, len(sent[direction]), data, seen[direction])
        sent[direction] += data
        handed = [b"".join(one.data for one in found if one.direction == side) for side in (0, 1)]
        assert all(len(handed[side]) <= max(seen[1 - side], 0) or handed[side] == b"" for side in (0, 1))
    if swapped:
        wire.room.swap()
    rest = wire.room.finish(0, 0)
    for side in (0, 1):
        late = b"".join(one.data for one in rest if one.direction == side ^ swapped)
        assert b"".join(one.data for one in found if one.direction == side) + late == sent[side]
