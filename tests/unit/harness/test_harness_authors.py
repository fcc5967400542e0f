"""Faults that authors make, and what tells them: five that show in the description itself, five that the harness's messages share with the parser,
so that only the author's example or a capture can contradict them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import wiregram.manifest.loading
from wiregram import testing as door
from wiregram.cli.author import check
from wiregram_harness.command import fuzz
from wiregram_harness.plan import Flow, Message, Plan, Turn
from wiregram_harness.wire import render

WORDS = 'VERB: /[A-Z]+/\nTEXT: /[^\\r\\n]+/\n_SP: " "\n_EOL: /\\r?\\n/\n'
LINES = 'request: VERB (_SP TEXT)? _EOL\nreply: "+" TEXT? _EOL -> ok\n     | "-" _EOL -> no\n' + WORDS
PLAIN = 'request = "request"\nresponse = "reply"\n'
MACHINES = '[toy.request]\nstart = {{ parse = "request", next = [{}] }}\n[toy.response]\nstart = {{ parse = "reply", next = [{}] }}\n'
BINARY = """\
from construct import *

request = Struct("id" / Int16ub, "op" / Enum(Int8ub, get=1, put=2), "length" / Int16ub, "body" / Bytes(this.length))
reply = Struct("id" / Int16ub, "status" / Int8ub, "length" / Int8ub, "text" / Bytes(this.length))
"""
EXAMPLE = """\
source = "the toy's specification"

[[dialogue]]
title = "one is asked for"
turns = [{turns}]
records = [{records}]
"""
ASKED = EXAMPLE.format(
    turns='{ client = { hex = "00 07 01 00 02 61 62" } }, { server = { hex = "00 07 00 02 6f 6b" } }',
    records='{ toy = { request = { id = 7, op = "get", length = 2, body = "ab" }, response = { id = 7, status = 0, length = 2, text = "ok" } } }',
)
GREETED = EXAMPLE.format(
    turns='{ server = "+hello\\r\\n" }, { client = "GET a\\r\\n" }, { server = "+1\\r\\n" }',
    records='{ toy = { response = { kind = "ok", text = "hello" } } }, '
    '{ toy = { request = { verb = "GET", text = "a" }, response = { kind = "ok", text = "1" } } }',
)
LISTED = EXAMPLE.format(
    turns='{ client = "LIST\\r\\n" }, { server = "+\\r\\n..a\\r\\n.\\r\\n" }',
    records='{ toy = { request = { verb = "LIST" }, response = { kind = "ok", data = ".a\\r\\n" } } }',
)
LISTING = (
    'request = "request"\n[toy.response]\nstart = {{ parse = "reply", next = [{{ when = "request.verb == \'LIST\'", to = "lines" }}, "complete"] }}\n'
    'lines = {{ bytes = "{}", keep = "data" }}\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of an author's; no other protocol is known."""
    monkeypatch.setattr(wiregram.manifest.loading, "bundled", lambda: tmp_path / "none")
    monkeypatch.setattr("wiregram_harness.subject.Subject.plain", lambda _: None)  # a process of its own has the bundled protocols
    (tmp_path / "grammars" / "examples").mkdir(parents=True)
    return tmp_path


def describe(folder: Path, grammar: str, table: str, example: str = "") -> None:
    name = "toy.py" if "import" in grammar else "toy.lark"
    (folder / "grammars" / name).write_text(grammar)
    head = f'format = 1\n[toy]\ntitle = "Toy"\ntcp = [4999]\ngrammar = "{name}"\n'
    (folder / "protocols.toml").write_text(head + table)
    if example:
        (folder / "grammars" / "examples" / "toy.toml").write_text(example)


def checked(folder: Path) -> str:
    return CliRunner().invoke(check, [str(folder)], standalone_mode=False).output


def fuzzed(folder: Path, *words: str) -> str:
    result = CliRunner().invoke(fuzz, ["toy", "--protocols", str(folder), "--pcap", str(folder / "failures"), "--examples", "60", *words])
    assert result.exit_code in (0, 1), result.output
    return " ".join(result.output.split())


