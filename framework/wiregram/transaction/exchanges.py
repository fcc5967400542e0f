"""The exchanges of a flow: which one an item belongs to, when one opens, is done, given up or grouped, and when its transaction ends.

It knows pairing, groups and the journal. What happens in a state is `progress`'s business; it never looks at bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from operator import attrgetter
from typing import Any

from wiregram.expression import hashable
from wiregram.expression.scope import Scope
from wiregram.model.delivery import Delivery
from wiregram.model.flow import Account, Flow
from wiregram.model.packet import TRANSPORTS
from wiregram.transaction.cursor import Cursor
from wiregram.transaction.exchange import REQUEST, RESPONSE, Exchange, Group, Transaction
from wiregram.transaction.grouping import Grouping
from wiregram.transaction.journal import Journal
from wiregram.transaction.pairing import Pairing
from wiregram.transaction.shared import Shared
from wiregram.transaction.tables import FLOW, KEY, ORDER, Tables

NEVER = 1 << 100
_SENDERS = (b"client", b"server")


class Exchanges:
    """`time`, `number` and `mark` are those of the piece under way, `cuts` what of the message under way was cut. `shared` is what the sessions of a
    flow have in common. `rest` is set once both sides have agreed to change protocol. `reversed`: the flow's first message has a role that
    contradicts its direction, so the flow is seen the wrong way round."""

    __slots__ = (
        "_crowded", "_oriented", "cursors", "cuts", "deadline", "flow", "groups", "journal", "limits", "mark", "now", "number", "pairing",
        "port", "protocol", "rest", "reversed", "scope", "session", "shared", "tables", "time",
    )  # fmt: skip

    def __init__(self, tables: Tables, flow: Flow, shared: Shared, accounts: list[Account] | None = None) -> None:
        """`accounts` are the flow's own, unless it is not the flow's octets that are counted."""
        self.tables = tables
        self.flow = flow
        self.shared = shared
        self.limits = tables.limits
        self.session: dict[str, Any] = shared.session
        self.scope = Scope(session=self.session, flow=described(flow, tables.uses_flow) if tables.uses_flow else {}, parent=shared.parent)
        self.journal = Journal(tables, flow, self.scope)
        self.pairing = Pairing(tables)
        self.groups = Grouping(tables.limits.open) if tables.group is not None else None
        accounts = flow.accounts if accounts is None else accounts
        usual = tables.usual
        self.cursors = (
            Cursor(0, accounts[0], usual[0], tables.sides[usual[0]]),
            Cursor(1, accounts[1], usual[1], tables.sides[usual[1]]),
        )
        self.time = self.now = flow.first_time
        self.number = 0
        self.cuts: Sequence[tuple[object, int]] = ()
        self.mark = -1
        self.deadline = NEVER
        self.rest: list[Delivery] | None = None
        self.protocol = ""
        self.port: int | None = None
        self.reversed = False
        self._crowded = False
        self._oriented = False
        if tables.pairing == FLOW:
            self._share_exchange()

    # ---- exchanges

    def begin_exchange(self, cursor: Cursor) -> Exchange:
        """The exchange that an item in `start` or `first` belongs to, chosen before it is parsed; one that is new opens later."""
        cursor.chosen = True
        cursor.origin = cursor.state
        direction = cursor.direction
        if cursor.role == REQUEST:
            return Exchange(direction)
        if cursor.state is cursor.side.first:
            exchange = Exchange(1 - direction)
            exchange.greeting = exchange.done[REQUEST] = True
            return exchange
        found = self.pairing.oldest(1 - direction, cursor.mark)
        if found is None:
            found = Exchange(1 - direction)
            found.done[REQUEST] = True
        return found

    def open(self, cursor: Cursor, exchange: Exchange) -> None:
        """The exchange's first item, or the beginning of one, is there."""
        role = cursor.role
        if role == REQUEST:
            exchange.offset = cursor.start
        exchange.last = self.time
        self.pairing.add(exchange)
        self.journal.opened(exchange)
        due = self.time + self.tables.timeout
        if due < self.deadline:
            self.deadline = due
        unasked = role == RESPONSE and exchange.done[REQUEST] and not exchange.greeting and not exchange.one_way and not cursor.keyless
        if unasked and not self.cursors[1 - cursor.direction].absent:
            self.event("response_without_request", cursor.direction, cursor.start, exchange)

    def classify(self, cursor: Cursor, exchange: Exchange, value: dict[str, Any]) -> None:
        """A request's first message: the group that it begins or joins, or that is open beside it. Before the exchange opens."""
        groups = self.groups
        assert groups is not None
        tables = self.tables
        scope = self.journal.look_at_message(value, exchange, REQUEST)
        key = None if tables.group_key is None else hashable(tables.group_key.of(scope))
        standing = groups.of(exchange.initiator, key)
        assert tables.group is not None
        if tables.group.of(scope) is True:
            if standing is not None:
                self.close_group(standing)
            standing = Group(exchange.initiator, key)
            standing.offset = cursor.start
            crowded = groups.add(standing)
            groups.join(standing, exchange)
            if crowded is not None:
                self.event("too_many_transactions", cursor.direction, cursor.start)
                self.close_group(crowded)
        elif standing is not None:
            if tables.joins is not None and tables.joins.of(scope) is True:
                groups.join(standing, exchange)
            else:
                exchange.beside = standing

    def close_group(self, group: Group) -> None:
        """The group takes no more; its transaction ends with the last member that is under way."""
        assert self.groups is not None
        self.groups.remove(group)
        if not group.members:
            self.finish_transaction(group)

    def finish_transaction(self, group: Group) -> None:
        """A group's last exchange has ended, and it takes no more."""
        last = group.last
        if last is not None:
            self.end_outlets(group, last)
            self.journal.close(last, self.time, self.number)

    def belong(self, cursor: Cursor, value: dict[str, Any]) -> Exchange:
        """Where the message belongs that was parsed in `start` (or begins an exchange): by role, key and `one_way`. Of raw bytes `value` is {}."""
        tables = self.tables
        exchange = cursor.exchange
        if exchange is not None and exchange.greeting:
            return exchange
        journal = self.journal
        role = cursor.role
        direction = cursor.direction
        if tables.uses_sender:
            self.scope.flow["sender"] = _SENDERS[direction]
        scope = journal.look_at_message(value, exchange, role)
        if tables.role is not None:
            said = tables.role.of(scope)
            named = REQUEST if said == b"request" else RESPONSE if said == b"response" else role
            if not self._oriented and value:
                self._oriented = True
                self.reversed = tables.oriented and named != cursor.usual
            if named != role:
                cursor.role = role = named
                cursor.side = tables.sides[role]
                cursor.state = cursor.side.start
                scope = journal.look_at_message(value, exchange, role)
        if tables.aside is not None and tables.aside.of(scope) is True:
            return self._aside(cursor, exchange)
        alone = tables.one_way is not None and tables.one_way.of(scope) is True
        if not tables.late:
            if not alone or exchange is None:
                return exchange if exchange is not None else self.begin_exchange(cursor)
            if exchange.opened:
                # The side goes on in its exchange when this message's own is done.
                cursor.resume = None if cursor.chosen else exchange
                exchange = Exchange(direction if role == REQUEST else 1 - direction)
            exchange.one_way = True
            exchange.done[1 - role] = True
            cursor.exchange = exchange
            return exchange
        code = tables.keys[role]
        key = None if code is None else hashable(code.of(scope))
        cursor.keyless = key is None and tables.pairing == KEY
        found: Exchange | None = None
        if role == REQUEST:
            if tables.reentrant and not alone:
                found = self.pairing.reentered(direction, key)
            if found is None:
                found = Exchange(direction)
                found.key = key
                if alone:
                    found.one_way = found.done[RESPONSE] = True
        else:
            if not alone:
                pairing = self.pairing
                found = pairing.of_key(1 - direction, key, cursor.mark) if key is not None else pairing.oldest(1 - direction, cursor.mark)
            if found is None:
                found = Exchange(1 - direction)
                found.key = key
                found.one_way = alone or cursor.keyless  # nothing more can find its way to it
                found.done[REQUEST] = True
        cursor.exchange = found
        return found

    def _aside(self, cursor: Cursor, exchange: Exchange | None) -> Exchange:
        """A message that belongs to no exchange. The side goes on in its own, if it had begun, when this one is done with."""
        if exchange is not None and exchange.opened and not cursor.chosen:
            cursor.resume = exchange
        found = Exchange(cursor.direction if cursor.role == REQUEST else 1 - cursor.direction)
        found.aside = found.opened = True
        cursor.exchange = found
        cursor.chosen = False
        return found

    def side_done(self, exchange: Exchange, role: int) -> None:
        """One side of the exchange is done; the other is too if nothing can come from it any more."""
        if exchange.aside:
            self.end_outlets(exchange, exchange)
            return
        if role == RESPONSE:
            self.pairing.answered(exchange)
        if exchange.done[role] or exchange.ended:
            return
        done = exchange.done
        done[role] = True
        if exchange.outlets is not None and exchange.group is None:
            self.end_outlets(exchange, exchange, role)
        self.journal.side(exchange, role, self.time, self.number)
        if done[1 - role]:
            self._end(exchange)
            return
        other = self.cursors[exchange.initiator if role == RESPONSE else 1 - exchange.initiator]
        if other.hold is not None and other.exchange is exchange:
            other.hold = None
            self.complete(other)
        elif other.over or other.absent:
            self.unanswered(exchange, 1 - role, other)

    def unanswered(self, exchange: Exchange, role: int, cursor: Cursor) -> None:
        """Nothing will come from `cursor` for this side of the exchange."""
        if role == RESPONSE and cursor.ended and not cursor.stopped and not cursor.absent and not exchange.broken and not exchange.seen[RESPONSE]:
            self._missing(exchange)
        self.side_done(exchange, role)

    def conclude(self, exchange: Exchange, keep: bool = False) -> None:
        """Both sides are done, whatever they still lack. `keep`: a late answer is consumed at its place in the order."""
        if exchange.ended:
            return
        if not keep:
            self.pairing.answered(exchange)
        exchange.place = keep and self.tables.pairing == ORDER
        for cursor in self.cursors:
            if cursor.exchange is exchange and cursor.outlet is not None:
                cursor.outlet.cut = True  # an item whose octets have not all come
        journal = self.journal
        for role in (REQUEST, RESPONSE):
            if not exchange.done[role]:
                exchange.done[role] = True
                if exchange.outlets is not None and exchange.group is None:
                    self.end_outlets(exchange, exchange, role)
                journal.side(exchange, role, self.time, self.number)
        self._end(exchange)
        for cursor in self.cursors:
            if cursor.exchange is exchange and cursor.hold is not None:
                cursor.hold = None
                self.complete(cursor)

    def relieve(self, cursor: Cursor) -> None:
        """More exchanges are open than may be: complete the oldest."""
        if not self._crowded:
            self._crowded = True
            self.event("too_many_transactions", cursor.direction, cursor.start)
        self.conclude(next(iter(self.pairing.open.values())), True)

    def expire(self, now: int) -> None:
        """End the exchanges whose last byte is longer ago than the time-out. The record's time is when the time was up."""
        timeout = self.tables.timeout
        self.deadline = NEVER
        for exchange in list(self.pairing.open.values()):
            due = exchange.last + timeout
            if exchange.ended:
                continue
            if now > due:
                self.time = due
                self.number = 0
                if not exchange.seen[RESPONSE] and not exchange.broken and self.tables.pairing != FLOW:
                    self._missing(exchange)
                self.conclude(exchange, True)
            elif due < self.deadline:
                self.deadline = due

    def _missing(self, exchange: Exchange) -> None:
        self.event("request_without_response", exchange.initiator, exchange.offset, exchange)

    def _end(self, exchange: Exchange) -> None:
        exchange.ended = True
        self.pairing.close(exchange)
        groups = self.groups
        if groups is not None:
            self._end_grouped(groups, exchange)
            return
        self.end_outlets(exchange, exchange)
        self.journal.close(exchange, self.time, self.number)

    def _end_grouped(self, groups: Grouping, exchange: Exchange) -> None:
        group = exchange.group
        if group is None:
            self.end_outlets(exchange, exchange)
            self.journal.close(exchange, self.time, self.number)
        else:
            group.members -= 1
            group.last = exchange
            self.journal.member(exchange, self.time, self.number)
        near = group or exchange.beside
        if near is None:
            return
        ends = self.tables.ends
        if not near.closed and ends is not None and ends.of(self.journal.look(exchange, REQUEST)) is True:
            self.close_group(near)
        elif near.closed and group is not None and not group.members:
            self.finish_transaction(group)

    def end_groups(self) -> None:
        """Nothing joins any more."""
        if self.groups is not None:
            for group in self.groups.open():
                self.close_group(group)

    # ---- what the machines above do

    def end_outlets(self, home: Transaction, exchange: Exchange, role: int = -1) -> None:
        """The octets of a transaction (of one side, if `role` is given) have all come."""
        raise NotImplementedError

    def complete(self, cursor: Cursor) -> None:
        """This side of the exchange is done; the next item begins in `start`."""
        raise NotImplementedError

    def event(
        self, name: str, direction: int, offset: int, exchange: Exchange | None = None, expected: str = "", inside: str = "", severity: str = ""
    ) -> None:
        """An event of the packet under way; `inside`: of a layer, which gives its severity."""
        self.journal.event(name, direction, offset, self.time, self.number, exchange, expected, inside, severity)

    def _share_exchange(self) -> None:
        """With `by = "flow"` both sides are in one exchange from the beginning."""
        exchange = Exchange(0 if self.tables.usual[0] == REQUEST else 1)
        for cursor in self.cursors:
            cursor.exchange = exchange


def described(flow: Flow, names: frozenset[str] | None = None) -> dict[str, Any]:
    """The names of `flow.x` that are asked for (None: all that do not change)."""
    return {name: value(flow) for name, value in _DESCRIBED.items() if names is None or name in names}


def _printed(address: bytes) -> bytes | None:
    return str(ip_address(address)).encode() if len(address) in (4, 16) else None


_DESCRIBED: dict[str, Callable[[Flow], Any]] = {
    "transport": lambda flow: TRANSPORTS.get(flow.transport, "").encode(),
    "client_ip": lambda flow: _printed(flow.client),
    "client_port": attrgetter("client_port"),
    "server_ip": lambda flow: _printed(flow.server),
    "server_port": attrgetter("server_port"),
}
