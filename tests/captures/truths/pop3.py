"""POP3 commands with arguments, and status lines. tshark shows the lines of an AUTH exchange as requests: they are left out."""

from __future__ import annotations

from typing import Any

DISSECTOR = "pop"


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "pop3"]
    requests = [body["request"] for body in bodies if "request" in body]
    responses = [body["response"] for name, _tx, body in records if name == "pop3" and "response" in body]
    return [(r["command"], " ".join(r.get("args", []))) for r in requests], [(r["status"], r["header"].strip()) for r in responses]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    talking = False
    for one in messages["pop"]:
        if one["k"] == "req":
            if not talking:
                sides[0].append((one["command"].upper(), one.get("argument", "").rstrip()))
            talking = talking or (one["command"].upper() == "AUTH" and bool(one.get("argument")))
        elif one["indicator"] in ("+OK", "-ERR"):
            talking = False
            sides[1].append((one["indicator"][1:], one.get("description", "").strip()))
    return sides
