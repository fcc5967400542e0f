"""The properties find what is planted: each fault within few scenarios, and a sound framework has none."""

from __future__ import annotations

import pytest

import wiregram
from wiregram_harness.plan import NEAR, VALID, Flow, Message, Plan, Turn
from wiregram_harness.planted import PLANTED
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.scenario import Scenario
from wiregram_harness.search import Search, check, chosen
from wiregram_harness.subject import Subject

FEW = 200
"""Scenarios within which a planted fault must be found."""


@pytest.fixture(scope="module")
def echo() -> Subject:
    return Subject(wiregram.load(), "echo")


@pytest.mark.parametrize("name", PLANTED)
def test_the_explorer_finds_a_planted_fault(echo: Subject, name: str) -> None:
    fault = PLANTED[name]
    with fault.plant() as strikes:
        outcome = Search(echo, chosen()).explore(FEW)
    assert strikes.count > 0, "the fault never struck"
    assert outcome.broken is not None, f"not found in {FEW} scenarios"
    assert outcome.broken.finding.property in fault.properties
    assert sum(len(turn.data) for turn in outcome.broken.plan.flows[0].turns) <= 12, "the dialogue could be smaller"


@pytest.mark.parametrize("name", ["lost_octet", "split_delimiter", "wrong_value"])
def test_hypothesis_finds_a_planted_fault_and_shrinks_it(echo: Subject, name: str) -> None:
    fault = PLANTED[name]
    with fault.plant():
        outcome = Search(echo, chosen(fault.properties)).drive(FEW)
        assert outcome.broken is not None
        assert not outcome.broken.flaky
        assert outcome.broken.finding.property in fault.properties
        plan = outcome.broken.plan
        assert sum(len(turn.data) for turn in plan.flows[0].turns) <= 24, "the dialogue could be smaller"
        assert check(echo, plan, chosen(fault.properties)) is not None
    assert check(echo, plan, chosen(fault.properties)) is None, "the plan fails without the fault too"


def test_a_fault_is_gone_after_its_context(echo: Subject) -> None:
    for fault in PLANTED.values():
        with fault.plant():
            pass
    assert Search(echo, chosen()).explore(20).broken is None


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_holds_for_a_plain_dialogue(echo: Subject, name: str) -> None:
    turns = [
        Turn(0, [Message(b">one\r\n", "request"), Message(b">two\n", "request")], [1, 5, 7]),
        Turn(1, [Message(b"<one\r\n", "reply"), Message(b"!no\r\n", "reply")], [2]),
        Turn(0, [Message(b"what\r\n", "request", NEAR)], [3]),
    ]
    plan = Plan("echo", [Flow("tcp", 3030, turns)])
    assert PROPERTIES[name].check(Scenario(echo, plan)) is None
    assert {message.tier for turn in turns for message in turn.messages} == {VALID, NEAR}
