"""A long-lived engine, driven step by step: many flows at once, limits reached, eviction, time-outs. What it keeps stays bounded, and every flow ends
once with all its octets accounted for."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

import wiregram
from wiregram import testing as door

LIBRARY = wiregram.load()
SMALL = replace(LIBRARY.settings.engine, max_flows=3, reassembly_memory=400, reassembly_flow=200, timeout_closed=5.0, timeout_established=60.0)
BOUNDED = replace(LIBRARY, settings=replace(LIBRARY.settings, engine=SMALL))
READY = wiregram.Engine(BOUNDED)
PORTS = st.integers(0, 5)
TEXTS = st.binary(min_size=1, max_size=12)


class Engine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine = wiregram.Engine(BOUNDED, READY)
        self.timeline = door.Timeline()
        self.flows: dict[int, door.Conversation] = {}
        self.records: list[wiregram.Record] = []

    def feed(self, packets: list[wiregram.Packet]) -> None:
        for packet in packets:
            self.records += self.engine.feed(packet)

    def talk(self, port: int) -> door.Conversation:
        if port not in self.flows:
            self.open(port, 1000)
        return self.flows[port]

    def open(self, port: int, isn: int) -> None:
        flow = door.Conversation(client_port=40_000 + port, server_port=3030, timeline=self.timeline, isn=(isn, isn ^ 0xFFFF))
        self.flows[port] = flow
        self.feed(flow.open())

    @rule(port=PORTS, isn=st.sampled_from((5, 0xFFFFFFFE, 1 << 31)))
    def again(self, port: int, isn: int) -> None:
        """A new connection, perhaps between ports that had one."""
        if port in self.flows:
            self.feed(self.flows[port].close())
        self.open(port, isn)

    @rule(port=PORTS, text=TEXTS, server=st.booleans(), end=st.booleans())
    def say(self, port: int, text: bytes, server: bool, end: bool) -> None:
        data = (b"<" if server else b">") + text.replace(b"\n", b"").replace(b"\r", b"") + (b"\n" if end else b"")
        flow = self.talk(port)
        self.feed(flow.server(data) if server else flow.client(data))

    @rule(port=PORTS, size=st.integers(1, 300), server=st.booleans())
    def lose(self, port: int, size: int, server: bool) -> None:
        """The capture misses octets, and has what follows them."""
        flow = self.talk(port)
        flow.gap(size, int(server))
        self.feed(flow.send(int(server), b"x" * 40))

    @rule(port=PORTS, server=st.booleans(), reset=st.booleans())
    def leave(self, port: int, server: bool, reset: bool) -> None:
        flow = self.talk(port)
        self.feed(flow.reset(int(server)) if reset else flow.end(int(server)))

    @rule(seconds=st.sampled_from((1, 6, 31, 61)))
    def wait(self, seconds: int) -> None:
        self.timeline.wait(seconds)
        self.records += self.engine.flush(self.timeline.time)

    @invariant()
    def what_is_kept_is_bounded(self) -> None:
        assert self.engine.memory.used <= SMALL.reassembly_memory
        assert door.flows_open(self.engine) <= SMALL.max_flows

    def ended(self) -> list[wiregram.Record]:
        return [record for record in self.records if record.family == "flow"]

    def teardown(self) -> None:
        self.records += self.engine.finish()
        counters = self.records[-1].sections["stats"]
        ended = self.ended()
        assert len(ended) == counters["flow"]["created"], "each flow ends once"
        assert self.engine.memory.used == 0
        assert self.engine.held == 0
        for record in ended:
            assert all(count >= 0 for account in record.sections["flow"]["accounts"].values() for count in account.values())
        logged = Counter((record.ends, record.tx_id) for record in self.records if record.family == "transaction")
        assert all(count == 1 for count in logged.values()), "each transaction is logged once"
        assert sum(logged.values()) == sum(record.sections["flow"]["tx_cnt"] for record in ended)


TestEngine = Engine.TestCase
TestEngine.settings = settings(settings.get_profile("ci"), max_examples=25, stateful_step_count=30)
