"""Dialogues from the progress machines of the bundled protocols: valid messages, every transition, the keys and roles that pair them."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

import wiregram
from wiregram_harness.dialogue import Conversation
from wiregram_harness.draw import Explorer
from wiregram_harness.guards import hints, role_wish
from wiregram_harness.plan import EXTRA, GARBAGE, JUNK, NEAR, TIERS, VALID, Flow, Message, Plan, Promise, Turn
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.runs import same
from wiregram_harness.scenario import Scenario
from wiregram_harness.scenarios import scenario, spoil
from wiregram_harness.subject import Subject


@pytest.fixture(scope="module")
def subjects() -> dict[str, Subject]:
    library = wiregram.load()
    return {name: Subject(library, name) for name in ("echo", "pop3", "dns", "modbus")}


def dialogue(subject: Subject, seed: int, transport: str = "tcp") -> list[Turn]:
    return Conversation(subject, Explorer(seed), transport).run()


@pytest.mark.parametrize("name", ["echo", "pop3", "dns", "modbus"])
def test_the_oracle_takes_nine_messages_of_ten(subjects: dict[str, Subject], name: str) -> None:
    subject = subjects[name]
    for specimen in subject.specimens:
        taken = 0
        for seed in range(150):
            data = specimen.make(Explorer(seed))
            judged = specimen.judge(data)
            taken += judged is not None and judged[1] == len(data) > 0
        assert taken >= 135, f"{specimen.name}: {taken} of 150"


@pytest.mark.parametrize(("name", "rounds"), [("echo", 30), ("pop3", 200), ("dns", 200), ("modbus", 200)])
def test_every_transition_and_every_alternative_is_reached(name: str, rounds: int) -> None:
    subject = Subject(wiregram.load(), name)
    for seed in range(rounds):
        dialogue(subject, subject.seed(seed), "udp" if name == "dns" and seed % 3 == 0 else "tcp")
    assert subject.moves.missing() == []
    assert subject.ledger.missing() == []


def test_sides_take_turns_and_a_greeting_comes_first(subjects: dict[str, Subject]) -> None:
    for seed in range(50):
        turns = dialogue(subjects["pop3"], seed)
        assert turns[0].direction == 1
        assert all(one.direction != two.direction for one, two in pairwise(turns))


def test_a_side_goes_on_where_it_left_off_in_a_flow_that_is_one_exchange() -> None:
    subject, seen = Subject(wiregram.load(), "tls"), 0
    for seed in range(300):
        turns = dialogue(subject, seed)
        for direction in (0, 1):
            said = [message for turn in turns if turn.direction == direction for message in turn.messages]
            for record, body in pairwise(said):
                if record.name == "record" and record.data[:1] == b"\x16":
                    seen += 1
                    assert not body.name
                    assert len(body.data) == int.from_bytes(record.data[3:5], "big")
    assert seen > 100


def test_a_dotted_answer_ends_with_its_dot_and_dots_are_stuffed(subjects: dict[str, Subject]) -> None:
    seen = 0
    for seed in range(150):
        for turn in dialogue(subjects["pop3"], seed):
            for message in turn.messages:
                if turn.direction == 1 and not message.name:
                    seen += 1
                    end = b"\r\n" if message.data.endswith(b"\r\n") else b"\n"
                    lines = message.data.split(end)
                    assert lines[-2:] == [b".", b""]
                    assert all(not line.startswith(b".") or line.startswith(b"..") for line in lines[:-2])
    assert seen > 20


def test_an_answer_carries_the_key_and_the_role_of_its_side(subjects: dict[str, Subject]) -> None:
    paired = answers = 0
    for seed in range(12):
        asked: set[bytes] = set()
        for turn in dialogue(subjects["dns"], seed, "udp"):
            for message in turn.messages:
                assert message.data[2] >> 7 == turn.direction
                if turn.direction == 0:
                    asked.add(message.data[:2])
                else:
                    answers += 1
                    paired += message.data[:2] in asked
    assert answers > 10
    assert paired > answers * 3 // 4


def test_hints_are_what_guards_compare_with(subjects: dict[str, Subject]) -> None:
    request, response = hints(subjects["pop3"].protocol)
    assert {b"STLS", b"AUTH", b"RETR", b"TOP", b"CAPA", b"LIST", b"UIDL", b"PASS"} <= set(request["verb"])
    assert "verb" not in response
    role = subjects["dns"].protocol.pair.role
    assert role_wish(role, 1) == {"qr": 1}
    assert role_wish(role, 0) == {"qr": 0}


def test_tiers_say_how_messages_were_made() -> None:
    message = Message(b"+OK hello\r\n", "reply")
    near = [one for seed in range(200) for one in spoil(Explorer(seed), message, NEAR)]
    assert {one.tier for one in near} == {VALID, NEAR}
    hurt = {one.data for one in near if one.tier == NEAR}
    assert b"+OK hello\n" in hurt
    assert any(len(data) < len(message.data) for data in hurt)
    assert len(hurt) > 30
    assert all(one.tier == GARBAGE for seed in range(20) for one in spoil(Explorer(seed), message, GARBAGE))


def test_a_message_whose_extent_is_sound_and_its_text_is_not_is_no_sound_message() -> None:
    specimen = Subject(wiregram.load(), "smb").by_name["tree_connect"]

    def message(name: bytes) -> bytes:
        return (bytes(4) + b"\x48\0" + len(name).to_bytes(2, "little") + name).ljust(40, b"\0")

    assert specimen.taken(message("share".encode("utf-16-le")), {"size": 40})
    assert not specimen.taken(message(b"a\0b"), {"size": 40})


def test_the_same_seed_makes_the_same_plan(subjects: dict[str, Subject]) -> None:
    for name, subject in subjects.items():
        assert scenario(Explorer(5), subject, TIERS) == scenario(Explorer(5), subject, TIERS), name


def test_only_the_tiers_asked_for_are_made(subjects: dict[str, Subject]) -> None:
    for tier in TIERS:
        plans = [scenario(Explorer(seed), subjects["echo"], (tier,)) for seed in range(40)]
        found = {message.tier for plan in plans for turn in plan.flows[0].turns for message in turn.messages}
        assert found == {VALID: {VALID, JUNK, EXTRA}, NEAR: {VALID, NEAR}, GARBAGE: {GARBAGE}}[tier]


def test_values_that_only_look_equal_differ() -> None:
    values = (1, True, 1.0, b"1", "1", None, [1], (b"1",))
    assert [[same(one, two) for two in values] for one in values] == [[one is two for two in values] for one in values]
    assert same(float("nan"), float("nan"))
    assert not same(0.0, -0.0)
    assert same({"a": 1, "b": None}, {"a": 1})
    assert same({"a": 1}, {"a": 1, "b": None})
    assert not same({"a": 1, "b": 2}, {"a": 1})
    assert not same({"a": [1, {"b": b"x"}]}, {"a": [1, {"b": b"y"}]})


def test_a_greeting_that_nothing_tells_apart_before_the_end_is_in_time(subjects: dict[str, Subject]) -> None:
    turns = [Turn(1, [Message(b"+OK\r\n", "reply")])]
    greeted = Plan("pop3", [Flow("tcp", 110, turns, ending="nothing", promises=[Promise(0, {"response.success": "True"})])])
    trial = Scenario(subjects["pop3"], greeted)
    assert trial.plain()[0].places == [4], "it is logged behind its last packet"
    assert PROPERTIES["prompt_completion"].check(trial) is None


def test_most_dialogues_say_something(subjects: dict[str, Subject]) -> None:
    said = sum(bool(dialogue(subjects["echo"], seed)) for seed in range(200))
    assert 170 < said < 200


def test_where_each_side_is_logged_each_side_is_promised_a_record_of_its_own(subjects: dict[str, Subject]) -> None:
    for seed in range(60):
        flow = scenario(Explorer(seed), subjects["dns"], (VALID,)).flows[0]
        kinds = [promise.values["type"] for promise in flow.promises or ()]
        if len(kinds) >= 2:
            assert kinds[0] in ("b'request'", "b'query'")
            break
    else:
        pytest.fail("no dialogue promises anything")
    plan = Plan("dns", [msgspec.structs.replace(flow, operations=[], hostile=[])])
    entry = PROPERTIES["dialogue_truth"]
    assert entry.check(Scenario(subjects["dns"], plan)) is None
    for number in range(len(kinds)):
        false = [
            Promise(promise.turn, {**promise.values, "type": "b'other'"}) if at == number else promise
            for at, promise in enumerate(flow.promises or ())
        ]
        finding = entry.check(Scenario(subjects["dns"], Plan("dns", [msgspec.structs.replace(flow, operations=[], hostile=[], promises=false)])))
        assert finding is not None
        assert finding.oracle == "b'other'"
