"""What TCP reassembly must deliver, octet by octet: a model that shares nothing with the engine's, and the comparison of the two.

The model keeps for each direction the pieces that came, by offset; for each octet the first one that has it counts. A gap is right where nothing had
come until then. What the other side has acknowledged for longer than a hole waits is given up: what comes for it then comes too late."""

from __future__ import annotations

from collections.abc import Sequence

from wiregram import testing as door
from wiregram_harness.plan import DIRECTIONS, Flow
from wiregram_harness.wire import ACK_FLAG, FIN_FLAG, RST_FLAG, SYN_FLAG, Sent

Delivered = tuple[int, int, int, bytes, int]
"""Of one piece: the place of the packet that brought it, its sender, kind, data and length."""


FOREVER = 1 << 62


class Side:
    """One direction: `pieces` are (offset, octets) in the order in which they came, as far as they reach beyond `next`, which is what has been
    delivered, last at the time `moved`; `end` where a FIN says it ends. `acks` are (offset, time) of what the other side has acknowledged beyond
    `next`, `lapsed` the offset before which nothing is waited for any more."""

    def __init__(self, isn: int) -> None:
        self.first = isn + 1 & 0xFFFFFFFF
        self.pieces: list[tuple[int, bytes]] = []
        self.next = 0
        self.end = -1
        self.over = False
        self.acks: list[tuple[int, int]] = []
        self.moved = 0
        self.lapsed = 0

    def _offset(self, number: int) -> int:
        """The offset of a number, nearest to what is due (mod 2^32)."""
        delta = number - self.first - self.next & 0xFFFFFFFF
        return self.next + (delta - (1 << 32) if delta >> 31 else delta)

    def take(self, packet: Sent) -> None:
        """The octets of a packet, at their offset."""
        at = self._offset(packet.sequence)
        if packet.flags & (SYN_FLAG | RST_FLAG):
            return
        data = packet.payload
        if packet.flags & FIN_FLAG:
            self.end = at + len(data)
        if at < self.lapsed:
            data = data[self.lapsed - at :]
            at = self.lapsed
        if data:
            self.pieces.append((at, data))

    def hear(self, packet: Sent, time: int) -> None:
        """What a packet of the other side acknowledges."""
        acked = self._offset(packet.acknowledgement)
        if packet.flags & ACK_FLAG and not packet.flags & RST_FLAG and acked > max(self.next, self.acks[-1][0] if self.acks else 0):
            self.acks.append((acked, time))

    def lapse(self, time: int, hole: int) -> None:
        """Time has come so far: what was acknowledged longer ago than a hole waits, with no octet since that came in order, is given up. One number
        alone, with nothing behind it, may be an end's."""
        for acked, since in self.acks:
            if time - max(since, self.moved) > hole and acked > self.next + 1:
                self.lapsed = max(self.lapsed, acked)

    def given_up(self, start: int, behind: int, time: int, hole: int) -> bool:
        """Whether these offsets may have been given up before a packet came at this time."""
        return self.first_captured(start, behind) < 0 and any(acked >= behind and time - since >= hole for acked, since in self.acks)

    def captured(self, start: int, behind: int) -> bytes:
        """The octets that have come for these offsets."""
        for at, data in self.pieces:
            if at < behind and at + len(data) > start:
                if at <= start and behind <= at + len(data):
                    return data[start - at : behind - at]
                break  # more than one piece has them
        octets = bytearray(behind - start)
        known = bytearray(behind - start)
        for at, data in reversed(self.pieces):
            low = max(at, start)
            high = min(at + len(data), behind)
            if low < high:
                octets[low - start : high - start] = data[low - at : high - at]
                known[low - start : high - start] = b"\1" * (high - low)
        return bytes(octets) if all(known) else bytes(octet for octet, has in zip(octets, known, strict=True) if has)

    def first_captured(self, start: int, behind: int) -> int:
        """The first of these offsets for which an octet has come; -1: for none has."""
        return min([max(at, start) for at, data in self.pieces if at < behind and at + len(data) > start], default=-1)

    def waits(self, length: int) -> bool:
        """Whether so many of the next octets have come."""
        return len(self.captured(self.next, self.next + length)) == length

    def deliver(self, length: int, time: int) -> None:
        """So much more has been delivered, or given up."""
        self.next += length
        self.moved = time
        if self.acks:
            self.acks = [ack for ack in self.acks if ack[0] > self.next]
        self.pieces = [piece for piece in self.pieces if piece[0] + len(piece[1]) > self.next]


