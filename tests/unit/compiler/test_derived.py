"""Patterns that a grammar's constants imply, where its table names none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import wiregram

Derived = list[tuple[int, bytes, bool, int, int, bool]]
HEAD = '[p]\ntitle = "P"\ntcp = [1]\ngrammar = "g.lark"\nrequest = "ask"\nresponse = "answer"\n'
GRAMMAR = 'ask: "HELLO"i _SP WORD _EOL | "QUIT" _EOL | "GO" _EOL\nanswer: WORD _EOL\nWORD: /[a-z]+/\n_SP: / /\n_EOL: /\\n/\n'


@pytest.fixture
def patterns(tmp_path: Path) -> Callable[..., Derived]:
    def compiled(text: str, grammar: str = GRAMMAR, name: str = "g.lark") -> Derived:
        (tmp_path / "protocols.toml").write_text(text)
        (tmp_path / name).write_text(grammar)
        found = wiregram.load(tmp_path, bundled=False).protocols["p"].patterns
        return [(one.direction, one.content, one.nocase, one.offset, one.depth, one.derived) for one in found]

    return compiled


def test_constants_of_enough_octets_are_derived(patterns) -> None:  # type: ignore[no-untyped-def]  # a fixture that gives a function
    assert sorted(patterns(HEAD)) == [(0, b"QUIT\n", False, 0, 5, True), (0, b"hello ", True, 0, 6, True)]


def test_nothing_is_derived_where_the_table_says_so_or_names_patterns_or_never_probes(patterns) -> None:  # type: ignore[no-untyped-def]
    assert patterns(HEAD + "detect.derive = false\n") == []
    assert patterns(HEAD + 'detect.response = ["ok"]\n') == [(1, b"ok", False, 0, 2, False)]
    assert patterns(HEAD + "detect.probe = false\n") == []


def test_places_of_binary_constants_count_from_the_start(patterns) -> None:  # type: ignore[no-untyped-def]
    binary = 'from construct import *\nask = Struct("n" / Int16ub, Const(b"MAGIC"), "r" / GreedyBytes)\n'
    binary += 'answer = Struct(Const(bytes(8)), "r" / GreedyBytes)\n'
    assert patterns(HEAD.replace("g.lark", "g.py"), binary, "g.py") == [(0, b"MAGIC", False, 2, 7, True)]


def test_a_grammar_that_begins_in_many_ways_tells_too_little(patterns) -> None:  # type: ignore[no-untyped-def]
    words = " | ".join(f'"{chr(65 + n)}{chr(65 + m)}{chr(65 + n)}{chr(65 + m)}x\\n"' for n in range(7) for m in range(6))
    assert patterns(HEAD, GRAMMAR.replace('"HELLO"i _SP WORD _EOL', words)) == []


def test_a_probe_knows_the_octets_that_its_messages_can_begin_with(tmp_path: Path) -> None:
    (tmp_path / "protocols.toml").write_text(HEAD)
    (tmp_path / "g.lark").write_text('ask: "+" WORD _EOL | "-" _EOL\nanswer: WORD _EOL\nWORD: /[a-z]+/\n_EOL: /\\n/\n')
    ask, answer = wiregram.load(tmp_path, bundled=False).protocols["p"].probes
    letters = sum(1 << octet for octet in b"abcdefghijklmnopqrstuvwxyz")
    sets = [[[int.from_bytes(octets, "big") for octets in way] for way in probe.openings] for probe in (ask, answer)]
    assert sets == [[[1 << 43 | 1 << 45, letters | 1 << 10]], [[letters, letters | 1 << 10]]]
