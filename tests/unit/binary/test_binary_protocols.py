"""DNS, Modbus and Redis as declared in the project: messages from the documents, cut, looped and broken."""

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import Any

import pytest

from wiregram.frontends import load
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.parse import begin
from wiregram.program.protocol import Limits

GRAMMARS = Path(__file__).parents[3] / "grammars"

NAMES = b"\1F\3ISI\4ARPA\0"  # RFC 1035 section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root
FOO = b"\3FOO\xc0\x0c"  # points to the first name, which stands behind the header


def header(queries: int = 0, answers: int = 0, flags: int = 0x8180) -> bytes:
    return struct.pack(">6H", 0x1234, flags, queries, answers, 0, 0)


def record(name: bytes, kind: int, data: bytes) -> bytes:
    return name + struct.pack(">HHIH", kind, 1, 300, len(data)) + data


@pytest.fixture(scope="module")
def dns() -> Any:
    return load(GRAMMARS / "dns.py")


@pytest.fixture(scope="module")
def message(dns: Any) -> Any:
    return dns.compile("message", {}, None, Limits())


def whole(program: Any, data: bytes) -> Any:
    parser = begin(program)
    outcome = parser.run(data, 0, len(data), True)
    return parser, outcome, parser.value(data, 0) if outcome == MATCH else None


def test_names_are_compressed_as_in_rfc_1035(dns: Any, message: Any) -> None:
    data = header(4) + b"".join(name + b"\0\1\0\1" for name in (NAMES, FOO, b"\xc0\x12", b"\0"))
    parser, outcome, value = whole(message, data)
    assert outcome == MATCH
    assert [query["name"] for query in value["queries"]] == [b"F.ISI.ARPA.", b"FOO.F.ISI.ARPA.", b"ARPA.", b""]
    assert parser.used == len(data)
    assert dns.model("message").oracle(data) == (value, len(data))


def test_names_are_compressed_within_a_frame(dns: Any) -> None:
    data = header(1, 1) + NAMES + b"\0\1\0\1" + record(b"\xc0\x0c", 5, b"\3www\xc0\x0e")
    framed = struct.pack(">H", len(data)) + data
    parser, outcome, value = whole(dns.compile("framed", {}, None, Limits()), framed + b"next")
    assert outcome == MATCH
    assert parser.used == len(framed)
    assert value["answers"][0]["name"] == b"F.ISI.ARPA."
    assert value["answers"][0]["data"] == b"www.ISI.ARPA."
    assert value["start"] == 2
    assert dns.model("framed").oracle(framed) == (value, len(framed))


@pytest.mark.parametrize("name", [b"\xc0\x0c", b"\1a\xc0\x0c", b"\xc0\x0e\xc0\x0c"])
def test_a_loop_of_pointers_fails(message: Any, name: bytes) -> None:
    parser, outcome, _ = whole(message, header(1) + name + b"\0\1\0\1")
    assert outcome == FAILED
    assert parser.complex
    assert "nesting" in parser.expected


@pytest.mark.parametrize("name", [b"\xff\xff", b"\xc0\x63"])
def test_a_pointer_beyond_the_message_fails_at_its_end(message: Any, name: bytes) -> None:
    data = header(1) + name + b"\0\1\0\1"
    parser, outcome, _ = whole(message, data)
    assert outcome == FAILED
    assert parser.offset == len(data)
    assert not parser.complex


def test_a_name_may_have_127_labels(message: Any) -> None:
    name = b"\1a" * 127 + b"\0"
    _, outcome, value = whole(message, header(1) + name + b"\0\1\0\1")
    assert outcome == MATCH
    assert value["queries"][0]["name"] == b"a." * 127


def test_every_prefix_asks_for_more_and_fails_as_short_at_the_end(message: Any) -> None:
    data = header(1, 2) + NAMES + b"\0\1\0\1" + record(b"\xc0\x0c", 1, b"\1\2\3\4") + record(FOO, 15, b"\0\5" + b"\xc0\x0c")
    for size in range(len(data)):
        parser = begin(message)
        assert parser.run(data, 0, size, False) == MORE
        assert parser.need >= 1
        assert parser.run(data, 0, size, True) == FAILED
        assert parser.short
        assert parser.offset == size
    assert whole(message, data)[1] == MATCH


def test_work_on_pointers_is_bounded(dns: Any, message: Any) -> None:
    chain = b"".join(b"\1a" + struct.pack(">H", 0xC000 | 12 + 4 * (at + 1)) for at in range(120)) + b"\0"
    filler = record(b"\0", 10, chain)
    data = header(0, 1 + 3000) + filler + b"".join(record(struct.pack(">H", 0xC000 | 23), 1, b"") for _ in range(3000))
    started = time.process_time()
    parser, _, _ = whole(message, data)
    assert parser.visits <= 64 * len(data) + 4096 + 8
    assert time.process_time() - started < 20


def test_a_framed_message_that_is_broken_costs_its_frame_alone(dns: Any) -> None:
    body = header(1, 1) + NAMES + b"\0\1\0\1" + b"\x3f"
    framed = struct.pack(">H", len(body)) + body
    parser, outcome, value = whole(dns.compile("framed", {}, None, Limits()), framed + b"next")
    assert outcome == MATCH
    assert parser.used == len(framed)
    assert parser.flaw is not None
    assert parser.flaw[0] == len(framed)
    assert "answers.name.label" in parser.flaw[1]
    assert value["id"] == 0x1234
    assert value["queries"][0]["name"] == b"F.ISI.ARPA."


def test_modbus_fields_before_a_broken_body_count() -> None:
    program = load(GRAMMARS / "modbus.py").compile("request", {}, None, Limits())
    data = bytes.fromhex("0001 0000 0003 11 03 6b")  # one octet of a body of four
    parser, outcome, value = whole(program, data)
    assert outcome == MATCH
    assert parser.flaw is not None
    assert (value["id"], value["function"], value["body"]) == (1, value["function"], None)
    good = bytes.fromhex("0001 0000 0006 11 03 006b 0003")  # MODBUS Application Protocol 1.1b3 section 6.3
    parser, outcome, value = whole(program, good)
    assert outcome == MATCH
    assert parser.flaw is None
    assert value["body"] == {"address": 0x6B, "quantity": 3}


def test_modbus_with_another_protocol_number_fails_at_its_octet() -> None:
    program = load(GRAMMARS / "modbus.py").compile("request", {}, None, Limits())
    parser, outcome, _ = whole(program, bytes.fromhex("0001 0001 0006 11 03 006b 0003"))
    assert outcome == FAILED
    assert parser.offset == 3
    assert parser.expected == "Const 0x0000 in field 'protocol' of 'request'"


def test_need_is_exact_where_a_length_is_known() -> None:
    program = load(GRAMMARS / "modbus.py").compile("request", {}, None, Limits())
    data = bytes.fromhex("0001 0000 0006 11 03")
    parser = begin(program)
    assert parser.run(data, 0, len(data), False) == MORE
    assert parser.need == 4
