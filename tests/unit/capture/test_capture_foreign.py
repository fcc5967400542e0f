"""Link layers that scapy takes off: the IP packet in the frame goes on, everything else is left as it is, and nothing raises."""

from __future__ import annotations

import io
import logging
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiregram.capture import craft, read, write
from wiregram.capture.foreign import FOREIGN, LARGEST, Foreign
from wiregram.decode import Decoder, link
from wiregram.model.packet import UDP, Packet, Segment
from wiregram.program.settings import EngineSettings

A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
A6, B6 = bytes(15) + b"\1", bytes(15) + b"\2"
IPV4 = craft.frame(A, B, UDP, craft.udp(A, 5353, B, 999, b"data"))[14:]
IPV6 = craft.frame(A6, B6, UDP, craft.udp(A6, 5353, B6, 999, b"data"))[14:]
SNAP4, SNAP6 = b"\xaa\xaa\x03\0\0\0\x08\0" + IPV4, b"\xaa\xaa\x03\0\0\0\x86\xdd" + IPV6
DATA, QOS = b"\x08\1\0\0" + bytes(18) + b"\x10\0", b"\x88\1\0\0" + bytes(18) + b"\x10\0" + b"\0\0"
FOUR_ADDRESSES = b"\x08\3\0\0" + bytes(18) + b"\x10\0" + bytes(6)

FRAMES = {
    "802.11": (105, DATA + SNAP4),
    "802.11, IPv6": (105, DATA + SNAP6),
    "802.11, quality of service": (105, QOS + SNAP4),
    "802.11, between access points": (105, FOUR_ADDRESSES + SNAP4),
    "radiotap": (127, b"\0\0\x08\0\0\0\0\0" + DATA + SNAP4),
    "radiotap, check sequence": (127, b"\0\0\x09\0\2\0\0\0\x10" + QOS + SNAP6 + b"FCS!"),
    "prism": (119, bytes(144) + DATA + SNAP4),
    "avs": (163, struct.pack(">II", 0x80211001, 64) + bytes(56) + DATA + SNAP4),
    "ppi, 802.11": (192, struct.pack("<BBHI", 0, 0, 8, 105) + DATA + SNAP4),
    "ppi, Ethernet": (192, struct.pack("<BBHI", 0, 0, 8, 1) + bytes(12) + b"\x08\0" + IPV4),
    "ppp with direction": (204, b"\1\xff\x03\x00\x57" + IPV6),
    "mPacket": (274, b"\x55" * 7 + b"\xd5" + bytes(12) + b"\x08\0" + IPV4 + b"FCS!"),
}
LEFT = {
    "beacon": (105, b"\x80\0\0\0" + bytes(20) + bytes(12) + b"\0\4name"),
    "encrypted": (105, b"\x08\x41\0\0" + bytes(20) + b"\1\2\3\x20\0\0\0\0" + SNAP4),
    "no data": (105, b"\x48\1\0\0" + bytes(20)),
    "arp": (105, DATA + b"\xaa\xaa\x03\0\0\0\x08\6" + bytes(28)),
    "aggregate": (105, b"\x88\1\0\0" + bytes(20) + b"\x80\0" + bytes(12) + struct.pack(">H", len(SNAP4)) + SNAP4),
    "cut in the IP header": (105, DATA + SNAP4[:20]),
    "too long": (105, DATA + SNAP4 + bytes(LARGEST)),
    "empty": (127, b""),
}


def through(packets: list[Packet]) -> tuple[list[Packet], int]:
    """Written, read again, and how often scapy failed."""
    stream = io.BytesIO()
    write(stream, packets)
    stream.seek(0)
    capture = read(stream)
    return list(capture), capture.undissected


def decode(packet: Packet) -> Segment | None:
    return Decoder(EngineSettings()).decode(packet)


@pytest.mark.parametrize("name", FRAMES)
def test_the_packet_inside_goes_on_with_the_length_of_the_frame(name: str) -> None:
    number, data = FRAMES[name]
    (packet,), failures = through([Packet(1, 42, number, data, len(data) + 10)])
    inside = IPV6 if IPV6 in data else IPV4
    assert (packet.number, packet.time, packet.link, packet.length) == (1, 42, 229 if inside is IPV6 else 228, len(data) + 10)
    assert packet.data[: len(inside)] == inside
    assert packet.data[len(inside) :] in (b"", b"FCS!")
    segment = decode(packet)
    assert segment is not None
    assert (segment.source_port, segment.payload, segment.length, segment.frame) == (5353, b"data", 4, len(data) + 10)
    assert failures == 0


@pytest.mark.parametrize("name", LEFT)
def test_what_carries_no_ip_or_hides_it_is_left_as_it_is(name: str) -> None:
    number, data = LEFT[name]
    (packet,), failures = through([Packet(1, 42, number, data)])
    assert (packet.link, packet.data, packet.length, failures) == (number, data, len(data), 0)
    decoder = Decoder(EngineSettings())
    assert decoder.decode(packet) is None
    assert decoder.counters["unknown_link"] == 1


def test_a_frame_that_the_capture_cut_stays_a_cut_one() -> None:
    number, data = FRAMES["802.11"]
    (packet,), _ = through([Packet(1, 42, number, data[:-2], len(data))])
    segment = decode(packet)
    assert segment is not None
    assert (segment.payload, segment.length, segment.frame) == (b"da", 4, len(data))


