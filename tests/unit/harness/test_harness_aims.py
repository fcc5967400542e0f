"""Transitions, messages and branches that a dialogue is led to."""

from __future__ import annotations

import pytest

import wiregram
from wiregram_harness.dialogue import Conversation
from wiregram_harness.draw import Explorer, Replay, towards
from wiregram_harness.guards import key_wish
from wiregram_harness.plan import Plan
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.scenarios import sending, talk
from wiregram_harness.search import check
from wiregram_harness.subject import MESSAGE, Subject
from wiregram_harness.wire import JUMBO, line


@pytest.mark.parametrize(
    ("name", "rounds", "what"),
    [
        ("ssh", 60, "response.start -> stop when starts(proto, '1.') and proto != '1.99'"),
        ("ftp", 120, "response.done -> complete when own.status == 200 and present(request.port)"),
        ("imap", 120, "response.more -> mail when present(literal) and mail"),
        ("tftp_data", 120, "request.start -> start when opcode == 'data'"),
    ],
)
def test_a_transition_that_needs_much_is_sought(name: str, rounds: int, what: str) -> None:
    subject = Subject(wiregram.load(), name)
    transport = "udp" if name == "tftp_data" else "tcp"
    for number in range(rounds):
        Conversation(subject, Explorer(subject.seed(number)), transport).run()
    assert subject.moves.counts[what] > 0


@pytest.mark.parametrize("name", ["postgresql", "mysql", "rdp", "dns"])
def test_every_goal_has_ways_there(name: str) -> None:
    subject = Subject(wiregram.load(), name)
    assert all(subject.aims(goal)[0] for goal in range(1, len(subject.goals) + 1))


def test_what_a_guard_says_to_a_variable_is_asked_of_the_message() -> None:
    subject = Subject(wiregram.load(), "postgresql")
    aims = [aim for goal, (kind, _) in enumerate(subject.goals, 1) if kind == MESSAGE for aim in subject.aims(goal)[0]]
    before = [aim.before.hints[0]["code"] for aim in aims if aim.before is not None and "code" in aim.before.hints[0]]
    assert [80877103, 80877104] in before  # a startup message comes a second time behind one that asks for encryption


def test_octets_without_end_are_sent_where_only_so_many_lead_on() -> None:
    subject = Subject(wiregram.load(), "mysql")
    what = "response.row -> more when length == 0xffffff"
    goal = 1 + next(number for number, (kind, which) in enumerate(subject.goals) if not kind and subject.routes[subject.places[which]] == what)

    def sent(plan: Plan) -> int:
        return max((len(message.data) for flow in plan.flows for turn in flow.turns for message in turn.messages), default=0)

    assert all(sent(talk(Explorer(seed), subject, ("valid",))) < 1 << 18 for seed in range(100))
    made = [talk(Explorer(towards(seed, goal)), subject, ("valid",)) for seed in range(20)]
    plan = sending(Explorer(0), subject, next(plan for plan in made if sent(plan) >= 0xFFFFFE), True)
    octets = sum(len(turn.data) for flow in plan.flows for turn in flow.turns)
    assert len(line(plan)) < 300 + 2 * octets // JUMBO  # in large packets
    assert check(subject, plan, [PROPERTIES[name] for name in ("never_raises", "byte_accounting", "dialogue_truth")]) is None


def test_what_is_sought_of_an_answer_is_asked_by_a_request_that_is_answered() -> None:
    subject = Subject(wiregram.load(), "smb")
    what = "response.created1 -> complete"
    goal = 1 + next(number for number, (kind, which) in enumerate(subject.goals) if not kind and subject.routes[subject.places[which]] == what)
    for number in range(80):
        Conversation(subject, Explorer(towards(number, goal)), "tcp").run()
    assert subject.moves.counts[what] > 0


def test_an_answer_has_its_requests_key_whichever_field_it_is_in() -> None:
    code = ("call", "default", ("attr", ("own", "h"), "message"), ("attr", ("own", "h"), "mid"))
    assert key_wish(code, 7, lambda values: values[0]) == {"message": 7, "mid": 7}


def test_a_way_whose_guards_contradict_each_other_is_not_taken() -> None:
    subject = Subject(wiregram.load(), "mysql")
    aims = next(
        subject.aims(1 + at)[0]
        for at, (kind, which) in enumerate(subject.goals)
        if not kind and subject.routes[subject.places[which]] == "response.counted -> rows"
    )
    side = subject.protocol.sides[1]
    begun = {side.states[side.start].next[aim.routes[1][side.start]].source for aim in aims if side.start in aim.routes[1]}
    assert begun == {""}  # not by `prepare`, behind which no rows come


def test_a_seed_says_what_is_sought_and_choices_give_it_back() -> None:
    subject = Subject(wiregram.load(), "imap")
    for number in range(20):
        draw = Explorer(towards(number, 1 + number % len(subject.goals)))
        turns = Conversation(subject, draw, "tcp").run()
        assert Conversation(Subject(subject.library, "imap"), Replay(draw.choices), "tcp").run() == turns
    assert towards(towards(7, 3), 5) == towards(7, 3)


def test_nothing_is_sought_where_all_is_reached() -> None:
    subject = Subject(wiregram.load(), "echo")
    assert any(subject.seed(number) != number for number in range(10))
    for ledger in (subject.moves, subject.ledger):
        for name in ledger.missing():
            ledger.hit(name)
    assert all(subject.seed(number) == number for number in range(10))


def test_what_is_proved_to_be_unreachable_is_not_missing() -> None:
    subject = Subject(wiregram.load(), "websocket")
    assert not any(name.startswith("response.") for name in subject.moves.counts)
