"""The classic capture file (draft-ietf-opsawg-pcap): records of packets, one link type, both byte orders, micro- and nanoseconds."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from wiregram.capture.octets import Octets
from wiregram.model.packet import Packet

HEADER = 24
LARGEST = 1 << 20
"""No record is longer: four times what tcpdump takes. A longer one is damage, and is never allocated."""

# magic -> byte order, nanoseconds in a tick
MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}


class Pcap:
    """The packets of a file whose first bytes are `head` (at least its header). `problem` says why the file ended early."""

    def __init__(self, octets: Octets, head: bytes, name: str) -> None:
        order, self._tick = MAGICS[head[:4]]
        # The upper bits tell of a frame check sequence, which the length in the IP header cuts off.
        self.link = Struct(order + "I").unpack_from(head, 20)[0] & 0xFFFF
        self._record = Struct(order + "IIII").unpack_from
        self._octets = octets
        self._head = head
        self._name = name
        self.problem: str | None = None

    def __iter__(self) -> Iterator[Packet]:
        record, tick, link, name, more = self._record, self._tick, self.link, self._name, self._octets.more
        data, at, number = self._head, HEADER, 0
        self._head = b""
        while True:
            end = len(data)
            while end - at >= 16:
                seconds, ticks, size, length = record(data, at)
                if size > LARGEST:
                    self.problem = f"packet {number + 1} claims {size} octets; what follows is not read"
                    return
                stop = at + 16 + size
                if stop > end:
                    break
                number += 1
                # `length` smaller than `size` is a lie of some writers
                yield Packet(number, seconds * 1_000_000_000 + ticks * tick, link, data[at + 16 : stop], length if length > size else size, name)
                at = stop
            piece = more()
            if not piece:
                if at < end:
                    self.problem = f"it is cut short within packet {number + 1}"
                return
            data = data[at:] + piece
            at = 0
