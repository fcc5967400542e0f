"""The text executor's interface: where it fails and why, what short means, how much it looks at."""

from __future__ import annotations

import pytest
from text_samples import grammar

from wiregram import parse
from wiregram.frontends.text import TextGrammar, load
from wiregram.model.parsing import FAILED, MATCH, MORE, Parser
from wiregram.program.protocol import Limits
from wiregram.program.text import NESTED


def failed(name: str, message: str, data: bytes, final: bool = True) -> Parser:
    parser = parse.begin(grammar(name).compile(message, {}, None, Limits()))
    assert parser.run(data, 0, len(data), final) == FAILED
    return parser


@pytest.mark.parametrize(
    ("name", "message", "data", "offset", "expected"),
    [
        ("pop3", "command", b"12\r\n", 0, "VERB"),
        ("pop3", "command", b"AB\r\n", 2, "VERB"),
        ("pop3", "command", b"LIST\t1\r\n", 4, "a blank or end of line"),
        ("pop3", "command", b"LIST 1\rx\r\n", 7, "end of line"),
        ("pop3", "reply", b"?", 0, "'+OK', '-ERR' or '+'"),
        ("pop3", "reply", b"+OKAY\r\n", 3, "a blank or end of line"),
        ("echo", "request", b"hello\r\n", 0, "'>'"),
        ("http", "request", b"GET / HTTP/1.x\r\n", 13, "VERSION"),
        ("http", "request", b"GET / HTTP/1.1\r\nA b\r\n\r\n", 18, "_COLON"),
        ("memcached", "command", b"set a 1 c\r\n", 8, "EXPIRY"),
        ("shapes", "message", b"(a b)", 2, "')', '=', '==' or ','"),
    ],
)
def test_the_first_byte_that_fits_nowhere_is_named_with_what_was_expected(name: str, message: str, data: bytes, offset: int, expected: str) -> None:
    for final in (True, False):
        parser = failed(name, message, data, final)
        assert (parser.offset, parser.expected, parser.short) == (offset, expected, False)


@pytest.mark.parametrize(
    ("data", "offset", "expected"),
    [
        (b"", 0, "VERB"),
        (b"LI", 2, "VERB"),
        (b"LIST", 4, "a blank or end of line"),
        (b"LIST 1", 6, "a blank or end of line"),
        (b"LIST \r", 6, "end of line"),
    ],
)
def test_a_message_that_only_the_end_cuts_short_says_so(data: bytes, offset: int, expected: str) -> None:
    parser = parse.begin(grammar("pop3").compile("command", {}, None, Limits()))
    assert parser.run(data, 0, len(data), False) == MORE
    assert parser.run(data, 0, len(data), True) == FAILED
    assert parser.short
    assert (parser.offset, parser.expected) == (offset, expected)


def test_at_the_end_of_the_data_a_waiting_token_is_taken() -> None:
    loaded = load("x.lark", 'message: A B? "."\nA: /a/\nB: /ab?/\n')
    program = loaded.compile("message", {}, None, Limits())
    for data, value in ((b"a.", {"kind": b"message", "a": b"a"}), (b"aa.", {"kind": b"message", "a": b"a", "b": b"a"})):
        parser = parse.begin(program)
        assert parser.run(data, 0, len(data), True) == MATCH
        assert parser.value(data, 0) == value


def test_a_lookahead_that_fails_is_given_back() -> None:
    # FROM could still come after MAIL and blanks: the token ends at MAIL once it does not
    program = grammar("smtp").compile("command", {}, None, Limits())
    parser = parse.begin(program)
    data = b"MAIL  x\r\n"
    for end in range(1, len(data)):
        assert parser.run(data, 0, end, False) == MORE
    assert parser.run(data, 0, len(data), False) == MATCH
    assert parser.value(data, 0) == {"kind": b"other", "verb": b"MAIL", "text": b"x"}
    assert len(data) < parser.visits <= len(data) * (1 + program.look_back)


def test_more_says_how_much_was_looked_at() -> None:
    parser = parse.begin(grammar("pop3").compile("command", {}, None, Limits()))
    assert parser.run(b"LIST 1", 0, 6, False) == MORE
    assert (parser.used, parser.need, parser.visits, parser.flaw) == (6, 1, 7, None)


def test_nothing_new_changes_nothing() -> None:
    parser = parse.begin(grammar("pop3").compile("command", {}, None, Limits()))
    assert parser.run(b"LIST 1", 0, 6, False) == MORE
    for _ in range(3):
        assert parser.run(b"LIST 1", 0, 6, False) == MORE
    assert parser.visits == 7
    assert parser.run(b"LIST 1\n", 0, 7, False) == MATCH


def test_bytes_beyond_end_are_not_looked_at() -> None:
    parser = parse.begin(grammar("pop3").compile("command", {}, None, Limits()))
    assert parser.run(b"LIST\r\n????", 0, 5, False) == MORE
    assert parser.run(b"LIST\r\n????", 0, 10, False) == MATCH
    assert parser.used == 6


def test_work_is_linear_in_one_byte_chunks() -> None:
    program = grammar("http").compile("request", {}, None, Limits())
    data = b"GET / HTTP/1.1\r\n" + b"Name: a value that is long enough\r\n" * 200 + b"\r\n"
    parser = parse.begin(program)
    for end in range(1, len(data)):
        assert parser.run(data, 0, end, False) == MORE
    assert parser.run(data, 0, len(data), False) == MATCH
    assert parser.visits < 1.3 * len(data)


def test_deep_nesting_neither_fails_nor_takes_square_time() -> None:
    loaded = load("x.lark", 'message: list _EOL\nlist: "(" list* ")"\n_EOL: /\\n/\n')
    program = loaded.compile("message", {}, None, Limits())
    deep = 20_000
    data = b"(" * deep + b")" * deep + b"\n"
    parser = parse.begin(program)
    assert parser.run(data, 0, len(data), False) == MATCH
    assert parser.visits <= 2 * len(data)
    found = parser.value(data, 0)["list"]
    for _ in range(NESTED - 2):
        assert isinstance(found, dict)
        (found,) = found["list"]
    assert found == {"list": []}
    assert parser.cut == 1  # type: ignore[attr-defined]  # beyond the interface: of text parsers
    assert value_of(loaded, b"(" * 90 + b")" * 90 + b"\n") == loaded.oracle("message")(b"(" * 90 + b")" * 90 + b"\n")


def value_of(loaded: TextGrammar, data: bytes) -> dict[str, object]:
    parser = parse.begin(loaded.compile("message", {}, None, Limits()))
    assert parser.run(data, 0, len(data), False) == MATCH
    return parser.value(data, 0)


def test_a_message_ends_by_the_stack_where_a_row_alone_promises_more() -> None:
    # after `a` the merged row holds both the end and `)`
    loaded = load("x.lark", 'message: x | "(" x ")"\nx: "a"\n')
    program = loaded.compile("message", {}, None, Limits())
    parser = parse.begin(program)
    assert parser.run(b"a", 0, 1, False) == MATCH
    parser = parse.begin(program)
    assert parser.run(b"(a", 0, 2, False) == MORE
    assert parser.run(b"(a)", 0, 3, False) == MATCH
    parser = parse.begin(program)
    assert parser.run(b"(a", 0, 2, True) == FAILED
    assert (parser.offset, parser.expected, parser.short) == (2, "')'", True)
