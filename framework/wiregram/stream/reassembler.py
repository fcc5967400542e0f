"""TCP reassembly of one flow: both directions in order, holes, ends (numbers: RFC 9293 section 3.4). Knows no protocol above and no flow table.

Octets are counted from the first one of a direction; 32-bit numbers are unwrapped around the next octet that is due. The first copy of an
octet wins. A hole becomes a gap
- when the other side has acknowledged what lies behind it and TOLERANCE more octets of the flow, or one second, did not bring it (octets, not
  segments: how a stream was cut decides nothing). Where no segment comes, `tick` says that the second is over;
- when the octets that wait behind it exceed a bound;
- at the end."""

from __future__ import annotations

from bisect import bisect_left
from typing import Protocol

from wiregram.model.delivery import DATA, END, GAP, Delivery
from wiregram.model.outcome import Event
from wiregram.model.packet import ACK, FIN, RST, SYN, Segment
from wiregram.stream.memory import Memory

M32 = 0xFFFFFFFF
HALF = 0x80000000
WHOLE = 0x100000000
FAR = 16 << 20
"""Numbers farther away from all that was seen of a direction are not believed, unless a second segment agrees."""
TOLERANCE = 24 << 10
"""Octets of the flow, in both directions, that may come before those that were acknowledged: some sixteen full segments."""
PATIENCE = 1_000_000_000
NEVER = (1 << 63) - 1
OVERHEAD = 64
"""What a waiting piece costs beside its octets, so that tiny ones are bounded too."""
MOST_EVENTS = 16


class Bounds(Protocol):
    """What the engine's settings say about this room."""

    @property
    def reassembly_memory(self) -> int: ...
    @property
    def reassembly_flow(self) -> int: ...


class Half:
    """One direction. `base` is the number of its first octet (-1: unknown; `firm`: from a SYN); `next` is the octet that is due; `top` the
    end of what was seen; `acked` what the other side acknowledged; `fin` where it ends (-1: unknown).

    `pieces` wait out of order, disjoint and sorted: (start, end, octets, mark); no octets: the capture did not keep them.
    `acks` are acknowledgements beyond `next` with the segment count and the time at which they came. `tail` are the last octets handed on."""

    __slots__ = ("acked", "acks", "base", "ended", "far", "fin", "firm", "next", "pending", "pieces", "seen", "tail", "top")

    def __init__(self) -> None:
        self.base = -1
        self.firm = False
        self.seen = False
        self.next = 0
        self.top = 0
        self.acked = 0
        self.fin = -1
        self.far = -1
        self.ended = False
        self.pending = 0
        self.tail = b""
        self.pieces: list[tuple[int, int, bytes, int]] = []
        self.acks: list[tuple[int, int, int]] = []


