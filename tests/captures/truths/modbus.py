"""Modbus unit and function. tshark takes the first sender for the client, also midstream."""

from __future__ import annotations

from typing import Any

DISSECTOR = "modbus"
MIDSTREAM = True


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "modbus"]
    requests = [body["request"] for body in bodies if "request" in body]
    responses = [body["response"] for name, _tx, body in records if name == "modbus" and "response" in body]
    return [(r["unit_id"], r["function_raw"] & 127) for r in requests], [(r["unit_id"], r["function_raw"] & 127) for r in responses]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for header, one in zip(messages["mbtcp"], messages["modbus"], strict=False):
        sides[one["dir"] != client].append((header["unit"], one["func"] & 127))
    return sides
