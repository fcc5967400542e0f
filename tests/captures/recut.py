"""Do the records of the real captures depend on how TCP cut and interleaved them? `python tests/captures/recut.py [CAPTURE...] [--times N]`.

Each TCP segment is made anew: whole, byte by byte, and N times cut at random; then the packets of each flow are N times put into another order in
which nobody acknowledges what has not come yet. The records of each flow must be the same but for times and packet numbers (and, in another order,
but for `tx_id` and their own order). Left out are flows with a gap: of other orders all, of cuttings those that go on at a segment's beginning;
these go on there behind octets that are no message, too."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import wiregram
from wiregram.capture import craft
from wiregram.decode import Decoder
from wiregram.model.packet import FIN, PSH, RST, SYN, TCP, Packet, Segment
from wiregram.outputs import plain
from wiregram.program.settings import EngineSettings

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"
Cut = Callable[[int], Iterable[int]]
SMALL = 20_000
"""Octets of TCP payload up to which a capture is also played byte by byte."""


def segments_of(capture: Path) -> list[Segment] | None:
    """The capture's segments; None where it cannot be read, or where the capture itself cut one."""
    decoder = Decoder(EngineSettings())
    found = []
    try:
        for packet in wiregram.read(capture):
            segment = decoder.decode(packet)
            if segment is not None:
                if len(segment.payload) < segment.length:
                    return None
                found.append(segment)
    except wiregram.CaptureError:
        return None
    return found


def pieces(segment: Segment, cuts: Iterable[int]) -> Iterator[Segment]:
    """A TCP segment cut at octets `cuts` of its payload; what begins it stands on the first piece, what ends it on the last."""
    data = segment.payload
    edges = [0, *cuts, len(data)]
    for first, last in pairwise(edges):
        flags = segment.flags
        sequence = segment.sequence
        if first:
            flags &= ~SYN
            sequence += first + (1 if segment.flags & SYN else 0)
        if last < len(data):
            flags &= ~(FIN | RST | PSH)
        yield Segment(
            segment.number, segment.time, TCP, segment.source, segment.source_port, segment.target, segment.target_port, data[first:last],
            flags=flags, sequence=sequence & craft.M32, acknowledgement=segment.acknowledgement, window=segment.window, vlan=segment.vlan,
            scale=-1 if first else segment.scale,
        )  # fmt: skip


def packet_of(segment: Segment, number: int) -> Packet:
    ends = (segment.source, segment.source_port, segment.target, segment.target_port)
    if segment.transport == TCP:
        options = b"\x03\x03" + bytes((segment.scale,)) if segment.scale >= 0 else b""
        body = craft.tcp(*ends, segment.sequence, segment.acknowledgement, segment.flags, segment.payload, segment.window, options=options)
    else:
        body = craft.udp(*ends, segment.payload)
    return Packet(number, segment.time, craft.ETHERNET, craft.frame(segment.source, segment.target, segment.transport, body, vlan=segment.vlan))


def reordered(segments: list[Segment], dice: random.Random) -> list[Segment]:
    """The packets of each TCP flow in another order that acknowledgements allow; the times stay where they are."""
    flows: dict[Any, list[int]] = defaultdict(list)
    for index, segment in enumerate(segments):
        if segment.transport == TCP:
            one, two = (segment.source, segment.source_port), (segment.target, segment.target_port)
            flows[min(one, two), max(one, two), segment.vlan].append(index)
    made = list(segments)
    for places in flows.values():
        order = shuffled([segments[place] for place in places], dice)
        for place, segment in zip(places, order, strict=True):
            old = segments[place]
            made[place] = Segment(
                old.number, old.time, TCP, segment.source, segment.source_port, segment.target, segment.target_port, segment.payload,
                flags=segment.flags, sequence=segment.sequence, acknowledgement=segment.acknowledgement, window=segment.window, vlan=segment.vlan,
                scale=segment.scale,
            )  # fmt: skip
    return made


def shuffled(segments: list[Segment], dice: random.Random) -> list[Segment]:
    """One flow. Each direction keeps its order; a packet waits for what it acknowledges, and nothing passes a SYN or an RST."""
    made: list[Segment] = []
    block: list[Segment] = []
    for segment in segments:
        if segment.flags & (SYN | RST):
            made += mixed(block, dice)
            made.append(segment)
            block = []
        else:
            block.append(segment)
    return made + mixed(block, dice)


def mixed(segments: list[Segment], dice: random.Random) -> list[Segment]:
    sides: dict[Any, list[int]] = defaultdict(list)
    for index, segment in enumerate(segments):
        sides[segment.source, segment.source_port].append(index)
    queues = list(sides.values())
    if len(queues) != 2:
        return segments
    made = []
    at = [0, 0]
    while at[0] < len(queues[0]) or at[1] < len(queues[1]):
        free = []
        for side in (0, 1):
            if at[side] < len(queues[side]):
                segment = segments[queues[side][at[side]]]
                others = queues[1 - side][at[1 - side] :]
                before = (segments[other] for other in others if other < queues[side][at[side]])
                if not any(acknowledges(segment, other) for other in before):
                    free.append(side)
        side = dice.choice(free)
        made.append(segments[queues[side][at[side]]])
        at[side] += 1
    return made


