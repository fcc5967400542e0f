"""The same machines with real descriptions and real parsers: a mail session with a refused password, and names asked for and found."""

from __future__ import annotations

import pytest

from wiregram import compiler, parse


@pytest.fixture(scope="module")
def library():
    return compiler.load()


MAIL = [
    (1, b"+OK ready\r\n"),
    (0, b"USER a\r\nPASS x\r\n"),
    (1, b"+OK\r\n-ERR no\r\n"),
    (0, b"LIST\r\n"),
    (1, b"+OK 2 messages\r\n1 120\r\n2 200\r\n.\r\n"),
    (0, b"AUTH PLAIN\r\n"),
    (1, b"+ \r\n"),
    (0, b"AGEAYg==\r\n"),
    (1, b"+OK\r\n"),
]


@pytest.mark.parametrize("size", [0, 1, 3])
def test_pop3_from_its_description(kit, library, size):
    description = library.protocols["pop3"]
    talk = kit.play(description, MAIL, size, machine=kit.Machine(description, parse.begin))
    assert talk.events == []
    requests = [body.get("request", {}) for body in talk.bodies]
    assert [request.get("command") for request in requests] == [None, "USER", "PASS", "LIST", "AUTH"]
    assert requests[2]["args"] == ["***"]
    assert talk.bodies[3]["response"]["data"] == ["1 120", "2 200"]
    assert [done.status for done in talk.dones] == ["OK", "OK", "Error", "OK", "OK"]


def test_dns_from_its_description(kit, library):
    description = library.protocols["dns"]
    question = bytes.fromhex("0007010000010000000000000161000001" + "0001")
    answer = bytes.fromhex("0007818300010000000000000161000001" + "0001")
    machine = kit.Machine(description, parse.begin)
    talk = kit.play(description, [(0, question), (1, answer)], transport=kit.UDP, machine=machine)
    assert [(body["type"], body["id"], body["rcode"]) for body in talk.bodies] == [("request", 7, "NOERROR"), ("response", 7, "NXDOMAIN")]
    framed = [(0, b"\0\x13" + question), (1, b"\0\x13" + answer)]
    assert kit.play(description, framed, 1, machine=machine).bodies == talk.bodies
