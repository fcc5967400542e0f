"""Groups, files, codings, layers, expected flows, messages aside: described in full, played whole, byte by byte and at random cuts."""

from __future__ import annotations

import gzip
import hashlib
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import wiregram
from wiregram.capture.craft import START, Conversation, Timeline
from wiregram.model.packet import TO_CLIENT, TO_SERVER
from wiregram.outputs import FileStore, plain

LINES = """
command: VERB (_SP ARG)* _EOL
reply: CODE (_SP TEXT)? _EOL
VERB: /[A-Z]+/
ARG: /[^ \\r\\n]+/
CODE: /[0-9]+/
TEXT: /[^\\r\\n]+/
_SP: / /
_EOL: /\\r?\\n/
"""
FRAMES = """
from construct import *
frame = Struct("last" / Int8ub, "size" / Int8ub)
call = Struct("id" / Int8ub, "type" / Enum(Int8ub, ask=0, answer=1, note=2), "size" / Int8ub)
nothing = Struct("next" / Peek(Int8ub))
named = Struct("size" / Int8ub, "data" / Bytes(this._params.count))
packet = Struct("id" / Int8ub, "at" / Int16ub, "data" / Prefixed(Int8ub, GreedyBytes))
letter = Struct("data" / Prefixed(Int8ub, GreedyBytes))
list = Struct("many" / PrefixedArray(Int8ub, Int8ub))
"""
Turn = tuple[str, bytes]
Play = Callable[..., list[dict[str, Any]]]


def records_of(library: wiregram.Library, turns: list[Turn | tuple[str, int]], cuts: Callable[[bytes], tuple[int, ...]], store: Any) -> Iterator[Any]:
    engine = wiregram.Engine(library, store=store)
    clock = Timeline(START)
    talks = {"": Conversation("192.0.2.1", "198.51.100.1", 40000, 3030, timeline=clock)}
    packets: list[Any] = list(talks[""].open())
    for who, what in turns:
        name, _, side = who.rpartition(".")
        if name and name not in talks:
            port = int(name)
            talks[name] = Conversation("192.0.2.1", "198.51.100.1", 50000, port, timeline=clock)
            packets += talks[name].open()
        talk = talks[name]
        if isinstance(what, int):
            talk.gap(what, TO_SERVER if side == "client" else TO_CLIENT)
        else:
            packets += (talk.client if side == "client" else talk.server)(what, cuts=cuts(what))
    for talk in talks.values():
        packets += [*talk.end(TO_SERVER), *talk.end(TO_CLIENT)]
    for packet in packets:
        yield from engine.feed(packet)
    yield from engine.finish()


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays turns ("client" or "server", octets, or a number for a gap; "8021.client" in another flow) to a manifest's protocols; the records
    of transactions and files, and the names of events, must not depend on the cuts."""
    (tmp_path / "lines.lark").write_text(LINES)
    (tmp_path / "frames.py").write_text(FRAMES)

    def played(manifest: str, turns: list[Any], store: Path | None = None) -> list[dict[str, Any]]:
        (tmp_path / "protocols.toml").write_text(manifest)
        library = wiregram.load(tmp_path, bundled=False)
        dice = random.Random(7)
        ways: list[Callable[[bytes], tuple[int, ...]]] = [
            lambda data: (),
            lambda data: tuple(range(1, len(data))),
            *(lambda data: tuple(sorted(dice.sample(range(1, len(data)), min(3, len(data) - 1)))) if len(data) > 1 else () for _ in range(20)),
        ]
        results = []
        for way in ways:
            found = []
            kept = FileStore(store) if store is not None else None
            for record in records_of(library, turns, way, kept):
                if record.family in ("transaction", "fileinfo"):
                    found.append({record.name: plain(record.sections[record.name]), "tx": record.tx_id})
                elif record.family == "anomaly":
                    section = plain(record.sections["anomaly"])
                    found.append({"event": section["event"], "inside": section.get("inside", ""), "offset": section.get("offset", -1)})
            results.append(found)
        assert all(result == results[0] for result in results)
        return results[0]

    return played


TEXTS = """
[p]
title = "lines"
tcp = [3030]
grammar = "lines.lark"
types = { CODE = "int" }
request.start.parse = "command"
response.start.parse = "reply"
"""


def test_a_group_is_one_transaction_with_its_first_number(play: Play) -> None:
    manifest = (
        TEXTS.replace('request.start.parse = "command"', 'request.start = { parse = "command", add.tx.verbs = "verb" }')
        + """
