"""How often the verdict on a flow is right, beside tshark and nDPI: `python tests/captures/score.py [--all] [--only FOLDER[,...]] [PROTOCOL...]`.

The truth is what tshark and nDPI agree on; where they differ, `judgements.toml` says what it is and why. A flow that changes its protocol (STARTTLS)
counts for each. Recall: of the flows that speak a protocol, those where it was found. Precision: of the verdicts, those that are true.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType
from typing import Any

import wiregram

spec = importlib.util.spec_from_file_location("oracles", Path(__file__).with_name("oracles.py"))
assert spec is not None
assert spec.loader is not None
oracles: ModuleType = importlib.util.module_from_spec(spec)
sys.modules["oracles"] = oracles
spec.loader.exec_module(oracles)

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"
NAMES = tomllib.loads(Path(__file__).with_name("names.toml").read_text())
JUDGEMENTS = tomllib.loads(Path(__file__).with_name("judgements.toml").read_text())["judgement"]
OURS, TSHARK, NDPI = "wiregram", "tshark", "nDPI"
WHO = (OURS, TSHARK, NDPI)
OTHER = "other"
"""A protocol that has no entry in names.toml."""
ENOUGH, MOST, PRECISE = 5, 0.95, 0.995
"""From so many flows on a protocol's recall may be MOST; with fewer it must be all. The precision over all is at least PRECISE."""

Verdict = tuple[str, ...]
"""What a flow speaks, in order; empty: nobody knows."""


@dataclass
class Flow:
    """`name`: `folder/file transport end-end`. `said`: everybody's verdict. `judged`: the reason where tshark and nDPI differ, None if nobody has
    judged."""

    name: str
    said: dict[str, Verdict]
    truth: Verdict = ()
    judged: str | None = ""


@dataclass
class Row:
    flows: int = 0
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def recall(self, who: str) -> float:
        return self.right[who] / self.flows if self.flows else 1.0

    def precision(self, who: str) -> float:
        given = self.right[who] + self.wrong[who]
        return self.right[who] / given if given else 1.0

    @property
    def good(self) -> bool:
        return self.right[OURS] >= (self.flows * MOST if self.flows >= ENOUGH else self.flows)


DISSECTORS = {word: name for name, entry in NAMES.items() for word in entry.get("tshark", ())}
WORDS = {word: name for name, entry in NAMES.items() for word in entry.get("ndpi", ())}


TUNNELLED = {"ip", "ipv6", "eth_withoutfcs", "eth"}
"""Where a chain goes on with another flow's layers."""


def by_tshark(chains: list[list[str]]) -> Verdict:
    """The first protocol, and what it may change into; a protocol inside another is none of its own."""
    found: list[str] = []
    chains = [chain[: next((at for at, layer in enumerate(chain) if layer in TUNNELLED), None)] for chain in chains]
    for chain in chains:
        known = [DISSECTORS[layer] for layer in chain if layer in DISSECTORS] or [OTHER]
        for name in known:
            if not found or (name not in found and name in NAMES.get(found[0], {}).get("then", ())):
                found.append(name)
            elif name not in found:
                break
    if found[:1] == [OTHER]:
        later = [DISSECTORS[layer] for chain in chains for layer in chain if layer in DISSECTORS]
        return (later[0],) if later else (OTHER,)
    return tuple(found)


def by_ndpi(word: str) -> Verdict:
    """nDPI names one protocol, and behind a dot what runs on it."""
    return (WORDS.get(word) or WORDS.get(word.split(".")[0], OTHER),) if word else ()


def counted(name: str) -> str:
    """Transfers that a protocol announces may be described by themselves; they count as that protocol where others do not tell them apart."""
    return str(NAMES.get(name, {}).get("of", name))


def by_us(capture: Path, library: wiregram.Library) -> dict[Any, list[Verdict]]:
    """(transport, end, end) -> the verdicts on the flows between them, in order."""
    engine = wiregram.Engine(library)
    records: list[wiregram.Record] = []
    with suppress(wiregram.CaptureError):  # what is cut short counts as far as it goes
        for packet in wiregram.read(capture):
            records += engine.feed(packet)
    records += engine.finish()
    found = defaultdict(list)
    for record in records:
        if record.family == "flow" and record.ends is not None:
            ends = record.ends
            pair = sorted([(str(ip_address(ends.source)), ends.source_port), (str(ip_address(ends.target)), ends.target_port)])
            verdict = tuple(dict.fromkeys(name for name in map(counted, (record.old_protocol, record.protocol)) if name not in ("", "failed")))
            found[("tcp" if ends.transport == 6 else "udp", *pair)].append((str(record.sections["flow"]["start"]), verdict))
    return {key: [verdict for _, verdict in sorted(several)] for key, several in found.items()}


