"""A flow without frames: the records of the engine that gets the packets, what was delivered, and nothing that outlives the flow."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import wiregram
from wiregram.decode import Decoder
from wiregram.engine.lane import Lane
from wiregram.model.delivery import DATA, END
from wiregram.model.packet import TO_CLIENT, TO_SERVER, Packet, Segment
from wiregram.program.settings import EngineSettings

SAID = [("client", b"> one\r\n> two\r\n"), ("server", b"< one\r\n< two\r\n")]


def segments(packets: list[Packet]) -> list[Segment]:
    decoder = Decoder(EngineSettings())
    return [segment for segment in map(decoder.decode, packets) if segment is not None]


def sent(engine: wiregram.Engine, packets: list[Packet]) -> Lane:
    taken = segments(packets)
    lane = Lane(engine, taken[0].source_port, taken[0])
    for place, segment in enumerate(taken):
        lane.send(place, segment)
    lane.end(len(taken))
    return lane


def test_a_lane_gives_the_records_of_the_engine_that_gets_frames(library: wiregram.Library, wire: Any) -> None:
    packets = wire.turns(wire.talk(3030), SAID, 3)
    framed = [record for record in wire.play(library, packets) if record.family != "flow"]
    lane = sent(wiregram.Engine(library), packets)
    assert [record.sections for record in lane.records] == [record.sections for record in framed]
    assert len(framed) == 2


def test_a_lane_writes_down_what_reassembly_delivers_and_where_the_verdict_came(library: wiregram.Library, wire: Any) -> None:
    packets = wire.turns(wire.talk(3030), SAID)
    lane = sent(wiregram.Engine(library), packets)
    data = [(sender, bytes(octets)) for _, sender, kind, octets, _ in lane.delivered if kind == DATA]
    assert data == [(TO_SERVER, SAID[0][1]), (TO_CLIENT, SAID[1][1])]
    assert sum(kind == END for _, _, kind, _, _ in lane.delivered) == 2
    assert packets[lane.decided].data.endswith(SAID[0][1])
    assert not lane.swapped
    assert [lane.pending(direction) for direction in (TO_SERVER, TO_CLIENT)] == [0, 0]


def test_a_flow_that_is_over_is_freed_at_once(library: wiregram.Library, wire: Any) -> None:
    """No circle is left behind: many short flows would otherwise wait for the collector."""
    packets = wire.turns(wire.talk(3030), SAID)
    ready = wiregram.Engine(library)
    sent(ready, packets)
    gc.collect()
    gc.disable()
    try:
        engine = wiregram.Engine(library, ready)
        lane = sent(engine, packets)
        kept = weakref.ref(engine)
        del lane, engine
        assert kept() is None
        assert gc.collect() == 0
    finally:
        gc.enable()
