"""HTTP/1: method and target, status."""

from __future__ import annotations

from typing import Any

DISSECTOR = "http"
UNFINISHED = "ours: tshark shows no head before its body is whole, and this one's never is"
LISTED = {
    "zeek__http-http-lower-case-nonstandard-port.pcap tcp 0 response": UNFINISHED,
    "arkime__socks": "tshark: the HTTP is inside SOCKS, which is not described",
    "arkime__no-syn-ack.pcap tcp 1 response": UNFINISHED,
    "ndpi__1kxun.pcap tcp 17 response": UNFINISHED,
    "ndpi__mpeg-dash.pcap tcp 0 response": UNFINISHED,
    "sv__tcp-urgp-04-2byte-XY-tcp-urgent-2byte-XY.pcap tcp 0 request": "ours: tshark loses the request over the urgent octets inside its target",
}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "http"]
    requests = [(b["http_method"], b["url"]) for b in bodies if "http_method" in b]
    return requests, [code for b in bodies if "status" in b for code in (*b.get("interim", []), b["status"])]


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["http"]:
        if one["k"] == "req":
            sides[0].append((one["method"], one["uri"]))
        elif one["k"] == "rsp":
            sides[1].append(one["status"])
    return sides
