"""What the marks are worth where a capture shows one side alone, or acknowledgements that cannot be: the likely case, and never a wrong record
without an event."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wiregram
from wiregram.capture.craft import Conversation
from wiregram.dialogue import dialogue_file, read_dialogues
from wiregram.dialogue.checking import packets
from wiregram.model.packet import Packet
from wiregram.outputs import plain

PORTS = {"pop3": 110, "smtp": 25, "http": 80, "imap": 143, "redis": 6379, "postgresql": 5432}
TCP_AT = 34
"""Where the TCP header of a crafted frame begins."""


def played(library: wiregram.Library, said: list[Packet]) -> tuple[list[Any], list[str]]:
    """The objects of the transactions, and the names of the events."""
    engine = wiregram.Engine(library)
    records = [record for packet in said for record in engine.feed(packet)] + engine.finish()
    shown = [plain(record.sections) for record in records if record.family == "transaction"]
    return shown, [record.sections["anomaly"]["event"] for record in records if record.family == "anomaly"]


def conversation(port: int, *turns: tuple[str, bytes]) -> list[Packet]:
    talk = Conversation("192.0.2.1", "198.51.100.1", 40000, port)
    made = list(talk.open())
    for who, octets in turns:
        made += (talk.client if who == "client" else talk.server)(octets)
    return made + talk.close()


def only(said: list[Packet], port: int) -> list[Packet]:
    """The packets that port sent."""
    return [packet for packet in said if struct.unpack_from(">H", packet.data, TCP_AT)[0] == port]


def test_a_list_of_the_server_alone_is_no_record_without_an_event(library: wiregram.Library) -> None:
    listing = b"+OK 2\r\n1 120\r\n2 200\r\n.\r\n"
    turns = [("server", b"+OK\r\n"), ("client", b"LIST\r\n"), ("server", listing), ("client", b"QUIT\r\n"), ("server", b"+OK\r\n")]
    whole = conversation(110, *turns)
    records, events = played(library, only(whole, 110))
    assert [each["pop3"]["response"]["status"] for each in records] == ["OK", "OK", "OK"]
    assert events == ["one_sided", *["parse_error"] * 3, "gap"], "each line of the list, and its dot, is no answer"


def test_the_answer_to_head_alone_has_an_event(library: wiregram.Library) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n"
    turns = [
        ("client", b"HEAD /a HTTP/1.1\r\n\r\n"),
        ("server", head),
        ("client", b"GET /b HTTP/1.1\r\n\r\n"),
        ("server", b"HTTP/1.1 204 No\r\n\r\n"),
    ]
    whole, events = played(library, conversation(80, *turns))
    assert ([each["http"]["status"] for each in whole], events) == ([200, 204], [])
    records, events = played(library, only(conversation(80, *turns), 80))
    assert events == ["one_sided", "truncated", "gap"], "the next answer is taken for the body, which is too short"
    assert [each["http"]["status"] for each in records if "http" in each] == [200]


@pytest.mark.parametrize("name", ["pop3", "smtp", "imap"])
def test_the_client_alone_asks_what_it_asks(library: wiregram.Library, name: str) -> None:
    path = dialogue_file(name)
    assert path is not None
    dialogue = read_dialogues(path)[0]
    port, client = PORTS[name], 20000
    said = list(packets(dialogue, "tcp", port))
    whole, _ = played(library, said)
    asked, events = played(library, only(said, client))
    assert "one_sided" in events
    key = "commands" if name == "smtp" else "request"
    requests, alone = ([each[name][key] for each in shown if key in each.get(name, {})] for shown in (whole, asked))
    assert alone
    assert all(request in requests for request in alone)
    assert not any("response" in each.get(name, {}) or "replies" in each.get(name, {}) for each in asked)


def acknowledging(said: list[Packet], acknowledged: Callable[[int], int]) -> list[Packet]:
    """The packets with other acknowledgement numbers."""
    made = []
    for packet in said:
        data = bytearray(packet.data)
        (number,) = struct.unpack_from(">I", data, TCP_AT + 8)
        struct.pack_into(">I", data, TCP_AT + 8, acknowledged(number) & 0xFFFFFFFF)
        made.append(Packet(packet.number, packet.time, packet.link, bytes(data), packet.length))
    return made


INSANE: dict[str, Callable[[int], int]] = {
    "none": lambda number: 0,
    "far ahead": lambda number: number + (1 << 30),
    "far behind": lambda number: number - (1 << 30),
    "never moving": lambda number: number & 0xFFFF0000,
}


@pytest.mark.parametrize("how", INSANE)
@pytest.mark.parametrize("name", ["pop3", "http", "redis"])
def test_acknowledgements_that_cannot_be_are_no_marks(library: wiregram.Library, name: str, how: str) -> None:
    path = dialogue_file(name)
    assert path is not None
    for dialogue in read_dialogues(path)[:2]:
        said = list(packets(dialogue, "tcp", PORTS[name]))
        assert played(library, acknowledging(said, INSANE[how])) == played(library, said)


def test_the_parent_of_a_flow_goes_on_to_change(tmp_path: Path) -> None:
    (tmp_path / "lines.lark").write_text("line: TEXT _EOL\nTEXT: /[a-z0-9]+/\n_EOL: /\\n/\n")
    (tmp_path / "protocols.toml").write_text("""
[above]
title = "says what the other flow is about"
tcp = [3030]
grammar = "lines.lark"
pair.one_way = "side == 'request'"
request.start = { parse = "line", set.session.topic = "text", next = [
  { when = "present(int(text))", to = "complete", expect = { protocol = "below", to = "server", port = "int(text)" } }, "complete"] }
[below]
title = "is about that"
tcp = []
grammar = "lines.lark"
pair.one_way = "side == 'request'"
request = "line"
record = { text = "request.text", topic = "parent.session.topic" }
""")
    above, below = (Conversation("192.0.2.1", "198.51.100.1", 40000, port) for port in (3030, 8021))
    said = [*above.open(), *above.client(b"8021\n"), *below.open(), *below.client(b"a\n"), *above.client(b"tea\n"), *below.client(b"b\n")]
    records, _ = played(wiregram.load(tmp_path, bundled=False), said)
    assert [each["below"] for each in records if "below" in each] == [{"text": "a", "topic": "8021"}, {"text": "b", "topic": "tea"}]