def test_frames_that_scapy_made() -> None:
    dot11, inet, l2 = (pytest.importorskip(f"scapy.layers.{name}") for name in ("dot11", "inet", "l2"))
    internet = inet.IP(src="10.0.0.1", dst="10.0.0.2") / inet.UDP(sport=5353, dport=999) / b"data"
    frames: list[tuple[int, Any]] = []
    for head in (dot11.Dot11(type=2, subtype=0, FCfield=1), dot11.Dot11(type=2, subtype=8, FCfield=2) / dot11.Dot11QoS(TID=5)):
        frame = head / l2.LLC() / l2.SNAP() / internet
        frames += [
            (105, frame),
            (127, dot11.RadioTap(present="Rate+Channel", Rate=2, ChannelFrequency=2412) / frame),
            (119, dot11.PrismHeader() / frame),
        ]
    for number, frame in frames:
        (packet,), failures = through([Packet(1, 42, number, bytes(frame))])
        assert (packet.link, packet.data, packet.length, failures) == (228, bytes(internet), len(bytes(frame)), 0)


def test_scapy_s_failures_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(link: int, data: bytes) -> tuple[bytes, int]:
        raise RecursionError

    monkeypatch.setattr("wiregram.capture.foreign._internet", fail)
    packets, failures = through([Packet(1, 42, 105, DATA + SNAP4), Packet(2, 43, 105, b"x")])
    assert ([(packet.link, packet.data) for packet in packets], failures) == ([(105, DATA + SNAP4), (105, b"x")], 2)


def test_links_are_told_apart_in_one_capture() -> None:
    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) & 3)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    frames = [(1, bytes(12) + b"\x08\0" + IPV4), FRAMES["radiotap"]]
    for number, _ in frames:
        data += block(1, struct.pack("<HHI", number, 0, 0))
    for index, (_, frame) in enumerate(frames):
        data += block(6, struct.pack("<IIIII", index, 0, 0, len(frame), len(frame)) + frame)
    found = list(read(io.BytesIO(data)))
    assert [(packet.link, packet.data) for packet in found] == [(1, frames[0][1]), (228, IPV4)]


def test_no_link_is_read_twice() -> None:
    natives = {number for number in range(300) if link.locate(number, bytes(60))[0] != link.UNKNOWN_LINK}
    assert len(natives) > 10
    assert not FOREIGN & natives


PROGRAM = """
import sys, wiregram
from wiregram.decode import Decoder
packets = list(wiregram.read(sys.argv[1]))
print(len(packets), any(name.split(".")[0] == "scapy" for name in sys.modules))
"""


@pytest.mark.parametrize(
    ("number", "data", "expected"),
    [pytest.param(1, craft.frame(A, B, UDP, b""), "1 False", id="Ethernet"), pytest.param(*FRAMES["802.11"], "1 True", id="802.11")],
)
def test_scapy_is_imported_only_for_such_a_link_and_says_nothing(tmp_path: Path, number: int, data: bytes, expected: str) -> None:
    path = tmp_path / "one.pcap"
    write(path, [Packet(1, 42, number, data)])
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == (expected, "")


def test_scapy_writes_no_log(caplog: pytest.LogCaptureFixture) -> None:
    for number, data in [*FRAMES.values(), *LEFT.values()]:
        for cut in range(0, min(len(data), 200), 7):
            Foreign().strip(Packet(1, 1, number, data[:cut]))
    assert caplog.records == []
    assert logging.getLogger("scapy.runtime").getEffectiveLevel() == logging.CRITICAL


CHANGES = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 255)), max_size=6)


@given(st.sampled_from(sorted(FRAMES)), CHANGES, st.integers(0, 120))
def test_changed_octets_raise_nothing(name: str, changes: list[tuple[int, int]], cut: int) -> None:
    number, data = FRAMES[name]
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    packet = Foreign().strip(Packet(1, 1, number, bytes(changed[: len(changed) - cut]), len(data)))
    assert packet.length == len(data) >= len(packet.data)
    segment = decode(packet)
    assert segment is None or segment.frame == len(data)


@given(st.sampled_from(sorted(FOREIGN)), st.binary(max_size=200))
@example(127, b"\0\0\xff\xff" + b"\xff" * 4000)
@example(105, b"\x80\0\0\0" + bytes(32) + b"\xff\0" * 6000)
def test_any_octets_raise_nothing(number: int, data: bytes) -> None:
    foreign = Foreign()
    packet = foreign.strip(Packet(1, 1, number, data))
    assert packet.length == len(data)
    assert decode(packet) is None or packet.link != number


@pytest.mark.parametrize(
    "path", ["_link/zeek__arp-who-has-radiotap.pcap", "_link/markofu__FailedWEPAuth.pcap", "_corrupt/scapy__bad_rsn_parsing_overrides_ssid.pcap"]
)
def test_real_frames_without_ip_are_counted_by_decode(captures: Path, path: str) -> None:
    capture = read(captures / path)
    decoder = Decoder(EngineSettings())
    assert [decoder.decode(packet) for packet in capture] == [None] * decoder.packets
    assert decoder.counters["unknown_link"] == decoder.packets > 0
    assert capture.undissected == 0
