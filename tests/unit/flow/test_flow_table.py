"""The flow table: keys, clients, states, reuse, time-outs, eviction."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiregram.flow import FlowTable, flow_id
from wiregram.model.flow import Flow
from wiregram.model.packet import ACK, FIN, PSH, RST, SYN, TCP, UDP, Segment
from wiregram.program.settings import EngineSettings

SECOND = 1_000_000_000
YEAR = 365 * 86_400 * SECOND
CLIENT, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2"


def segment(
    direction: int,
    flags: int = ACK,
    time: float = 0,
    *,
    sequence: int = 0,
    acknowledgement: int = 0,
    transport: int = TCP,
    port: int = 1000,
    vlan: tuple[int, ...] = (),
    data: bytes = b"",
) -> Segment:
    """Direction 0 goes from CLIENT's `port` to SERVER's port 80."""
    ends = [(CLIENT, port), (SERVER, 80)]
    source, target = ends[direction], ends[1 - direction]
    nanoseconds = round(time * SECOND)
    return Segment(1, nanoseconds, transport, *source, *target, data, -1, flags, sequence, acknowledgement, 0, vlan, 60)


def table(**settings: float) -> FlowTable:
    return FlowTable(EngineSettings(**settings))  # type: ignore[arg-type]  # counts and seconds by name


def feed(flows: FlowTable, *segments: Segment) -> list[tuple[Flow, int, bool]]:
    return [flows.find(one) for one in segments]


def test_both_directions_are_one_flow_and_the_syn_names_the_client() -> None:
    for first in (segment(0, SYN), segment(1, SYN)):
        flows = table()
        flow, direction, new = flows.find(first)
        assert (flow.client, flow.client_port, direction, new) == (first.source, first.source_port, 0, True)
        back = segment(1 if first.source == CLIENT else 0, SYN | ACK)
        assert flows.find(back) == (flow, 1, False)
        assert (flow.packets, flow.octets, flow.flags, flow.midstream) == ([1, 1], [60, 60], [SYN, SYN | ACK], False)


def test_the_receiver_of_a_syn_ack_is_the_client() -> None:
    flow, direction, _ = table().find(segment(1, SYN | ACK))
    assert (flow.client, direction, flow.midstream) == (CLIENT, 1, False)


def test_without_a_syn_the_first_sender_is_the_client_of_a_midstream_flow() -> None:
    flow, direction, _ = table().find(segment(1, ACK))
    assert (flow.client, direction, flow.midstream, flow.state) == (SERVER, 0, True, "established")
    flow, direction, _ = table().find(segment(1, transport=UDP))
    assert (flow.client, direction, flow.midstream) == (SERVER, 0, False)


def test_a_swapped_flow_is_found_the_other_way_round() -> None:
    flows = table()
    flow = flows.find(segment(1))[0]
    flow.swap()
    assert flows.find(segment(1)) == (flow, 1, False)
    assert flow.packets == [0, 2]


def test_transport_ports_and_tags_tell_flows_apart() -> None:
    flows = table()
    segments = [segment(0), segment(0, transport=UDP), segment(0, port=1001), segment(0, vlan=(5,)), segment(0, vlan=(5, 6))]
    assert len({id(flow) for flow, _, new in feed(flows, *segments) if new}) == 5
    assert not any(new for _, _, new in feed(flows, *segments))


def test_the_same_address_and_port_on_both_ends() -> None:
    flows = table()
    odd = Segment(1, 0, TCP, CLIENT, 5, CLIENT, 5, b"")
    assert flows.find(odd)[1:] == (0, True)
    assert flows.find(odd)[1:] == (0, False)


def test_states_of_a_connection() -> None:
    flows = table()
    states = []
    for one in (
        segment(0, SYN, sequence=9), segment(1, SYN | ACK, sequence=5, acknowledgement=10), segment(0, ACK), segment(0, FIN | ACK),
        segment(1, ACK), segment(1, FIN | ACK), segment(0, ACK),
    ):  # fmt: skip
        states.append(flows.find(one)[0].state)
    assert states == ["new", "new", "established", "established", "established", "closed", "closed"]


def test_a_reset_closes_but_not_one_from_another_connection() -> None:
    flows = table()
    flow = flows.find(segment(0, SYN, sequence=100))[0]
    flows.find(segment(0, RST, sequence=0x80000000))
    assert flow.state == "new"
    flows.find(segment(1, RST | ACK, sequence=0, acknowledgement=101))
    assert flow.state == "closed"


def test_a_datagram_flow_is_established_by_an_answer() -> None:
    flows = table()
    states = [flow.state for one in (0, 0, 1) for flow in [flows.find(segment(one, transport=UDP))[0]]]
    flow = flows.find(segment(0, transport=UDP))[0]
    assert states == ["new", "new", "established"]
    assert flow.packets == [3, 1]


def opening(flows: FlowTable, time: float = 0) -> Flow:
    feed(flows, segment(0, SYN, time, sequence=100), segment(1, SYN | ACK, time, sequence=500, acknowledgement=101))
    return flows.find(segment(0, ACK, time, sequence=101, acknowledgement=501))[0]


def test_a_syn_sent_again_is_the_same_flow() -> None:
    flows = table()
    flow = opening(flows)
    assert flows.find(segment(0, SYN, 1, sequence=100)) == (flow, 0, False)
    assert flows.find(segment(1, SYN | ACK, 1, sequence=999)) == (flow, 1, False)


def test_a_syn_with_another_number_or_after_the_close_is_another_flow() -> None:
    for closing in ([], [segment(1, RST, sequence=501)], [segment(0, FIN | ACK), segment(1, FIN | ACK)]):
        flows = table()
        old = opening(flows)
        feed(flows, *closing)
        flow, _, new = flows.find(segment(0, SYN, 1, sequence=7_000_000))
        assert new
        assert flow is not old
        assert old.reason == "reuse"
        assert list(flows.expire(SECOND)) == [old]
        assert list(flows.expire(SECOND)) == []


def test_a_syn_ack_opens_another_flow_only_after_the_close() -> None:
    flows = table()
    old = opening(flows)
    assert flows.find(segment(1, SYN | ACK, sequence=9999))[0] is old
    feed(flows, segment(0, RST, sequence=101))
    assert flows.find(segment(1, SYN | ACK, sequence=500))[0] is old
    assert flows.find(segment(1, SYN | ACK, sequence=9999))[0] is not old


def test_a_syn_captured_late_belongs_to_the_flow_it_opened() -> None:
    flows = table()
    flow = flows.find(segment(0, ACK | PSH, sequence=101, acknowledgement=501, data=b"x"))[0]
    assert flows.find(segment(0, SYN, sequence=100))[0] is flow
    assert flows.find(segment(1, SYN | ACK, sequence=500))[0] is flow
    flow = (flows := table()).find(segment(1, SYN | ACK, sequence=500, acknowledgement=101))[0]
    assert flows.find(segment(0, SYN, sequence=100)) == (flow, 0, False)


@pytest.mark.parametrize(
    ("segments", "timeout"),
    [
        ([segment(0, SYN)], 60),
        ([segment(0, ACK)], 600),
        ([segment(0, RST)], 10),
        ([segment(0, transport=UDP)], 300),
        ([segment(0, transport=UDP), segment(1, transport=UDP)], 300),
    ],
)
def test_each_state_has_its_time_out(segments: list[Segment], timeout: int) -> None:
    flows = table()
    flow = feed(flows, *segments)[0][0]
    assert list(flows.expire(timeout * SECOND)) == []
    assert list(flows.expire(timeout * SECOND + 1)) == [flow]
    assert flow.reason == "timeout"
    assert len(flows) == 0


def test_a_packet_after_the_time_out_begins_another_flow_even_if_nobody_looked() -> None:
    flows = table()
    old = flows.find(segment(0, transport=UDP))[0]
    flow, _, new = flows.find(segment(1, transport=UDP, time=301))
    assert new
    assert flow.client == SERVER
    assert list(flows.expire(301 * SECOND)) == [old]


def test_one_wild_time_ends_no_flow() -> None:
    for wild in (-20, 20):
        flows = table()
        flow = opening(flows, 1000)
        odd = segment(1, ACK)
        odd.time = 1000 * SECOND + wild * YEAR
        assert flows.find(odd)[0] is flow
        assert list(flows.expire(odd.time)) == []
        assert flows.find(segment(0, ACK, 1001))[0] is flow
        assert list(flows.expire(1001 * SECOND)) == []
        assert list(flows.expire(1602 * SECOND)) == [flow]


def test_a_second_capture_has_its_own_time() -> None:
    for years in (-3, 3):
        flows = table()
        first = opening(flows, 1000)
        later = 1000 * SECOND + years * YEAR
        found = []
        for step in range(4):
            one = segment(0, ACK, port=2000)
            one.time = later + step * SECOND
            found.append(flows.find(one)[0])
            flows.expire(one.time)
        assert len({id(flow) for flow in found}) == 1
        flows.find(segment(0, port=1))
        ended: list[Flow] = []
        for step in range(5, 700):
            one = segment(0, transport=UDP)
            one.time = later + step * SECOND
            flows.find(one)
            ended += flows.expire(one.time)
        assert first.reason == "timeout"
        assert found[0] in ended


def test_the_least_recently_seen_flow_is_evicted() -> None:
    flows = table(max_flows=3)
    kept = [flows.find(segment(0, port=port, time=port / 1000, transport=TCP if port % 2 else UDP))[0] for port in (1, 2, 3)]
    flows.find(segment(1, port=1, time=0.5))
    for port in (4, 5):
        flows.find(segment(0, port=port, time=1))
    assert [flow.client_port for flow in flows.expire(SECOND)] == [2, 3]
    assert [flow.reason for flow in kept] == ["", "evicted", "evicted"]
    assert flows.counters == {"created": 5, "active": 3, "most": 3, "timeout": 0, "reuse": 0, "evicted": 2, "shutdown": 0}


def test_drain_ends_the_rest_in_order() -> None:
    flows = table()
    for port in range(5):
        one = segment(0, transport=UDP if port % 2 else TCP, port=port)
        one.number = port
        flows.find(one)
    assert [(flow.client_port, flow.reason) for flow in flows.drain()] == [(port, "shutdown") for port in range(5)]
    assert len(flows) == 0
    assert list(flows.drain()) == []


def test_identifiers_are_the_same_for_the_same_packets_and_fit_51_bits() -> None:
    numbers = {table().find(segment(direction))[0].id for direction in (0, 1)}
    assert len(numbers) == 1
    assert len({flow_id((CLIENT, SERVER, port, 80, TCP, vlan), time) for port in range(20) for time in range(20) for vlan in ((), (1,))}) == 800
    assert all(0 <= flow_id((CLIENT, SERVER, port, 80, TCP, ()), -port) < 1 << 51 for port in range(500))
    text = CLIENT + SERVER + bytes([0, 1, 0, 2, 0, 6]) + (3).to_bytes(16, "big")
    digest = hashlib.blake2b(text, digest_size=8, key=b"wiregram flow id").digest()
    assert flow_id((CLIENT, SERVER, 1, 2, TCP, ()), 3) == int.from_bytes(digest, "big") // 2**13


FLAGS = st.sampled_from([ACK, SYN, SYN | ACK, FIN | ACK, RST])
WAITS = st.sampled_from([0.0, 0.5, 3.0, 9.0, 40.0])
STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), FLAGS, WAITS), max_size=60)


@given(STEPS)
def test_a_flow_ends_once_and_as_soon_as_its_time_is_over(steps: list[tuple[int, int, int, float]]) -> None:
    flows = table(timeout_new=5, timeout_established=20, timeout_closed=2, max_flows=3)
    time = 0.0
    live: OrderedDict[int, Flow] = OrderedDict()
    seen: dict[int, float] = {}
    limits = {"new": 5, "established": 20, "closed": 2}
    ended: list[Flow] = []
    for port, direction, flags, wait in steps:
        time += wait
        flow, _, new = flows.find(segment(direction, flags, time, port=port, sequence=7))
        over = flows.expire(round(time * SECOND))
        for one in over:
            assert one.reason in ("timeout", "evicted", "reuse")
            if one.reason == "evicted":
                assert id(one) == next(iter(live))
            del live[id(one)]
        ended += over
        assert new == (id(flow) not in live)
        live[id(flow)] = flow
        live.move_to_end(id(flow))
        seen[id(flow)] = time
        assert len(flows) == len(live) <= 3
        assert all(time - seen[key] <= limits[one.state] for key, one in live.items())
    ended += flows.drain()
    assert len({id(one) for one in ended}) == len(ended) == flows.created
