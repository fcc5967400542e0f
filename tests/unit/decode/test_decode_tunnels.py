"""Tunnels that UDP carries: the inner packet replaces the datagram, and only what holds together is believed."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.capture import craft, read
from wiregram.decode import Decoder
from wiregram.model.packet import ACK, TCP, UDP, Packet, Segment
from wiregram.program.settings import EngineSettings

A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
C, D = bytes([172, 16, 0, 1]), bytes([172, 16, 0, 2])
LOCAL, TEREDO = b"\xfe\x80" + bytes(13) + b"\1", b"\x20\x01\0\0" + bytes(11) + b"\2"
A6, B6 = b"\x20\x01\x0d\xb8" + bytes(11) + b"\1", b"\x20\x01\x0d\xb8" + bytes(11) + b"\2"
ETHERNET = craft.frame(A, B, TCP, craft.tcp(A, 1000, B, 80, 7, 9, ACK, b"data"))
TAGGED = craft.frame(A, B, TCP, craft.tcp(A, 1000, B, 80, 7, 9, ACK, b"data"), vlan=[9])
IPV4 = ETHERNET[14:]
IPV6 = craft.frame(A6, B6, TCP, craft.tcp(A6, 1000, B6, 80, 7, 9, ACK, b"data"))[14:]
BY_TEREDO = craft.frame(A6, TEREDO, TCP, craft.tcp(A6, 1000, TEREDO, 80, 7, 9, ACK, b"data"))[14:]
FROM_TEREDO = craft.frame(TEREDO, B6, TCP, craft.tcp(TEREDO, 1000, B6, 80, 7, 9, ACK, b"data"))[14:]
NETWORK = b"\x08\0\0\0\0\0\x05\0"


def gtp(flags: int, rest: bytes, kind: int = 0xFF, more: int = 0) -> bytes:
    return struct.pack(">BBHI", flags, kind, len(rest) + more, 77) + rest


TUNNELS: dict[str, tuple[int, bytes, str]] = {
    "vxlan": (4789, NETWORK + ETHERNET, "vxlan"),
    "vxlan, tagged": (4789, NETWORK + TAGGED, "vxlan"),
    "vxlan-gpe, IPv4": (4790, b"\x0c\0\0\1\0\0\5\0" + IPV4, "vxlan_gpe"),
    "vxlan-gpe, IPv6": (4790, b"\x0c\0\0\2\0\0\5\0" + IPV6, "vxlan_gpe"),
    "vxlan-gpe, Ethernet": (4790, b"\x0c\0\0\3\0\0\5\0" + ETHERNET, "vxlan_gpe"),
    "vxlan-gpe without a next protocol": (4790, NETWORK + ETHERNET, "vxlan_gpe"),
    "geneve, Ethernet": (6081, b"\0\0\x65\x58\0\0\5\0" + ETHERNET, "geneve"),
    "geneve, IPv4, options": (6081, b"\x03\x40\x08\0\0\0\5\0" + bytes(12) + IPV4, "geneve"),
    "geneve, IPv6": (6081, b"\0\0\x86\xdd\0\0\5\0" + IPV6, "geneve"),
    "gtp": (2152, gtp(0x30, IPV4), "gtp"),
    "gtp, IPv6": (2152, gtp(0x30, IPV6), "gtp"),
    "gtp, number": (2152, gtp(0x32, b"\0\1\0\xff" + IPV4), "gtp"),
    "gtp, extensions": (2152, gtp(0x34, b"\0\0\0\x85" + b"\1\0\0\xc0" + b"\2" + bytes(6) + b"\0" + IPV4), "gtp"),
    "teredo": (3544, BY_TEREDO, "teredo"),
    "teredo, origin": (3544, b"\0\0" + bytes(6) + FROM_TEREDO, "teredo"),
    "teredo, authentication": (3544, b"\0\1\3\4" + bytes(7 + 9) + FROM_TEREDO, "teredo"),
    "teredo, both": (3544, b"\0\1\0\0" + bytes(9) + b"\0\0" + bytes(6) + BY_TEREDO, "teredo"),
}


def around(port: int, payload: bytes, reply: bool = False) -> bytes:
    ports = (port, 40_000) if reply else (40_000, port)
    return craft.frame(C, D, UDP, craft.udp(C, ports[0], D, ports[1], payload))


def decode(data: bytes, length: int = -1) -> tuple[Segment | None, Decoder]:
    decoder = Decoder(EngineSettings())
    return decoder.decode(Packet(3, 4, 1, data, length)), decoder


def is_plain(data: bytes, payload: bytes) -> bool:
    segment, decoder = decode(data)
    assert segment is not None
    assert decoder.events == []
    return segment.transport == UDP and segment.source == C and segment.payload == payload


@pytest.mark.parametrize("reply", [False, True])
@pytest.mark.parametrize("name", TUNNELS)
def test_the_inner_packet_replaces_the_datagram(name: str, reply: bool) -> None:
    port, payload, counted = TUNNELS[name]
    data = around(port, payload, reply)
    segment, decoder = decode(data)
    assert segment is not None
    assert (segment.transport, segment.source_port, segment.target_port, segment.payload, segment.length) == (TCP, 1000, 80, b"data", 4)
    assert segment.frame == len(data)
    assert segment.vlan == ((9,) if "tagged" in name else ())
    assert (decoder.counters[counted], decoder.udp, decoder.tcp) == (1, 1, 1)
    assert decoder.events == []


@pytest.mark.parametrize("name", TUNNELS)
def test_on_another_port_it_is_a_datagram(name: str) -> None:
    assert is_plain(around(9999, TUNNELS[name][1]), TUNNELS[name][1])


@pytest.mark.parametrize("name", TUNNELS)
def test_a_frame_cut_anywhere_raises_nothing_and_keeps_the_length(name: str) -> None:
    port, payload, _ = TUNNELS[name]
    data = around(port, payload)
    for cut in range(len(data)):
        segment, _ = decode(data[:cut], len(data))
        if segment is not None and segment.transport == TCP:
            assert (segment.payload, segment.length, segment.frame) == (b"data"[: cut - len(data) + 4], 4, len(data))
        elif segment is not None:
            assert (segment.payload, segment.length) == (payload[: cut - 42], len(payload))


PLAIN = {
    "vxlan without its flag": (4789, b"\0\0\0\0\0\0\5\0" + ETHERNET),
    "vxlan, an unknown type": (4789, NETWORK + bytes(12) + b"\x12\x34" + IPV4),
    "vxlan, a length": (4789, NETWORK + bytes(12) + b"\0\x30" + IPV4),
    "vxlan, only tags": (4789, NETWORK + bytes(12) + b"\x81\0\0\1" * 9),
    "vxlan, another version": (4789, NETWORK + bytes(12) + b"\x86\xdd" + IPV4),
    "vxlan-gpe, a next protocol that is not read": (4790, b"\x0c\0\0\4\0\0\5\0" + ETHERNET),
    "geneve, another version": (6081, b"\x40\0\x65\x58\0\0\5\0" + ETHERNET),
    "geneve, another type": (6081, b"\0\0\x08\x06\0\0\5\0" + ETHERNET),
    "geneve, options beyond the end": (6081, b"\x3f\0\x08\0\0\0\5\0" + IPV4),
    "gtp, an echo": (2152, gtp(0x32, bytes(4) + IPV4, 1)),
    "gtp prime": (2152, gtp(0x20, IPV4)),
    "gtp, longer than its datagram": (2152, gtp(0x30, IPV4, more=1)),
    "gtp, shorter than its packet": (2152, gtp(0x30, IPV4, more=-1)),
    "gtp, an extension without a length": (2152, gtp(0x34, b"\0\0\0\x85" + b"\0\0\0\0" + IPV4)),
    "gtp, an extension beyond the end": (2152, gtp(0x34, b"\0\0\0\x85" + b"\xff\0\0\0" + IPV4)),
    "gtp, extensions without end": (2152, gtp(0x34, b"\0\0\0\x85" + b"\1\0\0\x85" * 40 + b"\1\0\0\0" + IPV4)),
    "gtp, an extension's header cut": (2152, gtp(0x34, b"\0\0")),
    "gtp, header length": (2152, gtp(0x30, b"\x44" + IPV4[1:])),
    "gtp, total length": (2152, gtp(0x30, IPV4[:2] + b"\0\x13" + IPV4[4:])),
    "teredo, an address of nobody": (3544, IPV6),
    "teredo, longer than its datagram": (3544, BY_TEREDO[:-1]),
    "teredo, a DNS query": (3544, b"\x61\x23\1\0\0\1" + bytes(6) + b"\7example\3com\0\0\1\0\1" + bytes(20)),
    "teredo, authentication alone": (3544, b"\0\1\xff\xff" + bytes(13)),
    "short": (4789, NETWORK[:7]),
    "empty": (2152, b""),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_does_not_hold_together_is_a_datagram(name: str) -> None:
    port, payload = PLAIN[name]
    assert is_plain(around(port, payload), payload)


def test_a_known_type_that_is_not_ip_gives_nothing() -> None:
    segment, decoder = decode(around(4789, NETWORK + bytes(12) + b"\x08\x06" + bytes(28)))
    assert segment is None
    assert (decoder.counters["vxlan"], decoder.counters["other"], decoder.events) == (1, 1, [])


def test_teredo_before_there_is_an_address() -> None:
    segment, decoder = decode(around(3544, craft.frame(LOCAL, B6, UDP, craft.udp(LOCAL, 1, B6, 2, b"x"))[14:]))
    assert segment is not None
    assert (segment.source, decoder.counters["teredo"]) == (LOCAL, 1)


def test_octets_behind_the_inner_packet_are_not_its_own() -> None:
    for port, payload in ((4789, NETWORK + ETHERNET), (3544, BY_TEREDO)):
        segment, _ = decode(around(port, payload + b"trailer") + b"padding of the frame")
        assert segment is not None
        assert (segment.payload, segment.length) == (b"data", 4)


def test_tunnels_in_tunnels_are_bounded() -> None:
    inside, depth = ETHERNET, 0
    while True:
        segment, decoder = decode(inside)
        if segment is None:
            break
        assert (segment.transport, decoder.counters.get("vxlan", 0)) == (TCP, depth)
        inside, depth = around(4789, NETWORK + inside), depth + 1
        assert depth < 40
    assert depth == 16
    assert [event.name for event in decoder.take()] == ["too_many_layers"]


def test_a_tunnel_in_a_first_fragment_that_is_not_all_there() -> None:
    inner = craft.frame(A, B, UDP, craft.udp(A, 53, B, 999, bytes(range(200))))[14:]
    body = craft.udp(C, 40_000, D, 2152, gtp(0x30, inner))
    head = craft.frame(C, D, UDP, body[:128])
    data = head[:20] + b"\x20\0" + head[22:]
    segment, decoder = decode(data[:110], len(data))
    assert segment is not None
    assert (segment.source, segment.payload, segment.length) == (A, bytes(range(110 - 14 - 20 - 8 - 8 - 28)), 200)
    assert [event.name for event in decoder.take()] == ["fragment_truncated"]


@given(
    st.sampled_from(sorted(TUNNELS)), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 255)), max_size=5), st.integers(0, 60), st.integers(0, 40)
)
def test_changed_octets_raise_nothing(name: str, changes: list[tuple[int, int]], cut: int, more: int) -> None:
    port, payload, _ = TUNNELS[name]
    changed = bytearray(payload)
    for place, value in changes:
        changed[place % len(changed)] = value
    data = around(port, bytes(changed))
    data = data[: len(data) - cut]
    segment, _ = decode(data, len(data) + more)
    if segment is not None:
        assert 0 <= len(segment.payload) <= segment.length <= len(data) + more


@given(st.sampled_from([2152, 3544, 4789, 4790, 6081]), st.binary(max_size=120))
def test_any_octets_raise_nothing(port: int, payload: bytes) -> None:
    segment, _ = decode(around(port, payload))
    assert segment is None or segment.length <= len(payload)


@pytest.mark.parametrize(
    ("path", "tunnel", "count", "segments"),
    [
        ("sip/arkime__gtp-iphone.pcap", "gtp", 106, 98),
        ("gtp/zeek__tunnels-gtp-gtp6_gtp_0x32.pcap", "gtp", 31, 31),
        ("_link/zeek__tunnels-gtp-gtp2_different_udp_port.pcap", "gtp", 78, 78),
        ("_link/zeek__tunnels-teredo_bubble_with_payload.pcap", "teredo", 4, 25),
        ("_link/zeek__tunnels-geneve-ipv6.pcap", "geneve", 2, 2),
        ("_link/tcpdump__gso-ipv4-vxlan-ipv4.pcap", "vxlan", 1, 1),
        ("imap/arkime__arkime_synthetic.pcap", "geneve", 4, 874),
    ],
)
def test_as_many_as_tshark_finds_in_real_captures(captures: Path, path: str, tunnel: str, count: int, segments: int) -> None:
    decoder = Decoder(EngineSettings())
    found = [decoder.decode(packet) for packet in read(captures / path)]
    assert decoder.counters[tunnel] == count
    assert sum(segment is not None for segment in found) == segments
