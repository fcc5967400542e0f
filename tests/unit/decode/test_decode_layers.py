"""Link layers, tags, IP and tunnels: the same segment comes out of each; damage is counted and never raises."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.capture import craft
from wiregram.decode import Decoder
from wiregram.model.packet import ACK, SYN, TCP, UDP, Packet, Segment
from wiregram.program.settings import EngineSettings

A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
A6, B6 = bytes(15) + b"\1", bytes(15) + b"\2"
BODY = craft.tcp(A, 1000, B, 80, 7, 9, ACK, b"data", 512)
IPV4 = craft.frame(A, B, TCP, BODY)[14:]
IPV6 = craft.frame(A6, B6, TCP, craft.tcp(A6, 1000, B6, 80, 7, 9, ACK, b"data", 512))[14:]
MACS = bytes(12)


def ipv4(protocol: int, body: bytes, fragment: int = 0) -> bytes:
    return craft.frame(A, B, protocol, body)[14:20] + fragment.to_bytes(2, "big") + craft.frame(A, B, protocol, body)[22:]


def ipv6(protocol: int, body: bytes) -> bytes:
    return craft.frame(A6, B6, protocol, body)[14:]


def decode(data: bytes, link: int = 1, length: int = -1) -> Segment | None:
    return Decoder(EngineSettings()).decode(Packet(3, 4, link, data, length))


def facts(segment: Segment | None) -> tuple[object, ...]:
    assert segment is not None
    return (
        segment.number, segment.time, segment.transport, segment.source[-1], segment.source_port, segment.target[-1], segment.target_port,
        segment.payload, segment.length, segment.flags, segment.sequence, segment.acknowledgement, segment.window,
    )  # fmt: skip


EXPECTED = (3, 4, TCP, 1, 1000, 2, 80, b"data", 4, ACK, 7, 9, 512)

LINKS = {
    "ethernet": (1, MACS + b"\x08\x00" + IPV4),
    "ethernet, IPv6": (1, MACS + b"\x86\xdd" + IPV6),
    "snap": (1, MACS + struct.pack(">H", 8 + len(IPV4)) + b"\xaa\xaa\x03\0\0\0\x08\0" + IPV4),
    "llc": (1, MACS + struct.pack(">H", 3 + len(IPV4)) + b"\x06\x06\x03" + IPV4),
    "null, little-endian": (0, b"\2\0\0\0" + IPV4),
    "null, big-endian": (0, b"\0\0\0\2" + IPV4),
    "null, IPv6 of Darwin": (0, b"\x1e\0\0\0" + IPV6),
    "loop": (108, b"\0\0\0\x18" + IPV6),
    "raw 12": (12, IPV4),
    "raw 14": (14, IPV6),
    "raw 101": (101, IPV6),
    "raw IPv4": (228, IPV4),
    "raw IPv6": (229, IPV6),
    "ppp": (9, b"\xff\x03\x00\x21" + IPV4),
    "ppp, compressed": (9, b"\x57" + IPV6),
    "ppp in hdlc": (50, b"\xff\x03\x00\x57" + IPV6),
    "cisco in ppp": (50, b"\x0f\0\x08\0" + IPV4),
    "pppoe": (51, b"\x11\0\0\1" + struct.pack(">H", 2 + len(IPV4)) + b"\0\x21" + IPV4),
    "cisco hdlc": (104, b"\x0f\0\x86\xdd" + IPV6),
    "cooked": (113, bytes(14) + b"\x08\0" + IPV4),
    "cooked 2": (276, b"\x86\xdd" + bytes(18) + IPV6),
    "cooked, llc": (113, bytes(14) + b"\0\4\xaa\xaa\x03\0\0\0\x08\0" + IPV4),
    "nflog": (239, b"\2\0\0\0" + b"\x06\0\x0a\0ab\0\0" + struct.pack("<HH", 4 + len(IPV4), 9) + IPV4),
    "nflog, big-endian": (239, b"\2\0\0\0" + b"\0\x08\0\x01abcd" + struct.pack(">HH", 4 + len(IPV6), 9) + IPV6),
    "fddi": (10, bytes(13) + b"\xaa\xaa\x03\0\0\0\x08\0" + IPV4),
    "mpls": (1, MACS + b"\x88\x47" + b"\0\1\0\x40\0\2\x01\x40" + IPV4),
    "mpls, IPv6": (1, MACS + b"\x88\x48" + b"\0\1\x01\x40" + IPV6),
    "mpls, a pseudowire": (1, MACS + b"\x88\x47" + b"\0\1\x01\x40" + bytes(4) + MACS + b"\x08\0" + IPV4),
    "pppoe in ethernet": (1, MACS + b"\x88\x64\x11\0\0\1\0\0\0\x21" + IPV4),
    "priority tag": (1, MACS + b"\x81\0\xe0\0\x08\0" + IPV4),
    "ip in ip": (101, ipv4(4, IPV4)),
    "6 in 4": (101, ipv4(41, IPV6)),
    "4 in 6": (101, ipv6(4, IPV4)),
    "6 in 6": (101, ipv6(41, IPV6)),
    "gre": (101, ipv4(47, b"\0\0\x08\0" + IPV4)),
    "gre, checksum, key and number": (101, ipv4(47, b"\xb0\0\x86\xdd" + bytes(12) + IPV6)),
    "gre, bridged": (101, ipv6(47, b"\0\0\x65\x58" + MACS + b"\x08\0" + IPV4)),
    "gre, version 1": (101, ipv4(47, b"\x30\x81\x88\x0b" + bytes(12) + b"\xff\x03\0\x21" + IPV4)),
    "erspan 1": (101, ipv4(47, b"\0\0\x88\xbe" + MACS + b"\x08\0" + IPV4)),
    "erspan 2": (101, ipv4(47, b"\x10\0\x88\xbe" + bytes(12) + MACS + b"\x08\0" + IPV4)),
    "erspan 3": (101, ipv4(47, b"\x10\0\x22\xeb" + bytes(16) + MACS + b"\x08\0" + IPV4)),
    "erspan 3, optional header": (101, ipv4(47, b"\x10\0\x22\xeb" + bytes(15) + b"\1" + bytes(8) + MACS + b"\x08\0" + IPV4)),
}


@pytest.mark.parametrize("name", LINKS)
def test_the_same_segment_from_every_link(name: str) -> None:
    link, data = LINKS[name]
    assert facts(decode(data, link)) == EXPECTED


@pytest.mark.parametrize("name", LINKS)
def test_a_frame_cut_anywhere_raises_nothing_and_keeps_the_length(name: str) -> None:
    link, data = LINKS[name]
    for cut in range(len(data)):
        segment = decode(data[:cut], link, len(data))
        if segment is not None:
            assert cut >= len(data) - 4
            assert facts(segment)[7:9] == (b"data"[: cut - len(data) + 4], 4)
            assert segment.frame == len(data)


@pytest.mark.parametrize("number", [0, 1, 0x7FFFFFFF, 0x80000000, 0xDEADBEEF, 0xFFFFFFFF])
def test_sequence_numbers_are_of_32_bits_without_a_sign(number: int) -> None:
    segment = decode(craft.frame(A, B, TCP, craft.tcp(A, 1, B, 2, number, number ^ 0xFFFFFFFF, ACK)))
    assert segment is not None
    assert (segment.sequence, segment.acknowledgement) == (number, number ^ 0xFFFFFFFF)


def test_tags_are_kept_from_the_outside_in() -> None:
    segment = decode(MACS + b"\x88\xa8\x20\x05\x91\x00\x00\x06\x81\x00\x0f\xff\x86\xdd" + IPV6)
    assert facts(segment) == EXPECTED
    assert segment is not None
    assert segment.vlan == (5, 6, 4095)


def test_padding_of_the_frame_is_not_payload() -> None:
    assert facts(decode(MACS + b"\x08\0" + IPV4 + b"padding")) == EXPECTED
    assert facts(decode(MACS + b"\x86\xdd" + IPV6 + b"padding")) == EXPECTED


def test_a_total_length_of_zero_means_the_frame_s() -> None:
    assert facts(decode(IPV4[:2] + b"\0\0" + IPV4[4:], 101)) == EXPECTED
    assert facts(decode(IPV6[:4] + b"\0\0" + IPV6[6:], 101)) == EXPECTED


def test_options_are_passed_over() -> None:
    tcp = craft.tcp(A, 1000, B, 80, 7, 9, ACK, b"data", 512, options=bytes(40))
    whole = craft.frame(A, B, TCP, tcp)[14:]
    options = b"\x4f" + whole[1:2] + (len(whole) + 40).to_bytes(2, "big") + whole[4:20] + bytes(40) + whole[20:]
    assert facts(decode(options, 101)) == EXPECTED


@pytest.mark.parametrize(
    "headers",
    [
        [(0, b"\0" + bytes(6))],
        [(43, b"\2" + bytes(22)), (60, b"\0" + bytes(6)), (135, b"\1" + bytes(14))],
        [(51, b"\4" + bytes(22)), (44, b"\0" + bytes(6)), (139, b"\0" + bytes(6)), (140, b"\0" + bytes(6))],
    ],
)
def test_ipv6_extension_headers_are_passed_over(headers: list[tuple[int, bytes]]) -> None:
    body, protocol = IPV6[40:], TCP
    for kind, rest in reversed(headers):
        body, protocol = bytes([protocol]) + rest + body, kind
    assert facts(decode(ipv6(protocol, body), 101)) == EXPECTED


def test_udp_over_both() -> None:
    for source, target, ethertype in ((A, B, b"\x08\0"), (A6, B6, b"\x86\xdd")):
        data = craft.frame(source, target, UDP, craft.udp(source, 53, target, 999, b"dns"))
        assert data[12:14] == ethertype
        assert facts(decode(data)) == (3, 4, UDP, 1, 53, 2, 999, b"dns", 3, 0, 0, 0, 0)
        assert facts(decode(data[:-1], length=len(data)))[7:9] == (b"dn", 3)


def test_a_datagram_shorter_than_its_packet_ends_where_it_says() -> None:
    body = struct.pack(">HHHH", 53, 999, 10, 0) + b"dns"
    assert facts(decode(ipv4(UDP, body), 101))[7:9] == (b"dn", 2)


DAMAGE = {
    "link_truncated": (1, bytes(13)),
    "unknown_link": (127, bytes(60)),
    "other": (1, MACS + b"\x08\x06" + bytes(46)),
    "ipv4_truncated": (101, IPV4[:19]),
    "ipv4_version": (228, IPV6),
    "ipv4_header_length": (101, b"\x44" + IPV4[1:]),
    "ipv6_truncated": (101, IPV6[:39]),
    "ipv6_version": (229, IPV4 * 2),
    "tcp_truncated": (101, ipv4(TCP, BODY[:19])),
    "tcp_header_length": (101, ipv4(TCP, BODY[:12] + b"\xf0" + BODY[13:])),
    "udp_truncated": (101, ipv4(UDP, bytes(7))),
    "udp_length": (101, ipv4(UDP, b"\0\1\0\2\0\7\0\0")),
    "too_many_layers": (101, ipv4(4, ipv4(4, ipv4(4, b"")))),
    "fragment_truncated": (101, ipv4(TCP, BODY, 0x2000)[:-1]),
}


def test_damage_is_named_counted_and_told() -> None:
    nested = IPV4
    for _ in range(20):
        nested = ipv4(4, nested)
    for name, (link, data) in DAMAGE.items():
        decoder = Decoder(EngineSettings())
        if name == "too_many_layers":
            data = nested
        length = len(data) + 1 if name == "fragment_truncated" else -1
        assert decoder.decode(Packet(8, 9, link, data, length)) is None
        assert decoder.counters[name] == 1
        expected = [] if name in ("other", "unknown_link") else [(name, 8, 9, "decode")]
        assert [(event.name, event.number, event.time, event.layer) for event in decoder.take()] == expected
        assert decoder.events == []


def test_an_ip_length_beyond_the_frame_is_told_and_the_frame_counts() -> None:
    decoder = Decoder(EngineSettings())
    segment = decoder.decode(Packet(3, 4, 101, IPV4[:2] + b"\xff\xff" + IPV4[4:]))
    assert facts(segment) == EXPECTED
    assert [event.name for event in decoder.take()] == ["ipv4_truncated"]


def test_events_that_nobody_takes_are_bounded() -> None:
    decoder = Decoder(EngineSettings())
    for _ in range(500):
        decoder.decode(Packet(1, 1, 1, b""))
    assert len(decoder.events) == 64
    assert decoder.dropped_events == 436
    assert decoder.counters["link_truncated"] == 500


CHANGES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=6)


@given(st.sampled_from(sorted(LINKS)), CHANGES, st.integers(0, 30), st.binary(max_size=30))
def test_changed_octets_raise_nothing(name: str, changes: list[tuple[int, int]], cut: int, tail: bytes) -> None:
    link, data = LINKS[name]
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    whole = bytes(changed[: len(changed) - cut]) + tail
    segment = decode(whole, link)
    if segment is not None:
        assert 0 <= len(segment.payload) <= segment.length <= len(whole)


@given(st.sampled_from([0, 1, 9, 10, 12, 50, 51, 101, 104, 108, 113, 127, 228, 229, 239, 276]), st.binary(max_size=120), st.integers(0, 100))
def test_any_octets_raise_nothing(link: int, data: bytes, more: int) -> None:
    segment = decode(data, link, len(data) + more)
    assert segment is None or segment.length >= len(segment.payload)


@pytest.mark.parametrize(
    ("options", "scale"),
    [
        (b"\x03\x03\x07", 7),
        (b"\x02\x04\x05\xb4\x01\x03\x03\x08", 8),
        (b"\x03\x03\xff", 14),
        (b"", -1),
        (b"\x00\x03\x03\x07", -1),
        (b"\x02\x04\x05\xb4", -1),
        (b"\x02\x00\x03\x03\x05", 5),
        (b"\x01\x01\x03\x03", -1),
    ],
)
def test_a_syn_says_how_far_windows_are_shifted(options: bytes, scale: int) -> None:
    for flags, wanted in ((SYN, scale), (ACK, -1)):
        segment = decode(MACS + b"\x08\x00" + craft.frame(A, B, TCP, craft.tcp(A, 1000, B, 80, 7, 9, flags, b"", 512, options=options))[14:])
        assert segment is not None
        assert segment.scale == wanted
