"""The flow table: which flow a segment belongs to, which way it goes, and when a flow is over. Time is the packets'. Knows no stream.

Flows wait in four queues, one a state, the least recently seen first; as every state has one time-out, the head of a queue is its next to expire."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol

from wiregram.model.flow import Flow
from wiregram.model.packet import ACK, FIN, RST, SYN, TCP, UDP, Segment

NEW, ESTABLISHED, CLOSED, DATAGRAMS = 0, 1, 2, 3
STATES = ("new", "established", "closed")
SECOND = 1_000_000_000
M32 = 0xFFFFFFFF
NEAR = 65_536
"""A SYN whose number lies at most so far before the first one seen was only captured late."""
NEVER = 1 << 62
LEAP = 30 * 86_400 * SECOND
"""A step of the time that no capture makes; one packet alone is not believed. So is any step back that is longer than the time-outs."""
WINDOW = 1 << 20
"""A reset of a connection that is not established must have a number so near to the first one."""
ID_KEY = b"wiregram flow id"
ID_BITS = 51

Key = tuple[bytes, bytes, int, int, int, tuple[int, ...]]


class Bounds(Protocol):
    """What the engine's settings say about this room."""

    @property
    def max_flows(self) -> int: ...
    @property
    def timeout_new(self) -> float: ...
    @property
    def timeout_established(self) -> float: ...
    @property
    def timeout_closed(self) -> float: ...
    @property
    def timeout_udp(self) -> float: ...


class Entry:
    """A flow and what the table must remember of it. `first` and `second` are the initial sequence numbers of the key's first and second
    end (-1: unknown; in a midstream flow one before the first number seen); `fins` has a bit for each of them."""

    __slots__ = ("fins", "first", "flow", "key", "second", "seen", "state")

    def __init__(self, flow: Flow, key: Key, seen: int, state: int) -> None:
        self.flow = flow
        self.key = key
        self.seen = seen
        self.state = state
        self.first = self.second = -1
        self.fins = 0


