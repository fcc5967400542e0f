"""A parser that detection has run already goes on here; nothing is parsed twice."""

from __future__ import annotations

import pytest


def started(kit, data, name="LINE"):
    parser = kit.begin_any(getattr(kit, name))
    assert parser.run(data, 0, len(data), False) == 1
    return parser


@pytest.fixture(scope="module")
def echo(kit):
    return kit.protocol(kit.side(kit.parse("start")), kit.side(kit.parse("start")))


@pytest.mark.parametrize("size", [0, 1, 2, 4])
def test_what_detection_has_matched_is_not_parsed_again(kit, echo, size):
    parser = started(kit, b"a 1\nb 2\n")
    visits = parser.visits
    talk = kit.Talk(echo, adopted=[(0, parser), None])
    talk.say(0, b"a 1\nb 2\n", kit.cuts(b"a 1\nb 2\n", size) if size else None).say(1, b"x\ny\n").finish()
    assert [(body["asked"], body["said"]) for body in talk.bodies] == [("a", "x"), ("b", "y")]
    assert parser.visits == visits


def test_a_parser_of_another_message_is_left_alone(kit, echo):
    parser = started(kit, b"a 1\n")
    talk = kit.Talk(echo, adopted=[(5, parser), None]).say(0, b"b\n").say(1, b"x\n")
    assert [body["asked"] for body in talk.bodies] == ["b"]


def test_a_hole_in_what_was_matched_forgets_it(kit, echo):
    parser = started(kit, b"a 1\n")
    talk = kit.Talk(echo, adopted=[(0, parser), None]).say(0, b"a ").gap(0, 2).say(0, b"\nb\n").say(1, b"x\n").finish()
    assert [body["asked"] for body in talk.bodies] == ["b"]
    assert talk.events == ["gap", "truncated"]
