"""The bytes under way in one direction, and where its machine stands. It moves bytes; it decides nothing."""

from __future__ import annotations

from collections import deque
from typing import Any

from wiregram.model.delivery import DATA, GAP, Delivery
from wiregram.model.flow import Account
from wiregram.model.parsing import Parser
from wiregram.transaction.exchange import Exchange
from wiregram.transaction.extent import Finder, Raw
from wiregram.transaction.outlet import Outlet
from wiregram.transaction.tables import LinkedSide, LinkedState, LinkedTransition


class Resync:
    """Skipping to where the next message may begin: `blind` octets first, then up to behind (or before) a delimiter; without delimiters up to the
    end of the unit."""

    __slots__ = ("before", "blind", "finder")

    def __init__(self, delimiters: tuple[bytes, ...], before: bool, blind: int) -> None:
        self.finder = Finder(delimiters)
        self.before = before
        self.blind = blind


class Cursor:
    """One direction. `pieces` are the deliveries not yet consumed, the first of them from index `at` on. `offset` counts the octets consumed,
    those of a message under way included, and `arrived` those delivered; `lost` of the octets between are holes.

    A message under way that began in an earlier piece lies in `buffer`, of which `under` octets are consumed. `hold` is the transition whose
    move waits. `over`: nothing more is taken from here (`ended`: the stream says so; `stopped`: we do)."""

    __slots__ = (
        "absent", "account", "adopted", "arrived", "at", "buffer", "chosen", "closing", "crlf", "deep", "direction", "ended", "errors",
        "exchange", "extent", "fallback", "hold", "idle", "keyless", "lost", "mark", "message", "need", "offset", "origin", "outlet", "over",
        "parser", "parts", "pieces", "resume", "resync", "role", "seeking", "side", "start", "state", "stopped", "this", "told", "under", "unit",
        "usual",
    )  # fmt: skip

    def __init__(self, direction: int, account: Account, role: int, side: LinkedSide) -> None:
        self.direction = direction
        self.account = account
        self.usual = role  # the role of this direction where no message says otherwise
        self.role = role
        self.side = side
        self.state: LinkedState = side.begin
        self.pieces: deque[Delivery] = deque()
        self.at = 0
        self.offset = self.arrived = account.total()
        self.lost = 0
        self.exchange: Exchange | None = None
        self.resume: Exchange | None = None  # the exchange to go on with after a one-way message
        self.hold: LinkedTransition | None = None
        self.parser: Parser | None = None
        self.message = -1
        self.buffer: bytearray | None = None
        self.under = 0
        self.parts: list[tuple[int, int, int, int]] = []  # of the buffer: octets, their mark, time and number
        self.need = 0
        self.idle = 0  # messages in a row that took no octet
        self.unit = 0  # where the unit under way began
        self.start = 0  # the offset and the mark of the item under way
        self.mark = -1
        self.this: dict[str, Any] | None = None  # the last message
        self.extent: Raw | None = None
        self.outlet: Outlet | None = None  # where the raw bytes under way go
        self.resync: Resync | None = None
        self.seeking = False
        self.adopted: tuple[int, Parser] | None = None
        self.fallback: LinkedState | None = None
        self.origin: LinkedState = side.begin
        self.chosen = False  # the exchange was chosen for the item under way
        self.closing = False
        self.crlf = True
        self.deep = False
        self.told = False
        self.keyless = False
        self.errors = 0
        self.over = self.ended = self.stopped = self.absent = False

    def advance(self, size: int) -> None:
        """Consume `size` octets of the first piece."""
        self.offset += size
        at = self.at + size
        first = self.pieces[0]
        if at >= len(first.data):
            self.pieces.popleft()
            at = 0
        self.at = at

    def rewind(self) -> None:
        """Give the consumed octets of the message under way back to the pieces."""
        buffer = self.buffer
        self.parser = None
        self.buffer = None
        if buffer is not None:
            end = self.under
            for size, mark, time, number in reversed(self.parts):
                self.put_back(bytes(buffer[end - size : end]), mark, time, number)
                end -= size
            self.under = 0
            self.parts.clear()

    def put_back(self, data: bytes, mark: int, time: int, number: int) -> None:
        """Let consumed octets stand before the first piece again; they lie at a piece's beginning."""
        if data:
            pieces = self.pieces
            if self.at:
                first = pieces.popleft()
                pieces.appendleft(Delivery(first.direction, DATA, first.data[self.at :], 0, first.mark, first.time, first.number))
                self.at = 0
            pieces.appendleft(Delivery(self.direction, DATA, data, len(data), mark, time, number))
            self.offset -= len(data)

    def gather(self, piece: Delivery, size: int) -> None:
        """`size` octets of the piece, the first at hand, have gone into the buffer: consume them, and remember their mark."""
        parts = self.parts
        last = len(parts) - 1
        if last >= 0 and parts[last][1] == piece.mark:
            before, mark, time, number = parts[last]
            parts[last] = (before + size, mark, time, number)
        else:
            parts.append((size, piece.mark, piece.time, piece.number))
        self.under += size
        self.advance(size)

    def split(self, size: int) -> None:
        """Let the first piece end behind `size` more octets; the rest of it is a piece of its own."""
        piece = self.pieces.popleft()
        cut = self.at + size
        for data in (piece.data[cut:], piece.data[:cut]):
            self.pieces.appendleft(Delivery(piece.direction, DATA, data, len(data), piece.mark, piece.time, piece.number))

    def skip_under_way(self) -> bool:
        """Pass over the consumed octets of the message under way, and forget it. Whether there was one."""
        self.parser = None
        if self.buffer is None:
            return False
        self.account.skipped += self.under
        self.buffer = None
        self.under = 0
        self.parts.clear()
        return True

    def drop(self, size: int) -> None:
        """Skip up to `size` of the octets at hand."""
        pieces = self.pieces
        while size > 0 and pieces and pieces[0].kind == DATA:
            count = min(size, len(pieces[0].data) - self.at)
            self.account.skipped += count
            self.advance(count)
            size -= count

    def forsake(self) -> None:
        """Count all that is at hand as opaque (or beyond the depth), and forget it."""
        account = self.account
        self.rewind()
        self.extent = None
        self.outlet = None
        self.resync = None
        for number, piece in enumerate(self.pieces):
            if piece.kind == DATA:
                size = len(piece.data) - (0 if number else self.at)
                if self.deep:
                    account.beyond_depth += size
                else:
                    account.opaque += size
            elif piece.kind == GAP:
                account.gap += piece.length
        self.pieces.clear()
        self.at = 0
        self.lost = 0
        self.offset = self.arrived

    def waiting(self) -> int:
        """The octets at hand that nobody has looked at."""
        return self.arrived - self.offset - self.lost

    def pending(self) -> int:
        """The octets delivered that no account counts yet, holes included."""
        return self.arrived - self.offset + (self.under if self.buffer is not None else 0)

    def surrender(self) -> list[Delivery]:
        """Give everything that is not parsed away, as deliveries."""
        self.rewind()
        pieces = list(self.pieces)
        if self.at:
            first = pieces[0]
            pieces[0] = Delivery(first.direction, DATA, first.data[self.at :], 0, first.mark, first.time, first.number)
        for piece in pieces:
            if piece.kind == DATA:
                piece.length = len(piece.data)
        self.pieces.clear()
        self.at = 0
        self.lost = 0
        self.arrived = self.offset
        return pieces

    def renew(self, side: LinkedSide) -> None:
        """Stand in `start`, with no exchange and nothing under way."""
        self.role = self.usual
        self.side = side
        self.state = side.start
        self.exchange = self.resume = None
        self.hold = None
        self.extent = None
        self.outlet = None
        self.resync = None
        self.adopted = None
        self.fallback = None
        self.seeking = self.chosen = self.closing = self.keyless = False
