"""How a protocol is recognised: patterns, and the messages that probe. Matches nothing itself."""

from __future__ import annotations

import re

from wiregram.compiler.codes import decided
from wiregram.compiler.draft import Draft
from wiregram.model.errors import GrammarError
from wiregram.program.protocol import CLIENT, EITHER, REQUEST, RESPONSE, SERVER, Pattern, Probe, Side

_HEX = re.compile(r"\|([^|]*)\|")
_OCTETS = re.compile(r"(?:[0-9A-Fa-f]{2}\s*)+")


CERTAIN, CERTAIN_NOT_ZERO = 4, 3
"""A derived pattern has at least so many certain octets in a row, so many of them not zero."""
FIRST = 4
"""Places of a message that are looked at before it is parsed."""
MOST_DERIVED = 32
"""Derived patterns of one direction; a grammar that begins in more ways tells too little."""


class ContentError(ValueError):
    """`offset` counts characters of the content."""

    def __init__(self, text: str, offset: int, width: int) -> None:
        super().__init__(text)
        self.offset = offset
        self.width = width


def read_content(text: str) -> bytes:
    """A pattern's octets: its UTF-8, and between bars hexadecimal ones (`|0d 0a|`). Raises ContentError."""
    octets, at = b"", 0
    while at < len(text):
        bar = text.find("|", at)
        if bar < 0:
            return octets + text[at:].encode()
        octets += text[at:bar].encode()
        end = text.find("|", bar + 1)
        if end < 0:
            raise ContentError("a `|` opens hexadecimal octets that no `|` closes", bar, 1)
        inside = text[bar + 1 : end].strip()
        if not _OCTETS.fullmatch(inside):
            raise ContentError("between bars stand octets of two hexadecimal digits", bar, end + 1 - bar)
        octets += bytes.fromhex("".join(inside.split()))
        at = end + 1
    return octets


def content_of(text: str) -> bytes:
    """The same; empty where it is wrong."""
    try:
        return read_content(text)
    except ContentError:
        return b""


def direction_of(begins: str, side: int) -> int:
    """Whose bytes a side's are: 0 to_server, 1 to_client."""
    return 1 - side if begins == SERVER else side


def first_speaker(draft: Draft) -> str:
    """`speaks_first`, or what follows from the machines."""
    description = draft.description
    if description.speaks_first:
        return description.speaks_first
    if any(state.name == "first" for state in description.sides[RESPONSE].states):
        return SERVER
    if description.pair.by == "flow" or description.pair.begins == EITHER:
        return EITHER
    return SERVER if description.pair.begins == SERVER else CLIENT


def transports(draft: Draft) -> list[str]:
    """Those over which the protocol is looked for."""
    return [transport for transport in draft.description.ports if draft.description.mode.get(transport) != "off"]


def build_patterns(draft: Draft) -> tuple[Pattern, ...]:
    description = draft.description
    found: list[Pattern] = []
    names = draft.detection()
    for side in (REQUEST, RESPONSE):
        for pattern in description.patterns[side]:
            when = draft.guard(pattern.when, names)
            try:
                content = read_content(pattern.content.text)
            except ContentError as error:
                place = pattern.content
                draft.problems.append(description.problem(str(error), place, error.offset, error.width, "a bar itself is written |7c|"))
                continue
            if not content:
                draft.wrong("an empty pattern matches everything", pattern.content)
                continue
            depth = pattern.depth or pattern.offset + len(content)
            if depth < pattern.offset + len(content):
                least = pattern.offset + len(content)
                draft.wrong(f"the content cannot lie before octet {depth}: it ends at {least} at the earliest", pattern.content, f"`depth = {least}`")
                continue
            for transport in transports(draft):
                found.append(
                    Pattern(
                        protocol=description.name,
                        transport=transport,
                        direction=direction_of(description.pair.begins, side),
                        content=content.lower() if pattern.nocase else content,
                        nocase=pattern.nocase,
                        offset=pattern.offset,
                        depth=depth,
                        when=when,
                    )
                )
    return tuple(found)


