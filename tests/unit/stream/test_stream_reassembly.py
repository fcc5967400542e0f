"""TCP reassembly, rule by rule."""

from __future__ import annotations

import pytest

from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.packet import ACK, FIN, PSH, RST, SYN, TCP, TO_CLIENT, TO_SERVER, Segment
from wiregram.program.settings import EngineSettings
from wiregram.stream import Memory, Reassembler

M32 = 0xFFFFFFFF
TOLERANCE = 24 << 10
"""That of the reassembler, which the compiled form does not show."""
SECOND = 1_000_000_000
ISNS = [0, 1000, 0x7FFFFFF0, 0xFFFFFFF0, 0xFFFFFFFF]


class Wire:
    """A reassembler under test: segments are given by offset from a direction's first octet, deliveries come as short tuples."""

    def __init__(self, isn: int = 1000, opened: bool = True, **settings: int) -> None:
        self.memory = Memory(settings.get("reassembly_memory", 1 << 20))
        self.stream = Reassembler(EngineSettings(**settings), self.memory)
        self.isn = [isn & M32, (isn + 0x1234567) & M32]
        self.time = 0
        self.number = 0
        if opened:
            assert self.raw(TO_SERVER, SYN, -1) == []
            assert self.raw(TO_CLIENT, SYN | ACK, -1, 0) == []

    def raw(self, direction: int, flags: int, at: int, acked: int | None = None, data: bytes = b"", length: int = -1) -> list[tuple[object, ...]]:
        self.number += 1
        acknowledgement = 0 if acked is None else self.isn[1 - direction] + 1 + acked
        segment = Segment(
            self.number, self.time, TCP, b"a", 1, b"b", 2, data, length, flags, (self.isn[direction] + 1 + at) & M32, acknowledgement & M32
        )  # fmt: skip
        return [brief(delivery) for delivery in self.stream.push(segment, direction)]

    def send(self, at: int, data: bytes, direction: int = TO_SERVER, acked: int | None = None, length: int = -1) -> list[tuple[object, ...]]:
        return self.raw(direction, PSH if acked is None else PSH | ACK, at, acked, data, length)

    def ack(self, acked: int, direction: int = TO_CLIENT, at: int = 0) -> list[tuple[object, ...]]:
        return self.raw(direction, ACK, at, acked)

    def tick(self, time: int) -> list[tuple[object, ...]]:
        return [brief(delivery) for delivery in self.stream.tick(time)]

    def finish(self) -> list[tuple[object, ...]]:
        return [brief(delivery) for delivery in self.stream.finish(self.time, self.number)]


def brief(delivery: Delivery) -> tuple[object, ...]:
    if delivery.kind == DATA:
        assert delivery.length == len(delivery.data)
        return (delivery.direction, delivery.data)
    assert delivery.data == b""
    return (delivery.direction, "gap", delivery.length) if delivery.kind == GAP else (delivery.direction, "end")


ENDS = [(0, "end"), (1, "end")]


@pytest.mark.parametrize("isn", ISNS)
def test_octets_in_order_are_handed_on_at_once(isn: int) -> None:
    wire = Wire(isn)
    assert wire.send(0, b"abc") == [(0, b"abc")]
    assert wire.send(0, b"xyz", TO_CLIENT) == [(1, b"xyz")]
    assert wire.send(3, b"def") == [(0, b"def")]
    assert (wire.stream.span(0), wire.stream.span(1), wire.stream.pending(0)) == (6, 3, 0)
    assert wire.finish() == ENDS
    assert wire.finish() == []


@pytest.mark.parametrize("isn", ISNS)
def test_octets_out_of_order_wait(isn: int) -> None:
    wire = Wire(isn)
    assert wire.send(20, b"E" * 5) == []
    assert wire.send(10, b"C" * 5) == []
    assert (wire.stream.pending(0), wire.stream.span(0)) == (10, 25)
    assert wire.send(0, b"a" * 10) == [(0, b"a" * 10), (0, b"C" * 5)]
    assert wire.send(15, b"d" * 5) == [(0, b"d" * 5), (0, b"E" * 5)]
    assert wire.memory.counters["out_of_order"] == 2
    assert wire.memory.used == 0


