"""What `check` says of patterns: two protocols' that match the same octets, those that never match, and who has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wiregram import compiler

LINES = "message: TEXT _EOL\nTEXT: /[^\\r\\n]+/\n_EOL: /\\r?\\n/\n"
CODES = "message: CODE _SP TEXT _EOL\nCODE: /[0-9]{3}/\n_SP: / /\nTEXT: /[^\\r\\n]+/\n_EOL: /\\r?\\n/\n"
FRAME = 'from construct import *\nmessage = Struct("id" / Int16ub, "zero" / Const(0, Int16ub), "rest" / GreedyBytes)\n'
Findings = list[tuple[str, str, int]]


@pytest.fixture
def findings(tmp_path: Path) -> Callable[..., Findings]:
    (tmp_path / "lines.lark").write_text(LINES)
    (tmp_path / "codes.lark").write_text(CODES)
    (tmp_path / "frame.py").write_text(FRAME)

    def checked(*tables: tuple[str, str], names: tuple[str, ...] = ()) -> Findings:
        """Of tables (grammar, TOML of `detect`): severity, text, line."""
        text = ""
        for number, (grammar, detect) in enumerate(tables):
            text += (
                f'[{"abc"[number]}]\ntitle = "T"\ntcp = [{number + 1}]\ngrammar = "{grammar}"\nrequest = "message"\nresponse = "message"\n{detect}\n'
            )
        (tmp_path / "protocols.toml").write_text(text)
        return [(problem.severity, problem.text, problem.line) for problem in compiler.check(tmp_path, bundled=False, names=names)]

    return checked


def test_equal_patterns_are_a_warning_with_an_example_and_the_winner(findings) -> None:  # type: ignore[no-untyped-def]  # a fixture that gives a function
    one = ("lines.lark", 'detect.response = ["220"]')
    assert findings(one, one) == [
        ("warning", 'a\'s "220" and b\'s "220" can match the same octets, such as "220": a wins, it stands first in the manifest', 14)
    ]


def test_the_longer_of_two_wins_and_a_condition_tells_them_apart(findings) -> None:  # type: ignore[no-untyped-def]
    short, long = ("lines.lark", 'detect.response = ["220"]'), ("lines.lark", 'detect.response = [{ content = "220 FTP", nocase = true }]')
    ((severity, text, _),) = findings(short, long)
    assert severity == "hint"
    assert text.endswith('such as "220 FTP": b wins, it is longer')
    guarded = ("lines.lark", 'detect.response = [{ content = "220", when = "starts(other, \'x\')" }]')
    ((severity, text, _),) = findings(guarded, short)
    assert severity == "hint"
    assert text.endswith("a wins, it stands first in the manifest, unless its `when` fails")


def test_what_cannot_be_the_same_octets_is_not_reported(findings) -> None:  # type: ignore[no-untyped-def]
    assert findings(("lines.lark", 'detect.response = ["220"]'), ("lines.lark", 'detect.request = ["220"]')) == []
    assert findings(("lines.lark", 'detect.response = ["220"]'), ("lines.lark", 'detect.response = ["221"]')) == []
    assert findings(("lines.lark", 'detect.request = ["ab"]'), ("lines.lark", 'detect.request = ["AB"]')) == []
    here, there = 'detect.request = [{ content = "ab", offset = 2 }]', 'detect.request = [{ content = "|00 00|", offset = 2 }]'
    assert findings(("lines.lark", here), ("frame.py", there)) == []
    # the octets would fit, the grammars do not: digits before the one, zeros in the other
    assert findings(("codes.lark", 'detect.request = ["1"]'), ("frame.py", 'detect.request = [{ content = "1|00|", offset = 0, depth = 2 }]')) == []


def test_a_pattern_inside_another_is_found_where_it_has_room_to_move(findings) -> None:  # type: ignore[no-untyped-def]
    inside = ("lines.lark", 'detect.request = [{ content = "SIP", depth = 40 }]')
    ((_, text, _),) = findings(inside, ("lines.lark", 'detect.request = ["OPTIONS SIP:"]'))
    assert text.endswith('such as "OPTIONS SIP:": b wins, it is longer')
    assert findings(inside, ("lines.lark", 'detect.request = ["GET "]')) == []


def test_a_pattern_that_the_grammar_can_never_produce_is_a_warning(findings) -> None:  # type: ignore[no-untyped-def]
    for detect, wrong in (
        ('detect.request = ["abc"]', True),
        ('detect.request = ["220 x"]', False),
        ('detect.request = [{ content = "x", offset = 3 }]', True),
        ('detect.request = [{ content = "x", offset = 3, depth = 6 }]', False),
        ('detect.request = [{ content = "x", offset = 900 }]', False),
    ):
        found = [severity for severity, text, _ in findings(("codes.lark", detect)) if "can never produce" in text]
        assert found == (["warning"] if wrong else []), detect
    assert any("can never produce" in text for _, text, _ in findings(("frame.py", 'detect.request = [{ content = "|01|", offset = 2 }]')))


def test_who_is_found_on_its_own_ports_alone_is_told(findings) -> None:  # type: ignore[no-untyped-def]
    alone = [(severity, line) for severity, text, line in findings(("lines.lark", "")) if "on its own ports alone" in text]
    assert alone == [("hint", 1)]
    for detect in ('detect.request = ["x"]', "detect.probe = { any_port = true }"):
        assert not any("on its own ports alone" in text for _, text, _ in findings(("lines.lark", detect)))


def test_only_the_protocols_asked_for_are_spoken_of_but_beside_all(findings) -> None:  # type: ignore[no-untyped-def]
    one, alone = ("lines.lark", 'detect.response = ["220"]'), ("lines.lark", "")
    assert [text.split()[0] for _, text, _ in findings(one, one, alone, names=("b",))] == ["a's"]
    assert findings(one, one, ("lines.lark", 'detect.response = ["330"]'), names=("c",)) == []
