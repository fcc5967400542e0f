"""Compares our records with what tshark saw in the real captures: `python tests/captures/truth.py [--all] [PROTOCOL...]`.

Counted are TCP streams with a SYN and without a gap, every UDP stream, and midstream ones of Modbus. What is compared, in order and a direction:
POP3 commands with arguments, and status lines; DNS id, name, type, rcode; Modbus unit and function. tshark shows the lines of a POP3 AUTH exchange as
requests: they are left out. Secrets are shown.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import wiregram

DISSECTORS = {"pop3": "pop", "dns": "dns", "modbus": "modbus"}
CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"
End = tuple[str, int]


@dataclass
class Score:
    equal: int = 0
    total: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """At least 99 %, or all but one where there are fewer than 100."""
        return self.equal >= (self.total * 0.99 if self.total >= 100 else self.total - 1)


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


def ours(protocol: str, records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    """What we logged, as comparable messages: requests, responses."""
    bodies = [(tx, body) for name, tx, body in records if name == protocol]
    if protocol == "dns":
        sides: tuple[list[Any], list[Any]] = ([], [])
        for _tx, body in bodies:
            questions = [(item.get("rrname", ""), item.get("rrtype")) for item in body.get("queries", [])]
            sides[body["type"] == "response"].append((body.get("id"), questions, body.get("rcode") if body["type"] == "response" else None))
        return sides
    requests = [body["request"] for _tx, body in sorted(bodies, key=lambda item: item[0]) if "request" in body]
    responses = [body["response"] for _tx, body in bodies if "response" in body]
    if protocol == "modbus":
        return [(r["unit_id"], r["function_raw"] & 127) for r in requests], [(r["unit_id"], r["function_raw"] & 127) for r in responses]
    return [(r["command"], " ".join(r.get("args", []))) for r in requests], [(r["status"], r["header"].strip()) for r in responses]


def theirs(protocol: str, messages: dict[str, list[dict[str, Any]]], client: str = "c2s") -> tuple[list[Any], list[Any]]:
    """What tshark saw, in the same form; `client` is whose bytes are requests (tshark takes the first sender for the client, also midstream)."""
    sides: tuple[list[Any], list[Any]] = ([], [])
    if protocol == "dns":
        for one in messages["dns"]:
            names = [
                ("" if name == "<Root>" else unescaped(name), number)
                for name, number in zip(one.get("qname", []), one.get("qtype", []), strict=False)
            ]
            sides[one["k"] == "rsp"].append((one["id"], names, one.get("rcode") if one["k"] == "rsp" else None))
    elif protocol == "modbus":
        for header, one in zip(messages["mbtcp"], messages["modbus"], strict=False):
            sides[one["dir"] != client].append((header["unit"], one["func"] & 127))
    else:
        talking = False
        for one in messages["pop"]:
            if one["k"] == "req":
                if not talking:
                    sides[0].append((one["command"].upper(), one.get("argument", "").rstrip()))
                talking = talking or (one["command"].upper() == "AUTH" and bool(one.get("argument")))
            elif one["indicator"] in ("+OK", "-ERR"):
                talking = False
                sides[1].append((one["indicator"][1:], one.get("description", "").strip()))
    return sides


def unescaped(name: str) -> str:
    """tshark writes a control character as a backslash and three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), name)


def same(protocol: str, mine: Any, other: Any, names: dict[str, int]) -> bool:
    if protocol != "dns":
        return bool(mine == other)
    rcodes = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE")
    questions = [(name, names.get(kind, kind)) for name, kind in mine[1]]
    rcode = rcodes.index(mine[2]) if mine[2] in rcodes else mine[2]
    return bool((mine[0], questions, rcode) == (other[0], [tuple(item) for item in other[1]], other[2]))


