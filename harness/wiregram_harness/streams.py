"""What TCP reassembly must deliver, octet by octet: a model that shares nothing with the engine's, and the property that compares the two.

The model keeps for each direction a map from offset to the first octet that the capture has for it. It says nothing of when a hole is given up:
a gap is right where nothing had come until then."""

from __future__ import annotations

from wiregram import Packet
from wiregram import testing as door
from wiregram_harness.plan import PAYLOAD, SEQUENCE, Flow

FLAGS = 47
"""Where a rendered packet has its TCP flags."""

FIN, SYN, RST = 1, 2, 4


class Side:
    """One direction: `octets` by offset, with the packet that brought each; `next` is what has been delivered; `end` where a FIN says it ends."""

    def __init__(self, isn: int) -> None:
        self.first = isn + 1 & 0xFFFFFFFF
        self.octets: dict[int, tuple[int, int]] = {}
        self.next = 0
        self.end = -1
        self.over = False

    def take(self, place: int, packet: bytes) -> None:
        """The octets of a packet, at their offsets: the difference to the first number, nearest to what is due (mod 2^32)."""
        number = int.from_bytes(packet[SEQUENCE : SEQUENCE + 4], "big")
        delta = number - self.first - self.next & 0xFFFFFFFF
        at = self.next + (delta - (1 << 32) if delta >> 31 else delta)
        if packet[FLAGS] & (SYN | RST):
            return
        data = packet[PAYLOAD:]
        if packet[FLAGS] & FIN:
            self.end = at + len(data)
        for offset, octet in enumerate(data, at):
            if offset >= 0:
                self.octets.setdefault(offset, (octet, place))


def difference(packets: list[Packet], flow: Flow) -> tuple[str, str, str] | None:
    """What the engine's reassembly of one flow gets wrong: a sentence, what it delivered, and what the model says."""
    sides = (Side(flow.isn[0]), Side(flow.isn[1]))
    seen = 0
    for place, delivery in door.stream(packets, flow.port):
        while seen <= min(place, len(packets) - 1):
            _captured(sides, seen, packets[seen].data, flow.port)
            seen += 1
        found = _delivered(sides[delivery.direction], place, delivery)
        if found is not None:
            who = "client" if delivery.direction == door.TO_SERVER else "server"
            return f"packet {place + 1}, the {who}'s stream: {found[0]}", found[1], found[2]
    for number, side in enumerate(sides):
        if not side.over:
            return "the flow is over, but a direction has no end", f"direction {number}: open", "an end"
    return None


def _captured(sides: tuple[Side, Side], place: int, packet: bytes, port: int) -> None:
    direction = int(int.from_bytes(packet[34:36], "big") == port)
    sides[direction].take(place, packet)


def _delivered(side: Side, place: int, delivery: door.Delivery) -> tuple[str, str, str] | None:
    """Hold one delivery to the model."""
    start = side.next
    if side.over:
        return "something is delivered after the end", f"kind {delivery.kind} at {start}", "nothing"
    if delivery.kind == door.END:
        side.over = True
        if start in side.octets and side.octets[start][1] <= place and (side.end < 0 or start < side.end):
            return "the end comes before octets that the capture has", f"end at {start}", f"octet {start} was captured"
        return None
    side.next = start + delivery.length
    if delivery.kind == door.GAP:
        for offset in range(start, side.next):
            if side.octets.get(offset, (0, place + 1))[1] <= place:
                return "a gap where the capture has octets", f"gap of {delivery.length} at {start}", f"octet {offset} was captured"
        return None
    if delivery.length != len(delivery.data):
        return "a delivery's length is not that of its data", str(delivery.length), str(len(delivery.data))
    expected = bytes(side.octets[offset][0] for offset in range(start, side.next) if offset in side.octets and side.octets[offset][1] <= place)
    if delivery.data != expected:
        return "other octets than the first that came for their place", f"at {start}: {delivery.data!r}", f"at {start}: {expected!r}"
    return None
