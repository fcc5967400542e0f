"""TFTP requests: what is asked, file, mode. The transfer is a flow of its own."""

from __future__ import annotations

from typing import Any

DISSECTOR = "tftp"
LEAST = 4


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "tftp"]
    return [(body["packet"], body["file"], body["mode"]) for body in bodies], []


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    asked = {"1": "read", "2": "write"}
    return [(asked[one["opcode"]], one["file"], one["mode"]) for one in messages["tftp"] if one["opcode"] in asked], []
