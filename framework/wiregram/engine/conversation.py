"""One flow under way: its stream, then detection while nobody knows what it speaks, then a session of that protocol. Nothing else knows all three.

Deliveries wait, in capture order and within a bound, until detection has a verdict; then the session gets them in that order. After a `Switch`
the same begins again with what the session has not consumed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wiregram.detect.detection import Detection
from wiregram.engine import records
from wiregram.model.delivery import DATA, GAP, Delivery
from wiregram.model.flow import Flow
from wiregram.model.outcome import Announced, Done, Event, Filed, Switch
from wiregram.model.packet import SYN, TCP, Segment
from wiregram.model.record import Record
from wiregram.stream import Acknowledged, Datagrams, Reassembler
from wiregram.transaction import BUILT_IN, DETECTION
from wiregram.transaction.session import Session

if TYPE_CHECKING:
    from wiregram.engine.engine import Engine

DETECTING, RUNNING, OVER = 0, 1, 2

NO_PROTOCOL = "failed"
NEVER = (1 << 63) - 1
PIECE = 64
"""What a waiting delivery costs beside its octets."""
PATIENCE = 2_000_000_000
"""How long bytes wait in a session before it is asked whether they still have to, in ns."""
WAITING = 16
"""How often the bytes that one flow's reassembly may hold may wait for its detection, each piece with its cost."""
SWITCHES = 16
"""How often a flow may change its protocol."""


