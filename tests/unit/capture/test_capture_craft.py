"""Crafted frames: scapy agrees with every field and checksum; conversations keep their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.capture.craft import Conversation, Timeline, checksum, frame, tcp
from wiregram.model.packet import ACK, FIN, PSH, RST, SYN, TO_CLIENT, TO_SERVER, UDP, Packet

inet = pytest.importorskip("scapy.layers.inet")
inet6 = pytest.importorskip("scapy.layers.inet6")
l2 = pytest.importorskip("scapy.layers.l2")

ENDS = st.sampled_from([("10.0.0.1", "192.168.255.255"), ("2001:db8::1", "::ffff")])


def slow_checksum(octets: bytes) -> int:
    octets += b"\0" * (len(octets) & 1)
    total = sum(octets[i] << 8 | octets[i + 1] for i in range(0, len(octets), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@given(st.one_of(st.binary(max_size=40), st.sampled_from([b"", b"\0\0", b"\xff\xff", b"\xff", b"\xff\xff\0\0"])))
def test_the_checksum_is_that_of_rfc_1071(octets: bytes) -> None:
    assert checksum(octets) == slow_checksum(octets)


@given(
    ENDS,
    st.sampled_from([6, 17]),
    st.binary(max_size=200),
    st.integers(0, 2**32 - 1),
    st.integers(0, 255),
    st.lists(st.integers(1, 4094), max_size=2),
)
def test_scapy_reads_the_same_fields_and_makes_the_same_checksums(
    ends: tuple[str, str], transport: int, data: bytes, number: int, flags: int, vlan: list[int]
) -> None:
    conversation = Conversation(*ends, 1234, 53, transport=transport, isn=(number, 7), vlan=vlan)
    packet = conversation.segment(TO_SERVER, data, flags=flags, acknowledgement=number ^ 0xFFFF, window=77)
    seen = l2.Ether(packet.data)
    assert [layer.vlan for layer in seen.iterpayloads() if isinstance(layer, l2.Dot1Q)] == vlan
    internet = seen[inet6.IPv6 if ":" in ends[0] else inet.IP]
    body = internet[inet.TCP if transport == 6 else inet.UDP]
    assert (internet.src, internet.dst, body.sport, body.dport) == (*ends, 1234, 53)
    assert bytes(body.payload) == data
    if transport == 6:
        assert (body.seq, body.ack, int(body.flags), body.window) == (number, number ^ 0xFFFF, flags, 77)
    again = seen.copy()
    for layer in again.iterpayloads():
        for name in ("chksum", "len", "plen", "dataofs"):
            if name in layer.fields:
                layer.delfieldval(name)
    assert bytes(again) == packet.data


def numbers(packets: list[Packet]) -> list[tuple[int, int, int, int, bytes]]:
    """Source port, sequence, acknowledgement, flags, payload of IPv4 over Ethernet without options."""
    out = []
    for packet in packets:
        data = packet.data
        out.append((int.from_bytes(data[34:36], "big"), int.from_bytes(data[38:42], "big"), int.from_bytes(data[42:46], "big"), data[47], data[54:]))
    return out


def test_a_conversation_keeps_both_sides_numbers() -> None:
    talk = Conversation(client_port=5, server_port=9, isn=(0xFFFFFFFE, 50))
    packets = talk.open() + talk.client(b"abcdef", cuts=[2]) + talk.server(b"xy") + talk.ack(TO_SERVER) + talk.close() + talk.reset(TO_CLIENT)
    assert numbers(packets) == [
        (5, 0xFFFFFFFE, 0, SYN, b""),
        (9, 50, 0xFFFFFFFF, SYN | ACK, b""),
        (5, 0xFFFFFFFF, 51, ACK, b""),
        (5, 0xFFFFFFFF, 51, ACK | PSH, b"ab"),
        (5, 1, 51, ACK | PSH, b"cdef"),
        (9, 51, 5, ACK | PSH, b"xy"),
        (5, 5, 53, ACK, b""),
        (5, 5, 53, FIN | ACK, b""),
        (9, 53, 6, ACK, b""),
        (9, 53, 6, FIN | ACK, b""),
        (5, 6, 54, ACK, b""),
        (9, 54, 6, RST | ACK, b""),
    ]


def test_unseen_turns_are_not_acknowledged() -> None:
    talk = Conversation(isn=(0, 0))
    talk.open()
    talk.server(b"aaa")
    talk.server(b"bb")
    talk.gap(10, TO_CLIENT)
    acknowledged = [numbers(talk.client(b"x", unseen=unseen))[0][2] for unseen in (0, 1, 2, 3, 9)]
    assert acknowledged == [16, 6, 4, 1, 1]


def test_the_segment_size_cuts_and_a_gap_is_not_sent() -> None:
    talk = Conversation(mss=3, isn=(0, 0))
    assert [row[4] for row in numbers(talk.client(b"abcdefgh", cuts=[4]))] == [b"abc", b"d", b"efg", b"h"]
    talk.gap(5, TO_SERVER)
    assert numbers(talk.client(b"z"))[0][1] == 13


def test_conversations_share_the_clock_and_the_packet_numbers() -> None:
    timeline = Timeline(time=1000, step=10)
    first, second = Conversation(timeline=timeline), Conversation(transport=UDP, timeline=timeline)
    packets = first.client(b"a") + second.client(b"b")
    second.wait(1.5)
    packets += second.server(b"c") + second.open() + second.end(TO_SERVER) + second.ack(TO_SERVER) + second.reset(TO_SERVER)
    assert [(packet.number, packet.time) for packet in packets] == [(1, 1000), (2, 1010), (3, 1_500_001_020)]


def test_a_datagram_has_a_largest_size() -> None:
    with pytest.raises(ValueError, match="at most 65507"):
        Conversation(transport=UDP).client(bytes(65_508))


def test_options_are_padded_and_counted() -> None:
    a, b = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    segment = inet.TCP(tcp(a, 1, b, 2, 0, 0, SYN, b"data", options=b"\x02\x04\x05\xb4\x01"))
    assert segment.options == [("MSS", 1460), ("NOP", None), ("EOL", None)]
    assert bytes(segment.payload) == b"data"
    assert l2.Ether(frame(a, b, 6, bytes(20)))[inet.IP].len == 40