def derived(draft: Draft, sides: tuple[Side, Side]) -> tuple[Pattern, ...]:
    """Where the table names no pattern: the constants that the grammar's first messages have at fixed places. A match of one decides nothing:
    it only has the protocol's own messages tried, on whatever port."""
    description = draft.description
    if not description.derive or any(description.patterns) or description.probe is None or draft.failed:
        return ()
    names = list(draft.numbers)
    found: dict[Pattern, None] = {}
    for transport in transports(draft):
        for side in (REQUEST, RESPONSE):
            ways = [
                way for number in probing_messages(sides[side], transport) for way in draft.sources[names[number]].grammar.openings(names[number])
            ]
            telling = [part for way in ways if (part := _telling(way))]
            if len(telling) > MOST_DERIVED:
                continue
            for offset, content, nocase in telling:
                pattern = Pattern(
                    protocol=description.name,
                    transport=transport,
                    direction=direction_of(description.pair.begins, side),
                    content=content,
                    nocase=nocase,
                    offset=offset,
                    depth=offset + len(content),
                    derived=True,
                )
                found[pattern] = None
    return tuple(found)


def _telling(way: tuple[int, ...]) -> tuple[int, bytes, bool] | None:
    """The longest run of certain octets in a way to begin: its place, its octets, whether a letter among them may be in either case."""
    best: tuple[int, bytes, bool] | None = None
    at = 0
    while at < len(way):
        content, nocase, place = b"", False, at
        while at < len(way) and (read := _certain(way[at])) is not None:
            content += read[0]
            nocase = nocase or read[1]
            at += 1
        if len(content) >= CERTAIN and len(content) - content.count(0) >= CERTAIN_NOT_ZERO and (best is None or len(content) > len(best[1])):
            best = (place, content.lower() if nocase else content, nocase)
        at += 1
    return best


def _certain(mask: int) -> tuple[bytes, bool] | None:
    """The one octet of a set, or the letter whose two cases it is."""
    if mask.bit_count() == 1:
        return bytes([mask.bit_length() - 1]), False
    high = bytes([mask.bit_length() - 1]) if mask else b""
    if mask.bit_count() == 2 and high.isalpha() and mask == 1 << high[0] | 1 << high.upper()[0]:
        return high, True
    return None


def build_probes(draft: Draft, sides: tuple[Side, Side]) -> tuple[Probe, ...]:
    """The messages of `first`, then of `start`, for each transport and direction that has ports."""
    description = draft.description
    probe = description.probe
    if probe is None:
        return ()
    found = []
    for transport in transports(draft):
        ports = description.ports[transport]  # none: only where the protocol is announced
        for side in (REQUEST, RESPONSE):
            messages = probing_messages(sides[side], transport)
            if messages:
                direction = direction_of(description.pair.begins, side)
                gates = tuple(_gate(draft, number) for number in messages)
                found.append(Probe(description.name, transport, direction, ports, messages, probe.minimum, probe.maximum, probe.any_port, gates))
    return tuple(found)


def _gate(draft: Draft, number: int) -> tuple[bytes, ...]:
    """The octets that the first places of a message can have, so that most of what is not the protocol's need not be parsed."""
    name = list(draft.numbers)[number]
    try:
        ways = draft.sources[name].grammar.openings(name)
    except GrammarError:
        return ()
    gate = [0] * min(FIRST, *(len(way) for way in ways))
    for way in ways:
        gate = [before | mask for before, mask in zip(gate, way, strict=False)]
    return tuple(mask.to_bytes(32, "big") for mask in gate)


def probing_messages(side: Side, transport: str) -> tuple[int, ...]:
    """The numbers of the messages that may begin the side's bytes over `transport`; guards that it decides are decided."""
    known = {("flow", "transport"): transport.encode()}
    found: list[int] = []
    waiting = [at for at in (side.first, side.start) if at >= 0] if side.states else []
    seen: set[int] = set()
    while waiting:
        at = waiting.pop(0)
        if at < 0 or at in seen:
            continue
        seen.add(at)
        state = side.states[at]
        for choice in state.parse:
            holds = True if choice.when is None else decided(choice.when, known)
            if holds is not False:
                found.append(choice.message)
            if holds:
                break
        if not state.parse and state.extent is None:
            ahead = []
            for transition in state.next:
                holds = True if transition.when is None else decided(transition.when, known)
                if holds is not False:
                    ahead.append(transition.target)
                if holds:
                    break
            waiting = ahead + waiting
    return tuple(dict.fromkeys(found))
