"""Deliveries that wait until their receiver has acknowledged them: what nobody acknowledges was perhaps never accepted. Knows the reassembler below
it and how much may wait; nothing of what the octets mean."""

from __future__ import annotations

from collections import deque

from wiregram.model.delivery import DATA, END, Delivery
from wiregram.model.outcome import Event
from wiregram.model.packet import RST, Segment
from wiregram.stream.reassembler import OVERHEAD, Bounds, Reassembler


class Acknowledged:
    """The same interface as `Reassembler`, and the same octets, later: a delivery carries the time and the number of the packet that acknowledged it.
    A segment of which a part is acknowledged is cut there. Nothing waits in a direction whose receiver was not seen, behind a reset, at the finish,
    or beyond the bounds of reassembly."""

    __slots__ = ("_at", "_cost", "_limit", "_room", "_waiting")

    def __init__(self, room: Reassembler, settings: Bounds) -> None:
        self._room = room
        self._limit = settings.reassembly_flow
        self._waiting: tuple[deque[Delivery], deque[Delivery]] = (deque(), deque())
        self._at = [0, 0]  # octets of each direction that were handed on
        self._cost = 0

    def push(self, segment: Segment, direction: int) -> list[Delivery]:
        room = self._room
        over = False
        for delivery in room.push(segment, direction):
            self._keep(delivery)
            over = over or (delivery.kind == END and bool(segment.flags & RST))
        out: list[Delivery] = []
        memory = room.memory
        for one in (1 - direction, direction):
            everything = over or not room.seen(1 - one) or self._cost > self._limit or memory.used > memory.limit
            self._release(one, segment.time, segment.number, everything, out)
        return out

    def tick(self, time: int) -> list[Delivery]:
        """What no packet brings: holes that are given up, and what has waited behind them and is acknowledged."""
        for delivery in self._room.tick(time):
            self._keep(delivery)
        out: list[Delivery] = []
        for direction in (0, 1):
            self._release(direction, time, 0, not self._room.seen(1 - direction), out)
        return out

    def finish(self, time: int, number: int) -> list[Delivery]:
        for delivery in self._room.finish(time, number):
            self._keep(delivery)
        out: list[Delivery] = []
        for direction in (0, 1):
            self._release(direction, time, 0, True, out)
        return out

    def pending(self, direction: int) -> int:
        """The octets of this direction that wait, out of order or for an acknowledgement."""
        return self._room.pending(direction) + sum(len(delivery.data) for delivery in self._waiting[direction])

    def span(self, direction: int) -> int:
        return self._room.span(direction)

    def swap(self) -> None:
        """The flow was seen the wrong way round."""
        self._room.swap()
        self._waiting = (self._waiting[1], self._waiting[0])
        self._at.reverse()
        for waiting in self._waiting:
            for delivery in waiting:
                delivery.direction = 1 - delivery.direction

    def take(self) -> list[Event]:
        return self._room.take()

    def _keep(self, delivery: Delivery) -> None:
        self._waiting[delivery.direction].append(delivery)
        self._count(len(delivery.data) + OVERHEAD)

    def _count(self, octets: int) -> None:
        self._cost += octets
        self._room.memory.used += octets

    def _release(self, direction: int, time: int, number: int, everything: bool, out: list[Delivery]) -> None:
        """Hand on what has been acknowledged, or all. A hole and an end wait for the octets before them only. `number` 0: no packet is the cause."""
        waiting = self._waiting[direction]
        acknowledged = self._room.acknowledged(direction)
        while waiting:
            delivery = waiting[0]
            free = acknowledged - self._at[direction]
            if not everything and delivery.kind == DATA and free < delivery.length:
                if free <= 0:
                    return
                data = delivery.data
                out.append(Delivery(direction, DATA, data[:free], free, delivery.mark, time, number))
                self._at[direction] += free
                delivery.data = data[free:]
                delivery.length -= free
                self._count(-free)
                return
            waiting.popleft()
            self._count(-len(delivery.data) - OVERHEAD)
            self._at[direction] += delivery.length
            if number:
                delivery.time = time
                delivery.number = number
            out.append(delivery)
