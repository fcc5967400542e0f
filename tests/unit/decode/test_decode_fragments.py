"""Reassembly of IP fragments: any order, the first copy wins, bounded in memory and time."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.capture import craft, read
from wiregram.decode import Decoder, Fragments
from wiregram.model.packet import UDP, Packet
from wiregram.program.settings import EngineSettings

SECOND = 1_000_000_000
A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
A6, B6 = bytes(15) + b"\1", bytes(15) + b"\2"


def fragments(version: int, data: bytes, size: int, identification: int = 77) -> list[Packet]:
    """A UDP datagram cut into IP packets of `size` octets of payload (a multiple of 8)."""
    out: list[Packet] = []
    body = craft.udp(A, 53, B, 999, data)
    for at in range(0, len(body), size):
        piece, more = body[at : at + size], at + size < len(body)
        if version == 4:
            head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(piece), identification, (0x2000 if more else 0) | at >> 3, 64, UDP, 0) + A + B
        else:
            head = struct.pack(">IHBB", 0x60000000, 8 + len(piece), 44, 64) + A6 + B6 + struct.pack(">BBHI", UDP, 0, at | more, identification)
        out.append(Packet(len(out) + 1, SECOND * len(out), 101, head + piece))
    return out


@pytest.mark.parametrize("version", [4, 6])
@given(data=st.binary(min_size=40, max_size=300), size=st.sampled_from([8, 16, 64]), random=st.randoms(use_true_random=False))
def test_fragments_in_any_order_make_the_datagram(version: int, data: bytes, size: int, random: object) -> None:
    packets = fragments(version, data, size)
    order = list(packets)
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis' Random
    decoder = Decoder(EngineSettings(fragment_timeout=1000))
    segments = [decoder.decode(packet) for packet in order]
    assert segments[:-1] == [None] * (len(packets) - 1)
    last = segments[-1]
    assert last is not None
    assert (last.payload, last.length, last.source_port, last.number) == (data, len(data), 53, order[-1].number)
    assert last.frame == sum(packet.length for packet in packets)
    assert decoder.fragments.used == 0


def test_datagrams_do_not_mix() -> None:
    decoder = Decoder(EngineSettings(fragment_timeout=1000))
    first, second = fragments(4, b"a" * 40, 24, 1), fragments(4, b"b" * 40, 24, 2)
    payloads = [segment.payload for pair in zip(first, second, strict=True) for packet in pair if (segment := decoder.decode(packet)) is not None]
    assert payloads == [b"a" * 40, b"b" * 40]


def cut(packet: Packet, size: int, length: int | None = None) -> Packet:
    """The first `size` octets; `length` is the frame's on the wire, if the frame itself is too short."""
    return Packet(packet.number, packet.time, packet.link, packet.data[:size], packet.length if length is None else length)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(("length", "event"), [(None, "fragment_truncated"), (60, "truncated")])
def test_a_first_fragment_that_is_not_all_there_is_a_cut_datagram(version: int, length: int | None, event: str) -> None:
    decoder = Decoder(EngineSettings())
    data = bytes(range(200))
    first, *others = fragments(version, data, 64)
    segment = decoder.decode(cut(first, 60, length))
    assert segment is not None
    there = 60 - (20 if version == 4 else 48) - 8
    assert (segment.payload, segment.length, segment.source_port, segment.target_port) == (data[:there], 200, 53, 999)
    assert segment.frame == (first.length if length is None else 60)
    assert [told.name for told in decoder.take()] == [event if length is None else f"ipv{version}_truncated"]
    assert [decoder.decode(packet) for packet in others] == [None] * len(others)
    assert decoder.counters["fragments"] == 1 + len(others)


def test_a_first_fragment_says_no_less_than_is_there() -> None:
    for claimed, expected in ((9, (b"\0", 1)), (8, (b"", 0)), (65_535, (bytes(32), 65_527))):
        first = fragments(4, bytes(200), 64)[0]
        first.data = first.data[:24] + claimed.to_bytes(2, "big") + first.data[26:60]
        segment = Decoder(EngineSettings()).decode(first)
        assert segment is not None
        assert (segment.payload, segment.length) == expected


