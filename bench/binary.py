"""Compiled binary grammars beside `construct.parse` and compiled Construct, in one run: `binary.py [--seconds S] [--grammars DIR]`.

All sides produce the same complete value, checked beforehand; compiled Construct is left out of a case that it gets wrong. Python's collector runs as
rarely as in `wiregram run`, for all sides. Then bulk, and the cost of
small pieces: time against pieces of 1,460 octets, and the counter of octets looked at.
"""

from __future__ import annotations

import argparse
import gc
import os
import runpy
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from wiregram.cli.run import COLLECTIONS
from wiregram.frontends import load
from wiregram.manifest.loading import bundled
from wiregram.model.parsing import MATCH, MORE
from wiregram.parse import begin
from wiregram.program.binary import FLOOR
from wiregram.program.protocol import Limits

sys.path.insert(0, str(Path(__file__).parent))
from messages import CASES

NESTED = """
from construct import *
entry = Struct("id" / Int32ub, "kind" / Enum(Byte, a=1, b=2), "flags" / Int16ub, "name" / Prefixed(Byte, GreedyBytes),
    "points" / PrefixedArray(Byte, Struct("x" / Int16sb, "y" / Int16sb)))
message = Struct("count" / Int16ub, "entries" / Array(this.count, Struct("size" / Int16ub, "body" / FixedSized(this.size, entry))))
bulk = Struct("size" / Int32ub, "data" / Bytes(this.size))
framed = Prefixed(Int32ub, Struct("data" / GreedyBytes))
"""
LIMITS = Limits(message=1 << 24, field=1 << 24, list=1 << 16)


def nested() -> bytes:
    """About 20,000 octets."""
    body = struct.pack(">IBHB", 7, 1, 3, 6) + b"abcdef" + b"\x08" + bytes(range(32))
    return struct.pack(">H", 408) + (struct.pack(">H", len(body)) + body) * 408


def plain(value: Any) -> Any:
    """Construct's value as Wiregram shows it."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name != "_io"}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value).encode() if isinstance(value, str) else int(value) if type(value) is not int and isinstance(value, int) else value


TURN = 0.02
"""Seconds a side runs before it is the other's turn: what else the machine does costs all sides alike."""


def rates(runs: list[Callable[[bytes], object]], samples: list[bytes], seconds: float) -> list[float]:
    """Calls a second of processor time, all in turns until each has had `seconds`."""
    done, spent = [0] * len(runs), [0.0] * len(runs)
    while min(spent) < seconds:
        for side, run in enumerate(runs):
            start = time.process_time()
            while (passed := time.process_time() - start) < TURN:
                for sample in samples * (1 if len(samples[0]) > 1000 else 20):
                    run(sample)
                    done[side] += 1
            spent[side] += passed
    return [count / took for count, took in zip(done, spent, strict=True)]


def rate(run: Callable[[bytes], object], samples: list[bytes], seconds: float) -> float:
    return rates([run], samples, seconds)[0]


@dataclass
class Ours:
    program: Any

    def parse(self, data: bytes) -> dict[str, object]:
        running = begin(self.program)
        running.run(data, 0, len(data), True)
        return running.value(data, 0)

    def pieces(self, data: bytes, size: int) -> tuple[int, int]:
        """Parses in pieces; how many octets were looked at, and what was looked at again."""
        running = begin(self.program)
        end, outcome = 0, MORE
        while outcome == MORE:
            end = min(len(data), end + size)
            outcome = running.run(data, 0, end, end == len(data))
        assert outcome == MATCH
        return running.visits - running.rewound, running.rewound

    def suspended(self, data: bytes) -> int:
        """The most octets that a parser takes while it waits for the next octet, beside the fields that it has read."""
        running: Any = begin(self.program)
        most = 0
        for end in range(len(data)):
            if running.run(data, 0, end, False) == MORE:
                most = max(most, running.state())
        return most


