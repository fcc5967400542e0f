"""What happens to a flow: order, holes, ends, time, changes of protocol, bounds."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wiregram
from wiregram.capture.craft import Conversation, Timeline
from wiregram.model.packet import ACK, TO_CLIENT, TO_SERVER, Packet
from wiregram.program.settings import EngineSettings, Settings

TLS = b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03" + bytes(range(0x35))
ECHO = [("client", b"> one\r\n> two\r\n"), ("server", b"< one\r\n< two\r\n")]


def with_engine(library: wiregram.Library, **settings: Any) -> wiregram.Library:
    return msgspec.structs.replace(library, settings=Settings(engine=EngineSettings(**settings)))


def without_conditions(library: wiregram.Library) -> wiregram.Library:
    """POP3 alone, with patterns that ask for nothing but their bytes."""
    pop3 = library.protocols["pop3"]
    free = tuple(msgspec.structs.replace(pattern, when=None) for pattern in pop3.patterns)
    return msgspec.structs.replace(library, protocols={"pop3": msgspec.structs.replace(pop3, patterns=free)})


# ---- order and holes


def test_segments_out_of_order_give_the_same_records(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    opened = talk.open()
    asked = talk.client(b"> one\r\n> two\r\n", cuts=[3, 8, 11])
    rest = talk.server(b"< one\r\n< two\r\n") + talk.close()
    usual = wire.play(library, opened + asked + rest)
    mixed = wire.play(library, [*opened, asked[1], asked[3], asked[0], asked[2], *rest])
    assert [body for _, _, body in wire.logged(usual)] == [body for _, _, body in wire.logged(mixed)]
    assert len(wire.logged(usual)) == 2


def test_a_greeting_that_the_capture_shows_late_is_waited_for(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(110)
    opened, greeting, capa = talk.open(), talk.server(b"+OK hi\r\n"), talk.client(b"CAPA\r\n")
    rest = talk.server(b"+OK\r\nTOP\r\n.\r\n") + talk.close()
    records = wire.play(library, [*opened, *capa, *greeting, *rest])
    assert wire.events(records) == []
    assert [set(body) for _, _, body in wire.logged(records)] == [{"response"}, {"request", "response"}]


def test_what_waits_behind_a_hole_is_the_same_whether_time_goes_on_or_the_capture_ends(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    packets = talk.open() + talk.client(b"> one\r\n> two\r\n") + talk.server(b"< one")
    talk.gap(5, TO_CLIENT)
    packets += talk.server(b"\r\n") + talk.client(b"> three\r\n") + talk.server(b"< three\r\n")
    ended = wiregram.Engine(library)
    waited = wiregram.Engine(library)
    for packet in packets:
        assert ended.feed(packet) == [] == waited.feed(packet)
    at_end = ended.finish()
    in_time = waited.flush(packets[-1].time + 20 * 10**9)
    assert wire.logged(in_time) == wire.logged(at_end)
    assert [body["response"]["text"] for _, _, body in wire.logged(in_time) if "text" in body.get("response", {})] == [b" three"]
    assert wire.events(in_time) == wire.events(at_end)
    assert "gap" in wire.events(in_time)
    assert not wire.logged(waited.finish())


def test_time_that_another_flow_shows_gives_up_a_hole_as_well(library: wiregram.Library, wire: Any) -> None:
    talk, other = wire.talk(3030), wire.talk(3030, client_port=40_001)
    packets = talk.open() + talk.client(b"> one\r\n")
    talk.gap(5, TO_SERVER)
    packets += talk.client(b"x\r\n> two\r\n") + talk.server(b"< one\r\n< two\r\n")
    engine = wiregram.Engine(library)
    for packet in packets:
        engine.feed(packet)
    first = other.open()[0]
    first.time = packets[-1].time + 10**10
    records = engine.feed(first)
    assert "gap" in wire.events(records)
    assert engine.memory.used == 0


def test_a_gap_is_an_event_and_the_rest_goes_on(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    packets = talk.open() + talk.client(b"> one\r\n") + talk.server(b"< one\r\n")
    talk.gap(20, TO_SERVER)
    packets += talk.client(b"\n> two\r\n") + talk.server(b"< two\r\n") + talk.close()
    records = wire.play(library, packets)
    assert "gap" in wire.events(records)
    assert len(wire.logged(records)) == 2
    (flow,) = wire.flows(records)
    assert flow.sections["flow"]["accounts"]["to_server"]["gap"] == 20
    assert flow.sections["tcp"]["ts_gap"] is True
    assert "tc_gap" not in flow.sections["tcp"]


def test_a_gap_at_the_beginning_leaves_the_other_direction_to_tell(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(31_337)
    packets = talk.open()
    talk.gap(6, TO_SERVER)
    packets += talk.client(b"x\r\n") + talk.server(b"+OK hi\r\n") + talk.close()
    assert wire.flows(wire.play(library, packets))[0].protocol == "pop3"
    talk = wire.talk(31_337)
    packets = talk.open()
    talk.gap(6, TO_SERVER)
    packets += talk.client(b"x\r\n") + talk.server(b"what is this\r\n") + talk.close()
    records = wire.play(library, packets)
    assert wire.flows(records)[0].protocol == "failed"
    assert wire.events(records) == ["proto_detection_skipped"]


def test_retransmissions_count_once(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    packets = talk.open()
    asked = talk.client(b"> one\r\n")
    packets += [*asked, Packet(99, asked[0].time, asked[0].link, asked[0].data), *talk.server(b"< one\r\n"), *talk.close()]
    records = wire.play(library, packets)
    assert len(wire.logged(records)) == 1
    assert wire.flows(records)[0].sections["flow"]["accounts"]["to_server"]["parsed"] == 7


# ---- ends and time


def test_a_reset_ends_what_is_open(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    engine = wiregram.Engine(library)
    for packet in talk.open() + talk.client(b"> one\r\n> tw"):
        engine.feed(packet)
    (reset,) = talk.reset(TO_CLIENT)
    records = engine.feed(reset)
    assert [record.name for record in records if record.family == "transaction"] == ["echo", "echo"]
    assert sorted(wire.events(records)) == ["request_without_response", "truncated"]
    (flow,) = wire.flows(engine.finish())
    assert flow.sections["tcp"]["rst"] is True
    assert flow.sections["flow"]["state"] == "closed"


def test_an_answer_that_does_not_come_ends_the_transaction_when_its_time_is_up(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    engine = wiregram.Engine(library)
    for packet in talk.open() + talk.client(b"> one\r\n"):
        assert engine.feed(packet) == []
    asked = talk.timeline.time - talk.timeline.step
    other = Conversation(client_port=1, server_port=9, timeline=talk.timeline)
    talk.wait(29)
    assert engine.feed(other.open()[0]) == []
    talk.wait(2)
    records = engine.feed(other.ack(TO_SERVER)[0])
    assert sorted(record.name for record in records) == ["anomaly", "echo"]
    assert {record.time for record in records} == {asked + 30 * 10**9}
    assert wire.events(records) == ["request_without_response"]


def test_flows_end_by_time_out_on_packet_time(library: wiregram.Library, wire: Any) -> None:
    timeline = Timeline()
    one, two = wire.talk(3030, timeline=timeline), wire.talk(3030, client_port=40_001, timeline=timeline)
    engine = wiregram.Engine(library)
    for packet in wire.turns(one, ECHO):
        engine.feed(packet)
    timeline.wait(11)
    records = engine.feed(two.open()[0])
    assert [(record.name, record.sections["flow"]["reason"]) for record in records] == [("flow", "timeout")]
    assert [flow.sections["flow"]["reason"] for flow in wire.flows(engine.finish())] == ["shutdown"]


def test_flush_lets_time_pass(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    engine = wiregram.Engine(library)
    for packet in talk.open() + talk.client(b"> one\r\n"):
        engine.feed(packet)
    time = talk.timeline.time
    assert engine.flush(time + 29 * 10**9) == []
    assert [record.name for record in engine.flush(time + 31 * 10**9) if record.family == "transaction"] == ["echo"]
    assert [record.name for record in engine.flush(time + 700 * 10**9)] == ["flow"]


def test_the_oldest_flow_is_evicted_when_the_table_is_full(library: wiregram.Library, wire: Any) -> None:
    engine = wiregram.Engine(with_engine(library, max_flows=2))
    timeline = Timeline()
    records = [record for port in (1, 2, 3) for record in engine.feed(wire.talk(9, client_port=port, timeline=timeline).open()[0])]
    assert [(flow.ends.source_port, flow.sections["flow"]["reason"]) for flow in wire.flows(records)] == [(1, "evicted")]


# ---- changes of protocol


def upgraded(wire: Any, *said: tuple[str, bytes], port: int = 110, step: int = 0) -> list[Packet]:
    begun = [("server", b"+OK hi\r\n"), ("client", b"STLS\r\n"), ("server", b"+OK begin\r\n")]
    packets: list[Packet] = wire.turns(wire.talk(port), [*begun, *said], step)
    return packets


@pytest.mark.parametrize("step", [0, 1, 5])
def test_what_is_encrypted_after_an_upgrade_is_opaque_without_an_event(library: wiregram.Library, wire: Any, step: int) -> None:
    protocols = {name: protocol for name, protocol in library.protocols.items() if name in ("echo", "pop3")}  # nobody reads TLS here
    records = wire.play(
        msgspec.structs.replace(library, protocols=protocols), upgraded(wire, ("client", TLS), ("server", TLS), ("client", TLS), step=step)
    )
    assert wire.events(records) == []
    assert [body["request"]["command"] for _, _, body in wire.logged(records)[1:]] == [b"STLS"]
    (flow,) = wire.flows(records)
    assert (flow.protocol, flow.old_protocol) == ("pop3", "pop3")
    assert flow.sections["flow"]["accounts"]["to_server"]["opaque"] == 2 * len(TLS)
    assert flow.sections["flow"]["accounts"]["to_client"]["opaque"] == len(TLS)


@pytest.mark.parametrize("step", [0, 1, 5])
def test_an_upgrade_that_does_not_come_goes_on_with_the_old_protocol(library: wiregram.Library, wire: Any, step: int) -> None:
    records = wire.play(library, upgraded(wire, ("client", b"NOOP\r\n"), ("server", b"+OK\r\n"), ("client", b"QUIT\r\n"), step=step))
    assert [body["request"]["command"] for _, _, body in wire.logged(records)[1:]] == [b"STLS", b"NOOP", b"QUIT"]
    assert wire.flows(records)[0].protocol == "pop3"


@pytest.mark.parametrize("step", [0, 1])
def test_another_protocol_after_an_upgrade_is_found(library: wiregram.Library, wire: Any, step: int) -> None:
    """The agreement names no protocol, so what the port's probes find is taken: here echo behind POP3 on echo's port."""
    records = wire.play(library, upgraded(wire, ("client", b"> one\r\n"), ("server", b"< one\r\n"), port=3030, step=step))
    assert [name for name, _, _ in wire.logged(records)] == ["pop3", "pop3", "echo"]
    (flow,) = wire.flows(records)
    assert (flow.protocol, flow.old_protocol) == ("echo", "pop3")
    assert [number for _, number, _ in wire.logged(records)] == [0, 1, 2]


def test_an_upgrade_at_the_end_of_the_flow(library: wiregram.Library, wire: Any) -> None:
    records = wire.play(library, upgraded(wire, ("client", b"QU")))
    (flow,) = wire.flows(records)
    assert flow.sections["flow"]["accounts"]["to_server"]["skipped"] == 2
    assert "truncated" in wire.events(records)


# ---- what detection says


def test_who_should_wait_and_speaks_first_is_not_parsed(library: wiregram.Library, wire: Any) -> None:
    records = wire.play(without_conditions(library), wire.turns(wire.talk(31_337), [("client", b"PING\r\n"), ("server", b"+OK\r\n")]))
    assert wire.events(records) == ["wrong_direction_first_data"]
    assert wire.logged(records) == []
    (flow,) = wire.flows(records)
    assert flow.protocol == "pop3"
    assert flow.sections["flow"]["accounts"]["to_client"]["opaque"] == 5


def test_a_direction_that_nobody_recognises(library: wiregram.Library, wire: Any) -> None:
    records = wire.play(library, wire.turns(wire.talk(3030), [("client", b"> one\r\n"), ("server", b"what\r\n")]))
    assert wire.events(records)[:2] == ["parse_error", "detect_protocol_only_one_direction"]
    assert wire.flows(records)[0].protocol_sides == ("echo", "failed")


def test_a_protocol_that_is_only_to_be_named(library: wiregram.Library, wire: Any) -> None:
    protocols = {**library.protocols, "echo": msgspec.structs.replace(library.protocols["echo"], mode={"tcp": "detection_only"})}
    records = wire.play(msgspec.structs.replace(library, protocols=protocols), wire.turns(wire.talk(3030), ECHO))
    (flow,) = records
    assert (flow.protocol, flow.sections["flow"]["accounts"]["to_server"]["opaque"]) == ("echo", 14)


# ---- bounds


def test_what_waits_for_detection_is_bounded(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(31_337)
    records = wire.play(library, talk.open() + talk.client(b"x" * 300_000) + talk.close())
    assert wire.flows(records)[0].sections["flow"]["accounts"]["to_server"]["undetected"] == 300_000
    engine = wiregram.Engine(library)
    most = 0
    for packet in talk.open() + talk.client(b"x" * 300_000):
        engine.feed(packet)
        most = max(most, engine.held)
    assert 0 < most < 2 * engine.settings.detection_limit + 20_000


def test_all_flows_together_share_a_bound(library: wiregram.Library, wire: Any) -> None:
    engine = wiregram.Engine(with_engine(library, reassembly_memory=10_000))
    timeline = Timeline()
    records = []
    for port in range(1, 30):
        talk = wire.talk(31_337, client_port=port, timeline=timeline)
        for packet in talk.open() + talk.client(b"x" * 900):
            records += engine.feed(packet)
        assert engine.held <= 10_000
    assert set(wire.events(records)) == {"proto_detection_skipped"}


# ---- statistics


def test_statistics_count_what_happened(library: wiregram.Library, wire: Any) -> None:
    engine = wiregram.Engine(library)
    timeline = Timeline()
    packets = wire.turns(wire.talk(3030, timeline=timeline), ECHO)
    packets += wire.turns(wire.talk(3030, client_port=2, timeline=timeline), [("client", b"no\n")])
    for packet in packets:
        engine.feed(packet)
    record = engine.finish()[-1]
    stats = record.sections["stats"]
    assert record.name == "stats"
    assert stats["decoder"]["pkts"] == len(packets)
    assert stats["flow"]["tcp"] == 2
    assert stats["app_layer"] == {"flow": {"echo": 1}, "tx": {"echo": 2}, "error": {}}


# ---- any traffic

OCTETS = (b"+OK\r\n", b"-ERR\r\n", b"USER a\r\n", b"STLS\r\n", b"LIST\r\n", b"1\r\n.\r\n", b"> a\n", b"< a\n", b"! \n", b"\x16\x03\x01", b"x", b"\n")
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["client", "server", "gap", "lost ack", "again", "end", "reset", "wait"]),
        st.sampled_from(OCTETS),
        st.integers(0, 4),
    ),
    max_size=14,
)


@given(MOVES, st.sampled_from([110, 3030, 31_337]), st.booleans(), st.integers(0, 2**32))
def test_every_octet_of_any_traffic_is_counted_once(library: wiregram.Library, wire: Any, moves: Any, port: int, midstream: bool, seed: int) -> None:
    talk = wire.talk(port)
    packets = [] if midstream else talk.open()
    for move, octets, number in moves:
        direction = number & 1
        if move in ("client", "server"):
            packets += getattr(talk, move)(octets, cuts=list(range(1, len(octets), number)) if number else ())
        elif move == "gap":
            talk.gap(number + 1, direction)
        elif move == "lost ack":
            packets += talk.ack(direction)
        elif move == "again":
            packets += [packets[-1]] if packets else []
        elif move == "end":
            packets += talk.end(direction)
        elif move == "reset":
            packets += talk.reset(direction)
        else:
            talk.wait(number * 11)
    chance = random.Random(seed)
    for _ in range(len(packets) // 4):
        at = chance.randrange(len(packets))
        packets.insert(min(len(packets), at + chance.randrange(3)), packets.pop(at))
    wire.play(library, packets)


@given(st.lists(st.tuples(st.sampled_from([TO_SERVER, TO_CLIENT]), st.binary(max_size=40)), max_size=12), st.sampled_from([53, 9]))
def test_any_datagrams_are_counted(library: wiregram.Library, wire: Any, said: Any, port: int) -> None:
    talk = wire.talk(port, wire.UDP)
    wire.play(library, [packet for direction, octets in said for packet in talk.send(direction, octets)])


def test_an_acknowledgement_of_what_was_never_sent_is_no_data(library: wiregram.Library, wire: Any) -> None:
    talk = wire.talk(3030)
    packets = [*talk.open(), talk.segment(TO_CLIENT, flags=ACK, acknowledgement=1001 + 500), *talk.client(b"> one\r\n"), *talk.close()]
    wire.play(library, packets)


@pytest.mark.parametrize("step", [0, 1])
def test_the_second_direction_is_looked_at_once(library: wiregram.Library, wire: Any, step: int) -> None:
    """The client's bytes wait for the server's pattern; detection must not see them twice, or it would miss the client's own."""
    said = [("server", b"+O"), ("client", b"CA"), ("server", b"K hi\r\n"), ("client", b"PA\r\n"), ("server", b"+OK\r\nTOP\r\n.\r\n")]
    records = wire.play(without_conditions(library), wire.turns(wire.talk(31_337), said, step))
    assert wire.flows(records)[0].protocol_sides == ("pop3", "pop3")
    assert wire.events(records) == []
