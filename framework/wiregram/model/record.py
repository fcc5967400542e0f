"""What leaves the engine: records for sinks."""

from __future__ import annotations

from typing import Any

import msgspec

TRANSACTION, FLOW, ANOMALY, STATS, FILE = "transaction", "flow", "anomaly", "stats", "fileinfo"
FAMILIES = (TRANSACTION, FLOW, ANOMALY, STATS, FILE)


class Ends(msgspec.Struct, frozen=True):
    """The two ends of a flow as a record shows them; the source is the client, but for a record of one packet."""

    flow_id: int
    transport: int
    source: bytes
    source_port: int
    target: bytes
    target_port: int
    vlan: tuple[int, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """One record. `family` is one of the constants above; `name` the event type (a transaction's is its protocol's `log.name`).

    `sections` are the objects that follow the header, by name, in order. A value is int, float, bool, bytes, str, list, dict, or a `Secret`;
    absent values are left out. `summary` has method, resource, query, user, status for tables and ECS. `number` is the packet that
    triggered it (0: none)."""

    family: str
    name: str
    time: int
    number: int = 0
    capture: str = ""
    ends: Ends | None = None
    tx_id: int | None = None
    protocol: str = ""
    protocol_sides: tuple[str, str] = ("", "")
    old_protocol: str = ""
    expected_protocol: str = ""
    sections: dict[str, dict[str, Any]] = {}
    summary: dict[str, Any] = {}


class Secret:
    """A value that sinks show as `***` unless they are told to show it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.value == other.value

    def __hash__(self) -> int:
        return hash(("secret", repr(self.value)))
