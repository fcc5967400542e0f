"""What a generated dialogue promises of its records: exchanges that stand alone, are none, or make a group; roles and keys that are asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

import wiregram
from wiregram.testing import Scope
from wiregram_harness.draw import Explorer
from wiregram_harness.groups import Groups
from wiregram_harness.guards import key_wish, role_wish
from wiregram_harness.plan import EXTRA, VALID, Flow, Message, Plan, Turn
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.scenario import Scenario
from wiregram_harness.scenarios import talk
from wiregram_harness.subject import PORTLESS, Subject

TRUTH = PROPERTIES["dialogue_truth"]
Library = dict[str, Subject]


@pytest.fixture(scope="module")
def subjects() -> Library:
    library = wiregram.load()
    return {name: Subject(library, name) for name in ("mqtt", "smtp", "rpc", "ssh", "modbus", "dhcp", "imap", "rtsp", "tls", "ftp")}


def plans(subject: Subject, count: int) -> list[Plan]:
    """Dialogues that follow the description, plainly sent."""
    return [talk(Explorer(seed), subject, (VALID,)) for seed in range(count)]


@pytest.mark.parametrize(
    ("name", "share"),
    [("mqtt", 60), ("smtp", 55), ("ssh", 80), ("modbus", 65), ("dhcp", 70), ("imap", 55), ("rtsp", 60), ("ftp", 70)],
)
def test_most_dialogues_promise_something_and_it_is_kept(subjects: Library, name: str, share: int) -> None:
    subject = subjects[name]
    made = plans(subject, 100)
    promising = sum(bool(plan.flows[0].promises) and Scenario(subject, plan, False, False).sound() for plan in made)
    assert promising >= share
    assert [plan for plan in made if TRUTH.check(Scenario(subject, plan, False, False)) is not None] == []


@pytest.mark.parametrize("name", ["mqtt", "smtp", "ssh", "modbus", "dhcp"])
def test_a_record_too_many_or_too_few_breaks_the_promise(subjects: Library, name: str) -> None:
    subject = subjects[name]
    told = 0
    for plan in plans(subject, 25):
        flow = plan.flows[0]
        if len(plan.flows) > 1 or not flow.promises or plan.limits or plan.settings or not flow.opened:
            continue
        for promises in (flow.promises[1:], [*flow.promises, flow.promises[-1]]):
            other = Plan(name, [msgspec.structs.replace(flow, promises=promises)])
            assert TRUTH.check(Scenario(subject, other, False, False)) is not None
        told += 1
    assert told


@pytest.mark.parametrize(("name", "least"), [("imap", 1), ("rtsp", 12)])
def test_what_has_no_key_is_promised_where_it_can_belong_to_one_exchange_only(subjects: Library, name: str, least: int) -> None:
    subject = subjects[name]
    noticed = 0
    for plan in plans(subject, 50):
        flow = plan.flows[0]
        if len(plan.flows) == 1 and flow.promises:
            other = Plan(name, [msgspec.structs.replace(flow, promises=flow.promises[1:])], limits=plan.limits, settings=plan.settings)
            noticed += TRUTH.check(Scenario(subject, other, False, False)) is not None
    assert noticed >= least


def test_messages_that_belong_to_no_exchange_promise_that_there_is_no_record(subjects: Library) -> None:
    subject = subjects["rpc"]
    made = [plan.flows[0] for plan in plans(subject, 40)]
    assert {flow.port for flow in made} >= {PORTLESS}, "nothing but what it carries tells it apart, so it is said what it is"
    none = [flow for flow in made if flow.promises == [] and flow.turns]
    assert len(none) > 15
    fragment = Turn(0, [Message(b"\x80\x00\x00\x04", "fragment"), Message(b"abcd")])
    plan = Plan("rpc", [Flow("tcp", PORTLESS, [fragment], promises=[])])
    assert TRUTH.check(Scenario(subject, plan)) is None
    cut = Plan("rpc", [Flow("tcp", PORTLESS, [Turn(0, fragment.messages[:1]), Turn(1, [Message(b"\x80", "fragment")])], promises=[])])
    assert Scenario(subject, cut).plain()[0].protocol == "rpc"


def grouping() -> tuple[Groups, Any]:
    """Groups of commands that begin with B, have J, and end with E; the key is what follows."""

    def evaluate(code: Any, scope: Any) -> Any:
        said = scope.own["said"]
        return said[1:2] if code == "key" else said.startswith(code)

    rule = SimpleNamespace(begin="B", join="J", end="E", key="key")
    groups = Groups(SimpleNamespace(group=rule), evaluate)  # type: ignore[arg-type]

    def begin(said: str) -> tuple[Any, Any, Any]:
        own: dict[str, Any] = {}
        scope = Scope(own={"said": said})
        ended = groups.begin(scope, own)
        return (said, own, ended)

    def end(said: str, own: dict[str, Any], closing: bool = False) -> list[Any]:
        scope = Scope(own={"said": "E" if closing else said})
        return [due[0] for due in groups.end((said, None, own), own, scope)]

    return groups, SimpleNamespace(begin=begin, end=end)


def test_members_share_their_variables_and_give_one_record_when_the_group_ends() -> None:
    groups, say = grouping()
    _, first, _ = say.begin("B1")
    _, second, _ = say.begin("J1")
    _, beside, _ = say.begin("X1")
    _, other, _ = say.begin("J2")
    groups.tx(first)["sender"] = "ann"
    assert groups.tx(second) == {"sender": "ann"}
    assert groups.tx(beside) == groups.tx(other) == {}
    assert say.end("B1", first) == []
    assert say.end("X1", beside) == ["X1"]
    assert say.end("J2", other) == ["J2"], "no group has its key"
    assert say.end("J1", second, closing=True) == ["J1"]
    assert groups.left() == []


def test_a_group_that_another_begins_upon_ends_with_the_last_that_is_under_way() -> None:
    groups, say = grouping()
    _, first, _ = say.begin("B1")
    assert say.end("B1", first) == []
    _, second, ended = say.begin("B1")
    assert ended is not None
    assert ended[0] == "B1"
    _, third, ended = say.begin("B1")
    assert ended is None, "a member is under way"
    assert say.end("B1", second) == ["B1"]
    assert say.end("B1", third) == []
    assert [last[0] for last in groups.left()] == ["B1"]
    assert groups.left() == []


def test_what_ends_beside_a_group_may_put_an_end_to_it() -> None:
    _, say = grouping()
    _, first, _ = say.begin("B1")
    assert say.end("B1", first) == []
    _, beside, _ = say.begin("X1")
    assert say.end("X1", beside, closing=True) == ["X1", "B1"]


OWN = ("own", "op")


@pytest.mark.parametrize(
    ("role", "wishes"),
    [
        (("if", ("==", OWN, ("const", 2)), ("const", b"response"), ("const", b"request")), [{"op": 1}, {"op": 2}]),
        (("if", ("!=", OWN, ("const", 0)), ("const", b"response"), ("const", b"request")), [{"op": 0}, {"op": 1}]),
        (("if", ("in", OWN, ("const", [b"a", b"b"])), ("const", b"response"), ("const", b"request")), [{}, {"op": b"a"}]),
        (
            (
                "if",
                ("call", "present", OWN),
                ("if", ("in", ("attr", OWN, "type"), ("const", [3, 4])), ("const", b"response"), ("const", b"request")),
                ("side",),
            ),
            [{}, {"type": 3}],
        ),
        (
            ("if", ("call", "present", ("index", ("const", {"a": b"b"}), OWN)), ("const", b"response"), ("const", b"request")),
            [{}, {"op": b"a"}],
        ),
        (OWN, [{}, {}]),
        (None, [{}, {}]),
    ],
)
def test_fields_that_give_a_message_its_role(role: Any, wishes: list[dict[str, Any]]) -> None:
    assert [role_wish(role, side) for side in (0, 1)] == wishes


def test_fields_that_give_an_answer_its_key() -> None:
    table = ("index", ("const", {"ack": b"ask", "done": b"do"}), ("attr", ("own", "head"), "type"))
    kind = ("call", "default", table, ("attr", ("own", "head"), "type"))
    number = ("call", "default", ("attr", ("own", "body"), "id"), ("const", 0))

    def first(values: list[Any]) -> Any:
        return values[0]

    assert key_wish(("list", kind, number), [b"do", 7], first) == {"type": b"done", "id": 7}
    assert key_wish(kind, b"other", first) == {"type": b"other"}
    assert key_wish(OWN, 5, first) == {"op": 5}
    assert key_wish(OWN, None, first) == {}
    assert key_wish(("call", "find", OWN, ("const", b"x")), b"y", first) == {}


def test_an_answer_that_nobody_asked_for_need_not_be_read_where_limits_are_small() -> None:
    echo = Subject(wiregram.load(), "echo")
    turns = [
        Turn(0, [Message(b">one\r\n", "request")]),
        Turn(1, [Message(b"<one\r\n", "reply"), Message(b"<a longer answer\r\n", "reply", EXTRA)]),
    ]
    flow = Flow("tcp", 3030, turns)
    entry = PROPERTIES["events_complete"]
    for limits in ({}, {"message": 8}):
        trial = Scenario(echo, Plan("echo", [flow], limits=limits))
        names = [record.sections["anomaly"]["event"] for record in trial.told()[0].records if record.family == "anomaly"]
        assert names == (["too_long"] if limits else ["response_without_request"])
        assert entry.check(trial) is None


AMID = [
    [Message(b"\xe3o\xb6"), Message(b"\x14\x03\x00\x00\x02", "record")],
    [
        Message(b"\x02-", "alert"),
        Message(b"\x15\x03\x00\x00\x00", "record"),
        Message(b"\x15\x03\x03\xff\x02\x01\x00\x17\x03\xff\x02\x02", "record", "near"),
    ],
]


@pytest.mark.parametrize("amid", AMID)
def test_what_only_follows_is_quietly_passed_over_where_a_flow_is_picked_up(subjects: Library, amid: list[Message]) -> None:
    said = b"".join(message.data for message in amid)
    turns = [Turn(1, [Message(b"\x18\x03\x00\x00\x14", "record")]), Turn(0, amid, [len(said) - 5])]
    plan = Plan("tls", [Flow("tcp", 443, turns, opened=False)])
    assert PROPERTIES["events_complete"].check(Scenario(subjects["tls"], plan)) is None


def test_a_request_that_an_earlier_answer_lets_go_on_is_not_taken_for_complete(subjects: Library) -> None:
    """`+` belongs to the oldest exchange, and lets the one that is held say more."""
    made = [talk(Explorer(seed), subjects["imap"], (VALID,)) for seed in range(90_050, 90_100)]
    assert [plan for plan in made if PROPERTIES["prompt_completion"].check(Scenario(subjects["imap"], plan)) is not None] == []
