"""Captures as a corpus: what is whole is understood, a broken dialogue is shown as far as its fault, several processes share the flows."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import wiregram
from wiregram import testing as door
from wiregram_harness.command import fuzz
from wiregram_harness.corpus import corpus_truth, plans
from wiregram_harness.jobs import Share, enough, gathered, work
from wiregram_harness.plan import CAPTURED, NEAR, Flow, Message, Plan, Turn, read_plan
from wiregram_harness.scenario import Property, Scenario
from wiregram_harness.search import EACH, Search
from wiregram_harness.subject import Subject
from wiregram_harness.wire import render

SOUND = ((0, b">a\r\n"), (1, b"<a\r\n"), (0, b">b\r\n"), (1, b"<b\r\n"))


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(wiregram.load(), "echo")


def capture(path: Path, *dialogues: tuple[tuple[int, bytes], ...]) -> Path:
    flows = [Flow("tcp", 3030, [Turn(side, [Message(data)]) for side, data in dialogue]) for dialogue in dialogues]
    door.write(str(path), render(Plan("echo", flows)))
    return path


def truth(subject: Subject, path: Path) -> list[str]:
    found = [corpus_truth(Scenario(subject, plan)) for plan in plans(subject.library, "echo", path)]
    return ["" if finding is None else finding.detail for finding in found]


def run(*words: str) -> Result:
    return CliRunner().invoke(fuzz, list(words))


def test_a_last_answer_that_nobody_asked_for_is_a_farewell_and_another_is_not(subject: Subject, tmp_path: Path) -> None:
    farewell = (*SOUND, (1, b"!timeout\r\n"))
    twice = (*SOUND, (1, b"!a\r\n!b\r\n"))
    midst = (*SOUND[:2], (1, b"!a\r\n"), *SOUND[2:])
    said = truth(subject, capture(tmp_path / "a.pcap", SOUND, farewell, twice, midst))
    assert said[:2] == ["", ""]
    assert all(detail.startswith("response_without_request") for detail in said[2:])


def test_a_broken_dialogue_is_shown_from_its_beginning_to_the_place(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcap", SOUND, (*SOUND, (0, b"what\r\n"), (1, b"<c\r\n"), *SOUND))
    result = run("echo", "--corpus", str(path), "--examples", "8", "--pcap", str(tmp_path / "failures"))
    assert result.exit_code == 1, result.output
    assert "2 flows of echo in the captures" in result.output
    assert "parse_error in a captured dialogue" in result.output
    assert "--unsound" in result.output
    plan = next((tmp_path / "failures").glob("*.json")).read_bytes()
    assert [turn.data for turn in read_plan(plan).flows[0].turns] == [*(data for _, data in SOUND), b"what\r\n"]


def test_a_capture_that_may_be_unsound_is_tried_and_not_judged(subject: Subject, tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcap", ((0, b"what\r\n"), (1, b"<a\r\n")))
    tiers = [
        [message.tier for turn in plans(subject.library, "echo", path, sound)[0].flows[0].turns for message in turn.messages]
        for sound in (True, False)
    ]
    assert tiers == [[CAPTURED] * 2, [NEAR] * 2]
    assert run("echo", "--corpus", str(path), "--unsound", "--examples", "4").exit_code == 0
    assert run("echo", "--unsound").exit_code == 2


def test_several_processes_share_the_flows_of_a_corpus(subject: Subject, tmp_path: Path) -> None:
    broken = ((0, b"what\r\n"), (1, b"<a\r\n"))
    path = capture(tmp_path / "a.pcap", SOUND, broken, SOUND)
    assert enough(10, gathered(subject, [path])) == 48
    assert enough(0, gathered(subject, [path])) == 0
    results = [work(Share("echo", (), ("corpus_truth",), ("valid",), 32, 0, 0.0, (path,), True, number, 2)) for number in (0, 1)]
    assert [result.finding is not None for result in results] == [False, True]


def test_a_flow_that_shows_nothing_new_is_sent_once_only(subject: Subject, tmp_path: Path) -> None:
    other = ((0, b">a\r\n"), (1, b"!a\r\n"))
    path = capture(tmp_path / "a.pcap", SOUND, SOUND, SOUND, other, SOUND)
    tried: list[int] = []

    def note(scenario: Scenario) -> None:
        tried.append(sum(message.tier == CAPTURED for _, turn in scenario.turns() for message in turn.messages))

    search = Search(subject, [Property("note", "", "", note)], corpus=plans(subject.library, "echo", path))
    assert search.explore(8 * EACH).kept == 2
    assert [count for count in tried if count] == [*[4] * EACH, 4, 4, *[2] * EACH, 4]
