"""FTP commands with arguments, reply codes with a line. Of a reply of several lines tshark shows the first and the last: they are one here, and ours
says the first line of an exchange's first reply, the last line of a later one."""

from __future__ import annotations

from typing import Any

DISSECTOR = "ftp"
LISTED = {
    "sv__ftp-ftp-too-long-command-buffered-ftp-too-long-command.pcap tcp 0 request": "ours: one long command, which tshark takes apart",
}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    bodies = [body for name, _tx, body in sorted(records, key=lambda record: record[1]) if name == "ftp"]
    requests = [(body["command"], body.get("command_data", "").strip()) for body in bodies if "command" in body]
    replies = [(int(code), body["reply"][-1 if k else 0].strip()) for body in bodies for k, code in enumerate(body.get("completion_code", []))]
    return requests, replies


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    requests: list[Any] = []
    replies: list[Any] = []
    code = None
    for one in messages["ftp"]:
        if one["k"] == "req":
            requests.append((one["command"].upper(), one.get("argument", "").strip()))
            code = None
        elif one["k"] == "rsp" and "code" in one:
            text = one.get("text", "").strip()
            if one["code"] == code:
                replies[-1][1].append(text)
            else:
                replies.append((one["code"], [text]))
            code = one["code"]
    return requests, replies


def same(mine: Any, other: Any) -> bool:
    return bool(mine[0] == other[0] and (mine[1] in other[1] if isinstance(other[1], list) else mine[1] == other[1]))
