"""A layer is tried in the dialogues of the protocols that feed it."""

from __future__ import annotations

import pytest

import wiregram
from wiregram_harness.draw import Explorer, Replay
from wiregram_harness.plan import VALID
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.scenario import Scenario
from wiregram_harness.scenarios import talk
from wiregram_harness.search import Search
from wiregram_harness.subject import Subject


def test_what_is_sought_of_a_layer_is_reached_through_who_feeds_it() -> None:
    subject = Subject(wiregram.load(), "rpc_call")
    for number in range(150):
        plan = talk(Explorer(subject.seed(number)), subject, (VALID,))
        assert plan.protocol == "rpc"
    assert subject.ledger.reached() >= 0.95 * len(subject.ledger)
    assert subject.moves.reached() >= 0.95 * len(subject.moves)


@pytest.mark.parametrize(("layer", "shown"), [("rpc_call", "rpc"), ("tls_handshake", "tls")])
def test_what_a_layer_says_arrives_there(layer: str, shown: str) -> None:
    subject = Subject(wiregram.load(), layer)
    records = broken = 0
    for number in range(40):
        plan = talk(Explorer(number), subject, (VALID,))
        for told in Scenario(subject.of(plan.protocol), plan, whole=False).told():
            records += sum(record.family == "transaction" and record.name == shown for record in told.records)
            broken += sum(record.sections["anomaly"].get("event") == "parse_error" for record in told.records if record.family == "anomaly")
    assert records > 20
    assert broken < records / 2


def test_a_layer_is_fed_by_each_protocol_that_can_and_by_choices_again() -> None:
    subject = Subject(wiregram.load(), "mime")
    plans = []
    for number in range(20):
        draw = Explorer(number)
        plans.append(talk(draw, subject, (VALID,)))
        assert talk(Replay(draw.choices), subject, (VALID,)) == plans[-1]
    assert {plan.protocol for plan in plans} == {host.name for host in subject.hosts} == {"imap", "pop3", "smtp"}


def test_properties_are_asked_of_who_feeds() -> None:
    subject = Subject(wiregram.load(), "mime")
    outcome = Search(subject, list(PROPERTIES.values()), sampled=True, small=False).explore(100)
    assert outcome.broken is None
    assert outcome.accepted[VALID][0] > 0


def test_a_way_comes_to_a_state_twice() -> None:
    subject = Subject(wiregram.load(), "mime")
    what = "response.body -> saved when attached and present(own.bounds)"
    aims = next(
        subject.aims(1 + at)[0] for at, (kind, which) in enumerate(subject.goals) if not kind and subject.routes[subject.places[which]] == what
    )
    states = [state.name for state in subject.protocol.sides[1].states]
    body = states.index("body")
    assert aims
    for aim in aims:
        first, last = (aim.routes.wanted(1, body, again) for again in (False, True))
        targets = [states[subject.protocol.sides[1].states[body].next[number].target] for number in (first, last) if number is not None]
        assert targets == ["between", "saved"]
