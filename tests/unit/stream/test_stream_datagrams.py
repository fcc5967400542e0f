"""UDP deliveries: one a datagram, an end at the end of the flow."""

from __future__ import annotations

from wiregram.model.delivery import DATA, END, GAP
from wiregram.model.packet import UDP, Segment
from wiregram.stream import Datagrams


def datagram(data: bytes, length: int = -1) -> Segment:
    return Segment(4, 5, UDP, b"a", 1, b"b", 2, data, length)


def test_each_datagram_is_one_delivery_and_both_directions_end() -> None:
    room = Datagrams()
    out = room.push(datagram(b"one"), 0) + room.push(datagram(b"two!"), 1) + room.push(datagram(b""), 0) + room.finish(9, 8)
    assert [(one.direction, one.kind, one.data, one.length, one.mark, one.time, one.number) for one in out] == [
        (0, DATA, b"one", 3, -1, 5, 4),
        (1, DATA, b"two!", 4, -1, 5, 4),
        (0, END, b"", 0, -1, 9, 8),
        (1, END, b"", 0, -1, 9, 8),
    ]
    assert room.finish(9, 8) == []
    assert room.push(datagram(b"late"), 0) == []
    assert (room.span(0), room.span(1), room.pending(0)) == (3, 4, 0)
    room.swap()
    assert room.span(0) == 4


def test_what_the_capture_cut_off_is_a_gap() -> None:
    room = Datagrams()
    assert [(one.kind, one.length) for one in room.push(datagram(b"cut", 10), 0)] == [(DATA, 3), (GAP, 7)]
    assert [(one.kind, one.length) for one in room.push(datagram(b"", 10), 0)] == [(GAP, 10)]
    assert room.span(0) == 20
