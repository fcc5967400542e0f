"""Which pattern wins in a direction: the best ranked one whose content is verified and whose guard holds, once no better one can still come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wiregram.detect.matcher import NO_RANK, Entry, Matcher, Search


class Scan:
    """One direction against one matcher. `best` leads since `lead` bytes of the direction; `waiting` are matches whose guard is undecided,
    `derived` matches of derived patterns, which only have their protocols' messages tried (the first `tried` of them are)."""

    __slots__ = ("best", "derived", "holding", "lead", "refused", "search", "stops", "tried", "waiting")

    def __init__(self, matcher: Matcher) -> None:
        self.search = Search(matcher)
        self.best: Entry | None = None
        self.lead = 0
        self.holding: list[Entry] = []
        self.waiting: list[Entry] = []
        self.derived: list[Entry] = []
        self.tried = 0
        self.refused: list[Entry] = []
        self.stops: dict[int, int] = {}

    def feed(self, data: bytes | bytearray, end: bool, scope: Callable[[], Any]) -> None:
        """`data`: the direction so far. `scope` gives what guards see."""
        for entry, stop in self.search.feed(data, end):
            self.stops[entry.rank] = stop
            if entry.derived:
                self.derived.append(entry)
                continue
            guard = entry.guard
            held = True if guard is None else guard(scope())
            if held is None:
                self.waiting.append(entry)
            else:
                self._decide(entry, held is True, stop)

    def judge(self, scope: Callable[[], Any], final: bool) -> None:
        """The other side has said more (with `final`: all that counts): guards that were undecided are tried again, and then count as false."""
        waiting, self.waiting = self.waiting, []
        for entry in waiting:
            held = entry.guard(scope()) if entry.guard is not None else True
            if held is None and not final:
                self.waiting.append(entry)
            else:
                self._decide(entry, held is True, self.search.seen)

    def _decide(self, entry: Entry, holds: bool, seen: int) -> None:
        if not holds:
            self.refused.append(entry)
            return
        self.holding.append(entry)
        best = self.best
        if best is None:
            self.lead = seen
        if best is None or entry.rank < best.rank:
            self.best = entry

    def speaks(self, protocol: str) -> bool:
        """Whether a pattern of the protocol has matched."""
        for entry in self.holding:
            if entry.protocol == protocol:
                return True
        for entry in self.derived:  # noqa: SIM110 (a hot room has no generator)
            if entry.protocol == protocol:
                return True
        return False

    def leads(self) -> bool:
        """Whether `best` wins if no more bytes come: nothing better waits for the other side."""
        best = self.best
        if best is None:
            return False
        for entry in self.waiting:  # noqa: SIM110 (a hot room has no generator)
            if entry.rank <= best.rank:
                return False
        return True

    def settled(self) -> bool:
        """Whether `best` wins whatever comes: nothing better waits or is possible."""
        best = self.best
        return best is not None and self.leads() and self.search.best() > best.rank

    def done(self) -> bool:
        """Whether no pattern matched and none can."""
        return self.best is None and not self.waiting and self.search.best() == NO_RANK
