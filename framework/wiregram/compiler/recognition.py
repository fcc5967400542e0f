"""Can protocols be told apart? What `check` says of their patterns together: which may match the same octets, which never match, what is found on
its own ports alone. Looks at sound protocols only, and at the octets that their grammars can begin with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from wiregram.compiler.grammars import Shelf, gather
from wiregram.compiler.signatures import content_of, direction_of, probing_messages
from wiregram.manifest.description import Description, Pattern
from wiregram.model.errors import HINT, WARNING, Problem
from wiregram.program.protocol import REQUEST, RESPONSE, SIDES, Protocol
from wiregram.program.protocol import Pattern as Compiled

ANY = (1 << 256) - 1
FARTHEST = 64
"""Places at which a pattern with room to move is tried."""

Masks = tuple[int, ...]
Ways = tuple[Masks, ...]


class Mark(msgspec.Struct, frozen=True):
    """A pattern as written, made ready to be compared. `rank` is its protocol's place in the manifest; `ways` are how the direction can begin, by
    transport (none: nobody knows)."""

    description: Description
    rank: int
    side: int
    direction: int
    written: Pattern
    content: bytes
    nocase: bool
    offset: int
    last: int
    ways: dict[str, Ways]

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def shown(self) -> str:
        return Compiled(self.name, "", 0, self.content).shown()

    def masks(self) -> list[int]:
        """The octets at each of its places."""
        return [_both(octet) if self.nocase else 1 << octet for octet in self.content]

    def places(self) -> range:
        return range(self.offset, min(self.last, self.offset + FARTHEST) + 1)


def recognition(pairs: Iterable[tuple[Description, Protocol]], shelf: Shelf, wanted: Collection[str] = ()) -> list[Problem]:
    """Findings about the protocols `wanted` (none named: all), each beside every other one."""
    marks: list[Mark] = []
    found: list[Problem] = []
    for rank, (description, protocol) in enumerate(pairs):
        ways = _ways(description, protocol, shelf)
        own = list(_marks(description, protocol, rank, ways))
        marks += own
        if not wanted or description.name in wanted:
            found += [problem for mark in own if (problem := _never(mark)) is not None]
            found += _at_home_only(description, protocol)
    for at, one in enumerate(marks):
        for other in marks[:at]:
            if one.name != other.name and one.direction == other.direction and (not wanted or one.name in wanted or other.name in wanted):
                problem = _same(other, one)
                if problem is not None:
                    found.append(problem)
    return found


def _ways(description: Description, protocol: Protocol, shelf: Shelf) -> dict[tuple[str, int], Ways]:
    """How each side can begin, by transport and side."""
    sources = gather(description, shelf, []) or {}
    found: dict[tuple[str, int], Ways] = {}
    for transport in description.ports:
        for side in (REQUEST, RESPONSE):
            ways: list[Masks] = []
            for number in probing_messages(protocol.sides[side], transport):
                name = protocol.messages[number].message
                ways += sources[name].grammar.openings(name) if name in sources else ((),)
            found[transport, side] = tuple(dict.fromkeys(ways))
    return found


def _marks(description: Description, protocol: Protocol, rank: int, ways: Mapping[tuple[str, int], Ways]) -> Iterable[Mark]:
    for side in (REQUEST, RESPONSE):
        for pattern in description.patterns[side]:
            content = content_of(pattern.content.text)
            if not content:
                continue
            depth = pattern.depth or pattern.offset + len(content)
            yield Mark(
                description, rank, side, direction_of(protocol.pair.begins, side), pattern, content.lower() if pattern.nocase else content,
                pattern.nocase, pattern.offset, depth - len(content),
                {transport: ways[transport, side] for transport in description.ports if description.mode.get(transport) != "off"},
            )  # fmt: skip


# ---- one pattern, one protocol


def _never(mark: Mark) -> Problem | None:
    """A pattern that no first message can have. A side whose messages are not parsed says nothing of it."""
    if not mark.ways or any(not ways or any(_admits(way, mark) for way in ways) for ways in mark.ways.values()):
        return None
    text = f"the grammar can never produce this pattern: no message that begins the {SIDES[mark.side]} has these octets there"
    return mark.description.problem(
        text, mark.written.content, suggestion="mend the content, its `offset` or `depth`, or the grammar", severity=WARNING
    )


def _admits(way: Masks, mark: Mark) -> bool:
    masks = mark.masks()
    return any(all(at >= len(way) or way[at] & mask for at, mask in enumerate(masks, place)) for place in mark.places())


def _at_home_only(description: Description, protocol: Protocol) -> list[Problem]:
    found = []
    for transport, ports in description.ports.items():
        known = any(pattern.transport == transport for pattern in protocol.patterns)
        anywhere = any(probe.transport == transport and probe.any_port for probe in protocol.probes)
        if ports and not known and not anywhere and description.mode.get(transport) != "off":
            text = f"over {transport} this is found on its own ports alone: no pattern is written, and the grammar implies none"
            better = "name octets that it begins with, `detect.request = [...]`, or, if its grammar is strict, `detect.probe = { any_port = true }`"
            found.append(description.problem(text, description.path, suggestion=better, severity=HINT))
    return found


# ---- two patterns


def _same(first: Mark, second: Mark) -> Problem | None:
    """Two protocols' patterns that can match the same octets: which, and who wins. `first` stands first in the manifest."""
    example = next((made for transport in first.ways.keys() & second.ways.keys() if (made := _example(first, second, transport))), None)
    if example is None:
        return None
    equal = len(first.content) == len(second.content)
    winner = first if len(first.content) >= len(second.content) else second
    loser = second if winner is first else first
    guarded = winner.written.when is not None
    why = "it stands first in the manifest" if equal else "it is longer"
    shown = Compiled("", "", 0, example).shown()
    text = f"{first.name}'s {first.shown} and {second.name}'s {second.shown} can match the same octets, such as {shown}: {winner.name} wins, {why}"
    text += ", unless its `when` fails" if guarded else ""
    told = guarded or loser.written.when is not None or not equal
    return second.description.problem(
        text, second.written.content, suggestion="" if told else "a `when` about the other side, or more octets, would tell them apart",
        severity=HINT if told else WARNING,
    )  # fmt: skip


