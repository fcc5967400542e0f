"""The Mermaid diagram of a protocol says all that its machines do, and nothing in it can be taken for Mermaid's own words."""

from __future__ import annotations

import html
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wiregram
from wiregram.cli.diagram import box, diagram, label
from wiregram.program.protocol import COMPLETE, SIDES, STOP, UPGRADE, Protocol

LIBRARY = wiregram.load()
EDGE = re.compile(r"(\[\*\]|\w+) --> (\[\*\]|\w+)(?: : (.+))?")
TEXT = re.compile(r"(\w+) : (.+)")
SAFE = re.compile(r"(?:[A-Za-z0-9 _.,()'=]|#[0-9]+;)*")


def read(text: str) -> dict[str, tuple[list[tuple[str, str, str]], dict[str, list[str]]]]:
    """Of each side: its edges and the texts of its boxes, unescaped. Asserts that every line is one of the forms that we write."""
    lines = text.splitlines()
    assert lines.pop(0) == "stateDiagram-v2"
    found: dict[str, tuple[list[tuple[str, str, str]], dict[str, list[str]]]] = {side: ([], {}) for side in SIDES}
    side = ""
    for line in map(str.strip, lines):
        if (opened := re.fullmatch(r"state (\w+) {", line)) is not None:
            side = opened[1]
        elif line == "}":
            side = ""
        elif (edge := EDGE.fullmatch(line)) is not None:
            found[side][0].append((edge[1], edge[2], plain(edge[3] or "")))
        elif (words := TEXT.fullmatch(line)) is not None:
            found[side or words[1]][1].setdefault(words[1], []).append(plain(words[2]))
        else:
            assert re.fullmatch(r"classDef waits [a-z:0-9 -]+|class \w+ waits", line), line
    return found


def plain(words: str) -> str:
    assert SAFE.fullmatch(words), words
    return html.unescape(re.sub(r"#([0-9]+);", r"&#\1;", words))


@pytest.mark.parametrize("protocol", LIBRARY.protocols.values(), ids=lambda protocol: protocol.name)
def test_every_state_and_every_way_is_drawn(protocol: Protocol) -> None:
    drawn = read(diagram(protocol))
    for number, side in enumerate(protocol.sides):
        name, other = SIDES[number], SIDES[1 - number]
        edges, boxes = drawn[name]
        if not side.states:
            assert not edges
            assert boxes == {name: [f"the {name} says nothing that is parsed"]}
            continue
        entries = {side.start, side.first} - {-1}
        assert {there for here, there, _ in edges if here == "[*]"} == {box(name, side.states[at].name) for at in entries}
        assert {place for edge in edges for place in edge[:2]} - {"[*]"} <= boxes.keys()
        for state in side.states:
            here = box(name, state.name)
            assert boxes[here][0] == state.name
            assert len(boxes[here]) == 2
            ways = [edge for edge in edges if edge[0] == here]
            assert len(ways) == len(state.next)
            for place, (way, (_, there, words)) in enumerate(zip(state.next, ways, strict=True)):
                assert (" ".join(way.source.split()) if way.when is not None else "else" if place else "") in words
                assert (f"releases the {other}" in words) is way.release
                assert (f"event {way.event}" in words) is bool(way.event)
                ends = Counter([there])
                if way.hold:
                    assert boxes[there] == [f"waits for the {other}"]
                    after = {text: to for at, to, text in edges if at == there}
                    assert after.keys() == ({"agreed"} if way.alone == way.target else {"agreed", "alone"})
                    ends = Counter([after["agreed"]])
                (there,) = ends
                if way.target == COMPLETE:
                    assert there == "[*]"
                elif way.target == STOP:
                    assert boxes[there] == ["stop, the rest is opaque"]
                elif way.target == UPGRADE:
                    assert boxes[there][0].startswith("upgrade to ")
                else:
                    assert there == box(name, side.states[way.target].name)


def test_holds_are_drawn_in_their_own_style() -> None:
    text = diagram(LIBRARY.protocols["pop3"])
    holds = [way for side in LIBRARY.protocols["pop3"].sides for state in side.states for way in state.next if way.hold]
    assert text.count(" waits\n") + text.endswith(" waits") == len(holds)
    assert "classDef" not in diagram(LIBRARY.protocols["echo"])


@given(st.text(max_size=40))
def test_a_label_is_nothing_but_text(words: str) -> None:
    shown = label(words)
    assert SAFE.fullmatch(shown)
    decoded = re.sub(r"#([0-9]+);", lambda found: chr(int(found[1])), shown)
    assert decoded == " ".join(words.split())


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_boxes_of_different_states_differ(one: str, other: str) -> None:
    assert re.fullmatch(r"request_\w+", box("request", one), re.ASCII)
    if one != other and not re.search(r"x[0-9a-f]{2}", one + other):
        assert box("request", one) != box("request", other)