class Reassembler:
    """`push` every segment of the flow with its direction, `finish` at its end; both give deliveries in the order in which they are to be taken.
    A direction gets one END: after its FIN, at a reset, or at the finish; what follows it is counted and dropped. `tick` is asked for when packet
    time is beyond `due`, which may be early. Never raises."""

    __slots__ = ("_cost", "_count", "_halves", "_limit", "due", "events", "memory")

    def __init__(self, settings: Bounds, memory: Memory | None = None) -> None:
        self.memory = memory or Memory(settings.reassembly_memory)
        self._limit = settings.reassembly_flow
        self._halves = [Half(), Half()]
        self._count = 0
        self._cost = 0
        self.due = NEVER
        self.events: list[Event] = []

    def push(self, segment: Segment, direction: int) -> list[Delivery]:
        half = self._halves[direction]
        other = self._halves[1 - direction]
        flags = segment.flags
        sequence = segment.sequence
        self._count += len(segment.payload)
        out: list[Delivery] = []
        if flags & (SYN | RST):
            if flags & RST:
                return self._reset(half, direction, segment, out)
            sequence = (sequence + 1) & M32
            self._synchronise(half, sequence)
        elif half.base < 0:
            half.base = sequence
        half.seen = True

        mark = -1
        if flags & ACK:
            mark = self._acknowledge(other, segment.acknowledgement, segment.time)
            if other.acks:
                self._give_up_acknowledged(other, 1 - direction, segment, out)

        length = segment.length
        if length or flags & FIN:
            if half.ended:
                self.memory.counters["after_end"] += length
            else:
                delta = (sequence - half.base - half.next) & M32
                if delta == 0 and half.fin < 0 and not half.pieces and len(segment.payload) == length and not flags & FIN:
                    half.next += length
                    if half.next > half.top:
                        half.top = half.next
                    half.tail = segment.payload if other.seen else b""
                    out.append(Delivery(direction, DATA, segment.payload, length, mark, segment.time, segment.number))
                    if half.acks:
                        self._renew(half, segment.time)
                else:
                    if delta >= HALF:
                        delta -= WHOLE
                    self._place(half, direction, half.next + delta, segment, mark, out)
        if half.acks:
            self._give_up_acknowledged(half, direction, segment, out)
        return out

    def tick(self, time: int) -> list[Delivery]:
        """Packet time has come to `time`: holes that have had their second are given up, as of the moment when it was over, by no packet."""
        out: list[Delivery] = []
        self.due = NEVER
        for direction in (0, 1):
            half = self._halves[direction]
            while half.acks:
                acked, _, since = half.acks[0]
                if acked > half.next:
                    if half.acked == half.next + 1 and not half.pieces:
                        break
                    if time - since < PATIENCE:
                        self._expect(since)
                        break
                acks = half.acks[1:]
                self._give_up(half, direction, acked, since + PATIENCE, 0, out)
                half.acks = [] if half.ended else acks
        return out

    def finish(self, time: int, number: int) -> list[Delivery]:
        """The flow is over: what waits is handed on with its gaps, and both directions end."""
        out: list[Delivery] = []
        self._flush(0, time, number, out)
        self._flush(1, time, number, out)
        return out

    def pending(self, direction: int) -> int:
        """The octets of this direction that wait out of order."""
        half = self._halves[direction]
        return half.pending

    def span(self, direction: int) -> int:
        """The octets of this direction from its first one to the last one seen, holes included."""
        half = self._halves[direction]
        return max(half.next, half.top)

    def acknowledged(self, direction: int) -> int:
        """The octets of this direction that its receiver has acknowledged."""
        half = self._halves[direction]
        return half.acked

    def seen(self, direction: int) -> bool:
        """Whether a segment of this direction has come."""
        half = self._halves[direction]
        return half.seen

    def swap(self) -> None:
        """The flow was seen the wrong way round."""
        self._halves.reverse()

    def take(self) -> list[Event]:
        """The events since the last call (at most 16 are kept)."""
        events, self.events = self.events, []
        return events

    def _synchronise(self, half: Half, first: int) -> None:
        """A SYN says where a direction begins; it counts as long as nothing of it was handed on."""
        if half.base < 0:
            half.base = first
            half.firm = True
        elif half.next == 0 and not half.pieces and not half.ended:
            self._rebase(half, _signed(half.base - first))
            half.firm = True

    def _rebase(self, half: Half, shift: int) -> None:
        """Let the direction begin `shift` octets earlier; all that is counted from its beginning moves. Nothing has come of it."""
        half.base = (half.base - shift) & M32
        if abs(shift) > FAR:  # the guess was about another connection
            half.acked = half.top = 0
            half.fin = -1
            half.acks.clear()
            return
        half.acked = max(0, half.acked + shift)
        half.top = max(0, half.top + shift)
        if half.fin >= 0:
            half.fin = max(0, half.fin + shift)
        half.acks = [(acked + shift, count, time) for acked, count, time in half.acks if acked + shift > half.next]

    def _acknowledge(self, half: Half, number: int, time: int) -> int:
        """The other side has seen this direction up to `number`: the octets that are, or -1 if that cannot be."""
        if half.base < 0:
            half.base = number
            return 0
        delta = (number - half.base - half.next) & M32
        if delta >= HALF:
            delta -= WHOLE
        acked = half.next + delta
        if acked < 0:
            return -1
        if half.fin >= 0 and acked == half.fin + 1:
            acked = half.fin  # a FIN takes a number
        if acked > half.acked:
            if acked > half.top + FAR or acked > half.fin >= 0:
                self.memory.counters["wild_acknowledgements"] += 1
                return -1
            half.acked = acked
            if acked > half.next and not half.ended:
                half.acks.append((acked, self._count, time))
                self._expect(time)
        if acked >= half.next:
            half.tail = b""
        return acked

    def _expect(self, since: int) -> None:
        """What was acknowledged at this time may be given up by time."""
        due = since + PATIENCE - 1
        if due < self.due:
            self.due = due

    def _renew(self, half: Half, time: int) -> None:
        """What was acknowledged early comes in order after all: wait for the rest of it anew."""
        half.acks = [(half.acked, self._count, time)] if half.acked > half.next else []
        if half.acks:
            self._expect(time)

    def _place(self, half: Half, direction: int, offset: int, segment: Segment, mark: int, out: list[Delivery]) -> None:
        """A segment that is not simply the next one."""
        counters = self.memory.counters
        payload = segment.payload
        end = offset + segment.length
        if self._misplaced(half, offset, end):
            self._rebase(half, -offset)
            end -= offset
            offset = 0
        if end > max(half.top, half.acked) + FAR:
            expected = half.far
            half.far = (half.base + end) & M32
            if expected < 0 or abs(_signed(half.base + offset - expected)) > FAR:
                counters["out_of_window"] += 1
                return
            half.far = -1
        if segment.flags & FIN:
            if half.fin < 0 and end >= max(half.top, half.next):
                half.fin = end
                half.acked = min(half.acked, end)
                half.acks = [(min(acked, end), count, time) for acked, count, time in half.acks]
            elif half.fin != end:
                counters["wild_ends"] += 1
        if end > half.fin >= 0:
            counters["after_end"] += end - max(offset, half.fin)
            end = half.fin
            if end > offset:
                payload = payload[: end - offset]
        if end > offset:
            if offset == half.next - 1 and end == half.next:
                counters["keep_alives"] += 1
            else:
                if offset < half.next:
                    self._compare(half, direction, offset, payload, min(end, half.next), segment)
                if end > half.next:
                    if end > half.top:
                        half.top = end
                    if offset > half.next:
                        counters["out_of_order"] += 1
                    else:
                        payload = payload[half.next - offset :]
                        offset = half.next
                    stop = min(end, offset + len(payload))
                    self._insert(half, direction, offset, stop, payload, mark, segment)
                    if stop < end:
                        self._insert(half, direction, stop, end, b"", mark, segment)
        self._release(half, direction, segment.time, segment.number, out)
        self._keep_bounds(half, direction, segment, out)

    def _misplaced(self, half: Half, offset: int, end: int) -> bool:
        """Where no SYN was seen, the beginning is a guess until octets come. They may show an earlier one, a wholly different one, or that
        the guess was the number of a keep-alive, one too low; a keep-alive's own octet shows nothing."""
        if half.firm or half.next or half.pieces:
            return False
        return offset < -1 or (offset == -1 and end > 0) or offset > FAR or (offset == 1 and half.acked == 0)

    def _compare(self, half: Half, direction: int, offset: int, payload: bytes, end: int, segment: Segment) -> None:
        """Octets before `next` come again. Those of the last piece are at hand as long as the other side may not have them."""
        self.memory.counters["retransmitted"] += end - offset
        tail = half.tail
        start = max(offset, half.next - len(tail))
        if start < end:
            again = payload[start - offset : end - offset]
            if again != tail[start - half.next + len(tail) :][: len(again)]:
                self._differs(direction, start, segment)

    def _insert(self, half: Half, direction: int, offset: int, end: int, payload: bytes, mark: int, segment: Segment) -> None:
        """Let the octets [offset, end) wait, as far as they do not wait already; an empty `payload`: the capture has not kept them."""
        pieces = half.pieces
        if half.acks:
            self._expect(half.acks[0][2])
        index = bisect_left(pieces, (offset + 1,))
        at = offset
        if index and pieces[index - 1][1] > at:
            index -= 1
        while at < end:
            stop = end
            if index < len(pieces) and pieces[index][0] < end:
                start, after, octets, _ = pieces[index]
                if start <= at:
                    # the piece holds [at, after) already
                    stop = min(after, end)
                    if octets and payload and octets[at - start : stop - start] != payload[at - offset : stop - offset]:
                        self._differs(direction, at, segment)
                    self.memory.counters["retransmitted"] += stop - at
                    at = stop
                    index += 1
                    continue
                stop = start
            octets = payload if at == offset and stop == end else payload[at - offset : stop - offset]
            pieces.insert(index, (at, stop, octets, mark))
            half.pending += len(octets)
            cost = len(octets) + OVERHEAD
            self._cost += cost
            self.memory.used += cost
            index += 1
            at = stop

    def _release(self, half: Half, direction: int, time: int, number: int, out: list[Delivery]) -> None:
        """Hand on what is in order now, and the end when it is reached."""
        pieces = half.pieces
        count = 0
        freed = 0
        for start, end, octets, mark in pieces:
            if start != half.next:
                break
            count += 1
            freed += len(octets) + OVERHEAD
            half.pending -= len(octets)
            half.next = end
            if octets:
                half.tail = octets
                out.append(Delivery(direction, DATA, octets, end - start, mark, time, number))
            else:
                self._gap(half, direction, end - start, time, number, out)
        if count:
            del pieces[:count]
            self._cost -= freed
            self.memory.used -= freed
            if half.acks:
                self._renew(half, time)
        if half.next == half.fin and not half.ended:
            self._end(half, direction, time, number, out)

    def _gap(self, half: Half, direction: int, length: int, time: int, number: int, out: list[Delivery]) -> None:
        half.tail = b""
        self.memory.counters["gaps"] += 1
        self.memory.counters["gap_octets"] += length
        out.append(Delivery(direction, GAP, b"", length, -1, time, number))

    def _give_up(self, half: Half, direction: int, upto: int, time: int, number: int, out: list[Delivery]) -> None:
        """The octets before `upto` that have not come are lost."""
        while half.next < upto:
            stop = min(upto, half.pieces[0][0]) if half.pieces else upto
            length = stop - half.next
            half.next = stop
            self._gap(half, direction, length, time, number, out)
            self._release(half, direction, time, number, out)

    def _give_up_acknowledged(self, half: Half, direction: int, segment: Segment, out: list[Delivery]) -> None:
        """What the other side has had for long enough will not be captured any more."""
        if half.acked == half.next + 1 and not half.pieces:
            return  # one number and nothing behind it: rather a FIN that was not captured than an octet
        ripe = 0
        count = 0
        for acked, since, time in half.acks:
            if acked > half.next:
                if self._count - since < TOLERANCE and segment.time - time < PATIENCE:
                    break
                ripe = acked
            count += 1
        del half.acks[:count]
        if ripe:
            acks = half.acks
            self._give_up(half, direction, ripe, segment.time, segment.number, out)
            half.acks = [] if half.ended else acks  # the holes behind have waited already

    def _keep_bounds(self, half: Half, direction: int, segment: Segment, out: list[Delivery]) -> None:
        """Stop waiting, in this direction first, until what waits fits the bounds."""
        memory = self.memory
        while self._cost > self._limit or memory.used > memory.limit:
            if not half.pieces:
                direction = 1 - direction
                half = self._halves[direction]
                if not half.pieces:
                    return
            memory.counters["given_up"] += 1
            self._give_up(half, direction, half.pieces[0][0], segment.time, segment.number, out)

    def _reset(self, half: Half, direction: int, segment: Segment, out: list[Delivery]) -> list[Delivery]:
        """A reset ends both directions, if its number is near this direction's. Its payload is no part of the stream (RFC 9293 section 3.5.3)."""
        if half.base >= 0 and segment.sequence and abs(_signed(segment.sequence - half.base - half.next)) > FAR:
            self.memory.counters["wild_resets"] += 1
            return out
        self._flush(1 - direction, segment.time, segment.number, out)
        self._flush(direction, segment.time, segment.number, out)
        return out

    def _flush(self, direction: int, time: int, number: int, out: list[Delivery]) -> None:
        half = self._halves[direction]
        if half.ended:
            return
        last = half.fin
        if last < 0:
            last = half.top if half.acked == half.top + 1 else max(half.top, half.acked)
        self._give_up(half, direction, last, time, number, out)
        if not half.ended:
            self._end(half, direction, time, number, out)

    def _end(self, half: Half, direction: int, time: int, number: int, out: list[Delivery]) -> None:
        half.ended = True
        half.tail = b""
        half.acks.clear()
        out.append(Delivery(direction, END, b"", 0, -1, time, number))

    def _differs(self, direction: int, offset: int, segment: Segment) -> None:
        self.memory.counters["overlap_different_data"] += 1
        if len(self.events) < MOST_EVENTS:
            self.events.append(
                Event("overlap_different_data", "warning", direction, offset, segment.time, segment.number, layer="stream")
            )  # fmt: skip


def patience() -> int:
    """How long octets that were acknowledged are waited for, in ns."""
    return PATIENCE


def _signed(number: int) -> int:
    """A 32-bit difference as a signed one."""
    number &= M32
    return number - WHOLE if number >= HALF else number
