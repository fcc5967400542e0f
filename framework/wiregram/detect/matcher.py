"""Where patterns occur in the first bytes of a direction: one Aho-Corasick automaton for all of them, carried on from chunk to chunk.

The only module that knows pyahocorasick, whose automaton takes `str`: bytes are latin-1 text on both sides. It holds every content in lower
case and runs over lowered bytes; case, offset and depth are then verified for each pattern by itself. It knows nothing of guards, probes and
verdicts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any

import ahocorasick

from wiregram.program.protocol import Pattern

Guard = Callable[[Any], Any]

NO_RANK = 1 << 30
"""Behind every rank."""


class Entry:
    """A pattern made ready. `rank` orders matches: the longest content first, then the manifest's order; derived ones, which decide nothing, last.
    `last`: where it can begin at most."""

    __slots__ = ("content", "depth", "derived", "folded", "guard", "last", "length", "nocase", "offset", "pattern", "protocol", "rank")

    def __init__(self, pattern: Pattern, rank: int, guard: Guard | None) -> None:
        self.pattern = pattern
        self.protocol = pattern.protocol
        self.derived = pattern.derived
        self.folded = pattern.content.lower()
        self.content = self.folded if pattern.nocase else pattern.content
        self.nocase = pattern.nocase
        self.length = len(pattern.content)
        self.offset = pattern.offset
        self.depth = max(pattern.depth, pattern.offset + self.length)
        self.last = self.depth - self.length
        self.rank = rank
        self.guard = guard

    def shown(self) -> str:
        """The pattern for a reader."""
        return self.pattern.shown()

    def possible(self, data: bytes | bytearray, since: int) -> bool:
        """Whether bytes after `data` can still make a match. It had been possible when only `data[:since]` was there."""
        size = len(data)
        last = self.last
        if size >= self.depth:
            return False
        if size <= last:
            return True
        if self.offset == last:
            return self._agrees(data, last, max(since, last), size)
        for start in range(max(self.offset, size - self.length + 1), last + 1):  # noqa: SIM110 (a hot room has no generator)
            if self._agrees(data, start, start, size):
                return True
        return False

    def _agrees(self, data: bytes | bytearray, start: int, since: int, size: int) -> bool:
        """Whether data[since:size] is what a match that begins at `start` has there."""
        octet = data[since]
        if self.nocase and 65 <= octet <= 90:
            octet += 32
        if octet != self.content[since - start]:
            return False  # which rules out most of them
        piece = data[since:size]
        return (piece.lower() if self.nocase else piece) == self.content[since - start : size - start]


class Matcher:
    """All patterns of one transport and direction. `depth`: no pattern sees a byte beyond it. `guarded`: some depend on the other direction.
    `first` are those that can begin at the first byte alone, by that byte; `loose` all others by the last place where they can begin, `ranks[n]`
    the best rank among `loose[n:]`."""

    __slots__ = ("automaton", "depth", "entries", "first", "guarded", "lasts", "loose", "ranks")

    def __init__(self, patterns: Iterable[tuple[Pattern, Guard | None]]) -> None:
        ordered = sorted(patterns, key=lambda pair: (pair[0].derived, -len(pair[0].content)))
        self.entries = tuple(Entry(pattern, rank, guard) for rank, (pattern, guard) in enumerate(ordered))
        self.depth = max((entry.depth for entry in self.entries), default=0)
        self.guarded = any(entry.guard is not None for entry in self.entries)
        by_content: dict[bytes, list[Entry]] = {}
        first: dict[int, list[Entry]] = {}
        for entry in self.entries:
            by_content.setdefault(entry.folded, []).append(entry)
            if entry.last == 0:
                first.setdefault(entry.folded[0], []).append(entry)
        self.first = {byte: tuple(entries) for byte, entries in first.items()}
        self.loose = sorted((entry for entry in self.entries if entry.last > 0), key=lambda entry: entry.last)
        self.lasts = [entry.last for entry in self.loose]
        self.ranks = [NO_RANK] * (len(self.loose) + 1)
        for place in range(len(self.loose) - 1, -1, -1):
            self.ranks[place] = min(self.ranks[place + 1], self.loose[place].rank)
        self.automaton: Any = ahocorasick.Automaton()
        for content, entries in by_content.items():
            self.automaton.add_word(content.decode("latin-1"), tuple(entries))
        self.automaton.make_automaton()


class Search:
    """One direction's search. `feed` takes all of the direction's bytes so far, looks at the new ones and gives what they complete, in the order
    of the ends; `seen` is how many bytes were looked at. What bytes to come could complete is `alive`: entries that have begun, and those that
    may yet begin, which are not looked at one by one."""

    __slots__ = ("_ahead", "_begun", "_iterator", "matched", "matcher", "seen")

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.seen = 0
        self.matched: list[Entry] = []
        self._ahead = 0
        self._begun: list[Entry] = []
        self._iterator: Any = None

    def feed(self, data: bytes | bytearray, end: bool) -> list[tuple[Entry, int]]:
        """(entry, the offset behind its first match). With `end` nothing stays possible."""
        matcher = self.matcher
        seen = self.seen
        size = min(len(data), matcher.depth)
        hits: list[tuple[Entry, int]] = []
        if size > seen:
            piece = data[seen:size].lower().decode("latin-1")
            if seen == 0:
                self._iterator = matcher.automaton.iter(piece)
                self._begun = list(matcher.first.get(ord(piece[0]), ()))
            else:
                self._iterator.set(piece, False)
            for last, entries in self._iterator:
                stop = last + 1
                for entry in entries:
                    start = stop - entry.length
                    if start < entry.offset or stop > entry.depth or entry in self.matched:
                        continue
                    if entry.nocase or data[start:stop] == entry.content:
                        self.matched.append(entry)
                        hits.append((entry, stop))
            self.seen = size
            self._go_on(data[:size] if len(data) > size else data, seen)
        if end:
            self._begun.clear()
            self._ahead = len(matcher.loose)
        return hits

    def _go_on(self, data: bytes | bytearray, seen: int) -> None:
        """Which entries are still alive behind `data`."""
        matcher, matched = self.matcher, self.matched
        begun = self._begun
        if begun:
            begun = [entry for entry in begun if entry not in matched and entry.possible(data, seen)]
        ahead = bisect_left(matcher.lasts, len(data), self._ahead)
        if ahead > self._ahead:
            begun += [entry for entry in matcher.loose[self._ahead : ahead] if entry not in matched and entry.possible(data, entry.last)]
            self._ahead = ahead
        self._begun = begun

    def best(self) -> int:
        """The best rank among those alive; NO_RANK: there are none."""
        matcher, matched = self.matcher, self.matched
        found = matcher.ranks[self._ahead]
        if matched and found != NO_RANK:
            found = NO_RANK
            for entry in matcher.loose[self._ahead :]:
                if entry.rank < found and entry not in matched:
                    found = entry.rank
        for entry in self._begun:
            if entry.rank < found:
                found = entry.rank
        return found

    def alive(self) -> list[Entry]:
        """The entries that bytes to come could still complete, by rank."""
        ahead = (entry for entry in self.matcher.loose[self._ahead :] if entry not in self.matched)
        return sorted((*self._begun, *ahead), key=lambda entry: entry.rank)
