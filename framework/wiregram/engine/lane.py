"""A conversation without frames: segments come straight to it, so that the rooms before it cost nothing, and what they brought is written down.

For tests and fuzzing, which send millions of short flows. It does what the engine does for a flow, and knows nothing of packets and flow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wiregram.engine.conversation import Conversation
from wiregram.model.delivery import Delivery
from wiregram.model.flow import Flow
from wiregram.model.packet import SYN, TCP, Segment
from wiregram.model.record import Record

if TYPE_CHECKING:
    from wiregram.engine.engine import Engine


class Lane(Conversation):
    """`records` are those so far, `places` those of the segments that brought them; `delivered` what reassembly made: (place, sender, kind, data,
    length); `decided` is where the flow got its protocol (-1: it has none)."""

    __slots__ = ("_place", "_port", "decided", "delivered", "places", "records")

    def __init__(self, engine: Engine, client_port: int, first: Segment) -> None:
        flow = Flow(client_port, first.transport, first.source, first.source_port, first.target, first.target_port, first.time, first.number)
        flow.midstream = first.transport == TCP and not first.flags & SYN
        Conversation.__init__(self, engine, flow)
        self._port = client_port
        self._place = 0
        self.delivered: list[tuple[int, int, int, Any, int]] = []
        self.records: list[Record] = []
        self.places: list[int] = []
        self.decided = -1

    def send(self, place: int, segment: Segment) -> None:
        """The flow's next segment."""
        flow = self.flow
        time = segment.time
        direction = 0 if segment.source_port == flow.client_port else 1
        flow.packets[direction] += 1
        flow.last_time = time
        self._place = place
        out: list[Record] = []
        engine = self._engine
        if engine.reminders:
            engine.pass_time(time, out)
        self.push(segment, direction, out)
        self._note(out)

    def end(self, place: int, now: int = 0) -> None:
        """The flow is over; packet time may be `now`, later than its last segment."""
        time = self.flow.last_time
        if now < time:
            now = time
        self._place = place
        out: list[Record] = []
        if self.due < now:
            self.tick(now, out)
        self.finish(time, 0, out)
        self._engine.forget(self)
        self._note(out)

    def _note(self, out: list[Record]) -> None:
        place = self._place
        if self.decided < 0 and self.flow.protocol:
            self.decided = place
        for record in out:
            self.records.append(record)
            self.places.append(place)

    def _take_in(self, deliveries: list[Delivery], out: list[Record]) -> None:
        """Write down what reassembly delivers, before anybody else sees it."""
        swapped = self.flow.client_port != self._port
        for delivery in deliveries:
            sender = delivery.direction ^ swapped
            self.delivered.append((self._place, sender, delivery.kind, delivery.data, delivery.length))
        Conversation._take_in(self, deliveries, out)

    @property
    def swapped(self) -> bool:
        """Whether the engine has found out that the flow is seen the wrong way round."""
        return self.flow.client_port != self._port

    @property
    def detection_limit(self) -> int:
        """Octets of one direction after which there must be a verdict."""
        detection = self._detection
        return 2 * max(detection.limits) if detection is not None else self._engine.settings.detection_limit

    def pending(self, direction: int) -> int:
        """Octets of a direction (as the engine sees it) that were delivered and that no account counts yet."""
        session = self.session
        waiting = sum([delivery.length for delivery in self._waiting if delivery.direction == direction])
        return waiting + (session.pending(direction) if session is not None else 0)  # a change of protocol leaves the old session standing
