"""The model of reassembly agrees with the engine whatever TCP does, and flows that take turns stay apart."""

from __future__ import annotations

import pytest

import wiregram
from wiregram import testing as door
from wiregram_harness.plan import HOSTILE, RESET, Flow, Message, Operation, Plan, Turn, render, render_flow
from wiregram_harness.planted import PLANTED
from wiregram_harness.properties import PROPERTIES, Scenario
from wiregram_harness.streams import difference
from wiregram_harness.subject import Subject

ISNS = (1000, 0, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF)


@pytest.fixture(scope="module")
def echo() -> Subject:
    return Subject(wiregram.load(), "echo")


def flow(*hostile: Operation, isn: int = 1000) -> Flow:
    turns = [
        Turn(0, [Message(b">one\r\n", "request"), Message(b">two\r\n", "request")], [2, 5, 7]),
        Turn(1, [Message(b"<one\r\n", "reply"), Message(b"<two\r\n", "reply")], [3, 6]),
        Turn(0, [Message(b">three\r\n", "request")], [4]),
    ]
    return Flow("tcp", 3030, turns, hostile=list(hostile), isn=(isn, isn))


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_model_agrees_with_the_engine(echo: Subject, kind: str) -> None:
    plain = [packet.data for packet in render(Plan("echo", [flow()]))]
    for isn in ISNS:
        for turn in range(3):
            for packet in range(3):
                for second in ("", *HOSTILE):
                    more = [Operation(second, turn + 1, packet)] if second else []
                    made = flow(Operation(kind, turn, packet), *more, isn=isn)
                    plan = Plan("echo", [made])
                    assert [packet.data for packet in render(plan)] != plain, "the operation changes nothing"
                    assert difference(render_flow(plan, 0), made) is None
    assert PROPERTIES["never_raises"].check(Scenario(echo, plan)) is None


def test_what_comes_first_is_delivered_and_a_reset_ends_the_flow() -> None:
    def delivered(*hostile: Operation) -> tuple[bytes, int]:
        made = flow(*hostile)
        pieces = [delivery for _, delivery in door.stream(render_flow(Plan("echo", [made]), 0), made.port) if delivery.direction == door.TO_SERVER]
        return b"".join(piece.data for piece in pieces), sum(piece.length for piece in pieces if piece.kind == door.GAP)

    sent = b">one\r\n>two\r\n>three\r\n"
    assert delivered() == (sent, 0)
    assert delivered(Operation("forge-before", 0, 0)) == (bytes([sent[0] ^ 1, sent[1] ^ 1]) + sent[2:], 0)
    assert delivered(Operation("forge-behind", 0, 0)) == (sent, 0)
    assert delivered(Operation("lose", 0, 1)) == (sent[:2] + sent[5:], 3)
    assert delivered(Operation(RESET, 0, 1)) == (sent[:5], 0)


@pytest.mark.parametrize("name", ["lost_octet", "twice", "last_copy", "lost_end"])
def test_the_model_sees_a_fault_of_reassembly(echo: Subject, name: str) -> None:
    made = flow(Operation("repack", 0, 1), Operation("forge-behind", 0, 0))
    with PLANTED[name].plant() as strikes:
        found = PROPERTIES["reassembly_model"].check(Scenario(echo, Plan("echo", [made])))
    assert strikes.count
    assert found is not None
    assert found.property == "reassembly_model"


def test_flows_take_turns_and_each_keeps_its_packets(echo: Subject) -> None:
    plan = Plan("echo", [flow(), flow()], interleaved=True)
    packets = render(plan)
    assert [packet.number for packet in packets] == list(range(1, len(packets) + 1))
    ports = [{int.from_bytes(packet.data[34:36], "big"), int.from_bytes(packet.data[36:38], "big")} - {3030} for packet in packets]
    assert ports[:4] == [{40000}, {40001}, {40000}, {40001}]
    assert [packet.data for packet, port in zip(packets, ports, strict=True) if port == {40001}] == [one.data for one in render_flow(plan, 1)]
    for name in ("no_cross_flow", "no_cross_run", "chunk_invariance", "byte_accounting"):
        assert PROPERTIES[name].check(Scenario(echo, plan)) is None
    with PLANTED["mixed"].plant():
        found = PROPERTIES["no_cross_flow"].check(Scenario(echo, plan))
    assert found is not None


def test_a_second_run_that_differs_from_the_first_is_found() -> None:
    subject = Subject(wiregram.load(), "echo")
    plan = Plan("echo", [flow()])
    assert PROPERTIES["no_cross_run"].check(Scenario(subject, plan)) is None
    before = Scenario(subject, plan)
    with PLANTED["wrong_value"].plant():
        before.records()  # what the tables of an engine would give that remembers
    assert PROPERTIES["no_cross_run"].check(before) is not None