def streams(protocol: str, lines: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The streams that count, each with its position among those between the same two ends."""
    seen: dict[Any, int] = defaultdict(int)
    for stream in sorted(lines, key=lambda line: line["first_frame"]):
        key = (stream["proto"], *sorted([(stream["src"], stream["sport"]), (stream["dst"], stream["dport"])]))
        position = seen[key]
        seen[key] += 1
        if DISSECTORS[protocol] not in stream.get("messages", {}):
            continue
        whole = all(reassembled(stream, way) for way in ("c2s", "s2c"))
        midstream = protocol == "modbus" and stream.get("midstream")
        if stream["proto"] == "udp" or (whole and (stream.get("syn_seen") or midstream)):
            yield position, stream


def reassembled(stream: dict[str, Any], way: str) -> bool:
    """The direction has no gap; one that begins with a gap is not reassembled at all."""
    found = stream.get(f"reassembled_{way}", {})
    return found.get("missing_bytes", 0) == 0 and (found.get("len", 0) > 0 or not stream.get(f"bytes_{way}"))


def compare(captures: Path, protocols: list[str], library: wiregram.Library) -> dict[str, Score]:
    names = record_types()
    scores = {protocol: Score() for protocol in protocols}
    paths = {path.name: path for path in captures.rglob("*.pcap*") if path.parent.name != "truth"}
    for truth in sorted((captures / "truth").glob("*.streams.jsonl")):
        lines = [json.loads(line) for line in truth.read_text().splitlines()[1:]]
        wanted = [p for p in protocols if any(DISSECTORS[p] in line.get("messages", {}) for line in lines)]
        if not wanted:
            continue
        flows = our_messages(paths[truth.name.removesuffix(".streams.jsonl")], library)
        for protocol in wanted:
            for position, stream in streams(protocol, lines):
                key = (stream["proto"], *sorted([(stream["src"], stream["sport"]), (stream["dst"], stream["dport"])]))
                here = flows.get(key, [])
                records = here[min(position, len(here) - 1)]["records"] if here else []
                if stream["proto"] == "udp":
                    records = [record for flow in here for record in flow["records"]]
                place = f"{truth.name.removesuffix('.streams.jsonl')} {stream['proto']} {stream['stream']}"
                client = "s2c" if here and here[0]["client"] != (stream["src"], stream["sport"]) else "c2s"
                sides = (ours(protocol, records), theirs(protocol, stream["messages"], client))
                for way, mine, other in zip(("request", "response"), *sides, strict=True):
                    score(scores[protocol], protocol, f"{place} {way}", mine, other, names)
    return scores


def score(into: Score, protocol: str, place: str, mine: list[Any], other: list[Any], names: dict[str, int]) -> None:
    """Counts equal messages in order; a message that is missing or too much is one difference and does not shift the rest."""
    into.total += len(other)
    if len(mine) == len(other):
        pairs = list(zip(mine, other, strict=True))
    else:
        keys = [[repr(next((o for o in other if same(protocol, m, o, names)), m)) for m in mine], [repr(o) for o in other]]
        blocks = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
        pairs = [(mine[a + k], other[b + k]) for a, b, n in blocks for k in range(n)]
        into.differences.append(f"{place}: {len(mine)} of ours, {len(other)} of tshark's; {len(pairs)} the same")
    for one, two in pairs:
        if same(protocol, one, two, names):
            into.equal += 1
        else:
            into.differences.append(f"{place}: ours {one!r}, tshark's {two!r}")


def record_types() -> dict[str, int]:
    """The names that the bundled DNS grammar gives to record types, by the grammar itself."""
    import runpy

    from wiregram.manifest.loading import bundled

    found = runpy.run_path(str(bundled() / "grammars" / "dns.py"))["rtype"]
    return {str(name): int(number) for name, number in found.encmapping.items()}


def main() -> int:
    show = "--all" in sys.argv
    protocols = [word for word in sys.argv[1:] if not word.startswith("--")] or list(DISSECTORS)
    scores = compare(CAPTURES, protocols, wiregram.load())
    for protocol, result in scores.items():
        print(f"{protocol:8} {result.equal} of {result.total} messages equal tshark's ({100 * result.equal / max(1, result.total):.2f} %)")
        for line in result.differences[: None if show else 12]:
            print(f"    {line}")
    return 0 if all(result.good for result in scores.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
