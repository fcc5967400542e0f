"""Looking at a flow after every packet: octets accounted for, bounds kept, exchanges that only go forward, verdicts that stay. Not for every
scenario: it takes longer than the flow itself.
"""

from __future__ import annotations

from typing import Any

import wiregram
from wiregram import testing as door
from wiregram.testing import Segment

PIECE = 64
"""What a piece that waits costs beside its octets, at most."""


class Watch:
    """`found`: by property, the first thing that was not as it must be: (what, what is, what must be)."""

    def __init__(self, lane: door.Lane, engine: wiregram.Engine) -> None:
        self._lane = lane
        self._engine = engine
        self._verdict = ""
        self._exchanges: dict[int, tuple[Any, list[Any]]] = {}
        self._largest = 0
        self._delivered = [0, 0]
        self._seen = [0, 0]  # until a gap: behind it detection looks at nothing
        self._holed = [False, False]
        self._at = 0
        self.found: dict[str, tuple[str, str, str]] = {}

    def look(self, place: int, segment: Segment) -> None:
        """After the packet at this place."""
        self._largest = max(self._largest, len(segment.payload))
        self._conserve(place)
        self._bound(place)
        self._judge(place)
        self._go_forward(place)

    def over(self) -> None:
        """The flow has ended, and all others with it."""
        engine = self._engine
        if engine.held:
            self._note("bounded_memory", "octets that wait for detection are held after every flow has ended", str(engine.held), "0")
        if engine.memory.used:
            self._note("bounded_memory", "octets that wait out of order are held after every flow has ended", str(engine.memory.used), "0")

    def _note(self, name: str, what: str, found: str, must: str) -> None:
        self.found.setdefault(name, (what, found, must))

    def _conserve(self, place: int) -> None:
        lane = self._lane
        for _, sender, kind, _, length in lane.delivered[self._at :]:
            self._delivered[sender] += length
            self._holed[sender] = self._holed[sender] or kind == door.GAP
            if not self._holed[sender]:
                self._seen[sender] += length
        self._at = len(lane.delivered)
        for direction, account in enumerate(lane.flow.accounts):
            counted = account.total() + lane.pending(direction)
            delivered = self._delivered[direction ^ lane.swapped]
            if counted != delivered:
                what = f"after packet {place + 1} the octets {door.DIRECTIONS[direction].replace('_', ' ')} do not add up"
                self._note("byte_accounting", what, f"{counted} counted or waiting", f"{delivered} delivered")

    def _bound(self, place: int) -> None:
        lane = self._lane
        engine = self._engine
        settings = engine.settings
        after = f"after packet {place + 1} "
        if engine.memory.used > settings.reassembly_memory:
            self._note("bounded_memory", after + "too much waits out of order", str(engine.memory.used), f"at most {settings.reassembly_memory}")
        if engine.held > settings.reassembly_memory + self._largest + PIECE:
            self._note("bounded_memory", after + "too much waits for detection", str(engine.held), f"at most {settings.reassembly_memory}")
        session = lane.session
        if session is None:
            return
        limits = session.limits
        opened = len(session.pairing.open)
        if opened > limits.open:
            self._note("bounded_memory", after + "too many exchanges are open", str(opened), f"at most {limits.open}")
        for cursor in session.cursors:
            under_way = len(cursor.buffer) if cursor.buffer is not None else 0
            if under_way > limits.message:
                self._note("bounded_memory", after + "a message under way is too long", str(under_way), f"at most {limits.message}")
            waiting = cursor.waiting()
            if waiting > limits.held + self._largest:
                self._note("bounded_memory", after + "too much waits behind the other side", str(waiting), f"at most {limits.held} and one packet")

    def _judge(self, place: int) -> None:
        lane = self._lane
        verdict = lane.flow.protocol
        if self._verdict and verdict != self._verdict and verdict != lane.flow.expected_protocol and lane.flow.old_protocol != self._verdict:
            self._note("probe_monotone", f"packet {place + 1} changes the verdict of detection", verdict or "(none)", self._verdict)
        self._verdict = verdict
        limit = lane.detection_limit
        if lane.flow.transport == door.TCP and not verdict and max(self._seen) > limit + self._largest:
            self._note("probe_monotone", "more octets than detection may look at, and no verdict", str(self._seen), f"decided by {limit}")

    def _go_forward(self, place: int) -> None:
        session = self._lane.session
        if session is None:
            self._exchanges = {}
            return
        for serial, exchange in session.pairing.open.items():
            self._exchanges.setdefault(serial, (exchange, []))
        for serial, (exchange, before) in list(self._exchanges.items()):
            now = [*exchange.done, *exchange.seen, *exchange.octets, *exchange.body, exchange.ended]
            if any(new < old for new, old in zip(now, before, strict=False)):
                self._note("transaction_progress", f"packet {place + 1} takes an exchange back", str(now), f"nothing less than {before}")
            if exchange.ended and (serial in session.pairing.open or not all(exchange.done)):
                self._note("transaction_progress", f"after packet {place + 1} an exchange has ended and is not done", str(now), "ended and done")
            if all(exchange.done) and not exchange.ended:
                self._note("transaction_progress", f"after packet {place + 1} an exchange is done and goes on", str(now), "done and ended")
            before[:] = now
            if exchange.ended:
                del self._exchanges[serial]
