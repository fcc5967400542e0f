"""Reading and writing capture files: the formats, the errors, files that end too early."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiregram.capture import read, write
from wiregram.capture.craft import Conversation
from wiregram.model.errors import CaptureError
from wiregram.model.packet import Packet

PACKETS = [Packet(1, 1_700_000_000_123_456_789, 1, b"first", 60), Packet(2, 5, 1, b""), Packet(3, 4_000_000_000_000_000_000, 1, bytes(1500))]


def facts(packets: list[Packet]) -> list[tuple[int, int, int, bytes, int]]:
    return [(packet.number, packet.time, packet.link, packet.data, packet.length) for packet in packets]


def pcap_file(order: str, nano: bool, link: int = 1, snaplen: int = 65535) -> bytes:
    tick = 1 if nano else 1000
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link)
    for packet in PACKETS:
        out += struct.pack(order + "IIII", packet.time // 10**9, packet.time % 10**9 // tick, len(packet.data), packet.length) + packet.data
    return out


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) & 3)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) & 3)


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, link: int, options: bytes = b"", snaplen: int = 0) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link, 0, snaplen) + options + bytes(4))


def enhanced(order: str, which: int, ticks: int, data: bytes, length: int | None = None, options: bytes = b"") -> bytes:
    head = struct.pack(order + "IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) if length is None else length)
    return block(order, 6, head + data + bytes(-len(data) & 3) + options)


def pcapng_file(order: str = "<") -> bytes:
    return (
        section(order)
        + interface(order, 1, option(order, 2, b"eth0") + option(order, 9, b"\x09"))
        + b"".join(enhanced(order, 0, packet.time, packet.data, packet.length) for packet in PACKETS)
    )


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [True, False])
def test_pcap_in_both_byte_orders_and_both_ticks(order: str, nano: bool) -> None:
    expected = [(number, time if nano else time // 1000 * 1000, link, data, length) for number, time, link, data, length in facts(PACKETS)]
    capture = read(io.BytesIO(pcap_file(order, nano)))
    assert facts(list(capture)) == expected
    assert capture.problem is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_in_both_byte_orders(order: str) -> None:
    packets = list(read(io.BytesIO(pcapng_file(order))))
    assert facts(packets) == facts(PACKETS)
    assert {packet.interface for packet in packets} == {"eth0"}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert write(tmp_path / "a.pcap", PACKETS) == 3
    capture = read(tmp_path / "a.pcap")
    packets = list(capture)
    assert facts(packets) == facts(PACKETS)
    assert packets[0].capture == str(tmp_path / "a.pcap")
    assert capture.position == capture.size == (tmp_path / "a.pcap").stat().st_size
    write(tmp_path / "b.pcap", PACKETS, nanosecond=False)
    assert [packet.time % 1000 for packet in read(tmp_path / "b.pcap")] == [0, 0, 0]


def test_a_pcap_file_has_one_link_type(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="link type 101"):
        write(tmp_path / "a.pcap", [PACKETS[0], Packet(2, 0, 101, b"")])
    with pytest.raises(CaptureError, match="cannot write"):
        write(tmp_path / "none" / "a.pcap", PACKETS)


def test_the_upper_bits_of_the_link_type_are_not_the_link_type() -> None:
    assert {packet.link for packet in read(io.BytesIO(pcap_file("<", True, link=0x14000001)))} == {1}


def test_an_interface_has_its_own_link_clock_and_offset() -> None:
    data = (
        section("<")
        + interface("<", 1, option("<", 9, b"\x03") + option("<", 14, struct.pack("<q", -100)))
        + interface("<", 101, option("<", 9, b"\x8a") + option("<", 2, b"tun0"))
        + interface("<", 113)
        + enhanced("<", 0, 200_005, b"milli")
        + enhanced("<", 1, 1 << 10 | 1, b"binary", options=option("<", 1, b"comment"))
        + enhanced("<", 2, 3, b"default")
    )
    found = [(packet.time, packet.link, packet.interface) for packet in read(io.BytesIO(data))]
    assert found == [(100_005_000_000, 1, ""), (1_000_976_562, 101, "tun0"), (3000, 113, "")]


def test_times_stay_within_64_bits() -> None:
    data = section("<") + interface("<", 1, option("<", 9, b"\0")) + enhanced("<", 0, (1 << 64) - 1, b"late")
    data += interface("<", 1, option("<", 14, struct.pack("<q", -(1 << 62)))) + enhanced("<", 1, 0, b"early")
    assert [packet.time for packet in read(io.BytesIO(data))] == [1 << 62, -(1 << 62)]


def test_a_section_begins_with_no_interface_and_has_its_own_byte_order() -> None:
    first = section("<") + interface("<", 1) + enhanced("<", 0, 1, b"a")
    second = section(">") + interface(">", 101) + enhanced(">", 0, 2, b"b")
    assert [(packet.number, packet.link, packet.time) for packet in read(io.BytesIO(first + second))] == [(1, 1, 1000), (2, 101, 2000)]
    capture = read(io.BytesIO(first + section("<") + enhanced("<", 0, 2, b"b")))
    assert len(list(capture)) == 1
    assert "interface 0" in (capture.problem or "")


@pytest.mark.parametrize("order", ["<", ">"])
def test_simple_and_old_packet_blocks(order: str) -> None:
    data = (
        section(order)
        + interface(order, 1, snaplen=4)
        + block(order, 2, struct.pack(order + "HHIIII", 0, 7, 0, 9, 3, 90) + b"old")
        + block(order, 3, struct.pack(order + "I", 10) + b"simp")
        + block(order, 3, struct.pack(order + "I", 2) + b"ab")
    )
    packets = list(read(io.BytesIO(data)))
    assert facts(packets) == [(1, 9000, 1, b"old", 90), (2, 9000, 1, b"simp", 10), (3, 9000, 1, b"ab", 2)]


def test_blocks_of_no_concern_are_passed_over_whatever_their_size() -> None:
    data = section("<") + block("<", 0x0BAD, bytes(3_000_000)) + interface("<", 1) + block("<", 4, b"") + enhanced("<", 0, 1, b"a")
    assert [packet.data for packet in read(io.BytesIO(data))] == [b"a"]


@pytest.mark.parametrize("whole", [pcap_file("<", True), pcapng_file()], ids=["pcap", "pcapng"])
def test_a_file_cut_anywhere_gives_the_packets_before_the_cut_and_says_so(whole: bytes) -> None:
    silent: list[int] = []
    refused: list[int] = []
    for cut in range(len(whole)):
        try:
            capture = read(io.BytesIO(whole[:cut]))
        except CaptureError:
            refused.append(cut)
            continue
        packets = list(capture)
        assert facts(packets) == facts(PACKETS)[: len(packets)]
        if capture.problem is None:
            silent.append(cut)  # a cut between records cannot be seen
    assert refused == list(range(12 if whole[:1] == b"\x0a" else 24))
    assert len(silent) == (4 if whole[:1] == b"\x0a" else 3)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 2_000_000])
def test_a_bogus_length_ends_the_capture_with_a_sentence(size: int) -> None:
    capture = read(io.BytesIO(pcap_file("<", True) + struct.pack("<IIII", 1, 2, size, size) + bytes(100)))
    assert len(list(capture)) == 3
    assert f"packet 4 claims {size} octets" in (capture.problem or "")
    capture = read(io.BytesIO(pcapng_file() + struct.pack("<II", 6, size & ~3) + bytes(100)))
    assert len(list(capture)) == 3
    assert capture.problem


@pytest.mark.parametrize("whole", [pcap_file(">", False), pcapng_file(">")], ids=["pcap", "pcapng"])
def test_gzip_is_read_through(whole: bytes) -> None:
    expected = facts(list(read(io.BytesIO(whole))))
    packed = gzip.compress(whole)
    assert facts(list(read(io.BytesIO(packed)))) == expected
    assert facts(list(read(io.BytesIO(gzip.compress(whole[:40]) + gzip.compress(whole[40:]))))) == expected
    capture = read(io.BytesIO(packed[:-9]))
    assert len(list(capture)) <= 3
    assert "gzip" in (capture.problem or "")
    with pytest.raises(CaptureError, match="gzip"):
        read(io.BytesIO(b"\x1f\x8b\x08\x00 nothing that inflates"))


class Trickle(io.RawIOBase):
    """A pipe that gives one octet at a time."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self.data.read(1)


