"""Where the time of a run goes, by room and then by function: `rooms.py CAPTURE`. Compiled rooms show as a whole."""

from __future__ import annotations

import cProfile
import pstats
import sys
from collections import defaultdict
from pathlib import Path

import wiregram
from wiregram.outputs import EveSink
from wiregram.program.settings import OutputSettings


def run(capture: str) -> None:
    engine = wiregram.Engine(wiregram.load())
    with open("/dev/null", "wb") as nowhere:
        sink = EveSink(nowhere, OutputSettings())
        for packet in wiregram.read(capture):
            for record in engine.feed(packet):
                sink.write(record)
        for record in engine.finish():
            sink.write(record)


def main() -> None:
    profile = cProfile.Profile()
    profile.runcall(run, sys.argv[1])
    statistics = pstats.Stats(profile)
    rooms: dict[str, float] = defaultdict(float)
    total = 0.0
    for (file, _line, _name), (_calls, _primitive, own, _cumulative, _callers) in statistics.stats.items():  # type: ignore[attr-defined]
        parts = Path(file).parts
        room = parts[parts.index("wiregram") + 1] if "wiregram" in parts[:-1] else "libraries and built-ins"
        rooms[room] += own
        total += own
    for room, own in sorted(rooms.items(), key=lambda item: -item[1]):
        print(f"{room:26}{own:8.2f} s{100 * own / total:7.1f} %")
    statistics.sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