class Conversation:
    """`push` takes the flow's segments, `finish` ends it; both put records into `out`. `stage` says where deliveries go; `account` is the field
    of the flow's accounts that counts them when it is OVER. `waiting` are the deliveries that wait for a verdict, `first` the bytes of each
    direction that detection may still ask for. `due` is when the engine has to call `tick`."""

    __slots__ = (
        "_again", "_detection", "_engine", "_first", "_held", "_marks", "_parent", "_queue", "_reassembler", "_spoken", "_switches",
        "_waiting", "_windows", "account", "due", "flow", "session", "stage", "stream",
    )  # fmt: skip

    def __init__(self, engine: Engine, flow: Flow) -> None:
        self._engine = engine
        self.flow = flow
        self._reassembler = Reassembler(engine.settings, engine.memory) if flow.transport == TCP else None
        self.stream: Reassembler | Acknowledged | Datagrams = self._reassembler or Datagrams()
        if self._reassembler is not None and engine.settings.acknowledged:
            self.stream = Acknowledged(self._reassembler, engine.settings)
        self.stage = DETECTING
        self.account = "undetected"
        self.session: Session | None = None
        self.due = NEVER
        self._again = 0  # how many deliveries at the head of the queue detection has seen
        self._detection: Detection | None = None
        self._first: list[bytes | bytearray | None] = [None, None]
        self._marks = [-1, -1]
        self._waiting: list[Delivery] = []
        self._held = 0
        self._queue: deque[Delivery] | None = None  # only while there is something in it: an empty one is 600 octets a flow
        self._switches = 0
        self._parent: dict[str, Any] | None = None  # what the flow can read of the one that announced it
        self._spoken = 0  # bit d: the session has had a word of direction d
        self._windows: list[int] | None = None if self._reassembler is None else [0, 0, -1, -1]  # by direction; behind them their scales

    def push(self, segment: Segment, direction: int, out: list[Record]) -> None:
        deliveries = self.stream.push(segment, direction)
        reassembler = self._reassembler
        if reassembler is not None and reassembler.events:
            for event in reassembler.take():
                out.append(records.anomaly(self.flow, self._protocol(), event))
        if self._windows is not None:
            self._see_window(self._windows, segment, direction)
        if deliveries:
            self._take_in(deliveries, out)
        if reassembler is not None and reassembler.due < self.due:
            self._remind()

    def tick(self, time: int, out: list[Record]) -> None:
        """Packet time has come to `time`, beyond `due`: answers are overdue, or bytes have waited long enough for others."""
        self.due = NEVER
        if self._reassembler is not None and self._reassembler.due < time and self.stage != OVER:
            deliveries = self.stream.tick(time)
            if deliveries:
                self._take_in(deliveries, out)
        if self.stage == RUNNING and self.session is not None:
            self.session.tick(time)
            self._collect(self.session, out)
            self._work(out)
        self._remind()

    def finish(self, time: int, number: int, out: list[Record]) -> None:
        """The flow is over. A last message may still agree to another protocol, which then ends as well."""
        self._take_in(self.stream.finish(time, number), out)
        for _ in range(SWITCHES + 2):
            if self.stage == DETECTING:
                self._conclude(time, number, out)
            if self.stage == RUNNING and self.session is not None:
                self.session.finish(time, number)
                self._collect(self.session, out)
                self._work(out)
            if self.stage != DETECTING:
                break
        self.stage, self.account = OVER, "undetected"
        self._detection = None
        self.due = NEVER

    def forget(self) -> None:
        """Nobody looks at the session any more, though a reminder may hold on to this conversation for a while."""
        self.session = None

    def _conclude(self, time: int, number: int, out: list[Record]) -> None:
        """Nothing more comes that could tell what this is."""
        detection = self._detection
        if detection is None:
            self.stage = OVER
            if self._engine.explain and self.flow.detection is None:
                self.flow.detection = {"ended": "no octets came"}
            return
        detection.give_up("the flow ended", False)
        self._decided(detection, time, number, out)
        self._work(out)

    # Deliveries

    def _take_in(self, deliveries: list[Delivery], out: list[Record]) -> None:
        session = self.session
        if self.stage == RUNNING and len(deliveries) == 1 and session is not None and self._detection is None:
            session.feed(deliveries[0])
            self._collect(session, out)
        elif self.stage == OVER and not self._queue and self._detection is None:
            for delivery in deliveries:
                self._count(delivery)
            return
        elif self._queue is None:
            self._queue = deque(deliveries)
        else:
            self._queue.extend(deliveries)
        if self._queue:
            self._work(out)
        self._remind()

    def _remind(self) -> None:
        """Ask the engine for a `tick`, if one is due earlier than what was asked for."""
        if self.stage == OVER:
            return
        reassembler = self._reassembler
        due = NEVER if reassembler is None else reassembler.due
        session = self.session
        if session is not None and self.stage == RUNNING:
            if session.deadline < due:
                due = session.deadline
            one, two = session.cursors
            if one.pieces or two.pieces:
                patience = session.now + PATIENCE
                if patience < due:
                    due = patience
        if due < self.due:
            self.due = due
            self._engine.remind(due, self)

    def _work(self, out: list[Record]) -> None:
        queue = self._queue
        if queue is None:
            return
        while queue:
            delivery = queue.popleft()
            session = self.session
            if self.stage == RUNNING and session is not None:
                if self._again:
                    self._again -= 1
                elif self._detection is not None and delivery.kind == DATA:
                    self._look_on(self._detection, delivery, out)
                session.feed(delivery)
                self._collect(session, out)
            elif self.stage == DETECTING:
                self._detect(delivery, out)
            else:
                if self._again:
                    self._again -= 1
                elif self._detection is not None and delivery.kind == DATA:
                    self._look_on(self._detection, delivery, out)
                self._count(delivery)
        self._queue = None

    def _put_first(self, deliveries: Sequence[Delivery]) -> None:
        """Let these come before what is in the queue."""
        if self._queue is None:
            self._queue = deque(deliveries)
        else:
            self._queue.extendleft(reversed(deliveries))

    def _count(self, delivery: Delivery) -> None:
        """Octets that nobody reads."""
        if delivery.length:
            account = self.flow.accounts[delivery.direction]
            if delivery.kind == GAP:
                account.gap += delivery.length
            elif self.account == "opaque":
                account.opaque += delivery.length
            else:
                account.undetected += delivery.length

    # Detection

    def _detect(self, delivery: Delivery, out: list[Record]) -> None:
        detection = self._detection
        flow = self.flow
        if detection is None:
            announced = self._engine.expectations.take(flow)
            if announced is not None:
                flow.expected_protocol, self._parent = announced
            detection = self._detection = self._engine.detector.open(
                flow.transport, flow.client_port, flow.server_port, flow.midstream, expected=flow.expected_protocol
            )
        self._waiting.append(delivery)
        self._hold(len(delivery.data) + PIECE)
        direction = delivery.direction
        if flow.transport != TCP:
            if delivery.kind == DATA:
                detection.feed(direction, delivery.data, not delivery.cut)
        elif delivery.kind == DATA:
            if detection.wants(direction):
                if self._windows is not None:
                    detection.limits = self._limits(self._windows)
                detection.feed(direction, self._so_far(delivery), False, self._marks[direction])
        else:
            detection.feed(direction, self._first[direction] or b"", True)
        settings = self._engine.settings
        if not detection.verdict and (self._engine.held > settings.reassembly_memory or self._held > WAITING * settings.reassembly_flow):
            detection.give_up("too many bytes wait for detection", True)
        if detection.verdict:
            self._decided(detection, delivery.time, delivery.number, out)

    def _see_window(self, windows: list[int], segment: Segment, direction: int) -> None:
        """The most that the sender of this segment has been ready to receive: a window that closes for a while takes nothing back."""
        size = segment.window
        if segment.flags & SYN:
            windows[2 + direction] = segment.scale
        elif windows[2] >= 0 <= windows[3]:  # only where both sides have agreed to it
            size <<= windows[2 + direction]
        windows[direction] = max(windows[direction], size)

    def _limits(self, windows: list[int]) -> tuple[int, int]:
        """How many octets of each direction detection looks at: more where the receiver takes more at a time."""
        settings = self._engine.settings
        least, most = settings.detection_limit, settings.reassembly_flow
        return max(least, min(windows[1], most)), max(least, min(windows[0], most))

    def _so_far(self, delivery: Delivery) -> bytes | bytearray:
        """All bytes of the delivery's direction, with it; copied only if there is more than one piece."""
        direction = delivery.direction
        data = self._first[direction]
        if data is None:
            data = delivery.data
            self._marks[direction] = delivery.mark
        elif isinstance(data, bytearray):
            data += delivery.data
        else:
            data = bytearray(data)
            data += delivery.data
        self._first[direction] = data
        return data

    def _decided(self, detection: Detection, time: int, number: int, out: list[Record]) -> None:
        """There is a verdict: what has waited goes to the protocol's session, or is counted."""
        flow = self.flow
        if detection.swapped:
            self._swap()
        self._windows = None
        waiting, self._waiting = self._waiting, []
        self._hold(-self._held)
        gap = any(delivery.kind == GAP for delivery in waiting)
        name = detection.verdict
        upgraded = bool(self._switches)
        if name == NO_PROTOCOL:
            self.stage, self.account = OVER, "opaque" if upgraded else "undetected"
            if gap and not upgraded and not detection.events:
                detection.events.append(("proto_detection_skipped", 0, -1))
        elif not (upgraded and name == flow.protocol):
            self._begin(name, detection)
        else:
            self.stage = RUNNING  # the change was agreed and did not come: the old session goes on
        if name != NO_PROTOCOL or not upgraded:
            flow.protocol = name
        flow.protocol_sides[:] = detection.sides
        if self._engine.explain:
            self._explain(detection)
        self._report(detection, time, number, out)
        self._put_first(waiting)
        self._again = len(waiting)
        if not (detection.wants(0) or detection.wants(1)):
            self._detection = None
            self._first = [None, None]

    def _explain(self, detection: Detection) -> None:
        """Why, kept for the flow's record; a later change of protocol keeps what was before it."""
        flow = self.flow
        before = flow.detection
        flow.detection = {"protocol": detection.verdict, **detection.reason}
        if before is not None:
            earlier = before.pop("before", [])
            flow.detection["before"] = [*(earlier if isinstance(earlier, list) else []), before]

    def _begin(self, name: str, detection: Detection) -> None:
        flow = self.flow
        self.session = None
        self.due = NEVER
        self._engine.recognised(name)
        if detection.parsing and self._engine.parsing:
            self.stage = RUNNING
            self.session = self._engine.machine(name).open(flow, detection.parsers, self._engine.store, self._parent)
        else:
            self.stage, self.account = OVER, "opaque"

    def _swap(self) -> None:
        """The flow is seen the wrong way round."""
        self.flow.swap()
        self.stream.swap()
        self._first.reverse()
        self._marks.reverse()
        for delivery in self._waiting:
            delivery.direction = 1 - delivery.direction
        for delivery in self._queue or ():
            delivery.direction = 1 - delivery.direction

    def _look_on(self, detection: Detection, delivery: Delivery, out: list[Record]) -> None:
        """The flow has its protocol; the other direction's first bytes may contradict."""
        direction = delivery.direction
        if detection.wants(direction):
            detection.feed(direction, self._so_far(delivery))
            for side, verdict in enumerate(detection.sides):
                if not self._spoken >> side & 1:  # what the session has found out stands
                    self.flow.protocol_sides[side] = verdict
            self._report(detection, delivery.time, delivery.number, out)
        if not (detection.wants(0) or detection.wants(1)):
            self._detection = None
            self._first = [None, None]

    def _report(self, detection: Detection, time: int, number: int, out: list[Record]) -> None:
        if detection.events:
            for name, direction, offset in detection.take():
                self._say(name, direction, offset, time, number, out)

    def _say(self, name: str, direction: int, offset: int, time: int, number: int, out: list[Record]) -> None:
        """An event of detection: one that every protocol has, or that of the protocol that was expected."""
        built_in = BUILT_IN.get(name)
        expected = self.flow.expected_protocol
        if built_in is None:
            severity = next(rule.severity for rule in self._engine.library.protocols[expected].events if rule.name == name)
            event = Event(name, severity, direction, offset, time, number, layer=DETECTION)
        else:
            told = expected if name == "unexpected_protocol" else ""
            event = Event(name, built_in.severity, direction, offset, time, number, expected=told, layer=built_in.layer)
        protocol = self._protocol()
        out.append(records.anomaly(self.flow, protocol, event))
        self._engine.saw(event, protocol)

    def _hold(self, octets: int) -> None:
        self._held += octets
        self._engine.held += octets

    def _protocol(self) -> str:
        protocol = self.flow.protocol
        return "" if protocol == NO_PROTOCOL else protocol

    # The session

    def _collect(self, session: Session, out: list[Record]) -> None:
        """What the session has made becomes records; a change of protocol begins detection anew."""
        flow = self.flow
        for item in session.take():
            if isinstance(item, Done):
                out.append(records.transaction(flow, item))
                self._engine.logged(item)
            elif isinstance(item, Event):
                out.append(records.anomaly(flow, flow.protocol, item))
                self._engine.saw(item, flow.protocol)
                if item.name == "parse_error":
                    self._misfit(session, item, out)
            elif isinstance(item, Filed):
                out.append(records.file(flow, item))
                self._engine.filed(item)
            elif isinstance(item, Announced):
                self._engine.expectations.add(flow, item, session.now)
            else:
                self._switch(item)

    def _misfit(self, session: Session, error: Event, out: list[Record]) -> None:
        """An error at the very beginning of a direction that no pattern had recognised: only the other direction speaks the protocol."""
        flow = self.flow
        direction = error.direction
        sides = flow.protocol_sides
        first = session.misfits & ~self._spoken & 1 << direction
        if not first or flow.transport != TCP or flow.midstream or sides[direction] or flow.accounts[direction].gap:
            return
        self._spoken |= 1 << direction
        sides[direction] = NO_PROTOCOL
        self._say("detect_protocol_only_one_direction", direction, 0, error.time, error.number, out)

    def _switch(self, switch: Switch) -> None:
        flow = self.flow
        self._put_first(switch.rest)
        self._switches += 1
        if self._switches > SWITCHES:
            self.stage, self.account = OVER, "opaque"
            return
        flow.old_protocol = flow.protocol
        flow.expected_protocol = switch.protocol
        port = flow.server_port if switch.port is None else switch.port
        self._detection = self._engine.detector.open(
            flow.transport, flow.client_port, port, upgrade=True, expected=switch.protocol, old=flow.protocol
        )
        self._first = [None, None]
        self._marks = [-1, -1]
        self._spoken = self._again = 0
        self.stage = DETECTING
