"""Faults that detectors are known to have had, one by one: none of them is here."""

from __future__ import annotations

from typing import Any

import pytest

import wiregram
from wiregram import parse
from wiregram.detect import Detector
from wiregram.detect.detection import DATAGRAMS
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER, UDP

ODD = 4242


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(wiregram.load(), parse.begin)


CLIENTS_USER = b"USER anna\r\n"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ([(TO_CLIENT, b"+OK ready\r\n"), (TO_SERVER, CLIENTS_USER), (TO_CLIENT, b"+OK\r\n"), (TO_SERVER, b"PASS x\r\n")], "pop3"),
        ([(TO_CLIENT, b"220 ready\r\n"), (TO_SERVER, CLIENTS_USER), (TO_CLIENT, b"331 password\r\n")], "ftp"),
        # the client's bytes came first in the capture
        ([(TO_SERVER, CLIENTS_USER), (TO_CLIENT, b"+OK ready\r\n")], "pop3"),
        ([(TO_SERVER, CLIENTS_USER), (TO_CLIENT, b"220 ready\r\n")], "ftp"),
    ],
)
def test_user_alone_makes_neither_pop3_nor_ftp(made: Any, detector: Detector, said: Any, verdict: str) -> None:
    for step in (0, 1, 3):
        assert made.turns(detector.open(TCP, 50_000, ODD), said, step).verdict == verdict
        assert made.turns(detector.open(TCP, 50_000, ODD), said[: 1 if said[0][0] == TO_SERVER else 0], step).verdict == ""


@pytest.mark.parametrize(
    ("answer", "verdict"), [(b"EHLO me\r\n", "smtp"), (b"HELO me\r\n", "smtp"), (b"USER anna\r\n", "ftp"), (b"AUTH TLS\r\n", "ftp")]
)
@pytest.mark.parametrize("greeting", [b"220 mail.example ready\r\n", b"220-mail.example\r\n220 ready\r\n"])
def test_a_greeting_with_220_waits_for_the_client_to_say_what_it_is(
    made: Any, detector: Detector, greeting: bytes, answer: bytes, verdict: str
) -> None:
    for step in (0, 1, 3):
        detection = made.turns(detector.open(TCP, 50_000, ODD), [(TO_CLIENT, greeting)], step)
        assert detection.verdict == ""
        assert made.turns(detector.open(TCP, 50_000, ODD), [(TO_CLIENT, greeting), (TO_SERVER, answer)], step).verdict == verdict


@pytest.mark.parametrize(
    ("greeting", "answer", "verdict", "port"),
    [
        (b"+OK ready\r\n", b"CAPA\r\n", "pop3", 110),
        (b"* OK IMAP4rev1 ready\r\n", b"a CAPABILITY\r\n", "imap", 143),
        (b"220 x\r\n", b"EHLO me\r\n", "smtp", 25),
        (b"220 x\r\n", b"USER me\r\n", "ftp", 21),
    ],
)
def test_a_server_message_in_two_segments_ends_nothing(
    made: Any, detector: Detector, greeting: bytes, answer: bytes, verdict: str, port: int
) -> None:
    for cut in range(1, len(greeting)):
        detection = detector.open(TCP, 50_000, port)
        detection.feed(TO_CLIENT, greeting[:cut])
        detection.feed(TO_CLIENT, greeting)
        assert detection.verdict in ("", verdict)
        detection.feed(TO_SERVER, answer)
        assert detection.verdict == verdict, cut


QUERY = bytes.fromhex("1234010000010000000000000377777707657861 6d706c6503636f6d0000010001".replace(" ", ""))
ANSWER = bytes.fromhex("1234818000010001000000000377777707657861 6d706c6503636f6d0000010001c00c000100010000003c00040a000001".replace(" ", ""))


@pytest.mark.parametrize("junk", [(TO_SERVER,), (TO_CLIENT,), (TO_SERVER, TO_CLIENT), (TO_SERVER, TO_SERVER, TO_SERVER)])
@pytest.mark.parametrize("first", [(TO_SERVER, QUERY), (TO_CLIENT, ANSWER)])
def test_junk_in_the_first_datagrams_hides_nothing(detector: Detector, junk: tuple[int, ...], first: tuple[int, bytes]) -> None:
    detection = detector.open(UDP, 50_000, 53)
    for direction in junk:
        detection.feed(direction, b"\xff" * 40, True)
        assert detection.verdict == ""
    detection.feed(*first, True)
    assert detection.verdict == "dns"


def test_probing_always_ends(made: Any) -> None:
    """Whatever the probes wait for, a direction is bounded; and so is a flow of which nothing is known."""
    probes = [made.probe(b"", TO_SERVER, any_port=True), made.probe(b"", TO_CLIENT, any_port=True)]
    detector = made.detector(made.protocol("endless", probes=probes), limit=1000)
    for said in ([TO_SERVER], [TO_CLIENT], [TO_SERVER, TO_CLIENT]):
        detection = detector.open(TCP, 1, 2)
        data = bytearray()
        while not detection.verdict:
            data += b"x" * 100
            assert len(data) <= 2200
            for direction in said:
                detection.feed(direction, data)
        assert detection.verdict == "failed"
    detection = detector.open(UDP, 1, 2)
    for _ in range(DATAGRAMS):
        detection.feed(TO_SERVER, b"x" * 100, False)
    assert detection.verdict == "failed"


def test_an_unfinished_banner_is_searched_once_however_it_comes(made: Any) -> None:
    both = [made.pattern(b"never", direction, depth=20_000, nocase=True) for direction in (TO_SERVER, TO_CLIENT)]
    detector = made.detector(made.protocol("p", both, [made.probe(b"", TO_CLIENT, [7])]))
    banner = b"SSH-2.0-" + b"x" * 8000
    for step in (1, 7, len(banner)):
        detection = detector.open(TCP, 50_000, 7, True)
        data = bytearray()
        for at in range(0, len(banner), step):
            data += banner[at : at + step]
            detection.feed(TO_CLIENT, data)
        # once for the patterns of either direction, since the flow may be turned round, once for the probe
        assert (detection.verdict, detection.looked) == ("", 3 * len(banner))
