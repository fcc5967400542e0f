"""Where the octets of a state go once their coding is undone: into a field, a file, a layer. It knows no state's guards and no bytes' order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wiregram.transaction.files import CLOSED, ERROR, TRUNCATED, File

if TYPE_CHECKING:
    from wiregram.transaction.coding import Chain


class Outlet:
    """One state of one side of one transaction. `open_item` and `close_item` stand around the octets of one item; `end` follows the last.

    `feed(data)` takes what the layer is given, `lose(length)` that octets of it are lost; `keyed`: the file belongs to the flow, and others end
    it; `place` is where the next octets lie in it (-1: behind those before). `cut`: an item was not whole. `fault`: the
    name of the event that its coding gave cause for, once."""

    __slots__ = (
        "_room", "chain", "cut", "deaf", "fault", "feed", "file", "kept", "keyed", "lose", "over", "place", "size", "told", "windowed", "writes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.chain: Chain | None = None
        self.file: File | None = None
        self.feed: Callable[[bytes], None] | None = None
        self.lose: Callable[[int], None] | None = None
        self.kept = bytearray()
        self.size = 0
        self._room = 0
        self.windowed = False  # the chain's last step is the direction's
        self.deaf = False  # octets are lost that the coding would need
        self.keyed = False
        self.writes = False
        self.place = -1
        self.cut = False
        self.over = False
        self.fault = ""
        self.told = False  # the event was raised

    def open_item(self, room: int, writes: bool, place: int = -1) -> None:
        """An item begins: so many of its octets are kept; `writes`: they belong to the file, at `place`."""
        self.kept = bytearray()
        self.size = 0
        self._room = room
        self.writes = writes
        self.place = place

    def push(self, data: bytes) -> None:
        """The next octets, as they were sent."""
        if self.deaf:
            return
        chain = self.chain
        if chain is None:
            if data:
                self._give(data)
            return
        for piece in chain.pieces(data):
            self._give(piece)
        if chain.fault and not self.fault:
            self.fault = chain.fault

    def hole(self, length: int) -> None:
        """So many octets are lost. What is coded cannot be read behind them."""
        if self.chain is not None:
            self.flush()
            self.cut = self.deaf = True
            return
        if self.lose is not None:
            self.lose(length)
        if self.writes and self.file is not None:
            if self.place >= 0:
                self.place += length
            else:
                self.file.hole(length)

    def supply(self, data: bytes) -> None:
        """Octets that were not sent, for the last step of the coding."""
        chain = self.chain
        if chain is not None:
            found = chain.supply(data)
            if found:
                self._give(found)

    def flush(self) -> None:
        """The coding ends here."""
        chain = self.chain
        if chain is not None:
            self.chain = None
            data = chain.end()
            if chain.fault and not self.fault:
                self.fault = chain.fault
            if chain.short:
                self.cut = True
            if data:
                self._give(data)

    def end(self) -> File | None:
        """Nothing follows: the file, if there is one that ends with it."""
        if self.over:
            return None
        self.flush()
        self.over = True
        return self.take_file()

    def take_file(self) -> File | None:
        """The file ends here; the next octets begin another."""
        file = self.file
        if file is None or self.keyed:
            return None
        self.file = None
        file.close(self.ending)
        return file

    @property
    def ending(self) -> str:
        """How a file of these octets ends."""
        return ERROR if self.fault else TRUNCATED if self.cut else CLOSED

    def _give(self, data: bytes) -> None:
        self.size += len(data)
        room = self._room
        if room:
            self.kept += data[:room]
            self._room = max(0, room - len(data))
        file = self.file
        if file is not None and self.writes:
            if self.place < 0:
                file.write(data)
            else:
                file.write_at(self.place, data)
                self.place += len(data)
        if self.feed is not None:
            self.feed(data)