def _example(first: Mark, second: Mark, transport: str) -> bytes | None:
    """Octets in which both match, one of them inside the other or both at their only place, and which both grammars can begin with."""
    for one, two in _places(first, second):
        masks: dict[int, int] = {}
        for mark, place in ((first, one), (second, two)):
            for at, mask in enumerate(mark.masks(), place):
                masks[at] = masks.get(at, ANY) & mask
        if not all(masks.values()):
            continue
        size = max(masks) + 1
        for way in first.ways[transport] or ((),):
            for other in second.ways[transport] or ((),):
                together = [masks.get(at, ANY) & _at(way, at) & _at(other, at) for at in range(size)]
                if all(together):
                    return bytes(_typical(mask) for mask in together)
    return None


def _places(first: Mark, second: Mark) -> Iterable[tuple[int, int]]:
    if first.offset == first.last and second.offset == second.last:
        touch = first.offset < second.offset + len(second.content) and second.offset < first.offset + len(first.content)
        return [(first.offset, second.offset)] if touch else []
    longer, shorter = (first, second) if len(first.content) >= len(second.content) else (second, first)
    room = range(len(longer.content) - len(shorter.content) + 1)
    found = [(place, place + inside) for place in longer.places() for inside in room if shorter.offset <= place + inside <= shorter.last]
    return found if longer is first else [(two, one) for one, two in found]


def _at(way: Masks, place: int) -> int:
    return way[place] if place < len(way) else ANY


def _both(octet: int) -> int:
    """The cases of a letter."""
    letter = bytes([octet])
    return 1 << letter.lower()[0] | 1 << letter.upper()[0]


def _typical(mask: int) -> int:
    """An octet of the set, a printable one where there is one."""
    preferred: Any = (*b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *b"abcdefghijklmnopqrstuvwxyz", *b"0123456789 ", *range(33, 127))
    return next((octet for octet in preferred if mask >> octet & 1), mask.bit_length() - 1)
