"""What tshark and nDPI say of every flow of a capture. Knows both programs' output, and nothing of Wiregram.

Answers are kept outside the project, in the temporary directory, by the digest of the capture: both programs are slow.
"""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

import msgspec

End = tuple[str, int]
Key = tuple[str, End, End]

VERSION = "1"
"""Of the form of what is kept."""
HEURISTICS_FIRST = ("-o", "tcp.try_heuristic_first:TRUE", "-o", "udp.try_heuristic_first:TRUE")
OPTIONS = ("-n", "-o", "tcp.reassemble_out_of_order:TRUE", *HEURISTICS_FIRST)
FIELDS = (
    "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
    "tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.len", "udp.stream", "udp.srcport", "udp.dstport", "udp.length",
)  # fmt: skip
TRANSPORTS = ("tcp", "udp")
NO_PROTOCOL = {"data", "tcp.segments", "udp.segments", "_ws.malformed", "_ws.short", "_ws.unreassembled", "_ws.expert"}
NUMBERS = {"6": "tcp", "17": "udp"}


class Stream(msgspec.Struct):
    """A flow as tshark counts them. `position`: its number among those between the same two ends. `chains`: what its packets hold above the
    transport, in order of appearance. `ndpi`: nDPI's word, '' if it has none. `octets`: payload of both directions."""

    key: Key
    position: int
    octets: int = 0
    chains: list[list[str]] = []
    ndpi: str = ""

    def name(self) -> str:
        """As judgements name it: `udp 192.0.2.1:5000-192.0.2.2:53`, with `#1` for the second between the same ends."""
        transport, one, two = self.key
        more = f" #{self.position}" if self.position else ""
        return f"{transport} {one[0]}:{one[1]}-{two[0]}:{two[1]}{more}"


def streams(capture: Path) -> list[Stream]:
    """The flows with payload of one capture."""
    home = Path(tempfile.gettempdir()) / "wiregram-oracles"
    home.mkdir(exist_ok=True)
    kept = home / f"{hashlib.sha256(capture.read_bytes()).hexdigest()}.{VERSION}.json"
    if kept.is_file():
        return msgspec.json.decode(kept.read_bytes(), type=list[Stream])
    found = _tshark(capture)
    words = _ndpi(capture)
    for stream in found:
        said = words.get(stream.key, [])
        known = [word for word in said if word]
        if stream.key[0] == "udp":
            stream.ndpi = known[0] if known else ""
        elif said:
            stream.ndpi = said[min(stream.position, len(said) - 1)]
    found = [stream for stream in found if stream.octets]
    kept.write_bytes(msgspec.json.encode(found))
    return found


def _key(transport: str, one: End, two: End) -> Key:
    first, second = sorted([one, two])
    return (transport, first, second)


def _tshark(capture: Path) -> list[Stream]:
    command = ["tshark", "-r", str(capture), *OPTIONS, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=;"]
    for field in FIELDS:
        command += ["-e", field]
    out = subprocess.run(command, capture_output=True, timeout=600, check=False).stdout.decode("utf-8", "replace")
    found: dict[tuple[str, str], Stream] = {}
    positions: dict[Key, int] = defaultdict(int)
    for line in out.splitlines():
        cells = line.split("\t")
        if len(cells) == len(FIELDS) and cells[0]:
            _packet(dict(zip(FIELDS, cells, strict=True)), found, positions)
    return list(found.values())


def _packet(row: dict[str, str], found: dict[tuple[str, str], Stream], positions: dict[Key, int]) -> None:
    """One packet; of what is tunnelled, the inner flow counts as well. What ICMP quotes does not."""
    columns = {field: iter(row[field].split(";")) for field in FIELDS}
    layers = row["frame.protocols"].split(";")[0].split(":")
    source = target = ""
    for at, layer in enumerate(layers):
        if layer in ("icmp", "icmpv6"):
            return
        if layer in ("ip", "ipv6"):
            source, target = next(columns[f"{layer}.src"], ""), next(columns[f"{layer}.dst"], "")
        elif layer in TRANSPORTS:
            number = next(columns[f"{layer}.stream"], "")
            ports = [next(columns[f"{layer}.{way}"], "") for way in ("srcport", "dstport")]
            size = next(columns["tcp.len" if layer == "tcp" else "udp.length"], "")
            if not number or not all(ports):
                continue
            key = _key(layer, (source, int(ports[0])), (target, int(ports[1])))
            stream = found.get((layer, number))
            if stream is None:
                stream = found[layer, number] = Stream(key, positions[key], chains=[])
                positions[key] += 1
            stream.octets += max(0, int(size or 0) - (8 if layer == "udp" else 0))
            chain = [name for name in layers[at + 1 :] if name not in NO_PROTOCOL]
            if chain and chain not in stream.chains:
                stream.chains.append(chain)


def _ndpi(capture: Path) -> dict[Key, list[str]]:
    """The word on each flow, in the order of their first packets."""
    words: dict[Key, list[tuple[float, str]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as directory:
        table = Path(directory) / "flows.csv"
        subprocess.run(["ndpiReader", "-d", "-q", "-i", str(capture), "-C", str(table)], capture_output=True, timeout=300, check=False)
        if not table.is_file():
            return {}
        with table.open(errors="replace", newline="") as lines:
            for row in csv.reader(lines):
                if len(row) < 12 or row[0].startswith("#") or row[1] not in NUMBERS:
                    continue
                key = _key(NUMBERS[row[1]], (row[5], int(row[6])), (row[7], int(row[8])))
                words[key].append((float(row[2]), "" if row[10] == "Unknown" else row[10]))
    return {key: [word for _, word in sorted(said)] for key, said in words.items()}


if __name__ == "__main__":
    import sys

    for path in sys.argv[1:]:
        for one in streams(Path(path)):
            print(json.dumps([one.name(), one.octets, one.chains, one.ndpi]))