group = { begin = "verb == 'MAIL'", join = "verb in ('RCPT', 'DATA')", end = "request.verb in ('DATA', 'RSET')" }
record = { verbs = "tx.verbs", last = "request.verb", code = "response.code" }
"""
    )
    turns = [("client", b"HELO\nMAIL a\nRCPT b\nNOOP\nDATA\nMAIL b\nRSET\nMAIL c\nMAIL d\nQUIT\n"), ("server", b"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n")]
    found = play(manifest, turns)
    assert [(each["tx"], each["p"]["verbs"], each["p"]["last"], each["p"]["code"]) for each in found] == [
        (0, ["HELO"], "HELO", 1),
        (2, ["NOOP"], "NOOP", 4),
        (1, ["MAIL", "RCPT", "DATA"], "DATA", 5),
        (3, ["MAIL"], "MAIL", 6),
        (4, ["RSET"], "RSET", 7),
        (5, ["MAIL"], "MAIL", 8),
        (7, ["QUIT"], "QUIT", 10),
        (6, ["MAIL"], "MAIL", 9),
    ]


def test_groups_with_keys_stand_side_by_side(play: Play) -> None:
    manifest = (
        TEXTS
        + """
group = { begin = "verb == 'PUT'", join = "verb == 'END'", end = "request.verb == 'END'", key = "arg[0]" }
record = { verb = "request.verb", name = "request.arg" }
"""
    )
    found = play(manifest, [("client", b"PUT 1\nPUT 2\nEND 2\nEND 1\n"), ("server", b"1\n2\n3\n4\n")])
    assert [(each["tx"], each["p"]["name"]) for each in found] == [(1, ["2"]), (0, ["1"])]


def test_a_body_is_a_file_whose_coding_goes_on_from_chunk_to_chunk(play: Play, tmp_path: Path) -> None:
    text = b"what is in the file " * 50
    packed = gzip.compress(text, mtime=0)
    manifest = (
        TEXTS.replace('response.start.parse = "reply"', "")
        + """
[p.response]
start = { parse = "reply", next = [{ when = "code > 0", to = "data" }, "complete"] }
data = { bytes = "code", decode = "'gzip'", file.name = "request.arg[0]", next = "start" }
"""
    )
    first, second = packed[:30], packed[30:]
    stream = b"%d\n%b%d\n%b0\n" % (len(first), first, len(second), second)
    kept = tmp_path / "kept"
    found = play(manifest, [("client", b"GET name.txt\n"), ("server", stream)], kept)
    digest = hashlib.sha256(text).hexdigest()
    assert found[1]["fileinfo"] == {
        "filename": "name.txt", "gaps": False, "state": "CLOSED", "md5": hashlib.md5(text).hexdigest(), "sha256": digest,
        "stored": True, "size": len(text), "tx_id": 0,
    }  # fmt: skip
    assert (kept / digest[:2] / digest).read_bytes() == text


def test_a_coding_that_is_none_is_told_and_ends_the_file(play: Play) -> None:
    manifest = (
        TEXTS.replace('response.start.parse = "reply"', "")
        + """
