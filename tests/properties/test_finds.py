"""What fuzzing has found, each as the smallest dialogue that showed it: it must hold for ever."""

from __future__ import annotations

import pytest

import wiregram
from wiregram_harness.plan import GARBAGE, Flow, Message, Operation, Plan, Turn
from wiregram_harness.search import check, chosen
from wiregram_harness.subject import Subject


def plan(protocol: str, port: int, *turns: Turn) -> Plan:
    return Plan(protocol, [Flow("tcp", port, list(turns))])


FINDS = {
    "a constant is contradicted by its first byte, however the bytes come": plan(
        "modbus", 502, Turn(0, []), Turn(1, [Message(b"\x00\x00\x01", "response", GARBAGE)])
    ),
    "the side that does not speak the protocol stays so when more of it comes": plan(
        "echo",
        3030,
        Turn(0, [Message(b"\xc5\r*", "request", GARBAGE)]),
        Turn(1, [Message(b"!\n", "reply")]),
        Turn(0, [Message(b"f>\n", "request", GARBAGE)], [2]),
    ),
    "of a message that the depth cuts the octets before it were looked at, where nothing is looked for behind it": Plan(
        "ssh", [Flow("tcp", 22, [Turn(1, [Message(b"0   \r\n", "banner")])], ending="nothing")], limits={"depth": 5}
    ),
    "a first message that is none is one, though a sound one follows in the same piece": plan(
        "echo", 3030, Turn(0, [Message(b">\n", "request")]), Turn(1, [Message(b"\n", "reply", GARBAGE), Message(b"!a\n", "reply")], [3])
    ),
    "a window that closes for a while does not change how much detection looks at": Plan(
        "vnc",
        [Flow("tcp", 5900, [Turn(1, [Message(b"30\n", "version")])], [Operation("closed-window", 0, 5), Operation("swap", 0, 6)])],
        settings={"detection_limit": 1},
    ),
}


@pytest.fixture(scope="module")
def library() -> wiregram.Library:
    return wiregram.load()


@pytest.mark.parametrize("rule", FINDS)
def test_a_find_does_not_come_back(library: wiregram.Library, rule: str) -> None:
    found = FINDS[rule]
    assert check(Subject(library, found.protocol), found, chosen()) is None
