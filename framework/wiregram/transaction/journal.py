"""What leaves a session: numbers, events and finished transactions. It knows records and scopes, and nothing of bytes or states."""

from __future__ import annotations

from typing import Any

from wiregram.expression.scope import Scope
from wiregram.model.flow import Flow
from wiregram.model.outcome import Done, Event, Filed
from wiregram.transaction.exchange import REQUEST, RESPONSE, Exchange, Transaction
from wiregram.transaction.files import File
from wiregram.transaction.tables import Tables

NAMES = (b"request", b"response")
_ROLES = {"request": REQUEST, "response": RESPONSE}
_NOTHING: dict[str, Any] = {}
HELD_EVENTS = 64
"""Events of one transaction that wait for its number; those beyond go out without one."""


class Journal:
    """`out` is what has become ready. `scope` is the one that all expressions of the session see, filled by `look`. `inside` is the name of the
    layer whose octets offsets count, if it is one; `protocol` the flow's, which is the one that feeds a layer."""

    __slots__ = ("_exchange", "_flow", "_role", "_tables", "inside", "out", "protocol", "scope")

    def __init__(self, tables: Tables, flow: Flow, scope: Scope) -> None:
        self._tables = tables
        self._flow = flow
        self._exchange: Exchange | None = None
        self._role = REQUEST
        self.scope = scope
        self.out: list[Any] = []
        self.inside = ""
        self.protocol = tables.protocol.name
        scope.count = self.count

    def look(self, exchange: Exchange, role: int) -> Scope:
        """The scope as this side of this exchange sees it."""
        scope = self.scope
        fields = exchange.fields
        scope.request = fields[0]
        scope.response = fields[1]
        scope.own = fields[role]
        scope.side = NAMES[role]
        scope.tx = exchange.tx
        scope.whole = exchange.whole
        self._exchange = exchange
        self._role = role
        return scope

    def look_at_message(self, value: dict[str, Any], exchange: Exchange | None, role: int) -> Scope:
        """The scope for a message that belongs nowhere yet: its own side has only its fields. `exchange`: where it would stand by order."""
        scope = self.scope
        other = _NOTHING if exchange is None else exchange.fields[1 - role]
        scope.own = scope.this = value
        scope.request, scope.response = (value, other) if role == REQUEST else (other, value)
        scope.side = NAMES[role]
        scope.tx = _NOTHING if exchange is None else exchange.tx
        self._exchange = None
        self._role = role
        return scope

    def count(self, what: str, side: str) -> int | None:
        """`octets(side)` and `body(side)`; those of `this` since the side last entered `start`."""
        exchange = self._exchange
        if exchange is None:
            return None
        role = _ROLES.get(side, self._role)
        octets = what == "octets"
        total = (exchange.octets if octets else exchange.body)[role]
        if side == "this" and exchange.base is not None:
            total -= exchange.base[role][0 if octets else 1]
        return total

    def event(
        self,
        name: str,
        direction: int,
        offset: int,
        time: int,
        number: int,
        exchange: Exchange | None = None,
        expected: str = "",
        inside: str = "",
        severity: str = "",
    ) -> None:
        """An event, of a transaction if `exchange` is given. Where numbers are given late, it waits for its transaction's. `inside`: of that
        layer; its severity is then given too."""
        severity = severity or self._tables.severities[name]
        tx_id = None
        if exchange is not None and exchange.opened and not exchange.aside:
            home: Transaction = exchange.group or exchange
            tx_id = home.id
            if tx_id is None and not (exchange.ended and exchange.group is None):
                events = home.events
                if events is None:
                    events = home.events = []
                if len(events) < HELD_EVENTS:
                    events.append((name, severity, direction, offset, time, number, expected, inside or self.inside))
                    return
        self.out.append(Event(name, severity, direction, offset, time, number, tx_id, expected, inside=inside or self.inside))

    def opened(self, exchange: Exchange) -> None:
        """The exchange has opened: its transaction gets its number, unless that waits for the log."""
        home: Transaction = exchange.group or exchange
        if not self._tables.waits and home.id is None:
            self._number(home)

    def side(self, exchange: Exchange, role: int, time: int, number: int) -> None:
        """One side is done. With `log.at = "side"` that is a record, if it has said something."""
        if self._tables.at_side and exchange.seen[role] and not exchange.logged[role]:
            exchange.logged[role] = True
            self._log(exchange, role, exchange.initiator if role == REQUEST else 1 - exchange.initiator, time, number)

    def member(self, exchange: Exchange, time: int, number: int) -> None:
        """An exchange of a group has ended."""
        if self._tables.at_side:
            self.side(exchange, REQUEST, time, number)
            self.side(exchange, RESPONSE, time, number)

    def close(self, exchange: Exchange, time: int, number: int) -> None:
        """The transaction has ended, `exchange` being its last: its record, the manifest's events, those that waited, and its files."""
        tables = self._tables
        home: Transaction = exchange.group or exchange
        body: dict[str, Any] | None = None
        if tables.at_side:
            self.member(exchange, time, number)
        else:
            body = self._log(exchange, REQUEST, -1, time, number)
        if tables.tested:
            scope = self.look(exchange, REQUEST)
            offset = exchange.offset if exchange.group is None else exchange.group.offset
            for name, test in tables.tested:
                if test.of(scope) is True:
                    self.out.append(
                        Event(name, tables.severities[name], exchange.initiator, offset, time, number, home.id, inside=self.inside)
                    )  # fmt: skip
        if home.events:
            for name, severity, direction, offset, when, packet, expected, inside in home.events:
                self.out.append(Event(name, severity, direction, offset, when, packet, home.id, expected, inside=inside))
            home.events = None
        if home.files:
            self.files(home, time, number, body)

    def files(self, home: Transaction, time: int, number: int, body: dict[str, Any] | None) -> None:
        """The files of a transaction, whose record is `body` if it has been logged."""
        for file in home.files or ():
            self.file(file, home.id, time, number, body)
        home.files = None

    def file(self, file: File, tx_id: int | None, time: int, number: int, body: dict[str, Any] | None) -> None:
        """One file has ended."""
        tables = self._tables
        self.out.append(Filed(self.protocol, tables.name, tx_id, time, number, file.direction, file.described(), body or {}))

    def _number(self, home: Transaction) -> None:
        flow = self._flow
        home.id = home.tx["id"] = flow.transactions
        flow.transactions += 1

    def _log(self, exchange: Exchange, role: int, direction: int, time: int, number: int) -> dict[str, Any] | None:
        """The record's object; None where none is logged."""
        tables = self._tables
        home: Transaction = exchange.group or exchange
        scope = self.look(exchange, role)
        scope.this = scope.own
        if tables.waits:
            if tables.when is not None and tables.when.of(scope) is not True:
                return None
            if home.id is None:
                self._number(home)
        scope.memo = {}
        status = "OK"
        for guard, name in tables.status:
            if guard.of(scope) is True:
                status = name
                break
        summary = {}
        for name, run in tables.summary:
            value = run.of(scope)
            if value is not None:
                summary[name] = value
        found = tables.record.of(scope)
        scope.memo = None
        body: dict[str, Any] = found if found.__class__ is dict else {}
        tx_id = home.id if home.id is not None else -1
        self.out.append(Done(self.protocol, tables.name, tx_id, time, number, body, summary, status, direction))
        return body