@pytest.mark.parametrize("whole", [pcap_file("<", True), pcapng_file(), gzip.compress(pcap_file("<", True))], ids=["pcap", "pcapng", "gzip"])
def test_the_pieces_of_a_pipe_do_not_change_the_packets(whole: bytes) -> None:
    assert facts(list(read(Trickle(whole)))) == facts(PACKETS)  # type: ignore[arg-type]  # only read() is asked of a stream


def test_errors_name_the_file_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_bytes(b"no capture at all, but long enough to be one")
    (tmp_path / "short").write_bytes(pcap_file("<", True)[:20])
    cases = {"missing": "No such file", "empty": "it is empty", "text": "neither pcap nor pcapng", "short": "first header", ".": "a directory"}
    for name, reason in cases.items():
        with pytest.raises(CaptureError) as caught:
            read(tmp_path / name)
        assert len(caught.value.problems) == 1
        assert caught.value.problems[0].file == str(tmp_path / name)
        assert reason in caught.value.problems[0].text


@given(
    st.sampled_from([b"", pcap_file("<", True), pcap_file(">", False), section("<"), pcapng_file(">"), section("<") + interface("<", 1)]),
    st.lists(st.one_of(st.binary(max_size=80), st.tuples(st.sampled_from([1, 2, 3, 6]), st.binary(max_size=60)).map(lambda t: block("<", *t)))),
    st.integers(0, 300),
)
@example(section("<"), [block("<", 1, b"\1\0\0\0\0\0\0\0" + option("<", 9, b"\x7f"))], 0)
def test_damaged_files_raise_nothing_but_capture_error(head: bytes, blocks: list[bytes], cut: int) -> None:
    data = (head + b"".join(blocks))[cut if cut % 7 == 0 else 0 :]
    try:
        for packet in read(io.BytesIO(data)):
            assert packet.length >= len(packet.data)
    except CaptureError:
        pass


def test_the_same_packets_as_scapy(tmp_path: Path) -> None:
    scapy = pytest.importorskip("scapy.utils")
    ethernet = pytest.importorskip("scapy.layers.l2")
    conversation = Conversation()
    packets = conversation.open() + conversation.client(b"x" * 4000) + conversation.close()
    write(tmp_path / "a.pcap", packets)
    with scapy.RawPcapReader(str(tmp_path / "a.pcap")) as reader:
        assert [data for data, _ in reader] == [packet.data for packet in packets]
    frames = [ethernet.Ether(packet.data) for packet in packets]
    for seen, packet in zip(frames, packets, strict=True):
        seen.time = packet.time / 10**9
    scapy.wrpcapng(str(tmp_path / "a.pcapng"), frames)
    again = list(read(tmp_path / "a.pcapng"))
    assert [packet.data for packet in again] == [packet.data for packet in packets]
    assert all(abs(a.time - b.time) < 2_000 for a, b in zip(again, packets, strict=True))
