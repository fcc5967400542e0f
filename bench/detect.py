"""Detection over a capture, beside nDPI in turn: `detect.py CAPTURE [--runs N]`.

First whole programs, `wiregram detect` and `ndpiReader`, in flows a second. Then the detector alone, on what the streams of the capture deliver:
with all protocols, with 20 and with 200 patterns, and in segments of one octet, with the octets that it looks at a flow.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import wiregram
from wiregram import parse
from wiregram.decode import Decoder
from wiregram.detect import Detection, Detector
from wiregram.flow import FlowTable
from wiregram.model.delivery import DATA
from wiregram.model.packet import TCP, TO_CLIENT, TO_SERVER
from wiregram.program.library import Library
from wiregram.program.protocol import Pattern, Protocol, Side
from wiregram.stream import Datagrams, Memory, Reassembler

Said = list[tuple[int, bytes]]
Flow = tuple[int, int, int, bool, Said]
"""Transport, the client's port, the server's, whether its begin is missing, and its deliveries (direction, octets)."""
FIRST = 4096
"""Octets of a flow that are kept."""


def flows_of(capture: Path) -> list[Flow]:
    """What detection would be given, up to FIRST octets a flow."""
    settings = wiregram.Settings().engine
    decoder, table, memory = Decoder(settings), FlowTable(settings), Memory(settings.reassembly_memory)
    streams: dict[int, tuple[Any, Said, list[int]]] = {}
    found: list[Flow] = []
    for packet in wiregram.read(capture):
        segment = decoder.decode(packet)
        if segment is None:
            continue
        flow, direction, is_new = table.find(segment)
        if is_new:
            stream: Any = Reassembler(settings, memory) if flow.transport == TCP else Datagrams()
            streams[flow.id] = stream, [], [0]
            found.append((flow.transport, flow.client_port, flow.server_port, flow.midstream, streams[flow.id][1]))
        stream, said, size = streams[flow.id]
        for delivery in stream.push(segment, direction):
            if delivery.kind == DATA and size[0] < FIRST:
                said.append((delivery.direction, bytes(delivery.data)))
                size[0] += len(delivery.data)
    return [flow for flow in found if flow[4]]


def play(detector: Detector, flow: Flow, step: int = 0) -> Detection:
    """One flow to its verdict, its TCP deliveries cut into pieces of `step` octets (0: as they are)."""
    transport, client_port, server_port, midstream, said = flow
    detection = detector.open(transport, client_port, server_port, midstream)
    gathered = [bytearray(), bytearray()]
    for direction, octets in said:
        side = direction ^ detection.swapped
        if transport != TCP:
            if not detection.verdict:
                detection.feed(side, octets, True)
            continue
        for at in range(0, len(octets), step or len(octets)):
            side = direction ^ detection.swapped
            if not detection.wants(side):
                break
            gathered[direction] += octets[at : at + (step or len(octets))]
            detection.feed(side, gathered[direction])
    return detection


def random_patterns(count: int) -> Library:
    """A library of `count` patterns over TCP, both directions: a greater one holds those of a smaller one."""
    chosen = random.Random(8)
    protocols = {}
    for number in range(count // 4):
        name = f"p{number}"
        contents = [bytes(chosen.choice(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ/.- 0123456789") for _ in range(chosen.randint(4, 12))) for _ in range(4)]
        patterns = tuple(
            Pattern(name, "tcp", direction, content.lower() if which else content, bool(which), 0, len(content) + 24 * which)
            for which, pair in enumerate((contents[:2], contents[2:]))
            for direction, content in zip((TO_SERVER, TO_CLIENT), pair, strict=True)
        )
        protocols[name] = Protocol(name, name, {"tcp": ()}, {"tcp": "on"}, "either", (), (), (Side(), Side()), patterns=patterns)
    return Library(protocols)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def programs(capture: Path, runs: int) -> None:
    commands = {"wiregram detect": [sys.executable, "-m", "wiregram", "detect", "--json", str(capture)]}
    if shutil.which("ndpiReader"):
        commands["ndpiReader"] = ["ndpiReader", "-q", "-i", str(capture)]
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(seconds(lambda run=command: subprocess.run(run, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)))
    said = subprocess.run(commands["wiregram detect"], check=True, capture_output=True).stdout
    count = len(re.findall(rb'"event_type":"flow"', said))
    print(f"{'':24}{'flows':>10}{'seconds':>10}{'flows/s':>12}")
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:24}{count:>10}{median:>10.2f}{count / median:>12.0f}")
    if "ndpiReader" in taken:
        ratio = statistics.median(taken["wiregram detect"]) / statistics.median(taken["ndpiReader"])
        print(f"wiregram takes {ratio:.1f} times as long as nDPI")


def alone(flows: list[Flow], runs: int) -> None:
    detectors = {
        "all protocols": Detector(wiregram.load(), parse.begin),
        "20 patterns": Detector(random_patterns(20), parse.begin),
        "200 patterns": Detector(random_patterns(200), parse.begin),
    }
    taken: dict[str, list[float]] = {name: [] for name in detectors}
    for _ in range(runs):
        for name, detector in detectors.items():
            taken[name].append(seconds(lambda one=detector: [play(one, flow) for flow in flows]))
    print(f"\n{'the detector alone':24}{'flows':>10}{'seconds':>10}{'flows/s':>12}")
    for name, times in taken.items():
        print(f"{name:24}{len(flows):>10}{statistics.median(times):>10.2f}{len(flows) / statistics.median(times):>12.0f}")
    ratio = statistics.median(more / less for more, less in zip(taken["200 patterns"], taken["20 patterns"], strict=True))
    print(f"200 patterns cost {ratio:.2f} times what 20 cost")

    detector = detectors["all protocols"]
    short = [flow for flow in flows if flow[0] == TCP][:2000]
    print(f"\n{'octets looked at':24}{'flows':>10}{'mean':>10}{'most':>12}{'a octet':>10}")
    for name, step in (("as delivered", 0), ("one octet a segment", 1)):
        looked = [play(detector, flow, step).looked for flow in short]
        share = max(count / max(1, sum(len(octets) for _, octets in flow[4])) for count, flow in zip(looked, short, strict=True))
        print(f"{name:24}{len(short):>10}{statistics.mean(looked):>10.0f}{max(looked):>12}{share:>10.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("PYTHONHASHSEED", "0")
    programs(options.capture, options.runs)
    alone(flows_of(options.capture), options.runs)


if __name__ == "__main__":
    main()
