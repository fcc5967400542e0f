"""From packets to records: composes the rooms for a capture. Sans-IO: no clock (time is the packets'), no thread, no file, no logging."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from typing import Any

from wiregram import parse
from wiregram.decode import Decoder
from wiregram.detect import Detector
from wiregram.engine import records
from wiregram.engine.conversation import Conversation
from wiregram.engine.expectations import Expectations
from wiregram.flow import FlowTable
from wiregram.model.flow import Flow
from wiregram.model.outcome import Done, Event, Filed
from wiregram.model.packet import TRANSPORTS, Packet
from wiregram.model.record import Record
from wiregram.program.library import Library
from wiregram.stream import Memory
from wiregram.transaction import Machine, Store

SECOND = 1_000_000_000


class Engine:
    """What a library makes of packets. `feed` each packet in capture order; `flush(time)` lets time pass without one; `finish` ends all flows and
    says what was counted. Traffic raises nothing."""

    def __init__(
        self,
        library: Library,
        ready: Engine | None = None,
        *,
        decode_as: Mapping[tuple[str, int], str] | None = None,
        explain: bool = False,
        parsing: bool = True,
        store: Store | None = None,
    ) -> None:
        """`ready`: another engine of the same library; what it has made ready (tables, nothing of traffic) is shared, `decode_as` with it.
        `decode_as`: (transport, port) -> the protocol that its flows are taken for; `explain`: flow records say why (`flow.detection`);
        not `parsing`: flows are recognised and no more. `store` keeps the contents of files."""
        self.library = library
        self.settings = library.settings.engine
        self.detector: Detector = ready.detector if ready else Detector(library, parse.begin, decode_as)
        self.explain = explain
        self.parsing = parsing
        self.store = store
        self.expectations = Expectations()
        self.memory: Memory = Memory(self.settings.reassembly_memory)
        self.held = 0
        self._decoder = Decoder(self.settings)
        self._table = FlowTable(self.settings)
        self._conversations: dict[Flow, Conversation] = {}
        self._machines: dict[str, Machine] = ready._machines if ready else {}
        self._time = 0
        self._first_time = -1
        self.reminders: list[tuple[int, int, Conversation]] = []
        self._count = 0
        self._capture = ""
        self._flows = {"tcp": 0, "udp": 0}
        self._app_flows: dict[str, int] = defaultdict(int)
        self._app_transactions: dict[str, int] = defaultdict(int)
        self._app_errors: dict[str, dict[str, int]] = {}
        self._files = {"total": 0, "incomplete": 0}

    def feed(self, packet: Packet) -> list[Record]:
        """The records that this packet made ready."""
        out: list[Record] = []
        time = packet.time
        if time > self._time or self._first_time < 0:
            self._time = time
            if self._first_time < 0:
                self._first_time = time
        self._capture = packet.capture
        decoder = self._decoder
        segment = decoder.decode(packet)
        if decoder.events:
            for event in decoder.take():
                out.append(records.anomaly(None, "", event, packet.capture))
        if segment is None:
            return out
        table = self._table
        flow, direction, is_new = table.find(segment)
        ended = table.expire(time)
        if ended:
            for old in ended:
                self._end(old, out)
        if self.reminders:
            self.pass_time(time, out)
        if is_new:
            flow.capture = packet.capture
            conversation = self._conversations[flow] = Conversation(self, flow)
            self._flows[TRANSPORTS[flow.transport]] += 1
        else:
            conversation = self._conversations[flow]
        conversation.push(segment, direction, out)
        return out

    def flush(self, time: int) -> list[Record]:
        """Packet time has come to `time`: overdue answers and ended flows."""
        out: list[Record] = []
        self._time = max(self._time, time)
        for flow in self._table.expire(time):
            self._end(flow, out)
        self.pass_time(time, out)
        return out

    def finish(self) -> list[Record]:
        """End every flow; the last record is the statistics."""
        out: list[Record] = []
        for flow in self._table.drain():
            self._end(flow, out)
        self.reminders.clear()
        out.append(records.stats(self._time, self._capture, self._counters()))
        return out

    # What conversations ask for

    def machine(self, name: str) -> Machine:
        machine = self._machines.get(name)
        if machine is None:
            machine = self._machines[name] = Machine(self.library.protocols[name], parse.begin, self.library.protocols)
        return machine

    def recognised(self, name: str) -> None:
        """A flow speaks this protocol."""
        self._app_flows[name] += 1

    def logged(self, done: Done) -> None:
        """A transaction became a record."""
        self._app_transactions[done.protocol] += 1

    def filed(self, filed: Filed) -> None:
        """A file has ended."""
        self._files["total"] += 1
        if filed.info["state"] != "CLOSED":
            self._files["incomplete"] += 1

    def saw(self, event: Event, protocol: str) -> None:
        """An event became a record; `protocol` is the flow's, '' if it has none."""
        kind = "gap" if event.name == "gap" else "parser" if event.severity == "error" else ""
        if kind and protocol:
            self._app_errors.setdefault(protocol, {"gap": 0, "parser": 0})[kind] += 1

    def remind(self, due: int, conversation: Conversation) -> None:
        """Packet time beyond `due` matters to this conversation."""
        self._count += 1
        heappush(self.reminders, (due, self._count, conversation))

    def forget(self, conversation: Conversation) -> None:
        """Nothing is due for this conversation any more; for engines of few flows."""
        self.reminders = [entry for entry in self.reminders if entry[2] is not conversation]
        heapify(self.reminders)

    # Time and ends

    def pass_time(self, time: int, out: list[Record]) -> None:
        """What is due before `time`, in the order in which it is due."""
        reminders = self.reminders
        while reminders and reminders[0][0] < time:
            due, _, conversation = heappop(reminders)
            if conversation.due == due:
                conversation.tick(time, out)

    def _end(self, flow: Flow, out: list[Record]) -> None:
        conversation = self._conversations.pop(flow, None)
        if conversation is not None:
            if conversation.due < self._time:
                conversation.tick(self._time, out)
            conversation.finish(flow.last_time, 0, out)
            conversation.forget()
        out.append(records.flow_ended(flow))

    def _counters(self) -> dict[str, Any]:
        """Everything that was counted, by room."""
        table = self._table.counters
        return {
            "uptime": max(0, self._time - max(0, self._first_time)) // SECOND,
            "decoder": self._decoder.counters,
            "flow": {**self._flows, **table},
            "tcp": dict(self.memory.counters),
            "expectations": dict(self.expectations.counters),
            "files": dict(self._files),
            "app_layer": {"flow": dict(self._app_flows), "tx": dict(self._app_transactions), "error": {**self._app_errors}},
        }