[p.response]
start = { parse = "reply", next = "data" }
data = { bytes = "code", decode = "'gzip'", file = true }
"""
    )
    found = play(manifest, [("client", b"GET\n"), ("server", b"8\nnot gzip")])
    assert found[0]["event"] == "bad_coding"
    assert found[2]["fileinfo"]["state"] == "ERROR"


def test_a_hole_in_a_file_is_known_and_a_cut_file_is_truncated(play: Play) -> None:
    manifest = (
        TEXTS.replace('response.start.parse = "reply"', "")
        + """
[p.response]
start = { parse = "reply", next = "data" }
data = { bytes = "code", file.name = "request.verb" }
"""
    )
    found = play(manifest, [("client", b"ONE\nTWO\n"), ("server", b"12\nhello "), ("server", 3), ("server", b"you9\nend")])
    files = [each["fileinfo"] for each in found if "fileinfo" in each]
    assert [(each["filename"], each["size"], each["gaps"], each["state"], "sha256" in each) for each in files] == [
        ("ONE", 12, True, "TRUNCATED", False),
        ("TWO", 3, False, "TRUNCATED", True),
    ]
    found = play(manifest, [("client", b"TWO\n"), ("server", b"9\nend")])
    files = [each["fileinfo"] for each in found if "fileinfo" in each]
    assert [(each["size"], each["gaps"], each["state"]) for each in files] == [(3, False, "TRUNCATED")]


PACKETS = """
[p]
title = "pieces of files"
tcp = [3030]
grammar = "frames.py"
pair.one_way = "True"
[p.request.start]
parse = "packet"
file = { data = "data", key = "id", offset = "at", name = "'file'", ends = "len(data) == 0" }
"""


def packet(number: int, at: int, data: bytes) -> bytes:
    return struct.pack(">BHB", number, at, len(data)) + data


def test_a_file_with_a_key_goes_on_across_transactions_and_ends_where_it_is_said(play: Play) -> None:
    turns = [
        (
            "client",
            packet(1, 0, b"abc") + packet(2, 0, b"xy") + packet(1, 3, b"def") + packet(1, 2, b"cdefg") + packet(1, 0, b"") + packet(2, 5, b"z"),
        )
    ]
    found = play(PACKETS, turns)
    files = [each["fileinfo"] for each in found if "fileinfo" in each]
    assert [(each["size"], each["gaps"], each.get("sha256")) for each in files] == [
        (7, False, hashlib.sha256(b"abcdefg").hexdigest()),
        (6, True, None),
    ]
    assert files[0]["tx_id"] == 4


LAYERED = """
[p]
title = "frames that carry calls"
tcp = [3030]
grammar = "frames.py"
pair.aside = "True"

[p.both]
start = { parse = "frame", next = [{ when = "size > 0", to = "data" }, "complete"] }
data = { bytes = "size", feed = { layer = "inner", scope = "flow", end = "last == 1" } }

[inner]
title = "calls"
layer = true
grammar = "frames.py"
pair = { key = "id", role = "'response' if type == 'answer' else 'request'", one_way = "type == 'note'" }
record = { id = "default(request.id, response.id)", asked = "request.text", answered = "response.text" }