def test_a_retransmission_same_longer_or_shorter() -> None:
    wire = Wire()
    wire.send(0, b"abcdef")
    assert wire.send(0, b"abcdef") == []
    assert wire.send(2, b"cd") == []
    assert wire.send(0, b"abcdefgh") == [(0, b"gh")]
    assert wire.send(4, b"efghij") == [(0, b"ij")]
    assert wire.stream.events == []
    assert wire.memory.counters["retransmitted"] == 6 + 2 + 6 + 4


def test_the_first_copy_wins_and_another_one_is_an_event() -> None:
    wire = Wire()
    wire.send(10, b"FIRST")
    wire.send(8, b"xxSECONDyy")
    assert [(event.name, event.direction, event.offset, event.layer) for event in wire.stream.take()] == [("overlap_different_data", 0, 10, "stream")]
    assert wire.send(0, b"a" * 12) == [(0, b"a" * 8), (0, b"xx"), (0, b"FIRST"), (0, b"Dyy")]
    assert wire.memory.counters["overlap_different_data"] == 1 + 2  # a segment, and one over two pieces


def test_another_copy_of_what_was_just_handed_on_is_an_event() -> None:
    wire = Wire()
    wire.send(0, b"hello", TO_CLIENT, 0)
    wire.send(0, b"good")
    assert wire.send(0, b"evil") == []
    assert [(event.name, event.offset) for event in wire.stream.take()] == [("overlap_different_data", 0)]
    assert wire.send(0, b"good again") == [(0, b" again")]
    assert wire.stream.take() == []
    wire.ack(10)
    wire.send(4, b"?again")
    assert wire.stream.take() == []


@pytest.mark.parametrize("isn", ISNS)
def test_a_syn_may_carry_octets(isn: int) -> None:
    wire = Wire(isn, opened=False)
    assert wire.raw(TO_SERVER, SYN, -1, data=b"fast") == [(0, b"fast")]
    assert wire.raw(TO_SERVER, SYN, -1) == []
    assert wire.raw(TO_CLIENT, SYN | ACK, -1, 4) == []
    assert wire.send(4, b"er") == [(0, b"er")]


@pytest.mark.parametrize("isn", ISNS)
def test_a_fin_ends_its_direction_once_its_octets_are_there(isn: int) -> None:
    wire = Wire(isn)
    assert wire.raw(TO_SERVER, FIN | ACK, 3, 0, b"def") == []
    assert wire.send(0, b"abc") == [(0, b"abc"), (0, b"def"), (0, "end")]
    assert wire.raw(TO_SERVER, FIN | ACK, 3, 0, b"def") == []
    assert wire.send(0, b"still", TO_CLIENT) == [(1, b"still")]
    assert wire.raw(TO_CLIENT, FIN, 5) == [(1, "end")]
    assert wire.finish() == []


def test_octets_behind_the_fin_are_counted_and_dropped() -> None:
    wire = Wire()
    wire.send(0, b"abc")
    wire.raw(TO_SERVER, FIN, 6, data=b"")
    assert wire.send(3, b"defgh") == [(0, b"def"), (0, "end")]
    assert wire.send(6, b"xyz") == []
    assert wire.memory.counters["after_end"] == 2 + 3
    assert wire.stream.span(0) == 6


def test_the_first_fin_stands_and_a_fin_before_what_was_seen_is_not_believed() -> None:
    wire = Wire()
    wire.send(0, b"abcdef")
    assert wire.raw(TO_SERVER, FIN, 3) == []
    assert wire.raw(TO_SERVER, FIN, 8) == []
    assert wire.raw(TO_SERVER, FIN, 9) == []
    assert wire.memory.counters["wild_ends"] == 2
    assert wire.send(6, b"gh") == [(0, b"gh"), (0, "end")]


