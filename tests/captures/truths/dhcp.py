"""DHCP: the type and the number of every message, the address that it gives, and the client. The first list is of requests, the other of replies."""

from __future__ import annotations

from typing import Any

DISSECTOR = "dhcp"
LISTED = {"gopacket__be-test008.pcapng": "ours: the capture cut the types, without which tshark's account does not tell replies from requests"}
TYPES = ["", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform"]


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for name, _tx, body in records:
        if name == "dhcp":
            sides[body["type"] == "reply"].append((body.get("dhcp_type", ""), body["id"], body["assigned_ip"], body["client_mac"]))
    return sides


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["dhcp"]:
        kind = TYPES[int(one.get("type") or 0)]
        sides[kind in ("offer", "ack", "nak")].append((kind, int(one["xid"], 16), one["yiaddr"], one["mac"]))
    return sides
