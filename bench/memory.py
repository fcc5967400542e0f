"""How much memory a long conversation takes: `python bench/memory.py [download | pipeline | all]`.

`download`: one HTTP response of 200 MB, whose body is a file that is hashed. `pipeline`: 1,000,000 requests in a row that nobody answers.
Each runs in a process of its own, over a capture that is made first; printed are its peak of resident memory, its time, and what it found."""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from wiregram.capture import write
from wiregram.capture.craft import START, Conversation, Timeline
from wiregram.model.packet import Packet

MEGABYTE = 1_000_000
BODY = 200 * MEGABYTE
SEGMENT = 1460
REQUESTS = 1_000_000


def download() -> Iterator[Packet]:
    """A request, and an answer of 200 MB."""
    talk = Conversation("192.0.2.1", "198.51.100.1", 40_000, 80, timeline=Timeline(START))
    yield from talk.open()
    yield from talk.client(b"GET /large.bin HTTP/1.1\r\nHost: example.com\r\n\r\n")
    yield from talk.server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: application/octet-stream\r\n\r\n" % BODY)
    block = bytes(range(256)) * (SEGMENT * 64 // 256)
    cuts = range(SEGMENT, len(block), SEGMENT)
    left = BODY
    while left:
        data = block[:left]
        yield from talk.server(data, cuts=[cut for cut in cuts if cut < len(data)])
        left -= len(data)
    yield from talk.close()


def pipeline() -> Iterator[Packet]:
    """A million requests, a thousand at a time, and never an answer."""
    talk = Conversation("192.0.2.1", "198.51.100.1", 40_000, 80, timeline=Timeline(START))
    yield from talk.open()
    for first in range(0, REQUESTS, 1000):
        data = b"".join(b"GET /%d HTTP/1.1\r\nHost: example.com\r\n\r\n" % number for number in range(first, first + 1000))
        yield from talk.client(data, cuts=range(SEGMENT, len(data), SEGMENT))
    yield from talk.close()


SCENES = {"download": download, "pipeline": pipeline}


def measure(name: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        capture, output = Path(home) / f"{name}.pcap", Path(home) / "eve.json"
        packets = write(capture, SCENES[name]())
        before = time.perf_counter()
        command = [sys.executable, __file__, "--child", str(capture), str(output)]
        peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])
        took = time.perf_counter() - before
        kinds: dict[str, int] = {}
        for line in output.open():
            record = json.loads(line)
            kind = record["event_type"]
            if kind == "anomaly":
                kind = f"anomaly {record['anomaly']['event']}"
            kinds[kind] = kinds.get(kind, 0) + 1
        size = capture.stat().st_size / MEGABYTE
        print(f"{name}: {packets} packets, {size:.0f} MB; peak {peak / 1000:.0f} MB, {took:.1f} s ({packets / took:.0f} packets/s)")
        print("    " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))


def child(capture: str, output: str) -> None:
    from wiregram.cli.main import main

    with contextlib.suppress(SystemExit):
        main(["run", capture, "--output", output, "--rows", "0"])
    sys.stdout.flush()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.__stdout__)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:4])
    else:
        for scene in SCENES if sys.argv[1:] in ([], ["all"]) else sys.argv[1:]:
            measure(scene)
