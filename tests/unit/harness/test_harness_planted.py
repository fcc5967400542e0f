"""The properties find what is planted: a fault in each room within few scenarios, and a sound framework has none. `HYPOTHESIS_PROFILE=soak` hunts all
planted faults with both engines, as `wiregram fuzz --self-test` does."""

from __future__ import annotations

import os

import pytest

import wiregram
import wiregram.parse.text
import wiregram.transaction.items
from wiregram_harness.plan import NEAR, VALID, Flow, Message, Plan, Turn
from wiregram_harness.planted import BETWEEN, PLANTED
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.scenario import Scenario
from wiregram_harness.search import Search, check, chosen
from wiregram_harness.selftest import EXPLORER, HYPOTHESIS, MOST, hunted
from wiregram_harness.subject import Subject

QUICK = ("split_pattern", "overlap_shift", "memory_leak", "direction", "payload_offset", "wrong_exchange", "byte_order", "swapped_ports", "unasked")
PLAIN = wiregram.parse.text.__file__.endswith(".py")
plain_only = pytest.mark.skipif(not PLAIN, reason="faults are planted in source, and the rooms are compiled")
SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"


@pytest.fixture(scope="module")
def library() -> wiregram.Library:
    return wiregram.load()


@pytest.fixture(scope="module")
def subjects(library: wiregram.Library) -> dict[str, Subject]:
    return {name: Subject(library, name) for name in {fault.protocol for fault in PLANTED.values()}}


@pytest.fixture(scope="module")
def echo(subjects: dict[str, Subject]) -> Subject:
    return subjects["echo"]


@plain_only
@pytest.mark.parametrize("name", PLANTED if SOAK else (*BETWEEN, *QUICK))
def test_the_explorer_finds_a_planted_fault(subjects: dict[str, Subject], name: str) -> None:
    fault = PLANTED[name]
    row = hunted(subjects[fault.protocol], fault, EXPLORER, (0,))
    assert row.live, "the fault never struck"
    assert row.found, f"not found in {MOST} scenarios"


@pytest.mark.skipif(not SOAK, reason="for hours")
@pytest.mark.parametrize("name", PLANTED)
def test_hypothesis_alone_finds_a_planted_fault(subjects: dict[str, Subject], name: str) -> None:
    fault = PLANTED[name]
    assert hunted(subjects[fault.protocol], fault, HYPOTHESIS, (0,)).found


def test_there_are_enough_faults_and_every_room_has_one() -> None:
    assert len(PLANTED) >= 40
    assert {fault.room for fault in PLANTED.values()} >= {"decode", "flow", "stream", "detect", "parse", "transaction", "outputs"}


@pytest.mark.parametrize("name", ["lost_octet", "split_delimiter", "wrong_value"])
def test_hypothesis_finds_a_planted_fault_and_shrinks_it(echo: Subject, name: str) -> None:
    fault = PLANTED[name]
    with fault.plant():
        outcome = Search(echo, chosen()).drive(200)
        assert outcome.broken is not None
        assert not outcome.broken.flaky
        plan = outcome.broken.plan
        assert sum(len(turn.data) for turn in plan.flows[0].turns) <= 24, "the dialogue could be smaller"
        assert check(echo, plan, chosen()) is not None
    assert check(echo, plan, chosen()) is None, "the plan fails without the fault too"


@plain_only
def test_hypothesis_finds_a_gap_without_an_event_soon(echo: Subject) -> None:
    with PLANTED["silent_gap"].plant():
        search = Search(echo, chosen(("events_complete",)), sampled=True, small=False)
        assert search.drive(1000, 5).broken is not None


def test_what_a_flow_ended_with_can_be_looked_at(echo: Subject) -> None:
    told = Scenario(echo, Plan("echo", [Flow("tcp", 3030, [Turn(0, [Message(b">one\r\n", "request")])])])).lanes()[0]
    assert told.lane is not None
    assert told.lane.session is not None
    assert not told.lane.session.pairing.open


@plain_only
def test_a_fault_is_gone_after_its_context(echo: Subject) -> None:
    for fault in PLANTED.values():
        try:
            with fault.plant():
                pass
        except RuntimeError:
            continue
    assert Search(echo, chosen()).explore(20).broken is None


@plain_only
def test_two_faults_in_one_module_strike_apart_and_leave_nothing_behind(echo: Subject) -> None:
    sound = dict(vars(wiregram.transaction.items))
    first, second = PLANTED["silent_error"], PLANTED["uncounted"]
    plan = Plan("echo", [Flow("tcp", 3030, [Turn(0, [Message(b">one\r\n", "request"), Message(b"what\r\n", "request", NEAR)])])])
    with first.plant() as one:
        with second.plant() as two:
            pass
        check(echo, plan, chosen())
    assert one.count > 0
    assert two.count == 0
    assert vars(wiregram.transaction.items) == sound


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


def test_what_a_record_says_of_a_side_is_nothing_or_what_is_known_at_the_end(echo: Subject) -> None:
    said = [Turn(0, [Message(b">one\r\n", "request")]), Turn(1, [Message(b"<one\r\n", "reply")])]
    trial = Scenario(echo, Plan("echo", [Flow("tcp", 3030, said)]))
    assert PROPERTIES["chunk_invariance"].check(trial) is None
    for told in (trial.told()[0], trial.plain()[0]):
        assert told.sides == ("echo", "")
        told.sides = ("dns", "")
    found = PROPERTIES["chunk_invariance"].check(trial)
    assert found is not None
    assert (found.engine, found.oracle) == ("echo", "dns")
