"""SSH banners, and the numbers of the messages before the keys are taken into use."""

from __future__ import annotations

from typing import Any

DISSECTOR = "ssh"
TWO = "ours: two messages in a segment, of which the list has the first"
LISTED = {
    "zeek__ssh-reverse-ssh.pcap tcp 0 request": TWO,
    "zeek__ssh-ssh1-ssh2-fingerprints.pcap tcp 0 response": TWO,
    "zeek__ssh-ssh1-ssh2-fingerprints.pcap tcp 1 response": "tshark: messages of SSH 1 are not described",
}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for name, _tx, body in records:
        if name == "ssh":
            for side, who in zip(sides, ("client", "server"), strict=True):
                said = body.get(who, {})
                if "software_version" in said:
                    comment = f" {said['comment']}" if "comment" in said else ""
                    side.append(f"SSH-{said['proto_version']}-{said['software_version']}{comment}")
                side += said.get("messages", [])
    return sides


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["ssh"]:
        side = sides[one["dir"] != client]
        if "banner" in one:
            side.append(one["banner"])
        if "message_code" in one:
            side.append(int(one["message_code"]))
    return sides
