"""Each link header read by itself: what follows it, and where. At every length the answer is that, or that something is missing."""

from __future__ import annotations

import pytest

from wiregram.capture import craft
from wiregram.decode import Decoder, link
from wiregram.decode.link import BRIDGED, IPV4, IPV6, MPLS, OTHER, TRUNCATED
from wiregram.model.packet import TCP, UDP, Packet
from wiregram.program.settings import EngineSettings

PPP = [
    (b"\x21", IPV4, 1), (b"\x00\x21", IPV4, 2), (b"\xff\x03\x21", IPV4, 3), (b"\xff\x03\x00\x57", IPV6, 4), (b"\x02\x81", MPLS, 2),
    (b"\x02\x21", OTHER, 2), (b"\x02\x57", OTHER, 2), (b"\xc0\x21", OTHER, 2), (b"\xff\x04\x21", OTHER, 1),
]  # fmt: skip


@pytest.mark.parametrize(("head", "kind", "size"), PPP)
def test_a_ppp_protocol_is_of_one_octet_or_two(head: bytes, kind: int, size: int) -> None:
    for before in (b"", b"\x21\x57"):
        assert link.ppp(before + head + b"..", len(before)) == (kind, len(before) + size)
        assert link.ppp(before, len(before))[0] == TRUNCATED


def test_a_ppp_header_may_be_all_there_is() -> None:
    assert link.ppp(b"\0\x21", 0) == (IPV4, 2)
    assert link.ppp(b"\xff\x03\0\x57", 0) == (IPV6, 4)
    assert [link.ppp(head, 0)[0] for head in (b"", b"\0", b"\xff\x03", b"\xff\x03\0")] == [TRUNCATED] * 4


def test_cisco_s_framing_names_an_ethernet_type() -> None:
    assert link.locate(104, b"\x0f\0\x08\0") == (IPV4, 4)
    assert link.locate(104, b"\x8f\0\x86\xdd..") == (IPV6, 4)
    assert link.locate(104, b"\x0f\0\x01\x02")[0] not in (IPV4, IPV6)
    assert [link.locate(104, b"\x0f\0\x08\0"[:cut])[0] for cut in range(4)] == [TRUNCATED] * 4


@pytest.mark.parametrize(("head", "kind", "size"), PPP)
def test_a_pppoe_session_holds_a_ppp_protocol(head: bytes, kind: int, size: int) -> None:
    frame = b"\x11\0\0\1\0\x09" + head + b".."
    assert link.pppoe(frame, 0) == (kind, 6 + size)
    assert link.pppoe(b"\x11\x09" + frame[2:], 0)[0] == OTHER, "a code: this is no session"
    assert link.pppoe(b"\x12" + frame[1:], 0)[0] == OTHER, "another version"
    assert [link.pppoe(frame[:cut], 0)[0] for cut in range(8)] == [TRUNCATED] * 8


def test_a_stack_of_labels_ends_where_its_bit_says_so() -> None:
    stack = b"\0\0\x20\x40\0\0\x31\x40"
    assert link.mpls(stack + b"\x45", 0) == (IPV4, 8)
    assert link.mpls(b".." + stack + b"\x60", 2) == (IPV6, 10)
    assert link.mpls(stack + b"\0\0\0\0", 0) == (BRIDGED, 12), "a control word"
    assert [link.mpls(stack[:cut], 0)[0] for cut in range(9)] == [TRUNCATED] * 9


def test_an_ethernet_header_has_a_type_or_a_length() -> None:
    ends = bytes(12)
    assert link.ethernet(ends + b"\x08\0", 0) == (IPV4, 14)
    assert link.ethernet(b"." + ends + b"\x86\xdd", 1) == (IPV6, 15)
    assert link.ethernet(ends + b"\x05\xdd", 0) == (1501, 14)
    assert link.ethernet(ends + b"\x05\xdc\xaa\xaa\3\0\0\0\x08\0", 0) == (IPV4, 22)
    assert link.ethernet(ends + b"\0\3\6\6\3", 0) == (IPV4, 17)
    assert [link.ethernet((ends + b"\x08\0")[:cut], 0)[0] for cut in range(14)] == [TRUNCATED] * 14


@pytest.mark.parametrize(
    ("head", "kind", "size"),
    [
        (b"\xaa\xaa\3\0\0\0\x86\xdd", IPV6, 8),
        (b"\xaa\xaa\3\0\0\xf8\x08\0", IPV4, 8),
        (b"\xaa\xaa\3\0\1\0\x08\0", OTHER, 0),
        (b"\6\6\3", IPV4, 3),
        (b"\6\7\3", OTHER, 0),
        (b"\xaa\6\3", OTHER, 0),
    ],
)
def test_an_llc_header_names_a_type_or_ip_itself(head: bytes, kind: int, size: int) -> None:
    assert link.llc(b"." + head, 1) == (kind, 1 + size)
    assert [link.llc(head[:cut], 0)[0] for cut in range(len(head))] == [TRUNCATED] * len(head)


@pytest.mark.parametrize(("ends", "name", "header"), [((b"\n\0\0\1", b"\n\0\0\2"), "ipv4", 20), ((bytes(15) + b"\1", bytes(15) + b"\2"), "ipv6", 40)])
@pytest.mark.parametrize(("transport", "size"), [(UDP, 8), (TCP, 20)])
def test_a_cut_is_told_of_the_header_that_it_lies_in_and_no_other(
    ends: tuple[bytes, bytes], name: str, header: int, transport: int, size: int
) -> None:
    source, target = ends
    body = craft.udp(source, 1, target, 2, b"") if transport == UDP else craft.tcp(source, 1, target, 2, 5, 6, 16, b"", 9)
    frame = craft.frame(source, target, transport, body)
    assert len(frame) == 14 + header + size
    for cut in range(14, len(frame) + 1):
        decoder = Decoder(EngineSettings())
        segment = decoder.decode(Packet(3, 4, 1, frame[:cut], len(frame)))
        told = [event.name for event in decoder.take()]
        if cut < 14 + header:
            assert (segment, told) == (None, [f"{name}_truncated"])
        elif cut < len(frame):
            assert (segment, told) == (None, [f"{'udp' if transport == UDP else 'tcp'}_truncated"])
        else:
            assert segment is not None
            assert told == []
            assert (segment.source, segment.source_port, segment.target, segment.target_port) == (source, 1, target, 2)
            assert (segment.payload, segment.length, segment.frame) == (b"", 0, len(frame))
