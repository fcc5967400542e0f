"""How texts can begin: what every text of a message has at each place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiregram.frontends import load
from wiregram.parse import begin
from wiregram.program.protocol import Limits

GRAMMARS = Path(__file__).resolve().parents[3] / "grammars"


def openings(source: str, message: str = "m") -> list[str]:
    """Each way as a regular expression's text: one octet, [a few], or . for many."""

    def shown(mask: int) -> str:
        octets = "".join(chr(octet) for octet in range(256) if mask >> octet & 1)
        return octets if len(octets) == 1 else f"[{octets}]" if len(octets) < 8 else "."

    return sorted("".join(shown(mask) for mask in way) for way in load("m.lark", source).openings(message))


def test_constants_are_followed_through_rules_terminals_and_alternatives() -> None:
    assert openings('m: "HELLO"i _SP WORD _EOL | "QUIT" _EOL\nWORD: /[a-z]+/\n_SP: " "\n_EOL: "\\n"\n') == ["QUIT\n", "[Hh][Ee][Ll][Ll][Oo] .."]
    assert openings('m: VERSION "!"\nVERSION: /V[12]\\.[0-9]/\n') == ["V[12]..!"]


def test_a_repetition_ends_what_is_certain_where_the_message_may_be_over() -> None:
    assert openings('m: "AB" x*\nx: "C" | "D"\n') == ["AB"]
    assert openings('m: ("AB")+ "Z"\n')[-1].startswith("ABZ")


def test_what_is_ignored_may_stand_anywhere() -> None:
    assert openings('m: "AB" "CD"\n%ignore " "\n') == [""]


def test_many_ways_become_one() -> None:
    words = " | ".join(f'"{chr(65 + first)}{chr(65 + second)}x"' for first in range(20) for second in range(20))
    assert len(load("m.lark", f"m: {words}\n").openings("m")) < 60


TEXTS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghik+-<>!OKERr 0129\r\n[]/.", max_size=24).map(str.encode)


@pytest.mark.parametrize(("name", "message"), [("pop3", "command"), ("pop3", "reply"), ("echo", "request"), ("echo", "reply")])
def test_every_text_that_parses_begins_in_one_of_the_ways(name: str, message: str) -> None:
    grammar = load(GRAMMARS / f"{name}.lark")
    program = grammar.compile(message, {}, None, Limits())
    ways = grammar.openings(message)
    starts = st.sampled_from([b"", b"+OK", b"-ERR", b"> ", b"< ", b"!", b"USER ", b"+ "])

    @given(starts, TEXTS, st.sampled_from([b"\r\n", b"\n"]))
    @settings(max_examples=120)
    def check(start: bytes, text: bytes, end: bytes) -> None:
        data = start + re.sub(rb"[\r\n]", b"", text) + end
        parser = begin(program)
        if parser.run(data, 0, len(data), True) == 1:
            assert any(all(mask >> octet & 1 for mask, octet in zip(way, data, strict=False)) for way in ways)

    check()