def judgement(flow: Flow) -> tuple[Verdict, str] | None:
    """What a person found the flow to be, and why; the last entry that fits counts."""
    for entry in reversed(JUDGEMENTS):
        if "tshark" in entry and (entry["tshark"],) != flow.said[TSHARK][:1]:
            continue
        if any(fnmatchcase(flow.name, pattern) for pattern in entry["flows"]):
            return tuple(entry["protocols"]), entry["reason"]
    return None


def flows(captures: Path, folders: list[str], library: wiregram.Library) -> Iterator[Flow]:
    for capture in sorted(captures.rglob("*.pcap*")):
        folder = capture.parent.name
        if folder == "truth" or (folders and folder not in folders):
            continue
        mine = by_us(capture, library)
        for stream in oracles.streams(capture):
            here = mine.get(stream.key, [])
            if stream.key[0] == "udp":
                verdict = next((one for one in here if one), ())
            else:
                verdict = here[min(stream.position, len(here) - 1)] if here else ()
            flow = Flow(f"{folder}/{capture.name} {stream.name()}", {OURS: verdict, TSHARK: by_tshark(stream.chains), NDPI: by_ndpi(stream.ndpi)})
            decide(flow)
            yield flow


def decide(flow: Flow) -> None:
    """The truth: what tshark and nDPI agree on, or a judgement. Without either it is tshark's word, and the flow is counted as not judged."""
    one, two = flow.said[TSHARK], flow.said[NDPI]
    if one[:1] == two[:1] and {*one} - {OTHER}:
        flow.truth = one
        return
    told = judgement(flow)
    if told is not None:
        flow.truth, flow.judged = told
    else:
        flow.truth, flow.judged = one, "" if {*one, *two} <= {OTHER} else None


def tally(found: list[Flow]) -> dict[str, Row]:
    rows = {name: Row() for name, entry in NAMES.items() if "of" not in entry}
    for flow in found:
        for name in flow.truth:
            if name != OTHER:
                rows[name].flows += 1
        for who in WHO:
            for name in flow.said[who]:
                if name in rows:
                    (rows[name].right if name in flow.truth else rows[name].wrong)[who] += 1
    return rows


def total(rows: dict[str, Row]) -> Row:
    whole = Row(sum(row.flows for row in rows.values()))
    for row in rows.values():
        whole.right.update(row.right)
        whole.wrong.update(row.wrong)
    return whole


def line(name: str, row: Row, mark: str = "") -> str:
    cells = " ".join(f"{share(row.recall(who), row.flows)} {share(row.precision(who), row.right[who] + row.wrong[who])}" for who in WHO)
    return f"{name:12} {row.flows:6} {cells} {mark}"


def share(value: float, count: int) -> str:
    return f"{100 * value:8.2f}" if count else f"{'-':>8}"


def differences(found: list[Flow], protocols: list[str]) -> Iterator[str]:
    for flow in found:
        mine, truth = set(flow.said[OURS]) - {OTHER}, set(flow.truth) - {OTHER}
        if mine != truth and (not protocols or (mine | truth) & set(protocols)):
            why = "not judged" if flow.judged is None else flow.judged or "tshark and nDPI agree"
            yield f"{flow.name}: ours {'>'.join(flow.said[OURS]) or '?'}, truth {'>'.join(flow.truth) or '?'} ({why})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="name every flow where the verdict is not the truth, and every flow that nobody judged")
    parser.add_argument("--only", default="", help="folders of captures, separated by commas")
    parser.add_argument("protocols", nargs="*")
    options = parser.parse_args()
    found = list(flows(CAPTURES, [folder for folder in options.only.split(",") if folder], wiregram.load()))
    rows = tally(found)
    whole = total(rows)
    print(f"{'':12} {'':6} " + " ".join(f"{who:>17}" for who in WHO))
    print(f"{'':12} {'flows':>6} " + " ".join(f"{'recall':>8} {'precise':>8}" for _ in WHO))
    for name, row in sorted(rows.items(), key=lambda item: -item[1].flows):
        if not options.protocols or name in options.protocols:
            print(line(name, row, "" if row.good else "short of the aim"))
    print(line("all", whole, "" if whole.precision(OURS) >= PRECISE else "short of the aim"))
    for folder in ("_oddport", "_starttls"):
        print(line(folder, total(tally([flow for flow in found if flow.name.startswith(folder)]))))
    open_ones = [flow for flow in found if flow.judged is None]
    differing = sum(flow.judged != "" for flow in found)
    print(f"{len(found)} flows with payload; tshark and nDPI differ on {differing}, of which {len(open_ones)} are not judged")
    if options.all:
        for text in differences(found, options.protocols):
            print(f"    {text}")
        for flow in open_ones:
            print(f"    not judged: {flow.name}: tshark {'>'.join(flow.said[TSHARK]) or '?'}, nDPI {'>'.join(flow.said[NDPI]) or '?'}")
    return 0 if all(row.good for row in rows.values()) and whole.precision(OURS) >= PRECISE else 1


if __name__ == "__main__":
    raise SystemExit(main())
