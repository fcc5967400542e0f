"""SIP: requests as call, CSeq method and target, responses as call and status; either end may ask, so the two lists are of roles."""

from __future__ import annotations

from typing import Any

DISSECTOR = "sip"


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "sip"]
    requests = [(b["call_id"], b["method"], b["uri"]) for b in bodies if "method" in b]
    final = [[b["code"]] if b.get("code", "1") >= "2" else [] for b in bodies]
    return requests, [(b["call_id"], str(code)) for b, last in zip(bodies, final, strict=True) for code in (*b.get("interim", []), *last)]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    requests = [(one["call_id"], one["method"], one["uri"]) for one in messages["sip"] if "method" in one]
    return requests, [(one["call_id"], one["status"]) for one in messages["sip"] if "status" in one]
