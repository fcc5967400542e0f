"""Plans: the same JSON and the same packets every time, and packets that scapy reads as they were meant."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from scapy.all import Ether, rdpcap
from scapy.layers.inet import IP, TCP, UDP

import wiregram
from wiregram import testing as door
from wiregram_harness.chunks import cuts
from wiregram_harness.draw import Explorer
from wiregram_harness.plan import OPERATIONS, SWAP, VALID, WAIT, Flow, Message, Operation, Plan, Turn, read_plan
from wiregram_harness.scenarios import sending, talk
from wiregram_harness.subject import Subject
from wiregram_harness.wire import flow_line, render


@pytest.fixture(scope="module")
def dns() -> Subject:
    return Subject(wiregram.load(), "dns")


def plan(seed: int, transport: str = "tcp", operations: bool = True) -> Plan:
    draw = Explorer(seed)
    turns = []
    for direction in (0, 1, 0, 1):
        turn = Turn(direction, [Message(draw.bytes(1, 40), "m"), Message(draw.bytes(0, 5))])
        turn.cuts = cuts(draw, turn.data, [len(turn.messages[0].data)])
        turns.append(turn)
    happening = [Operation(draw.choice(list(OPERATIONS)), draw.integer(0, 3), draw.integer(0, 9)) for _ in range(3)] if operations else []
    return Plan("any", [Flow(transport, 110, turns, happening, isn=(draw.choice((1000, 0xFFFFFFF0)), 5000))])


@pytest.mark.parametrize("seed", range(20))
def test_json_gives_the_plan_back(seed: int) -> None:
    made = plan(seed)
    assert read_plan(made.json()) == made
    assert read_plan(made.json()).name() == made.name()
    assert made.name() != plan(seed + 1).name()


def test_rendering_is_deterministic_and_packets_are_in_order() -> None:
    for seed in range(20):
        one, two = render(plan(seed)), render(plan(seed))
        assert [(packet.number, packet.time, packet.data) for packet in one] == [(packet.number, packet.time, packet.data) for packet in two]
        assert [packet.number for packet in one] == list(range(1, len(one) + 1))
        assert all(first.time < second.time for first, second in pairwise(one))


def test_scapy_reads_the_packets_as_they_were_meant(tmp_path: Path) -> None:
    for seed in range(10):
        made = plan(seed)
        target = tmp_path / "made.pcap"
        door.write(str(target), render(made))
        heard: dict[int, dict[int, int]] = {0: {}, 1: {}}
        first = {0: made.flows[0].isn[0] + 1, 1: made.flows[0].isn[1] + 1}
        for packet in rdpcap(str(target)):
            segment = packet[TCP]
            direction = int(segment.sport == 110)
            again = Ether(bytes(packet))
            del again[IP].chksum, again[TCP].chksum
            again = Ether(bytes(again))
            assert (again[IP].chksum, again[TCP].chksum) == (packet[IP].chksum, segment.chksum)
            for at, octet in enumerate(bytes(segment.payload)):
                place = (segment.seq + at - first[direction]) % (1 << 32)
                assert heard[direction].setdefault(place, octet) == octet
        for direction in (0, 1):
            octets = b"".join(turn.data for turn in made.flows[0].turns if turn.direction == direction)
            assert heard[direction] == dict(enumerate(octets))


def test_a_datagram_is_a_message(tmp_path: Path) -> None:
    made = plan(3, "udp", operations=False)
    target = tmp_path / "made.pcap"
    door.write(str(target), render(made))
    sent = [message.data for turn in made.flows[0].turns for message in turn.messages]
    assert [bytes(packet[UDP].payload) for packet in rdpcap(str(target))] == sent


def test_operations_change_packets_and_not_the_stream() -> None:
    for kind in OPERATIONS:
        turns = [Turn(0, [Message(b"abcdef")], [2, 4]), Turn(1, [Message(b"x")])]
        quiet, loud = (render(Plan("any", [Flow("tcp", 110, turns, happening)])) for happening in ([], [Operation(kind, 0, 1, 7)]))
        assert [(packet.time, packet.data) for packet in quiet] != [(packet.time, packet.data) for packet in loud]


@pytest.mark.parametrize(
    ("kinds", "sent"),
    [
        (("lose",), [b"a", b"c", b"d"]),
        (("repeat",), [b"a", b"b", b"b", b"c", b"d"]),
        (("swap",), [b"a", b"c", b"b", b"d"]),
        (("late",), [b"a", b"b", b"c", b"d", b"b"]),
        (("swap", "lose"), [b"a", b"b", b"d"]),
    ],
)
def test_datagrams_are_lost_repeated_and_change_places_across_turns(kinds: tuple[str, ...], sent: list[bytes]) -> None:
    turns = [Turn(0, [Message(b"a"), Message(b"b")]), Turn(1, [Message(b"c"), Message(b"d")])]
    flow = Flow("udp", 53, turns, hostile=[Operation(kind, 0, 1) for kind in kinds])
    assert [one.payload for one in flow_line(flow)] == sent


def test_of_datagrams_nothing_happens_to_the_first_sending_of_a_dialogue(dns: Subject) -> None:
    hurt = []
    for seed in range(60):
        draw = Explorer(seed)
        made = talk(draw, dns, (VALID,))
        assert not sending(draw, dns, made, True).hostile or not all(flow.opened for flow in made.flows)
        hurt += [sending(draw, dns, made) for _ in range(4) if made.flows[0].transport == "udp"]
    assert 0 < sum(some.hostile for some in hurt) < len(hurt)
    assert not any(flow.hostile for flow in made.flows)


def test_what_waits_and_changes_nothing_waits_less_than_for_an_answer_and_where_nothing_changes_places(dns: Subject) -> None:
    waited = 0
    for seed in range(300):
        draw = Explorer(seed)
        made = talk(draw, dns, (VALID,))
        for _ in range(4):
            flows = sending(draw, dns, made).flows
            times = [operation.time for flow in flows for operation in flow.operations if operation.kind == WAIT]
            assert all(times)
            assert sum(times) < dns.waits.soonest
            assert not any({WAIT, SWAP} <= {operation.kind for operation in flow.operations} for flow in flows)
            waited += len(times)
    assert waited


def test_an_operation_that_takes_no_time_is_written_as_before() -> None:
    assert msgspec.json.encode(Operation("swap", 1, 2)) == b'{"kind":"swap","turn":1,"packet":2}'
    assert msgspec.json.decode(b'{"kind":"swap","turn":1,"packet":2}', type=Operation).time == 0
