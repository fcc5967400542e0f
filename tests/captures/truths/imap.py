"""IMAP tags and commands, tags and status. tshark takes lines of a literal for tagged answers: only those with a status are."""

from __future__ import annotations

from typing import Any

DISSECTOR = "imap"


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in records if name == "imap"]
    asked = [body["request"] for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "imap" and "request" in body]
    answers = [(b["request"]["tag"], b["response"]["status"]) for b in bodies if "request" in b and "status" in b.get("response", {})]
    return [(r["tag"], r["command"].split(" ")[-1]) for r in asked], answers


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["imap"]:
        if one["k"] == "req" and "command" in one:
            sides[0].append((one["tag"], one["command"].upper()))
        elif one["k"] == "rsp" and one.get("status") in ("OK", "NO", "BAD"):
            sides[1].append((one["tag"], one["status"]))
    return sides
