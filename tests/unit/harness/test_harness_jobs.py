"""One search in several processes: what they did comes together while they are at it, and who finds something ends the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wiregram
from wiregram import testing as door
from wiregram_harness.jobs import Crew, shares
from wiregram_harness.plan import TIERS, Flow, Message, Plan, Turn
from wiregram_harness.search import CAPTURES
from wiregram_harness.subject import Subject
from wiregram_harness.wire import render

LONG = 60.0
"""Seconds that a search has which something ends long before."""

GRAMMAR = 'request: VERB _EOL\nreply: "+" TEXT? _EOL\nVERB: /[A-Z]+/\nTEXT: /[^\\r\\n]+/\n_EOL: /\\r?\\n/\n'
TABLE = 'format = 1\n[toy]\ntitle = "Toy"\ntcp = [4999]\ngrammar = "toy.lark"\nspeaks_first = "server"\nrequest = "request"\nresponse = "reply"\n'


def crew(subject: Subject, examples: int, seconds: float = 0.0, beat: Callable[[str, int], None] | None = None, **words: Any) -> Crew:
    return Crew(subject, shares(subject.name, words.get("directories", ()), (), TIERS, examples, 0, seconds, 2, words.get("captures", ())), beat)


def test_what_the_processes_did_is_put_together() -> None:
    subject = Subject(wiregram.load(), "echo")
    outcome = crew(subject, 200).hunt()
    assert (outcome.scenarios, outcome.broken) == (200, None)
    assert outcome.asked["never_raises"] == 200
    assert subject.ledger.missing() == subject.moves.missing() == []
    assert sum(subject.ledger.counts.values()) > 200


def test_they_say_how_far_they_are_and_an_interrupt_ends_them_all() -> None:
    subject = Subject(wiregram.load(), "echo")
    told: list[tuple[str, int]] = []

    def beat(doing: str, count: int) -> None:
        told.append((doing, count))
        if count:
            raise KeyboardInterrupt

    search = crew(subject, 0, LONG, beat)
    with pytest.raises(KeyboardInterrupt):
        search.hunt()
    assert told[-1] == ("exploring", search.so_far().scenarios)
    assert subject.ledger.reached() > 0


def test_who_finds_something_ends_the_others(tmp_path: Path) -> None:
    (tmp_path / "grammars").mkdir()
    (tmp_path / "protocols.toml").write_text(TABLE)
    (tmp_path / "grammars" / "toy.lark").write_text(GRAMMAR)
    greeted = [Turn(1, [Message(b"+hello\r\n")]), Turn(0, [Message(b"GET\r\n")]), Turn(1, [Message(b"+1\r\n")])]
    capture = tmp_path / "greeted.pcap"
    door.write(str(capture), render(Plan("toy", [Flow("tcp", 4999, greeted)])))
    subject = Subject(wiregram.load(tmp_path), "toy", (tmp_path,))
    outcome = crew(subject, 0, LONG, directories=(tmp_path,), captures=(capture,)).hunt()  # only the first has the flow that shows it
    assert outcome.broken is not None
    assert (outcome.broken.finding.property, outcome.broken.origin.engine) == ("corpus_truth", CAPTURES)
    assert outcome.seconds < LONG
