"""Compares our records with what tshark saw in the real captures: `python tests/captures/truth.py [--all] [PROTOCOL...]`.

Counted are TCP streams with a SYN and without a gap, every UDP stream, and midstream ones where the protocol says so. What is compared stands in
`truths/`, a protocol a file; the order in a direction counts. Secrets are shown.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType
from typing import Any

import wiregram

spec = importlib.util.spec_from_file_location("truths", Path(__file__).parent / "truths" / "__init__.py")
assert spec is not None
assert spec.loader is not None
package = sys.modules["truths"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)

TRUTHS: dict[str, ModuleType] = package.truths()
CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"
End = tuple[str, int]


@dataclass
class Score:
    equal: int = 0
    total: int = 0
    settled: int = 0
    differences: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """At least 98 %, or all but one where there are fewer than 50; what is listed with who is right is settled."""
        return self.equal + self.settled >= (self.total * 0.98 if self.total >= 50 else self.total - 1)


def plain(value: Any) -> Any:
    """A record's value with its secrets shown and its bytes as text; tshark takes these protocols for ASCII."""
    if isinstance(value, wiregram.Secret):
        return plain(value.value)
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def our_messages(capture: Path, library: wiregram.Library) -> dict[tuple[str, End, End], list[dict[str, Any]]]:
    """(transport, end, end) -> flows in order of their start: {protocol, records}."""
    engine = wiregram.Engine(library)
    records = [record for packet in wiregram.read(capture) for record in engine.feed(packet)]
    records += engine.finish()
    flows: dict[int, dict[str, Any]] = defaultdict(lambda: {"records": [], "key": None, "start": 0})
    for record in records:
        if record.ends is None:
            continue
        flow = flows[record.ends.flow_id]
        if record.family == "transaction":
            flow["records"].append((record.protocol, record.tx_id, plain(record.sections[record.name])))
        elif record.family == "flow":
            ends = record.ends
            pair = sorted([(str(ip_address(ends.source)), ends.source_port), (str(ip_address(ends.target)), ends.target_port)])
            flow["key"] = ("tcp" if ends.transport == 6 else "udp", *pair)
            flow["client"] = (str(ip_address(ends.source)), ends.source_port)
            flow["start"] = record.sections["flow"]["start"]
    found: dict[tuple[str, End, End], list[dict[str, Any]]] = defaultdict(list)
    for flow in flows.values():
        if flow["key"]:
            found[flow["key"]].append(flow)
    for several in found.values():
        several.sort(key=lambda flow: str(flow["start"]))
    return found


def streams(truth: ModuleType, lines: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The streams that count, each with its position among those between the same two ends."""
    seen: dict[Any, int] = defaultdict(int)
    for stream in sorted(lines, key=lambda line: line["first_frame"]):
        key = (stream["proto"], *sorted([(stream["src"], stream["sport"]), (stream["dst"], stream["dport"])]))
        position = seen[key]
        seen[key] += 1
        if truth.DISSECTOR not in stream.get("messages", {}):
            continue
        whole = all(reassembled(stream, way) for way in ("c2s", "s2c"))
        midstream = getattr(truth, "MIDSTREAM", False) and stream.get("midstream")
        if stream["proto"] == "udp" or (whole and (stream.get("syn_seen") or midstream)):
            yield position, stream


def reassembled(stream: dict[str, Any], way: str) -> bool:
    """The direction has no gap; one that begins with a gap is not reassembled at all."""
    found = stream.get(f"reassembled_{way}", {})
    return found.get("missing_bytes", 0) == 0 and (found.get("len", 0) > 0 or not stream.get(f"bytes_{way}"))


def compare(captures: Path, protocols: list[str], library: wiregram.Library) -> dict[str, Score]:
    scores = {protocol: Score() for protocol in protocols}
    paths = {path.name: path for path in captures.rglob("*.pcap*") if path.parent.name != "truth"}
    for told in sorted((captures / "truth").glob("*.streams.jsonl")):
        lines = [json.loads(line) for line in told.read_text().splitlines()[1:]]
        wanted = [p for p in protocols if any(TRUTHS[p].DISSECTOR in line.get("messages", {}) for line in lines)]
        if not wanted:
            continue
        flows = our_messages(paths[told.name.removesuffix(".streams.jsonl")], library)
        for protocol in wanted:
            truth = TRUTHS[protocol]
            for position, stream in streams(truth, lines):
                key = (stream["proto"], *sorted([(stream["src"], stream["sport"]), (stream["dst"], stream["dport"])]))
                here = flows.get(key, [])
                records = here[min(position, len(here) - 1)]["records"] if here else []
                if stream["proto"] == "udp":
                    records = [record for flow in here for record in flow["records"]]
                place = f"{told.name.removesuffix('.streams.jsonl')} {stream['proto']} {stream['stream']}"
                client = "s2c" if here and here[0]["client"] != (stream["src"], stream["sport"]) else "c2s"
                sides = (truth.ours(records), truth.theirs(stream["messages"], client))
                for way, mine, other in zip(("request", "response"), *sides, strict=True):
                    score(scores[protocol], truth, f"{place} {way}", mine, other)
    return scores


def equal(mine: Any, other: Any) -> bool:
    return bool(mine == other)


def score(into: Score, truth: ModuleType, place: str, mine: list[Any], other: list[Any]) -> None:
    """Counts equal messages in order; a message that is missing or too much is one difference and does not shift the rest."""
    same = getattr(truth, "same", equal)
    differences = []
    if len(mine) == len(other):
        pairs = list(zip(mine, other, strict=True))
    else:
        keys = [[repr(next((o for o in other if same(m, o)), m)) for m in mine], [repr(o) for o in other]]
        blocks = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
        pairs = [(mine[a + k], other[b + k]) for a, b, n in blocks for k in range(n)]
        differences.append(f"{place}: {len(mine)} of ours, {len(other)} of tshark's; {len(pairs)} the same")
    agreed = sum(same(one, two) for one, two in pairs)
    differences += [f"{place}: ours {one!r}, tshark's {two!r}" for one, two in pairs if not same(one, two)]
    reason = next((why for start, why in getattr(truth, "LISTED", {}).items() if place.startswith(start)), None)
    into.equal += agreed
    into.total += len(other)
    if reason:
        into.settled += len(other) - agreed
        into.listed += [f"{difference} ({reason})" for difference in differences]
    else:
        into.differences += differences


def main() -> int:
    show = "--all" in sys.argv
    protocols = [word for word in sys.argv[1:] if not word.startswith("--")] or list(TRUTHS)
    scores = compare(CAPTURES, protocols, wiregram.load())
    for protocol, result in scores.items():
        counted = result.total - result.settled
        share = 100 * result.equal / max(1, counted)
        print(f"{protocol:8} {result.equal} of {counted} messages equal tshark's ({share:.2f} %), {result.settled} more are listed")
        for line in [*result.differences, *(f"listed: {line}" for line in result.listed)][: None if show else 12]:
            print(f"    {line}")
    return 0 if all(result.good for result in scores.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
