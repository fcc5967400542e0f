"""MySQL: the login's user, commands with the text of a query; the server's version and the numbers of errors."""

from __future__ import annotations

import runpy
from functools import cache
from typing import Any

from wiregram.manifest.loading import bundled

DISSECTOR = "mysql"
LISTED = {
    "arkime__arkime_synthetic.pcap tcp 59": "ours: the made-up login says it is 50 octets long, and is 68",
    "pcpp__one_tcp_stream_fin_rst_close_packet.pcap tcp 0 response": "tshark: a PROXY line comes first, and the client must not speak first in MySQL",
    "zeek__mysql-many-query-attrs.pcap tcp 0 request": "tshark: of a query with attributes, the values are not read, and the text is behind them",
}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for _tx, body in sorted((tx, body) for name, tx, body in records if name == "mysql"):
        command = body.get("command")
        if command == "login":
            sides[0].append((command, body["user"]))
        elif command == "ssl":
            sides[0].append(("login", ""))
        elif command is not None:
            sides[0].append((command, body.get("query") if command == "query" else None))
        else:
            sides[1].append(body.get("version"))
        if "error" in body:
            sides[1].append(body["error"]["code"])
    return sides


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["mysql"]:
        if "version" in one:
            sides[1].append(one["version"])
        elif "user" in one:
            sides[0].append(("login", one["user"]))
        elif "command" in one:
            command = names().get(int(one["command"]), int(one["command"]))
            sides[0].append((command, one.get("query") if command == "query" else None))
        if "error" in one:
            sides[1].append(int(one["error"]))
    return sides


@cache
def names() -> dict[int, str]:
    """The names that the bundled grammar gives to commands, by the grammar itself."""
    found = runpy.run_path(str(bundled() / "grammars" / "mysql.py"))["commands"]
    return {int(number): str(name) for name, number in found.encmapping.items()}