def contradiction(
    flow: Flow,
    sent: Sequence[tuple[int, Sent]] | None,
    deliveries: Sequence[Delivered],
    times: Sequence[int] = (),
    hole: int = FOREVER,
    strict: bool = True,
) -> tuple[str, str, str] | None:
    """What the engine's reassembly of one flow gets wrong: a sentence, what it delivered, and what the model says. `sent`: the packets, with their
    places; None where nothing happens to them, so that each turn must simply come whole. `times` of all places (none: too little passes for
    anything to end), and how long a `hole` waits; `strict`: not longer."""
    if sent is None:
        return _plainly(flow, deliveries)
    sides = (Side(flow.isn[0]), Side(flow.isn[1]))
    seen = 0
    for delivered in deliveries:
        place, sender, kind, _, length = delivered
        time = times[place] if place < len(times) else 0
        while seen < len(sent) and sent[seen][0] < place:
            _take(sides, *sent[seen], times, hole if strict else FOREVER)
            seen += 1
        side = sides[sender]
        if seen < len(sent) and sent[seen][0] == place:
            if times and not side.over and _of_time(side, kind, length, time, hole):
                time = side.moved
            else:
                _take(sides, *sent[seen], times, hole if strict else FOREVER)
                seen += 1
        found = _delivered(side, delivered, time)
        if found is not None:
            return f"packet {place + 1}, the {DIRECTIONS[delivered[1]]}'s stream: {found[0]}", found[1], found[2]
    for number, side in enumerate(sides):
        if not side.over:
            return "the flow is over, but a direction has no end", f"{DIRECTIONS[number]}: open", "an end"
    return None


def _of_time(side: Side, kind: int, length: int, time: int, hole: int) -> bool:
    """Whether the time that has passed until a packet brings this delivery, not the packet."""
    if kind == door.GAP:
        return side.given_up(side.next, side.next + length, time, hole)
    return side.waits(length) if kind == door.DATA else side.end == side.next


def _take(sides: tuple[Side, Side], place: int, packet: Sent, times: Sequence[int], hole: int) -> None:
    """A packet comes, at its time."""
    if not times:
        sides[packet.direction].take(packet)
        return
    time = times[place]
    for side in sides:
        side.lapse(time, hole)
    sides[packet.direction].take(packet)
    sides[1 - packet.direction].hear(packet, time)


def _plainly(flow: Flow, deliveries: Sequence[Delivered]) -> tuple[str, str, str] | None:
    """Each side's octets once, in order, without a hole, and one end behind them."""
    octets: tuple[list[bytes], list[bytes]] = ([], [])
    lengths = [0, 0]
    ended = [False, False]
    odd = [False, False]  # a gap, or something behind the end
    for _, sender, kind, data, length in deliveries:
        if kind == door.DATA and not ended[sender]:
            octets[sender].append(data)
            lengths[sender] += length
        elif kind == door.END and not ended[sender]:
            ended[sender] = True
        else:
            odd[sender] = True
    for side, who in DIRECTIONS.items():
        expected = b"".join([turn.data for turn in flow.turns if turn.direction == side])
        if not ended[side]:
            return "the flow is over, but a direction has no end", f"{who}: open", "an end"
        found = b"".join(octets[side])
        if found != expected:
            return f"the {who}'s stream is not what was sent", repr(found), repr(expected)
        if odd[side] or lengths[side] != len(expected):
            mine = [delivered[2:] for delivered in deliveries if delivered[1] == side]
            return f"the {who}'s stream has a gap or a second end", str(mine), "octets and one end"
    return None


def _delivered(side: Side, delivered: Delivered, time: int) -> tuple[str, str, str] | None:
    """Hold one delivery to the model."""
    _, _, kind, data, length = delivered
    start = side.next
    if side.over:
        return "something is delivered after the end", f"kind {kind} at {start}", "nothing"
    if kind == door.END:
        side.over = True
        if side.first_captured(start, start + 1) >= 0 and (side.end < 0 or start < side.end):
            return "the end comes before octets that the capture has", f"end at {start}", f"octet {start} was captured"
        return None
    if kind == door.GAP:
        first = side.first_captured(start, start + length)
        if first >= 0:
            return "a gap where the capture has octets", f"gap of {length} at {start}", f"octet {first} was captured"
        side.deliver(length, time)
        return None
    if length != len(data):
        return "a delivery's length is not that of its data", str(length), str(len(data))
    expected = side.captured(start, start + length)
    side.deliver(length, time)
    if len(data) > len(expected) and start < side.lapsed:
        return "octets that came when their hole had waited long enough", f"at {start}: {data!r}", f"a gap before {side.lapsed}"
    if data != expected:
        return "other octets than the first that came for their place", f"at {start}: {data!r}", f"at {start}: {expected!r}"
    return None