SEEN = {
    "a delimiter assumed whole": (
        LINES.replace("/\\r?\\n/", "/\\r\\n?/"),
        PLAIN,
        "cannot end on its last byte: _EOL ends it, and after '\\r' _EOL could still go on with '\\n'",
    ),
    "a state that never completes": (
        LINES,
        'response = "reply"\n[toy.request]\nstart = { parse = "request", next = "start" }\n',
        "from `start` neither `complete` nor `stop` nor an upgrade can be reached",
    ),
    "overlapping terminals": (
        LINES.replace("VERB (_SP TEXT)?", "VERB _SP KEY _SP NAME") + "KEY: /[a-z ]+/\nNAME: /[a-z]+/\n",
        PLAIN,
        "KEY swallows the beginning of ' ' that follows it",
    ),
    "a condition that never holds": (LINES, PLAIN + "status.error = \"response.kind == 'fail'\"\n", "'fail' is none of its values"),
    "a missing error reply": (
        LINES,
        MACHINES.format(
            '{ when = "verb == \'DATA\'", to = "data", hold = true }, "complete"',
            '{ when = "request.verb == \'DATA\' and kind == \'ok\'", to = "start", release = true }, { when = "kind == \'ok\'", to = "complete" }',
        ).replace("[toy.response]", 'data = { bytes = "dotted()" }\n[toy.response]'),
        "no transition holds in every case: what is left is an `unexpected_message`",
    ),
}


@pytest.mark.parametrize("fault", SEEN)
def test_a_fault_that_shows_in_the_description_is_told_by_check(folder: Path, fault: str) -> None:
    grammar, table, message = SEEN[fault]
    describe(folder, grammar, table)
    assert message in checked(folder)


def test_overlapping_terminals_are_found_by_fuzz_too(folder: Path) -> None:
    describe(folder, *SEEN["overlapping terminals"][:2])
    said = fuzzed(folder)
    assert "toy: round_trip does not hold" in said
    assert "Lark refuses 100 of 100 messages that the grammar's own rules make, this one too" in said
    assert "Look for terminals that can match the same octets" in said


SHARED = {
    "a length off by one": (BINARY, "Bytes(this.length))\nreply", "Bytes(this.length - 1))\nreply", PLAIN, ASKED, '"body":"a"}'),
    "a reply paired to the wrong request": (LINES, "", "", PLAIN + 'speaks_first = "server"\n', GREETED, 'found    "response_without_request"'),
    "a wrong byte order": (BINARY, '"length" / Int16ub', '"length" / Int16ul', PLAIN, ASKED, "records differ"),
    "a missing escape": (LINES, "", "", LISTING.format(r"until('\\r\\n.\\r\\n')"), LISTED, '"data":"..a'),
    "a wrong enum": (BINARY, "get=1, put=2", "put=1, get=2", PLAIN, ASKED, '"op":"put"'),
}


@pytest.mark.parametrize("fault", SHARED)
def test_a_fault_that_generator_and_parser_share_is_contradicted_by_the_example(folder: Path, fault: str) -> None:
    grammar, sound, faulty, table, example, message = SHARED[fault]
    describe(folder, grammar.replace(sound, faulty) if sound else grammar, table, example)
    assert message in checked(folder)


@pytest.mark.parametrize(
    ("grammar", "table", "example"),
    [
        (BINARY, PLAIN, ASKED),
        (LINES, PLAIN.replace('"reply"', '{ first = { next = "start" }, start = { parse = "reply" } }'), GREETED),
        (LINES, LISTING.format("dotted()"), LISTED),
    ],
)
def test_the_examples_hold_without_the_faults(folder: Path, grammar: str, table: str, example: str) -> None:
    describe(folder, grammar, table, example)
    assert "toy: ok; 1 dialogue gives its records" in checked(folder)


TALKS: dict[str, tuple[tuple[int, bytes], ...]] = {
    "a length off by one": ((0, b"\0\7\1\0\2ab"), (1, b"\0\7\0\2ok"), (0, b"\0\x08\1\0\2ab"), (1, b"\0\x08\0\2ok")),
    "a reply paired to the wrong request": ((1, b"+hello\r\n"), (0, b"GET a\r\n"), (1, b"+1\r\n")),
    "a wrong byte order": ((0, b"\0\7\1\0\2ab"), (1, b"\0\7\0\2ok")),
}


@pytest.mark.parametrize("fault", TALKS)
def test_a_fault_that_generator_and_parser_share_is_contradicted_by_a_capture(folder: Path, fault: str) -> None:
    grammar, sound, faulty, table, _, _ = SHARED[fault]
    describe(folder, grammar.replace(sound, faulty) if sound else grammar, table)
    turns = [Turn(side, [Message(data)]) for side, data in TALKS[fault]]
    door.write(str(folder / "a.pcap"), render(Plan("toy", [Flow("tcp", 4999, turns)])))
    said = fuzzed(folder, "--corpus", str(folder / "a.pcap"))
    assert "toy: corpus_truth does not hold" in said
    assert "The description says something else than its speakers do" in said


def test_a_guard_that_asks_for_what_the_grammar_refuses_is_no_fault_of_the_framework(folder: Path) -> None:
    describe(folder, LINES, LISTING.format("dotted()").replace("LIST", "list"))
    said = fuzzed(folder, "--seed", "0")
    assert "nothing found" in said, said
    assert "missing: response.start -> lines" in said
