"""Taking items from a direction: messages, raw bytes, holes and ends, and what happens when bytes do not fit.

It knows deliveries, parsers and accounts; what a message means is `progress`'s business, and who steps is `session`'s."""

from __future__ import annotations

from typing import Any

from wiregram.expression.scope import Scope
from wiregram.model.delivery import DATA, GAP, UNIT, Delivery
from wiregram.model.flow import Account, Flow
from wiregram.model.packet import TCP
from wiregram.model.parsing import MATCH, MORE, Parser
from wiregram.transaction.cursor import Cursor, Resync
from wiregram.transaction.exchange import REQUEST, Exchange
from wiregram.transaction.extent import Raw
from wiregram.transaction.progress import Progress
from wiregram.transaction.shared import Shared
from wiregram.transaction.tables import FLOW, KEY, ORDER, PARSE, LinkedState, Tables


class Items(Progress):
    """`step` takes one item, or one piece of raw bytes, from the first delivery at hand in a direction.

    `misfits`: bit d is set if the very first message of direction d was none."""

    __slots__ = ("_datagrams", "_depth", "_limit", "_units", "misfits")

    def __init__(self, tables: Tables, flow: Flow, shared: Shared, accounts: list[Account] | None = None) -> None:
        Progress.__init__(self, tables, flow, shared, accounts)
        outermost = not shared.above
        stream = flow.transport == TCP
        self._datagrams = outermost and not stream
        self._units = not outermost and tables.protocol.unit
        self._limit = tables.limits.message
        self._depth = tables.limits.depth if outermost and stream else 0
        self.misfits = 0

    def step(self, cursor: Cursor) -> None:
        piece = cursor.pieces[0]
        self.time = piece.time
        self.number = piece.number
        self.mark = piece.mark
        kind = piece.kind
        if kind == DATA:
            if self._depth and cursor.offset + len(piece.data) - cursor.at > self._depth:
                if cursor.offset >= self._depth:
                    self._end_of_stream(cursor, True)
                    return
                cursor.split(self._depth - cursor.offset)
                piece = cursor.pieces[0]
            if cursor.parser is not None:
                self._message(cursor, piece)
            elif cursor.extent is not None:
                self._raw(cursor, piece)
            elif cursor.resync is not None:
                self._skip(cursor, cursor.resync, piece)
            else:
                self._begin(cursor, piece)
        elif kind == GAP:
            self._gap(cursor, piece)
        elif kind == UNIT:
            self._end_of_unit(cursor)
        else:
            self._end_of_stream(cursor, False)

    def _begin(self, cursor: Cursor, piece: Delivery) -> None:
        """A new item begins at the first byte at hand."""
        if cursor.side.silent:
            # This side says nothing that is parsed.
            self.stop(cursor)
            return
        cursor.start = cursor.offset
        cursor.mark = piece.mark
        tables = self.tables
        exchange = cursor.exchange
        state = cursor.state
        if exchange is None and (not tables.late or (state is cursor.side.first and cursor.role != REQUEST)):
            exchange = cursor.exchange = self.begin_exchange(cursor)
        if state.kind != PARSE:
            if exchange is not None and not exchange.opened:
                cursor.chosen = True
                cursor.origin = state
            self.settle(cursor)
            if cursor.over or self.rest is not None or cursor.hold is not None or cursor.extent is not None:
                return
            state = cursor.state
            exchange = cursor.exchange
            if exchange is None:
                if state.kind != PARSE:
                    # The machine went round without a byte.
                    self.event("unexpected_message", cursor.direction, cursor.offset)
                    self.stop(cursor)
                return
        number = state.message
        if number < 0:
            number = self._chosen(cursor, exchange)
            if number < 0:
                self._fail(cursor, "unexpected_message", 0, "")
                return
        cursor.message = number
        adopted = cursor.adopted
        if adopted is not None:
            cursor.adopted = None
            if adopted[0] == number and not state.params:
                self._adopt(cursor, adopted[1], piece)
                return
        params = self._params(cursor, state, exchange) if state.params else None
        cursor.parser = tables.begin(tables.programs[number], params)
        self._message(cursor, piece)

    def _params(self, cursor: Cursor, state: LinkedState, exchange: Exchange | None) -> dict[str, Any]:
        """What the state hands to its message; an absent value is None."""
        scope = self._before_message(cursor, exchange)
        params: dict[str, Any] = {}
        for name, run in state.params:
            params[name] = run.of(scope)
        return params

    def _before_message(self, cursor: Cursor, exchange: Exchange | None) -> Scope:
        if exchange is not None:
            return self._see(cursor, exchange, cursor.role)
        return self.journal.look_at_message({}, None, cursor.role)

    def _chosen(self, cursor: Cursor, exchange: Exchange | None) -> int:
        """The message that the guards of the state choose; -1: none holds."""
        scope = self._before_message(cursor, exchange)
        for guard, number in cursor.state.choices:
            if guard is None or guard.of(scope) is True:
                return number
        return -1

    def _adopt(self, cursor: Cursor, parser: Parser, piece: Delivery) -> None:
        """A parser that has matched the direction's first `used` octets already: wait until they are all here."""
        used = parser.used
        data = piece.data
        at = cursor.at
        if used <= len(data) - at and used <= self._limit:
            self._match(cursor, parser, parser.value(data, at), used, used, data, at + used)
        else:
            cursor.parser = parser
            cursor.need = -used
            self._collect(cursor, piece)

    def _message(self, cursor: Cursor, piece: Delivery) -> None:
        """Go on with the message under way over the first piece."""
        buffer = cursor.buffer
        if buffer is not None:
            self._collect(cursor, piece)
            return
        parser = cursor.parser
        assert parser is not None
        data = piece.data
        at = cursor.at
        end = len(data)
        final = self._datagrams
        if end - at > self._limit:
            end = at + self._limit
            final = False
        outcome = parser.run(data, at, end, final)
        if outcome == MATCH:
            used = parser.used
            self._match(cursor, parser, parser.value(data, at), used, used, data, at + used)
        elif outcome != MORE:
            if piece.cut and parser.short:
                self._cut_message(cursor, parser, piece)
            else:
                self._failed(cursor, parser)
        elif end - at == self._limit:
            self._fail(cursor, "too_long", end - at, "")
        else:
            cursor.need = end - at + max(1, parser.need)
            cursor.buffer = bytearray(data[at:end] if at else data)
            self._consumed(cursor, piece, end - at)

    def _collect(self, cursor: Cursor, piece: Delivery) -> None:
        """The message lies in several pieces: gather it, and go on as soon as enough is there. A negative `need` waits for what was matched."""
        parser = cursor.parser
        assert parser is not None
        buffer = cursor.buffer
        if buffer is None:
            buffer = cursor.buffer = bytearray()
            cursor.under = 0
        under = cursor.under
        data = piece.data
        at = cursor.at
        size = min(len(data) - at, self._limit - under)
        buffer += data[at : at + size]
        need = cursor.need
        total = under + size
        if total < abs(need):
            outcome = MORE
        elif need < 0:
            outcome = MATCH
        else:
            outcome = parser.run(buffer, 0, total, False)
        if outcome == MATCH:
            used = parser.used
            value = parser.value(buffer, 0)
            if used < under:
                cursor.rewind()
                under = 0
            self._match(cursor, parser, value, used, used - under, buffer, used)
        elif outcome != MORE:
            self._failed(cursor, parser)
        elif total == self._limit:
            self._fail(cursor, "too_long", total, "")
        else:
            if need >= 0:
                cursor.need = max(need, total + max(1, parser.need)) if total >= need else need
            self._consumed(cursor, piece, size)

    def _consumed(self, cursor: Cursor, piece: Delivery, size: int) -> None:
        exchange = cursor.exchange
        if exchange is not None:
            exchange.last = self.time
        cursor.gather(piece, size)

    def _match(
        self, cursor: Cursor, parser: Parser, value: dict[str, Any], used: int, fresh: int, data: bytes | bytearray, end: int
    ) -> None:  # fmt: skip
        """A message of `used` octets, the last `fresh` of which are still to be consumed; it ends at data[end]."""
        if cursor.seeking and parser.flaw is not None:
            self._pass_segment(cursor)  # what is broken inside is no sign of where messages begin
            return
        cursor.parser = None
        if cursor.buffer is not None:
            cursor.buffer = None
            cursor.under = 0
            cursor.parts.clear()
        cursor.account.parsed += used
        if fresh:
            cursor.advance(fresh)
        if used:
            cursor.idle = 0
        elif self._goes_round(cursor):
            return
        cursor.seeking = False
        cursor.fallback = None
        if cursor.side.dotted and used:
            cursor.crlf = data[end - 1] != 10 or (used > 1 and data[end - 2] == 13)
        flaw = parser.flaw
        start = cursor.start
        exchange = None
        self.cuts = getattr(parser, "cuts", ())
        if flaw is not None and self._anonymous(value):
            self.forget_choice(cursor)
        else:
            exchange = self.matched(cursor, value, used)
            self._datagram_over(cursor)
        if flaw is not None:
            self.event("parse_error", cursor.direction, start + flaw[0], exchange, flaw[1])
            if not cursor.over and self.rest is None:
                self._count_error(cursor)

    def _goes_round(self, cursor: Cursor) -> bool:
        """A message of no octets: too many of them in a row, and the machine is going round."""
        cursor.idle += 1
        if cursor.idle <= cursor.side.bound:
            return False
        self.event("unexpected_message", cursor.direction, cursor.offset, cursor.exchange)
        self.forget_choice(cursor)
        if cursor.exchange is not None:
            self.complete(cursor)
        self.stop(cursor)
        return True

    def _anonymous(self, value: dict[str, Any]) -> bool:
        """A part of a message that lacks the key by which messages are paired: it could be anybody's."""
        tables = self.tables
        if tables.pairing != KEY:
            return False
        scope = Scope(own=value, this=value)
        one, other = tables.keys
        return (one is None or one.of(scope) is None) and (other is None or other.of(scope) is None)

    def _cut_message(self, cursor: Cursor, parser: Parser, piece: Delivery) -> None:
        """The capture cut this datagram, and the message would have gone on: the fields that are complete count."""
        value = parser.partial()
        used = len(piece.data) - cursor.at
        start = cursor.start
        if value is None or self._anonymous(value):
            cursor.rewind()
            self._break_off(cursor, "truncated", start + used, parser.expected)
            cursor.drop(used)
            return
        cursor.parser = None
        cursor.account.parsed += used
        cursor.advance(used)
        exchange = self.matched(cursor, value, used)
        self.event("truncated", cursor.direction, start + used, exchange, parser.expected)
        self._datagram_over(cursor)

    def _datagram_over(self, cursor: Cursor) -> None:
        """The raw bytes that a message announced end with its datagram, also where none of them is in it."""
        if self._datagrams and cursor.extent is not None and cursor.at == 0:
            self._cut_raw(cursor)

    def _raw(self, cursor: Cursor, piece: Delivery) -> None:
        extent = cursor.extent
        assert extent is not None
        data = piece.data
        at = cursor.at
        body = extent.body
        used = extent.take(data, at, len(data)) - at
        cursor.account.parsed += used
        over = at + used == len(data)
        cursor.advance(used)
        self.raw_taken(cursor, used, extent.body - body)
        if extent.pours:
            self._pour(cursor, extent)
        if extent.ambiguous and not cursor.told:
            cursor.told = True
            self.event("ambiguous_end", cursor.direction, cursor.start, cursor.exchange)
        if not extent.done and over and self._datagrams:
            self._cut_raw(cursor)
        elif extent.done:
            self.raw_done(cursor)

    def _pour(self, cursor: Cursor, extent: Raw, last: bool = False) -> None:
        """Hand on the content that is certain."""
        outlet = cursor.outlet
        content = extent.drain(last)
        if content and outlet is not None:
            outlet.push(content)

    def _cut_raw(self, cursor: Cursor, deep: bool = False) -> None:
        """Nothing follows of these raw bytes; what is there counts. `deep`: that has been told already."""
        extent = cursor.extent
        if extent is None:
            return
        body = extent.body
        whole = extent.close()
        self.raw_taken(cursor, 0, extent.body - body)
        if cursor.outlet is not None:
            self._pour(cursor, extent, True)
            cursor.outlet.cut = cursor.outlet.cut or not whole
        if not whole and not deep:
            self.event("truncated", cursor.direction, cursor.offset, cursor.exchange)
        self.raw_done(cursor)

    # ---- what does not fit

    def _failed(self, cursor: Cursor, parser: Parser) -> None:
        name = "too_complex" if getattr(parser, "complex", False) else "parse_error"
        self._fail(cursor, name, parser.offset, parser.expected)

    def _fail(self, cursor: Cursor, name: str, offset: int, expected: str) -> None:
        """The message under way is none: an event at its octet `offset`, its exchange is done on this side, and the direction resyncs."""
        if cursor.seeking:
            self._pass_segment(cursor)
            return
        cursor.rewind()
        if cursor.fallback is not None:
            # Picked up midstream: what does not begin as usual may still be the beginning.
            self.forget_choice(cursor)
            cursor.state = cursor.fallback
            cursor.fallback = None
            return
        start = cursor.start
        if not start:
            self.misfits |= 1 << cursor.direction
        if self._datagrams:
            if cursor.at:
                self.event("trailing_data", cursor.direction, start + offset, None, expected)
                self.forget_choice(cursor)
                cursor.drop(len(cursor.pieces[0].data) - cursor.at)
                return
            self._break_off(cursor, name, start + offset, expected)
            if not cursor.over:
                cursor.drop(len(cursor.pieces[0].data) - cursor.at)
                self._count_error(cursor)
            return
        if self._units:
            self._fail_in_unit(cursor, name, offset, expected)
            return
        resync = cursor.side.resync
        self._break_off(cursor, name, start + offset, expected)
        if cursor.over or self.rest is not None:
            return
        if resync.kind in ("after", "before") and resync.delimiters and cursor.errors < self.limits.errors:
            before = resync.kind == "before"
            shortest = min(map(len, resync.delimiters))
            cursor.resync = Resync(resync.delimiters, before, max(1 if before else 0, offset - shortest + 1))
            cursor.errors += 1
        else:
            cursor.drop(offset)
            cursor.errors += 1
            self._give_up(cursor)

    def _fail_in_unit(self, cursor: Cursor, name: str, offset: int, expected: str) -> None:
        """The next message begins with the next unit."""
        start = cursor.start
        if start > cursor.unit:
            self.event("trailing_data", cursor.direction, start + offset, None, expected)
            self.forget_choice(cursor)
        else:
            self._break_off(cursor, name, start + offset, expected)
        if not cursor.over and self.rest is None:
            cursor.resync = Resync((), False, 0)
            self._count_error(cursor)

    def _break_off(self, cursor: Cursor, name: str, offset: int, expected: str) -> None:
        """The event if it has a name, and the end of this side of the exchange that the message was part of, or would have begun."""
        exchange = cursor.exchange
        cursor.chosen = False
        if exchange is not None and not exchange.opened:
            if (cursor.role == REQUEST and self.tables.pairing == ORDER) or self.tables.pairing == FLOW:
                exchange.broken = True
                self.open(cursor, exchange)
            else:
                exchange = None
        if name:
            self.event(name, cursor.direction, offset, exchange, expected)
        if exchange is not None:
            exchange.broken = exchange.broken or cursor.role == REQUEST
            exchange.last = self.time
        self.complete(cursor)

    def _count_error(self, cursor: Cursor) -> None:
        cursor.errors += 1
        if cursor.errors > self.limits.errors:
            self._give_up(cursor)

    def _give_up(self, cursor: Cursor) -> None:
        self.event("too_many_errors", cursor.direction, cursor.offset)
        if cursor.exchange is not None:
            self.complete(cursor)
        if not cursor.over:
            self.stop(cursor)

    def _skip(self, cursor: Cursor, resync: Resync, piece: Delivery) -> None:
        """Towards the resync point."""
        data = piece.data
        at = cursor.at
        account = cursor.account
        if resync.blind:
            size = min(resync.blind, len(data) - at)
            resync.blind -= size
            account.skipped += size
            cursor.advance(size)
            return
        finder = resync.finder
        if self._units and not finder.delimiters:
            cursor.drop(len(data) - at)
            return
        stop = finder.find(data, at, len(data))
        if stop < 0:
            account.skipped += len(data) - at
            cursor.advance(len(data) - at)
            return
        cursor.resync = None
        if resync.before:
            stop -= finder.length
        if stop > at:
            account.skipped += stop - at
            cursor.advance(stop - at)
        elif stop < at:
            # The delimiter began in an earlier piece.
            again = at - stop
            account.skipped -= again
            cursor.put_back(finder.found[:again], piece.mark, piece.time, piece.number)

    def _pass_segment(self, cursor: Cursor) -> None:
        """Where bytes are missing, a segment at which no message begins is passed over."""
        cursor.skip_under_way()
        self.forget_choice(cursor)
        cursor.drop(len(cursor.pieces[0].data) - cursor.at)

    def _gap(self, cursor: Cursor, piece: Delivery) -> None:
        """A hole. Inside raw bytes the side goes on; elsewhere nobody knows what is missing."""
        length = piece.length
        cursor.pieces.popleft()
        cursor.account.gap += length
        cursor.lost -= length
        start = cursor.offset
        cursor.offset += length
        self.event("gap", cursor.direction, start, cursor.exchange)
        if self._datagrams:
            return
        extent = cursor.extent
        if extent is not None:
            inside = extent.hole(length)
            if cursor.outlet is not None:
                self._pour(cursor, extent, True)
                cursor.outlet.hole(inside)
            if inside == length:
                self.raw_taken(cursor, 0, 0)
                if extent.done:
                    self.raw_done(cursor)
                return
        exchange = cursor.exchange
        under_way = cursor.skip_under_way() and not cursor.seeking
        if cursor.outlet is not None:
            cursor.outlet.cut = True
            cursor.outlet = None
        cursor.extent = None
        by_order = self.tables.pairing == ORDER
        if under_way or (exchange is not None and exchange.opened and not by_order):
            self.event("truncated", cursor.direction, start, exchange)
        self.forget_choice(cursor)
        if by_order:
            for each in list(self.pairing.open.values()):
                if each is not exchange or not under_way:
                    self.event("truncated", cursor.direction, start, each)
                self.conclude(each)
            self.pairing.renew()
        if self.tables.pairing != FLOW:
            if cursor.exchange is not None:
                self.complete(cursor)
        elif not cursor.over:
            cursor.state = cursor.side.start
        other = self.cursors[1 - cursor.direction]
        if other.hold is not None:
            self.alone(other)
        if cursor.over or self.rest is not None:
            return
        resync = cursor.side.resync
        if self._units:
            cursor.resync = Resync((), False, 0)
        elif resync.kind == "segment":
            cursor.seeking = True
        elif resync.kind == "none" or not resync.delimiters:
            self._give_up(cursor)
        else:
            cursor.resync = Resync(resync.delimiters, resync.kind == "before", 0)

    def _end_of_unit(self, cursor: Cursor) -> None:
        """What a datagram's end is: messages and raw bytes under way end here."""
        parser = cursor.parser
        if parser is not None:
            self._last_message(cursor, parser, False)
            return
        if cursor.extent is not None and not cursor.closing:
            cursor.closing = True
            self._cut_raw(cursor)
            return
        cursor.closing = False
        cursor.resync = None
        cursor.pieces.popleft()
        cursor.unit = cursor.offset

    def _end_of_stream(self, cursor: Cursor, deep: bool) -> None:
        """Nothing follows in this direction (`deep`: that is parsed, for `limits.depth` is reached): what is under way ends, then the side."""
        if deep and not cursor.deep:
            cursor.stopped = cursor.deep = True
            self.event("depth_reached", cursor.direction, self._depth, cursor.exchange)
        parser = cursor.parser
        if parser is not None:
            self._last_message(cursor, parser, deep)
            return
        if cursor.extent is not None and not cursor.closing:
            cursor.closing = True
            self._cut_raw(cursor, deep)
            return
        cursor.over = True
        cursor.ended = not deep
        cursor.forsake()
        if cursor.exchange is not None:
            self.forget_choice(cursor)
            self.complete(cursor)
        self.bereave(cursor)

    def _last_message(self, cursor: Cursor, parser: Parser, deep: bool) -> None:
        """A message is under way as its direction ends: it may be whole as it is."""
        buffer = cursor.buffer
        assert buffer is not None
        under = cursor.under
        outcome = MORE
        if not deep and cursor.need >= 0:
            outcome = parser.run(buffer, 0, under, True)
        if outcome == MATCH:
            used = parser.used
            value = parser.value(buffer, 0)
            cursor.rewind()
            self._match(cursor, parser, value, used, used, buffer, used)
            return
        if cursor.seeking:
            cursor.skip_under_way()
            self.forget_choice(cursor)
            return
        if outcome != MORE and not parser.short:
            self._failed(cursor, parser)
            return
        cursor.rewind()
        start = cursor.start
        if deep:  # these octets were looked at, though nothing behind them is
            cursor.drop(under)
        self._break_off(cursor, "" if deep else "truncated", start + under, parser.expected if outcome != MORE else "")
        if not deep:
            cursor.drop(under)
