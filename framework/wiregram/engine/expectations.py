"""Flows that others have announced: which are still to come, and what they may read of the flow that announced them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from wiregram.model.flow import Flow
from wiregram.model.outcome import Announced

LASTS = 30_000_000_000
"""How long a flow is expected, in ns of packet time."""
MOST = 4096
"""Expectations at a time; the oldest gives way."""

Key = tuple[bytes, int, bytes]


class Expectations:
    """`counters` say what became of them. An expectation is used once; of several for the same end the newest counts."""

    __slots__ = ("_waiting", "counters")

    def __init__(self) -> None:
        self._waiting: dict[Key, tuple[int, str, dict[str, Any]]] = {}
        self.counters = {"announced": 0, "met": 0, "dropped": 0}

    def add(self, flow: Flow, announced: Announced, time: int) -> None:
        """What `flow` announced at `time`. An address that is none is passed over."""
        ends = (flow.client, flow.server)
        target, other = ends[announced.to], ends[1 - announced.to]
        if announced.host is not None:
            try:
                target = ip_address(announced.host.decode("ascii", "replace")).packed
            except ValueError:
                return
        key = (target, announced.port, other)
        self._waiting.pop(key, None)
        self._waiting[key] = (time + LASTS, announced.protocol, announced.parent)
        self.counters["announced"] += 1
        if len(self._waiting) > MOST:
            del self._waiting[next(iter(self._waiting))]
            self.counters["dropped"] += 1

    def take(self, flow: Flow) -> tuple[str, dict[str, Any]] | None:
        """What a new flow was announced as, and by what; it is no longer expected."""
        if not self._waiting:
            return None
        found = self._waiting.pop((flow.server, flow.server_port, flow.client), None)
        if found is None or flow.first_time > found[0]:
            return None
        self.counters["met"] += 1
        return found[1], found[2]