def test_a_reset_ends_both_directions_and_what_waits_is_handed_on() -> None:
    wire = Wire()
    wire.send(0, b"ab")
    wire.send(5, b"fg")
    assert wire.raw(TO_CLIENT, RST | ACK, 0, 2) == [(0, "gap", 3), (0, b"fg"), (0, "end"), (1, "end")]
    assert wire.send(7, b"late") == []
    assert wire.memory.counters["after_end"] == 4
    assert wire.finish() == []


def test_a_reset_far_off_is_not_believed() -> None:
    wire = Wire()
    assert wire.raw(TO_CLIENT, RST, 1 << 30) == []
    assert wire.memory.counters["wild_resets"] == 1
    assert wire.send(0, b"ab") == [(0, b"ab")]


def test_a_refused_connection_is_no_octet() -> None:
    wire = Wire(opened=False)
    wire.raw(TO_SERVER, SYN, -1)
    assert wire.raw(TO_CLIENT, RST | ACK, -1, 0, b"go away") == [(0, "end"), (1, "end")]


def test_a_keep_alive_is_no_octet() -> None:
    wire = Wire()
    wire.send(0, b"abc")
    assert wire.send(2, b"\0") == []
    assert wire.send(2, b"") == []
    assert wire.stream.events == []
    assert wire.memory.counters["keep_alives"] == 1
    assert wire.send(3, b"d") == [(0, b"d")]


def test_a_zero_window_probe_is_an_octet() -> None:
    wire = Wire()
    wire.send(0, b"abc")
    assert wire.send(3, b"d") == [(0, b"d")]
    assert wire.send(3, b"defg") == [(0, b"efg")]


def test_a_hole_that_was_acknowledged_is_given_up_after_so_many_octets() -> None:
    wire = Wire()
    wire.send(0, b"ab")
    assert wire.send(5, b"fg") == []
    assert wire.ack(7) == []
    for _ in range(100):
        assert wire.ack(7) == []
    assert wire.send(7, bytes(TOLERANCE - 1)) == []
    assert wire.send(6 + TOLERANCE, b"x") == [(0, "gap", 3), (0, b"fg"), (0, bytes(TOLERANCE - 1)), (0, b"x")]
    assert wire.send(2, b"cde") == []
    assert wire.memory.counters["gap_octets"] == 3