class FlowTable:
    """Call `find` with each segment, then `expire` with its time: it gives the flows that have ended, those that `find` ended included, so they
    are over before the segment is looked at. `drain` ends all the rest. An ended flow has its `reason`: timeout, reuse, evicted, shutdown."""

    __slots__ = ("_clock", "_due", "_ended", "_entries", "_leap", "_limit", "_longest", "_queues", "_timeouts", "created", "ended", "most")

    def __init__(self, settings: Bounds) -> None:
        seconds = (settings.timeout_new, settings.timeout_established, settings.timeout_closed, settings.timeout_udp)
        self._timeouts = [round(value * SECOND) for value in seconds]
        self._longest = max(self._timeouts)
        self._limit = max(1, settings.max_flows)
        self._entries: dict[Key, Entry] = {}
        self._queues: list[OrderedDict[Entry, None]] = [OrderedDict() for _ in self._timeouts]
        self._ended: list[Flow] = []
        self._clock = -NEVER
        self._leap = -NEVER  # the time of the packet before, if it was not believed
        self._due = NEVER  # nothing expires before this
        self.created = 0
        self.most = 0
        self.ended = {"timeout": 0, "reuse": 0, "evicted": 0, "shutdown": 0}

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def counters(self) -> dict[str, int]:
        return {"created": self.created, "active": len(self._entries), "most": self.most, **self.ended}

    def find(self, segment: Segment) -> tuple[Flow, int, bool]:
        """The segment's flow, its direction (TO_SERVER, TO_CLIENT), and whether the flow begins with it. Counts the segment into the flow."""
        source, source_port = segment.source, segment.source_port
        target, target_port = segment.target, segment.target_port
        if source < target or (source == target and source_port <= target_port):
            side = 0
            key = (source, target, source_port, target_port, segment.transport, segment.vlan)
        else:
            side = 1
            key = (target, source, target_port, source_port, segment.transport, segment.vlan)
        time = segment.time
        clock = self._clock
        if clock - self._longest <= time <= clock + LEAP:
            self._leap = -NEVER
            if time > clock:
                self._clock = clock = time
        else:
            clock = self._doubt(time)
        flags = segment.flags
        entry = self._entries.get(key)
        if entry is not None:
            timeout = self._timeouts[entry.state]
            if clock - entry.seen > timeout:
                self._end(entry, "timeout")
                entry = None
            elif flags & SYN and self._reused(entry, segment, side):
                self._end(entry, "reuse")
                entry = None
        is_new = entry is None
        if entry is None:
            entry = self._begin(segment, key, side)
        else:
            entry.seen = time if time > clock else clock
            self._queues[entry.state].move_to_end(entry)

        flow = entry.flow
        direction = 0 if source == flow.client and source_port == flow.client_port else 1
        if time > flow.last_time:
            flow.last_time = time
        flow.packets[direction] += 1
        flow.octets[direction] += segment.frame
        if segment.transport == TCP:
            flow.flags[direction] |= flags
            if flags & (SYN | FIN | RST) or entry.state == NEW:
                self._follow(entry, segment, side)
        elif flow.state == "new" and flow.packets[1 - direction]:
            flow.state = "established"
        return flow, direction, is_new

    def expire(self, time: int) -> Sequence[Flow]:
        """The flows that have ended up to `time` (that of the last packet), by a time-out or in `find`, in the order in which they ended."""
        if self._clock < time <= self._clock + LEAP:
            self._clock = time
        if self._clock > self._due:
            self._expire()
        if not self._ended:
            return ()
        ended, self._ended = self._ended, []
        return ended

    def drain(self) -> Sequence[Flow]:
        """End every flow that is left, the oldest first."""
        for entry in sorted(self._entries.values(), key=lambda entry: entry.flow.first_number):
            self._end(entry, "shutdown")
        return self.expire(self._clock)

    def _doubt(self, time: int) -> int:
        """A time far from that of the packets before: the clock follows when a second packet agrees (another capture has begun)."""
        if self._clock == -NEVER or abs(time - self._leap) <= LEAP:
            self._clock = time
            self._leap = -NEVER
        else:
            self._leap = time
        return self._clock

    def _begin(self, segment: Segment, key: Key, side: int) -> Entry:
        if len(self._entries) >= self._limit:
            self._end(min((next(iter(queue)) for queue in self._queues if queue), key=lambda entry: entry.seen), "evicted")
        flags = segment.flags
        ends = (segment.source, segment.source_port, segment.target, segment.target_port)
        if flags & SYN and flags & ACK:  # the answer to a SYN goes to the client
            ends = (*ends[2:], *ends[:2])
        flow = Flow(flow_id(key, segment.time), segment.transport, *ends, segment.time, segment.number)
        flow.vlan = segment.vlan
        entry = Entry(flow, key, max(self._clock, segment.time), DATAGRAMS if segment.transport == UDP else NEW)
        if segment.transport == TCP:
            flow.midstream = not flags & SYN
            _note(entry, side, segment.sequence if flags & SYN else (segment.sequence - 1) & M32)
            if flags & ACK:
                _note(entry, 1 - side, (segment.acknowledgement - 1) & M32)
        self._entries[key] = entry
        self._enqueue(entry)
        self.created += 1
        self.most = max(self.most, len(self._entries))
        return entry

    def _reused(self, entry: Entry, segment: Segment, side: int) -> bool:
        """Whether a SYN opens another connection between the same ends."""
        known = entry.second if side else entry.first
        if segment.flags & ACK:
            return entry.state == CLOSED and known >= 0 and known != segment.sequence
        if entry.state == CLOSED:
            return True
        distance = (known - segment.sequence) & M32
        return known >= 0 and distance != 0 and not (entry.flow.midstream and distance <= NEAR)

    def _follow(self, entry: Entry, segment: Segment, side: int) -> None:
        """The connection's state, as far as the table needs it."""
        flags = segment.flags
        state = entry.state
        if flags & RST:
            known = entry.second if side else entry.first
            if state != NEW or known < 0 or not segment.sequence or (segment.sequence - known) & M32 <= WINDOW:
                state = CLOSED
        elif flags & SYN:
            _note(entry, side, segment.sequence)
            if flags & ACK:
                _note(entry, 1 - side, (segment.acknowledgement - 1) & M32)
        elif state == NEW and (segment.length or entry.flow.midstream or (entry.first >= 0 and entry.second >= 0)):
            state = ESTABLISHED
        if flags & FIN:
            entry.fins |= 1 << side
            if entry.fins == 3:
                state = CLOSED
        if state != entry.state:
            del self._queues[entry.state][entry]
            entry.state = state
            entry.flow.state = STATES[state]
            self._enqueue(entry)

    def _enqueue(self, entry: Entry) -> None:
        self._queues[entry.state][entry] = None
        timeout = self._timeouts[entry.state]
        due = self._clock + timeout
        if due < self._due:
            self._due = due

    def _end(self, entry: Entry, reason: str) -> None:
        del self._entries[entry.key]
        del self._queues[entry.state][entry]
        entry.flow.reason = reason
        self.ended[reason] += 1
        self._ended.append(entry.flow)

    def _expire(self) -> None:
        clock = self._clock
        self._due = NEVER
        for queue, timeout in zip(self._queues, self._timeouts, strict=True):
            while queue:
                entry = next(iter(queue))
                if entry.seen > clock:  # the only packets of that time so far
                    entry.seen = clock
                    queue.move_to_end(entry)
                    continue
                due = entry.seen + timeout
                if clock <= due:
                    self._due = min(self._due, due)
                    break
                self._end(entry, "timeout")


def _note(entry: Entry, side: int, sequence: int) -> None:
    """Keep an initial sequence number, the first that was seen."""
    if side:
        if entry.second < 0:
            entry.second = sequence
    elif entry.first < 0:
        entry.first = sequence


def flow_id(key: Key, time: int) -> int:
    """51 bits that depend on the two ends, the tags and the first packet's time, and on nothing else."""
    low, high, low_port, high_port, transport, vlan = key
    numbers = b"".join(number.to_bytes(2, "big") for number in (low_port, high_port, transport, *vlan))
    digest = blake2b(low + high + numbers + time.to_bytes(16, "big", signed=True), digest_size=8, key=ID_KEY).digest()
    return int.from_bytes(digest, "big") >> (64 - ID_BITS)
