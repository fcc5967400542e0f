"""SNMP: version, community, number and first name of every message that is not encrypted. Both ends' messages are in one list a direction."""

from __future__ import annotations

from typing import Any

DISSECTOR = "snmp"
ANSWERS = ("response", "report")


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for name, _tx, body in records:
        if name == "snmp" and body["version"] < 3:
            said = (body["version"] - 1, body["community"], body.get("id"), next(iter(body["vars"]), None))
            sides[body["pdu_type"] in ANSWERS].append(said)
    return sides


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["snmp"]:
        if int(one["version"]) < 3 and one.get("pdu") != "4":
            number = int(one["request_id"]) if "request_id" in one else None
            sides[one.get("pdu") == "2"].append((int(one["version"]), one["community"], number, one.get("oid")))
    return sides
