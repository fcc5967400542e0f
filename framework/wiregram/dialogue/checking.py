"""Plays a dialogue to the engine - whole, byte by byte, cut at every position - and says where its records differ from those that were promised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from wiregram.capture.craft import START, Conversation, Timeline
from wiregram.dialogue.reading import CLIENT, DATA, END, GAP, WAIT, Dialogue, Turn
from wiregram.engine import Engine
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER, UDP, Packet
from wiregram.model.record import ANOMALY, FILE, FLOW, TRANSACTION, Record
from wiregram.outputs import plain
from wiregram.program.library import Library

DIRECTION = {"client": TO_SERVER, "server": TO_CLIENT}
FIRST_CLIENT_PORT = 20_000
FEW = 1000
"""Octets of a dialogue up to which every position is cut by itself; of a longer one, those APART octets are cut together."""
APART = 256
BETWEEN = 3600 * 1_000_000_000
"""Packet time between two plays of one dialogue in one engine: every flow of the last has timed out."""


class Failure(msgspec.Struct, frozen=True):
    """What went wrong in one way of cutting: `cutting` names the first way that failed, `expected` and `found` are the records, the events or
    what the flows were recognised as."""

    dialogue: Dialogue
    cutting: str
    what: str
    expected: list[Any]
    found: list[Any]

    def render(self) -> str:
        lines = [f"{self.dialogue.file}:{self.dialogue.line}: error: '{self.dialogue.title}', {self.cutting}: {self.what} differ"]
        for number in range(max(len(self.expected), len(self.found))):
            one = self.expected[number] if number < len(self.expected) else None
            two = self.found[number] if number < len(self.found) else None
            if one != two:
                lines.append(f"    {number + 1}. expected {_shown(one)}")
                lines.append(f"       found    {_shown(two)}")
        return "\n".join(lines)


def check(library: Library, protocol: str, dialogues: tuple[Dialogue, ...], every_split: bool = True) -> list[Failure]:
    """The failures, one a dialogue at most. `every_split` False leaves out the single cuts (but not whole and byte by byte)."""
    return [failure for dialogue in dialogues if (failure := _check_one(library, protocol, dialogue, every_split)) is not None]


def _check_one(library: Library, protocol: str, dialogue: Dialogue, every_split: bool) -> Failure | None:
    described = library.protocols[protocol]
    transport = dialogue.transport or next(name for name, ports in described.ports.items())
    ports = described.ports.get(transport, ())
    port = dialogue.port or (ports[0][0] if ports else 9)
    verdict = dialogue.protocol or (protocol if described.mode.get(transport) == "detection_only" else "")
    engine = Engine(library)
    timeline = Timeline(START)
    for number, (name, cuts) in enumerate(_cuttings(dialogue, transport, every_split)):
        records = [record for packet in packets(dialogue, transport, port, cuts, timeline, number) for record in engine.feed(packet)]
        timeline.time += BETWEEN
        records += engine.flush(timeline.time)
        failure = _compare(dialogue, verdict, name, records)
        if failure is not None:
            return failure
    return None


def _cuttings(dialogue: Dialogue, transport: str, every_split: bool) -> Iterator[tuple[str, dict[int, range | tuple[int, ...]]]]:
    """(name, turn number -> where it is cut). Datagrams are never cut."""
    yield "whole", {}
    if transport == "udp":
        return
    sizes = {number: len(turn.data) for number, turn in enumerate(dialogue.turns) if turn.kind == DATA and len(turn.data) > 1}
    yield "byte by byte", {number: range(1, size) for number, size in sizes.items()}
    if every_split:
        if sum(sizes.values()) <= FEW:
            for number, size in sizes.items():
                for at in range(1, size):
                    yield f"turn {number + 1} cut at octet {at}", {number: (at,)}
        else:
            for at in range(1, min(max(sizes.values()), APART + 1)):
                cuts: dict[int, range | tuple[int, ...]] = {number: range(at, size, APART) for number, size in sizes.items() if size > at}
                yield f"every turn cut at octet {at} and each {APART} octets on", cuts


def packets(
    dialogue: Dialogue,
    transport: str,
    port: int,
    cuts: dict[int, range | tuple[int, ...]] | None = None,
    timeline: Timeline | None = None,
    number: int = 0,
) -> Iterator[Packet]:
    """The dialogue as packets; `number` keeps the flows of several plays apart."""
    clock = timeline or Timeline(START)
    kind = UDP if transport == "udp" else TCP
    client_port = FIRST_CLIENT_PORT + number % 40_000
    talks = {"": Conversation("192.0.2.1", "198.51.100.1", client_port, port, transport=kind, timeline=clock)}
    for name, ends in dialogue.flows.items():
        talks[name] = Conversation(ends.client, ends.server, client_port, ends.port or client_port, transport=kind, timeline=clock)
    opened: set[str] = set()
    ended: set[tuple[str, int]] = set()
    for index, turn in enumerate(dialogue.turns):
        talk = talks[turn.flow]
        if turn.kind == WAIT:
            clock.wait(turn.seconds)
            continue
        if turn.flow not in opened:
            opened.add(turn.flow)
            yield from talk.open()
        if turn.kind == END:
            ended.add((turn.flow, DIRECTION[turn.sender]))
        yield from _turn(talk, turn, (cuts or {}).get(index, ()))
    for name in talks:
        if name in opened:
            for direction in (TO_SERVER, TO_CLIENT):
                if (name, direction) not in ended:
                    yield from talks[name].end(direction)


def _turn(talk: Conversation, turn: Turn, cuts: range | tuple[int, ...]) -> list[Packet]:
    direction = DIRECTION[turn.sender]
    if turn.kind == GAP:
        talk.gap(turn.count, direction)
        return []
    if turn.kind == END:
        return talk.end(direction)
    send = talk.client if turn.sender == CLIENT else talk.server
    return send(turn.data, cuts=tuple(cuts), unseen=turn.unseen)


def _compare(dialogue: Dialogue, verdict: str, cutting: str, records: list[Record]) -> Failure | None:
    if verdict:
        verdicts = [record.protocol for record in records if record.family == FLOW]
        if set(verdicts) != {verdict}:
            return Failure(dialogue, cutting, "protocols", [verdict] * len(verdicts), verdicts)
    expected = list(dialogue.records)
    found = [{record.name: plain(record.sections[record.name])} for record in records if record.family in (TRANSACTION, FILE)]
    for number, (one, two) in enumerate(zip(expected, found, strict=False)):
        if FILE in one and FILE in two:  # of a file, what is promised counts
            found[number] = {FILE: {key: value for key, value in two[FILE].items() if key in one[FILE]}}
    if found != expected:
        return Failure(dialogue, cutting, "records", expected, found)
    events = [str(plain(record.sections["anomaly"]["event"])) for record in records if record.family == ANOMALY]
    if events != list(dialogue.events):
        return Failure(dialogue, cutting, "events", list(dialogue.events), events)
    return None


def _shown(value: Any) -> str:
    return "nothing" if value is None else msgspec.json.encode(value).decode()
