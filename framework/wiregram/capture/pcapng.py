"""The newer capture file (draft-ietf-opsawg-pcapng): sections of blocks, several interfaces, each with a link type and a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from wiregram.capture.octets import Octets
from wiregram.capture.pcap import LARGEST
from wiregram.model.packet import Packet

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET = 0x0A0D0D0A, 1, 2, 3, 6
MAGIC = b"\x0a\x0d\x0d\x0a"
KEPT = frozenset((SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET))
IF_NAME, IF_TSRESOL, IF_TSOFFSET = 2, 9, 14
LARGEST_BLOCK = LARGEST + (1 << 16)  # a packet and its options
MOST_INTERFACES = 1 << 16
SECOND = 1_000_000_000
LATEST = 1 << 62
"""Times beyond it, in 2116, are damage; this keeps them and their differences within 64 bits."""


class Interface:
    """A clock tick is `multiplier / divisor` ns; `offset` ns are added."""

    __slots__ = ("divisor", "link", "multiplier", "name", "offset", "snaplen")

    def __init__(self, link: int, snaplen: int) -> None:
        self.link = link
        self.snaplen = snaplen
        self.name = ""
        self.multiplier = 1000
        self.divisor = 1
        self.offset = 0

    def resolution(self, value: int) -> None:
        """if_tsresol: the negative power of 10, or with the top bit of 2, that a tick is of a second."""
        ticks = 2 ** (value & 0x7F) if value & 0x80 else 10**value
        self.multiplier, self.divisor = (SECOND // ticks, 1) if SECOND % ticks == 0 else (SECOND, ticks)


class DamageError(Exception):
    """A block that contradicts itself; what follows it cannot be trusted."""


class Pcapng:
    """The packets of a file whose first bytes are `head` (at least 12). `problem` says why the file ended early."""

    def __init__(self, octets: Octets, head: bytes, name: str) -> None:
        self._octets = octets
        self._data = head
        self._name = name
        self._order = "<"
        self._interfaces: list[Interface] = []
        self._time = 0
        self._number = 0
        self.problem: str | None = None
        self._begin_section(head[8:12])

    def _begin_section(self, mark: bytes) -> None:
        if mark == b"\x4d\x3c\x2b\x1a":
            self._order = "<"
        elif mark == b"\x1a\x2b\x3c\x4d":
            self._order = ">"
        else:
            raise DamageError("a section's byte order is neither of the two")
        self._interfaces = []  # a section describes its own
        self._two_words = Struct(self._order + "II").unpack_from
        self._word = Struct(self._order + "I").unpack_from
        self._enhanced = Struct(self._order + "IIIII").unpack_from
        self._old = Struct(self._order + "HHIIII").unpack_from
        self._halves = Struct(self._order + "HH").unpack_from

    def __iter__(self) -> Iterator[Packet]:
        data, at = self._data, 0
        self._data = b""
        more = self._octets.more
        while True:
            end = len(data)
            skip = 0
            try:
                while end - at >= 12:
                    kind, size = self._two_words(data, at)
                    if kind == SECTION:
                        self._begin_section(data[at + 8 : at + 12])
                        size = self._word(data, at + 4)[0]
                    if size < 12 or size & 3:
                        raise DamageError(f"a block claims {size} octets")
                    stop = at + size
                    if kind in KEPT:
                        if size > LARGEST_BLOCK:
                            raise DamageError(f"a block claims {size} octets")
                        if stop > end:
                            break
                        packet = self._block(kind, data, at + 8, stop - 4)
                        if packet is not None:
                            yield packet
                    if stop > end:
                        skip = stop - end
                        at = end
                        break
                    at = stop
            except DamageError as damage:
                self.problem = f"after packet {self._number}, {damage}; what follows is not read"
                return
            piece = more()
            while skip and piece:
                if len(piece) > skip:
                    piece, skip = piece[skip:], 0
                else:
                    skip -= len(piece)
                    piece = more()
            if not piece:
                if at < end or skip:
                    self.problem = f"it is cut short after packet {self._number}"
                return
            data = data[at:] + piece
            at = 0

    def _block(self, kind: int, data: bytes, at: int, end: int) -> Packet | None:
        """One block's body `data[at:end]`."""
        if kind == ENHANCED_PACKET:
            if end - at < 20:
                raise DamageError("a packet block is too short")
            which, high, low, size, length = self._enhanced(data, at)
            return self._packet(which, high << 32 | low, data, at + 20, end, size, length)
        if kind == INTERFACE:
            self._interface(data, at, end)
        elif kind == OLD_PACKET:
            if end - at < 20:
                raise DamageError("a packet block is too short")
            which, _, high, low, size, length = self._old(data, at)
            return self._packet(which, high << 32 | low, data, at + 20, end, size, length)
        elif kind == SIMPLE_PACKET:
            if end - at < 4:
                raise DamageError("a packet block is too short")
            length = self._word(data, at)[0]
            size = min(length, end - at - 4)
            if self._interfaces and self._interfaces[0].snaplen:
                size = min(size, self._interfaces[0].snaplen)
            return self._packet(0, -1, data, at + 4, end, size, length)
        return None

    def _packet(self, which: int, ticks: int, data: bytes, at: int, end: int, size: int, length: int) -> Packet:
        """`ticks` -1: the block has no time; the packet then has that of the one before it."""
        if which >= len(self._interfaces):
            raise DamageError(f"a packet names interface {which}, which is not described")
        if size > end - at:
            raise DamageError(f"a packet claims {size} octets, more than its block holds")
        interface = self._interfaces[which]
        if ticks >= 0:
            time = ticks * interface.multiplier // interface.divisor + interface.offset
            self._time = min(max(time, -LATEST), LATEST)
        self._number += 1
        return Packet(self._number, self._time, interface.link, data[at : at + size], max(length, size), self._name, interface.name)

    def _interface(self, data: bytes, at: int, end: int) -> None:
        if end - at < 8 or len(self._interfaces) >= MOST_INTERFACES:
            raise DamageError("an interface block is too short, or one too many")
        link, _ = self._halves(data, at)
        interface = Interface(link, self._word(data, at + 4)[0])
        at += 8
        while end - at >= 4:
            code, size = self._halves(data, at)
            at += 4
            if code == 0 or at + size > end:
                break
            value = data[at : at + size]
            if code == IF_NAME:
                interface.name = value.rstrip(b"\0").decode("utf-8", "backslashreplace")
            elif code == IF_TSRESOL and size == 1:
                interface.resolution(value[0])
            elif code == IF_TSOFFSET and size == 8:
                interface.offset = int.from_bytes(value, "little" if self._order == "<" else "big", signed=True) * SECOND
            at += size + (-size & 3)
        self._interfaces.append(interface)
