"""RTSP: requests as method and URL, responses as status; either end may ask, so the two lists are of roles."""

from __future__ import annotations

from typing import Any

DISSECTOR = "rtsp"


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "rtsp"]
    requests = [(body["request"]["method"], body["request"]["url"]) for body in bodies if "method" in body.get("request", {})]
    return requests, [str(body["response"]["code"]) for body in bodies if "code" in body.get("response", {})]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    requests = [(one["method"], one["url"]) for one in messages["rtsp"] if "method" in one]
    return requests, [one["status"] for one in messages["rtsp"] if "status" in one]
