"""The JSON Schema (2020-12) of an EVE record: its header, which all have, around the object of one event type."""

from __future__ import annotations

from typing import Any

from wiregram.outputs.eve import PACKET_SOURCE, PROTOCOLS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT: Schema = {"type": "string"}
_PORT: Schema = {"type": "integer", "minimum": 0, "maximum": 65535}
_COUNT: Schema = {"type": "integer", "minimum": 0}

HEADER: dict[str, Schema] = {
    "timestamp": {"type": "string", "pattern": r"^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$"},
    "flow_id": _COUNT,
    "pcap_filename": _TEXT,
    "pcap_cnt": _COUNT,
    "event_type": _TEXT,
    "vlan": {"type": "array", "items": _COUNT},
    "src_ip": _TEXT,
    "src_port": _PORT,
    "dest_ip": _TEXT,
    "dest_port": _PORT,
    "proto": {"enum": list(PROTOCOLS.values())},
    "ip_v": {"enum": [4, 6]},
    "pkt_src": {"const": PACKET_SOURCE},
    "community_id": _TEXT,
    "tx_id": _COUNT,
    "app_proto": _TEXT,
    "app_proto_ts": _TEXT,
    "app_proto_tc": _TEXT,
    "app_proto_orig": _TEXT,
    "app_proto_expected": _TEXT,
}
"""The fields of a transaction's record beside its object, in their order."""
DEFINITIONS: dict[str, Schema] = {
    "whole": {
        "description": "a whole number; beyond 64 bits its digits as text, since few readers of JSON hold it",
        "anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^-?([0-9]{19,}|0x[0-9a-f]+)$"}],
    },
}
"""What the object's schema may refer to."""
REQUIRED = ("timestamp", "event_type")


def event_schema(name: str, title: str, section: Schema) -> Schema:
    """Of the records of event type `name`, whose object is `section`. What is absent is left out, so only the header's beginning is required."""
    properties = {**HEADER, "event_type": {"const": name}, name: section}
    return {
        "$schema": DIALECT, "title": title, "type": "object", "properties": properties, "required": list(REQUIRED), "additionalProperties": False,
        "$defs": DEFINITIONS,
    }  # fmt: skip
