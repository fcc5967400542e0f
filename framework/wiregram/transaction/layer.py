"""Layers: inner streams with a grammar and machines of their own, fed by the octets of an outer session.

A `Layer` lives as long as the flow and pairs for itself; a `Part` belongs to one transaction, and shares its variables. They know their outer
session's journal and time, and nothing of its states."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from wiregram.model.delivery import DATA, END, GAP, UNIT, Delivery
from wiregram.model.flow import Account
from wiregram.transaction.exchange import REQUEST, Exchange
from wiregram.transaction.exchanges import NEVER
from wiregram.transaction.files import File
from wiregram.transaction.journal import Journal
from wiregram.transaction.session import Session
from wiregram.transaction.tables import Tables

if TYPE_CHECKING:
    from wiregram.transaction.outlets import Outlets

SPANS = 256
"""Pieces of a direction of which it is known where they stood in the outer stream."""

_OUTER = frozenset(("gap", "one_sided", "too_many_errors"))
"""Events that the outer session tells."""


class Marks:
    """Where the octets of one direction stood in the outer stream, as far back as acknowledgements may reach."""

    __slots__ = ("inner", "outer")

    def __init__(self) -> None:
        self.outer: list[int] = []
        self.inner: list[int] = []

    def add(self, outer: int, inner: int) -> None:
        """Up to `outer` octets of the outer stream, `inner` octets were fed."""
        if len(self.outer) >= SPANS:
            del self.outer[: SPANS // 2]
            del self.inner[: SPANS // 2]
        self.outer.append(outer)
        self.inner.append(inner)

    def inside(self, outer: int) -> int:
        """The inner octets among the first `outer` of the outer stream."""
        at = bisect_right(self.outer, outer)
        return self.inner[at - 1] if at else 0


class Layer(Session):
    """One inner stream in both directions. Its octets are those that it is given; no account of the flow counts them."""

    __slots__ = ("_marks",)

    def __init__(self, tables: Tables, outer: Outlets) -> None:
        Session.__init__(self, tables, outer.flow, (None, None), outer.shared.below(), [Account(), Account()])
        self.journal.inside = tables.protocol.name
        self.journal.protocol = outer.journal.protocol
        self._marks = (Marks(), Marks())
        self.time = self.now = outer.time
        self.number = outer.number

    def give(self, direction: int, role: int, data: bytes, time: int, number: int, mark: int = -1, offset: int = 0) -> None:
        """The next octets of a direction. `mark` is the outer one, `offset` where the outer stream stands behind them."""
        if mark >= 0:
            mark = self._marks[1 - direction].inside(mark)
        self.feed(Delivery(direction, DATA, data, len(data), mark, time, number))
        self._marks[direction].add(offset, self.cursors[direction].arrived)

    def lose(self, direction: int, role: int, length: int) -> None:
        """So many octets are missing."""
        self.feed(Delivery(direction, GAP, b"", length, -1, self.now, self.number))

    def end_unit(self, direction: int, role: int) -> None:
        """A unit of a direction ends."""
        self.feed(Delivery(direction, UNIT, b"", 0, -1, self.now, self.number))

    def end_direction(self, direction: int, time: int, number: int) -> None:
        """Nothing more comes from there."""
        if not self.cursors[direction].over:
            self.feed(Delivery(direction, END, b"", 0, -1, time, number))

    def end_side(self, role: int, time: int, number: int) -> None:
        """Nothing more comes of a side."""

    def event(
        self, name: str, direction: int, offset: int, exchange: Exchange | None = None, expected: str = "", inside: str = "", severity: str = ""
    ) -> None:
        if name not in _OUTER:
            Session.event(self, name, direction, offset, exchange, expected, inside, severity)


class Part(Layer):
    """The layer of one transaction. Its directions are the sides: 0 the request's, 1 the response's. Both sides are in one exchange, whose
    transaction is the outer one."""

    __slots__ = ("_directions", "_exchange", "_inner", "_outer")

    def __init__(self, tables: Tables, outer: Outlets, exchange: Exchange) -> None:
        Layer.__init__(self, tables, outer)
        self._outer = outer
        self._exchange = exchange
        self._directions = [exchange.initiator, 1 - exchange.initiator]
        self.journal = Inside(tables, outer.flow, self.scope)
        inner = self.cursors[0].exchange
        assert inner is not None  # a part's pairing is that of a flow
        self._inner = inner
        inner.tx = exchange.tx

    def lie(self, direction: int, role: int) -> None:
        """Where a side's octets come from."""
        self._directions[role] = direction

    def fields(self, role: int) -> dict[str, Any]:
        """The fields and variables of a side, which go on to change."""
        return self._inner.fields[role]

    def give(self, direction: int, role: int, data: bytes, time: int, number: int, mark: int = -1, offset: int = 0) -> None:
        self.number = number
        self.feed(Delivery(role, DATA, data, len(data), -1, time, number))

    def lose(self, direction: int, role: int, length: int) -> None:
        self.feed(Delivery(role, GAP, b"", length, -1, self.now, self.number))

    def end_unit(self, direction: int, role: int) -> None:
        """The unit is over, and the next octets of the side begin anew: in `start`, with no field or variable of those before."""
        self.feed(Delivery(role, UNIT, b"", 0, -1, self.now, self.number))
        cursor, inner = self.cursors[role], self._inner
        if cursor.pieces:
            return  # it is held, and ends when it goes on
        self.end_outlets(inner, inner, role)
        inner.fields = ({}, inner.fields[1]) if role == REQUEST else (inner.fields[0], {})
        inner.done[role] = inner.ended = False
        inner.progress[role] = -1
        cursor.renew(cursor.side)
        cursor.exchange = inner
        cursor.over = cursor.stopped = cursor.ended = False
        cursor.unit = cursor.offset

    def end_side(self, role: int, time: int, number: int) -> None:
        self.end_direction(role, time, number)

    def expire(self, now: int) -> None:
        """The outer transaction's time is the layer's."""
        self.deadline = NEVER

    def event(
        self, name: str, direction: int, offset: int, exchange: Exchange | None = None, expected: str = "", inside: str = "", severity: str = ""
    ) -> None:
        if name not in _OUTER:
            severity = severity or self.tables.severities[name]
            self._outer.event(name, self._directions[direction], offset, self._exchange, expected, inside or self.tables.protocol.name, severity)

    def keep_file(self, file: File, exchange: Exchange) -> None:
        file.direction = self._directions[file.direction]
        self._outer.keep_file(file, self._exchange)


class Inside(Journal):
    """The journal of a layer that makes no record of its own."""

    __slots__ = ()

    def opened(self, exchange: Exchange) -> None:
        """The transaction's number is the outer one's."""

    def side(self, exchange: Exchange, role: int, time: int, number: int) -> None:
        """Nothing is logged."""

    def close(self, exchange: Exchange, time: int, number: int) -> None:
        """Nothing is logged."""
