"""The deliveries of a UDP flow: one a datagram."""

from __future__ import annotations

from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.packet import Segment


class Datagrams:
    """The same interface as `Reassembler`. Nothing says what the sender of a datagram had seen, so the mark is -1. A datagram without octets
    is no delivery; one that the capture cut is followed by a gap."""

    __slots__ = ("_ended", "_span")

    def __init__(self) -> None:
        self._span = [0, 0]
        self._ended = False

    def push(self, segment: Segment, direction: int) -> list[Delivery]:
        length = segment.length
        payload = segment.payload
        if not length or self._ended:
            return []
        self._span[direction] += length
        size = len(payload)
        out = [Delivery(direction, DATA, payload, size, -1, segment.time, segment.number, size < length)] if size else []
        if size < length:
            out.append(Delivery(direction, GAP, b"", length - size, -1, segment.time, segment.number))
        return out

    def tick(self, time: int) -> list[Delivery]:
        """Nothing waits."""
        return []

    def finish(self, time: int, number: int) -> list[Delivery]:
        if self._ended:
            return []
        self._ended = True
        return [Delivery(0, END, b"", 0, -1, time, number), Delivery(1, END, b"", 0, -1, time, number)]

    def pending(self, direction: int) -> int:
        return 0

    def span(self, direction: int) -> int:
        """The octets of this direction on the wire."""
        return self._span[direction]

    def swap(self) -> None:
        self._span.reverse()
