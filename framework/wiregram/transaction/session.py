"""One flow's session: what is fed, what is taken, and which of the two directions steps.

The order (MANIFEST section 7): a side that may step and whose next byte's mark is not beyond what the other side has consumed goes first,
then the request side, then capture order. A side whose mark lies beyond what the other side has even been given waits for those bytes."""

from __future__ import annotations

from collections.abc import Sequence

from wiregram.expression.scope import uncounted
from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.flow import Account, Flow
from wiregram.model.outcome import Outcome, Switch
from wiregram.model.packet import TCP
from wiregram.model.parsing import Parser
from wiregram.transaction.cursor import Cursor
from wiregram.transaction.exchange import REQUEST
from wiregram.transaction.items import Items
from wiregram.transaction.shared import Shared
from wiregram.transaction.tables import PARSE, Tables

PATIENCE = 2_000_000_000
"""Packet time for which bytes wait for those of the other direction that their sender had acknowledged, in ns."""


class Session(Items):
    """Deliveries in; `Done`, `Event`, `Filed`, `Announced` and at most one `Switch` out.
    After a `Switch` it stands in `start` on both sides, and goes on if it is fed."""

    __slots__ = ("_finishing", "_one_sided")

    def __init__(
        self,
        tables: Tables,
        flow: Flow,
        adopted: Sequence[tuple[int, Parser] | None] = (None, None),
        shared: Shared | None = None,
        accounts: list[Account] | None = None,
    ) -> None:
        """`shared` is what the sessions of the flow have in common; `accounts` count the octets, where they are not the flow's."""
        Items.__init__(self, tables, flow, shared or Shared(), accounts)
        self._finishing = False
        self._one_sided = False
        for cursor, parser in zip(self.cursors, adopted, strict=True):
            cursor.adopted = parser
            if flow.midstream and flow.transport == TCP and not self.shared.above:
                first = cursor.side.first
                cursor.state = cursor.side.start
                cursor.fallback = first if first is not None and first.kind == PARSE else None
                cursor.seeking = cursor.side.resync.kind == "segment" and parser is None

    # ---- the room's interface

    def feed(self, delivery: Delivery) -> None:
        """Take the next delivery of a direction; whatever can step does."""
        time = delivery.time
        if time > self.now:
            self.now = time
        if self.now > self.deadline:
            self.expire(self.now)
        if self.rest is not None:
            self.rest.append(delivery)
            return
        direction = delivery.direction
        cursor = self.cursors[direction]
        kind = delivery.kind
        if kind == DATA:
            size = len(delivery.data)
            if not size:
                return
            cursor.absent = False
            if cursor.over:
                if cursor.deep:
                    cursor.account.beyond_depth += size
                else:
                    cursor.account.opaque += size
                cursor.arrived += size
                cursor.offset = cursor.arrived
            else:
                cursor.arrived += size
                cursor.pieces.append(delivery)
        elif kind == GAP:
            if cursor.over:
                cursor.account.gap += delivery.length
                cursor.arrived += delivery.length
                cursor.offset = cursor.arrived
            else:
                cursor.arrived += delivery.length
                cursor.lost += delivery.length
                cursor.pieces.append(delivery)
        elif cursor.over:
            cursor.ended = cursor.ended or kind == END
        else:
            cursor.pieces.append(delivery)
        if delivery.mark > 0:
            other = self.cursors[1 - direction]
            if not other.absent and not self.flow.packets[1 - direction]:
                self.absent(1 - direction)
        self._run()

    def tick(self, time: int) -> None:
        """Packet time has come so far, in ns."""
        if time > self.now:
            self.now = time
        if self.now > self.deadline:
            self.expire(self.now)
        first, second = self.cursors
        if first.pieces or second.pieces or first.hold is not None or second.hold is not None:
            self._run()

    def finish(self, time: int, number: int) -> None:
        """The flow is over: both directions end, and every exchange with them."""
        if self.rest is not None:
            return
        if time > self.now:
            self.now = time
        self._finishing = True
        for cursor in self.cursors:
            pieces = cursor.pieces
            if not cursor.over and not (pieces and pieces[len(pieces) - 1].kind == END):
                cursor.pieces.append(Delivery(cursor.direction, END, b"", 0, -1, time, number))
        self._run()
        if self.rest is None:
            self.time, self.number = time, number
            self.end_streams()
            for exchange in list(self.pairing.open.values()):
                self.conclude(exchange)
            self.end_groups()
            self.end_files()
            self.journal.scope.count = uncounted  # no circle is left, so that a session that is over is freed at once

    def take(self) -> list[Outcome]:
        """What has become ready since the last call, in order. A `Switch` is the last, with all that the session has not consumed."""
        out: list[Outcome] = self.journal.out
        if not out and self.rest is None:
            return []
        self.journal.out = []
        if self.rest is not None:
            out.append(Switch(self.protocol, self.port, tuple(self.rest)))
            self.rest = None
        return out

    def absent(self, direction: int) -> None:
        """No packet of that direction is in the capture: nothing waits for it any more."""
        cursor = self.cursors[direction]
        if cursor.absent:
            return
        cursor.absent = True
        if not self._one_sided:
            self._one_sided = True
            self.time = self.now
            self.event("one_sided", direction, -1)
        self.bereave(cursor)
        self._run()

    def pending(self, direction: int) -> int:
        """The octets fed that no account counts yet, holes included: fed = accounts + pending, always."""
        return self.cursors[direction].pending()

    # ---- who steps

    def _run(self) -> None:
        first, second = self.cursors
        still_open = self.pairing.open
        most = self.limits.open
        while self.rest is None:
            if first.hold is not None and self._deserted(first, second):
                self.alone(first)
                continue
            if second.hold is not None and self._deserted(second, first):
                self.alone(second)
                continue
            can_first = first.pieces and first.hold is None
            can_second = second.pieces and second.hold is None
            if can_first:
                if can_second:
                    cursor = self._before(first, second)
                elif self._may(first, second):
                    cursor = first
                else:
                    return
            elif can_second and self._may(second, first):
                cursor = second
            else:
                return
            self.step(cursor)
            if len(still_open) > most:
                self.relieve(cursor)

    def _deserted(self, cursor: Cursor, other: Cursor) -> bool:
        """Whether the other side cannot end this hold: it says nothing more, waits itself, or too much waits here."""
        if other.over or other.absent or other.hold is not None:
            return True
        if cursor.waiting() > self.limits.held:
            self.event("held_too_long", cursor.direction, cursor.offset, cursor.exchange)
            return True
        return False

    def _before(self, first: Cursor, second: Cursor) -> Cursor:
        """Which of two sides that can step does."""
        one, two = first.pieces[0], second.pieces[0]
        first_due = one.mark <= second.offset or one.mark < 0
        second_due = two.mark <= first.offset or two.mark < 0
        if first_due is not second_due:
            return first if first_due else second
        if first.role != second.role:
            return first if first.role == REQUEST else second
        return first if one.number <= two.number else second

    def _may(self, cursor: Cursor, other: Cursor) -> bool:
        """Whether the side steps though the other cannot. Bytes that its sender had acknowledged may still be under way to us."""
        piece = cursor.pieces[0]
        return (
            piece.mark <= other.arrived
            or other.over
            or other.absent
            or other.hold is not None
            or self._finishing
            or self.now - piece.time > PATIENCE
            or cursor.waiting() > self.limits.held
        )  # fmt: skip
