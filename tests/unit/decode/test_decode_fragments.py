"""Reassembly of IP fragments: any order, the first copy wins, bounded in memory and time."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.capture import craft
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