def compare(name: str, ours: Ours, theirs: Any, samples: list[bytes], seconds: float) -> None:
    for sample in samples:
        expected = plain(theirs.parse(sample))
        got = ours.parse(sample)
        if {key: one for key, one in got.items() if key in expected} != expected:
            raise SystemExit(f"{name}: not the same value:\n{got}\n{expected}")
    peers = {"construct.parse": theirs.parse}
    try:
        compiled = theirs.compile()
        if all(plain(compiled.parse(sample)) == plain(theirs.parse(sample)) for sample in samples):
            peers["compiled Construct"] = compiled.parse
    except Exception as error:
        print(f"{name:12} compiled Construct fails: {type(error).__name__}")
    own, *others = rates([ours.parse, *peers.values()], samples, seconds)
    for peer, other in zip(peers, others, strict=True):
        print(f"{name:12}{own:>12.0f}/s   {peer:20}{other:>12.0f}/s   {own / other:8.1f} times")


LOADS = """
import re, sys, time
from pathlib import Path
from wiregram.frontends import load
from wiregram.program.protocol import Limits
named = {path: set(re.findall(r'"(\\w+)"', path.with_suffix(".toml").read_text())) for path in map(Path, sys.argv[1:])}
started, count = time.process_time(), 0
for path, names in named.items():
    grammar = load(path)
    for message in names & set(grammar.messages):
        grammar.problems(message), grammar.report(message), grammar.compile(message, {}, None, Limits())
        count += 1
print(f"{count} messages in {1000 * (time.process_time() - started):.0f} ms")
"""


def loads(directory: Path) -> None:
    """Loads the binary grammars of a directory, each with its table beside it: from source, to fill the cache, and from the cache."""
    paths = [str(path) for path in sorted(directory.glob("*.py")) if path.with_suffix(".toml").exists()]
    with tempfile.TemporaryDirectory() as cache:
        for what, place in (("source", "off"), ("source, kept", cache), ("the cache", cache)):
            environment = {**os.environ, "WIREGRAM_CACHE": place}
            done = subprocess.run([sys.executable, "-c", LOADS, *paths], env=environment, capture_output=True, check=True, text=True)
            print(f"load from {what:14}{done.stdout.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grammars", type=Path, help="a directory of binary grammars and tables whose loading is measured, too")
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    seconds = arguments.seconds
    if arguments.grammars is not None:
        loads(arguments.grammars)
    gc.set_threshold(*COLLECTIONS)
    import wiregram.parse.binary

    print(f"executor: {Path(str(wiregram.parse.binary.__file__)).name}")
    for protocol, message in (("dns", "message"), ("modbus", "request")):
        path = bundled() / "grammars" / f"{protocol}.py"
        ours = Ours(load(path).compile(message, {}, None, Limits()))
        compare(protocol, ours, runpy.run_path(str(path))[message], CASES[protocol, message], seconds)
    grammar = load("bench.py", NESTED)
    space: dict[str, Any] = {}
    exec(NESTED, space)
    compare("nested", Ours(grammar.compile("message", {}, None, LIMITS)), space["message"], [nested()], seconds)
    size = 1 << 20
    for name in ("bulk", "framed"):
        data = struct.pack(">I", size) + bytes(size)
        print(f"{name:12}{rate(Ours(grammar.compile(name, {}, None, LIMITS)).parse, [data], seconds) * len(data) / 1e6:>12.0f} MB/s")
    answers = CASES["dns", "message"][1]
    for name, program, data in (
        ("dns", load(bundled() / "grammars" / "dns.py").compile("message", {}, None, Limits()), answers),
        ("nested", grammar.compile("message", {}, None, LIMITS), nested()),
    ):
        running = Ours(program)
        usual, *others = rates([partial(running.pieces, size=size) for size in (1460, 1, 65536)], [data], seconds)
        for piece, other in zip((1, 65536), others, strict=True):
            visits, rewound = running.pieces(data, piece)
            print(f"{name:12}pieces of {piece:>6}: {usual / other:6.1f} times the time of pieces of 1460")
            most = program.work * len(data) + FLOOR
            print(f"{'':12}{visits} octets of {len(data)} visited, {rewound} rewound (at most {most}: {program.work} an octet, and {FLOOR})")
        print(f"{name:12}suspended in at most {running.suspended(data)} octets")


if __name__ == "__main__":
    main()