[inner.both]
start = { parse = "call", next = "text" }
text = { bytes = "rest()", keep = "text" }
"""


def frames(message: bytes, *sizes: int) -> bytes:
    parts, at = [], 0
    for size in sizes:
        parts.append(bytes((0, size)) + message[at : at + size])
        at += size
    return b"".join(parts) + bytes((1, len(message) - at)) + message[at:]


def test_a_layer_of_the_flow_pairs_for_itself_across_the_frames_of_its_units(play: Play) -> None:
    turns = [
        ("client", frames(b"\x01\x00\x00first", 2, 3) + frames(b"\x02\x00\x00second") + frames(b"\x09\x02\x00a note", 1)),
        ("server", frames(b"\x02\x01\x00two", 1, 1) + frames(b"\x01\x01\x00one")),
    ]
    found = play(LAYERED, turns)
    assert [each["inner"] for each in found] == [
        {"id": 9, "asked": "a note"},
        {"id": 2, "asked": "second", "answered": "two"},
        {"id": 1, "asked": "first", "answered": "one"},
    ]


def test_a_unit_that_is_no_message_costs_that_unit_alone(play: Play) -> None:
    manifest = LAYERED.replace('bytes = "rest()"', 'bytes = "size"')
    turns = [
        ("client", frames(b"\x01\x00\x05hello") + frames(b"\x01\x00", 1) + frames(b"\x03\x00\x02hi\x04", 2)),
        ("server", frames(b"\x03\x01\x02ho") + frames(b"\x01\x01\x00")),
    ]
    found = play(manifest, turns)
    assert [(each["event"], each["inside"], each["offset"]) for each in found if "event" in each] == [
        ("truncated", "inner", 10),
        ("truncated", "inner", 16),
    ]
    assert [each["inner"] for each in found if "inner" in each] == [
        {"id": 3, "asked": "hi", "answered": "ho"},
        {"id": 1, "asked": "hello", "answered": ""},
    ]


PARTS = """
[p]
title = "bodies that have heads"
tcp = [3030]
grammar = "lines.lark"
types = { CODE = "int" }
response = "reply"
record = { verb = "request.verb", names = "request.body.names", end = "request.body.end", left = "tx.left", told = "session.told" }

[p.request]
start = { parse = "command", set.tx.left = "int(arg[0])", next = [{ when = "present(tx.left)", to = "body" }, "complete"] }
body = { bytes = "tx.left", feed = "body" }

[body]
title = "a head and a rest"
layer = true
grammar = "lines.lark"

[body.request]
start = { parse = "command", add.own.names = "verb", set.session.told = "verb", next = [{ when = "verb == 'END'", to = "rest" }, "start"] }
rest = { bytes = "rest()", keep = "end", file.name = "own.names[0]" }
"""


def test_a_layer_of_a_transaction_shares_its_variables_and_ends_with_it(play: Play) -> None:
    body = b"ONE 1\nTWO\nEND\nrest"
    turns = [("client", b"PUT %d\n%bNOOP\n" % (len(body), body)), ("server", b"1\n2\n")]
    found = play(PARTS, turns)
    assert found[0] == {"p": {"verb": "PUT", "names": ["ONE", "TWO", "END"], "end": "rest", "left": 18, "told": "END"}, "tx": 0}
    assert (found[1]["fileinfo"]["filename"], found[1]["fileinfo"]["size"], found[1]["fileinfo"]["tx_id"]) == ("ONE", 4, 0)
    assert found[2]["p"]["verb"] == "NOOP"


UNITS = """
[p]
title = "bodies, each a unit"
tcp = [3030]
grammar = "lines.lark"
types = { CODE = "int" }
response = "reply"
record = { last = "request.body.names", all = { each = "request.bodies", names = "names", end = "end" } }

