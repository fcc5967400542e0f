"""Runs the filters of Suricata's own verification suite that need no rules over our records: `python tests/captures/suricata.py [PROTOCOL...]`.

A filter counts the EVE records whose dotted keys have the given values. Those that name none of the protocols are left out. The dialect of an older
EVE version (`query` and `answer` for DNS) is told apart, not translated.
"""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wiregram
from wiregram.outputs import EveSink
from wiregram.program.settings import OutputSettings

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass
class Filter:
    capture: str
    test: str
    match: dict[str, Any]
    count: int
    found: int
    configured: bool

    @property
    def holds(self) -> bool:
        return self.count == self.found


def look_up(record: Any, path: str) -> Any:
    for name, index in STEP.findall(path):
        if name:
            record = record.get(name) if isinstance(record, dict) else None
        elif isinstance(record, list) and int(index) < len(record):
            record = record[int(index)]
        else:
            return None
    return record


def matches(record: dict[str, Any], match: dict[str, Any]) -> bool:
    return all(look_up(record, key) == value for key, value in match.items())


def about(match: dict[str, Any], protocols: list[str]) -> bool:
    return any(key.split(".")[0] in protocols or (key in ("event_type", "app_proto") and value in protocols) for key, value in match.items())


def eve(capture: Path, library: wiregram.Library) -> list[dict[str, Any]]:
    engine, out = wiregram.Engine(library), io.BytesIO()
    sink = EveSink(out, OutputSettings(show_secrets=True))
    for packet in wiregram.read(capture):
        for record in engine.feed(packet):
            sink.write(record)
    for record in engine.finish():
        sink.write(record)
    sink.close()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def run(captures: Path, protocols: list[str], library: wiregram.Library) -> list[Filter]:
    paths = {path.name: path for path in captures.rglob("*.pcap*") if path.parent.name != "truth"}
    found = []
    for truth in sorted((captures / "truth").glob("*.suricata.json")):
        told = json.loads(truth.read_text())
        records: list[dict[str, Any]] | None = None
        for test in told["tests"]:
            for one in test["filters"]:
                if test["has_rules"] or "match" not in one or not about(one["match"], protocols):
                    continue
                if records is None:
                    records = eve(paths[told["file"]], library)
                count = sum(matches(record, one["match"]) for record in records)
                found.append(Filter(told["file"], test["test"], one["match"], one["count"], count, test["own_config"]))
    return found


def main() -> int:
    protocols = sys.argv[1:] or ["pop3", "dns", "modbus"]
    found = run(CAPTURES, protocols, wiregram.load())
    print(f"{sum(one.holds for one in found)} of {len(found)} filters hold")
    for one in found:
        if not one.holds:
            print(f"    {one.test} ({one.capture}): {one.found}, not {one.count}: {json.dumps(one.match)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
