"""What TCP reassembly must deliver, octet by octet: a model that shares nothing with the engine's, and the comparison of the two.

The model keeps for each direction the pieces that came, by offset; for each octet the first one that has it counts. It says nothing of when a
hole is given up: a gap is right where nothing had come until then."""

from __future__ import annotations

from collections.abc import Sequence

from wiregram import testing as door
from wiregram_harness.plan import DIRECTIONS, Flow
from wiregram_harness.wire import FIN_FLAG, RST_FLAG, SYN_FLAG, Sent

Delivered = tuple[int, int, int, bytes, int]
"""Of one piece: the place of the packet that brought it, its sender, kind, data and length."""


class Side:
    """One direction: `pieces` are (offset, octets) in the order in which they came, as far as they reach beyond `next`, which is what has been
    delivered; `end` where a FIN says it ends."""

    def __init__(self, isn: int) -> None:
        self.first = isn + 1 & 0xFFFFFFFF
        self.pieces: list[tuple[int, bytes]] = []
        self.next = 0
        self.end = -1
        self.over = False

    def take(self, packet: Sent) -> None:
        """The octets of a packet, at their offset: the difference to the first number, nearest to what is due (mod 2^32)."""
        delta = packet.sequence - self.first - self.next & 0xFFFFFFFF
        at = self.next + (delta - (1 << 32) if delta >> 31 else delta)
        if packet.flags & (SYN_FLAG | RST_FLAG):
            return
        data = packet.payload
        if packet.flags & FIN_FLAG:
            self.end = at + len(data)
        if data:
            self.pieces.append((at, data))

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

    def deliver(self, length: int) -> None:
        """So much more has been delivered, or given up."""
        self.next += length
        self.pieces = [piece for piece in self.pieces if piece[0] + len(piece[1]) > self.next]


def contradiction(flow: Flow, sent: Sequence[tuple[int, Sent]] | None, deliveries: Sequence[Delivered]) -> tuple[str, str, str] | None:
    """What the engine's reassembly of one flow gets wrong: a sentence, what it delivered, and what the model says. `sent`: the packets, with their
    places; None where nothing happens to them, so that each turn must simply come whole."""
    if sent is None:
        return _plainly(flow, deliveries)
    sides = (Side(flow.isn[0]), Side(flow.isn[1]))
    seen = 0
    for delivered in deliveries:
        place = delivered[0]
        while seen < len(sent) and sent[seen][0] <= place:
            sides[sent[seen][1].direction].take(sent[seen][1])
            seen += 1
        found = _delivered(sides[delivered[1]], delivered)
        if found is not None:
            return f"packet {place + 1}, the {DIRECTIONS[delivered[1]]}'s stream: {found[0]}", found[1], found[2]
    for number, side in enumerate(sides):
        if not side.over:
            return "the flow is over, but a direction has no end", f"{DIRECTIONS[number]}: open", "an end"
    return None


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


def _delivered(side: Side, delivered: Delivered) -> tuple[str, str, str] | None:
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
        side.deliver(length)
        return None
    if length != len(data):
        return "a delivery's length is not that of its data", str(length), str(len(data))
    expected = side.captured(start, start + length)
    side.deliver(length)
    if data != expected:
        return "other octets than the first that came for their place", f"at {start}: {data!r}", f"at {start}: {expected!r}"
    return None
