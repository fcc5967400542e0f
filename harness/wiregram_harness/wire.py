"""The packets of a plan: TCP over IPv4 over Ethernet with right lengths and checksums, always the same ones for the same plan.

What is sent is made once, as `Sent`; a run takes it as segments, which cost little, or as frames, which go through every room. Times and numbers
follow the order in which the packets come.
"""

from __future__ import annotations

from itertools import zip_longest
from struct import Struct

import msgspec

from wiregram import Packet
from wiregram.testing import TCP, UDP, Segment
from wiregram_harness.plan import (
    ACKNOWLEDGE,
    BOTH,
    CLOSED_WINDOW,
    FIN_DATA,
    FORGE_BEFORE,
    FORGE_BEHIND,
    KEEPALIVE,
    LATE,
    LONGER,
    LOSE,
    NOTHING,
    OVERLAP,
    PAUSE,
    PROBE,
    REPACK,
    REPEAT,
    RESET,
    REVIVE,
    RST,
    SHORTER,
    SWAP,
    TARDY,
    WAIT,
    Flow,
    Operation,
    Plan,
    ports,
    steps,
)

FIN_FLAG, SYN_FLAG, RST_FLAG, PSH_FLAG, ACK_FLAG = 1, 2, 4, 8, 16
M32 = 0xFFFFFFFF
START = 1_700_000_000_000_000_000
STEP = 1_000_000
BETWEEN = 1_000_000_000
"""Between two flows that follow each other, in ns."""

SEGMENT, JUMBO = 1_460, 60_000
"""Octets of a packet, and of one of a turn of more than `LONG` octets: as a capture has them that is made before the card cuts them."""

LONG = 1 << 18
WINDOW = 65_535
ENDS = (b"\xc0\x00\x02\x01", b"\xc6\x33\x64\x01")
"""The client's and the server's address: 192.0.2.1, 198.51.100.1 (RFC 5737)."""

