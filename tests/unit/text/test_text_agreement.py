"""The compiled form against Lark itself: same messages, same values, whatever the cuts."""

from __future__ import annotations

import pytest
from text_samples import Maker, bundled, cases, grammar

from wiregram import parse
from wiregram.model.parsing import FAILED, MATCH, MORE
from wiregram.program.protocol import Limits
from wiregram.program.text import TextProgram

COUNT = 150
TYPES = {"CODE": "int", "NUMBER": "float", "SIZE": "uint", "VALUE": "trim", "METHOD": "lower", "KEY": "hex", "VERB": "upper", "NUM": "float"}


def run(program: TextProgram, data: bytes, cuts: list[int]) -> tuple[tuple[object, ...], int]:
    """(answer, the bytes given when it came)."""
    parser = parse.begin(program)
    answer = end = 0
    for end in cuts:
        answer = parser.run(data, 0, end, end == cuts[-1])
        if answer != MORE:
            break
        assert end != cuts[-1]
        assert parser.need >= 1
    if answer == MATCH:
        return (MATCH, parser.used, parser.value(data, 0), parser.visits), end
    assert answer == FAILED
    return (FAILED, parser.offset, parser.expected, parser.short, parser.visits), end


def each(size: int) -> list[int]:
    return list(range(1, size + 1)) or [0]


@pytest.mark.parametrize(("name", "message"), cases())
def test_messages_and_values_are_those_of_lark_for_every_cut(name: str, message: str) -> None:
    loaded = grammar(name)
    # compiled past `problems`: the agreement holds for grammars that a stream cannot have as well
    program = loaded.machine(message).compile(TYPES, None, Limits(), 0)
    ends = not [problem for problem in loaded.problems(message) if problem.severity == "error"]
    oracle = loaded.oracle(message, TYPES)
    maker = Maker(loaded.model(message), 5)
    seen = {MATCH: 0, FAILED: 0}
    for _ in range(COUNT):
        data = maker.any()
        whole, _ = run(program, data, [len(data)])
        byte, at = run(program, data, each(len(data)))
        assert byte == whole
        assert run(program, data, maker.cuts(len(data)))[0] == whole
        seen[whole[0]] += 1  # type: ignore[index]  # the answer
        if whole[0] == MATCH:
            used = whole[1]
            assert isinstance(used, int)
            assert oracle(data[:used]) == whole[2]
            assert at == used or not ends, "a message ends on its last byte"
        else:
            assert oracle(data) is None
            if ends:
                assert all(oracle(data[:end]) is None for end in range(0, len(data), max(1, len(data) // 6)))
    assert min(seen.values()) > COUNT // 10


@pytest.mark.parametrize(("name", "message"), cases())
def test_every_valid_message_matches_whole_and_leaves_what_follows(name: str, message: str) -> None:
    loaded = grammar(name)
    program = loaded.machine(message).compile({}, None, Limits(), 0)
    ends = not [problem for problem in loaded.problems(message) if problem.severity == "error"]
    oracle = loaded.oracle(message)
    maker = Maker(loaded.model(message), 6)
    checked = 0
    for _ in range(COUNT):
        data = maker.valid()[:400]
        value = oracle(data)
        if value is None or not ends or maker.model.ignore:
            continue
        checked += 1
        for tail in (b"", b"\r\n", b"x" * 9, data):
            whole, _ = run(program, data + tail, [len(data + tail)])
            assert whole[:3] == (MATCH, len(data), value)
    assert checked > COUNT // 4 or not ends or maker.model.ignore


@pytest.mark.parametrize(("name", "message"), bundled())
def test_bundled_grammars_are_read_as_lark_reads_them(name: str, message: str) -> None:
    loaded = grammar(name)
    program = loaded.compile(message, {}, None, Limits())
    oracle = loaded.oracle(message)
    maker = Maker(loaded.model(message), 7)
    for _ in range(COUNT // 5):
        data = maker.any()
        whole, _ = run(program, data, [len(data)])
        byte, at = run(program, data, each(len(data)))
        assert byte == whole
        assert run(program, data, maker.cuts(len(data)))[0] == whole
        if whole[0] == MATCH:
            used = whole[1]
            assert at == used
            assert oracle(data[:at]) == whole[2]
        else:
            assert oracle(data) is None


def test_every_split_in_two_gives_the_same() -> None:
    loaded = grammar("http")
    program = loaded.compile("request", {}, None, Limits())
    for data in (
        b"GET /a HTTP/1.1\r\nHost: b\r\nX: 1\r\n 2\r\nY:\r\n\r\nGET",
        b"GET /a HTTP/1.x\r\n\r\n",
        b"\r\n",
        b"GET /a HTTP/1.1\r\nA b: c\r\n\r\n",
    ):
        whole, _ = run(program, data, [len(data)])
        for cut in range(len(data) + 1):
            assert run(program, data, [cut, len(data)] if cut < len(data) else [cut])[0] == whole


def test_the_position_of_the_message_in_the_data_does_not_matter() -> None:
    program = grammar("pop3").compile("command", {}, None, Limits())
    data = b"LIST 1 2\r\n"
    plain = parse.begin(program)
    assert plain.run(data, 0, len(data), False) == MATCH
    for before in (1, 7):
        moved = bytearray(b"?" * before + data + b"rest")
        parser = parse.begin(program)
        for end in range(before, before + len(data)):
            assert parser.run(moved, before, end, False) == MORE
        assert parser.run(moved, before, len(moved), False) == MATCH
        assert parser.used == len(data)
        assert parser.value(moved, before) == plain.value(data, 0)


def test_the_caller_may_move_the_bytes_between_two_calls() -> None:
    program = grammar("pop3").compile("command", {}, None, Limits())
    parser = parse.begin(program)
    assert parser.run(b"xxxxLIS", 4, 7, False) == MORE
    assert parser.run(b"LIST 1", 0, 6, False) == MORE
    assert parser.run(b"yLIST 12\r\n", 1, 10, False) == MATCH
    assert parser.value(b"LIST 12\r\n", 0) == {"kind": b"command", "verb": b"LIST", "arg": [b"12"]}
