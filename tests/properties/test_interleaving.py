"""Flows do not know of each other: what one is recognised as, and why, is the same alone and among others, however their packets take turns."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import wiregram
from wiregram.capture.craft import Conversation
from wiregram.model.packet import TCP, UDP, Packet

QUERY = bytes.fromhex("12340100000100000000000003777777076578616d706c6503636f6d0000010001")
SPOKEN: list[tuple[int, list[tuple[str, bytes]]]] = [
    (TCP, [("server", b"+OK ready\r\n"), ("client", b"USER a\r\n"), ("server", b"+OK\r\n")]),
    (TCP, [("server", b"220 ready\r\n"), ("client", b"USER a\r\n"), ("server", b"331 go on\r\n")]),
    (TCP, [("server", b"220 ready\r\n"), ("client", b"EHLO a\r\n"), ("server", b"250 ok\r\n")]),
    (TCP, [("client", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), ("server", b"HTTP/1.1 204 No\r\n\r\n")]),
    (TCP, [("client", b"> ask\r\n"), ("server", b"< answer\r\n")]),
    (TCP, [("client", b"nothing known\r\n"), ("server", b"at all\r\n")]),
    (UDP, [("client", b"\xff" * 9), ("client", QUERY), ("server", QUERY)]),
]
PORTS = (21, 25, 53, 80, 110, 3030, 4242)


@cache
def engine() -> wiregram.Engine:
    return wiregram.Engine(wiregram.load())


def packets(number: int, kind: int, port: int, step: int) -> list[Packet]:
    transport, turns = SPOKEN[kind]
    talk = Conversation(client_port=40_000 + number, server_port=port, transport=transport)
    made = talk.open()
    for who, octets in turns:
        made += (talk.client if who == "client" else talk.server)(octets, cuts=range(step, len(octets), step) if step and transport == TCP else ())
    return made + talk.close()


def verdicts(played: list[Packet]) -> dict[int, Any]:
    """By the client's port, which a swap may have made the server's: what flow records say of detection."""
    watched = wiregram.Engine(engine().library, engine(), explain=True, parsing=False)
    records = [record for packet in played for record in watched.feed(packet)] + watched.finish()
    found = {}
    for record in records:
        if record.family == "flow" and record.ends is not None:
            number = max(record.ends.source_port, record.ends.target_port)
            found[number] = (record.protocol, record.protocol_sides, record.ends.source_port, record.sections["flow"]["detection"])
    return found


flows = st.tuples(st.integers(0, len(SPOKEN) - 1), st.sampled_from(PORTS), st.integers(0, 9))


@given(st.lists(flows, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_verdicts_do_not_depend_on_how_flows_take_turns(drawn: list[tuple[int, int, int]], random: Any) -> None:
    streams = [packets(number, *flow) for number, flow in enumerate(drawn)]
    alone: dict[int, Any] = {}
    for stream in streams:
        alone.update(verdicts(stream))
    mixed: list[Packet] = []
    waiting = [list(stream) for stream in streams]
    while waiting:
        stream = random.choice(waiting)
        mixed.append(stream.pop(0))
        waiting = [each for each in waiting if each]
    mixed = [Packet(number, 10**18 + number, packet.link, packet.data) for number, packet in enumerate(mixed, 1)]
    assert verdicts(mixed) == alone
