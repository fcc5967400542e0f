"""Transitions that no octets lead to: what is proved, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wiregram.compiler.dead import dead_transitions
from wiregram.compiler.library import Outcome

HEAD = '[p]\ntitle = "P"\ntcp = [1]\ngrammar = ["lines.lark", "frames.py"]\n'
SHARED = HEAD + 'both.start = { parse = "frame", next = [{ when = "%s", to = "stop" }, "complete"] }\n'


def dead(compile_table: Callable[..., Outcome], text: str) -> list[tuple[str, str, int]]:
    protocol = compile_table(text).protocol
    assert protocol is not None
    return [(("request", "response")[side], protocol.sides[side].states[at].name, index) for side, at, index in sorted(dead_transitions(protocol))]


@pytest.mark.parametrize(
    ("guard", "more", "found"),
    [
        ("side == 'request'", "", [("request", "start", 1), ("response", "start", 0)]),
        ("id > 3", "", []),
        ("flow.transport == 'udp'", "", [("request", "start", 0), ("response", "start", 0)]),
        (
            "type == 'answer'",
            "pair = { key = \"id\", role = \"'response' if type == 'answer' else 'request'\" }",
            [("request", "start", 0), ("response", "start", 1)],
        ),
        (
            "type == 'ask'",
            'pair = { key = "id", role = "\'response\' if present(words[type]) else \'request\'" }\ndefine.words = { answer = "A" }',
            [("response", "start", 0)],
        ),
        ("id > 3", 'pair = { begins = "either", one_way = "id > 4" }', [("response", "start", 0), ("response", "start", 1)]),
    ],
)
def test_what_a_side_a_transport_and_a_role_exclude_is_dead(
    compile_table: Callable[..., Outcome], guard: str, more: str, found: list[tuple[str, str, int]]
) -> None:
    assert dead(compile_table, SHARED % guard + more) == found


def test_what_lies_behind_dead_transitions_is_dead(compile_table: Callable[..., Outcome]) -> None:
    text = HEAD + (
        'both.start = { parse = "frame", next = [{ when = "side == \'request\'", to = "more" }, "complete"] }\nboth.more = { parse = "short" }\n'
    )
    assert dead(compile_table, text) == [("request", "start", 1), ("response", "start", 0), ("response", "more", 0)]


def test_a_transition_of_one_side_that_no_message_of_its_role_leads_to_is_warned_of(problems_of: Callable[..., list[str]]) -> None:
    text = HEAD + (
        "pair = { key = \"id\", role = \"'response' if type == 'answer' else 'request'\" }\n"
        'request.start = { parse = "frame" }\n'
        'response.start = { parse = "frame", next = [{ when = "type == \'ask\'", to = "stop" }, "complete"] }\n'
    )
    assert [problem.split(" [")[0] for problem in problems_of(text)] == [
        "p.toml:7:45: warning: this is never taken: no message of the response leads there"
    ]
    assert problems_of(SHARED % "side == 'request'") == []