[p.request]
start = { parse = "command", set.tx.left = "int(arg[0])", next = [{ when = "present(tx.left)", to = "body" }, "complete"] }
body  = { bytes = "tx.left", feed = { layer = "body", end = "True" }, add.own.bodies = "own.body", next = "start" }
"""


def test_a_layer_of_a_transaction_begins_anew_with_every_unit(play: Play) -> None:
    manifest = UNITS + PARTS[PARTS.index("\n[body]") :]
    bodies = [b"ONE\nTWO\nEND\nrest", b"no command\nXXX\n", b"SIX\nEND\nmore", b"SEVEN\n", b"FI"]
    turns = [("client", b"".join(b"PUT %d\n%b" % (len(body), body) for body in bodies) + b"DONE\n"), ("server", b"1\n")]
    found = play(manifest, turns)
    assert [(each["event"], each["offset"]) for each in found if "event" in each] == [("parse_error", 16), ("truncated", 51)]
    records = [each["p"] for each in found if "p" in each]
    assert records == [
        {
            "all": [{"names": ["ONE", "TWO", "END"], "end": "rest"}, {"names": ["SIX", "END"], "end": "more"}, {"names": ["SEVEN"]}],
        }
    ]
    assert [each["fileinfo"]["filename"] for each in found if "fileinfo" in each] == ["ONE", "SIX"]


def test_an_error_in_a_layer_stops_it_and_not_what_feeds_it(play: Play) -> None:
    body = b"ONE\nno command\nTWO\n"
    found = play(PARTS, [("client", b"PUT %d\n%bNOOP\n" % (len(body), body)), ("server", b"1\n2\n")])
    assert found[0] == {"event": "parse_error", "inside": "body", "offset": 4}
    assert [each["p"]["verb"] for each in found[1:]] == ["PUT", "NOOP"]


def test_what_is_aside_is_in_no_transaction_and_sets_the_flow_s_variables(play: Play) -> None:
    manifest = (
        TEXTS.replace('request.start.parse = "command"', "")
        + """
pair.aside = "this.verb == 'SET' or this.code == 0"
record = { verb = "request.verb", code = "response.code", text = "session.text" }
[p.request]
start = { parse = "command", next = [{ when = "verb == 'SET'", to = "value" }, "complete"] }
value = { bytes = "3", keep = "value", set.session.text = "value" }
"""
    )
    found = play(manifest, [("client", b"ONE\nSET\nabcTWO\n"), ("server", b"0 still there\n1\n0\n2\n")])
    assert [each["p"] for each in found] == [{"verb": "ONE", "code": 1, "text": "abc"}, {"verb": "TWO", "code": 2, "text": "abc"}]


def test_raw_bytes_that_begin_an_exchange_are_aside_too(play: Play) -> None:
    manifest = (
        TEXTS.replace('request.start.parse = "command"', "").replace('response.start.parse = "reply"', "")
        + """
pair.aside = "present(session.left)"
record = { verb = "request.verb", code = "response.code" }
[p.request]
start = { parse = "command" }
[p.response]
start = { next = [{ when = "present(session.left)", to = "media" }, "reply"] }
media = { bytes = "session.left", set.session.left = "None" }
reply = { parse = "reply", set.session.left = "len(text) if present(text) else None" }
"""
    )
    found = play(manifest, [("client", b"ONE\nTWO\n"), ("server", b"1 xyz\n---2\n")])
    assert [each["p"] for each in found] == [{"verb": "ONE", "code": 1}, {"verb": "TWO", "code": 2}]


def test_a_cancelled_exchange_is_complete_without_an_event(play: Play) -> None:
    manifest = (
        TEXTS.replace('request.start.parse = "command"', "").replace('response.start.parse = "reply"', "")
        + """
pair.key = { request = "arg[0]", response = "text(code)" }
record = { verb = "request.verb", code = "response.code" }
[p.request]
start = { parse = "command", next = [{ when = "verb == 'DROP'", to = "complete", cancel = "arg[1]" }, "complete"] }
[p.response]
start = { parse = "reply" }
"""
    )
    found = play(manifest, [("client", b"GET 1\nGET 2\nDROP 3 1\n"), ("server", b"2\n3\n")])
    assert [each["p"] for each in found] == [{"verb": "GET"}, {"verb": "GET", "code": 2}, {"verb": "DROP", "code": 3}]


def test_parameters_reach_the_message(play: Play) -> None:
    manifest = """
[p]
title = "counted elsewhere"
tcp = [3030]
grammar = "frames.py"
pair.one_way = "True"
record = { data = "request.data" }
[p.request]
start = { parse = "frame", set.own.count = "size", next = "named" }
named = { parse = "named", with.count = "own.count" }
"""
    found = play(manifest, [("client", b"\x00\x03\x00abc\x01\x01\x00z")])
    assert [each["p"]["data"] for each in found] == ["abc", "z"]


EXPECTING = """
[p]
title = "says where data will flow"
tcp = [3030]
grammar = "lines.lark"
types = { CODE = "int" }