def acknowledges(segment: Segment, other: Segment) -> bool:
    """Whether the segment has seen an octet of the other's."""
    if not other.payload and not other.flags & FIN:
        return False
    return 0 < (segment.acknowledgement - other.sequence & craft.M32) < 1 << 31


Flows = dict[Any, list[Any]]


def play(library: wiregram.Library, segments: Iterable[Segment], cut: Cut | None, ready: wiregram.Engine) -> Flows:
    """What an analyst would see of each flow, without times and packet numbers."""
    engine = wiregram.Engine(library, ready)
    number = 0
    found: Flows = defaultdict(list)

    def keep(records: Iterable[wiregram.Record]) -> None:
        for record in records:
            ends = record.ends
            if ends is None:
                continue
            one, two = sorted(((ends.source, ends.source_port), (ends.target, ends.target_port)))
            mine = found[one, two, ends.vlan]
            if record.family == "flow":
                mine.append(("flow", record.protocol, record.sections["flow"]["accounts"]))
            elif record.family in ("transaction", "fileinfo"):
                mine.append((record.name, record.tx_id, plain(record.sections)))
            elif record.family == "anomaly" and record.sections["anomaly"]["type"] == "applayer":
                mine.append(("anomaly", record.tx_id, plain(record.sections["anomaly"])))

    for segment in segments:
        cuts = cut(len(segment.payload)) if cut is not None and segment.transport == TCP and segment.payload else ()
        for piece in pieces(segment, cuts) if segment.transport == TCP else (segment,):
            number += 1
            keep(engine.feed(packet_of(piece, number)))
    keep(engine.finish())
    return found


def lossy(flow: list[Any]) -> bool:
    return any(entry[0] == "flow" and any(account["gap"] for account in entry[2].values()) for entry in flow)


def by_segments(library: wiregram.Library, flow: list[Any]) -> bool:
    """Whether octets are missing or were skipped, and the protocol goes on at the beginning of a segment: the one place where segments count."""
    if not any(entry[0] == "flow" and any(account["gap"] or account["skipped"] for account in entry[2].values()) for entry in flow):
        return False
    names = {entry[1] for entry in flow if entry[0] == "flow"}
    sides = [side for name in names if name in library.protocols for side in library.protocols[name].sides]
    return any(side.resync.kind == "segment" for side in sides)


def unordered(flow: list[Any]) -> list[str]:
    """The same without numbers of transactions and without order."""
    made = []
    for entry in flow:
        if entry[0] == "flow":
            made.append(repr(entry))
        else:
            sections = {
                name: {key: value for key, value in section.items() if key != "tx_id"} if isinstance(section, dict) else section
                for name, section in entry[2].items()
            }
            made.append(repr((entry[0], sections)))
    return sorted(made)


def at_random(dice: random.Random) -> Cut:
    return lambda size: sorted(dice.sample(range(1, size), min(size - 1, dice.randint(0, 3)))) if size > 1 else ()


def compare(library: wiregram.Library, capture: Path, times: int, ready: wiregram.Engine) -> list[str]:
    """What differs in one capture, in words."""
    segments = segments_of(capture)
    if not segments or not any(segment.transport == TCP and segment.payload for segment in segments):
        return []
    whole = play(library, segments, None, ready)
    wrong = []
    size = sum(len(segment.payload) for segment in segments if segment.transport == TCP)
    ways: list[tuple[str, Cut]] = [("byte by byte", lambda size: range(1, size))] if size <= SMALL else []
    ways += [(f"cutting {number}", at_random(random.Random(number))) for number in range(times)]
    cuttable = [name for name, flow in whole.items() if not by_segments(library, flow)]
    for name, cut in ways:
        found = play(library, segments, cut, ready)
        wrong += [f"{capture.name}, {name}: {difference(whole[flow], found[flow])}" for flow in cuttable if found[flow] != whole[flow]]
        if wrong:
            return wrong
    complete = {name: unordered(flow) for name, flow in whole.items() if not lossy(flow)}
    for number in range(times):
        mixed_up = play(library, reordered(segments, random.Random(number)), None, ready)
        for name, flow in complete.items():
            other = unordered(mixed_up[name])
            if other != flow:
                wrong.append(f"{capture.name}, order {number}: {difference(flow, other)}")
        if wrong:
            return wrong
    return wrong


def difference(one: list[Any], two: list[Any]) -> str:
    for number, (here, there) in enumerate(zip(one, two, strict=False)):
        if here != there:
            return f"record {number}:\n    {str(here)[:600]}\n    {str(there)[:600]}"
    return f"{len(one)} records and {len(two)}"


def main(arguments: list[str]) -> int:
    times = 5
    if "--times" in arguments:
        at = arguments.index("--times")
        times = int(arguments[at + 1])
        del arguments[at : at + 2]
    captures = [Path(argument) for argument in arguments] or sorted(CAPTURES.glob("*/*.pcap*"))
    captures = [capture for capture in captures if capture.parent.name != "truth"]
    library = wiregram.load()
    ready = wiregram.Engine(library)
    wrong = 0
    for number, capture in enumerate(captures, 1):
        if sys.stderr.isatty():
            print(f"\r{number}/{len(captures)}", end="", file=sys.stderr)
        for line in compare(library, capture, times, ready):
            print(line, flush=True)
            wrong += 1
    print(f"{len(captures)} captures, {times} cuttings and {times} orders each: {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
