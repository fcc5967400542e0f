"""The bundled protocols through the whole path, on their ports and off them, whole and byte by byte."""

from __future__ import annotations

from typing import Any

import pytest

import wiregram

POP3 = [
    ("server", b"+OK ready\r\n"),
    ("client", b"USER a\r\nPASS b\r\n"),
    ("server", b"+OK\r\n+OK in\r\n"),
    ("client", b"LIST\r\n"),
    ("server", b"+OK 2\r\n1 120\r\n2 200\r\n.\r\n"),
    ("client", b"RETR 1\r\nQUIT\r\n"),
    ("server", b"+OK\r\nFrom: x\r\n\r\n..dot\r\n.\r\n+OK bye\r\n"),
]
ECHO = [("client", b"> one\r\n> two\r\n"), ("server", b"< one\r\n! no\r\n")]
QUERY = bytes.fromhex("1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001")
ANSWER = bytes.fromhex("1234 8180 0001 0001 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001 c00c 0001 0001 00000e10 0004 c0000201")
READ = bytes.fromhex("0001 0000 0006 11 03 006b 0003")
GIVE = bytes.fromhex("0001 0000 0009 11 03 06 022b 0000 0064")


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


CONVERSATIONS = {
    "pop3": (110, POP3, 6),
    "echo": (3030, ECHO, 2),
    "dns": (53, [("client", framed(QUERY)), ("server", framed(ANSWER))], 2),
    "modbus": (502, [("client", READ), ("server", GIVE)], 1),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_protocol_on_its_port(library: wiregram.Library, wire: Any, name: str) -> None:
    port, said, count = CONVERSATIONS[name]
    records = wire.play(library, wire.turns(wire.talk(port), said))
    assert [(event, number) for event, number, _ in wire.logged(records)] == [
        (name, number if name != "dns" else 0) for number in range(count)
    ]  # fmt: skip
    assert wire.events(records) == []
    (flow,) = wire.flows(records)
    assert flow.protocol == name
    assert flow.ends is not None
    assert (flow.ends.source_port, flow.ends.target_port) == (40_000, port)
    assert flow.sections["flow"]["accounts"]["to_server"]["parsed"] == sum(len(octets) for who, octets in said if who == "client")
    assert flow.sections["flow"]["accounts"]["to_client"]["parsed"] == sum(len(octets) for who, octets in said if who == "server")


@pytest.mark.parametrize("step", [1, 2, 3, 7])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_segments_do_not_change_records(library: wiregram.Library, wire: Any, name: str, step: int) -> None:
    port, said, _ = CONVERSATIONS[name]
    whole = wire.play(library, wire.turns(wire.talk(port), said))
    cut = wire.play(library, wire.turns(wire.talk(port), said, step))
    assert wire.logged(whole) == wire.logged(cut)
    assert wire.events(whole) == wire.events(cut)
    assert [flow.sections["flow"]["accounts"] for flow in wire.flows(whole)] == [flow.sections["flow"]["accounts"] for flow in wire.flows(cut)]


@pytest.mark.parametrize("step", [0, 1])
def test_pop3_on_an_odd_port_is_found_by_its_greeting(library: wiregram.Library, wire: Any, step: int) -> None:
    usual = wire.play(library, wire.turns(wire.talk(110), POP3))
    odd = wire.play(library, wire.turns(wire.talk(31_337), POP3, step))
    assert wire.logged(odd) == wire.logged(usual)
    assert wire.events(odd) == []


@pytest.mark.parametrize("step", [0, 1])
def test_a_protocol_without_patterns_is_not_found_on_an_odd_port(library: wiregram.Library, wire: Any, step: int) -> None:
    records = wire.play(library, wire.turns(wire.talk(31_337), ECHO, step))
    assert [record.family for record in records] == ["flow"]
    assert records[0].protocol == "failed"
    assert records[0].sections["flow"]["accounts"]["to_server"]["undetected"] == len(ECHO[0][1])


def test_dns_over_udp_both_sides(library: wiregram.Library, wire: Any) -> None:
    records = wire.play(library, wire.turns(wire.talk(53, wire.UDP), [("client", QUERY), ("server", ANSWER)]))
    bodies = [body for _, _, body in wire.logged(records)]
    assert [body["type"] for body in bodies] == [b"request", b"response"]
    assert bodies[1]["answers"][0]["rdata"] == b"192.0.2.1"
    assert wire.flows(records)[0].protocol == "dns"


def test_dns_that_is_picked_up_at_the_answer_is_turned_round(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(40_000, wire.UDP, client_port=53)
    records = wire.play(library, [*talk.client(ANSWER), *talk.server(QUERY), *talk.client(ANSWER)])
    (flow,) = wire.flows(records)
    assert (flow.ends.source_port, flow.ends.target_port) == (40_000, 53)
    assert (flow.sections["flow"]["pkts_toserver"], flow.sections["flow"]["pkts_toclient"]) == (1, 2)
    assert [body["type"] for _, _, body in wire.logged(records)] == [b"response", b"request", b"response"]
    assert wire.events(records) == ["response_without_request"]


def test_modbus_that_is_picked_up_at_the_answer_is_turned_round(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(40_000, client_port=502)
    packets = [*talk.client(GIVE), *talk.server(READ), *talk.client(GIVE)]
    (flow,) = wire.flows(wire.play(library, packets))
    assert (flow.protocol, flow.ends.source_port, flow.ends.target_port) == ("modbus", 40_000, 502)


def test_junk_in_the_first_datagram_does_not_hide_dns(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(53, wire.UDP)
    records = wire.play(library, [*talk.client(b"\xff\xff"), *talk.client(QUERY), *talk.server(ANSWER)])
    assert [body["type"] for _, _, body in wire.logged(records)] == [b"request", b"response"]
    assert wire.events(records) == ["parse_error"]
    assert wire.flows(records)[0].sections["flow"]["accounts"]["to_server"]["skipped"] == 2


def test_a_connection_without_data(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(110)
    (flow,) = wire.play(library, talk.open() + talk.close())
    assert flow.protocol == "failed"
    assert flow.sections["flow"]["state"] == "closed"


def test_flows_do_not_disturb_each_other(library: wiregram.Library, wire: Any) -> None:
    apart = {name: wire.turns(wire.talk(port, client_port=50_000 + port), said, 3) for name, (port, said, _) in CONVERSATIONS.items()}
    alone = {name: wire.logged(wire.play(library, packets)) for name, packets in apart.items()}
    longest = max(map(len, apart.values()))
    mixed = [packets[at] for at in range(longest) for packets in apart.values() if at < len(packets)]
    together = wire.logged(wire.play(library, mixed))
    for name, expected in alone.items():
        assert [found for found in together if found[0] == name] == expected