_MACS = (b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02")
_HEAD = tuple(_MACS[1 - side] + _MACS[side] + b"\x08\x00\x45\x00" for side in (0, 1))
_IPV4 = Struct(">HHHBBH").pack
_TCP = Struct(">HHIIHHHH").pack
_UDP = Struct(">HHHH").pack
_ADDRESSES = tuple(ENDS[side] + ENDS[1 - side] for side in (0, 1))
_SUM = sum(int.from_bytes(end[at : at + 2], "big") for end in ENDS for at in (0, 2))


class Sent(msgspec.Struct, gc=False):
    """One packet of a flow: `direction` of its sender, `pause` the ns before it."""

    direction: int
    payload: bytes
    flags: int = 0
    sequence: int = 0
    acknowledgement: int = 0
    window: int = WINDOW
    pause: int = 0


Line = list[tuple[int, Sent]]
"""What is sent, in order, each with the number of its flow."""


def line(plan: Plan) -> Line:
    """Everything that a plan sends. Flows follow each other, a second apart, or take turns."""
    if len(plan.flows) == 1:
        return [(0, sent) for sent in flow_line(plan.flows[0])]
    each = [[(number, sent) for sent in flow_line(flow)] for number, flow in enumerate(plan.flows)]
    if plan.interleaved and not any(flow.again for flow in plan.flows):
        return [entry for row in zip_longest(*each) for entry in row if entry is not None]
    for entries in each[1:]:
        if entries:
            entries[0][1].pause = BETWEEN
    return [entry for entries in each for entry in entries]


def flow_line(flow: Flow) -> list[Sent]:
    """What one flow sends."""
    return _Connection(flow).run() if flow.transport == "tcp" else _datagrams(flow)


def _datagrams(flow: Flow) -> list[Sent]:
    """A message each, after what happened to them: a turn's packets are counted from its first on, over the turns that follow."""
    order: list[Sent] = []
    begins: list[int] = []
    for turn in flow.turns:
        begins.append(len(order))
        order += [Sent(turn.direction, message.data) for message in turn.messages]
    for operation in flow.hostile:
        if not order:
            break
        at = (begins[operation.turn % len(begins)] + operation.packet) % len(order)
        if operation.kind == LOSE:
            del order[at]
        elif operation.kind == REPEAT:
            order.insert(at + 1, order[at])
        elif operation.kind == LATE:
            order.append(order[at])
        elif operation.kind == SWAP:
            order[at : at + 2] = reversed(order[at : at + 2])
        elif operation.kind == PAUSE:
            order[at] = _later(order[at], operation.time)
    return order


def _later(sent: Sent, time: int) -> Sent:
    """The same packet, so much later behind the one before it."""
    return msgspec.structs.replace(sent, pause=sent.pause + time)


class _Connection:
    """A TCP connection under way: `next` is the number of each side's next octet."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._next = [flow.isn[0] & M32, flow.isn[1] & M32]
        self._begun = list(self._next)  # each side's number before its last turn
        self._ended = [False, False]
        self._last = {turn.direction: at for at, turn in enumerate(flow.turns) if turn.messages}
        self._out: list[Sent] = []

    def run(self) -> list[Sent]:
        flow = self._flow
        out = self._out
        if flow.opened:
            out.append(Sent(0, b"", SYN_FLAG, self._next[0], 0))
            self._next[0] = self._next[0] + 1 & M32
            out.append(Sent(1, b"", SYN_FLAG | ACK_FLAG, self._next[1], self._next[0]))
            self._next[1] = self._next[1] + 1 & M32
            out.append(self._sent(0))
        else:
            self._next = [number + 1 & M32 for number in self._next]
        happening: dict[int, list[Operation]] = {}
        for operation in (*flow.operations, *flow.hostile):
            happening.setdefault(operation.turn % max(1, len(flow.turns)), []).append(operation)
        for at, turn in enumerate(flow.turns):
            sent = self._turn(at, turn.direction, turn.data, turn.cuts)
            if at in happening and sent:
                sent = self._happen(sent, happening[at], turn.direction)
            out += sent
        self._end()
        return out

    def _sent(self, direction: int, payload: bytes = b"", flags: int = ACK_FLAG, sequence: int | None = None) -> Sent:
        number = self._next[direction] if sequence is None else sequence & M32
        return Sent(direction, payload, flags, number, self._next[1 - direction])

    def _turn(self, at: int, direction: int, data: bytes, cuts: list[int]) -> list[Sent]:
        self._begun[direction] = begun = self._next[direction]
        acknowledgement = self._next[1 - direction]
        places = steps(cuts, len(data)) if cuts else []
        places.append(len(data))
        sent: list[Sent] = []
        start = 0
        most = SEGMENT if len(data) <= LONG else JUMBO
        for cut in places:
            while start < cut:
                piece = data[start : min(cut, start + most)]
                sent.append(Sent(direction, piece, ACK_FLAG | PSH_FLAG, begun + start & M32, acknowledgement))
                start += len(piece)
        self._next[direction] = begun + len(data) & M32
        if sent and self._flow.ending == FIN_DATA and self._last[direction] == at:
            sent[-1].flags |= FIN_FLAG
            self._next[direction] = self._next[direction] + 1 & M32
            self._ended[direction] = True
        return sent

    def _happen(self, packets: list[Sent], operations: list[Operation], direction: int) -> list[Sent]:
        """The packets of a turn after what TCP did to them."""
        order = list(packets)
        for operation in operations:
            own = [place for place, packet in enumerate(order) if packet.direction == direction]
            if not own:
                break
            at = own[operation.packet % len(own)]
            here = order[at]
            kind = operation.kind
            behind = order[at + 1] if at + 1 < len(order) else None
            more = (
                b""
                if behind is None or behind.direction != direction or behind.sequence != here.sequence + len(here.payload) & M32
                else behind.payload
            )
            if kind == REPEAT:
                order.insert(at + 1, here)
            elif kind == LATE:
                order.append(here)
            elif kind == SHORTER:
                order.append(self._again(here, here.payload[: len(here.payload) + 1 >> 1]))
            elif kind == LONGER:
                if more:
                    order[at + 1] = self._again(here, here.payload + more)
                    order[at + 1].flags |= behind.flags & FIN_FLAG if behind is not None else 0
            elif kind == REPACK:
                order.append(self._again(here, here.payload + more))
            elif kind == OVERLAP:
                half = len(here.payload) >> 1
                order.insert(at + 1, self._again(here, here.payload[half:] + more[: len(more) + 1 >> 1], half))
            elif kind == SWAP:
                order[at : at + 2] = reversed(order[at : at + 2])
            elif kind == KEEPALIVE:
                order.insert(0, self._sent(direction, b"", ACK_FLAG, self._begun[direction] - 1))
            elif kind == ACKNOWLEDGE:
                order.append(self._sent(1 - direction))
            elif kind == CLOSED_WINDOW:
                closed = self._sent(1 - direction)
                closed.window = 0
                order += (closed, self._sent(1 - direction))
            elif kind in (WAIT, PAUSE):
                order[at] = _later(here, operation.time)
            else:
                self._harm(order, at, operation, direction)
        return order

    def _again(self, here: Sent, payload: bytes, offset: int = 0) -> Sent:
        return Sent(here.direction, payload, ACK_FLAG | PSH_FLAG, here.sequence + offset & M32, here.acknowledgement)

    def _harm(self, order: list[Sent], at: int, operation: Operation, direction: int) -> None:
        """A hostile operation."""
        here = order[at]
        kind = operation.kind
        end = here.sequence + len(here.payload) & M32
        if kind == LOSE:
            del order[at]
        elif kind in (FORGE_BEFORE, FORGE_BEHIND):
            other = bytes(octet ^ 1 for octet in here.payload)
            order.insert(at + (kind == FORGE_BEHIND), self._again(here, other))
        elif kind == PROBE:
            order.insert(at, self._sent(direction, b"?", ACK_FLAG, here.sequence - 1))
        elif kind == RESET:
            order.insert(at + 1, self._sent(direction, b"", RST_FLAG | ACK_FLAG, end))
        elif kind == REVIVE:
            order[at + 1 : at + 1] = [self._sent(direction, b"", RST_FLAG | ACK_FLAG, end), self._sent(direction, b"again", ACK_FLAG, end)]
        elif kind == TARDY:
            acknowledged = end + (here.flags & FIN_FLAG) & M32
            order[at : at + 1] = [Sent(1 - direction, b"", ACK_FLAG, here.acknowledgement, acknowledged), _later(here, operation.time)]

    def _end(self) -> None:
        ending = self._flow.ending
        if ending == NOTHING:
            return
        if ending == RST:
            self._out.append(self._sent(0, b"", RST_FLAG | ACK_FLAG))
        elif ending == BOTH:
            fins = [self._sent(side, b"", FIN_FLAG | ACK_FLAG) for side in (0, 1)]
            self._next = [number + 1 & M32 for number in self._next]
            self._out += (*fins, self._sent(1), self._sent(0))
        else:
            for side in (0, 1):
                if not self._ended[side]:
                    self._out.append(self._sent(side, b"", FIN_FLAG | ACK_FLAG))
                    self._next[side] = self._next[side] + 1 & M32
                self._out.append(self._sent(1 - side))


def times(entries: Line) -> list[int]:
    """When each packet comes, in ns since the first could."""
    found: list[int] = []
    time = 0
    for _, sent in entries:
        time += sent.pause
        found.append(time)
        time += STEP
    return found


def segments(plan: Plan, entries: Line) -> list[tuple[int, Segment]]:
    """What decoding would make of the packets, each with the number of its flow."""
    found: list[tuple[int, Segment]] = []
    clients = ports(plan)
    time = START
    for place, (number, sent) in enumerate(entries, 1):
        flow = plan.flows[number]
        time += sent.pause
        side = sent.direction
        pair = (clients[number], flow.port)
        transport = TCP if flow.transport == "tcp" else UDP
        payload = sent.payload
        found.append(
            (
                number,
                Segment(
                    place, time, transport, ENDS[side], pair[side], ENDS[1 - side], pair[1 - side], payload, len(payload), sent.flags,
                    sent.sequence, sent.acknowledgement, sent.window,
                ),
            )
        )  # fmt: skip
        time += STEP
    return found


def frames(plan: Plan, entries: Line) -> list[Packet]:
    """The packets as Ethernet frames."""
    found: list[Packet] = []
    clients = ports(plan)
    time = START
    counts: dict[tuple[int, int], int] = {}
    for place, (number, sent) in enumerate(entries, 1):
        flow = plan.flows[number]
        time += sent.pause
        side = sent.direction
        pair = (clients[number], flow.port)
        count = counts[number, side] = counts.get((number, side), 0) + 1
        make = _tcp if flow.transport == "tcp" else _udp
        found.append(Packet(place, time, 1, make(sent, side, pair[side], pair[1 - side], count & 0xFFFF)))
        time += STEP
    return found


def render(plan: Plan) -> list[Packet]:
    """The packets of a plan, in capture order."""
    return frames(plan, line(plan))


def render_flow(plan: Plan, number: int) -> list[Packet]:
    """The packets of one of the plan's flows, as if it were alone, from the port that it has in the plan."""
    return frames(plan, [(number, sent) for sent in flow_line(plan.flows[number])])


def _folded(total: int) -> int:
    """The Internet checksum (RFC 1071) of words that add up to `total`."""
    rest = total % 0xFFFF
    return 0xFFFF - rest if rest or not total else 0


def _total(octets: bytes) -> int:
    return int.from_bytes(octets + b"\0" if len(octets) & 1 else octets, "big") % 0xFFFF


def _internet(side: int, size: int, count: int, transport: int) -> bytes:
    total = 0x4500 + size + count + 0x4000 + (64 << 8 | transport) + _SUM
    return _HEAD[side] + _IPV4(size, count, 0x4000, 64, transport, _folded(total)) + _ADDRESSES[side]


def _tcp(sent: Sent, side: int, source: int, target: int, count: int) -> bytes:
    payload = sent.payload
    size = 20 + len(payload)
    head = _TCP(source, target, sent.sequence, sent.acknowledgement, 0x5000 | sent.flags, sent.window, 0, 0)
    check = _folded(_SUM + TCP + size + _total(head) + _total(payload))
    return b"".join((_internet(side, 20 + size, count, TCP), head[:16], check.to_bytes(2, "big"), head[18:], payload))


def _udp(sent: Sent, side: int, source: int, target: int, count: int) -> bytes:
    payload = sent.payload
    size = 8 + len(payload)
    head = _UDP(source, target, size, 0)
    check = _folded(_SUM + UDP + size + _total(head) + _total(payload)) or 0xFFFF
    return b"".join((_internet(side, 20 + size, count, UDP), head[:6], check.to_bytes(2, "big"), payload))
