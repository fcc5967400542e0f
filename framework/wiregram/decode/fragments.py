"""Reassembly of IP fragments (RFC 791 section 3.2, RFC 8200 section 4.5), bounded in memory and in packet time. The first copy of an octet wins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable

LARGEST = 65_535
OVERHEAD = 128
"""What a fragment costs beside its octets, so that tiny ones are bounded too."""


class Datagram:
    """The fragments of one datagram so far: disjoint pieces in order of offset. `total` is -1 until the last one came."""

    __slots__ = ("cost", "frame", "have", "offsets", "pieces", "since", "total")

    def __init__(self, since: int) -> None:
        self.since = since
        self.offsets: list[int] = []
        self.pieces: list[bytes] = []
        self.have = 0
        self.total = -1
        self.frame = 0
        self.cost = OVERHEAD


class Fragments:
    """Datagrams under way, the oldest first."""

    __slots__ = ("_datagrams", "_limit", "_timeout", "evicted", "frame", "overlaps", "reassembled", "refused", "seen", "timeouts", "used")

    def __init__(self, limit: int, timeout: float) -> None:
        self._limit = limit
        self._timeout = round(timeout * 1_000_000_000)
        self._datagrams: dict[Hashable, Datagram] = {}
        self.used = 0
        self.frame = 0  # of the datagram given last: the octets of all its frames
        self.seen = self.reassembled = self.timeouts = self.evicted = self.refused = self.overlaps = 0

    def push(self, key: Hashable, offset: int, more: bool, data: bytes, time: int, frame: int) -> bytes | None:
        """One fragment: the whole payload once nothing is missing, else None. `key` tells datagrams apart, `frame` is the frame's size."""
        self.seen += 1
        self._expire(time)
        end = offset + len(data)
        if end > LARGEST or (more and not data):
            self.refused += 1
            return None
        datagram = self._datagrams.get(key)
        if datagram is None:
            datagram = self._datagrams[key] = Datagram(time)
            self.used += datagram.cost
        last = datagram.offsets[-1] + len(datagram.pieces[-1]) if datagram.pieces else 0
        if not more and datagram.total < 0 and end >= last:
            datagram.total = end
        if end > datagram.total >= 0 or (not more and end != datagram.total):
            self.refused += 1  # two fragments disagree about the end; the first one stands
            return None
        datagram.frame += frame
        self._insert(datagram, offset, data)
        if datagram.have == datagram.total:
            self.frame = datagram.frame
            self.reassembled += 1
            self._forget(key)
            return b"".join(datagram.pieces)
        while self.used > self._limit:
            self._forget(next(iter(self._datagrams)))
            self.evicted += 1
        return None

    def _insert(self, datagram: Datagram, offset: int, data: bytes) -> None:
        """Put in what is not there yet."""
        offsets, pieces = datagram.offsets, datagram.pieces
        end = offset + len(data)
        index = bisect_right(offsets, offset)
        at = offset
        if index and offsets[index - 1] + len(pieces[index - 1]) > at:
            at = offsets[index - 1] + len(pieces[index - 1])
            self.overlaps += 1
        while at < end:
            stop = end
            if index < len(offsets) and offsets[index] < end:
                stop = offsets[index]
                self.overlaps += 1
            if stop > at:
                offsets.insert(index, at)
                pieces.insert(index, data[at - offset : stop - offset])
                index += 1
                datagram.have += stop - at
                datagram.cost += stop - at + OVERHEAD
                self.used += stop - at + OVERHEAD
            if stop == end:
                break
            at = offsets[index] + len(pieces[index])
            index += 1

    def _forget(self, key: Hashable) -> None:
        self.used -= self._datagrams.pop(key).cost

    def _expire(self, time: int) -> None:
        while self._datagrams:
            key = next(iter(self._datagrams))
            if time - self._datagrams[key].since <= self._timeout:
                return
            self._forget(key)
            self.timeouts += 1