[p.request]
start = { parse = "command", set.session.name = "arg[0]" }
[p.response]
start = { parse = "reply", next = [{ when = "code > 0", to = "complete", expect = { protocol = "data", to = "server", port = "code" } }, "complete"] }

[data]
title = "the data"
tcp = []
pair.by = "flow"
both.start = { bytes = "rest()", file.name = "parent.session.name" }
record = { name = "parent.session.name", peer = "parent.flow.server_port" }
"""


def test_a_flow_that_was_announced_is_taken_for_what_it_is_and_reads_its_parent(play: Play) -> None:
    turns = [("client", b"GET name\n"), ("server", b"8021\n"), ("8021.server", b"the data itself"), ("server", b"0\n")]
    found = play(EXPECTING, turns)
    assert {"data": {"name": "name", "peer": 3030}, "tx": 0} in found
    file = next(each["fileinfo"] for each in found if "fileinfo" in each)
    assert (file["filename"], file["sha256"]) == ("name", hashlib.sha256(b"the data itself").hexdigest())


def test_a_flow_that_comes_too_late_or_to_another_port_was_not_announced(play: Play) -> None:
    turns = [("client", b"GET name\n"), ("server", b"8022\n"), ("8021.server", b"the data itself")]
    assert not any("data" in each or "fileinfo" in each for each in play(EXPECTING, turns))


def test_a_cut_field_is_flagged_and_has_its_whole_length(play: Play) -> None:
    manifest = (
        TEXTS.replace('response.start.parse = "reply"', "").replace(
            'request.start.parse = "command"', 'request.start = { parse = "command", set.tx.all = "arg" }'
        )
        + """
limits = { field = 8, list = 3 }
record = { kept = "request.arg", first = "len(request.arg[0])", args = "len(tx.all)", text = "response.data", size = "len(response.data)" }
[p.response]
start = { parse = "reply", next = "data" }
data = { bytes = "code", keep = "data" }
"""
    )
    found = play(manifest, [("client", b"PUT " + b"x" * 20 + b" a b c\nGET y\n"), ("server", b"12\nabcdefghijkl3\nabc")])
    assert [each["event"] for each in found if "event" in each] == ["cut", "cut"]
    assert [each["p"] for each in found if "p" in each] == [
        {"kept": ["xxxxxxxx", "a", "b"], "first": 20, "args": 4, "text": "abcdefgh", "size": 12},
        {"kept": ["y"], "first": 1, "args": 1, "text": "abc", "size": 3},
    ]


def test_a_cut_field_of_a_binary_message_is_flagged_and_has_its_whole_length(play: Play) -> None:
    manifest = """
[p]
title = "Cut"
grammar = "frames.py"
tcp = [3030]
limits = { field = 8, list = 3 }
record = { data = "request.data", size = "len(request.data)", many = "response.many", count = "len(response.many)" }
[p.request]
start = { parse = "letter" }
[p.response]
start = { parse = "list" }
"""
    found = play(manifest, [("client", b"\x0cabcdefghijkl\3abc"), ("server", b"\5abcde\1z")])
    assert [each["event"] for each in found if "event" in each] == ["cut", "cut"]
    assert [each["p"] for each in found if "p" in each] == [
        {"data": "abcdefgh", "size": 12, "many": [97, 98, 99], "count": 5},
        {"data": "abc", "size": 3, "many": [122], "count": 1},
    ]


def test_messages_of_no_octets_do_not_go_round_for_ever(play: Play) -> None:
    manifest = """
[p]
title = "a message that may be empty"
tcp = [3030]
grammar = "frames.py"
request.start.parse = "nothing"
"""
    found = play(manifest, [("client", b"abc")])
    assert "unexpected_message" in [each.get("event") for each in found]
