"""Runs the filters of Suricata's own verification suite that need no rules over our records: `python tests/captures/suricata.py [EVENT_TYPE...]`.

A filter counts the EVE records whose dotted keys have the given values; it is read as it is. By default those run that name an event type of a
described protocol, or `flow`, `anomaly` or `fileinfo`. A test that has a configuration of its own, or sets something, runs with `PASSIVE` and with
what `SETTINGS` infers from its name, its arguments and its filters, and is counted apart. `REASONS` says why a filter does not hold.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

import wiregram
from wiregram.outputs import EveSink

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "pcaps"
ALWAYS = {"flow", "anomaly", "fileinfo"}

PASSIVE = """
[engine]
acknowledged = true
[protocols.postgresql.outputs]
name = "pgsql"
[protocols.vnc.outputs]
name = "rfb"
"""
"""Suricata beside a network reads octets once they are acknowledged, so its records carry the packet that did it; and its words for two protocols."""
LONGEST = "[protocols.mqtt.define]\nlongest = {}\n"
SETTINGS = {
    "tests/mime/mime-stream-depth": "[protocols.smtp]\nlimits.depth = 1048576\n",
    "tests/snmp-disabled": "[protocols.snmp]\nmode = 'off'\n",
    "tests/mqtt-limit-1": LONGEST.format(10_000),
    "tests/mqtt-limit-2": LONGEST.format(1000),
    "tests/mqtt-limit-3": LONGEST.format(100),
    "tests/dns/v2/dns-tcp-multirequest-buffer": "[protocols.dns.define]\nform = 2\nwords = { request = 'query', response = 'answer' }\n",
    "tests/mqtt-limit-log-1": "[protocols.mqtt]\nlimits.field = 1048576\noutputs.text = 10\n",
}
"""What is inferred of a test's configuration: `--set stream.reassembly.depth=1mb`; a protocol that is off; messages of MQTT that are too long to be
read (the least power of ten that parts those that are skipped from the rest), texts that are logged up to ten octets, and the second form
of DNS records."""

HOLES = "ours: the hash of a file with a hole, which we do not give"
REASONS = {
    "tests/dnp3/dnp3-eve": "ours: confirmations have records, too: 17 of 72, in which tshark agrees",
    "tests/mqtt5-unsub-qos2": "ours: the packet is e0 01 04, whose reason is 4, as tshark has it",
    "tests/pgsql/pgsql-5524": "ours: the queries of the extended protocol are transactions, so that the end is the sixth; Suricata passes over them",
    "tests/dns-over-http2-post": "DNS inside HTTP/2, which is not described",
    "tests/mime/mime-stream-depth": "of 3 the one that tells how many octets of a file lie before the depth: 63,891 for Suricata, 110,016 for us",
    "tests/tcp-rst-unacked-stream-10": HOLES,
    "tests/tcp-rst-unacked-stream-11": HOLES,
}

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


def about(match: dict[str, Any], kinds: set[str]) -> bool:
    return any(key.split(".")[0] in kinds or (key in ("event_type", "app_proto") and value in kinds) for key, value in match.items())


@cache
def library(settings: str = "") -> wiregram.Library:
    """The bundled protocols with these settings."""
    if not settings:
        return wiregram.load()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "settings.toml"
        path.write_text(settings)
        return wiregram.load(settings=path)


def kinds() -> set[str]:
    """The event types of what is described, and those that every protocol has."""
    return ALWAYS | {protocol.log.name or name for name, protocol in library().protocols.items()}


def eve(capture: Path, library: wiregram.Library) -> list[dict[str, Any]]:
    engine, out = wiregram.Engine(library), io.BytesIO()
    sink = EveSink(out, msgspec.structs.replace(library.settings.outputs, show_secrets=True))
    for packet in wiregram.read(capture):
        for record in engine.feed(packet):
            sink.write(record)
    for record in engine.finish():
        sink.write(record)
    sink.close()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def run(captures: Path, wanted: set[str]) -> list[Filter]:
    paths = {path.name: path for path in captures.rglob("*.pcap*") if path.parent.name != "truth"}
    found = []
    for truth in sorted((captures / "truth").glob("*.suricata.json")):
        told = json.loads(truth.read_text())
        records: dict[str, list[dict[str, Any]]] = {}
        for test in told["tests"]:
            configured = test["own_config"] or test["test"] in SETTINGS
            settings = PASSIVE + SETTINGS.get(test["test"], "") if configured else ""
            for one in test["filters"]:
                if test["has_rules"] or "match" not in one or not about(one["match"], wanted):
                    continue
                if settings not in records:
                    records[settings] = eve(paths[told["file"]], library(settings))
                count = sum(matches(record, one["match"]) for record in records[settings])
                found.append(Filter(told["file"], test["test"], one["match"], one["count"], count, configured))
    return found


def main() -> int:
    found = run(CAPTURES, set(sys.argv[1:]) or kinds())
    for configured in (False, True):
        some = [one for one in found if one.configured == configured]
        whose = "tests with a configuration of their own" if configured else "the others"
        print(f"{sum(one.holds for one in some)} of {len(some)} filters hold, of {whose}")
        for test in dict.fromkeys(one.test for one in some if not one.holds):
            broken = [one for one in some if one.test == test and not one.holds]
            first = f"{broken[0].found}, not {broken[0].count}: {json.dumps(broken[0].match)[:160]}"
            print(f"    {test} ({broken[0].capture}): {len(broken)} do not; {REASONS.get(test, '') or first}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
