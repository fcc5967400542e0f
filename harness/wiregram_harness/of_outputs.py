"""The property of what is written: every record as EVE, read back as JSON, against the record itself."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from typing import Any

from wiregram import Record
from wiregram import testing as door
from wiregram_harness.runs import show
from wiregram_harness.scenario import Finding, Scenario

_SETTINGS = door.OutputSettings()
_SHOWING = door.OutputSettings(show_secrets=True)


def written_records(scenario: Scenario) -> Finding | None:
    for told in scenario.told():
        for record in told.records:
            found = _written(record)
            if found is not None:
                return Finding("written_records", *found)
    return None


def _written(record: Record) -> tuple[str, str, str] | None:
    line = json.dumps(door.eve(record, _SETTINGS))
    made = json.loads(line)
    expected: dict[str, Any] = {"event_type": record.name}
    if record.ends is not None:
        ends = record.ends
        expected["src_ip"] = str(ipaddress.ip_address(ends.source))
        expected["dest_ip"] = str(ipaddress.ip_address(ends.target))
        expected["src_port"], expected["dest_port"] = ends.source_port, ends.target_port
    if record.tx_id is not None:
        expected["tx_id"] = record.tx_id
    if record.protocol:
        expected["app_proto"] = record.protocol
    for key, value in expected.items():
        if made.get(key) != value:
            return f"`{key}` of the record is written otherwise", show(made.get(key)), show(value)
    if any(any(_secrets(section)) for section in record.sections.values()) and line == json.dumps(door.eve(record, _SHOWING)):
        return "a secret is shown", show(line), "***"
    return None


def _secrets(value: Any) -> Iterator[bytes]:
    """Every text that is marked as a secret."""
    if isinstance(value, door.Secret):
        if isinstance(value.value, bytes):
            yield value.value
        elif isinstance(value.value, list):
            yield from (item for item in value.value if isinstance(item, bytes))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secrets(item)
