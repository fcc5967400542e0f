"""The model of reassembly agrees with the engine whatever TCP does, and flows that take turns stay apart."""

from __future__ import annotations

import pytest

import wiregram
from wiregram import testing as door
from wiregram_harness.plan import HOSTILE, OPERATIONS, RESET, Flow, Message, Operation, Plan, Turn
from wiregram_harness.planted import PLANTED
from wiregram_harness.properties import PROPERTIES
from wiregram_harness.runs import by_lanes
from wiregram_harness.scenario import Scenario
from wiregram_harness.streams import contradiction
from wiregram_harness.subject import Subject
from wiregram_harness.wire import line, render, render_flow, times

ISNS = (1000, 0, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF)
LATER = tuple(seconds * 250_000_000 for seconds in (1, 5, 2, 10, 3, 20, 6, 40, 8))
"""Times around those that something waits."""


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


@pytest.mark.parametrize("kind", [*HOSTILE, "repack", "overlap", "shorter"])
def test_the_model_agrees_with_the_engine(echo: Subject, kind: str) -> None:
    plain = [(packet.time, packet.data) for packet in render(Plan("echo", [flow()]))]
    for isn in ISNS:
        for turn in range(3):
            for packet in range(3):
                for later, second in zip(LATER, ("", *HOSTILE), strict=True):
                    more = [Operation(second, turn + 1, packet, later)] if second else []
                    made = flow(Operation(kind, turn, packet, later), *more, isn=isn)
                    plan = Plan("echo", [made])
                    assert [(packet.time, packet.data) for packet in render(plan)] != plain, "the operation changes nothing"
                    assert difference(echo, plan) is None
    assert PROPERTIES["never_raises"].check(Scenario(echo, plan)) is None


def difference(subject: Subject, plan: Plan) -> tuple[str, str, str] | None:
    told = by_lanes(subject.engines.engine(), plan)[0]
    assert told.lane is not None
    sent = line(plan)
    return contradiction(plan.flows[0], [(place, each) for place, (_, each) in enumerate(sent)], told.lane.delivered, times(sent), subject.waits.hole)


def test_what_comes_first_is_delivered_and_a_reset_ends_the_flow(echo: Subject) -> None:
    def delivered(*hostile: Operation) -> tuple[bytes, int]:
        made = flow(*hostile)
        lane = by_lanes(echo.engines.engine(), Plan("echo", [made]))[0].lane
        assert lane is not None
        pieces = [delivery for delivery in lane.delivered if delivery[1] == door.TO_SERVER]
        return b"".join(piece[3] for piece in pieces), sum(piece[4] for piece in pieces if piece[2] == door.GAP)

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


@pytest.mark.parametrize("kind", OPERATIONS)
def test_what_brings_nothing_new_changes_nothing(echo: Subject, kind: str) -> None:
    made = flow()
    made.operations = [Operation(kind, 0, 1, echo.waits.order)]
    assert PROPERTIES["idempotence"].check(Scenario(echo, Plan("echo", [made]))) is None


def test_a_retransmission_that_counts_twice_is_found(echo: Subject) -> None:
    made = flow()
    made.operations = [Operation("repeat", 0, 1)]
    with PLANTED["twice"].plant() as strikes:
        found = PROPERTIES["idempotence"].check(Scenario(echo, Plan("echo", [made])))
    assert strikes.count
    assert found is not None
    assert found.property == "idempotence"


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
        before.told()  # what the tables of an engine would give that remembers
    assert PROPERTIES["no_cross_run"].check(before) is not None


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_flow_that_was_silent_for_too_long_is_compared_up_to_there(echo: Subject, transport: str) -> None:
    made = flow(Operation("pause", 2, 0, 700_000_000_000))
    made.transport = transport
    scenario = Scenario(echo, Plan("echo", [made]))
    assert PROPERTIES["chunk_invariance"].check(scenario) is None
    assert sum(map(sum, scenario.told()[0].accounts)) < sum(map(sum, scenario.lanes()[0].accounts)), "frames know another flow behind it"


def test_what_comes_for_a_hole_that_has_waited_comes_too_late(echo: Subject) -> None:
    def gap(time: int) -> int:
        lane = by_lanes(echo.engines.engine(), Plan("echo", [flow(Operation("tardy", 0, 1, time))]))[0].lane
        assert lane is not None
        return sum(length for _, _, kind, _, length in lane.delivered if kind == door.GAP)

    assert gap(echo.waits.hole * 7 // 8) == 0
    assert gap(echo.waits.hole * 9 // 8) == 3


def test_an_end_that_waited_is_of_the_time_not_of_the_packet_that_brings_it() -> None:
    """What the other side's packet brings then came too late."""
    subject = Subject(wiregram.load(), "bittorrent")
    turns = [Turn(0, [Message(bytes(31))], [28, 29, 30]), Turn(1, [Message(bytes(32))], [31])]
    hostile = [Operation("lose", 0, 5), Operation("tardy", 1, 1, subject.waits.order * 9 // 8)]
    plan = Plan("bittorrent", [Flow("tcp", 6881, turns, ending="fin-data", hostile=hostile)])
    assert PROPERTIES["reassembly_model"].check(Scenario(subject, plan, False, False)) is None