def test_when_a_hole_is_given_up_does_not_depend_on_how_its_stream_is_cut() -> None:
    for size in (8, 96, TOLERANCE // 2):
        wire = Wire()
        wire.send(5, b"fg")
        wire.ack(7)
        gaps = []
        for at in range(7, 7 + TOLERANCE, size):
            gaps += [at + size for delivery in wire.send(at, bytes(size)) if delivery[1] == "gap"]
        assert gaps == [7 + TOLERANCE]


def test_a_hole_that_was_acknowledged_is_given_up_after_a_second() -> None:
    wire = Wire()
    wire.send(5, b"fg")
    wire.ack(7)
    wire.time += SECOND
    assert wire.send(7, b"h") == [(0, "gap", 5), (0, b"fg"), (0, b"h")]


def test_an_acknowledgement_alone_gives_up_what_has_waited_for_a_second() -> None:
    wire = Wire()
    wire.send(5, b"fg")
    wire.ack(7)
    wire.time += SECOND
    assert wire.ack(7) == [(0, "gap", 5), (0, b"fg")]


def test_a_hole_that_was_acknowledged_is_given_up_when_its_second_is_over_though_no_segment_comes() -> None:
    wire = Wire()
    wire.time = 7
    wire.send(5, b"fg")
    assert wire.stream.due > 9 * SECOND, "what was not acknowledged waits for ever"
    wire.ack(7)
    assert wire.stream.due == SECOND + 6
    assert wire.tick(SECOND + 6) == []
    assert wire.stream.due == SECOND + 6
    given = wire.stream.tick(40 * SECOND)
    assert [(brief(delivery), delivery.time, delivery.number) for delivery in given] == [
        ((0, "gap", 5), SECOND + 7, 0),
        ((0, b"fg"), SECOND + 7, 0),
    ]
    assert wire.stream.due > 99 * SECOND
    assert wire.tick(99 * SECOND) == []


def test_each_hole_has_its_own_second() -> None:
    wire = Wire()
    wire.send(5, b"fg")
    wire.ack(7)
    wire.time += SECOND // 2
    wire.send(9, b"jk")
    wire.ack(11)
    assert wire.tick(SECOND) == [(0, "gap", 5), (0, b"fg")]
    assert wire.stream.due == SECOND // 2 + SECOND - 1
    assert wire.tick(2 * SECOND) == [(0, "gap", 2), (0, b"jk")]


def test_what_fills_a_hole_in_time_is_not_given_up_by_time() -> None:
    wire = Wire()
    wire.send(5, b"fg")
    wire.ack(9)
    wire.time += SECOND - 1
    assert wire.send(0, b"abcde") == [(0, b"abcde"), (0, b"fg")]
    assert wire.tick(SECOND) == [], "the rest has a second of its own"
    assert wire.send(7, b"hi") == [(0, b"hi")]
    assert wire.tick(9 * SECOND) == []


def test_one_acknowledged_number_is_no_hole_until_octets_come_behind_it() -> None:
    wire = Wire()
    wire.send(0, b"ab")
    wire.ack(3)
    assert wire.tick(5 * SECOND) == []
    assert wire.stream.due > 99 * SECOND
    assert wire.send(3, b"d") == []
    assert wire.tick(5 * SECOND) == [(0, "gap", 1), (0, b"d")]


def test_octets_that_come_after_their_acknowledgement_fill_the_hole() -> None:
    wire = Wire()
    assert wire.ack(7) == []
    for _ in range(10):
        wire.ack(7)
    assert wire.send(0, b"abcd") == [(0, b"abcd")]
    for _ in range(15):
        assert wire.ack(7) == []
    assert wire.send(4, b"efg") == [(0, b"efg")]
    assert wire.finish() == ENDS


def test_one_acknowledged_number_behind_the_last_octet_is_a_fin_that_was_not_captured() -> None:
    wire = Wire()
    wire.send(0, b"ab")
    wire.ack(3)
    wire.time += 5 * SECOND
    assert wire.ack(3) == []
    assert wire.finish() == ENDS
    wire = Wire()
    wire.send(0, b"ab")
    wire.ack(3)
    wire.time += 5 * SECOND
    assert wire.send(3, b"d") == [(0, "gap", 1), (0, b"d")]


def test_a_hole_that_was_not_acknowledged_waits() -> None:
    wire = Wire()
    wire.send(5, b"fg")
    wire.time += 100 * SECOND
    for _ in range(100):
        assert wire.ack(0) == []
    assert wire.send(0, b"abcde") == [(0, b"abcde"), (0, b"fg")]


def test_each_hole_waits_from_its_own_acknowledgement_on() -> None:
    wire = Wire(reassembly_flow=1 << 20)
    size = TOLERANCE // 12
    gaps = []
    for index in range(40):
        came = wire.send(index * size, bytes(size)) if index % 4 else []
        came += wire.ack((index + 1) * size)
        gaps += [index for delivery in came if delivery[1] == "gap"]
    # every fourth segment is a hole: each is given up when twelve segments more have come, sixteen places on
    assert gaps == [15, 19, 23, 27, 31, 35, 39]


def test_lost_acknowledgements_break_nothing() -> None:
    wire = Wire()
    for index in range(200):
        assert wire.send(index * 10, bytes([index]) * 10) == [(0, bytes([index]) * 10)]
    assert wire.finish() == ENDS


def test_a_wild_acknowledgement_is_no_mark_and_no_gap() -> None:
    wire = Wire()
    wire.ack(1 << 29)
    wire.time += 5 * SECOND
    assert wire.send(0, b"ab") == [(0, b"ab")]
    assert wire.finish() == ENDS
    assert wire.memory.counters["wild_acknowledgements"] == 1


def test_the_bound_of_a_flow_ends_the_wait() -> None:
    wire = Wire(reassembly_flow=1000)
    seen = 0
    for index in range(1, 50):
        for delivery in wire.send(index * 100, bytes(90)):
            if delivery[1] != "gap":
                seen += 90
        assert wire.stream.pending(0) <= 1000
    assert wire.memory.used <= 1000
    assert wire.memory.counters["given_up"] > 0
    wire.finish()
    assert wire.memory.used == 0
    assert seen > 0


@pytest.mark.parametrize("one", [TO_SERVER, TO_CLIENT])
def test_what_waits_in_the_other_direction_is_given_up_where_nothing_waits_in_this_one(one: int) -> None:
    wire = Wire(reassembly_flow=1000)
    other = 1 - one
    assert wire.send(10, bytes(900), one) == []
    memory = wire.memory
    memory.used += memory.limit  # other flows have taken what there is
    assert wire.send(10, bytes(5), other) == [(other, "gap", 10), (other, bytes(5)), (one, "gap", 10), (one, bytes(900))]
    assert (memory.used - memory.limit, memory.counters["given_up"]) == (0, 2)


def test_the_bound_of_all_flows_ends_the_wait_of_the_one_that_exceeds_it() -> None:
    memory = Memory(1000)
    flows = [Reassembler(EngineSettings(), memory) for _ in range(30)]
    for index in range(20):
        for flow in flows:
            flow.push(Segment(1, 0, TCP, b"a", 1, b"b", 2, bytes(50), -1, SYN if index == 0 else 0, index * 100), 0)
            assert memory.used <= 1000
    for flow in flows:
        flow.finish(0, 0)
    assert memory.used == 0


def test_what_the_capture_cut_off_is_a_gap() -> None:
    wire = Wire()
    assert wire.send(0, b"abc", length=10) == [(0, b"abc"), (0, "gap", 7)]
    assert wire.send(20, b"", length=5) == []
    assert wire.send(10, b"j", length=10) == [(0, b"j"), (0, "gap", 9), (0, "gap", 5)]
    assert wire.raw(TO_SERVER, FIN, 25, data=b"z", length=3) == [(0, b"z"), (0, "gap", 2), (0, "end")]
    assert wire.stream.span(0) == 28


@pytest.mark.parametrize("isn", ISNS)
def test_midstream_begins_with_the_first_number_seen(isn: int) -> None:
    wire = Wire(isn, opened=False)
    assert wire.send(500, b"abc") == [(0, b"abc")]
    assert wire.send(503, b"def") == [(0, b"def")]
    assert wire.stream.span(0) == 6


@pytest.mark.parametrize("isn", ISNS)
def test_midstream_begins_where_the_other_side_acknowledges(isn: int) -> None:
    wire = Wire(isn, opened=False)
    wire.send(500, b"abc", acked=900)
    assert wire.send(910, b"later", TO_CLIENT, 503) == []
    assert wire.send(900, b"0123456789", TO_CLIENT, 503) == [(1, b"0123456789"), (1, b"later")]


def test_midstream_octets_that_were_acknowledged_before_they_came_are_the_beginning() -> None:
    wire = Wire(opened=False)
    wire.send(500, b"abc", acked=900)
    assert wire.send(890, b"0123456789", TO_CLIENT, 503) == [(1, b"0123456789")]
    assert wire.send(900, b"ab", TO_CLIENT, 503) == [(1, b"ab")]
    assert wire.finish() == ENDS


def test_midstream_after_a_keep_alive() -> None:
    wire = Wire(opened=False)
    wire.raw(TO_SERVER, ACK, 499, 900)
    assert wire.send(500, b"abc") == [(0, b"abc")]
    assert wire.send(899, b"\0", TO_CLIENT) == []
    assert wire.send(900, b"x", TO_CLIENT) == [(1, b"x")]


def test_a_guess_about_another_connection_is_given_up() -> None:
    wire = Wire(opened=False)
    wire.raw(TO_SERVER, SYN, -1)
    wire.raw(TO_CLIENT, ACK, 77 << 24, 99 << 24)  # the server remembers an older connection
    wire.raw(TO_SERVER, RST, 99 << 24)
    assert wire.raw(TO_CLIENT, SYN | ACK, -1, 0) == []
    assert wire.send(0, b"ab", acked=0) == [(0, b"ab")]
    assert wire.send(0, b"cd", TO_CLIENT, 2) == [(1, b"cd")]
    assert wire.finish() == ENDS


def test_one_segment_far_off_is_not_believed_but_two_are() -> None:
    wire = Wire()
    wire.send(0, b"ab")
    far = 100 << 20
    assert wire.send(far, b"wild") == []
    assert wire.memory.counters["out_of_window"] == 1
    assert wire.send(2, b"cd") == [(0, b"cd")]
    assert wire.send(far + 4, b"tame") == []
    assert wire.finish() == [(0, "gap", far), (0, b"tame"), *ENDS]


def test_the_mark_is_what_the_sender_had_seen() -> None:
    def marks(*segments: tuple[int, int, int | None, bytes]) -> list[int]:
        wire = Wire()
        out = []
        for direction, at, acked, data in segments:
            flags = PSH if acked is None else PSH | ACK
            acknowledgement = 0 if acked is None else (wire.isn[1 - direction] + 1 + acked) & M32
            segment = Segment(1, 0, TCP, b"a", 1, b"b", 2, data, -1, flags, (wire.isn[direction] + 1 + at) & M32, acknowledgement)
            out += [delivery.mark for delivery in wire.stream.push(segment, direction)]
        return out

    assert marks((0, 0, 0, b"ask"), (1, 0, 3, b"answer"), (0, 3, 6, b"more"), (0, 7, None, b"?"), (0, 8, 4, b"late")) == [0, 3, 6, -1, 4]
    assert marks((1, 0, 0, b"answer"), (0, 3, 6, b"second"), (0, 0, 0, b"ask")) == [0, 0, 6]
    assert marks((0, 0, -5, b"before the first"), (0, 16, 1 << 29, b"far off")) == [-1, -1]


def test_the_number_of_a_fin_is_no_octet_in_a_mark() -> None:
    wire = Wire()
    wire.raw(TO_SERVER, FIN, 3, data=b"abc")
    wire.raw(TO_SERVER, FIN, 0, data=b"abc")
    segment = Segment(9, 7, TCP, b"b", 2, b"a", 1, b"bye", -1, ACK, (wire.isn[1] + 1) & M32, (wire.isn[0] + 1 + 7) & M32)
    delivery = wire.stream.push(segment, TO_CLIENT)[-1]
    assert (delivery.mark, delivery.time, delivery.number) == (6, 7, 9)


def test_a_delivery_has_the_packet_that_made_it_available() -> None:
    wire = Wire()
    wire.send(2, b"cd")
    wire.time = 50
    segment = Segment(99, 50, TCP, b"a", 1, b"b", 2, b"ab", -1, 0, (wire.isn[0] + 1) & M32)
    assert [(delivery.number, delivery.time) for delivery in wire.stream.push(segment, 0)] == [(99, 50), (99, 50)]


def test_a_swapped_flow_goes_on() -> None:
    wire = Wire()
    wire.send(0, b"ab")
    wire.stream.swap()
    segment = Segment(1, 0, TCP, b"a", 1, b"b", 2, b"cd", -1, 0, (wire.isn[0] + 3) & M32)
    assert [brief(delivery) for delivery in wire.stream.push(segment, 1)] == [(1, b"cd")]
    assert (wire.stream.span(0), wire.stream.span(1)) == (0, 4)


def test_events_that_nobody_takes_are_bounded() -> None:
    wire = Wire()
    wire.send(10, b"x")
    for _ in range(100):
        wire.send(10, b"y")
    assert len(wire.stream.events) == 16
    assert END == 2