@pytest.mark.parametrize("version", [4, 6])
def test_no_other_cut_fragment_gives_anything(version: int) -> None:
    decoder = Decoder(EngineSettings())
    first, second, *_, last = fragments(version, bytes(200), 64)
    head = 20 if version == 4 else 48
    tcp = bytearray(first.data)
    tcp[9 if version == 4 else 40] = 6
    assert decoder.decode(cut(second, 60)) is None
    assert decoder.decode(cut(last, last.length - 1, last.length - 1)) is None
    assert decoder.decode(Packet(1, 0, 101, bytes(tcp[:60]), len(tcp))) is None
    assert decoder.decode(cut(first, head + 7)) is None
    assert decoder.fragments.used == 0
    assert (decoder.udp, decoder.counters["fragments"]) == (1, 4)


def test_a_capture_of_cut_first_fragments(captures: Path) -> None:
    decoder = Decoder(EngineSettings())
    segments = [decoder.decode(packet) for packet in read(captures / "_link" / "ndpi__badpackets.pcap")]
    ends = {(one.source, one.source_port, one.target, one.target_port) for one in segments if one is not None and one.length > len(one.payload)}
    assert (len(segments), len(ends)) == (93, 93)


PIECES = st.lists(st.tuples(st.integers(0, 8), st.binary(min_size=1, max_size=40)), max_size=12)


@given(PIECES, st.integers(0, 8), st.binary(max_size=16))
def test_the_first_copy_of_an_octet_wins(pieces: list[tuple[int, bytes]], last: int, end: bytes) -> None:
    room = Fragments(1 << 20, 30)
    octets: dict[int, int] = {}
    total = -1
    whole = None
    for place, data in [*pieces, (last, end), *((index, b"\xee" * 8) for index in range(14))]:
        offset = place * 8
        final = data is end
        if final and total < 0 and all(index < offset + len(data) for index in octets):
            total = offset + len(data)
        known = room.refused
        whole = room.push("key", offset, not final, data, 0, 1)
        if room.refused == known:
            for index, octet in enumerate(data):
                octets.setdefault(offset + index, octet)
        if whole is not None:
            assert whole == bytes(octets[index] for index in range(total))
            assert set(octets) == set(range(total))
            break
    if total > 0:
        assert whole is not None
        assert room.used == 0


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    room = Fragments(10_000, 30)
    for key in range(1000):
        assert room.push(key, 8, True, bytes(800), 0, 1) is None
        assert room.used <= 10_000
    assert room.evicted > 900
    assert room.push(999, 0, False, b"", 0, 1) is None
    assert room.push(0, 0, True, bytes(8), 0, 1) is None
    for place in range(1, 5000):
        room.push("many", place * 16, True, b"x", 0, 1)
        assert room.used <= 10_000


def test_fragments_wait_only_so_long() -> None:
    room = Fragments(1 << 20, 30)
    assert room.push(1, 0, True, bytes(8), 0, 1) is None
    assert room.push(2, 0, True, bytes(8), 31 * SECOND, 1) is None
    assert room.timeouts == 1
    assert room.push(1, 8, False, b"tail", 31 * SECOND, 1) is None
    assert room.push(2, 8, False, b"tail", 61 * SECOND, 1) == bytes(8) + b"tail"


def test_a_fragment_beyond_the_largest_datagram_is_refused() -> None:
    room = Fragments(1 << 20, 30)
    assert room.push(1, 65_528, True, bytes(8), 0, 1) is None
    assert room.push(1, 0, True, b"", 0, 1) is None
    assert (room.refused, room.used) == (2, 0)


def test_two_ends_do_not_both_hold() -> None:
    room = Fragments(1 << 20, 30)
    assert room.push(1, 16, False, b"end", 0, 1) is None
    assert room.push(1, 24, False, b"later", 0, 1) is None
    assert room.push(1, 24, True, bytes(8), 0, 1) is None
    assert room.refused == 2
    assert room.push(1, 0, True, bytes(16), 0, 1) == bytes(16) + b"end"
