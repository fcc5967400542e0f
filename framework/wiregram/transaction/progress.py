"""The two machines of a flow: what happens after an item, how a side moves, waits and is done, and when an exchange ends.

It knows exchanges and states. It never looks at bytes: `session` takes items from them and says here what it took."""

from __future__ import annotations

from collections.abc import Callable
from heapq import merge
from ipaddress import ip_address
from operator import attrgetter
from typing import Any

from wiregram.expression import Scope, hashable
from wiregram.model.delivery import Delivery
from wiregram.model.flow import Flow
from wiregram.model.packet import TRANSPORTS
from wiregram.program.protocol import COMPLETE, STOP, UPGRADE
from wiregram.transaction.cursor import Cursor
from wiregram.transaction.exchange import REQUEST, RESPONSE, Exchange
from wiregram.transaction.extent import begin as begin_extent
from wiregram.transaction.journal import Journal
from wiregram.transaction.pairing import Pairing
from wiregram.transaction.secret import conceal
from wiregram.transaction.tables import FLOW, KEY, ORDER, OWN, PARSE, TX, LinkedAssign, LinkedState, LinkedTransition, Tables

NEVER = 1 << 100
_SENDERS = (b"client", b"server")


class Progress:
    """`time` and `number` are those of the packet under way. `rest` is set once both sides have agreed to change protocol. `reversed`: the
    flow's first message has a role that contradicts its direction, so the flow is seen the wrong way round."""

    __slots__ = (
        "_crowded", "_oriented", "cursors", "deadline", "flow", "journal", "limits", "now", "number", "pairing", "port", "protocol", "rest",
        "reversed", "scope", "session", "tables", "time",
    )  # fmt: skip

    def __init__(self, tables: Tables, flow: Flow) -> None:
        self.tables = tables
        self.flow = flow
        self.limits = tables.limits
        self.session: dict[str, Any] = {}
        self.scope = Scope(session=self.session, flow=_described(flow, tables.uses_flow) if tables.uses_flow else {})
        self.journal = Journal(tables, flow, self.scope)
        self.pairing = Pairing(tables)
        usual = tables.usual
        self.cursors = (
            Cursor(0, flow.accounts[0], usual[0], tables.sides[usual[0]]),
            Cursor(1, flow.accounts[1], usual[1], tables.sides[usual[1]]),
        )
        self.time = self.now = flow.first_time
        self.number = 0
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

    def belong(self, cursor: Cursor, value: dict[str, Any]) -> Exchange:
        """Where the message belongs that was parsed in `start` (or begins an exchange): by role, key and `one_way`."""
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
            said = tables.role(scope)
            named = REQUEST if said == b"request" else RESPONSE if said == b"response" else role
            if not self._oriented:
                self._oriented = True
                self.reversed = tables.oriented and named != cursor.usual
            if named != role:
                cursor.role = role = named
                cursor.side = tables.sides[role]
                cursor.state = cursor.side.start
                scope = journal.look_at_message(value, exchange, role)
        alone = tables.one_way is not None and tables.one_way(scope) is True
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
        key = None if code is None else hashable(code(scope))
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

    def side_done(self, exchange: Exchange, role: int) -> None:
        """One side of the exchange is done; the other is too if nothing can come from it any more."""
        if role == RESPONSE:
            self.pairing.answered(exchange)
        if exchange.done[role] or exchange.ended:
            return
        done = exchange.done
        done[role] = True
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
        journal = self.journal
        for role in (REQUEST, RESPONSE):
            if not exchange.done[role]:
                exchange.done[role] = True
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
        self.journal.close(exchange, self.time, self.number)

    def _share_exchange(self) -> None:
        """With `by = "flow"` both sides are in one exchange from the beginning."""
        exchange = Exchange(0 if self.tables.usual[0] == REQUEST else 1)
        for cursor in self.cursors:
            cursor.exchange = exchange

    # ---- after an item

    def matched(self, cursor: Cursor, value: dict[str, Any], used: int) -> Exchange | None:
        """A message of `used` octets is there; its bytes are consumed and counted. The exchange that it belongs to (None: noise)."""
        tables = self.tables
        state = cursor.state
        exchange = cursor.exchange
        kind = value.get("kind")
        if kind is not None and kind[:1] == b"_":
            self.forget_choice(cursor)
            return None
        if exchange is None or (not tables.plain and (state.opens or not exchange.opened)):
            exchange = self.belong(cursor, value)
            state = cursor.state
        role = cursor.role
        if not exchange.opened:
            self.open(cursor, exchange)
        elif exchange.ended:
            self._late(cursor, exchange)
        cursor.chosen = False
        exchange.seen[role] += 1
        exchange.octets[role] += used
        exchange.last = self.time
        own = exchange.fields[role]
        if own:
            for name in tables.fields[cursor.message]:
                if name not in value:
                    own.pop(name, None)
        own.update(value)
        cursor.this = value
        scope = self._see(cursor, exchange, role)
        for path, first, guard in tables.secrets[role]:
            if path[0] in value and (guard is None or guard(scope) is True):
                conceal(value, path, first)
                own[path[0]] = value[path[0]]
        self._after(cursor, state, exchange, role)
        if cursor.exchange is not None:
            self.settle(cursor)
        return exchange

    def forget_choice(self, cursor: Cursor) -> None:
        """The item under way began no exchange after all."""
        if cursor.chosen:
            cursor.chosen = False
            cursor.state = cursor.origin
            if self.tables.pairing != FLOW:
                cursor.exchange = None

    def raw_taken(self, cursor: Cursor, used: int, body: int) -> None:
        """`used` octets of raw bytes were consumed, `body` of them content."""
        exchange = cursor.exchange
        if exchange is None:
            return
        role = cursor.role
        if not exchange.opened:
            self.open(cursor, exchange)
        elif exchange.ended:
            self._late(cursor, exchange)
        cursor.chosen = False
        exchange.octets[role] += used
        exchange.body[role] += body
        exchange.last = self.time

    def raw_done(self, cursor: Cursor) -> None:
        """The raw bytes of the state are all there."""
        self._raw_done(cursor)
        if cursor.exchange is not None:
            self.settle(cursor)

    def _raw_done(self, cursor: Cursor) -> None:
        extent = cursor.extent
        exchange = cursor.exchange
        cursor.extent = None
        if extent is None or exchange is None:
            return
        if not exchange.opened:
            self.open(cursor, exchange)
        cursor.chosen = False
        role = cursor.role
        state = cursor.state
        exchange.seen[role] += 1
        scope = self._see(cursor, exchange, role)
        if state.keep:
            own = exchange.fields[role]
            own[state.keep] = bytes(extent.kept)
            for path, first, guard in self.tables.secrets[role]:
                if path[0] == state.keep and (guard is None or guard(scope) is True):
                    conceal(own, path, first)
        self._after(cursor, state, exchange, role)

    def _see(self, cursor: Cursor, exchange: Exchange, role: int) -> Scope:
        scope = self.journal.look(exchange, role)
        scope.this = cursor.this
        if self.tables.uses_sender:
            scope.flow["sender"] = _SENDERS[cursor.direction]
        return scope

    def _late(self, cursor: Cursor, exchange: Exchange) -> None:
        if exchange.place and not exchange.late and cursor.role == RESPONSE:
            exchange.late = True
            self.event("late_response", cursor.direction, cursor.start, exchange)

    def _after(self, cursor: Cursor, state: LinkedState, exchange: Exchange, role: int) -> None:
        """The state's assignments, then the first transition that holds. The scope is that of this side."""
        if state.bare:
            self.complete(cursor)
            return
        scope = self.scope
        if state.assigns:
            self._assign(state.assigns, exchange, role, scope)
        for transition in state.transitions:
            guard = transition.guard
            if guard is None or guard(scope) is True:
                self._take(cursor, transition, exchange, role, scope)
                return
        self.event("unexpected_message", cursor.direction, cursor.start, exchange)
        self.complete(cursor)

    def _take(self, cursor: Cursor, transition: LinkedTransition, exchange: Exchange, role: int, scope: Scope) -> None:
        if transition.effects:
            if transition.assigns:
                self._assign(transition.assigns, exchange, role, scope)
            if transition.event:
                self.event(transition.event, cursor.direction, cursor.start, exchange)
            if transition.release:
                self._release(cursor, exchange)
                if self.rest is not None:
                    return
        if transition.hold:
            cursor.hold = transition
        else:
            self.go(cursor, transition.target, transition)

    def _assign(self, assigns: tuple[LinkedAssign, ...], exchange: Exchange, role: int, scope: Scope) -> None:
        """All values are evaluated before any is written."""
        if len(assigns) == 1:
            assign = assigns[0]
            self._write(assign, assign.value(scope), None if assign.key is None else assign.key(scope), exchange, role)
            return
        values = [(assign, assign.value(scope), None if assign.key is None else assign.key(scope)) for assign in assigns]
        for assign, value, key in values:
            self._write(assign, value, key, exchange, role)

    def _write(self, assign: LinkedAssign, value: Any, key: Any, exchange: Exchange, role: int) -> None:
        """An absent value clears; absent, it is not appended. Lists are never changed in place: others may hold them."""
        scope = assign.scope
        variables = exchange.fields[role] if scope == OWN else exchange.tx if scope == TX else self.session
        name = assign.name
        most = self.limits.list
        if assign.key is not None:
            table = variables.get(name)
            if table.__class__ is not dict:
                table = {}
            key = hashable(key)
            if key is None:
                return
            held = table.pop(key, None)
            if assign.append:
                value = held if value is None else _appended(held, value, most)
            if value is not None:
                table[key] = value
                if len(table) > most:
                    del table[next(iter(table))]
            variables[name] = table
        elif assign.append:
            if value is not None:
                variables[name] = _appended(variables.get(name), value, most)
        elif value is None:
            variables.pop(name, None)
        else:
            variables[name] = value

    # ---- moving

    def go(self, cursor: Cursor, target: int, transition: LinkedTransition) -> None:
        """Move: to a state, or to one of the ends."""
        if self.rest is not None:
            return
        if target >= 0:
            state = cursor.side.states[target]
            exchange = cursor.exchange
            cursor.state = state
            if exchange is None:
                return
            role = cursor.role
            if target > exchange.progress[role]:
                exchange.progress[role] = target
            if state.opens:
                self._reenter(cursor, exchange, role)
        elif target == COMPLETE:
            self.complete(cursor)
        elif target == STOP:
            self.complete(cursor)
            self.stop(cursor)
        elif target == UPGRADE:
            self._upgrade(cursor, transition)

    def settle(self, cursor: Cursor) -> None:
        """Run decisions, and raw bytes of no length, until the side needs bytes, waits or is done."""
        moves = 0
        while cursor.hold is None and not cursor.over and self.rest is None:
            state = cursor.state
            exchange = cursor.exchange
            if state.kind == PARSE or exchange is None or cursor.extent is not None or not (exchange.opened or cursor.chosen):
                return
            moves += 1
            if moves > cursor.side.bound:
                self.event("unexpected_message", cursor.direction, cursor.offset, exchange)
                self.complete(cursor)
                self.stop(cursor)
                return
            role = cursor.role
            scope = self._see(cursor, exchange, role)
            cursor.start = cursor.offset
            if state.extent is None:
                self._after(cursor, state, exchange, role)
                continue
            extent = begin_extent(state.extent(scope), self.limits.field if state.keep else 0, cursor.crlf)
            if extent is None:
                self.event("unexpected_message", cursor.direction, cursor.offset, exchange)
                self.complete(cursor)
                return
            cursor.extent = extent
            cursor.told = False
            if not extent.done:
                return
            self._raw_done(cursor)

    def complete(self, cursor: Cursor) -> None:
        """This side of the exchange is done; the next item begins in `start`."""
        exchange = cursor.exchange
        role = cursor.role
        usual = cursor.usual
        cursor.exchange = cursor.resume
        cursor.resume = None
        cursor.chosen = False
        cursor.extent = None
        if role != usual:
            cursor.role = usual
            cursor.side = self.tables.sides[usual]
        cursor.state = cursor.side.start
        if exchange is not None and exchange.opened:
            exchange.progress[role] = len(self.tables.sides[role].states)
            self.side_done(exchange, role)
        if self.tables.pairing == FLOW and self.rest is None:
            self.stop(cursor)

    def stop(self, cursor: Cursor) -> None:
        """The rest of this direction is opaque."""
        cursor.stopped = cursor.over = True
        cursor.hold = None
        cursor.forsake()
        self.bereave(cursor)

    def bereave(self, cursor: Cursor) -> None:
        """Nothing more comes from this direction: what only waits for it is done."""
        for exchange in list(self.pairing.open.values()):
            role = REQUEST if exchange.initiator == cursor.direction else RESPONSE
            if exchange.ended or exchange.done[role] or (role == RESPONSE and not exchange.done[REQUEST]):
                continue  # an exchange whose request is not done is looked at when it is
            self.unanswered(exchange, role, cursor)

    def alone(self, cursor: Cursor) -> None:
        """The other side cannot end this side's hold."""
        transition = cursor.hold
        cursor.hold = None
        if transition is not None:
            self.go(cursor, transition.alone, transition)
            self.settle(cursor)

    def event(self, name: str, direction: int, offset: int, exchange: Exchange | None = None, expected: str = "") -> None:
        """An event of the packet under way."""
        self.journal.event(name, direction, offset, self.time, self.number, exchange, expected)

    def _release(self, cursor: Cursor, exchange: Exchange) -> None:
        """The hold of the other side of this exchange ends; a message without a key ends whatever hold there is."""
        other = self.cursors[1 - cursor.direction]
        transition = other.hold
        if transition is not None and (other.exchange is exchange or cursor.keyless):
            other.hold = None
            self.go(other, transition.target, transition)
            self.settle(other)

    def _reenter(self, cursor: Cursor, exchange: Exchange, role: int) -> None:
        """The side stands in `start` again. Where messages are found by key or role, the next one is found anew."""
        late = self.tables.late
        if exchange.one_way or (late and exchange.greeting):
            self.complete(cursor)
            return
        base = exchange.base
        if base is None:
            base = exchange.base = [(0, 0), (0, 0)]
        base[role] = (exchange.octets[role], exchange.body[role])
        if late:
            exchange.reentered = role == REQUEST or exchange.reentered
            cursor.exchange = None
            cursor.role = cursor.usual
            cursor.side = self.tables.sides[cursor.usual]
            cursor.state = cursor.side.start

    def _upgrade(self, cursor: Cursor, transition: LinkedTransition) -> None:
        """Every exchange ends, and what is not parsed goes back to detection. Should that find nothing, both sides go on in `start`."""
        self.protocol = transition.upgrade
        self.port = None
        if transition.port is not None and cursor.exchange is not None:
            port = transition.port(self._see(cursor, cursor.exchange, cursor.role))
            self.port = port if port.__class__ is int else None
        self.rest = []
        for exchange in list(self.pairing.open.values()):
            self.conclude(exchange)
        self.pairing.renew()
        first, second = self.cursors
        self.rest = list(merge(first.surrender(), second.surrender(), key=attrgetter("number")))
        for each in self.cursors:
            each.renew(self.tables.sides[each.usual])
        if self.tables.pairing == FLOW:
            self._share_exchange()


def _appended(held: Any, value: Any, most: int) -> list[Any]:
    """A new list with the value behind the others, of which there are at most `most`."""
    if held.__class__ is not list:
        return [value]
    return held if len(held) >= most else [*held, value]


def _described(flow: Flow, names: frozenset[str]) -> dict[str, Any]:
    """The names of `flow.x` that are asked for."""
    return {name: value(flow) for name, value in _DESCRIBED.items() if name in names}


def _printed(address: bytes) -> bytes | None:
    return str(ip_address(address)).encode() if len(address) in (4, 16) else None


_DESCRIBED: dict[str, Callable[[Flow], Any]] = {
    "transport": lambda flow: TRANSPORTS.get(flow.transport, "").encode(),
    "client_ip": lambda flow: _printed(flow.client),
    "client_port": attrgetter("client_port"),
    "server_ip": lambda flow: _printed(flow.server),
    "server_port": attrgetter("server_port"),
}
