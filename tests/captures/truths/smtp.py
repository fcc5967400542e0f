"""SMTP commands with arguments, and reply codes with their first line; the lines of an AUTH exchange stand apart."""

from __future__ import annotations

from typing import Any

DISSECTOR = "smtp"


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "smtp"]
    requests = [(one["command"], one.get("args", "")) for body in bodies for one in body.get("commands", [])]
    return requests, [(one["code"], "".join(one.get("text", [])[:1])) for body in bodies for one in body.get("replies", [])]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["smtp"]:
        if one["k"] == "req" and "command" in one:
            sides[0].append((one["command"].upper(), one.get("argument", "").strip()))
        elif one["k"] == "rsp":
            sides[1].append((one["code"], one.get("text", "").strip()))
    return sides
