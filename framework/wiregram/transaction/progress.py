"""The two machines of a flow: what happens after an item, how a side moves, waits and is done.

It knows states. It never looks at bytes: `items` takes items from them and says here what it took."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import merge
from operator import attrgetter
from typing import Any

from wiregram.expression import hashable
from wiregram.expression.pieces import Run
from wiregram.expression.scope import Scope
from wiregram.model.outcome import Announced
from wiregram.program.protocol import COMPLETE, STOP, UPGRADE
from wiregram.transaction.cursor import Cursor
from wiregram.transaction.exchange import REQUEST, RESPONSE, Exchange
from wiregram.transaction.exchanges import described
from wiregram.transaction.extent import begin as begin_extent
from wiregram.transaction.outlets import Outlets
from wiregram.transaction.secret import conceal
from wiregram.transaction.tables import FLOW, OWN, PARSE, TX, LinkedAssign, LinkedExpect, LinkedState, LinkedTransition

_SENDERS = (b"client", b"server")
CUTS = 256
"""Cut values of an exchange whose length is remembered; of more, the one cut first is as long as it is."""


class Progress(Outlets):
    """What a state's item leads to."""

    __slots__ = ()

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
            if self.groups is not None and role == REQUEST:
                self.classify(cursor, exchange, value)
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
        if self.cuts:
            self._was_cut(cursor, exchange, self.cuts)
            self.cuts = ()
        scope = self._see(cursor, exchange, role)
        for path, first, guard in tables.secrets[role]:
            if path[0] in value and (guard is None or guard.of(scope) is True):
                conceal(value, path, first)
                own[path[0]] = value[path[0]]
        if state.outlet is not None:
            self.pour_field(cursor, state, exchange, role, scope)
            self._see(cursor, exchange, role)
        self._after(cursor, state, exchange, role)
        if cursor.exchange is not None:
            self.settle(cursor)
        return exchange

    def _was_cut(self, cursor: Cursor, exchange: Exchange, cuts: Sequence[tuple[object, int]]) -> None:
        """Values of this item were longer than the limits: their length is remembered as long as the exchange."""
        whole = exchange.whole
        if whole is None:
            whole = exchange.whole = {}
        for value, length in cuts:
            whole[id(value)] = (value, length)
            if len(whole) > CUTS:
                del whole[next(iter(whole))]
        self.event("cut", cursor.direction, cursor.start, exchange)

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
        elif exchange.ended and used:
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
        outlet = cursor.outlet
        cursor.outlet = None
        if state.keep:
            own = exchange.fields[role]
            kept = own[state.keep] = bytes(extent.kept if outlet is None else outlet.kept)
            size = extent.body if outlet is None else outlet.size
            if size > len(kept):
                self._was_cut(cursor, exchange, ((kept, size),))
                scope = self._see(cursor, exchange, role)
            for path, first, guard in self.tables.secrets[role]:
                if path[0] == state.keep and (guard is None or guard.of(scope) is True):
                    conceal(own, path, first)
        if outlet is not None:
            self.close_outlet(cursor, state, outlet, exchange, role, scope)
            self._see(cursor, exchange, role)
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
        if state.shares:
            scope.memo = {}
        for transition in state.transitions:
            guard = transition.guard
            if guard is None or guard.of(scope) is True:
                scope.memo = None
                self._take(cursor, transition, exchange, role, scope)
                return
        scope.memo = None
        self.event("unexpected_message", cursor.direction, cursor.start, exchange)
        self.complete(cursor)

    def _take(self, cursor: Cursor, transition: LinkedTransition, exchange: Exchange, role: int, scope: Scope) -> None:
        if transition.effects:
            if transition.assigns:
                self._assign(transition.assigns, exchange, role, scope)
            if transition.event:
                self.event(transition.event, cursor.direction, cursor.start, exchange)
            if transition.cancel is not None:
                self._cancel(transition.cancel, exchange, scope)
            if transition.expect is not None:
                self._announce(transition.expect, scope)
            if transition.release:
                self._release(cursor, exchange)
                if self.rest is not None:
                    return
        if transition.hold:
            cursor.hold = transition
        else:
            self.go(cursor, transition.target, transition)

    def _cancel(self, key: Run, exchange: Exchange, scope: Scope) -> None:
        """This initiator's open exchange with that key is complete."""
        name = hashable(key.of(scope))
        found = None if name is None else self.pairing.of_key(exchange.initiator, name, -1)
        if found is not None and found is not exchange:
            self.conclude(found)

    def _announce(self, expect: LinkedExpect, scope: Scope) -> None:
        """A flow is to come. What it can read of this one goes on to change."""
        port = expect.port(scope)
        if port.__class__ is not int or not 0 < port < 1 << 16:
            return
        host = None if expect.host is None else expect.host(scope)
        parent = {"session": self.session, "flow": described(self.flow)}
        self.journal.out.append(Announced(expect.protocol, expect.to, port, host if host.__class__ is bytes else None, parent))

    def _assign(self, assigns: tuple[LinkedAssign, ...], exchange: Exchange, role: int, scope: Scope) -> None:
        """All values are evaluated before any is written."""
        if len(assigns) == 1:
            assign = assigns[0]
            self._write(assign, assign.value.of(scope), None if assign.key is None else assign.key.of(scope), exchange, role)
            return
        values = []
        for assign in assigns:
            values.append((assign, assign.value.of(scope), None if assign.key is None else assign.key.of(scope)))
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
            if cursor.chosen and not self.tables.plain:
                # raw bytes begin the exchange, and no message says where they belong
                exchange = self.belong(cursor, {})
                scope = self._see(cursor, exchange, role)
            poured = state.outlet is not None
            extent = begin_extent(state.extent.of(scope), self.limits.field if state.keep and not poured else 0, cursor.crlf)
            if extent is not None and poured:
                cursor.outlet = self.open_outlet(cursor, state, exchange, role, scope)
                extent.pours = cursor.outlet is not None
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
        cursor.outlet = None
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
        if self.streams:
            self.end_streams(cursor.direction)
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
        if exchange.one_way or exchange.aside or (late and exchange.greeting):
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
        self.end_groups()
        self.end_streams()
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
